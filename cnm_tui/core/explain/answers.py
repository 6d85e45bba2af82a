"""Sum the events (such as retransmits) in a response, for each tag value and for combinations of tag values."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from cnm_tui.core.connections import UNRESOLVED, GroupValues, group_text
from cnm_tui.core.explain.measure import Measure, Tally, together
from cnm_tui.core.snapshot import Snapshot


class Term(NamedTuple):
    """A field together with one of its values, exactly as the API sent it."""

    field: str
    value: str

    @property
    def text(self) -> str:
        """Return the term as `field:value` for sentences. The text may be unsafe to display."""
        return f"{self.field}:{self.value}"


class Answer:
    """A response with sums of the events of one metric (such as retransmits) for each tag value in the response."""

    def __init__(self, snapshot: Snapshot, measure: Measure, *, of_part: bool = False) -> None:
        """Store the response and the metric whose events are summed.

        Args:
            snapshot: The response.
            measure: The metric.
            of_part: True if the query was about only some of the connections, so that the sums are incomplete.
        """
        self.snapshot = snapshot
        self.of_part = of_part
        self.fields = snapshot.query.group_bys
        self.cut = snapshot.cut
        self._tallies = measure.tallies(snapshot)

    @property
    def absent(self) -> int:
        """Number of rows without a value for the metric, or without the number that the metric is divided by."""
        return sum(tally is None for tally in self._tallies)

    @cached_property
    def total(self) -> Tally:
        """The sum of events in all rows of the response. If the response was cut, the sum is too small."""
        return together(filter(None, self._tallies))

    @cached_property
    def positions(self) -> Mapping[Term, Sequence[int]]:
        """For each tag value, the positions of the rows that have this value. Unresolved values (N/A) are left out."""
        found: dict[Term, list[int]] = {}
        groups = self.snapshot.connections.exact_groups if self.snapshot.connections else ()
        for field, column in zip(self.fields, groups, strict=False):
            for at, values in enumerate(column):
                for value in _named(values):
                    found.setdefault(Term(field, value), []).append(at)
        return found

    @cached_property
    def tallies(self) -> Mapping[Term, Tally]:
        """For each tag value, the number of events (such as retransmits) in all rows that have this value."""
        return {term: self._sum(positions) for term, positions in self.positions.items()}

    def all_of(self, terms: Sequence[Term]) -> Tally:
        """Return the sum of events in the rows that have all of these tag values."""
        shared = set.intersection(*(set(self.positions.get(term, ())) for term in terms))
        return self._sum(sorted(shared))

    def pairs(self, client: str, server: str) -> Iterator[tuple[tuple[Term, Term], Tally]]:
        """Yield each pair of a client value and a server value, with the sum of events in the rows that have both
        values.

        `client` and `server` are the names of the two fields.
        """
        groups = self.snapshot.connections.exact_groups if self.snapshot.connections else ()
        if not groups or not {client, server} <= set(self.fields):
            return
        found: dict[tuple[Term, Term], list[int]] = {}
        columns = (groups[self.fields.index(field)] for field in (client, server))
        for at, (of_client, of_server) in enumerate(zip(*columns, strict=True)):
            for here in _named(of_client):
                for there in _named(of_server):
                    found.setdefault((Term(client, here), Term(server, there)), []).append(at)
        for pair, positions in found.items():
            yield pair, self._sum(positions)

    def _sum(self, positions: Sequence[int]) -> Tally:
        return together(tally for at in positions if (tally := self._tallies[at]) is not None)


def _named(values: GroupValues) -> Sequence[str]:
    return [value for value in dict.fromkeys(values) if group_text((value,)) != UNRESOLVED]
