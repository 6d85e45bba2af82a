"""Calculate the rows of the demo's replies. The connections are grouped by fields, and their counters are
summed.
"""

import zlib
from collections.abc import Sequence
from itertools import compress
from operator import add, or_
from typing import Final

import msgspec

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.demo.estate import Column, Estate
from cnm_tui.demo.traffic import Columns

UNRESOLVED: Final = "N/A"
_RTT: Final = "rtt_micro_seconds"
_CONNECTIONS: Final = ("tcp_established_connections", "tcp_closed_connections")
_SUMMED: Final = tuple(key for key in CONNECTIONS.counted_keys if key != _RTT)
_ALWAYS_NAMED: Final = frozenset({"service", "pod_name", "team", "env"})


# Structs without garbage collection: one answer makes 7,500 of them, and they are never in a reference cycle.
class Row(msgspec.Struct, gc=False):
    """One row of a reply, in the form of Datadog's aggregated connections.

    Its attributes are written to JSON in the order of their definition.
    """

    id: str
    type: str
    attributes: msgspec.Struct


Attributes: Final = msgspec.defstruct(
    "Attributes", [("group_bys", dict[str, list[str]]), *((key, int) for key in CONNECTIONS.counted_keys)], gc=False
)
"""The group values and the 17 counters of a row, in order."""


def rows_of(
    estate: Estate,
    counters: Columns,
    flags: bytes | None,
    group_bys: Sequence[str],
    limit: int,
    *,
    rate_seconds: float | None = None,
) -> list[Row]:
    """Group the flows, and return one row for each group. The rows with the most bytes are first.

    A flow is one connection before grouping. Flows that do not match the search, or sent no packets in the time
    window, are left out.

    Args:
        estate: The invented network, with the field values of each flow.
        counters: The 17 counters of each flow in the time window.
        flags: One byte for each flow, which is 1 if the flow matches the search. None if all flows match.
        group_bys: The fields to group by.
        limit: The maximum number of rows.
        rate_seconds: Divide the numbers of established and closed connections by this number of seconds, and
            round down. None to return the numbers of connections themselves.
    """
    columns = [estate.column(group_by) for group_by in group_bys]
    members = _members(counters, flags)
    groups, keys = grouped(columns, members)
    order, groups, members = _busiest(counters, members, groups, len(keys), limit)
    sums = {key: summed(picked(counters[key], members), groups, len(order)) for key in _SUMMED}
    if rate_seconds:
        sums |= {key: [int(count / rate_seconds) for count in sums[key]] for key in _CONNECTIONS}
    sums[_RTT] = _mean_rtt(counters, members, groups, len(order))
    named = [Named(group_by, column) for group_by, column in zip(group_bys, columns, strict=True)]
    chosen = [keys[group] for group in order]
    ids = (", ".join(map(Named.text, named, key)) for key in chosen)
    group_values = (
        {
            name.group_by: found
            for name, number in zip(named, key, strict=True)
            if (found := name.lists[number]) is not None
        }
        for key in chosen
    )
    figures = zip(*(sums[key] for key in CONNECTIONS.counted_keys), strict=True)
    return [
        Row(row_id, "aggregated_connection", Attributes(values, *counted))
        for row_id, values, counted in zip(ids, group_values, figures, strict=True)
    ]


def _members(counters: Columns, flags: bytes | None) -> list[int]:
    """Return the positions of the flows that match the search and sent at least one packet in either direction."""
    sent, received = counters["packets_sent_by_client"], counters["packets_sent_by_server"]
    heard = compress(range(len(sent)), map(or_, sent, received))
    return list(heard) if flags is None else [flow for flow in heard if flags[flow]]


def picked(column: Sequence[int], members: Sequence[int]) -> list[int]:
    """Return the values of a column at the positions in `members`."""
    return [column[flow] for flow in members]


def grouped(columns: Sequence[Column], members: Sequence[int]) -> tuple[list[int], list[tuple[int, ...]]]:
    """Group the flows by the values of the columns.

    Return two lists. The first list contains the group number of each flow. The second list contains one tuple
    for each group. The tuple contains, for each column, the index of the group's value in this column.
    """
    numbers: dict[tuple[int, ...], int] = {}
    if not columns:
        return [0] * len(members), [()] if members else []
    keys = zip(*(picked(column.of_flow, members) for column in columns), strict=True)
    groups = [numbers.setdefault(key, len(numbers)) for key in keys]
    return groups, list(numbers)


def _busiest(
    counters: Columns, members: list[int], groups: list[int], number: int, limit: int
) -> tuple[list[int], list[int], list[int]]:
    """Return the groups with the most bytes, and the flows that belong to these groups.

    The result has three lists. The first contains the group numbers, with the most bytes first. The third
    contains the positions of the flows in these groups. The second contains, for each of these flows, the rank of
    its group.
    """
    volumes = [0] * number
    for key in ("bytes_sent_by_client", "bytes_sent_by_server"):
        volumes = list(map(add, volumes, summed(picked(counters[key], members), groups, number)))
    order = sorted(range(number), key=volumes.__getitem__, reverse=True)[:limit]
    places = [-1] * number
    for place, group in enumerate(order):
        places[group] = place
    placed = [places[group] for group in groups]
    if len(order) == number:
        return order, placed, members
    # Summing is most of the work, so flows of groups beyond the limit are dropped first.
    kept = [place >= 0 for place in placed]
    return order, list(compress(placed, kept)), list(compress(members, kept))


def summed(values: Sequence[int], groups: Sequence[int], number: int) -> list[int]:
    """Return the sum of the values of each group. The list has one sum for each of the `number` groups."""
    sums = [0] * number
    # Most counters of most flows are zero; compress drops those without a Python step each.
    for group, value in zip(compress(groups, values), filter(None, values), strict=True):
        sums[group] += value
    return sums


def _mean_rtt(counters: Columns, members: Sequence[int], groups: Sequence[int], number: int) -> list[int]:
    """Return the mean RTT of each group in microseconds, weighted by the number of packets that the client sent.

    Flows without an RTT, such as UDP, are ignored. A group that has only such flows gets 0.
    """
    rtts = picked(counters[_RTT], members)
    packets = picked(counters["packets_sent_by_client"], members)
    weights = summed([weight if rtt else 0 for rtt, weight in zip(rtts, packets, strict=True)], groups, number)
    weighted = summed([rtt * weight for rtt, weight in zip(rtts, packets, strict=True)], groups, number)
    return [round(total / weight) if weight else 0 for total, weight in zip(weighted, weights, strict=True)]


class Named:
    """The values of one field in the form that the demo's reply uses."""

    def __init__(self, group_by: str, column: Column) -> None:
        self.group_by = group_by
        self.lists = [list(values) if values else _unresolved(group_by) for values in column.values]
        self._texts = [f"{group_by}:{','.join(values) or UNRESOLVED}" for values in column.values]

    def text(self, number: int) -> str:
        """Return the field and one of its values, as they are written in a row's id. `number` is the index of the
        value.
        """
        return self._texts[number]


def _unresolved(group_by: str) -> list[str] | None:
    """Return the form in which the demo's reply shows that this field has no value.

    The form is a list with `N/A`, an empty list, or None if the reply leaves out the field. Datadog does not
    document its form, so the demo uses all three. One field always has the same form.
    """
    if group_by.partition("_")[2] in _ALWAYS_NAMED:
        return [UNRESOLVED]
    return ([UNRESOLVED], [UNRESOLVED], [UNRESOLVED], [], None)[zlib.crc32(group_by.encode()) % 5]
