"""The shape of the endpoint's replies: bytes as Connections."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import repeat, starmap
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec.structs import astuple

from cnm_tui.api import lenient
from cnm_tui.core.errors import ReplyNotJson
from cnm_tui.core.group_by import can_name_fields
from cnm_tui.core.metrics import COUNTED_KEYS
from cnm_tui.core.redaction import NOTHING_SECRET, Redaction
from cnm_tui.core.snapshot import NO_REPLY, Connections, Gathering, GroupValues
from cnm_tui.core.text import LONGEST_VALUE
from cnm_tui.core.units import plural

_SLICE_ROWS: Final = 500
_SLICE_BYTES: Final = 400_000
"""About 500 rows. Decoding all 7,500 at once holds the interpreter, and so the screen, for 17 ms."""
_BREATH_SECONDS: Final = 0.000_001

_LARGE_BODY: Final = 8 * 1024 * 1024
_MOST_SIGNS: Final = 1_000_000
"""The most `,`, `[` and `{`, by which objects of Python are counted; a full answer has 0.4 million."""
_LARGEST_ROW: Final = 1024 * 1024
_COUNTED_BYTES: Final = 4 * 1024 * 1024
"""Bytes counted in one call, during which no other thread runs."""


class Rows(NamedTuple):
    """What a reply held."""

    connections: Connections
    unreadable: int
    """Entries that made no sense."""
    odd_figures: int = 0
    """Figures of the others that are no numbers, or beyond all that is measured; they are absent."""


def decoded(body: bytes, group_bys: tuple[str, ...], sender: str = "the endpoint", *, for_screen: bool = True) -> Rows:
    """The rows of a sender's whole reply; as `Decoding` says.

    Raises:
        ReplyNotJson: It is not the endpoint's document.
        ReplyTruncated: It is the beginning of a JSON document.
        ReplyTooLarge: It holds more entries than any answer has.
    """
    decoding = Decoding(group_bys, sender, whole=lambda: body, for_screen=for_screen)
    decoding.take(body)
    return decoding.rows()


_BEGINNING: Final = re.compile(rb'\s*\{\s*"data"\s*:\s*\[\s*(\{\s*"[^"\\]{1,40}"\s*:)')
_END: Final = re.compile(rb"\s*\]\s*\}\s*\Z")
_LONGEST_ENDS: Final = 100
"""Bytes in which a document's beginning, end or what is between two rows is looked for."""
_TOLD_APART_BYTES: Final = 64 * 1024
"""How much of something else is needed to say what it is."""


