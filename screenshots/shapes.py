"""Draw the line and block characters of a screenshot as SVG rectangles.

If these characters were drawn as letters, gaps would appear between them in viewers without the right font.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

CELL: Final = 12.2
"""Width of a terminal cell in Rich's pictures, in their units."""
HEIGHT: Final = 24.4
_ASCENT: Final = 18.5
"""Height of a cell above the base line of its letter."""

_Part = tuple[float, float, float, float]
"""Left, top, right and bottom of a rectangle, as shares of a cell."""
_LEFT: Final[_Part] = (0, 0.47, 0.56, 0.53)
_RIGHT: Final[_Part] = (0.44, 0.47, 1, 0.53)
_UP: Final[_Part] = (0.44, 0, 0.56, 0.53)
_DOWN: Final[_Part] = (0.44, 0.47, 0.56, 1)
_SHAPES: Final[dict[str, tuple[_Part, ...]]] = {
    "─": ((0, 0.47, 1, 0.53),),
    "━": ((0, 0.44, 1, 0.56),),
    "│": ((0.44, 0, 0.56, 1),),
    "┃": ((0.38, 0, 0.62, 1),),
    **dict.fromkeys("╭┌", (_RIGHT, _DOWN)),
    **dict.fromkeys("╮┐", (_LEFT, _DOWN)),
    **dict.fromkeys("╰└", (_RIGHT, _UP)),
    **dict.fromkeys("╯┘", (_LEFT, _UP)),
    "├": (_RIGHT, _UP, _DOWN),
    "┤": (_LEFT, _UP, _DOWN),
    "┬": (_LEFT, _RIGHT, _DOWN),
    "┴": (_LEFT, _RIGHT, _UP),
    "┼": (_LEFT, _RIGHT, _UP, _DOWN),
    "▔": ((0, 0, 1, 0.125),),
    "▐": ((0.5, 0, 1, 1),),
    "▀": ((0, 0, 1, 0.5),),
    **{block: ((0, 0, (at + 1) / 8, 1),) for at, block in enumerate("▏▎▍▌▋▊▉█")},
    **{block: ((0, 1 - (at + 1) / 8, 1, 1),) for at, block in enumerate("▁▂▃▄▅▆▇")},
}
DRAWN: Final = "".join(map(re.escape, _SHAPES))
"""The characters that are drawn, for a regular expression's set."""


def shapes(text: str, style: str, left: float, base: float) -> Iterator[str]:
    """Yield SVG rectangles that draw a text of line and block characters.

    Equal neighbouring characters share one rectangle.

    Args:
        text: The characters.
        style: The CSS class of the rectangles.
        left: The X coordinate at which the text begins.
        base: The Y coordinate of the baseline of the text.
    """
    top = base - _ASCENT
    for letter, run in groupby(text):
        cells = len(list(run))
        for x, y, right, bottom in _SHAPES[letter]:
            # Parts as wide as a cell are one rectangle, so that no seam shows.
            across = (right - x) == 1
            for cell in range(1 if across else cells):
                width = cells * CELL if across else (right - x) * CELL
                yield (
                    f'<rect class="{style}" x="{left + (cell + x) * CELL:g}" y="{top + y * HEIGHT:g}" '
                    f'width="{width:g}" height="{(bottom - y) * HEIGHT:g}" shape-rendering="crispEdges"/>'
                )
        left += cells * CELL
