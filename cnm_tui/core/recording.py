"""Define a recording, which contains API answers together with their queries and times. The module finds the recorded
answer to a query at a point in time."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from operator import attrgetter
from typing import Any, Final, NamedTuple, Protocol

from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.endpoints.known import all_endpoints
from cnm_tui.core.errors import InvalidQuery, NotRecorded
from cnm_tui.core.query import Query, parsed_tags
from cnm_tui.core.service import INSIGHTS_PATH, parameters
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.time.coverage import Coverage
from cnm_tui.core.time.time_range import Ago, Fixed, Snap, TimeRange, Window, parsed_time_range
from cnm_tui.core.units import plural

ANSWERED: Final = 200
_LONGEST_SHOWN: Final = 200
_FIXED: Final = " to "
"""Stands in the text of a time range that does not end now."""


class Recorded(NamedTuple):
    """The description of one recorded API answer: its query, time window and times. The rows are not included."""

    id: int
    endpoint: str
    """Path of the endpoint."""
    parameters: str
    """The parameters of the request without the window, as a JSON object."""
    time_range: str
    """The time range as it was asked: `15m`, `now-2h to now-1h`, with the rounding behind a blank."""
    window: Window
    asked_at: float
    answered_at: float
    label: str
    """The name of the service that was asked."""
    status: int

    @property
    def is_answer(self) -> bool:
        """True if the API answered the query. False if the API refused the query."""
        return self.status == ANSWERED

    @property
    def moment(self) -> float:
        """Return the point in time at which a replay shows this answer, in seconds since 1970. This is usually the time
        of the response. For a fixed time window it is the end of the window, because the answer may have been
        requested much later."""
        return self.window.end if _FIXED in self.time_range else self.answered_at

    def is_like(self, other: "Recorded") -> bool:
        """True if this answer has a fixed time window, and the other answer's time window has the same length.
        Recordings on a schedule consist of such answers."""
        return self.window.seconds == other.window.seconds and _FIXED in self.time_range

    @property
    def replayed_query(self) -> Query:
        """Return the recorded query for a replay. Its time range ends at the current time of the replay, and has the
        same length as in the recording.

        Raises:
            InvalidQuery: The recording does not contain a query of a known API endpoint.
        """
        query = self.query
        if query.time_range.live:
            return query
        return replace(query, time_range=TimeRange(Ago(self.window.seconds), snap=Snap.OFF))

    @property
    def query(self) -> Query:
        """Return the recorded query with its original time range.

        Raises:
            InvalidQuery: The recording does not contain a query of a known API endpoint.
        """
        asked = _parameters_of(self.parameters)
        return Query(
            parsed_tags(asked.get("group_by", "")),
            asked.get("query", ""),
            parsed_tags(asked.get("tags", "")),
            self._time_range(),
            _whole(asked.get("limit", "")),
            endpoint_at(self.endpoint),
        )

    def _time_range(self) -> TimeRange:
        text, _, snap = self.time_range.rpartition(" ")
        try:
            return replace(parsed_time_range(text), snap=Snap(snap))
        except (InvalidQuery, ValueError):
            return fixed_range(self.window)

    @property
    def sentence(self) -> str:
        """Return a description of the recorded query in words, as one line of text."""
        return question_text(self.endpoint, _parameters_of(self.parameters))


def endpoint_at(path: str) -> Endpoint:
    """Return the API endpoint with this URL path.

    Raises:
        InvalidQuery: There is no such API endpoint.
    """
    for found in all_endpoints(CONNECTIONS):
        if found.path == path:
            return found
    raise InvalidQuery(f"There is no endpoint {clean(path, 100)!r}.", hint="A newer cnm-tui may know it.")


def asked_window(query: Query, moment: float) -> Window:
    """Return the time window that a query requests if it is sent at the given point in time. A fixed time window is
    returned unchanged, even if it ends later.

    Raises:
        InvalidQuery: The time range of the query gives no valid time window at this point in time.
    """
    start, end = query.time_range.start, query.time_range.end
    if isinstance(start, Fixed) and isinstance(end, Fixed):
        return query.time_range.window(max(moment, end.epoch_seconds))
    return query.time_range.window(moment)


def fixed_range(window: Window) -> TimeRange:
    """Return a fixed time range that covers exactly this time window."""
    return TimeRange(Fixed(window.start), Fixed(window.end), Snap.OFF)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidQuery("A recorded limit is not a number.")
    return int(text)


def _parameters_of(text: str) -> Mapping[str, str]:
    """Return the query parameters that a JSON object contains.

    Raises:
        InvalidQuery: The text is not a JSON object, or a parameter is not a string.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise InvalidQuery("A recorded question cannot be read.", hint="The file may be damaged.")
    return found


def parameters_text(query: Query) -> str:
    """Return the request parameters of a query as a JSON object with sorted names, without the time window."""
    asked = {name: value for name, value in parameters(query, Window(0, 1)) if name not in ("from", "to")}
    return json.dumps(asked, sort_keys=True, ensure_ascii=False)


