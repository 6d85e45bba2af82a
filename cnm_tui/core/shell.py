"""Write shell commands with quotes and line breaks, and make copied text safe to paste into a shell."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final

from cnm_tui.core.text import cell_width, clean, padded

_BARE: Final = re.compile(r"(?![=%])[A-Za-z0-9_./:,@%+=-]+", re.ASCII)
"""Characters without meaning in any shell, except that zsh expands a leading `=`, fish a leading `%`."""
_PIECE: Final = re.compile(r"""[^'\\]+|['\\]""")
_SPECIAL: Final = {"'": '''"'"''', "\\": '"\\\\"'}
"""In fish a backslash also escapes within single quotes, so both are put in double quotes, where all shells agree."""


def quoted(value: str) -> str:
    """Return the text as one word of a shell command. Quotes are added only if they are needed."""
    if _BARE.fullmatch(value):
        return value
    return quoted_always(value)


def quoted_always(value: str) -> str:
    """Return the text as one word of a shell command, always in quotes."""
    return "".join(_SPECIAL.get(piece) or f"'{piece}'" for piece in _PIECE.findall(value)) or "''"


def joined(words: Iterable[str]) -> str:
    """Return the words joined to one shell command, with quotes where they are needed."""
    return " ".join(map(quoted, words))


_WORD: Final = re.compile(r"""(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+""", re.DOTALL)
_HOLDS_VARIABLE: Final = re.compile(r'"[^"]*\$[^"]*"')
"""A word in double quotes with a variable; it is short, and never split."""
_GOES_ON: Final = "\\"
_INDENTATION: Final = "  "
"""Indentation of continued lines; it also separates words."""
_NOTHING: Final = '""'
"""An empty pair of quotes between parts of a word, which changes nothing; in zsh two apostrophes could mean one."""
_HALF_OF_NOTHING: Final = '"'


def shell_lines(command: str, columns: int) -> list[str]:
    """Return a shell command in lines of at most `columns` terminal columns, joined by backslashes.

    The command is broken between words. Words that are too long are broken too. Every line except the last line
    is filled up to the last column, which contains the backslash. Otherwise a mouse selection could copy blanks
    after the backslash, and a backslash continues the line only if nothing follows.
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
    """Split a word of a shell command into pieces of exactly `room` terminal columns. The last piece may be
    shorter.
    """
    if cell_width(lead + word) <= room or _HOLDS_VARIABLE.fullmatch(word):
        yield lead + word
        return
    (value,) = shlex.split(word)
    while cell_width(lead + quoted_always(value)) > room:
        end = _fitting(lead, value, room)
        piece, value = value[:end], value[end:]
        pairs, odd = divmod(room - cell_width(lead + quoted_always(piece)), len(_NOTHING))
        # A shell removes backslash and line break between two double quotes as well.
        half = _HALF_OF_NOTHING * odd
        yield lead + quoted_always(piece) + _NOTHING * pairs + half
        lead = half
    yield lead + quoted_always(value)


def _fitting(lead: str, value: str, room: int) -> int:
    """Return how many characters of `value` fit into a line of `room` terminal columns, after the text `lead`.

    The result is one less if otherwise a gap of one column would remain that cannot be filled.
    """
    end = 1
    while cell_width(lead + quoted_always(value[: end + 1])) <= room:
        end += 1
    shorter = cell_width(lead + quoted_always(value[: end - 1]))
    is_odd = (room - cell_width(lead + quoted_always(value[:end]))) % len(_NOTHING) == 1
    return end - 1 if is_odd and end > 1 and (room - shorter) % len(_NOTHING) == 0 else end


_BETWEEN_CELLS: Final = "\t"


def pasteable(lines: Iterable[str]) -> str:
    """Return the lines as one text that is safe to paste into a shell.

    A line break within an item of `lines` is removed, because a shell would run the text before it as a command.
    Tabs are kept because they separate the cells of a row.
    """
    return "\n".join(map(_harmless, lines))


def _harmless(line: str) -> str:
    if line.isascii() and line.replace(_BETWEEN_CELLS, " ").isprintable():
        return line
    # Nothing is cut: half a row is worse than none.
    return _BETWEEN_CELLS.join(clean(cell, len(cell)) for cell in line.split(_BETWEEN_CELLS))
