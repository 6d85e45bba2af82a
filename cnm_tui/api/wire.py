"""The shape of the endpoint's replies: bytes as Connections."""

import gc
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import repeat
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple, SupportsBytes

import msgspec
from msgspec.structs import astuple

from cnm_tui.api import lenient
from cnm_tui.core.errors import ReplyTooLarge
from cnm_tui.core.metrics import COUNTED_KEYS
from cnm_tui.core.query import MOST_ROWS
from cnm_tui.core.snapshot import Connection, GroupValues
from cnm_tui.core.text import LONGEST_VALUE

_SLICE_ROWS: Final = 500
_SLICE_BYTES: Final = 400_000
"""About 500 rows. Decoding all 7,500 at once holds the interpreter, and so the screen, for 17 ms."""
_BREATH_SECONDS: Final = 0.000_001

_MOST_ROWS_READ: Final = 4 * MOST_ROWS
_LARGE_BODY: Final = 8 * 1024 * 1024
_MOST_COMMAS: Final = 2_000_000
"""A full answer has 0.3 million; `[0,0,0,…` would become gigabytes of objects before its rows could be counted."""


class Rows(NamedTuple):
    """What a reply held."""

    connections: tuple[Connection, ...]
    unreadable: int
    """Entries that made no sense."""


def decoded(body: bytes, group_bys: tuple[str, ...], sender: str = "the endpoint", *, breathing: bool = True) -> Rows:
    """The rows of a sender's reply, their group values in the order of `group_bys`.

    Args:
        breathing: Whether this runs in a thread beside the screen's, which is to get the interpreter now and then.

    Raises:
        ReplyNotJson: It is not the endpoint's document.
        ReplyTruncated: It is the beginning of a JSON document.
        ReplyTooLarge: It holds more entries than any answer has.
    """
    if len(body) > _LARGE_BODY and body.count(b",") > _MOST_COMMAS:
        raise ReplyTooLarge(
            f"The reply of {sender} holds far more entries than the endpoint ever sends.", hint=lenient.NOT_IT
        )
    for slices_of in (_quick_slices, _scanned_slices):
        try:
            with _unseen_by_the_collector():
                return _rows(slices_of(body), group_bys, sender, breathing=breathing)
        except (ValueError, RecursionError):
            continue
    # What a strict reader refuses (NaN, half a surrogate pair, a byte order mark) a patient one may still read.
    return Rows(*lenient.rows(body, group_bys, sender))


_BEGINNING: Final = re.compile(rb'\s*\{\s*"data"\s*:\s*\[\s*(\{\s*"[^"\\]{1,40}"\s*:)')
_END: Final = re.compile(rb"\s*\]\s*\}\s*\Z")


def _quick_slices(body: bytes) -> Iterator[bytes]:
    """Some rows at a time, as JSON arrays, cut where the next row seems to begin.

    A cut in a wrong place, within a text, say, is found out: what is cut off is no JSON then. And if each part is,
    the parts in a row are the whole, for a JSON text can be read in one way only.
    """
    beginning = _BEGINNING.match(body)
    end = _END.search(body, max(0, len(body) - 100))
    if beginning is None or end is None:
        raise ValueError("not the usual document")
    next_row = re.compile(rb",\s*(?=" + re.escape(beginning[1]) + rb")")
    start, last = beginning.start(1), end.start()
    view = memoryview(body)
    while cut := next_row.search(body, start + _SLICE_BYTES, last):
        yield b"".join((b"[", view[start : cut.start()], b"]"))
        start = cut.end()
    yield b"".join((b"[", view[start:last], b"]"))


def _scanned_slices(body: bytes) -> Iterator[bytes]:
    """The same from any document, at the cost of reading it twice."""
    entries = _entries_of_document(body).data or []
    for start in range(0, len(entries), _SLICE_ROWS):
        yield b"[%b]" % b",".join(entries[start : start + _SLICE_ROWS])