def time_range_text(query: Query) -> str:
    """Return the time range of a query in the text format that recording files use."""
    return f"{query.time_range.written} {query.time_range.snap.value}"


def query_sentence(query: Query) -> str:
    """Return a description of a query in words, as one line of text."""
    return question_text(query.endpoint.path, _parameters_of(parameters_text(query)))


def question_text(path: str, asked: Mapping[str, str]) -> str:
    """Return a description of a recorded query in words, as one line of text that is safe to display.

    Args:
        path: The URL path of the API endpoint.
        asked: The texts of the request parameters by parameter name.
    """
    grouped = asked.get("group_by", "").replace(",", ", ") or "nothing"
    parts = [f"grouped by {grouped}", *(f"{name} {asked[name]}" for name in ("query", "tags") if asked.get(name))]
    parts.append(f"limit {asked.get('limit', '?')}")
    # In front: what is too long for its line loses its end.
    label = next((one.label for one in all_endpoints(CONNECTIONS) if one.path == path), path)
    return clean((f"{label} " if label else "") + "; ".join(parts), _LONGEST_SHOWN)


def _grouped(recorded: Iterable[Recorded], key: Callable[[Recorded], Any]) -> Mapping[Any, Sequence[Recorded]]:
    """Return answers by a key, in the order in which they came."""
    found: dict[Any, list[Recorded]] = {}
    for one in recorded:
        found.setdefault(key(one), []).append(one)
    return found


class Answers:
    """The recorded answers, oldest first, with methods that find the answer to a query."""

    def __init__(self, recorded: Iterable[Recorded]) -> None:
        in_order = sorted(recorded, key=attrgetter("moment", "id"))
        self.all: Sequence[Recorded] = [one for one in in_order if one.endpoint != INSIGHTS_PATH]
        """The answers with rows, and refusals of them."""
        self.insights: Sequence[Recorded] = [one for one in in_order if one.endpoint == INSIGHTS_PATH]
        """The network health insights, and refusals of them."""
        self._indexes: dict[tuple[str, str, str], Mapping[Any, Sequence[Recorded]]] = {}

    def __len__(self) -> int:
        return len(self.all)

    @cached_property
    def _by_question(self) -> Mapping[tuple[str, str], Sequence[Recorded]]:
        return _grouped(filter(attrgetter("is_answer"), self.all), attrgetter("endpoint", "parameters"))

    def _by(self, name: str, query: Query) -> Mapping[Any, Sequence[Recorded]]:
        """Return the answers to a question by one of their values; each step of a replay reads them several times."""
        key = query.endpoint.path, parameters_text(query), name
        if (found := self._indexes.get(key)) is None:
            found = self._indexes[key] = _grouped(self._by_question.get(key[:2], ()), attrgetter(name))
        return found

    @property
    def refused(self) -> int:
        """Return the number of recorded responses in which the API refused the query."""
        return sum(not one.is_answer for one in self.all)

    @property
    def questions(self) -> Sequence[Recorded]:
        """Return the first recorded answer to each different query. Queries that differ only in their time window count
        as the same query."""
        return [answers[0] for answers in self._by_question.values()]

    @cached_property
    def first(self) -> Recorded:
        """Return the answer that a replay shows first. This is the earliest answer. In a recording on a schedule, it is
        the answer with the earliest time window.

        Raises:
            NotRecorded: The recording contains no answer.
        """
        answers = filter(attrgetter("is_answer"), self.all)
        first = min(answers, key=attrgetter("answered_at", "id"), default=None) or self._none()
        if _FIXED not in first.time_range:
            return first
        return next(one for one in self._by_question[first.endpoint, first.parameters] if one.is_like(first))

    @cached_property
    def last(self) -> Recorded:
        """Return the answer that a replay shows last, which is the latest answer.

        Raises:
            NotRecorded: The recording contains no answer.
        """
        return next(filter(attrgetter("is_answer"), reversed(self.all)), None) or self._none()

    def _none(self) -> Recorded:
        refused = f"; {plural(self.refused, 'refusal')} of the service only" if self.refused else ""
        raise NotRecorded(f"The recording holds no answer{refused}.", hint="Record one with --record FILE.")

    def to(self, query: Query, moment: float) -> Sequence[Recorded]:
        """Return all recorded answers that fit a query sent at this point in time, oldest first. For a query whose time
        range ends now, these are the answers with the same time range. If there are none, these are the answers
        whose time windows have the same length. For a fixed time range, these are the answers with the same time
        window."""
        moves = query.time_range.live
        written = self._by("time_range", query).get(time_range_text(query), ())
        if moves and written:
            return written
        try:
            window = asked_window(query, moment)
        except InvalidQuery:
            return ()
        if moves:
            return self._by("window.seconds", query).get(window.seconds, ())
        of_window = self._by("window", query).get(window, ())
        others = [one for one in written if one.window != window]
        return sorted((*of_window, *others), key=attrgetter("moment", "id")) if others else of_window

    def at(self, query: Query, moment: float) -> Recorded:
        """Return the latest recorded answer to a query that is not later than the given point in time. If all answers
        are later, return the first answer.

        Raises:
            NotRecorded: The recording contains no answer to the query.
        """
        found = self.to(query, moment)
        if not found:
            raise not_recorded(query, moment, self)
        return found[max(0, bisect_right(found, moment, key=attrgetter("moment")) - 1)]

    def same_question(self, query: Query) -> Sequence[Recorded]:
        """Return all recorded answers to this query for any time window, oldest first."""
        return self._by_question.get((query.endpoint.path, parameters_text(query)), ())

    def at_or_last(self, moment: float) -> Recorded:
        """Return the latest recorded answer to any query that is not later than the given point in time. If all answers
        are later, return the first answer.

        Raises:
            NotRecorded: The recording contains no answer.
        """
        until = [one for one in self.all if one.is_answer and one.moment <= moment]
        return until[-1] if until else self.first

    def parts(self, query: Query, window: Window, label: str = "") -> Sequence[Recorded]:
        """Return recorded answers whose time windows follow each other without a gap and together make the given time
        window. Return an empty sequence if answers for some of the time are missing.

        Args:
            query: The query of all these answers.
            window: The time window that the answers make together.
            label: The name of the Datadog site or server that answered. An empty string accepts any of them.
        """
        return self.coverage(query, label).parts(window)

    def coverage(self, query: Query, label: str = "") -> Coverage[Recorded]:
        """Return the time windows for which answers to a query are recorded.

        Args:
            query: The query.
            label: The name of the Datadog site or server that answered. An empty string accepts any of them.
        """
        return Coverage((one.window, one) for one in self.same_question(query) if not label or one.label == label)

    def beside(self, query: Query, moment: float, steps: int) -> Recorded | None:
        """Return the answer to a query that is `steps` answers after a point in time, or before it if `steps` is
        negative. Return None if there is no such answer."""
        found = self.to(query, moment)
        if steps > 0:
            position = bisect_right(found, moment, key=attrgetter("moment")) + steps - 1
        else:
            position = bisect_left(found, moment, key=attrgetter("moment")) + steps
        return found[position] if 0 <= position < len(found) else None

    def place(self, query: Query, moment: float) -> tuple[int, int]:
        """Return a pair of numbers for a display such as "answer 3 of 10". The first number counts the answers to a
        query up to this point in time. The second number counts all answers to the query."""
        found = self.to(query, moment)
        return bisect_right(found, moment, key=attrgetter("moment")), len(found)


