"""Answer queries from a recording, without API keys and without a network."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec

from cnm_tui.api.row_decoder import RowDecoder
from cnm_tui.core.errors import CnmError, InvalidQuery, NotRecorded, ReplyNotJson
from cnm_tui.core.insights.insight import Insights, insights_in
from cnm_tui.core.query import Query
from cnm_tui.core.recording import Answers, Recorded, asked_window, lengths_text, not_recorded
from cnm_tui.core.service import SITES, Address, Budget, site_url
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.coverage import Coverage
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.timeline import empty_timeline
from cnm_tui.core.timeline.whole import whole_of
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.recording import Recording
from cnm_tui.store.redaction import Redaction

_DEMO: Final = "DEMO"
_FRESH_SECONDS: Final = 60.0


class ReplaySource:
    """A data source that answers queries from a recording. Its attribute `moment` is the current time of the
    replay.
    """

    def __init__(self, path: Path, *, keeps_json: bool = True) -> None:
        """Open the recording.

        Raises:
            StoreFailed: The recording cannot be read.
            NotRecorded: The recording contains no answer.
        """
        self.recording = Recording(path)
        self.moment = self.answers.first.moment
        """The time of the replay, in epoch seconds."""
        self._keeps_json = keeps_json

    @property
    def answers(self) -> Answers:
        """Return descriptions of all answers in the recording."""
        return self.recording.answers

    @property
    def label(self) -> str:
        """Return the name of the Datadog site or server that was recorded."""
        return self.answers.first.label

    @property
    def site(self) -> str | None:
        """Return the Datadog site that was recorded. Return None if the recording is from another server."""
        return next((site for site in SITES if self.label in (site,) or self.label.endswith(f" ({site})")), None)

    @property
    def address(self) -> Address:
        """Return the URL of the Datadog site or server that was recorded."""
        url = site_url(self.site) if self.site is not None else f"https://{self.label}"
        is_demo = self.label == _DEMO
        return Address(url, "nothing" if is_demo else "keys", is_demo)

    @property
    def budget(self) -> Budget:
        """Return an empty rate limit, because a replay sends no requests."""
        return Budget()

    def holds_key(self, text: str) -> bool:
        """Return False, because a replay uses no API keys."""
        return False

    async def fetch(self, query: Query) -> Snapshot:
        """Return the recorded answer to a query.

        Raises:
            NotRecorded: The recording contains no answer to this query.
            CnmError: The recording cannot be read.
        """
        return await in_daemon_thread(partial(self.answer, query))

    def answer(self, query: Query) -> Snapshot:
        """Return the recorded answer to a query. This method blocks while it reads the file.

        Raises:
            NotRecorded: The recording contains no answer to this query.
            CnmError: The recording cannot be read.
        """
        try:
            recorded = self.answers.at(query, self.moment)
        except NotRecorded:
            if (joined := self._joined(query)) is None:
                raise
            return joined
        return self.snapshot(query, recorded)

    def covers(self, query: Query, window: Window) -> bool:
        """True if the recording contains data for this whole time window of a query, in one answer or in several."""
        return bool(self.answers.parts(query, window))

    def _joined(self, query: Query) -> Snapshot | None:
        """Combine recorded answers whose time windows together make the query's time window into one answer, and return
        it.

        Return None if answers for some of the time are missing.
        """
        try:
            window = asked_window(query, self.moment)
        except InvalidQuery:
            return None
        parts = self.answers.parts(query, window)
        return self.joined(query, parts) if parts else None

    def joined(self, query: Query, parts: Sequence[Recorded]) -> Snapshot:
        """Combine these recorded answers to the query into one answer, and return it.

        Raises:
            CnmError: A recorded answer cannot be read.
        """
        if len(parts) == 1:
            return self.snapshot(query, parts[0])
        timeline = empty_timeline(query, [part.window for part in parts])
        for part in parts:
            timeline = timeline.joined(part.window, self.snapshot(query, part))
        whole = whole_of(timeline, parts[-1].answered_at)
        together = f"Put together from {plural(len(parts), 'part')}."
        return replace(whole, query=query, warning=" ".join(filter(None, (together, whole.warning))))

    def snapshot(self, query: Query, recorded: Recorded) -> Snapshot:
        """Return a recorded answer with all its rows, exactly as the API sent it.

        Raises:
            CnmError: The recorded answer cannot be read.
        """
        body = self.recording.body(recorded.id)
        decoder = RowDecoder.of(query, recorded.label, whole=lambda: body, keeps_json=self._keeps_json)
        for piece in _pieces(body):
            decoder.feed(piece)
        rows = decoder.rows()
        return Snapshot(
            query,
            recorded.window,
            recorded.answered_at,
            rows.connections,
            rows.unreadable,
            rows_of_reply=rows.rows_of_reply,
            warning=" ".join(filter(None, (query.time_range.warning(recorded.asked_at), rows.odd_sentence))),
        )

    async def insights(self, window: Window) -> Insights:
        """Return recorded network health insights whose time window has the same length as `window`.

        If there are several, those recorded nearest to the current time of the replay are returned.

        Raises:
            NotRecorded: The recording contains no such insights.
            CnmError: The recording cannot be read.
        """
        return await in_daemon_thread(partial(recorded_insights, self.recording, self.moment, window.seconds))

    async def aclose(self) -> None:
        """Close the recording file."""
        self.recording.close()


def recorded_insights(recording: Recording, moment: float, seconds: int | None = None) -> Insights:
    """Return the network health insights that were recorded nearest to a point in time. This function blocks.

    Args:
        recording: The recording.
        moment: The point in time in seconds since 1970.
        seconds: The length of the insights' time window in seconds. None for any length.

    Raises:
        NotRecorded: The recording contains no such insights.
        CnmError: The recording cannot be read.
    """
    known = [one for one in recording.answers.insights if one.is_answer]
    same = [one for one in known if seconds is None or one.window.seconds == seconds]
    if not known:
        raise NotRecorded(
            "The recording holds no network health insights.", hint="They are kept when they are asked for."
        )
    if not same:
        raise NotRecorded(
            f"The recording holds no network health insights of {seconds:,} s.",
            hint=f"Recorded are windows of {lengths_text(sorted({one.window.seconds for one in known}))}.",
        )
    recorded = min(same, key=lambda one: abs(one.answered_at - moment))
    try:
        document = msgspec.json.decode(recording.body(recorded.id))
    except (ValueError, RecursionError):
        document = None
    if (found := insights_in(document, recorded.window)) is None:
        raise ReplyNotJson("The recorded insights are not a whole list.")
    return found


def _pieces(body: bytes) -> Iterator[bytes]:
    step = 128 * 1024
    return (body[start : start + step] for start in range(0, len(body), step))


class KeptHistory:
    """The answers in a recording, used as a history file while cnm-tui queries Datadog itself.

    If names are replaced by aliases, both the queries and the answers have aliases.
    """

    def __init__(
        self, path: Path, label: Callable[[], str], redaction: Callable[[], Redaction | None] = lambda: None
    ) -> None:
        """Open the recording.

        Args:
            path: The file of the recording.
            label: A function that returns the name of the current Datadog site or server. Only its answers are used,
                because answers of others cannot be compared.
            redaction: A function that returns the object that replaces names by aliases, or None.

        Raises:
            StoreFailed: The recording cannot be read.
            NotRecorded: The recording contains no answer.
        """
        self._path = path
        self._label = label
        self._redaction = redaction
        with self._named():
            self._source = ReplaySource(path, keeps_json=False)
        self._read_at = monotonic()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Put aliases into errors about the file, with redaction."""
        try:
            yield
        except CnmError as problem:
            if (redaction := self._redaction()) is not None:
                problem.args = (redaction.about_file(str(problem), self._path, ""),)
            raise

    def _asked(self, query: Query) -> Query:
        if monotonic() - self._read_at > _FRESH_SECONDS:
            # Another program may add answers.
            self._read_at = monotonic()
            with self._named():
                self._source.recording.refresh()
        redaction = self._redaction()
        return query if redaction is None else redaction.redacting.asked_query(query)

    def coverage(self, query: Query) -> Coverage[Recorded]:
        """Return the time windows for which the recording contains answers to a query."""
        return self._source.answers.coverage(self._asked(query), self._label())

    def covers(self, query: Query, window: Window) -> bool:
        """True if the recording contains data for this whole time window of a query, in one answer or in several."""
        return self.coverage(query).covers(window)

    def answer(self, query: Query) -> Snapshot:
        """Return the recorded answer to a query that has a fixed time window.

        Raises:
            CnmError: The recording contains no answer to this query, or it cannot be read.
        """
        asked, moment = self._asked(query), self._source.moment
        parts = self._source.answers.parts(asked, asked_window(asked, moment), self._label())
        if not parts:
            # With aliases: the error names the question.
            raise not_recorded(query, moment, self._source.answers)
        with self._named():
            answer = self._source.joined(asked, parts)
        redaction = self._redaction()
        return answer if redaction is None else redaction.redacting.snapshot(answer, query)
