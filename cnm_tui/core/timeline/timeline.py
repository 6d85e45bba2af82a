"""Define a timeline, which contains the numbers of rows over a time span. The span is divided into parts.

The same query is sent for each part. The rows of the parts are joined by their ids. There are three different
reasons why a number may be missing:

- The part was not requested, or its request failed. This is a gap, and nothing is known about any row. A gap
  is never treated as zero, and no line is drawn across it.
- A complete response does not contain the row. Then the row had no traffic. Its counts are 0, and its
  round-trip times and shares are None.
- A response that reached the row limit does not contain the row. Then the number is unknown, which is None.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.metric import Counters, Metric, Number
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.onset import Onset, onsets_of
from cnm_tui.core.timeline.parts import Part, Rows, State, together


class Series(NamedTuple):
    """The numbers of one metric over time, one number for each part of a timeline, oldest part first."""

    numbers: tuple[Number | None, ...]
    """None where it is unknown or was not measured; the state of the part tells which."""
    states: tuple[State, ...]
    """The state of each part, the same for all rows."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """The parts of a time span, each with the rows of a short time window. Some parts may not be known yet.

    A Timeline never changes. The method `joined` returns another Timeline that shares all other parts. With
    thousands of rows, `joined` and `onsets` take some milliseconds, so call them in a thread. If timelines share
    their rows, only one thread at a time may call `joined`. All other methods are fast.
    """

    query: Query
    """The question of all parts; its time range is ignored."""
    windows: tuple[Window, ...]
    """The window of each part, oldest first, without a hole between them."""
    rows: Rows
    """The rows of all parts; shared by all timelines of this question."""
    known: Mapping[Window, Part] = field(default_factory=dict)
    """The answered parts."""
    failed: Mapping[Window, str] = field(default_factory=dict)
    """The sentence of the failure of each part that failed last time it was asked."""

    @property
    def endpoint(self) -> Endpoint:
        """Return the API endpoint of the rows, which defines their metrics."""
        return self.query.endpoint

    @property
    def window(self) -> Window:
        """Return the time window of the whole timeline."""
        return Window(self.windows[0].start, self.windows[-1].end)

    @cached_property
    def parts(self) -> tuple[Part | None, ...]:
        """Return the parts of the timeline, oldest first. A part that is not known yet is None."""
        return tuple(map(self.known.get, self.windows))

    @cached_property
    def states(self) -> tuple[State, ...]:
        """Return the state of each part, oldest part first."""
        return tuple(State.GAP if part is None else part.state for part in self.parts)

    @property
    def why_cut(self) -> tuple[str, ...]:
        """Why rows of each part may be missing, in words, oldest first; empty for a whole part and for a gap."""
        return tuple("" if part is None else part.why_cut for part in self.parts)

    @cached_property
    def open(self) -> tuple[bool, ...]:
        """Return a bool for each part. True means that the part was requested before its end, so its counts still grow.

        The bool can be True also if the response reached the row limit.
        """
        return tuple(part is not None and part.is_open for part in self.parts)

    @property
    def missing(self) -> tuple[Window, ...]:
        """Return the time windows of the parts that have no response yet, newest first."""
        return tuple(window for window in reversed(self.windows) if window not in self.known)

    def answers(self, query: Query) -> bool:
        """True if this query is equal to the timeline's query. The time ranges of both are ignored."""
        return replace(query, time_range=self.query.time_range) == self.query

    # Parts

    def joined(self, window: Window, snapshot: Snapshot) -> "Timeline":
        """Return a copy of the timeline with the response for one of its parts added. It replaces an earlier response.

        Args:
            window: The time window of the part.
            snapshot: The response for this part.
        """
        part = Part(snapshot, window, self.rows)
        return self.with_part(part)

    def with_part(self, part: Part) -> "Timeline":
        """Return a copy of the timeline with this part added. The part must use the same shared rows as the
        timeline.
        """
        failed = {window: why for window, why in self.failed.items() if window != part.window}
        return replace(self, known={**self.known, part.window: part}, failed=failed)

    def without(self, window: Window, why: str) -> "Timeline":
        """Return a copy of the timeline with the error of a failed request for one of its parts.

        An earlier response for this part is kept.

        Args:
            window: The time window of the part.
            why: The error as text.
        """
        return replace(self, failed={**self.failed, window: why})

    def moved(self, windows: Sequence[Window]) -> "Timeline":
        """Return a timeline of the same query for other time windows. It keeps the parts whose windows are among
        these.
        """
        kept = {window: part for window in windows if (part := self.known.get(window)) is not None}
        failed = {window: why for window, why in self.failed.items() if window in windows}
        return replace(self, windows=tuple(windows), known=kept, failed=failed)

    # Rows

    def counters(self, connection_id: str) -> tuple[Counters | None, ...]:
        """Return the raw counters of a row in each part of the timeline.

        An item is None if nothing is known about the row.
        """
        number = self.rows.numbers.get(connection_id)
        if number is None and self.rows.full:
            return (None,) * len(self.windows)
        return tuple(None if part is None else part.counters(number) for part in self.parts)

    def series(self, connection_id: str, metric: Metric) -> Series:
        """Return the numbers of one metric of a row over time. A round-trip time that was not measured is None."""
        numbers = [
            None if counters is None or part is None else metric.value(counters, part.seconds)
            for counters, part in zip(self.counters(connection_id), self.parts, strict=True)
        ]
        return Series(tuple(metric.measured(numbers)), self.states)

    def total_series(self, connection_ids: Iterable[str] | None, metric: Metric) -> Series:
        """Return the numbers of one metric over time, calculated for these rows together.

        Counts are summed, round-trip times are weighted, and shares are calculated from the sums. Rows that an
        incomplete part does not contain are left out of its number. The call is fast for all rows. For thousands of
        selected rows, call it in a thread.

        Args:
            connection_ids: The ids of the rows. None for all rows of each part.
            metric: The metric.
        """
        numbers = None
        if connection_ids is not None:
            known, unknown = self.rows.numbers, len(self.rows)
            # A row without a number is in no part; in a cut one it may have been left out.
            numbers = [known.get(one, unknown) for one in connection_ids]
        totals = [None if part is None else part.total(numbers, metric) for part in self.parts]
        return Series(tuple(metric.measured(totals)), self.states)

    def together(self, connection_id: str) -> Counters | None:
        """Return the counters of a row combined over all known parts. Return None if nothing is known about the row."""
        known = [counters for counters in self.counters(connection_id) if counters is not None]
        return together(self.endpoint, known) if known else None

    # Onsets

    def onset(self, connection_id: str) -> Onset | None:
        """Return when a row turned bad, and if it has recovered. Return None if the row is not known to have turned
        bad.

        The rule is described in `onset.py`.
        """
        number = self.rows.numbers.get(connection_id)
        if number is None:
            return None
        if self.onsets_are_known:
            return self._onsets.get(number)
        if number not in self._single_onsets:
            self._single_onsets[number] = onsets_of(self.parts, self.windows, number).get(number)
        return self._single_onsets[number]

    @property
    def onsets_are_known(self) -> bool:
        """True if the result of the method `onsets` is already computed, so that calling the method takes no time."""
        return "_onsets" in self.__dict__

    @cached_property
    def _single_onsets(self) -> dict[int, Onset | None]:
        return {}

    @cached_property
    def onsets(self) -> Mapping[str, Onset]:
        """Return for each row when it turned bad. The dictionary keys are row ids. Rows that did not turn bad are
        left out.
        """
        ids = list(self.rows.numbers)
        return {ids[number]: onset for number, onset in self._onsets.items()}

    @cached_property
    def _onsets(self) -> Mapping[int, Onset]:
        return onsets_of(self.parts, self.windows)


def empty_timeline(query: Query, windows: Sequence[Window], rows: Rows | None = None) -> Timeline:
    """Return a timeline of a query in which no part is known yet.

    Args:
        query: The query.
        windows: The time windows of the parts, oldest first.
        rows: The shared rows of another timeline of this query, so that parts can be shared. None for new rows.
    """
    return Timeline(query, tuple(windows), Rows() if rows is None else rows)
