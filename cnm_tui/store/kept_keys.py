"""What is kept for a profile: keys and site, each with its names in the places where it may be found."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean

_PROFILE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Kept(NamedTuple):
    """One thing that is kept."""

    called: str
    """By people."""
    variable: str
    """In the environment."""
    username: str
    """In the keyring, behind the profile's name."""
    command: str = ""
    """The setting that names a program which prints it; empty: none does."""


API_KEY: Final = Kept("API key", "DD_API_KEY", "api_key", "api_key_command")
APPLICATION_KEY: Final = Kept("application key", "DD_APP_KEY", "application_key", "app_key_command")
ACCESS_TOKEN: Final = Kept("access token", "DD_ACCESS_TOKEN", "access_token", "access_token_command")
SITE: Final = Kept("site", "DD_SITE", "site")
KEYS: Final = (API_KEY, APPLICATION_KEY, ACCESS_TOKEN)
ALL_KEPT: Final = (*KEYS, SITE)


def variable(environ: Mapping[str, str], what: Kept) -> str:
    """What a variable holds; set to nothing is as good as not set."""
    return environ.get(what.variable, "").strip()


def has_all_keys(environ: Mapping[str, str]) -> bool:
    """Whether nobody else need be looked at."""
    pair = variable(environ, API_KEY) and variable(environ, APPLICATION_KEY)
    return bool(variable(environ, ACCESS_TOKEN) or pair)


def username(profile: str, what: Kept) -> str:
    """The name under which a profile's thing is kept."""
    return f"{profile}/{what.username}"


def checked_profile(profile: str) -> str:
    """The name of a profile.

    Raises:
        InvalidQuery: It cannot be one.
    """
    if not _PROFILE.fullmatch(profile):
        raise InvalidQuery(
            f"{clean(profile, 80)!r} cannot be a profile's name.",
            hint="Use 1 to 64 letters, digits, dots, dashes and underscores.",
        )
    return profile
