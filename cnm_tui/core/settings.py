"""Define the settings from settings.toml, the choice of screen colours, and changes to keyboard shortcuts."""

import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.shell import quoted
from cnm_tui.core.text import clean

if TYPE_CHECKING:
    from cnm_tui.core.named_check import NamedCheck
    from cnm_tui.core.row_commands import RowCommand

DEFAULT_PROFILE: Final = "default"
CLIPBOARDS: Final = ("auto", "osc52", "native", "off")
NOTIFICATIONS: Final = ("bell", "osc9", "off")


class Profile(NamedTuple):
    """The settings of one profile. A profile names a Datadog site and the sources of its API keys."""

    site: str | None = None
    api_url: str | None = None
    """Custom API URL, in place of a site."""
    api_key_command: tuple[str, ...] = ()
    """A program with its arguments, which prints the API key in its first line; empty for none."""
    app_key_command: tuple[str, ...] = ()
    access_token_command: tuple[str, ...] = ()
    """A program with its arguments, which prints an access token in its first line; empty for none."""
    view: str = ""
    """Name of the view to start with if the command line has no query; empty for the default query."""
    accent: str = ""
    """The profile's colour on the screen, `#rrggbb`; empty for the theme's."""
    problem: str = ""
    """Why the profile's service or keys are unclear, as a sentence; empty if they are clear."""


_NO_PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({})
_NONE_REPLACED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
_NO_KEYS: Final[Mapping[str, str]] = MappingProxyType({})
_NO_CHECKS: "Final[Mapping[str, NamedCheck]]" = MappingProxyType({})
_NO_COMMANDS: "Final[Mapping[str, RowCommand]]" = MappingProxyType({})


class Settings(NamedTuple):
    """All settings of cnm-tui. Without a settings file, the default values apply."""

    profile: str = DEFAULT_PROFILE
    """The default profile."""
    profiles: Mapping[str, Profile] = _NO_PROFILES
    """Profiles by name; a name without settings is valid, and may have keys in the keyring."""
    clipboard: str = "auto"
    """Target of copied text, one of `CLIPBOARDS`; `auto` decides by the environment."""
    notify: str = "off"
    """The way to notify of watched rows, one of `NOTIFICATIONS`."""
    history: str = ""
    """Path of a recording whose answers are older than the service keeps; empty for none."""
    theme: str = ""
    """Empty for the default theme."""
    ascii: bool = False
    """True to draw with ASCII only, whatever the locale."""
    ladders: Mapping[str, tuple[str, ...]] = _NONE_REPLACED
    """For the field that a drill-down leaves, the next fields, best first; replaces the default ladder."""
    keys: Mapping[str, str] = _NO_KEYS
    """Keyboard keys by command id, separated by commas."""
    commands: "Mapping[str, RowCommand]" = _NO_COMMANDS
    """The user's own programs to run for a row, by name."""
    checks: "Mapping[str, NamedCheck]" = _NO_CHECKS
    """Checks for `cnm-tui check`, by name."""
    geoip: str = ""
    """Path of the user's own MaxMind file; empty for none."""
    links: Mapping[str, str] = _NO_KEYS
    """Templates of links for a row by name, in place of the usual ones or besides."""
    problems: tuple[str, ...] = ()
    """A sentence with file and line for each invalid entry; the others apply."""
    unreadable: str = ""
    """Why the file could not be read at all, as a sentence with the line; empty otherwise."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return one sentence for each problem in the settings file."""
        return (self.unreadable,) if self.unreadable else self.problems

    def of(self, profile: str) -> Profile:
        """Return the settings of this profile, or default settings if there are none.

        If the settings file cannot be read, the default settings also contain a sentence about this problem.
        """
        return self.profiles.get(profile, Profile(problem=self.unreadable))


NOTHING_SET: Final = Settings()


KeyOf = Callable[[str, str], str]
"""Function that returns the keyboard key of a command, given its id and default key."""


