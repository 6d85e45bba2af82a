"""Support simple terminals: the last filters remove colours, and characters that are not ASCII."""

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
"""Drawn for each column of a character without an ASCII equivalent."""

_BY_NAME: Final[Mapping[str, str]] = {
    "·": "|",
    "“": "'",
    "”": "'",
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
    "◆": "@",
    "◈": "&",
    "✓": "*",
}
"""ASCII equivalents of our signs. Two signs with different meanings in one place differ."""
_LINES: Final[Mapping[str, str]] = {
    **dict.fromkeys("─━▔╌", "-"),
    **dict.fromkeys("│┃▏▕▎▊", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╤", "+"),
    **dict.fromkeys("▉▋▌▍", "#"),
    # The levels of charts, each told apart.
    **dict(zip("▁▂▃▄▅▆▇█", "_.~=+*%#", strict=True)),
    "▒": "/",
    "░": ":",
    "═": "=",
}
"""Lines of borders, scroll bars and charts."""
NAMES: Final[Mapping[str, str]] = {**_BY_NAME, **_LINES}


@lru_cache(maxsize=4_096)
def in_ascii(text: str) -> str:
    """Return the text in ASCII with the same width; accents are dropped."""
    # By Rich's width, as Textual placed it: the text may not be clean.
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
    """Passes only ASCII on, every character in its place."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


class Reversing(LineFilter):
    """Swaps foreground and background where the background is marked.

    Textual would do this for `reverse` in a style sheet, but not in lists.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments, marked ones reversed."""
        return [Segment(text, style and _reversed(style), control) for text, style, control in segments]


class NoColour(LineFilter):
    """Removes all colours, even greys, which Textual's own filter sends. Marked text was reversed before."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colours, still distinguished by bold and the like."""
        return [Segment(text, style and _without_colour(style), control) for text, style, control in segments]


@lru_cache(maxsize=1_024)
def _reversed(style: Style) -> Style:
    if style.bgcolor is None or style.bgcolor.is_default:
        return style
    return _without_colour(style) + Style(color="default", bgcolor="default", reverse=True)


@lru_cache(maxsize=1_024)
def _without_colour(style: Style) -> Style:
    # Keep click actions, which Rich drops with the colours.
    return style.without_color + Style.from_meta(style.meta) if style.meta else style.without_color
