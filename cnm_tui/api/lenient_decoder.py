"""Rows that the fast reader refuses, read with patience: what can be understood is kept, the rest is absent."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, SupportsBytes

from cnm_tui.core.errors import CnmError, ReplyNotJson, ReplyTooLarge, ReplyTruncated
from cnm_tui.core.metrics.catalogue import COUNTED_KEYS, Counters, Number
from cnm_tui.core.query import MOST_ROWS
from cnm_tui.core.snapshot import Connection, Connections, Exact, GroupValues, group_text
from cnm_tui.core.text import clean
from cnm_tui.core.units import bytes_text

LARGEST_FIGURE: Final = 10**18
"""An exabyte, an exasecond: what is beyond is no measurement, and sums of such would overflow."""
NOT_IT: Final = "Check the site or the API URL, and any proxy on the way."

MOST_ROWS_READ: Final = 4 * MOST_ROWS
MOST_BYTES: Final = 16 * 1024 * 1024
"""The largest document that is read with patience; a full answer has 6 MB."""
_LONGEST_ENTRY: Final = 256 * 1024
"""Characters of one entry. As objects of Python it may be forty times as large, and nobody gets a turn meanwhile."""
_WINDOWS: Final = (8 * 1024, 64 * 1024, _LONGEST_ENTRY)
"""Characters in which the end of an entry is looked for, one size after the other."""
_LONGEST_INTEGER: Final = 30
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_BEGINNING: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_BLANKS: Final = re.compile(r"[ \t\n\r]*")


def rows(body: bytes, group_bys: tuple[str, ...], sender: str) -> tuple[Connections, int, int]:
    """Return the rows of a document that is not strictly JSON, and how many entries and figures made no sense.

    Raises:
        ReplyNotJson: It is not the endpoint's document.
        ReplyTruncated: It is the beginning of a JSON document.
        ReplyTooLarge: It, or an entry of it, is larger than any that the endpoint sends.
    """
    refuse_large(body, sender)
    connections: list[Connection] = []
    unreadable = 0
    odd: list[str] = []
    try:
        for entry in _entries(body.decode(json.detect_encoding(body), "surrogatepass"), sender):
            read = _connection(entry, group_bys, _written(entry), odd)
            if read is None:
                unreadable += 1
            else:
                connections.append(read)
            if len(connections) + unreadable > MOST_ROWS_READ:
                raise too_many_rows(sender)
        return Connections.of(connections), unreadable, len(odd)
    except json.JSONDecodeError as error:
        problem: CnmError = _truncated(sender, len(body)) if _ended_early(error) else _not_json(sender)
    except (ValueError, RecursionError):
        problem = _not_json(sender)
    raise problem


def refuse_large(body: bytes, sender: str) -> None:
    """Refuse a document that is not written in the endpoint's way and is too long.

    Raises:
        ReplyNotJson: It is too long to be read, and no document of the endpoint begins so.
        ReplyTooLarge: It is too long to be read.
    """
    if len(body) > MOST_BYTES:
        raise too_large(sender) if _BEGINNING.match(body, 0, _WINDOWS[0]) else _not_json(sender)


def too_large(sender: str) -> ReplyTooLarge:
    """Return the failure of a reply that is larger than any answer."""
    return ReplyTooLarge(f"The reply of {sender} holds far more entries than the endpoint ever sends.", hint=NOT_IT)


def too_many_rows(sender: str) -> ReplyTooLarge:
    """Return the failure of a reply with more rows than any answer has."""
    return ReplyTooLarge(
        f"The reply of {sender} holds more than {MOST_ROWS_READ:,} rows; the endpoint sends at most {MOST_ROWS:,}.",
        hint=NOT_IT,
    )


def connection(raw: bytes, group_bys: tuple[str, ...], odd: list[str] | None = None) -> Connection | None:
    """Return one entry of the reply; None if it makes no sense, or is longer than any that the endpoint sends."""
    if len(raw) > _LONGEST_ENTRY:
        return None
    try:
        entry = _loads(raw)
    except (ValueError, RecursionError):
        return None
    return _connection(entry, group_bys, raw, [] if odd is None else odd)


def id_from(group_bys: tuple[str, ...], groups: tuple[GroupValues, ...]) -> str:
    """An id for a row without one, written as the endpoint writes them."""
    return ", ".join(f"{key}:{group_text(values)}" for key, values in zip(group_bys, groups, strict=True))


def cleaned(row_id: str, groups: tuple[GroupValues, ...], counters: Counters, raw: SupportsBytes) -> Connection:
    """A connection whose texts are safe to show, and that remembers what they were."""
    shown_id = clean(row_id)
    shown_groups = tuple([tuple([clean(value) for value in values]) for values in groups])
    exact = None if shown_id == row_id and shown_groups == groups else Exact(row_id, groups)
    return Connection(shown_id, shown_groups, counters, raw, exact)


class _Reader:
    """Reads JSON value by value, each within bounds: as a whole it may take gigabytes."""

    def __init__(self, text: str, sender: str) -> None:
        self._text = text
        self._sender = sender
        self._at = 0

    def sees(self, sign: str) -> bool:
        """Pass over this sign, and return True, if it comes next."""
        self._skip_blanks()
        is_next = self._text.startswith(sign, self._at)
        self._at += len(sign) if is_next else 0
        return is_next

    def expect(self, sign: str) -> None:
        """Pass over this sign.

        Raises:
            JSONDecodeError: Something else comes next.
        """
        if not self.sees(sign):
            raise json.JSONDecodeError(f"Expecting {sign}", self._text, self._at)

    def value(self) -> Any:
        """Read the next value.

        Raises:
            JSONDecodeError: There is none.
            ReplyTooLarge: It is longer than any that the endpoint sends.
        """
        self._skip_blanks()
        for size in _WINDOWS:
            window = self._text[self._at : self._at + size]
            is_whole = self._at + size >= len(self._text)
            try:
                value, length = _DECODER.raw_decode(window)
            except json.JSONDecodeError as error:
                # Far from the end of the window it is not the window that is too short.
                is_cut = error.msg.startswith("Unterminated") or error.pos > len(window) - _LONGEST_SIGN
                if is_whole or not is_cut:
                    raise json.JSONDecodeError(error.msg, self._text, self._at + error.pos) from None
                continue
            # A number that ends with the window may go on behind it.
            if is_whole or length < len(window):
                self._at += length
                return value
        raise too_large(self._sender)

    def end(self) -> None:
        """Check that all is read.

        Raises:
            JSONDecodeError: There is more.
        """
        self._skip_blanks()
        if self._at < len(self._text):
            raise json.JSONDecodeError("Extra data", self._text, self._at)

    def _skip_blanks(self) -> None:
        if (blanks := _BLANKS.match(self._text, self._at)) is not None:
            self._at = blanks.end()


_LONGEST_SIGN: Final = 16
"""Characters of the longest thing that is no text and no number: `-Infinity`, or half a pair of `\\u` escapes."""


def _entries(text: str, sender: str) -> Iterator[Any]:
    """Yield each entry of a document's `data`.

    Raises:
        ReplyNotJson: It has none.
    """
    reader = _Reader(text, sender)
    if not reader.sees("{"):
        with suppress(ReplyTooLarge):
            reader.value()
            reader.end()
            raise _no_list_of_connections(sender)
        raise _not_json(sender)
    has_data = False
    going_on = not reader.sees("}")
    while going_on:
        key = reader.value()
        reader.expect(":")
        if key == "data" and reader.sees("["):
            has_data = True
            yield from _listed(reader)
        elif reader.value() is None:
            has_data = has_data or key == "data"
        elif key == "data":
            raise ReplyNotJson(f"The reply of {sender} has no list of connections as its `data`.", hint=NOT_IT)
        going_on = not reader.sees("}")
        if going_on:
            reader.expect(",")
    reader.end()
    if not has_data:
        raise _no_list_of_connections(sender)


def _listed(reader: _Reader) -> Iterator[Any]:
    going_on = not reader.sees("]")
    while going_on:
        yield reader.value()
        going_on = not reader.sees("]")
        if going_on:
            reader.expect(",")


def _no_list_of_connections(sender: str) -> ReplyNotJson:
    return ReplyNotJson(
        f"The reply of {sender} is JSON, but not the list of connections that was asked for.", hint=NOT_IT
    )


def _truncated(sender: str, length: int) -> ReplyTruncated:
    return ReplyTruncated(
        f"The reply of {sender} ended in the middle of its JSON, after {bytes_text(length)}.", hint="Ask again."
    )


def _not_json(sender: str) -> ReplyNotJson:
    return ReplyNotJson(f"The reply of {sender} is not the JSON that the endpoint sends.", hint=NOT_IT)


def _ended_early(error: json.JSONDecodeError) -> bool:
    began = error.doc.lstrip("\ufeff \t\r\n").startswith("{")
    return began and (error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"))


def _loads(text: bytes) -> Any:
    return _DECODER.decode(text.decode("utf-8", "surrogatepass"))


def _integer(digits: str) -> Number:
    # Python refuses to read integers of 4,300 digits, and needs quadratic time for shorter ones.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


# Unlike msgspec: takes NaN and lone surrogates; not strict: control characters within texts too.
_DECODER: Final = json.JSONDecoder(strict=False, parse_int=_integer)


def _written(entry: Any) -> bytes:
    try:
        return json.dumps(entry).encode()
    except RecursionError:
        return b"{}"


def _connection(entry: Any, group_bys: tuple[str, ...], raw: bytes, odd: list[str]) -> Connection | None:
    if not isinstance(entry, dict):
        return None
    attributes = entry.get("attributes")
    if not isinstance(attributes, dict):
        return None
    values_of = _by_key(attributes.get("group_bys"))
    groups = tuple([_group_values(values_of.get(group_by)) for group_by in group_bys])
    figures = attributes if "metrics" not in attributes else {**_by_key(attributes["metrics"]), **attributes}
    counters = tuple([_figure(figures.get(key)) for key in COUNTED_KEYS])
    odd += [
        key
        for key, number in zip(COUNTED_KEYS, counters, strict=True)
        if number is None and figures.get(key) is not None
    ]
    row_id = entry.get("id")
    row_id = _whole(row_id) if isinstance(row_id, str) and row_id else id_from(group_bys, groups)
    return cleaned(row_id, groups, counters, raw)


def _by_key(listed: Any) -> Mapping[str, Any]:
    """An object, or the list of {key, value} that stands for one in the DNS replies; empty for anything else."""
    if isinstance(listed, dict):
        return listed
    if not isinstance(listed, list):
        return {}
    return {
        pair["key"]: pair.get("value") for pair in listed if isinstance(pair, dict) and isinstance(pair.get("key"), str)
    }


def _group_values(values: Any) -> GroupValues:
    listed = values if isinstance(values, list) else [values]
    return tuple([text for value in listed if (text := _group_value(value)) is not None])


def _group_value(value: Any) -> str | None:
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def _whole(text: str) -> str:
    """The text as something that can be written as UTF-8 again."""
    return _HALF_PAIR.sub("\ufffd", text)


def _figure(value: Any) -> Number | None:
    if isinstance(value, str):
        value = _figure_in(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # False for NaN as well.
    return value if -LARGEST_FIGURE <= value <= LARGEST_FIGURE else None


def _figure_in(text: str) -> Number | None:
    if len(text) > _LONGEST_INTEGER:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None
