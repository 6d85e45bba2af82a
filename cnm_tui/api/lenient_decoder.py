"""Decode the rows of a response that the strict, fast decoder cannot decode.

Readable values of these rows are kept, and unreadable values are left out.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, SupportsBytes

from cnm_tui.core.connections import Connection, Connections, Exact, GroupValues, group_text
from cnm_tui.core.errors import CnmError, ReplyNotJson, ReplyTooLarge, ReplyTruncated
from cnm_tui.core.metrics.metric import Counters, Number
from cnm_tui.core.query import MOST_ROWS
from cnm_tui.core.text import clean
from cnm_tui.core.units import bytes_text

LARGEST_FIGURE: Final = 10**18
"""An exabyte, or an exasecond: no measurement is larger, and sums of larger values would overflow."""
NOT_IT: Final = "Check the site or the API URL, and any proxy on the way."

MOST_ROWS_READ: Final = 4 * MOST_ROWS
MOST_BYTES: Final = 16 * 1024 * 1024
"""Size of the largest document that is decoded as a whole; a full answer has 6 MB."""
_MOST_VALUES: Final = 600_000
_MOST_NESTED: Final = 200_000
"""Maximum number of `,`, and of `[` and `{`, in such a document; a full answer has 0.3 and 0.1 million."""
_COUNTED_BYTES: Final = 4 * 1024 * 1024
"""Bytes counted in one call, during which no other thread can run."""
_LONGEST_ENTRY: Final = 256 * 1024
"""Maximum characters of one entry; its Python objects may take forty times as much memory."""
_LONGEST_INTEGER: Final = 30
MadeId = Callable[[tuple[GroupValues, ...]], str]
"""Returns an id for a row without one, from its groups."""
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")
_BEGINNING: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_BEGINNING_BYTES: Final = 8 * 1024


def rows(
    body: bytes, group_bys: tuple[str, ...], counted: tuple[str, ...], sender: str, made_id: MadeId
) -> tuple[Connections, int, int]:
    """Return the rows of a response body that is not strict JSON.

    Returns:
        A tuple of the rows, the number of unreadable entries (rows), and the number of unreadable values.

    Raises:
        ReplyNotJson: The body is not a document of this API endpoint.
        ReplyTruncated: The body is only the beginning of a JSON document.
        ReplyTooLarge: The body is larger than any valid response of this API endpoint.
    """
    refuse_large(body, sender)
    if count(body, b",") > _MOST_VALUES:
        raise too_large(sender)
    if count(body, b"[", b"{") > _MOST_NESTED:
        raise _not_json(sender)
    try:
        document = _DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass").removeprefix("\ufeff"))
        return _rows(document, group_bys, counted, sender, made_id)
    except json.JSONDecodeError as error:
        problem: CnmError = _truncated(sender, len(body)) if _ended_early(error) else _not_json(sender)
    except (ValueError, RecursionError):
        problem = _not_json(sender)
    raise problem


def _rows(
    document: Any, group_bys: tuple[str, ...], counted: tuple[str, ...], sender: str, made_id: MadeId
) -> tuple[Connections, int, int]:
    if not isinstance(document, dict) or "data" not in document:
        raise ReplyNotJson(
            f"The reply of {sender} is JSON, but not the list of connections that was asked for.", hint=NOT_IT
        )
    entries = [] if document["data"] is None else document["data"]
    if not isinstance(entries, list):
        raise ReplyNotJson(f"The reply of {sender} has no list of connections as its `data`.", hint=NOT_IT)
    if len(entries) > MOST_ROWS_READ:
        raise too_many_rows(sender)
    odd: list[str] = []
    read = [_connection(entry, group_bys, counted, odd, made_id) for entry in entries]
    readable = [connection for connection in read if connection is not None]
    return Connections.of(readable), len(read) - len(readable), len(odd)


def count(body: bytes, *signs: bytes) -> int:
    """Return how often the byte strings `signs` occur in the body, all together.

    The number estimates how many Python objects the decoded body would need.
    """
    return sum(
        body.count(sign, start, start + _COUNTED_BYTES)
        for start in range(0, len(body), _COUNTED_BYTES)
        for sign in signs
    )


def refuse_large(body: bytes, sender: str) -> None:
    """Raise an exception if a document is too large to be decoded in one step.

    Raises:
        ReplyNotJson: The document is too large, and does not begin like a response of the API endpoint.
        ReplyTooLarge: The document is too large, but begins like a response.
    """
    if len(body) > MOST_BYTES:
        raise too_large(sender) if _BEGINNING.match(body, 0, _BEGINNING_BYTES) else _not_json(sender)


def too_large(sender: str) -> ReplyTooLarge:
    """Return the error for a response that is larger than any valid response."""
    return ReplyTooLarge(f"The reply of {sender} holds far more entries than the endpoint ever sends.", hint=NOT_IT)


def too_many_rows(sender: str) -> ReplyTooLarge:
    """Return the error for a response with more rows than any valid response."""
    return ReplyTooLarge(
        f"The reply of {sender} holds more than {MOST_ROWS_READ:,} rows; the endpoint sends at most {MOST_ROWS:,}.",
        hint=NOT_IT,
    )


def connection(
    raw: bytes, group_bys: tuple[str, ...], counted: tuple[str, ...], odd: list[str], made_id: MadeId
) -> Connection | None:
    """Return the connection that one entry of the response contains.

    Return None if the entry is unreadable or too long. The names of values that cannot be read are appended to
    the list `odd`. The function `made_id` returns an id for an entry that has none.
    """
    try:
        entry = None if len(raw) > _LONGEST_ENTRY else _DECODER.decode(raw.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        return None
    return _connection(entry, group_bys, counted, odd, made_id, raw)


def id_from(group_bys: tuple[str, ...], joint: str, groups: tuple[GroupValues, ...]) -> str:
    """Return an id for a row that has none, in the format of the ids that the API endpoint sends.

    The id consists of `group-by:values` for each group-by, with the text `joint` between them.
    """
    return joint.join(f"{key}:{group_text(values)}" for key, values in zip(group_bys, groups, strict=True))


def cleaned(row_id: str, groups: tuple[GroupValues, ...], counters: Counters, raw: SupportsBytes) -> Connection:
    """Return a connection whose texts are safe to display.

    If a text had to be changed, the connection also stores the original text.
    """
    shown_id = clean(row_id)
    shown_groups = tuple([tuple([clean(value) for value in values]) for values in groups])
    exact = None if shown_id == row_id and shown_groups == groups else Exact(row_id, groups)
    return Connection(shown_id, shown_groups, counters, raw, exact)


def _truncated(sender: str, length: int) -> ReplyTruncated:
    return ReplyTruncated(
        f"The reply of {sender} ended in the middle of its JSON, after {bytes_text(length)}.", hint="Ask again."
    )


def _not_json(sender: str) -> ReplyNotJson:
    return ReplyNotJson(f"The reply of {sender} is not the JSON that the endpoint sends.", hint=NOT_IT)


def _ended_early(error: json.JSONDecodeError) -> bool:
    began = error.doc.lstrip("\ufeff \t\r\n").startswith("{")
    return began and (error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"))


def _integer(digits: str) -> Number:
    # Python refuses integers of 4,300 digits, and takes quadratic time for shorter ones.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


# Unlike msgspec, it accepts NaN, lone surrogates, and (not strict) control characters in texts.
_DECODER: Final = json.JSONDecoder(strict=False, parse_int=_integer)


def _written(entry: Any) -> bytes:
    try:
        return json.dumps(entry).encode()
    except RecursionError:
        return b"{}"


def _connection(
    entry: Any, group_bys: tuple[str, ...], counted: tuple[str, ...], odd: list[str], made_id: MadeId, raw: bytes = b""
) -> Connection | None:
    attributes = entry.get("attributes") if isinstance(entry, dict) else None
    if not isinstance(attributes, dict) or len(raw := raw or _written(entry)) > _LONGEST_ENTRY:
        return None
    values_of = _by_key(attributes.get("group_bys"))
    groups = tuple([_group_values(values_of.get(group_by)) for group_by in group_bys])
    figures = attributes if "metrics" not in attributes else {**_by_key(attributes["metrics"]), **attributes}
    counters = tuple([_figure(figures.get(key)) for key in counted])
    odd += [
        key for key, number in zip(counted, counters, strict=True) if number is None and figures.get(key) is not None
    ]
    row_id = entry.get("id")
    row_id = _whole(row_id) if isinstance(row_id, str) and row_id else made_id(groups)
    return cleaned(row_id, groups, counters, raw)


def _by_key(listed: Any) -> Mapping[str, Any]:
    """Return the members of a JSON object as a dict.

    A list of `{"key": ..., "value": ...}` objects, as in DNS responses, becomes a dict too. Anything else gives
    an empty dict.
    """
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
    """Return the text with U+FFFD in place of characters that cannot be encoded as UTF-8."""
    return _HALF_PAIR.sub("\ufffd", text)


def _figure(value: Any) -> Number | None:
    if isinstance(value, str):
        value = _figure_in(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # This comparison is False for NaN as well.
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
