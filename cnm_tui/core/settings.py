"""The settings: what can be set, how the screen looks, and which keys do what."""

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.shell import quoted
from cnm_tui.core.text import clean

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
    return "cnm-tui auth login" + ("" if profile in ("", DEFAULT_PROFILE) else f" --profile {quoted(profile)}")


# How the screen looks on a terminal: what people chose, and what the environment tells of it

DARK: Final = "dark"
LIGHT: Final = "light"
ANSI: Final = "ansi"
THEMES: Final = (DARK, LIGHT, ANSI)

SMALLEST_COLUMNS: Final = 60
SMALLEST_LINES: Final = 15
"""Of a window in which the screen and each dialog can still be read."""

NOT_DRAWN_ON: Final = ("", "dumb", "unknown")
"""What TERM says of terminals that only take lines."""

FEW_COLOURS: Final = "standard"
"""What Rich calls 16 colours."""
_BY_TERM: Final = {"kitty": "256", "256color": "256", "16color": FEW_COLOURS}
"""By what TERM ends with, as Rich reads it."""
_UTF_8: Final = ("utf-8", "utf8")
_COERCED_TO: Final = ("C.UTF-8", "C.utf8", "UTF-8")
"""To one of these Python sets LC_CTYPE, for itself, where the locale is C (PEP 538)."""


class Look(NamedTuple):
    """What people chose."""

    theme: str = ""
    """One of `THEMES`; empty: what suits the terminal."""
    ascii: bool = False
    """Whether no character beyond ASCII is drawn."""


USUAL: Final = Look()


def theme_for(chosen: str, color_system: str | None, *, no_colour: bool) -> str:
    """The theme to draw with.

    Where there are only 16 colours they are the terminal's own, and to round others to them is a lottery: what is a
    dark grey to one palette is the background of another. Without colours the same theme tells all by its signs.
    """
    return ANSI if no_colour or color_system == FEW_COLOURS else chosen or DARK


def color_system(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return what Rich calls the colours that the screen draws with here, and the variable that says so.

    Written out here because `doctor` does without Rich.
    """
    chosen = environ.get("TEXTUAL_COLOR_SYSTEM", "")
    if chosen in (FEW_COLOURS, "256", "truecolor"):
        return chosen, "TEXTUAL_COLOR_SYSTEM"
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor", "COLORTERM"
    return _BY_TERM.get(environ.get("TERM", "").strip().lower().rpartition("-")[2], FEW_COLOURS), "TERM"


def wants_no_colour(environ: Mapping[str, str]) -> bool:
    """Whether NO_COLOR is set, and not to nothing. Source: no-color.org."""
    return bool(environ.get("NO_COLOR"))


def is_remote(environ: Mapping[str, str]) -> bool:
    """Whether the screen is looked at over SSH."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def deciding_locale(environ: Mapping[str, str], *, is_coerced: bool | None = None) -> tuple[str, str]:
    """The variable by which the locale is chosen, and its name there; both empty where there is none.

    Args:
        is_coerced: Whether Python found the locale C, or none that it knows, and may have set LC_CTYPE itself; None:
            as this Python did.
    """
    by_python = sys.flags.utf8_mode == 1 if is_coerced is None else is_coerced
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        name = environ.get(variable, "")
        if name and not (by_python and variable == "LC_CTYPE" and name in _COERCED_TO):
            return variable, name
    return "", ""


def takes_utf8(environ: Mapping[str, str], *, is_coerced: bool | None = None) -> bool:
    """Whether the locale says, by its name, that the terminal takes UTF-8; without a name it is C, which does not.

    Args:
        is_coerced: As for `deciding_locale`.
    """
    _, locale = deciding_locale(environ, is_coerced=is_coerced)
    return any(name in locale.lower() for name in _UTF_8)


# The colour by which a profile is known on the screen

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_EQUAL_CONTRAST: Final = 0.179
"""The relative luminance on which black and white are read equally well."""


def checked_accent(text: str) -> str:
    """A colour as `#rrggbb`, in small letters; empty for none.

    Raises:
        InvalidQuery: It is no such colour.
    """
    colour = text.strip().lower()
    if colour and not _COLOUR.fullmatch(colour):
        raise InvalidQuery(
            f"{clean(text, 40)!r} is no accent colour.",
            hint="Write #rrggbb, for example #d70000.",
        )
    return colour


def readable_on(colour: str) -> str:
    """Black or white, whichever is read better on this colour."""
    return "#000000" if _luminance(colour) > _EQUAL_CONTRAST else "#ffffff"


def _luminance(colour: str) -> float:
    """Source: WCAG 2.2, "relative luminance"."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


# Keys that people chose for actions: which of them can be had, and why not the others

QUIT: Final = "app.quit"
ALWAYS_QUITS: Final = "ctrl+q"
"""Whatever the settings say, there is one known way out."""
_MOST_TOLD: Final = 3
_LONGEST_NAME: Final = 40


class Action(NamedTuple):
    """Something that keys do."""

    id: str
    does: str
    keys: tuple[str, ...]
    """The usual ones."""
    heard_in: frozenset[str]
    """Where a key of it does it: two actions that share a place cannot share a key there."""


class KeyMap(NamedTuple):
    """What is in force."""

    keys: Mapping[str, tuple[str, ...]]
    """By the id of an action, instead of its usual ones."""
    problem: str
    """In one sentence, what was wished for and cannot be had; empty where all can."""


def key_map(
    wanted: Mapping[str, Sequence[str]], actions: Collection[Action], is_key: Callable[[str], bool] = bool
) -> KeyMap:
    """The wished keys that are in force; whose wish would take a key from another action keeps its usual ones."""
    known = {action.id: action for action in actions}
    problems: list[str] = []
    chosen: dict[str, tuple[str, ...]] = {}
    for name, keys in wanted.items():
        if name not in known:
            problems.append(f"there is no action {clean(name, _LONGEST_NAME)!r}")
        elif not keys:
            problems.append(f"{name} is given no key")
        elif (strange := next((key for key in keys if not is_key(key)), None)) is not None:
            problems.append(f"{clean(strange, _LONGEST_NAME)!r} is no key for {name}")
        elif name != QUIT and ALWAYS_QUITS in keys:
            problems.append(f"{ALWAYS_QUITS} always quits, so {name} cannot have it")
        else:
            chosen[name] = tuple(dict.fromkeys([*keys, *([ALWAYS_QUITS] if name == QUIT else [])]))
    # Whoever goes back to its usual keys may take one of those from a third.
    while (clash := _clash(chosen, known)) is not None:
        name, key, other = clash
        del chosen[name]
        problems.append(f"{name} cannot have {clean(key, _LONGEST_NAME)}, which is for {other.does} ({other.id})")
    return KeyMap(chosen, _sentence(problems))


def _clash(chosen: Mapping[str, tuple[str, ...]], known: Mapping[str, Action]) -> tuple[str, str, Action] | None:
    """The last wish that takes a key of another action, that key, and whose it is."""
    for name in reversed(list(chosen)):
        for other in known.values():
            if other.id == name or known[name].heard_in.isdisjoint(other.heard_in):
                continue
            for key in chosen[name]:
                if key in chosen.get(other.id, other.keys):
                    return name, key, other
    return None


def _sentence(problems: Sequence[str]) -> str:
    if not problems:
        return ""
    told = "; ".join(problems[:_MOST_TOLD])
    more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
    return f"Keys of the settings that are not in force: {told}{more}."
