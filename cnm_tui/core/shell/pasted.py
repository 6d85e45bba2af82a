"""Lines as they may be pasted anywhere: each one line, without a character that acts where it lands."""

from collections.abc import Iterable
from typing import Final

from cnm_tui.core.text import clean

_BETWEEN_CELLS: Final = "\t"


def pasteable(lines: Iterable[str]) -> str:
    """The lines as one text; a line break within one would run a command in a shell that it is pasted into.

    Tabs stay, as they stand between the cells of rows.
    """
    return "\n".join(map(_harmless, lines))


def _harmless(line: str) -> str:
    if line.isascii() and line.replace(_BETWEEN_CELLS, " ").isprintable():
        return line
    # Nothing is cut: half of a row is worse than none.
    return _BETWEEN_CELLS.join(clean(cell, len(cell)) for cell in line.split(_BETWEEN_CELLS))
