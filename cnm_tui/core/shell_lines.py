"""A command on several lines that a shell reads as the one it is."""

import re
import shlex
from collections.abc import Iterator
from typing import Final

from cnm_tui.core.text import cell_width, padded

_WORD: Final = re.compile(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""")
_GOES_ON: Final = "\\"
_INDENTATION: Final = "  "
"""Of the lines that begin with another word; it also keeps that apart from the word before."""
_QUOTES: Final = "''"
"""Around a piece of a word; with nothing between them they stand for nothing."""
_APOSTROPHE: Final = "'\\''"
"""What an apostrophe is within quotes."""


def shell_lines(command: str, columns: int) -> list[str]:
    """The command in lines of at most so many columns: broken between words, and within those that are longer.

    Each but the last is filled up to the backslash in the last column: who takes it by mouse may take the blanks
    behind it along, and a backslash goes on in the next line only where nothing follows it.
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
    """The word in as many columns as there are; what stands in double quotes holds a variable, and is short."""
    if cell_width(lead + word) <= room or word.startswith('"'):
        yield lead + word
        return
    (value,) = shlex.split(word)
    piece = ""
    for character in value:
        while piece and cell_width(lead + _quoted(piece + character)) > room:
            kept = _kept(lead, piece, room)
            yield _filling(lead, kept, room)
            lead, piece = "", piece[len(kept) :]
        piece += character
    yield lead + _quoted(piece)


def _kept(lead: str, piece: str, room: int) -> str:
    """As much of it as stands in this line: all but a character or two."""
    beginnings = (piece[:end] for end in range(len(piece), 0, -1))
    return next((kept for kept in beginnings if _can_end(lead, kept, room)), piece.rstrip("'") or piece)


def _can_end(lead: str, text: str, room: int) -> bool:
    # Behind an apostrophe there would not always be a way to fill the line. In fish, a backslash before the quote that
    # closes keeps it from doing so, and one before a letter may be a control character.
    if text.endswith(("'", _GOES_ON)):
        return False
    return not _lacks_one(lead, text, room) or not (text[-1].isascii() and text[-1].isalnum())


def _lacks_one(lead: str, text: str, room: int) -> bool:
    """Whether pairs of quotes cannot fill the line."""
    return (room - cell_width(lead + _quoted(text))) % 2 == 1


def _quoted(text: str) -> str:
    opening, closing = _QUOTES
    return f"{opening}{text.replace(closing, _APOSTROPHE)}{closing}"


def _filling(lead: str, text: str, room: int) -> str:
    """The quoted text in exactly so many columns, unless it is apostrophes and nothing else."""
    written = lead + _quoted(text)
    if _lacks_one(lead, text, room):
        # Its last character behind a backslash takes one column more than in quotes.
        written = f"{lead}{_quoted(text[:-1])}\\{text[-1]}"
    return written + _QUOTES * ((room - cell_width(written)) // 2)
