"""Define a store that keeps the complete parts of timelines while cnm-tui runs, so that no part is requested
twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from cnm_tui.core.query import DEFAULT_TIME_RANGE, MOST_ROWS, Query
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.parts import Part, Rows
from cnm_tui.core.timeline.plan import MOST_PARTS
from cnm_tui.core.timeline.timeline import Timeline

MOST_ROWS_HELD: Final = MOST_PARTS * MOST_ROWS
"""Maximum number of rows in all parts: one timeline of the largest size, 100 MB; older parts beyond it are dropped."""


@dataclass
class _Question:
    """The stored timeline parts of one query. The part that was used most recently is the last."""

    rows: Rows = field(default_factory=Rows)
    parts: dict[Window, Part] = field(default_factory=dict)
    latest: Timeline | None = None


class PartStore:
    """A store for complete timeline parts, by query and time window. Its size is limited.

    When the store is full, the parts that were not used for the longest time are removed.
    """

    def __init__(self) -> None:
        self._questions: dict[Query, _Question] = {}

    @property
    def has_any(self) -> bool:
        """True if a timeline was created earlier in this run of cnm-tui."""
        return bool(self._questions)

    def timeline(self, query: Query, windows: Sequence[Window]) -> Timeline:
        """Return a timeline of these time windows. It contains the parts that are stored, and gaps for the others."""
        question = self._used(query)
        known = {window: question.parts[window] for window in windows if window in question.parts}
        return self.keep(Timeline(query, tuple(windows), question.rows, known))

    def missing(self, query: Query, windows: Sequence[Window]) -> Sequence[Window]:
        """Return the time windows whose parts are not stored."""
        question = self._questions.get(_without_time(query))
        return [window for window in windows if question is None or window not in question.parts]

    def keep(self, timeline: Timeline) -> Timeline:
        """Store the complete parts of a timeline, and return the timeline. The timeline must come from this store."""
        question = self._used(timeline.query)
        question.latest = timeline
        for window, part in timeline.known.items():
            question.parts.pop(window, None)
            if not part.is_open:
                question.parts[window] = part
        self._drop_beyond_bound()
        return timeline

    def latest(self, query: Query) -> Timeline | None:
        """Return the most recent timeline of this query. Return None if there is none."""
        question = self._questions.get(_without_time(query))
        return None if question is None else question.latest

    def end(self, query: Query) -> None:
        """Delete the most recent timeline of this query. Its parts stay in the store."""
        if (question := self._questions.get(_without_time(query))) is not None:
            question.latest = None

    def _used(self, query: Query) -> _Question:
        key = _without_time(query)
        question = self._questions.pop(key) if key in self._questions else _Question()
        self._questions[key] = question
        return question

    def _drop_beyond_bound(self) -> None:
        held = sum(part.length for question in self._questions.values() for part in question.parts.values())
        while held > MOST_ROWS_HELD:
            oldest, question = next(iter(self._questions.items()))
            if len(self._questions) > 1:
                held -= sum(part.length for part in question.parts.values())
                del self._questions[oldest]
            elif question.parts:
                held -= question.parts.pop(next(iter(question.parts))).length
            else:
                break


def _without_time(query: Query) -> Query:
    return replace(query, time_range=DEFAULT_TIME_RANGE)
