"""Calculate auto groups: group-bys that identify a client or server by its first known name.

Datadog's web pages call this auto-grouped traffic, but the API has no field for it. So the program requests
all fields in `AUTO_GROUPS`, and adds up the rows with equal names. Counts are summed, and round-trip times
are averaged with the number of packets as weight. If the name is not from the service field, the displayed
value also contains the name of the field, for example `kube_service:web`.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, SupportsBytes

from cnm_tui.core.connections import NO_REPLY, UNRESOLVED, Connection, Connections, Exact, GroupValues, group_text
from cnm_tui.core.fields.group_by import AUTO_GROUPS, asked_fields
from cnm_tui.core.metrics.metric import Metric, Number, Total, total_of

_PREFIXES: Final = tuple(f"{field.partition('_')[2]}:" for field in AUTO_GROUPS["client_auto_group"])


class Named(NamedTuple):
    """A value of an auto group: the field that gave a client or server its name, and the name."""

    field: str
    value: str

    @property
    def text(self) -> str:
        """The displayed text of the value, for example `checkout` or `kube_service:checkout`.

        The text is only the name if the name is from the service field. Otherwise it begins with the field.
        """
        tag = self.field.partition("_")[2]
        is_usual = tag == "service" and not self.value.startswith(_PREFIXES)
        return self.value if is_usual else f"{tag}:{self.value}"


def named_by(auto: str, value: str) -> Named:
    """Return the field and the name that a displayed value of an auto group consists of."""
    usual, *_others = AUTO_GROUPS[auto]
    tag, colon, rest = value.partition(":")
    if colon and value.startswith(_PREFIXES):
        return Named(f"{auto.partition('_')[0]}_{tag}", rest)
    return Named(usual, value)


def fields_of_end(auto: str, values: GroupValues) -> tuple[Mapping[str, GroupValues], tuple[str, ...]]:
    """Return the field that named a client or server, and the fields that were tried before it without a name.

    The first item of the tuple is a dict from the field to its values. It is empty if no field has a name. The
    second item contains the fields without a name, in the order of the attempts.
    """
    named = [named_by(auto, value) for value in values if group_text((value,)) != UNRESOLVED]
    fields = AUTO_GROUPS[auto]
    if not named:
        return {}, fields
    field = named[0].field
    return {field: tuple(one.value for one in named)}, fields[: fields.index(field)]


def _name_of_end(fields: Sequence[str], by_field: Sequence[GroupValues]) -> GroupValues:
    """Return the displayed names of a client or server, from the first field that has a value.

    Return an empty tuple if no field has a value.
    """
    for field, values in zip(fields, by_field, strict=True):
        if group_text(values) != UNRESOLVED:
            return tuple(Named(field, value).text for value in values if group_text((value,)) != UNRESOLVED)
    return ()


class _AddedRows(NamedTuple):
    """The JSON texts of several rows that were added up to one row, joined to a JSON array."""

    raws: Sequence[SupportsBytes]

    def __bytes__(self) -> bytes:
        return b"[%b]" % b",".join(map(bytes, self.raws))


def grouped(connections: Connections, group_bys: Sequence[str], counted: Sequence[Metric], joint: str) -> Connections:
    """Return the connections with auto groups in place of the fields that the auto groups consist of.

    Connections whose groups are then equal are added up to one connection.

    Args:
        connections: Connections grouped by the fields `asked_fields(group_bys)`.
        group_bys: The group-bys of the returned connections, including the auto groups.
        counted: The counters of the API endpoint.
        joint: The text between two groups in the id of a row.
    """
    if not connections:
        return connections
    groups = _columns(connections.groups, group_bys)
    exact = _columns(connections.exact_groups, group_bys)
    positions: dict[tuple[GroupValues, ...], list[int]] = {}
    for at, key in enumerate(zip(*exact, strict=True)):
        positions.setdefault(key, []).append(at)
    rows: list[Connection] = []
    for key, places in positions.items():
        first = places[0]
        shown = tuple(column[first] for column in groups)
        row_id, exact_id = _id(group_bys, shown, joint), _id(group_bys, key, joint)
        unclean = None if (shown, row_id) == (key, exact_id) else Exact(exact_id, key)
        rows.append(Connection(row_id, shown, _added(connections, places, counted), _raw(connections, places), unclean))
    return Connections.of(rows)


def _columns(asked: Sequence[Sequence[GroupValues]], group_bys: Sequence[str]) -> list[list[GroupValues]]:
    by_field = dict(zip(asked_fields(group_bys), asked, strict=True))
    return [_column(name, by_field) for name in group_bys]


def _column(name: str, by_field: Mapping[str, Sequence[GroupValues]]) -> list[GroupValues]:
    if (fields := AUTO_GROUPS.get(name)) is None:
        return list(by_field[name])
    return [_name_of_end(fields, ends) for ends in zip(*(by_field[field] for field in fields), strict=True)]


def _id(group_bys: Sequence[str], values: Sequence[GroupValues], joint: str) -> str:
    return joint.join(f"{field}:{group_text(each)}" for field, each in zip(group_bys, values, strict=True))


def _added(connections: Connections, places: Sequence[int], counted: Sequence[Metric]) -> tuple[Number | None, ...]:
    """Return the sums of the counters of several connections. `places` contains their positions.

    A sum is None if it cannot be calculated from the counters of the single connections.
    """
    if len(places) == 1:
        return tuple(connections.counters_at(places[0]))
    columns = [[column[at] for at in places] for column in connections.counters]
    return tuple(None if one.total is Total.NONE else total_of(one, columns, 0.0) for one in counted)


def _raw(connections: Connections, places: Sequence[int]) -> SupportsBytes:
    raws = [connections.raws[at] for at in places]
    return raws[0] if len(raws) == 1 or raws[0] is NO_REPLY else _AddedRows(raws)
