"""Request timelines of a few rows from the demo's invented network, without HTTP.

The timelines contain only some flows of the network. This is fast enough to test the networks of twenty
seeds.
"""

import random
from array import array
from collections.abc import Sequence
from copy import copy
from dataclasses import fields
from typing import Final

from cnm_tui.core.connections import Connection, Connections
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.plan import Plan
from cnm_tui.core.timeline.timeline import Timeline, empty_timeline
from cnm_tui.demo.aggregate import rows_of
from cnm_tui.demo.estate import Estate
from cnm_tui.demo.flows import Flows
from cnm_tui.demo.traffic import Traffic
from tests.demo.test_incidents import Pair, ends_of

HEALTHY_ROWS: Final = 300
"""Rows without incident for each grouping, of those that are large enough to be judged."""


def narrowed(estate: Estate, positions: Sequence[int]) -> Estate:
    """Return an invented network that contains only the flows at these positions. The flows themselves are
    unchanged.
    """
    flows = copy(estate.flows)
    for field in fields(Flows):
        column = getattr(flows, field.name)
        if isinstance(column, bytearray):
            setattr(flows, field.name, bytearray(column[at] for at in positions))
        elif isinstance(column, array):
            setattr(flows, field.name, array(column.typecode, [column[at] for at in positions]))
    new = {old: at for at, old in enumerate(positions)}
    found = copy(estate)
    object.__setattr__(found, "flows", flows)
    touched = {one: [new[at] for at in flows_of if at in new] for one, flows_of in estate.touched.items()}
    object.__setattr__(found, "touched", touched)
    object.__setattr__(found, "_columns", {})
    return found


class Histories:
    """Timelines of selected rows of an invented network.

    For each incident, the selection contains the row that the incident affects most. It also contains some
    healthy rows that no incident ever affects.
    """

    def __init__(self, estate: Estate, grouping: Pair, healthy_rows: int = HEALTHY_ROWS) -> None:
        """Select the rows.

        Args:
            estate: The simulated network with all its flows.
            grouping: The two tags by which the rows are grouped.
            healthy_rows: The maximum number of rows without any incident.
        """
        ill = set().union(*estate.touched.values())
        of_rows: dict[Pair, list[int]] = {}
        for flow in range(len(estate.flows)):
            of_rows.setdefault(ends_of(estate, flow, grouping), []).append(flow)
        well = sorted(row for row, flows in of_rows.items() if not ill.intersection(flows))
        sample = random.Random(estate.seed).sample(well, min(healthy_rows, len(well)))
        self.hardest = {one: ends_of(estate, flow, grouping) for one, flow in estate.hardest_hit.items()}
        self.healthy = frozenset(sample)
        chosen = {flow for row in (*self.hardest.values(), *sample) for flow in of_rows[row]}
        self.flows_of = {row: len(of_rows[row]) for row in (*self.hardest.values(), *sample)}
        """Number of flows of each row."""
        self._query = Query(group_bys=grouping, limit=MOST_ROWS)
        self._estate = narrowed(estate, sorted(chosen))
        self._traffic = Traffic(self._estate)
        self._closed: dict[Window, Snapshot] = {}
        """Answers for closed windows, which are the same at any later time."""

    def timeline(self, plan: Plan, now: int) -> Timeline:
        """Return the timeline of the selected rows for this plan, in the state at the time `now`."""
        timeline = empty_timeline(self._query, plan.windows)
        for window in plan.windows:
            answer = self._closed.get(window) or self.answer(window, now)
            if window.end <= now:
                self._closed[window] = answer
            timeline = timeline.joined(window, answer)
        return timeline

    def answer(self, window: Window, now: int) -> Snapshot:
        """Return an answer with the selected rows for a time window, in the state at the time `now`."""
        query, asked = self._query, Window(window.start, min(window.end, now))
        counters = self._traffic.within(*asked, now)
        rows = [] if counters is None else rows_of(self._estate, counters, None, query.group_bys, MOST_ROWS)
        connections = [
            Connection(
                row.id,
                tuple(tuple(row.attributes.group_bys.get(field) or ("N/A",)) for field in query.group_bys),  # type: ignore[attr-defined]
                tuple(getattr(row.attributes, key) for key in CONNECTIONS.counted_keys),
            )
            for row in rows
        ]
        return Snapshot(query, asked, now, Connections.of(connections))


def row_ids(timeline: Timeline) -> dict[Pair, str]:
    """Return a dictionary from the two group values of each row to the id of the row."""
    return {
        tuple(", ".join(values) or "N/A" for values in groups): timeline.rows.ids[number]
        for number, groups in enumerate(timeline.rows.groups)
    }
