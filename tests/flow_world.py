"""Simulate the API for tests without a server. The simulated network is a list of flows, which are single
connections.

The simulation groups, searches and cuts the rows in the same way as the API.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import add

from cnm_tui.core.connections import Connection, Connections, GroupValues
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.metric import Counters, Number
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import ANY_TEXT, AllOf, AnyOf, Expression, InNetworks, Not, Pattern, Term, Wildcard
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from tests.builders import MOMENT

Order = Callable[[Connection], float]


class Flow:
    """One connection before grouping, with its tag values and counters. Rows are groups of flows."""

    __slots__ = ("counters", "tags")

    def __init__(self, tags: Mapping[str, str | GroupValues], **counters: Number) -> None:
        self.tags = {field: (value,) if isinstance(value, str) else value for field, value in tags.items()}
        self.counters: Counters = [counters.get(key, 0) for key in CONNECTIONS.counted_keys]

    def values(self, field: str) -> GroupValues:
        """Return the values of a tag. Return an empty tuple if the client or server is unresolved."""
        return self.tags.get(field, ())


class FlowWorld:
    """A simulated network that answers queries about its flows. An answer has at most `query.limit` rows."""

    def __init__(self, flows: Sequence[Flow], order: Order = lambda row: -(row.counters[0] or 0)) -> None:
        """Create the simulated network.

        Args:
            flows: All flows of the network.
            order: A function that takes a row and returns its sort key. Rows are sorted before they are cut at the
                limit.
        """
        self.flows = flows
        self.order = order
        self.asked: list[Query] = []

    def answer(self, query: Query, budget: Budget | None = None) -> Snapshot:
        """Return the answer to a query. `budget` is the rate limit that the answer reports."""
        self.asked.append(query)
        expression = read(query.search).expression
        groups: dict[tuple[GroupValues, ...], list[Flow]] = {}
        for flow in self.flows:
            if expression is None or _matches(expression, flow):
                groups.setdefault(tuple(flow.values(field) for field in query.group_bys), []).append(flow)
        rows = [_row(query, values, flows) for values, flows in groups.items()]
        kept = sorted(rows, key=self.order)[: query.limit]
        window = query.time_range.window(MOMENT)
        return Snapshot(query, window, MOMENT, Connections.of(kept), budget=budget or Budget())


def _row(query: Query, values: tuple[GroupValues, ...], flows: Sequence[Flow]) -> Connection:
    counters: Counters = flows[0].counters
    for flow in flows[1:]:
        counters = list(map(add, counters, flow.counters))
    named = zip(query.group_bys, values, strict=True)
    row_id = ", ".join(f"{field}:{','.join(texts) or 'N/A'}" for field, texts in named)
    return Connection(row_id, values, tuple(counters))


def _matches(expression: Expression, flow: Flow) -> bool:
    match expression:
        case Term(field, pattern):
            assert field is not None, "these tests search by fields only"
            return any(_fits(pattern, value) for value in flow.values(field))
        case Not(inner):
            return not _matches(inner, flow)
        case AllOf(inner):
            return all(_matches(each, flow) for each in inner)
        case AnyOf(inner):
            return any(_matches(each, flow) for each in inner)
        case InNetworks():
            raise AssertionError("these tests search for no networks")


def _fits(pattern: Pattern, value: str) -> bool:
    return _compiled(pattern).fullmatch(value) is not None


@cache
def _compiled(pattern: Pattern) -> re.Pattern[str]:
    parts = (
        re.escape(part) if not isinstance(part, Wildcard) else ".*" if part is ANY_TEXT else "."
        for part in pattern.parts
    )
    return re.compile("".join(parts), re.DOTALL)
