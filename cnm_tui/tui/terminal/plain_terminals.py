"""For terminals that can do less: the last thing before the terminal takes away the colours, and what is not ASCII."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

UNKNOWN: Final = "?"
"""In each column of a character that has no other name in ASCII."""

_BY_NAME: Final[Mapping[str, str]] = {
    "·": "|",
    "µ": "u",
    "ˋ": "'",
    "Δ": "d",
    "»": "/",
    "–": "-",
    "…": "~",
    "‹": "<",
    "›": ">",
    "←": "<",
    "↑": "^",
    "→": ">",
    "↓": "v",
    "⌕": ":",
    "⏎": "/",
    "▲": "!",
    "▴": "^",
    "▸": ">",
    "▾": "v",
    "●": "o",
    "✓": "*",
}
"""Our own signs. Two that say different things in one place have different names."""
_LINES: Final[Mapping[str, str]] = {
    **dict.fromkeys("─━▔▁", "-"),
    **dict.fromkeys("│┃▏▕▎▊", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
    **dict.fromkeys("▂▃▄▅▆▇▉▋▌▍█", "#"),
}
"""What borders and scroll bars are drawn with."""
NAMES: Final[Mapping[str, str]] = {**_BY_NAME, **_LINES}


@lru_cache(maxsize=4_096)
def in_ascii(text: str) -> str:
    """Return the text in ASCII, in as many columns; a letter with a mark is the letter."""
    # By Rich, as Textual placed it: somebody may have forgotten to clean it.
    columns, named = cell_len(text), "".join(map(_name, text))
    return named[:columns].ljust(columns)


def _name(character: str) -> str:
    if character.isascii():
        return character
    if (name := NAMES.get(character)) is not None:
        return name
    columns = cell_len(character)
    taken_apart = unicodedata.normalize("NFKD", character)
    if columns == 1 and taken_apart[0].isascii() and all(map(unicodedata.combining, taken_apart[1:])):
        return taken_apart[0]
    return UNKNOWN * columns


class AsciiOnly(LineFilter):
    """Lets nothing but ASCII through, every character in its place."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in ASCII."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


class Reversing(LineFilter):
    """Has letters and ground change places where the ground is marked, whatever the terminal's own colours are.

    Textual would do that for a style sheet that says `reverse`, but in lists it does not.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, those that are marked reversed."""
        return [Segment(text, style and _reversed(style), control) for text, style, control in segments]


class NoColour(LineFilter):
    """Lets no colour through, not even a grey; Textual's own sends greys. What is marked was reversed before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments, told apart by how their letters stand."""
        return [Segment(text, style and _without_colour(style), control) for text, style, control in segments]


@lru_cache(maxsize=1_024)
def _reversed(style: Style) -> Style:
    if style.bgcolor is None or style.bgcolor.is_default:
        return style
    return _without_colour(style) + Style(color="default", bgcolor="default", reverse=True)


@lru_cache(maxsize=1_024)
def _without_colour(style: Style) -> Style:
    # What a click means stays; Rich drops it with the colours.
    return style.without_color + Style.from_meta(style.meta) if style.meta else style.without_color
