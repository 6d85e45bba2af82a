"""Split a TOML file into statements (headers, key-value pairs, comments and blank lines).

This is needed to find the line of an error, and to change one table alone. The library tomllib parses TOML,
but gives no line numbers. Each single statement is valid TOML. So lines are added to a text until tomllib
accepts the text as one statement.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from typing import Any, Final, NamedTuple

from cnm_tui.core.errors import CnmError
from cnm_tui.core.text import clean

_LINE_OF_ERROR: Final = re.compile(r"\(at line (\d+), column \d+\)")
_CLOSING: Final = ("]", "}", '"""', "'''")
"""The last line of every multi-line value contains one of these."""
_MOST_IN_VAIN: Final = 1_000_000
"""Maximum characters parsed again for multi-line values, about one second: hundreds of lists, one per line."""
_BYTE_ORDER_MARK: Final = "\ufeff"
"""Written by some editors, invisible in all of them."""
_REFUSALS: Final = (ValueError, RecursionError)
"""Exceptions of tomllib: for invalid TOML, numbers with thousands of digits, and deeply nested lists."""


class NotToml(CnmError):
    """Raised when a text is not valid TOML. The message names the line."""


class _Statement(NamedTuple):
    line: int
    text: str
    said: dict[str, Any]
    """The parsed values; empty for a comment or a blank line."""

    @property
    def is_header(self) -> bool:
        return bool(self.said) and self.text.lstrip().startswith("[")

    def begins(self, array: str) -> bool:
        """Return True if the statement is the header `[[array]]`, where `array` is the given name.

        An entry of the array of tables begins with this header.
        """
        return self.is_header and self.said == {array: [{}]}

    def is_within(self, array: str) -> bool:
        """Return True if the statement is the header of a table inside an entry, for example `[array.table]`.

        `array` is the name of the array of tables that the entry belongs to.
        """
        inner = self.said.get(array) if self.is_header else None
        return isinstance(inner, dict) and bool(inner)


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive lines of a TOML file: either one entry of an array of tables, or the text between two entries."""

    line: int
    """Number of its first line, from 1."""
    body: str
    tail: str
    """Blank lines and comments at its end, which may belong to the next entry."""
    entry: dict[str, Any] | None
    """The parsed entry; None for text between entries."""

    @property
    def text(self) -> str:
        """Return all lines of this piece of the file as one text."""
        return self.body + self.tail

    def line_of(self, *path: str) -> int:
        """Return the line number in the file of the value with this path of TOML keys.

        If the value is missing, return the line number at which the entry begins.
        """
        return self.line - 1 + line_of(self.body, *path)


def pieces(text: str, array: str) -> list[Piece]:
    """Split a TOML file into the entries of an array of tables, and the text between the entries.

    All pieces joined together are equal to the whole text.

    Args:
        text: The content of the file.
        array: The name of the TOML array of tables whose entries are split.

    Raises:
        NotToml: The text is not TOML, or the entries are not written as separate `[[array]]` tables.
    """
    entries = document(text).get(array, [])
    groups: list[list[_Statement]] = []
    is_whole = isinstance(entries, list)
    for statement in _statements(text):
        if statement.is_within(array):
            is_whole = is_whole and bool(groups) and groups[-1][0].begins(array)
        if not groups or (statement.is_header and not statement.is_within(array)):
            groups.append([])
        groups[-1].append(statement)
    if not is_whole or sum(group[0].begins(array) for group in groups) != len(entries):
        raise NotToml(f"line {line_of(text, array)}: {array} is not written as [[{array}]] tables.")
    said = iter(entries)
    return [_piece(group, next(said) if group[0].begins(array) else None) for group in groups]


def _piece(group: list[_Statement], entry: dict[str, Any] | None) -> Piece:
    texts = [statement.text for statement in group]
    end = max((at for at, statement in enumerate(group, 1) if statement.said), default=0)
    return Piece(group[0].line, "".join(texts[:end]), "".join(texts[end:]), entry)


def document(text: str) -> dict[str, Any]:
    """Return the parsed TOML text as a dictionary.

    Raises:
        NotToml: The text cannot be parsed.
    """
    if text.startswith(_BYTE_ORDER_MARK):
        raise NotToml("line 1: it begins with a byte order mark, which TOML has no place for.")
    try:
        return tomllib.loads(text)
    except _REFUSALS as error:
        reason = str(error)
        where = _LINE_OF_ERROR.search(reason)
        line = int(where[1]) if where is not None else text.count("\n") + 1
        raise NotToml(f"line {line}: {clean(reason.partition(' (at ')[0], 200)}.") from error


def text_of(content: bytes, most_bytes: int) -> str:
    """Return the content of a file, decoded as UTF-8.

    Raises:
        NotToml: The content is not UTF-8, or has more than `most_bytes` bytes.
    """
    if len(content) > most_bytes:
        raise NotToml(f"it has more than {most_bytes:,} bytes.")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotToml(f"line {line}: it is not UTF-8.") from error


def line_of(text: str, *path: str) -> int:
    """Return the number of the line at which the value with this path of TOML keys begins.

    If the value is missing, return the line number of the innermost table that should contain it. If that table
    is missing too, return 1. The text must be valid TOML. Values in dotted keys and inline tables, for example
    `profiles.prod = { site = "x" }`, are found too.
    """
    lines = _lines_of(text)
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 1)


@lru_cache(maxsize=1)  # Cached: a file with mistakes may have many.
def _lines_of(text: str) -> Mapping[tuple[str, ...], int]:
    lines: dict[tuple[str, ...], int] = {}
    header: tuple[str, ...] = ()
    for statement in _statements(text):
        paths = list(_paths(statement.said, () if statement.is_header else header))
        for path in paths:
            lines.setdefault(path, statement.line)
        if statement.is_header:
            header = paths[-1]
    return lines


def _paths(said: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the path of TOML keys of each value in a parsed TOML document.

    The path of a table is yielded before the paths of its values.
    """
    for key, value in said.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))


def _statements(text: str) -> Iterator[_Statement]:
    """Yield the statements of a valid TOML text, one after the other."""
    first, written, vain = 1, "", 0
    for line, read in enumerate(StringIO(text, newline="\n"), 1):
        written += read
        # A long quoted text is not parsed again for each of its lines.
        if line > first and not any(sign in read for sign in _CLOSING):
            continue
        try:
            said = tomllib.loads(written)
        except _REFUSALS as error:
            vain += len(written)
            if vain > _MOST_IN_VAIN:
                raise NotToml(f"line {first}: a list of lists there goes over too many lines.") from error
            continue
        yield _Statement(first, written, said)
        first, written = line + 1, ""
