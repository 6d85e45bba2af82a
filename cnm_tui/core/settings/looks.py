"""How the screen is to look on a terminal: what people chose, and what the environment tells of it."""

import sys
from collections.abc import Mapping
from typing import Final, NamedTuple

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
