"""Define pinned rows. They are connections that the user watches, and they stay above all other rows."""

from collections.abc import Collection, Iterable, Sequence, Set
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot

MOST_PINS: Final = 100


class Pin(NamedTuple):
    """The identification of a pinned row: the row's id together with the group-bys and the API endpoint.

    The id alone is not enough, because it has a meaning only for these group-bys.
    """

    group_bys: tuple[str, ...]
    id: str
    endpoint: str = CONNECTIONS.name


def pin_of(query: Query, row_id: str) -> Pin:
    """Return the pin for a row of this query."""
    return Pin(query.group_bys, row_id, query.endpoint.name)


def pinned_ids(pins: Iterable[Pin], query: Query) -> tuple[str, ...]:
    """Return the row ids of the pins that have the same group-bys and API endpoint as this query."""
    grouping = query.group_bys, query.endpoint.name
    return tuple(pin.id for pin in pins if (pin.group_bys, pin.endpoint) == grouping)


def pinned_positions(pins: Iterable[Pin], snapshot: Snapshot) -> Set[int]:
    """Return the positions of the pinned connections in a snapshot."""
    known = snapshot.position_of
    return {known[one] for one in pinned_ids(pins, snapshot.query) if one in known}


def pinned_first(order: Sequence[int], pinned: Collection[int]) -> Sequence[int]:
    """Return row positions with the pinned rows moved to the front. Otherwise their order is unchanged."""
    if not pinned:
        return order
    return [*(at for at in order if at in pinned), *(at for at in order if at not in pinned)]


def toggled_pins(pins: tuple[Pin, ...], chosen: Sequence[Pin]) -> tuple[Pin, ...]:
    """Return the pins with the chosen pins added. If all chosen pins exist already, remove them instead."""
    if set(chosen) <= set(pins):
        return tuple(pin for pin in pins if pin not in chosen)
    return tuple(dict.fromkeys([*pins, *chosen]))
