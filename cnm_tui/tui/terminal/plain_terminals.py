"""Support simple terminals. Line filters remove all colours, or all characters that are not ASCII."""

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
    "•": ".",
    "“": "'",
    "”": "'",
    "µ": "u",
    "±": "~",
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
    """Return the text in ASCII with the same width in terminal columns. Accents are removed."""
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
    """A line filter that replaces all characters that are not ASCII.

    The positions of the characters do not change.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with ASCII characters only."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style, segment.control)
            for segment in segments
        ]


class Reversing(LineFilter):
    """A line filter that makes a meaningful background visible on terminals without colours.

    It swaps the foreground and the background colour of such text. Textual would do this for `reverse` in a
    style sheet, but not in lists.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments (pieces of text in one style). In marked segments, the two colours are swapped."""
        return [Segment(text, style and _reversed(style), control) for text, style, control in segments]


class NoColour(LineFilter):
    """A line filter that removes all colours. Textual's own filter would still send grey colours.

    Text with a meaningful background was already reversed by the filter `Reversing`.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments (pieces of text in one style) without colours.

        Bold, underline and similar attributes stay.
        """
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