class Decoding:
    """A sender's rows, decoded while the rest of the reply is on its way, their group values in the order given.

    It is cut where the next row seems to begin, and each part decoded as a JSON array. A cut in a wrong place, within
    a text, say, is found out: what is cut off is no JSON then. And if each part is, the parts in a row are the whole,
    for a JSON text can be read in one way only. What makes no sense in parts is decoded as a whole when all is here.
    """

    def __init__(
        self,
        group_bys: tuple[str, ...],
        sender: str = "the endpoint",
        *,
        whole: Callable[[], bytes],
        for_screen: bool = True,
        redaction: Redaction = NOTHING_SECRET,
    ) -> None:
        """Rows for a screen leave it the interpreter now and then, and remember the JSON that they came in.

        Args:
            whole: All that has come so far.
            redaction: Hides the keys that were asked with, should a row repeat one.
        """
        self._group_bys = group_bys
        self._sender = sender
        self._whole = whole
        self._for_screen = for_screen
        self._redaction = redaction
        self._typed, self._values_of = _slice_decoder(group_bys)
        self._decoded = Gathering()
        self._unreadable = 0
        self._odd: list[str] = []
        self.beginning = b""
        """How the body begins."""
        self._waiting = bytearray()
        """What came and is not decoded yet."""
        self._bytes = 0
        self._signs = 0
        """What is decoded, counted to find out what no answer holds."""
        self._next_row: re.Pattern[bytes] | None = None
        self._looked_at = 0
        """How far into it no next row was found."""
        self._makes_sense = True

    @property
    def so_far(self) -> int:
        """How many rows are decoded."""
        return len(self._decoded) + self._unreadable

    def take_all(self, pieces: Iterable[bytes]) -> None:
        """Decode them as they come.

        Raises:
            ReplyTooLarge: They hold more entries than any answer has.
        """
        for piece in pieces:
            self.take(piece)

    def take(self, piece: bytes) -> None:
        """Decode as much as is whole by now.

        Raises:
            ReplyTooLarge: It holds more entries than any answer has.
        """
        self.beginning += piece[: _TOLD_APART_BYTES - len(self.beginning)]
        if not self._makes_sense:
            return
        self._waiting += piece
        try:
            if len(self._waiting) > _SLICE_BYTES:
                self._decode_whole_slices()
        except (ValueError, RecursionError):
            self._give_up()

    def rows(self) -> Rows:
        """All rows, now that the whole body is here.

        Raises:
            ReplyNotJson: It is not the endpoint's document, or has rows of which none can be read.
            ReplyTruncated: It is the beginning of a JSON document.
            ReplyTooLarge: It holds more entries than any answer has.
        """
        rows = self._all_rows()
        if rows.unreadable and not rows.connections:
            none = f"{rows.unreadable:,} of {plural(rows.unreadable, 'row')}"
            raise ReplyNotJson(f"{none} in the reply of {self._sender} could not be read.", hint=lenient.NOT_IT)
        return rows

    def _all_rows(self) -> Rows:
        for decode in (self._decode_the_rest, self._decode_as_scanned):
            try:
                decode()
                return Rows(self._decoded.all(), self._unreadable, len(self._odd))
            except (ValueError, RecursionError):
                self._give_up()
        # What a strict reader refuses (NaN, half a surrogate pair, a byte order mark) a patient one may still read.
        return Rows(*lenient.rows(self._redaction.hide_whole(self._whole()), self._group_bys, self._sender))

    def _give_up(self) -> None:
        self._makes_sense = False
        self._decoded = Gathering()
        self._waiting.clear()
        self._odd = []
        self._unreadable = self._bytes = self._signs = 0

    def _decode_whole_slices(self) -> None:
        next_row = self._next_row or self._begun()
        while cut := next_row.search(self._waiting, max(_SLICE_BYTES, self._looked_at)):
            self._decode_until(cut)
            self._looked_at = 0
        self._looked_at = max(0, len(self._waiting) - _LONGEST_ENDS)
        if len(self._waiting) > _SLICE_BYTES + _LARGEST_ROW:
            raise ValueError("no row is as large")

    def _begun(self) -> re.Pattern[bytes]:
        """Rows begin with the same key, as the first one does."""
        beginning = _BEGINNING.match(self._waiting)
        if beginning is None:
            raise ValueError("not the usual document")
        self._next_row = re.compile(rb",\s*(?=" + re.escape(beginning[1]) + rb")")
        del self._waiting[: beginning.start(1)]
        return self._next_row

    def _decode_the_rest(self) -> None:
        """The last slice, and the document's end."""
        if not self._makes_sense:
            raise ValueError("it made no sense before")
        self._decode_whole_slices()
        end = _END.search(self._waiting, max(0, len(self._waiting) - _LONGEST_ENDS))
        if end is None:
            raise ValueError("not the usual document")
        self._decode_until(end)

    def _decode_as_scanned(self) -> None:
        """Any document, at the cost of reading it twice."""
        body = self._whole()
        lenient.refuse_large(body, self._sender)
        self._refuse_more_than_was_ever_sent(body)
        entries = _entries_of_document(body).data or []
        for start in range(0, len(entries), _SLICE_ROWS):
            self._decode(b"[%b]" % b",".join(entries[start : start + _SLICE_ROWS]))

    def _decode_until(self, cut: re.Match[bytes]) -> None:
        with memoryview(self._waiting) as view:
            rows = b"".join((b"[", view[: cut.start()], b"]"))
        self._refuse_more_than_was_ever_sent(rows)
        self._decode(rows)
        del self._waiting[: cut.end()]

    def _decode(self, rows: bytes) -> None:
        rows = self._redaction.hide_whole(rows)
        try:
            self._decoded.add(self._connections(rows))
        except (ValueError, RecursionError):
            patient = [
                lenient.connection(bytes(entry), self._group_bys, self._odd) for entry in _entries_of_slice(rows)
            ]
            readable = [connection for connection in patient if connection is not None]
            self._decoded.add(Connections.of(readable))
            self._unreadable += len(patient) - len(readable)
        if self.so_far > lenient.MOST_ROWS_READ:
            raise lenient.too_many_rows(self._sender)
        if self._for_screen:
            # The interpreter goes only to a thread that gets a moment to take it; sleep(0) keeps it.
            time.sleep(_BREATH_SECONDS)

    def _connections(self, rows: bytes) -> Connections:
        """Well-formed rows by columns, without a step of a Python loop for each of 7,500 of them."""
        decoded_rows = self._typed(rows)
        if not decoded_rows:
            return Connections.of(())
        groups_of_rows, *counters = zip(*map(astuple, map(_attributes, decoded_rows)), strict=True)
        groups = [
            values if all(values) else _without_none(values)
            for values in zip(*map(self._values_of, groups_of_rows), strict=True)
        ]
        ids = list(map(_ids, decoded_rows))
        if not all(ids):
            made = map(lenient.id_from, repeat(self._group_bys), _by_row(groups, len(ids)))
            ids = [row_id or made_id for row_id, made_id in zip(ids, made, strict=True)]
        of_screen = map(_RawRow, repeat(rows), range(len(ids)))
        raws = list(of_screen) if self._for_screen else [NO_REPLY] * len(ids)
        if _is_plain(rows):
            return Connections(ids, groups, counters, raws, {})
        by_row = zip(ids, _by_row(groups, len(ids)), zip(*counters, strict=True), raws, strict=True)
        return Connections.of(list(starmap(lenient.cleaned, by_row)))

    def _refuse_more_than_was_ever_sent(self, json: bytes) -> None:
        self._bytes += len(json)
        if self._bytes > _LARGE_BODY or len(json) > _SLICE_BYTES + _LARGEST_ROW:
            self._signs += sum(
                json.count(sign, start, start + _COUNTED_BYTES)
                for start in range(0, len(json), _COUNTED_BYTES)
                for sign in (b",", b"[", b"{")
            )
        if self._signs > _MOST_SIGNS:
            raise lenient.too_large(self._sender)


