"""Decode the rows of a response into Connection objects while the response arrives."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat, starmap
from typing import Final, NamedTuple

import msgspec

from cnm_tui.api import lenient_decoder as lenient
from cnm_tui.api.slice_decoder import objects_decoder, pairs_decoder
from cnm_tui.core import endpoints
from cnm_tui.core.connections import NO_REPLY, Connections, Gathering, GroupValues
from cnm_tui.core.errors import ReplyNotJson
from cnm_tui.core.fields.group_by import asked_fields
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import NOTHING_SECRET, Redaction
from cnm_tui.core.units import plural

_SLICE_ROWS: Final = 500
_SLICE_BYTES: Final = 400_000
"""About 500 rows. Decoding all 7,500 at once blocks the interpreter, and so the screen, for 17 ms."""

_LARGE_BODY: Final = 8 * 1024 * 1024
_MOST_SIGNS: Final = 1_000_000
"""Maximum number of `,`, `[` and `{`, which estimate the number of Python objects; a full answer has 0.4 million."""
_LARGEST_ROW: Final = 1024 * 1024


class DecodedRows(NamedTuple):
    """The decoded rows of one response, and counts of its unreadable entries and values."""

    connections: Connections
    unreadable: int
    """Number of entries that could not be read."""
    odd_figures: int = 0
    """Number of values in readable entries that are not numbers or are impossibly large; they become None."""
    rows_of_reply: int | None = None
    """Number of connections before some were added up; None if none were."""

    @property
    def odd_sentence(self) -> str:
        """A warning about values that are not numbers, or that are impossibly large.

        The text is empty if there are no such values.
        """
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
    """A decoder that decodes the rows of one response while the rest of the response arrives.

    The values of a row are returned in the order of `group_bys`. The body is cut into slices where the next row
    seems to begin, and each slice is decoded as a JSON array. A cut in a wrong place, for example within a
    string, is noticed because the slice is then invalid JSON. If every slice is valid JSON, the rows are
    correct, because a JSON text has only one meaning. A body that cannot be cut is decoded as a whole after its
    last byte.
    """

    def __init__(
        self,
        group_bys: tuple[str, ...],
        counted: tuple[str, ...],
        sender: str = "the endpoint",
        *,
        whole: Callable[[], bytes],
        lists_pairs: bool = False,
        id_joint: str = ", ",
        keeps_json: bool = True,
        redaction: Redaction = NOTHING_SECRET,
        grouped: "Callable[[Connections], Connections] | None" = None,
    ) -> None:
        """Create a decoder for one response.

        Args:
            group_bys: The group-bys of the query, in order.
            counted: The names of the counters in a row, in the order of the API endpoint.
            sender: The name of the server, for error messages.
            whole: Function that returns everything received so far. It is used for a body that cannot be cut.
            lists_pairs: True if the group-bys and counters of a row are lists of {key, value} objects. False if
                they are JSON objects.
            id_joint: The text between two groups in the id that is made for a row without an id.
            keeps_json: True to keep the JSON text of each row.
            redaction: Object that removes API keys, in case a row contains one.
            grouped: Function that groups the rows again and adds them up, for groups that the API does not offer.
        """
        self._grouped = grouped
        self._group_bys = group_bys
        self._counted = counted
        self._sender = sender
        self._whole = whole
        self._keeps_json = keeps_json
        self._redaction = redaction
        self._columns_of = pairs_decoder(group_bys, counted) if lists_pairs else objects_decoder(group_bys, counted)
        self._id_from = partial(lenient.id_from, group_bys, id_joint)
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

    @classmethod
    def of(
        cls,
        query: Query,
        sender: str,
        *,
        whole: Callable[[], bytes],
        keeps_json: bool = True,
        redaction: Redaction = NOTHING_SECRET,
    ) -> "RowDecoder":
        """Return a decoder for the response to the query in the argument `query`."""
        endpoint, grouped = query.endpoint, None
        if (fields := asked_fields(query.group_bys)) != query.group_bys:
            grouped = partial(
                endpoints.grouped, group_bys=query.group_bys, counted=endpoint.counted, joint=endpoint.id_joint
            )
        return cls(
            fields,
            endpoint.counted_keys,
            sender,
            whole=whole,
            lists_pairs=endpoint.lists_pairs,
            id_joint=endpoint.id_joint,
            keeps_json=keeps_json,
            redaction=redaction,
            grouped=grouped,
        )

    @property
    def so_far(self) -> int:
        """The number of rows decoded so far, including unreadable rows."""
        return len(self._decoded) + self._unreadable

    def feed(self, piece: bytes) -> None:
        """Add one received piece of the body, and decode all slices that are complete.

        Raises:
            ReplyTooLarge: The response contains more entries than any valid response.
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
        """Return all rows. Callers must first pass the whole body to `feed`.

        Raises:
            ReplyNotJson: The body is not a document of this API endpoint, or none of its rows can be read.
            ReplyTruncated: The body is only the beginning of a JSON document.
            ReplyTooLarge: The response contains more entries than any valid response.
        """
        rows = self._all_rows()
        if rows.unreadable and not rows.connections:
            none = f"{rows.unreadable:,} of {plural(rows.unreadable, 'row')}"
            raise ReplyNotJson(f"{none} in the reply of {self._sender} could not be read.", hint=lenient.NOT_IT)
        if self._grouped is None:
            return rows
        return rows._replace(connections=self._grouped(rows.connections), rows_of_reply=len(rows.connections))

    def _all_rows(self) -> DecodedRows:
        for decode in (self._decode_the_rest, self._decode_as_scanned):
            try:
                decode()
                return DecodedRows(self._decoded.all(), self._unreadable, len(self._odd))
            except (ValueError, RecursionError):
                self._give_up()
        # The lenient decoder reads what a strict one refuses: NaN, half a surrogate pair, a byte order mark.
        return DecodedRows(
            *lenient.rows(
                self._redaction.hide_whole(self._whole()), self._group_bys, self._counted, self._sender, self._id_from
            )
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
        """Return a pattern that finds the separator before the next row.

        The pattern relies on the fact that every row begins with the same JSON key as the first row.
        """
        beginning = _BEGINNING.match(self._waiting)
        if beginning is None:
            raise ValueError("not the usual document")
        self._next_row = re.compile(rb",\s*(?=" + re.escape(beginning[1]) + rb")")
        del self._waiting[: beginning.start(1)]
        return self._next_row

    def _decode_the_rest(self) -> None:
        """Decode the last slice of the response, and check that the JSON document is complete."""
        if not self._in_slices:
            raise ValueError("it could not be read in slices")
        self._decode_whole_slices()
        end = _END.search(self._waiting, max(0, len(self._waiting) - _LONGEST_ENDS))
        if end is None:
            raise ValueError("not the usual document")
        self._decode_until(end)

    def _decode_as_scanned(self) -> None:
        """Decode the whole document at once, because its body cannot be cut into slices.

        The text is read twice. The first reading finds where each row begins and ends, and the second decodes the rows.
        """
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
                lenient.connection(bytes(entry), self._group_bys, self._counted, self._odd, self._id_from)
                for entry in _entries_of_slice(rows)
            ]
            readable = [connection for connection in read if connection is not None]
            self._decoded.add(Connections.of(readable))
            self._unreadable += len(read) - len(readable)
        if self.so_far > lenient.MOST_ROWS_READ:
            raise lenient.too_many_rows(self._sender)

    def _connections(self, rows: bytes) -> Connections:
        """Decode well-formed rows column by column, which avoids a slow Python loop over up to 7,500 rows."""
        given_ids, groups, counters = self._columns_of(rows)
        if not given_ids:
            return Connections.of(())
        ids = [row_id for row_id in given_ids if row_id]
        if len(ids) < len(given_ids):
            made = map(self._id_from, _by_row(groups, len(given_ids)))
            ids = [row_id or made_id for row_id, made_id in zip(given_ids, made, strict=True)]
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


def _by_row(groups: Sequence[Sequence[GroupValues]], rows: int) -> Iterable[tuple[GroupValues, ...]]:
    return zip(*groups, strict=True) if groups else repeat((), rows)


def _is_plain(json: bytes) -> bool:
    """True if no string in a slice of the response needs cleaning before it is displayed.

    This is the case if the slice contains only ASCII, no backslash and no DEL character. Other unsafe
    characters need no check here, because JSON forbids characters below 0x20. The decoder refuses values that
    are too long.
    """
    return json.isascii() and b"\\" not in json and b"\x7f" not in json


class _RawRow(msgspec.Struct, gc=False):
    """The JSON text of one row, which is cut out of the response at the first access."""

    rows: bytes
    position: int

    def __bytes__(self) -> bytes:
        return bytes(_entries_of_slice(self.rows)[self.position])


class _Document(msgspec.Struct, gc=False):
    data: list[msgspec.Raw] | None


_entries_of_document: Final = msgspec.json.Decoder(_Document).decode
_entries_of_slice: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
