"""Decode well-formed rows of a response into columns, that is, one list for each group-by and each counter.

API endpoints send rows in two formats: with JSON objects, or with lists of {key, value} pairs.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec.structs import astuple

from cnm_tui.api.lenient_decoder import LARGEST_FIGURE
from cnm_tui.core.connections import GroupValues
from cnm_tui.core.fields.group_by import can_name_fields
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.text import LONGEST_VALUE


class DecodedColumns(NamedTuple):
    """The rows of one slice of a response, stored as columns."""

    ids: list[str | None]
    groups: Sequence[Sequence[GroupValues]]
    counters: Sequence[Sequence[Number | None]]


ColumnsOf = Callable[[bytes], DecodedColumns]
"""Decodes a JSON array of rows.

Raises msgspec.ValidationError, a ValueError, for other JSON.
"""

_Text = Annotated[str, msgspec.Meta(max_length=LONGEST_VALUE)]
_Figure = (
    Annotated[int, msgspec.Meta(ge=-LARGEST_FIGURE, le=LARGEST_FIGURE)]
    | Annotated[float, msgspec.Meta(ge=-float(LARGEST_FIGURE), le=float(LARGEST_FIGURE))]
    | None
)
_ids: Final = attrgetter("id")
_attributes: Final = attrgetter("attributes")
_ValuesOf = Callable[[Any], Iterable[GroupValues | None]]


@lru_cache(maxsize=16)
def objects_decoder(group_bys: tuple[str, ...], counted: tuple[str, ...]) -> ColumnsOf:
    """Return a decoder for rows that contain a JSON object of group-bys and a number for each counter.

    The group-bys of a row become a struct with one field for each group-by. This is a third faster than a dict.
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
    decode = msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]

    def columns_of(json: bytes) -> DecodedColumns:
        rows: list[Any] = decode(json)
        if not rows:
            return _NOTHING
        groups_of_rows, *counters = zip(*map(astuple, map(_attributes, rows)), strict=True)
        groups = [
            values if all(values) else [of_row or () for of_row in values]
            for values in zip(*map(values_of, groups_of_rows), strict=True)
        ]
        return DecodedColumns(list(map(_ids, rows)), groups, counters)

    return columns_of


_NOTHING: Final = DecodedColumns([], (), ())


class _Group(msgspec.Struct, gc=False):
    key: str | None = None
    value: _Text | None = None


class _Metric(msgspec.Struct, gc=False):
    key: str | None = None
    value: _Figure = None


class _PairAttributes(msgspec.Struct, gc=False):
    group_bys: list[_Group] | None = None
    metrics: list[_Metric] | None = None


class _PairRow(msgspec.Struct, gc=False):
    attributes: _PairAttributes
    id: _Text | None = None


_rows_of_pairs: Final = msgspec.json.Decoder(list[_PairRow]).decode
_keys: Final = attrgetter("key")
_values: Final = attrgetter("value")
_groups: Final = attrgetter("group_bys")
_metrics: Final = attrgetter("metrics")


def pairs_decoder(group_bys: tuple[str, ...], counted: tuple[str, ...]) -> ColumnsOf:
    """Return a decoder for rows that contain two lists of {key, value} pairs: group-bys and metrics."""

    def columns_of(json: bytes) -> DecodedColumns:
        rows = _rows_of_pairs(json)
        if not rows:
            return _NOTHING
        attributes = list(map(_attributes, rows))
        groups = [
            [() if value is None else (value,) for value in values]
            for values in _columns(list(map(_groups, attributes)), group_bys)
        ]
        return DecodedColumns(list(map(_ids, rows)), groups, _columns(list(map(_metrics, attributes)), counted))

    return columns_of


def _columns(lists: Sequence[Sequence[Any] | None], wanted: tuple[str, ...]) -> Sequence[Sequence[Any]]:
    """Return one column for each key in `wanted`, with the values of all rows.

    A row that does not contain the key has None in this column.
    """
    if all(pairs is not None and tuple(map(_keys, pairs)) == wanted for pairs in lists):
        # Nearly every answer: each row has the same keys in the same order.
        return list(zip(*(map(_values, pairs) for pairs in lists if pairs is not None), strict=True))
    found = [{} if pairs is None else dict(zip(map(_keys, pairs), map(_values, pairs), strict=True)) for pairs in lists]
    return [[of_row.get(key) for of_row in found] for key in wanted]