_ids: Final = attrgetter("id")
_attributes: Final = attrgetter("attributes")


def _without_none(values: Iterable[GroupValues | None]) -> Sequence[GroupValues]:
    return [of_row or () for of_row in values]


def _by_row(groups: Sequence[Sequence[GroupValues]], rows: int) -> Iterable[tuple[GroupValues, ...]]:
    return zip(*groups, strict=True) if groups else repeat((), rows)


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


class _SliceDecoder(NamedTuple):
    """Decodes rows, and gives the group values of one in the order of the query."""

    decode: Callable[[bytes], list[Any]]
    values_of: Callable[[Any], Iterable[GroupValues | None]]


@lru_cache(maxsize=16)
def _slice_decoder(group_bys: tuple[str, ...]) -> _SliceDecoder:
    """Return what decodes rows, their group-bys as a struct with a field for each: faster by a third than as a dict."""
    groups: Any
    values_of: Callable[[Any], Iterable[GroupValues | None]]
    if not can_name_fields(group_bys):
        groups, values_of = dict[str, tuple[_Text, ...] | None], partial(_values_in_order, group_bys)
    else:
        fields = {f"g{position}": group_by for position, group_by in enumerate(group_bys)}
        groups = msgspec.defstruct(
            "Groups", [(field, tuple[_Text, ...] | None, None) for field in fields], rename=fields, gc=False
        )
        values_of = astuple
    attributes = msgspec.defstruct(
        "Attributes", [("group_bys", groups), *((key, _Figure, None) for key in COUNTED_KEYS)], gc=False
    )
    row = msgspec.defstruct("Row", [("attributes", attributes), ("id", _Text | None, None)], gc=False)
    return _SliceDecoder(msgspec.json.Decoder(list[row]).decode, values_of)  # type: ignore[valid-type]


def _values_in_order(
    group_bys: tuple[str, ...], groups: Mapping[str, GroupValues | None]
) -> Iterable[GroupValues | None]:
    return map(groups.get, group_bys)
