"""The history of every row: the same question asked for each part of a span, joined by id.

Three absences differ:

- A part that was not asked, or failed, is a gap: nothing is known of any row. It is never a zero, and never bridged.
- A row that is absent from a complete answer had no traffic: 0 for counts, None for round-trip times and shares.
- A row that is absent from an answer that was cut at the limit is unknown: None.
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
    """One metric over time, oldest part first."""

    numbers: tuple[Number | None, ...]
    """None where it is unknown or was not measured; the state of the part tells which."""
    states: tuple[State, ...]
    """The state of each part, the same for all rows."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """The parts of a span, of which some may not be known yet.

    A Timeline never changes: `joined` returns another one that shares all other parts. `joined` and `onsets` take some
    milliseconds with thousands of rows, so call them in a thread; only one thread at a time may join to timelines
    that share their rows. All else is quick.
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
        """The endpoint of the rows, with its metrics."""
        return self.query.endpoint

    @property
    def window(self) -> Window:
        """The whole span."""
        return Window(self.windows[0].start, self.windows[-1].end)

    @cached_property
    def parts(self) -> tuple[Part | None, ...]:
        """The parts, oldest first; None for a gap."""
        return tuple(map(self.known.get, self.windows))

    @cached_property
    def states(self) -> tuple[State, ...]:
        """The state of each part, oldest first."""
        return tuple(State.GAP if part is None else part.state for part in self.parts)

    @property
    def why_cut(self) -> tuple[str, ...]:
        """Why rows of each part may be missing, in words, oldest first; empty for a whole part and for a gap."""
        return tuple("" if part is None else part.why_cut for part in self.parts)

    @cached_property
    def open(self) -> tuple[bool, ...]:
        """True for each part that was answered before its end, even if it is cut."""
        return tuple(part is not None and part.is_open for part in self.parts)

    @property
    def missing(self) -> tuple[Window, ...]:
        """The windows without an answer, newest first."""
        return tuple(window for window in reversed(self.windows) if window not in self.known)

    def answers(self, query: Query) -> bool:
        """True if its rows are the rows of this query, whatever the time range of the query."""
        return replace(query, time_range=self.query.time_range) == self.query

    # Parts

    def joined(self, window: Window, snapshot: Snapshot) -> "Timeline":
        """Return the timeline with the answer for one of its parts, in place of an earlier one."""
        part = Part(snapshot, window, self.rows)
        return self.with_part(part)

    def with_part(self, part: Part) -> "Timeline":
        """Return the timeline with a part that was made for the same rows."""
        failed = {window: why for window, why in self.failed.items() if window != part.window}
        return replace(self, known={**self.known, part.window: part}, failed=failed)

    def without(self, window: Window, why: str) -> "Timeline":
        """Return the timeline with the failure of one of its parts; an earlier answer stays."""
        return replace(self, failed={**self.failed, window: why})

    def moved(self, windows: Sequence[Window]) -> "Timeline":
        """Return the timeline of other windows of the same question, with the parts that both have."""
        kept = {window: part for window in windows if (part := self.known.get(window)) is not None}
        failed = {window: why for window, why in self.failed.items() if window in windows}
        return replace(self, windows=tuple(windows), known=kept, failed=failed)

    # Rows

    def counters(self, connection_id: str) -> tuple[Counters | None, ...]:
        """Return the raw counters of a row in each part; None where nothing is known of it."""
        number = self.rows.numbers.get(connection_id)
        if number is None and self.rows.full:
            return (None,) * len(self.windows)
        return tuple(None if part is None else part.counters(number) for part in self.parts)

    def series(self, connection_id: str, metric: Metric) -> Series:
        """Return one metric of a row over time; a round-trip time that was not measured is None."""
        numbers = [
            None if counters is None or part is None else metric.value(counters, part.seconds)
            for counters, part in zip(self.counters(connection_id), self.parts, strict=True)
        ]
        return Series(tuple(metric.measured(numbers)), self.states)

    def total_series(self, connection_ids: Iterable[str] | None, metric: Metric) -> Series:
        """Return one metric of these rows together over time; None for all rows of each part.

        Counts are added, round-trip times weighted, shares computed from the sums. Rows that a cut part lacks are not
        in its number. All rows are quick; for thousands of others call it in a thread.
        """
        numbers = None
        if connection_ids is not None:
            known, unknown = self.rows.numbers, len(self.rows)
            # A row without a number is in no part; in a cut one it may have been left out.
            numbers = [known.get(one, unknown) for one in connection_ids]
        totals = [None if part is None else part.total(numbers, metric) for part in self.parts]
        return Series(tuple(metric.measured(totals)), self.states)

    def together(self, connection_id: str) -> Counters | None:
        """Return the counters of a row over all known parts; None if nothing is known of it."""
        known = [counters for counters in self.counters(connection_id) if counters is not None]
        return together(self.endpoint, known) if known else None

    # Onsets

    def onset(self, connection_id: str) -> Onset | None:
        """Return when a row turned bad, and if that is over; None if nothing can be claimed (`onset.py`)."""
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
        """True if `onsets` was computed already, so that it takes no time."""
        return "_onsets" in self.__dict__

    @cached_property
    def _single_onsets(self) -> dict[int, Onset | None]:
        return {}

    @cached_property
    def onsets(self) -> Mapping[str, Onset]:
        """Return the onset of each row that has one, by its id."""
        ids = list(self.rows.numbers)
        return {ids[number]: onset for number, onset in self._onsets.items()}

    @cached_property
    def _onsets(self) -> Mapping[int, Onset]:
        return onsets_of(self.parts, self.windows)


def empty_timeline(query: Query, windows: Sequence[Window], rows: Rows | None = None) -> Timeline:
    """Return the timeline of a question before any part is known.

    Args:
        query: The question.
        windows: The parts, oldest first.
        rows: The rows of other timelines of this question, to share parts with them.
    """
    return Timeline(query, tuple(windows), Rows() if rows is None else rows)