@contextmanager
def _unseen_by_the_collector() -> Iterator[None]:
    """Keep the garbage collector from going through 50,000 tuples, again and again, because they came into being.

    That holds the interpreter for 3 to 30 ms at a time, in vain: rows hold no cycles, and go when nobody refers to
    them. What was garbage before is collected before, so that it is not kept with them.
    """
    if not gc.isenabled():
        yield
        return
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _rows(slices: Iterable[bytes], group_bys: tuple[str, ...], sender: str, *, breathing: bool) -> Rows:
    connections: list[Connection] = []
    unreadable = 0
    typed = _slice_decoder(group_bys)
    for rows in slices:
        try:
            connections += _connections(typed(rows), rows, group_bys)
        except (ValueError, RecursionError):
            patient = [lenient.connection(bytes(entry), group_bys) for entry in _entries_of_slice(rows)]
            readable = [connection for connection in patient if connection is not None]
            connections += readable
            unreadable += len(patient) - len(readable)
        if len(connections) + unreadable > _MOST_ROWS_READ:
            raise ReplyTooLarge(
                f"The reply of {sender} holds more than {_MOST_ROWS_READ:,} rows; the endpoint sends at most "
                f"{MOST_ROWS:,}.",
                hint=lenient.NOT_IT,
            )
        if breathing:
            # The interpreter goes only to a thread that gets a moment to take it; sleep(0) keeps it.
            time.sleep(_BREATH_SECONDS)
    return Rows(tuple(connections), unreadable)


_ids: Final = attrgetter("id")
_attributes: Final = attrgetter("attributes")
_group_bys: Final = attrgetter("group_bys")
# What `Connection._make` does, without its Python frame.
_made: Final[Callable[[Iterable[Any]], Connection]] = partial(tuple.__new__, Connection)


def _connections(decoded_rows: list[Any], rows: bytes, group_bys: tuple[str, ...]) -> Iterable[Connection]:
    """Well-formed rows as connections; written in one go because 7,500 rows feel every step of a Python loop."""
    attributes = list(map(_attributes, decoded_rows))
    groups = [
        values if None not in values else _without_none(values) for values in map(astuple, map(_group_bys, attributes))
    ]
    counters = [figures[1:] for figures in map(astuple, attributes)]
    ids = list(map(_ids, decoded_rows))
    if not all(ids):
        ids = [row_id or lenient.id_from(group_bys, values) for row_id, values in zip(ids, groups, strict=True)]
    raws: Iterator[SupportsBytes] = map(_RawRow, repeat(rows), range(len(ids)))
    if _is_plain(rows):
        return map(_made, zip(ids, groups, counters, raws, repeat(None)))
    return map(lenient.cleaned, ids, groups, counters, raws)


def _without_none(groups: tuple[GroupValues | None, ...]) -> tuple[GroupValues, ...]:
    return tuple([values or () for values in groups])


def _is_plain(json: bytes) -> bool:
    """Whether no text in it can need cleaning; JSON itself forbids controls below 0x20, the decoder long values."""
    return json.isascii() and b"\\" not in json and b"\x7f" not in json


class _RawRow(msgspec.Struct, gc=False):
    """One row's JSON, looked for only when somebody wants to see it."""

    rows: bytes
    position: int

    def __bytes__(self) -> bytes:
        return bytes(_entries_of_slice(self.rows)[self.position])


class _Document(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None


_entries_of_document: Final = msgspec.json.Decoder(_Document).decode
_entries_of_slice: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode

_Text = Annotated[str, msgspec.Meta(max_length=LONGEST_VALUE)]
_Figure = (
    Annotated[int, msgspec.Meta(ge=-lenient.LARGEST_FIGURE, le=lenient.LARGEST_FIGURE)]
    | Annotated[float, msgspec.Meta(ge=-float(lenient.LARGEST_FIGURE), le=float(lenient.LARGEST_FIGURE))]
    | None
)


@lru_cache(maxsize=16)
def _slice_decoder(group_bys: tuple[str, ...]) -> Callable[[bytes], list[Any]]:
    """Decodes rows, their group-bys as a struct with a field for each: faster by a third than as a dict."""
    fields = {f"g{position}": group_by for position, group_by in enumerate(group_bys)}
    groups = msgspec.defstruct(
        "Groups", [(field, tuple[_Text, ...] | None, None) for field in fields], rename=fields, gc=False
    )
    attributes = msgspec.defstruct(
        "Attributes", [("group_bys", groups), *((key, _Figure, None) for key in COUNTED_KEYS)], gc=False
    )
    row = msgspec.defstruct("Row", [("attributes", attributes), ("id", _Text | None, None)], gc=False)
    return msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]
