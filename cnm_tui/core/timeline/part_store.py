"""Keep the closed parts of a sitting, so that none is asked twice."""

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
    """The parts of one question, the one used last at the end."""

    rows: Rows = field(default_factory=Rows)
    parts: dict[Window, Part] = field(default_factory=dict)
    latest: Timeline | None = None


class PartStore:
    """Closed parts by question and window, within a bound; the parts used last stay longest."""

    def __init__(self) -> None:
        self._questions: dict[Query, _Question] = {}

    @property
    def has_any(self) -> bool:
        """True once a timeline was made."""
        return bool(self._questions)

    def timeline(self, query: Query, windows: Sequence[Window]) -> Timeline:
        """Return the timeline of these windows, with the parts that are kept."""
        question = self._used(query)
        known = {window: question.parts[window] for window in windows if window in question.parts}
        return self.keep(Timeline(query, tuple(windows), question.rows, known))

    def missing(self, query: Query, windows: Sequence[Window]) -> Sequence[Window]:
        """Return the windows whose parts are not kept."""
        question = self._questions.get(_without_time(query))
        return [window for window in windows if question is None or window not in question.parts]

    def keep(self, timeline: Timeline) -> Timeline:
        """Keep the closed parts of a timeline that was made here, and return it."""
        question = self._used(timeline.query)
        question.latest = timeline
        for window, part in timeline.known.items():
            question.parts.pop(window, None)
            if not part.is_open:
                question.parts[window] = part
        self._drop_beyond_bound()
        return timeline

    def latest(self, query: Query) -> Timeline | None:
        """Return the last timeline of this question; None if there is none."""
        question = self._questions.get(_without_time(query))
        return None if question is None else question.latest

    def end(self, query: Query) -> None:
        """Forget the last timeline of this question; its parts stay."""
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
