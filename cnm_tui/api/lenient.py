"""Rows that the fast reader refuses, read with patience: what can be understood is kept, the rest is absent."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, SupportsBytes

from cnm_tui.core.errors import ReplyNotJson, ReplyTruncated
from cnm_tui.core.metrics import COUNTED_KEYS, Counters, Number
from cnm_tui.core.snapshot import Connection, Connections, Exact, GroupValues, group_text
from cnm_tui.core.text import clean
from cnm_tui.core.units import bytes_text

LARGEST_FIGURE: Final = 10**18
"""An exabyte, an exasecond: what is beyond is no measurement, and sums of such would overflow."""
NOT_IT: Final = "Check the site or the API URL, and any proxy on the way."

_LONGEST_INTEGER: Final = 30
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")


def rows(body: bytes, group_bys: tuple[str, ...], sender: str) -> tuple[Connections, int]:
    """The rows of a sender's whole document that is not strictly JSON, and how many entries made no sense.

    Raises:
        ReplyNotJson: It is not the endpoint's document.
        ReplyTruncated: It is the beginning of a JSON document.
    """
    document = _document(body, sender)
    if not isinstance(document, dict) or "data" not in document:
        raise ReplyNotJson(
            f"The reply of {sender} is JSON, but not the list of connections that was asked for.", hint=NOT_IT
        )
    entries = [] if document["data"] is None else document["data"]
    if not isinstance(entries, list):
        raise ReplyNotJson(f"The reply of {sender} has no list of connections as its `data`.", hint=NOT_IT)
    found = [_connection(entry, group_bys, _written(entry)) for entry in entries]
    connections = [connection for connection in found if connection is not None]
    return Connections.of(connections), len(found) - len(connections)


def connection(raw: bytes, group_bys: tuple[str, ...]) -> Connection | None:
    """One entry of the reply; None where it makes no sense."""
    try:
        entry = _loads(raw)
    except (ValueError, RecursionError):
        return None
    return _connection(entry, group_bys, raw)


def id_from(group_bys: tuple[str, ...], groups: tuple[GroupValues, ...]) -> str:
    """An id for a row without one, written as the endpoint writes them."""
    return ", ".join(f"{key}:{group_text(values)}" for key, values in zip(group_bys, groups, strict=True))


def cleaned(row_id: str, groups: tuple[GroupValues, ...], counters: Counters, raw: SupportsBytes) -> Connection:
    """A connection whose texts are safe to show, and that remembers what they were."""
    shown_id = clean(row_id)
    shown_groups = tuple([tuple([clean(value) for value in values]) for values in groups])
    exact = None if shown_id == row_id and shown_groups == groups else Exact(row_id, groups)
    return Connection(shown_id, shown_groups, counters, raw, exact)


def _document(body: bytes, sender: str) -> Any:
    try:
        return _loads(body)
    except json.JSONDecodeError as error:
        problem = (
            ReplyTruncated(
                f"The reply of {sender} ended in the middle of its JSON, after {bytes_text(len(body))}.",
                hint="Ask again.",
            )
            if _ended_early(error)
            else _not_json(sender)
        )
    except (ValueError, RecursionError):
        problem = _not_json(sender)
    raise problem


def _not_json(sender: str) -> ReplyNotJson:
    return ReplyNotJson(f"The reply of {sender} is not the JSON that the endpoint sends.", hint=NOT_IT)


def _ended_early(error: json.JSONDecodeError) -> bool:
    began = error.doc.lstrip("\ufeff \t\r\n").startswith("{")
    return began and (error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"))


def _loads(text: bytes) -> Any:
    # Unlike msgspec: takes NaN and lone surrogates; not strict: control characters within texts too.
    return json.loads(text, strict=False, parse_int=_integer)


def _integer(digits: str) -> Number:
    # Python refuses to read integers of 4,300 digits, and needs quadratic time for shorter ones.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


def _written(entry: Any) -> bytes:
    try:
        return json.dumps(entry).encode()
    except RecursionError:
        return b"{}"


def _connection(entry: Any, group_bys: tuple[str, ...], raw: bytes) -> Connection | None:
    if not isinstance(entry, dict):
        return None
    attributes = entry.get("attributes")
    if not isinstance(attributes, dict):
        return None
    values_of = _by_key(attributes.get("group_bys"))
    groups = tuple([_group_values(values_of.get(group_by)) for group_by in group_bys])
    figures = attributes if "metrics" not in attributes else {**_by_key(attributes["metrics"]), **attributes}
    counters = tuple([_figure(figures.get(key)) for key in COUNTED_KEYS])
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