def usual_key(_action: str, usual: str) -> str:
    """Return the second argument, the default keyboard key. This function is used while no keyboard keys are
    changed.
    """
    return usual


def login_command(profile: str) -> str:
    """Return the text of the shell command `cnm-tui auth login`, with which a user stores the API keys of this
    profile.
    """
    return "cnm-tui auth login" + ("" if profile in ("", DEFAULT_PROFILE) else f" --profile {quoted(profile)}")


# The look of the screen: chosen by the user, or derived from the environment

DARK: Final = "dark"
LIGHT: Final = "light"
ANSI: Final = "ansi"
HIGH_CONTRAST: Final = "high-contrast"
OUR_THEMES: Final = (DARK, LIGHT, HIGH_CONTRAST, ANSI)
TEXTUAL_THEMES: Final = (
    *("textual-dark", "textual-light", "nord", "gruvbox", "catppuccin-mocha", "dracula", "tokyo-night", "monokai"),
    *("flexoki", "catppuccin-latte", "catppuccin-frappe", "catppuccin-macchiato", "solarized-light", "solarized-dark"),
    *("rose-pine", "rose-pine-moon", "rose-pine-dawn", "atom-one-dark", "atom-one-light"),
)
"""Textual's built-in themes, by its names; those of the terminal's own colours are left to `ansi`."""
THEMES: Final = (*OUR_THEMES, *TEXTUAL_THEMES)

SMALLEST_COLUMNS: Final = 60
SMALLEST_LINES: Final = 15
"""Minimum window height for the screen and every dialog."""

NOT_DRAWN_ON: Final = ("", "dumb", "unknown")
"""Values of TERM for terminals that print lines only."""

FEW_COLOURS: Final = "standard"
"""Rich's name for 16 colours."""
_BY_TERM: Final = {"kitty": "256", "256color": "256", "16color": FEW_COLOURS}
"""Colour system by the suffix of TERM, as Rich decides."""
_UTF_8: Final = ("utf-8", "utf8")
_COERCED_TO: Final = ("C.UTF-8", "C.utf8", "UTF-8")
"""For the C locale Python sets LC_CTYPE to one of these, for itself (PEP 538)."""


class Look(NamedTuple):
    """The user's choice of colours and characters for the terminal interface."""

    theme: str = ""
    """One of `THEMES`; empty to choose by the terminal."""
    ascii: bool = False
    """True to draw with ASCII only."""


USUAL: Final = Look()


def theme_for(chosen: str, color_system: str | None, *, no_colour: bool) -> str:
    """Return the name of the colour theme for the terminal interface.

    A terminal with 16 colours gets the theme that uses the terminal's own colours. Other themes would be rounded
    to these 16 colours, and some text could become invisible. A terminal without colours gets the same theme,
    because this theme also marks values with symbols.
    """
    return ANSI if no_colour or color_system == FEW_COLOURS else chosen or DARK


