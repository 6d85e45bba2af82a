"""Choose the field for a drill-down, which splits chosen rows by a finer field, for example host after zone.

The module finds the next finer field for one side of a connection. It also decides if the client or the
server is next.
"""

from collections.abc import Sequence, Set
from types import MappingProxyType
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.fields.group_by import PROFILE, Ladders, Side, end_of, side_of

_SAME_AS: Final = {
    "network.client.ip": "client_ip",
    "network.server.ip": "server_ip",
    "network.server.port": "server_port",
}


class Step(NamedTuple):
    """One step of a drill-down, which replaces a group-by with a finer field."""

    leaves: str
    """The field that is replaced; empty if none is."""
    next_fields: tuple[str, ...]
    """The possible new fields, best first; empty if there is no finer field."""

    def taken(self, group_bys: Sequence[str], next_field: str) -> tuple[str, ...]:
        """Return the group-bys after this step, with the replaced field changed to `next_field`."""
        return tuple(next_field if group_by == self.leaves else group_by for group_by in group_bys)


class DrillContext(NamedTuple):
    """The facts about rows and settings that decide how a drill-down continues."""

    endpoint: Endpoint
    """The endpoint of the fields."""
    fixed: Set[str] = frozenset()
    """Fields with a single value in the whole query, which would divide nothing."""
    unresolved: Set[str] = frozenset()
    """Fields without a value in the chosen rows; pods without a service still have names."""
    ladders: Ladders = MappingProxyType({})
    """Configured ladders, in place of the default ones."""


def step_down(group_bys: Sequence[str], under_cursor: str | None, context: DrillContext) -> Step:
    """Return the next step of a drill-down.

    The step replaces the field of the column at the cursor. If the cursor is not on a group-by, the step compares
    the fields of client and server, and replaces the coarser field. If both are equally coarse, it replaces the
    client's field.

    Args:
        group_bys: The current group-bys.
        under_cursor: The key of the column at the cursor, which may be a metric, or the profile, which has no finer
            field. None without a cursor.
        context: The rows and settings that the drill-down depends on.
    """
    if under_cursor is not None and under_cursor in group_bys and under_cursor != PROFILE:
        return Step(under_cursor, _next_fields(under_cursor, {*group_bys, *context.fixed}, context))
    return _highest(group_bys, group_bys, context)


def turn_after(group_bys: Sequence[str], next_field: str, context: DrillContext) -> str:
    """Return the field that the next step of a drill-down replaces, after a step to `next_field`.

    Client and server take turns. If the last step replaced a client field, the result is a server field, and
    the reverse. If the other side has no finer field, the result is `next_field` itself. If the other side has
    no value in the chosen rows, it is skipped until its next field is coarser than `next_field`.
    """
    others = [group_by for group_by in group_bys if end_of(group_by) is not end_of(next_field)]
    step = _highest(others, group_bys, context)
    waits = step.leaves in context.unresolved and _height(step, context) <= _below(next_field, context)
    return step.leaves if step.next_fields and not waits else next_field


def _highest(candidates: Sequence[str], group_bys: Sequence[str], context: DrillContext) -> Step:
    taken = {*group_bys, *context.fixed}
    steps = [Step(candidate, _next_fields(candidate, taken, context)) for candidate in candidates]
    steps.sort(key=lambda step: end_of(step.leaves) is not Side.CLIENT)

    def rank(step: Step) -> tuple[bool, int, bool]:
        return bool(step.next_fields), _height(step, context), step.leaves not in context.unresolved

    # Of equal steps the first is returned.
    return max(steps, key=rank, default=Step("", ()))


def _height(step: Step, context: DrillContext) -> int:
    """Return how many finer fields exist below the field that this step of the drill-down replaces.

    If that field has no value in the chosen rows, count the fields below the first possible new field.
    """
    field = step.next_fields[0] if step.next_fields and step.leaves in context.unresolved else step.leaves
    return _below(field, context)


def _next_fields(field: str, taken: Set[str], context: DrillContext) -> tuple[str, ...]:
    """Return the next finer fields for a field, best field first. Fields in `taken` are skipped."""
    taken_by_name = {_SAME_AS.get(name, name) for name in taken}
    found: list[str] = []
    seen = {_SAME_AS.get(field, field)}
    waiting = list(_next(field, context))
    while waiting:
        next_field = waiting.pop(0)
        name = _SAME_AS.get(next_field, next_field)
        # User-defined ladders may contain a cycle.
        if name in seen:
            continue
        seen.add(name)
        if name in taken_by_name:
            waiting[:0] = _next(next_field, context)
        else:
            found.append(next_field)
    return tuple(found)


def _below(field: str, context: DrillContext) -> int:
    """Return how many finer fields can be reached from this field."""
    below: dict[str, None] = {}
    waiting = list(_next(field, context))
    while waiting:
        next_field = waiting.pop()
        if next_field not in below:
            below[next_field] = None
            waiting += _next(next_field, context)
    return len(below)


def _next(field: str, context: DrillContext) -> Sequence[str]:
    """Return the fields that come directly after this field in the drill paths, from coarse to fine.

    If the drill paths do not contain the field itself, use the path of its tag without the client or server
    prefix.
    """
    field = _SAME_AS.get(field, field)
    side = side_of(field)
    tag = field.partition("_")[2] if side is not Side.FLOW else field
    for known in (context.ladders, context.endpoint.drill_paths):
        for name in (field, tag):
            if name in known:
                return [_of_side(next_field, side, context) for next_field in known[name]]
    return ()


def _of_side(next_field: str, side: Side, context: DrillContext) -> str:
    if side is Side.FLOW or next_field in context.endpoint.fields or side_of(next_field) is not Side.FLOW:
        return next_field
    return f"{side.value}_{next_field}"