class History(Protocol):
    """The interface of a store that keeps answers longer than Datadog keeps its data."""

    def coverage(self, query: Query) -> Coverage[Recorded]:
        """Return the time windows for which answers to a query are stored. The method blocks because
        it reads a file."""

    def covers(self, query: Query, window: Window) -> bool:
        """True if stored answers to a query cover the whole time window. Several answers may cover it together. The
        method blocks."""

    def answer(self, query: Query) -> Snapshot:
        """Return the stored answer to a query with a fixed time window. The method blocks.

        Raises:
            CnmError: There is no such answer, or the answer cannot be read.
        """


class Replayed(Protocol):
    """The interface of a recording that cnm-tui replays on the screen."""

    moment: float
    """The time of the replay, in epoch seconds."""

    @property
    def answers(self) -> Answers:
        """Return the recorded answers."""

    def snapshot(self, query: Query, recorded: Recorded) -> Snapshot:
        """Return a recorded answer exactly as the API sent it. The method blocks.

        Raises:
            CnmError: The answer cannot be read.
        """


def not_recorded(query: Query, moment: float, answers: Answers) -> NotRecorded:
    """Return the error for a query that has no recorded answer. The hint of the error describes similar answers that
    are recorded."""
    asked = question_text(query.endpoint.path, _parameters_of(parameters_text(query)))
    try:
        window = f"window {asked_window(query, moment)}"
    except InvalidQuery:
        window = f"window {query.time_range.written}"
    same = [one for one in answers.all if one.is_answer and one.parameters == parameters_text(query)]
    if same:
        lengths = sorted({one.window.seconds for one in same})
        hint = f"Recorded are {plural(len(same), 'other window')} of this question, of {lengths_text(lengths)}."
    else:
        hint = f"Recorded are answers to {plural(len(answers.questions), 'other question')}."
    message = f"The recording holds no answer to this question: {asked}; {window}."
    return NotRecorded(message, question=asked, hint=hint)


def lengths_text(lengths: Sequence[int]) -> str:
    """Return the lengths of time windows as a list in words, in seconds, for example `300 s, 900 s`."""
    shown = [f"{seconds:,} s" for seconds in lengths[:3]]
    return ", ".join(shown) + (" and others" if len(lengths) > 3 else "")
