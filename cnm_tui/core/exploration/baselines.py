"""List the possible baselines of a response: earlier time windows and recent responses.

The earlier windows are the window directly before, the same time yesterday and the same time a week ago.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from cnm_tui.core.compare.comparison import comparable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.recording import Recorded
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import (
    BUCKET_SECONDS,
    RETENTION_SECONDS,
    Fixed,
    Snap,
    TimeRange,
    Window,
    border_before,
    time_of_day,
)
from cnm_tui.core.units import plural

_WEEK: Final = 7 * 86_400
_MOST_WEEKS: Final = 60
_MOST_RECORDED: Final = 200
_AGO: Final = (("same time yesterday", 86_400), ("same time a week ago", 7 * 86_400))


class Candidate(NamedTuple):
    """A possible baseline: a response or a time window that the displayed response can be compared with."""

    name: str
    window: Window
    answer: Snapshot | None
    """The answer, if it is in memory; None if it takes a request."""
    is_kept: bool = False
    """True if a file has the answer, so that it takes no request."""


def candidates(exploration: Exploration, now: float) -> tuple[Candidate, ...]:
    """Return the possible baselines: first earlier time windows, then recent responses, the latest first.

    Windows that begin before the time for which the API keeps data are left out.
    """
    shown = exploration.snapshot
    if shown is None:
        return ()
    recent_answers = _answers(exploration, shown)
    windows = [
        Candidate(
            name, window, next((answer for answer in recent_answers if _answers_for(answer, shown, window)), None)
        )
        for name, window in _windows(shown.window)
        if window.start >= int(now) - RETENTION_SECONDS
    ]
    listed = [candidate.answer for candidate in windows]
    answers = [
        Candidate(f"answer of {time_of_day(int(answer.fetched_at))}", answer.window, answer)
        for answer in recent_answers
        if answer not in listed
    ]
    return (*windows, *answers)


def kept_candidates(shown: Snapshot, covers: Callable[[Query, Window], bool]) -> tuple[Candidate, ...]:
    """Return the same time window in earlier weeks. A week is left out if no file contains its response.

    The function `covers` takes a query and a window. It returns True if a file contains the response.
    """
    end = border_before(shown.window.end)
    seconds = max(1, round(shown.window.seconds / BUCKET_SECONDS)) * BUCKET_SECONDS
    windows = ((weeks, Window(end - seconds - weeks * _WEEK, end - weeks * _WEEK)) for weeks in range(1, _MOST_WEEKS))
    return tuple(
        Candidate(f"same weekday, {plural(weeks, 'week')} ago", window, None, is_kept=True)
        for weeks, window in windows
        if covers(shown.query, window)
    )


def recorded_candidates(shown: Snapshot, answers: Sequence[Recorded]) -> tuple[Candidate, ...]:
    """Return the other recorded responses to the same query, the latest first."""
    return tuple(
        Candidate(f"answer of {time_of_day(int(one.moment))}", one.window, None, is_kept=True)
        for one in reversed(answers)
        if one.window != shown.window
    )[:_MOST_RECORDED]


def query_for(query: Query, window: Window) -> Query:
    """Return the same query with this time window as its time range, exact to the second."""
    return replace(query, time_range=TimeRange(Fixed(window.start), Fixed(window.end), Snap.OFF))


def _windows(window: Window) -> Iterator[tuple[str, Window]]:
    """Yield earlier time windows that do not overlap the current window. Each item is a name and a window.

    The windows begin and end on the boundaries of the API's 5-minute buckets.
    """
    seconds = max(1, round(window.seconds / BUCKET_SECONDS)) * BUCKET_SECONDS
    for name, ago in (("previous window", window.seconds), *_AGO):
        end = border_before(window.end - ago)
        # A window longer than a day would overlap the one a day before.
        if end <= window.start:
            yield name, Window(end - seconds, end)


def _answers(exploration: Exploration, shown: Snapshot) -> list[Snapshot]:
    """Return the comparable responses in memory and in the history, the latest first.

    The displayed response itself is left out.
    """
    kept = exploration.recent_answers.answers if exploration.recent_answers is not None else ()
    compared_with = [] if exploration.baseline is None else [exploration.baseline]
    left = [entry.table.snapshot.answer for entry in exploration.history.entries]
    found = {
        (answer.fetched_at, answer.window): answer
        for answer in (*kept, *compared_with, *left)
        if comparable(answer.query, shown.query)
    }
    found.pop((shown.fetched_at, shown.window), None)
    return sorted(found.values(), key=lambda answer: answer.fetched_at, reverse=True)


def _answers_for(answer: Snapshot, shown: Snapshot, window: Window) -> bool:
    return answer.window == window and answer.query.limit == shown.query.limit
