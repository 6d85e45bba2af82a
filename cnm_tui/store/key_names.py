"""Define the names of the API keys and of the Datadog site, in each place where they may be stored.

The places are the environment, the keyring and settings.toml. The module also defines the errors of
commands that print a key.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.errors import CredentialsMissing, InvalidQuery
from cnm_tui.core.text import clean

_PROFILE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class KeyNames(NamedTuple):
    """The names of one kind of key, for example of the API key, or of the Datadog site.

    There is one name for messages, one for the environment, one for the keyring, and one for settings.toml.
    """

    called: str
    variable: str
    username: str
    command: str = ""
    """The setting with a command for it; empty if there is no such setting."""

    def in_environment(self, environ: Mapping[str, str]) -> str:
        """Return the value of the environment variable for this key. Return an empty text if it is empty or not set."""
        return environ.get(self.variable, "").strip()


API_KEY: Final = KeyNames("API key", "DD_API_KEY", "api_key", "api_key_command")
APPLICATION_KEY: Final = KeyNames("application key", "DD_APP_KEY", "application_key", "app_key_command")
ACCESS_TOKEN: Final = KeyNames("access token", "DD_ACCESS_TOKEN", "access_token", "access_token_command")
SITE: Final = KeyNames("site", "DD_SITE", "site")
KEYS: Final = (API_KEY, APPLICATION_KEY, ACCESS_TOKEN)
KEYS_AND_SITE: Final = (*KEYS, SITE)


def has_all_keys(environ: Mapping[str, str]) -> bool:
    """Return True if the environment contains an access token, or both an API key and an application key.

    In this case, no other place is searched for keys.
    """
    pair = API_KEY.in_environment(environ) and APPLICATION_KEY.in_environment(environ)
    return bool(ACCESS_TOKEN.in_environment(environ) or pair)


def goes_by_its_site(environ: Mapping[str, str], *, is_set: bool) -> bool:
    """Return True if queries are sent to the site in the environment variable DD_SITE.

    This is the case if DD_SITE is set, and either the environment contains a key or the settings name no site.

    Args:
        environ: The environment variables.
        is_set: True if the settings name a site or a URL.
    """
    has_keys = any(what.in_environment(environ) for what in KEYS)
    return bool(SITE.in_environment(environ)) and (has_keys or not is_set)


def checked_profile(profile: str) -> str:
    """Return the profile's name unchanged, if it is valid.

    Raises:
        InvalidQuery: The name is not valid.
    """
    if not _PROFILE.fullmatch(profile):
        raise InvalidQuery(
            f"{clean(profile, 80)!r} cannot be a profile's name.",
            hint="Use 1 to 64 letters, digits, dots, dashes and underscores.",
        )
    return profile


class TerminalUse(Enum):
    """The ways in which a command that prints a key may use the terminal."""

    NOT_DRAWN_ON = "not drawn on"
    """No screen is drawn on the terminal: GPG_TTY may name it, for a passphrase prompt."""
    DRAWN_ON = "drawn on"
    """The screen is drawn on the terminal: GPG_TTY is removed."""
    LENT = "lent"
    """The screen is suspended: the program has the terminal and its keyboard."""


class KeyCommandFailed(CredentialsMissing):
    """Raised when a command from settings.toml that should print a key printed none.

    The message contains the name of the setting and the reason.
    """


class TerminalMayHelp(KeyCommandFailed):
    """Raised when a command that should print a key failed, and was run without a terminal.

    With a terminal, the command could ask the user for a passphrase.
    """

    def __init__(self, message: str, *, hint: str, setting: str, program: str) -> None:
        super().__init__(message, hint=hint)
        self.setting = setting
        self.program = program
