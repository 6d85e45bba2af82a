"""The parts of a profile with their names in each place, and how a key command may fail."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.errors import CredentialsMissing, InvalidQuery
from cnm_tui.core.text import clean

_PROFILE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class KeyNames(NamedTuple):
    """The names of a key, or of the site: for people, in the environment, in a keyring, in settings.toml."""

    called: str
    variable: str
    username: str
    command: str = ""
    """Empty: it comes by no command."""

    def in_environment(self, environ: Mapping[str, str]) -> str:
        """Return the value of its variable; empty is as good as not set."""
        return environ.get(self.variable, "").strip()


API_KEY: Final = KeyNames("API key", "DD_API_KEY", "api_key", "api_key_command")
APPLICATION_KEY: Final = KeyNames("application key", "DD_APP_KEY", "application_key", "app_key_command")
ACCESS_TOKEN: Final = KeyNames("access token", "DD_ACCESS_TOKEN", "access_token", "access_token_command")
SITE: Final = KeyNames("site", "DD_SITE", "site")
KEYS: Final = (API_KEY, APPLICATION_KEY, ACCESS_TOKEN)
KEYS_AND_SITE: Final = (*KEYS, SITE)


def has_all_keys(environ: Mapping[str, str]) -> bool:
    """Return True if the environment has a token or both keys, so that no other place is searched."""
    pair = API_KEY.in_environment(environ) and APPLICATION_KEY.in_environment(environ)
    return bool(ACCESS_TOKEN.in_environment(environ) or pair)


def goes_by_its_site(environ: Mapping[str, str], *, is_set: bool) -> bool:
    """Return True if the site of the environment is asked: it belongs to the keys there, if there are any.

    Args:
        is_set: Whether the settings say whom to ask, which counts for all other keys.
    """
    has_keys = any(what.in_environment(environ) for what in KEYS)
    return bool(SITE.in_environment(environ)) and (has_keys or not is_set)


def checked_profile(profile: str) -> str:
    """Return the name of a profile.

    Raises:
        InvalidQuery: It cannot be one.
    """
    if not _PROFILE.fullmatch(profile):
        raise InvalidQuery(
            f"{clean(profile, 80)!r} cannot be a profile's name.",
            hint="Use 1 to 64 letters, digits, dots, dashes and underscores.",
        )
    return profile


class Lending(Enum):
    """A program's access to the terminal."""

    NOT_DRAWN_ON = "not drawn on"
    """Nothing is drawn on it: GPG_TTY may name it to a program that asks for a passphrase."""
    DRAWN_ON = "drawn on"
    """The screen is drawn on it: the program is not told its name."""
    LENT = "lent"
    """The screen is suspended: the program has the terminal and its keyboard."""


class KeyCommandFailed(CredentialsMissing):
    """The program gave no key; the message says which setting names it, and why."""


class TerminalMayHelp(KeyCommandFailed):
    """The program failed without a terminal; with one it could ask for a passphrase."""

    def __init__(self, message: str, *, hint: str, setting: str, program: str) -> None:
        super().__init__(message, hint=hint)
        self.setting = setting
        self.program = program
