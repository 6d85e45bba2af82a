"""Words and lines of a shell: quoted, folded, and read back as pasted."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from cnm_tui.core.text import cell_width, clean, padded

_BARE: Final = re.compile(r"(?![=%])[A-Za-z0-9_./:,@%+=-]+", re.ASCII)
"""Nothing in it means anything to a shell; zsh expands a word that begins with `=`, fish one that begins with `%`."""
_PIECE: Final = re.compile(r"""[^'\\]+|['\\]""")
_SPECIAL: Final = {"'": '''"'"''', "\\": '"\\\\"'}
"""In fish a backslash also escapes within single quotes, so both stand in double quotes, where all agree."""


def quoted(value: str) -> str:
    """Return the value as one word for a shell; bare where nothing in it needs quotes."""
    if _BARE.fullmatch(value):
        return value
    return quoted_always(value)


def quoted_always(value: str) -> str:
    """Return the value in quotes, also where a shell would read it without."""
    return "".join(_SPECIAL.get(piece) or f"'{piece}'" for piece in _PIECE.findall(value)) or "''"


def joined(words: Iterable[str]) -> str:
    """Return the words as one command."""
    return " ".join(map(quoted, words))


_WORD: Final = re.compile(r"""(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+""", re.DOTALL)
_HOLDS_VARIABLE: Final = re.compile(r'"[^"]*\$[^"]*"')
"""A word in double quotes, for which the shell puts in a value; it is short, and stays whole."""
_GOES_ON: Final = "\\"
_INDENTATION: Final = "  "
"""Of the lines that begin with another word; it also keeps that apart from the word before."""
_NOTHING: Final = '""'
"""Beside a quoted piece of a word it stands for nothing; two apostrophes would stand for one in zsh with RC_QUOTES."""
_HALF_OF_NOTHING: Final = '"'


def shell_lines(command: str, columns: int) -> list[str]:
    """Return the command in lines of at most so many columns: broken between words, and within longer ones.

    Each line but the last is filled up to the backslash in the last column. A mouse may copy blanks behind it, and a
    backslash continues the line only where nothing follows it.
    """
    room = columns - len(_GOES_ON)
    lines: list[str] = []
    line = ""
    for word in _WORD.findall(command):
        longer = f"{line} {word}" if line else word
        if cell_width(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(padded(line, room) + _GOES_ON)
        *full, line = _pieces(_INDENTATION if lines else "", word, room)
        lines += [piece + _GOES_ON for piece in full]
    return [*lines, line]


def _pieces(lead: str, word: str, room: int) -> Iterator[str]:
    """Yield the word in pieces, each but the last in exactly so many columns."""
    if cell_width(lead + word) <= room or _HOLDS_VARIABLE.fullmatch(word):
        yield lead + word
        return
    (value,) = shlex.split(word)
    while cell_width(lead + quoted_always(value)) > room:
        end = _fitting(lead, value, room)
        piece, value = value[:end], value[end:]
        pairs, odd = divmod(room - cell_width(lead + quoted_always(piece)), len(_NOTHING))
        # A shell drops the backslash and the line break between two double quotes as well.
        half = _HALF_OF_NOTHING * odd
        yield lead + quoted_always(piece) + _NOTHING * pairs + half
        lead = half
    yield lead + quoted_always(value)


def _fitting(lead: str, value: str, room: int) -> int:
    """Return how many characters stand in this line: all that fit, or one less where the line is then full."""
    end = 1
    while cell_width(lead + quoted_always(value[: end + 1])) <= room:
        end += 1
    shorter = cell_width(lead + quoted_always(value[: end - 1]))
    is_odd = (room - cell_width(lead + quoted_always(value[:end]))) % len(_NOTHING) == 1
    return end - 1 if is_odd and end > 1 and (room - shorter) % len(_NOTHING) == 0 else end


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
