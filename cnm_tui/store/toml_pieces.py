"""A TOML file taken apart by its tables, so that one of them is changed and the others stay to the letter."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, cast

from cnm_tui.core.errors import CnmError
from cnm_tui.core.text import clean

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_LINE_OF_ERROR: Final = re.compile(r"\(at line (\d+), column \d+\)")
_VALUES_AND_BRACKETS: Final = re.compile(
    r'''
    """ (?: [^"\\] | \\. | "{1,2}(?!") )*+ "{3,5}  # texts over several lines may end in quotes of their own
    | \'\'\' (?: [^'] | '{1,2}(?!') )*+ '{3,5}
    | " (?: [^"\\] | \\. )*+ "
    | ' [^']*+ '
    | \# [^\n]*+
    | (?P<header> ^[ \t]*+ \[ )
    | [][]
    ''',
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
"""Of TOML that is known to be well-formed: what may hold a bracket that is none, and brackets."""
_KEY: Final = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEYS: Final = re.compile(rf"[ \t]*{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*[ \t]*=")
_BYTE_ORDER_MARK: Final = "\ufeff"
"""Written by some editors, and not to be seen in any."""
_NO_NUMBER: Final = float("nan")
_REFUSALS: Final = (ValueError, RecursionError)
"""Of tomllib: also for a number of thousands of digits, or lists within lists without end."""


class NotToml(CnmError):
    """The text is no TOML; the message has the line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of the file: an entry of the array of tables that it was taken apart for, or what is between them."""

    text: str
    line: int
    """Of the file, from 1."""
    entry: dict[str, Any] | None
    """What it says; None for what is no such entry."""

    @property
    def body(self) -> str:
        """Without the blank lines and comments at its end, which may well be about what comes next."""
        lines = _LINE.findall(self.text)
        end = len(lines)
        while end and (not (stripped := lines[end - 1].strip()) or stripped.startswith("#")):
            end -= 1
        body = "".join(lines[:end])
        # Such a line may also be the last one of a text that goes over several.
        return body if _parsed(body) is not None else self.text

    @property
    def tail(self) -> str:
        """What `body` leaves out."""
        return self.text[len(self.body) :]

    def line_of(self, key: str) -> int:
        """The line of the file on which a key of the entry stands, or on which the entry begins."""
        header = _path_of(_line_at(self.text, 0))
        return self.line - 1 + line_of(self.text, *header, key)


def pieces(text: str, array: str) -> list[Piece]:
    """The file in pieces, which are the whole text when joined; `array` names the array of tables to look for.

    Raises:
        NotToml: It cannot be read as a whole, or the array is not written as `[[array]]` tables.
    """
    entries = document(text).get(array, [])
    found = [Piece(lines, line, _entry(lines, array)) for line, lines in _tables(text, array)]
    if [piece.entry for piece in found if piece.entry is not None] != entries:
        raise NotToml(f"line {_line_of(text, array)}: {array} is not written as [[{array}]] tables.")
    return found


def document(text: str) -> dict[str, Any]:
    """All that the text says.

    Raises:
        NotToml: It cannot be read.
    """
    if text.startswith(_BYTE_ORDER_MARK):
        raise NotToml("line 1: it begins with a byte order mark, which TOML has no place for.")
    try:
        return _loaded(text)
    except _REFUSALS as error:
        raise _not_toml(text, str(error)) from error


def text_of(content: bytes, most_bytes: int) -> str:
    """The text of a file.

    Raises:
        NotToml: It is none, or far too large for one.
    """
    if len(content) > most_bytes:
        raise NotToml(f"it has more than {most_bytes:,} bytes.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotToml(f"line {line}: it is not UTF-8.") from error


def line_of(text: str, *path: str) -> int:
    """Return the line on which the value at this path stands, or as much of the path as is written on lines of its own.

    Keys with points in them and tables in one line count, too: `profiles.prod = { site = "x" }`.
    """
    within, whole = _lines_of(text)
    if path in within:
        return within[path]
    return next((whole[path[:end]] for end in range(len(path), 0, -1) if path[:end] in whole), 1)


@lru_cache(maxsize=1)  # A file with mistakes may have many.
def _lines_of(text: str) -> tuple[Mapping[tuple[str, ...], int], Mapping[tuple[str, ...], int]]:
    """Return the first lines of the values within or at each path, and those of each path that is written whole."""
    within: dict[tuple[str, ...], int] = {}
    whole: dict[tuple[str, ...], int] = {}
    line, at = 1, 0
    for written, start in _paths(text):
        line, at = line + text.count("\n", at, start), start
        whole.setdefault(written, line)
        for end in range(1, len(written) + 1):
            within.setdefault(written[:end], line)
    return within, whole


def _paths(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the path that each header of a table, and each key, gives a value, and where its line begins."""
    header: tuple[str, ...] = ()
    headers, open_brackets, behind = set(_headers(text)), 0, 0
    within = iter([*_VALUES_AND_BRACKETS.finditer(text), None])
    value = next(within)
    for found in _LINE.finditer(text):
        start = found.start()
        while value is not None and value.start() < start:
            open_brackets += {"[": 1, "]": -1}.get(value[0].lstrip(), 0)
            behind, value = value.end(), next(within)
        if start in headers:
            header = _path_of(found[0])
            yield header, start
        elif not open_brackets and behind <= start and (keys := _KEYS.match(found[0])) is not None:
            yield (*header, *_path_of(f"{keys[0]} 0")), start


def _path_of(header: str) -> tuple[str, ...]:
    """Return the keys in the header of a table, or before the value 0."""
    path: list[str] = []
    within: Any = _parsed(header)
    while isinstance(within, dict) and within:
        ((key, within),) = within.items()
        path.append(key)
    return tuple(path)


def _tables(text: str, array: str) -> list[tuple[int, str]]:
    """The text cut before each header of a table, but not before those of tables within the same entry."""
    starts = [start for start in _headers(text) if not _is_within_entry(_line_at(text, start), array)]
    cut: list[tuple[int, str]] = []
    line = 1
    for start, end in pairwise(dict.fromkeys([0, *starts, len(text)])):
        cut.append((line, text[start:end]))
        line += text.count("\n", start, end)
    return cut


def _headers(text: str) -> Iterator[int]:
    """Where each line begins that is the header of a table; a bracket within a value begins none."""
    open_brackets = 0
    for found in _VALUES_AND_BRACKETS.finditer(text):
        if found["header"] is not None and not open_brackets:
            yield found.start()
        open_brackets += {"[": 1, "]": -1}.get(found[0].lstrip(), 0)


def _line_at(text: str, start: int) -> str:
    return text[start : text.find("\n", start) + 1 or len(text)]


def _is_within_entry(header: str, array: str) -> bool:
    """Whether it is the header of a table within another: `[view.widths]`."""
    inner = (_parsed(header) or {}).get(array)
    return isinstance(inner, dict) and bool(inner)


def _entry(lines: str, array: str) -> dict[str, Any] | None:
    """What the lines say if they begin with the header of an entry."""
    if _parsed(_LINE.findall(lines)[0]) != {array: [{}]}:
        return None
    said = _parsed(lines) or {array: [{}]}
    return cast(dict[str, Any], said[array][0])


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return _loaded(text)
    except _REFUSALS:
        return None


def _loaded(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=_number)


def _number(written: str) -> float:
    """The number; one and the same object for all that are none, so that what is read twice is equal."""
    number = float(written)
    return _NO_NUMBER if math.isnan(number) else number


def _line_of(text: str, key: str) -> int:
    found = re.search(rf"""^[ \t]*\[?[ \t]*["']?{re.escape(key)}\b""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found is not None else 1


def _not_toml(text: str, reason: str) -> NotToml:
    where = _LINE_OF_ERROR.search(reason)
    line = int(where[1]) if where is not None else text.count("\n") + 1
    return NotToml(f"line {line}: {clean(reason.partition(' (at ')[0], 200)}.")
