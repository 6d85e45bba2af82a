"""What people set for themselves: profiles, and how the program behaves on their machine."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

DEFAULT_PROFILE: Final = "default"
CLIPBOARDS: Final = ("auto", "osc52", "native", "off")


class Profile(NamedTuple):
    """Whom to ask, and with whose keys, under a name."""

    site: str | None = None
    api_url: str | None = None
    """Instead of a site."""
    api_key_command: tuple[str, ...] = ()
    """A program with its arguments, whose first line of output is the key; empty: none."""
    app_key_command: tuple[str, ...] = ()
    access_token_command: tuple[str, ...] = ()
    """For a token instead of both keys."""
    view: str = ""
    """The view to begin with where nothing is asked on the command line; empty: the usual question."""
    accent: str = ""
    """A colour, `#rrggbb`, by which the profile is known on the screen; empty: that of the theme."""
    problem: str = ""
    """Why it cannot be told whom to ask with whose keys, in a sentence; empty where it can."""


_NO_PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({})
_NONE_REPLACED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
_NO_KEYS: Final[Mapping[str, str]] = MappingProxyType({})


class Settings(NamedTuple):
    """All that can be set; without a file, this."""

    profile: str = DEFAULT_PROFILE
    """The one used where none is named."""
    profiles: Mapping[str, Profile] = _NO_PROFILES
    """By name; a name that is not here is as good, and holds nothing but keys in the keyring."""
    clipboard: str = "auto"
    """One of `CLIPBOARDS`: where copied text goes; `auto` finds out."""
    theme: str = ""
    """Empty: the usual one."""
    ascii: bool = False
    """Whether no character beyond ASCII is drawn, whatever the locale says."""
    ladders: Mapping[str, tuple[str, ...]] = _NONE_REPLACED
    """By the field that a drill down leaves, those that it may go on to, the best first; replaces the usual ones."""
    keys: Mapping[str, str] = _NO_KEYS
    """By the id of an action, the keys for it, with commas between them."""
    problems: tuple[str, ...] = ()
    """A sentence with file and line for each entry that could not be read; the others count."""
    unreadable: str = ""
    """Why nothing at all could be read, in a sentence with the line; empty where it could or there is no file."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is wrong."""
        return (self.unreadable,) if self.unreadable else self.problems

    def of(self, profile: str) -> Profile:
        """What is set for the profile of this name; nothing can be told of any where nothing could be read."""
        return self.profiles.get(profile, Profile(problem=self.unreadable))


NOTHING_SET: Final = Settings()


KeyOf = Callable[[str, str], str]
"""The key in force for an action, given its id and its usual key, for sentences that name it."""


def usual_key(_action: str, usual: str) -> str:
    """As where people chose no others."""
    return usual


def login_command(profile: str) -> str:
    """Return what to type into a shell to keep keys for this profile."""
    from cnm_tui.core.shell.words import quoted

    return "cnm-tui auth login" + ("" if profile in ("", DEFAULT_PROFILE) else f" --profile {quoted(profile)}")
