"""Combine the parts of a timeline into one snapshot for the whole time span."""

from dataclasses import dataclass, replace
from typing import Final

from cnm_tui.core.connections import NO_REPLY, Connections
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.metric import Counters, Metric, Number, Total
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Fixed, Snap, TimeRange
from cnm_tui.core.timeline.parts import together
from cnm_tui.core.timeline.timeline import Timeline

_NOT_ADDED: Final = "Absent: percentiles of several parts do not add up."


@dataclass(frozen=True, eq=False)
class WholeSnapshot(Snapshot):
    """A snapshot that combines the rows of all timeline parts. Counts are summed, means are weighted, gaps are
    ignored.
    """

    is_cut: bool = False
    """True if a part is cut, so that rows, or counts of rows, may be missing."""

    def absence_sentence(self, metric: Metric) -> str:
        """Return why a row does not have this metric."""
        return _NOT_ADDED if metric.total is Total.NONE else super().absence_sentence(metric)

    @property
    def cut(self) -> bool:
        """True if the response for any part reached the row limit.

        Then rows may be missing, even if the snapshot has fewer rows than the limit.
        """
        return self.is_cut


def whole_of(timeline: Timeline, now: float) -> WholeSnapshot:
    """Return the rows of all known parts as one snapshot. With thousands of rows, the call takes about a second."""
    parts = [part for part in timeline.parts if part is not None]
    numbers = sorted({number for part in parts for number in part.numbers})
    rows, endpoint = timeline.rows, timeline.endpoint
    added = [
        together(endpoint, [counters for part in parts if (counters := part.counters(number)) is not None])
        for number in numbers
    ]
    positions = {number: position for position, number in enumerate(numbers)}
    connections = Connections(
        [rows.ids[number] for number in numbers],
        list(zip(*(rows.groups[number] for number in numbers), strict=True)),
        _columns(added),
        [NO_REPLY] * len(numbers),
        {positions[number]: exact for number, exact in rows.unclean.items() if number in positions},
    )
    span = TimeRange(Fixed(timeline.window.start), Fixed(timeline.window.end), Snap.OFF)
    return WholeSnapshot(
        replace(timeline.query, time_range=span),
        timeline.window,
        now,
        connections,
        warning=_without(endpoint) if len(parts) > 1 else "",
        is_cut=any(part.is_cut for part in parts),
    )


def _without(endpoint: Endpoint) -> str:
    """Return a sentence about the figures that rows of several parts do not have; empty if they have all."""
    labels = [metric.label for metric in endpoint.counted if metric.total is Total.NONE]
    return f"Rows of several parts have no {' and no '.join(labels)}: percentiles do not add up." if labels else ""


def _columns(rows: list[Counters]) -> list[list[Number | None]]:
    return [list(column) for column in zip(*rows, strict=True)]