def color_system(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the name of Rich's colour system for this terminal, and the name of the environment variable that
    decides it.

    The logic of Rich is repeated here, so that the command `doctor` does not need to import Rich.
    """
    chosen = environ.get("TEXTUAL_COLOR_SYSTEM", "")
    if chosen in (FEW_COLOURS, "256", "truecolor"):
        return chosen, "TEXTUAL_COLOR_SYSTEM"
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor", "COLORTERM"
    return _BY_TERM.get(environ.get("TERM", "").strip().lower().rpartition("-")[2], FEW_COLOURS), "TERM"


def wants_no_colour(environ: Mapping[str, str]) -> bool:
    """True if NO_COLOR is set and not empty. Source: no-color.org."""
    return bool(environ.get("NO_COLOR"))


def is_remote(environ: Mapping[str, str]) -> bool:
    """True if cnm-tui runs in an SSH session."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))


def deciding_locale(environ: Mapping[str, str], *, is_coerced: bool | None = None) -> tuple[str, str]:
    """Return the name and the value of the environment variable that decides the locale.

    If no such variable is set, both are empty strings.

    Args:
        environ: The environment variables.
        is_coerced: True if Python found the C locale or an unknown locale, and therefore may have set LC_CTYPE
            itself. None to find this out from the running Python.
    """
    by_python = sys.flags.utf8_mode == 1 if is_coerced is None else is_coerced
    for variable in ("LC_ALL", "LC_CTYPE", "LANG"):
        name = environ.get(variable, "")
        if name and not (by_python and variable == "LC_CTYPE" and name in _COERCED_TO):
            return variable, name
    return "", ""


def takes_utf8(environ: Mapping[str, str], *, is_coerced: bool | None = None) -> bool:
    """True if the name of the locale states that it uses UTF-8. Without a name, the locale is C, which does not use
    UTF-8.

    Args:
        environ: The environment variables.
        is_coerced: The same argument as in `deciding_locale`.
    """
    _, locale = deciding_locale(environ, is_coerced=is_coerced)
    return any(name in locale.lower() for name in _UTF_8)


# The colour of a profile on the screen

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_EQUAL_CONTRAST: Final = 0.179
"""The relative luminance on which black and white text are equally readable."""


def checked_accent(text: str) -> str:
    """Return the accent colour as `#rrggbb` in lower case. Return an empty string for an empty text.

    Raises:
        InvalidQuery: The text is not a colour in the form `#rrggbb`.
    """
    colour = text.strip().lower()
    if colour and not _COLOUR.fullmatch(colour):
        raise InvalidQuery(
            f"{clean(text, 40)!r} is no accent colour.",
            hint="Write #rrggbb, for example #d70000.",
        )
    return colour


def readable_on(colour: str) -> str:
    """Return the text colour for a background of this colour: black or white, whichever is more readable."""
    return "#000000" if luminance(colour) > _EQUAL_CONTRAST else "#ffffff"


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, from 0 for black to 1 for white. Source: WCAG 2.2."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


# Key overrides: which apply, and why the others do not

QUIT: Final = "app.quit"
ALWAYS_QUITS: Final = "ctrl+q"
"""Quits whatever the settings say, so that there is always a known way out."""
_MOST_TOLD: Final = 3
_LONGEST_NAME: Final = 40


class Action(NamedTuple):
    """A command of cnm-tui that the user calls with a keyboard key, with its default keys and its screens."""

    id: str
    does: str
    keys: tuple[str, ...]
    """The default keys."""
    heard_in: frozenset[str]
    """Names of the screens that react to its keys; two commands with a common screen cannot share a key."""


class KeyMap(NamedTuple):
    """The keyboard keys that the user has changed, and a sentence about changes that cannot be used."""

    keys: Mapping[str, tuple[str, ...]]
    """Keys by command id, in place of the default ones."""
    problem: str
    """One sentence about overrides that do not apply; empty if all do."""


def key_map(
    wanted: Mapping[str, Sequence[str]], actions: Collection[Action], is_key: Callable[[str], bool] = bool
) -> KeyMap:
    """Return the keyboard keys that the user changed in the settings, as far as the changes can be used.

    If a changed key already belongs to another command, the default key of the changed command is kept.

    Args:
        wanted: The keyboard keys from the settings, by the id of the command.
        actions: All commands with their default keys.
        is_key: A function that returns True if a text is the name of a keyboard key.
    """
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
    # An override that falls back to its default keys may conflict with a third command.
    while (clash := _clash(chosen, known)) is not None:
        name, key, other = clash
        del chosen[name]
        problems.append(f"{name} cannot have {clean(key, _LONGEST_NAME)}, which is for {other.does} ({other.id})")
    return KeyMap(chosen, _sentence(problems))


def _clash(chosen: Mapping[str, tuple[str, ...]], known: Mapping[str, Action]) -> tuple[str, str, Action] | None:
    """Find a changed command whose keyboard key also belongs to another command. The last such command is returned.

    Returns:
        The changed command's id, the keyboard key and the other command. None if there is no conflict.
    """
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
