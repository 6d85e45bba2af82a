"""Decode the rows of a reply into Connections while it arrives."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import repeat, starmap
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec.structs import astuple

from cnm_tui.api import lenient_decoder as lenient
from cnm_tui.core.connections import NO_REPLY, Connections, Gathering, GroupValues
from cnm_tui.core.errors import ReplyNotJson
from cnm_tui.core.fields.group_by import can_name_fields
from cnm_tui.core.redaction import NOTHING_SECRET, Redaction
from cnm_tui.core.text import LONGEST_VALUE
from cnm_tui.core.units import plural

_SLICE_ROWS: Final = 500
_SLICE_BYTES: Final = 400_000
"""About 500 rows. Decoding all 7,500 at once blocks the interpreter, and so the screen, for 17 ms."""

_LARGE_BODY: Final = 8 * 1024 * 1024
_MOST_SIGNS: Final = 1_000_000
"""Maximum number of `,`, `[` and `{`, which estimate the number of Python objects; a full answer has 0.4 million."""
_LARGEST_ROW: Final = 1024 * 1024


class DecodedRows(NamedTuple):
    """The decoded rows of a reply."""

    connections: Connections
    unreadable: int
    """Number of entries that could not be read."""
    odd_figures: int = 0
    """Number of values in readable entries that are not numbers or are impossibly large; they become None."""

    @property
    def odd_sentence(self) -> str:
        """A warning about such values; empty if there are none."""
        if not self.odd_figures:
            return ""
        are = "is" if self.odd_figures == 1 else "are"
        return f"{plural(self.odd_figures, 'figure')} of the reply cannot have been measured, and {are} absent."


_BEGINNING: Final = re.compile(rb'\s*\{\s*"data"\s*:\s*\[\s*(\{\s*"[^"\\]{1,40}"\s*:)')
_END: Final = re.compile(rb"\s*\]\s*\}\s*\Z")
_LONGEST_ENDS: Final = 100
"""Bytes searched for the beginning or end of a document, or for the separator between two rows."""
_BEGINNING_BYTES: Final = 64 * 1024
"""Bytes kept from the beginning of the body: enough of a web page to identify it."""


class RowDecoder:
    """Decode the rows of one reply while the rest arrives; group values come in the order of `group_bys`.

    The body is cut where the next row seems to begin, and each slice is decoded as a JSON array. A wrong cut, within a
    text for example, is noticed: the slice is then not JSON. If every slice is JSON, together they are the whole, as a
    JSON text can be read in one way only. A body that cannot be cut is decoded as a whole at its end.
    """

    def __init__(
        self,
        group_bys: tuple[str, ...],
        counted: tuple[str, ...],
        sender: str = "the endpoint",
        *,
        whole: Callable[[], bytes],
        keeps_json: bool = True,
        redaction: Redaction = NOTHING_SECRET,
    ) -> None:
        """Make a decoder for one reply.

        Args:
            group_bys: The group-bys of the query, in order.
            counted: The names of the figures, in the endpoint's order.
            sender: The service's name, for error messages.
            whole: Returns everything received so far, for a body that cannot be cut.
            keeps_json: Keep the JSON of each row.
            redaction: Removes the keys, in case a row repeats one.
        """
        self._group_bys = group_bys
        self._counted = counted
        self._sender = sender
        self._whole = whole
        self._keeps_json = keeps_json
        self._redaction = redaction
        self._typed, self._values_of = _slice_decoder(group_bys, counted)
        self._decoded = Gathering()
        self._unreadable = 0
        self._odd: list[str] = []
        self.beginning = b""
        """The first bytes of the body."""
        self._waiting = bytearray()
        """Bytes received and not decoded yet."""
        self._bytes = 0
        self._signs = 0
        """Number of bytes and separators decoded so far, to be compared with the maximum."""
        self._next_row: re.Pattern[bytes] | None = None
        self._looked_at = 0
        """Offset in the waiting bytes up to which no next row was found."""
        self._in_slices = True

    @property
    def so_far(self) -> int:
        """The number of rows decoded so far."""
        return len(self._decoded) + self._unreadable

    def feed(self, piece: bytes) -> None:
        """Decode the slices that are complete.

        Raises:
            ReplyTooLarge: The reply holds more entries than any answer has.
        """
        self.beginning += piece[: _BEGINNING_BYTES - len(self.beginning)]
        if not self._in_slices:
            return
        self._waiting += piece
        try:
            if len(self._waiting) > _SLICE_BYTES:
                self._decode_whole_slices()
        except (ValueError, RecursionError):
            self._give_up()

    def rows(self) -> DecodedRows:
        """Return all rows, after the whole body was fed.

        Raises:
            ReplyNotJson: It is not a document of this endpoint, or no row of it can be read.
            ReplyTruncated: It is the beginning of a JSON document.
            ReplyTooLarge: It holds more entries than any answer has.
        """
        rows = self._all_rows()
        if rows.unreadable and not rows.connections:
            none = f"{rows.unreadable:,} of {plural(rows.unreadable, 'row')}"
            raise ReplyNotJson(f"{none} in the reply of {self._sender} could not be read.", hint=lenient.NOT_IT)
        return rows

    def _all_rows(self) -> DecodedRows:
        for decode in (self._decode_the_rest, self._decode_as_scanned):
            try:
                decode()
                return DecodedRows(self._decoded.all(), self._unreadable, len(self._odd))
            except (ValueError, RecursionError):
                self._give_up()
        # The lenient decoder reads what a strict one refuses: NaN, half a surrogate pair, a byte order mark.
        return DecodedRows(
            *lenient.rows(self._redaction.hide_whole(self._whole()), self._group_bys, self._counted, self._sender)
        )

    def _give_up(self) -> None:
        self._in_slices = False
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
        """Return a pattern that finds the next row: every row begins with the same JSON key as the first."""
        beginning = _BEGINNING.match(self._waiting)
        if beginning is None:
            raise ValueError("not the usual document")
        self._next_row = re.compile(rb",\s*(?=" + re.escape(beginning[1]) + rb")")
        del self._waiting[: beginning.start(1)]
        return self._next_row

    def _decode_the_rest(self) -> None:
        """Decode the last slice, and check the end of the document."""
        if not self._in_slices:
            raise ValueError("it could not be read in slices")
        self._decode_whole_slices()
        end = _END.search(self._waiting, max(0, len(self._waiting) - _LONGEST_ENDS))
        if end is None:
            raise ValueError("not the usual document")
        self._decode_until(end)

    def _decode_as_scanned(self) -> None:
        """Decode any document in one pass; the text is read twice."""
        body = self._whole()
        lenient.refuse_large(body, self._sender)
        self._refuse_more_than_any_answer(body)
        entries = _entries_of_document(body).data or []
        for start in range(0, len(entries), _SLICE_ROWS):
            self._decode(b"[%b]" % b",".join(entries[start : start + _SLICE_ROWS]))

    def _decode_until(self, cut: re.Match[bytes]) -> None:
        with memoryview(self._waiting) as view:
            rows = b"".join((b"[", view[: cut.start()], b"]"))
        self._refuse_more_than_any_answer(rows)
        self._decode(rows)
        del self._waiting[: cut.end()]

    def _decode(self, rows: bytes) -> None:
        rows = self._redaction.hide_whole(rows)
        try:
            self._decoded.add(self._connections(rows))
        except (ValueError, RecursionError):
            read = [
                lenient.connection(bytes(entry), self._group_bys, self._counted, self._odd)
                for entry in _entries_of_slice(rows)
            ]
            readable = [connection for connection in read if connection is not None]
            self._decoded.add(Connections.of(readable))
            self._unreadable += len(read) - len(readable)
        if self.so_far > lenient.MOST_ROWS_READ:
            raise lenient.too_many_rows(self._sender)

    def _connections(self, rows: bytes) -> Connections:
        """Decode well-formed rows column by column, without a Python loop over each of 7,500 rows."""
        decoded_rows = self._typed(rows)
        if not decoded_rows:
            return Connections.of(())
        groups_of_rows, *counters = zip(*map(astuple, map(_attributes, decoded_rows)), strict=True)
        groups = [
            values if all(values) else [of_row or () for of_row in values]
            for values in zip(*map(self._values_of, groups_of_rows), strict=True)
        ]
        ids = list(map(_ids, decoded_rows))
        if not all(ids):
            made = map(lenient.id_from, repeat(self._group_bys), _by_row(groups, len(ids)))
            ids = [row_id or made_id for row_id, made_id in zip(ids, made, strict=True)]
        raws = list(map(_RawRow, repeat(rows), range(len(ids)))) if self._keeps_json else [NO_REPLY] * len(ids)
        if _is_plain(rows):
            return Connections(ids, groups, counters, raws, {})
        by_row = zip(ids, _by_row(groups, len(ids)), zip(*counters, strict=True), raws, strict=True)
        return Connections.of(list(starmap(lenient.cleaned, by_row)))

    def _refuse_more_than_any_answer(self, json: bytes) -> None:
        self._bytes += len(json)
        if self._bytes > _LARGE_BODY or len(json) > _SLICE_BYTES + _LARGEST_ROW:
            self._signs += lenient.count(json, b",", b"[", b"{")
        if self._signs > _MOST_SIGNS:
            raise lenient.too_large(self._sender)


_ids: Final = attrgetter("id")
_attributes: Final = attrgetter("attributes")


def _by_row(groups: Sequence[Sequence[GroupValues]], rows: int) -> Iterable[tuple[GroupValues, ...]]:
    return zip(*groups, strict=True) if groups else repeat((), rows)


def _is_plain(json: bytes) -> bool:
    """True if no text in the slice needs cleaning; JSON excludes controls below 0x20, the decoder long values."""
    return json.isascii() and b"\\" not in json and b"\x7f" not in json


class _RawRow(msgspec.Struct, gc=False):
    """The JSON of one row, looked up in its slice on first use."""

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


_ValuesOf = Callable[[Any], Iterable[GroupValues | None]]


@lru_cache(maxsize=16)
def _slice_decoder(
    group_bys: tuple[str, ...], counted: tuple[str, ...]
) -> tuple[Callable[[bytes], list[Any]], _ValuesOf]:
    """Return the decoder of a slice, and a function that returns a row's group values in the query's order.

    The group-bys of a row become a struct with one field each, a third faster than a dict.
    """
    groups: Any
    values_of: _ValuesOf
    if not can_name_fields(group_bys):
        groups, values_of = dict[str, tuple[_Text, ...] | None], lambda values: map(values.get, group_bys)
    else:
        fields = {f"g{position}": group_by for position, group_by in enumerate(group_bys)}
        groups = msgspec.defstruct(
            "Groups", [(field, tuple[_Text, ...] | None, None) for field in fields], rename=fields, gc=False
        )
        values_of = astuple
    attributes = msgspec.defstruct(
        "Attributes", [("group_bys", groups), *((key, _Figure, None) for key in counted)], gc=False
    )
    row = msgspec.defstruct("Row", [("attributes", attributes), ("id", _Text | None, None)], gc=False)
    return msgspec.json.Decoder(list[row]).decode, values_of  # type: ignore[valid-type]
