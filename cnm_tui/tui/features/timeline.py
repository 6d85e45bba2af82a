"""Create a timeline, which shows how each row changed over a longer time span.

The span is divided into parts, and the query is run for each part in the background.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    NotRecorded,
    QueryRefused,
    RateLimited,
)
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.metrics.extra import BEGAN
from cnm_tui.core.query import DEFAULT_TIME_RANGE, Query
from cnm_tui.core.recording import Recorded
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.coverage import Coverage
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.live import COST, due, reaches_now, seconds_to_next_bucket, windows_at
from cnm_tui.core.timeline.part_store import PartStore
from cnm_tui.core.timeline.plan import (
    USUAL_SECONDS_OF_REQUEST,
    Plan,
    cost_sentence,
    is_beyond_retention,
    parsed_span,
    parts_text,
    spans_since,
)
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.timeline.words import progress_remark, summary_sentence
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.timeline_dialog import OFF, TimelineDialog
from cnm_tui.tui.requests import Priority, Purpose, Timer
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

PARTS: Final = Purpose("parts of a timeline")
_REMARK: Final = "timeline"
_HOPELESS: Final = (CredentialsMalformed, CredentialsMissing, CredentialsRefused, InvalidQuery, QueryRefused)
"""Failures that each further part would meet as well."""
_MOST_FAILURES: Final = 3
"""Maximum number of consecutive failed parts; after that, the other parts are not requested."""
_GIVE_WAY_SECONDS: Final = 0.1


class TimelineFeature:
    """Requests the parts of a timeline one after the other, with the newest part first.

    A part of the time span that is over is requested only once during a run of the program.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._store = PartStore()
        self._from_file: set[tuple[Query, Window]] = set()
        """Questions and windows of parts that came from the history file."""
        self._seconds_of_request = USUAL_SECONDS_OF_REQUEST
        self._goes_on = True
        """True if the timeline is extended with each new bucket while the rows are live."""
        self._next_bucket: Timer | None = None
        session.changed.connect(self._on_changed)
        session.source_changed.connect(self._on_source_changed)

    # Choice

    def choose(self) -> None:
        """Open a dialog in which the user chooses the span of the timeline."""
        exploration = self._session.exploration
        if exploration.snapshot is None or exploration.answers_another_query:
            self._view.say("There are no rows to follow through time yet.")
            return
        self._with_coverage(self._offer)

    def _with_coverage(self, then: Callable[[Coverage[Recorded]], None]) -> None:
        """Call the function `then` with the times for which the recording or the history file contains responses.

        The history file is read in the background, because reading takes a moment.
        """
        services = self._view.services
        if services.replay is not None:
            then(services.replay.answers.coverage(self._session.as_asked(self._session.exploration.query)))
        elif services.history is None:
            then(Coverage())
        else:
            self._session.scheduler.start_work(partial(self._find_coverage, then))

    async def _find_coverage(self, then: Callable[[Coverage[Recorded]], None]) -> None:
        history, query = self._view.services.history, self._session.exploration.query
        assert history is not None
        try:
            coverage = await in_daemon_thread(lambda: history().coverage(query))
        except CnmError as problem:
            self._view.say(f"The history file is not used. {problem.sentence}")
            coverage = Coverage()
        then(coverage)

    def _offer(self, coverage: Coverage[Recorded]) -> None:
        exploration, now = self._session.exploration, self._session.now()
        query = exploration.query

        is_replay = self._view.services.replay is not None

        def is_kept(window: Window) -> bool:
            return coverage.covers(window) or self._is_recorded(query_for(query, window))

        def is_lost(window: Window) -> bool:
            return (is_replay or is_beyond_retention(window, now)) and not is_kept(window)

        def asked(plan: Plan) -> int:
            missing = self._store.missing(query, plan.windows)
            return sum(not is_lost(one) and not is_kept(one) for one in missing)

        def told(plan: Plan) -> str:
            kept, lost = sum(map(is_kept, plan.windows)), sum(map(is_lost, plan.windows))
            of_file = f"; {kept} in the {'recording' if is_replay else 'history file'}" if kept else ""
            nobody = f"; {lost} {'not recorded' if is_replay else 'too old and not in the file'}" if lost else ""
            requests = asked(plan)
            cost = "No request." if lost and not requests else self._cost(requests)
            return f"{parts_text(plan)}{of_file}{nobody}\n{cost}"

        def short(plan: Plan) -> str:
            if lost := sum(map(is_lost, plan.windows)):
                return f"{len(plan.windows) - lost} of {len(plan.windows)} known"
            return plural(number, "request") if (number := asked(plan)) else "at hand"

        dialog = TimelineDialog(
            lambda text: parsed_span(text, now, query.time_range, kept_since=coverage.since),
            short,
            told,
            is_on=exploration.timeline is not None,
            spans=spans_since(coverage.since, now),
        )
        self._view.ask(dialog, self._chosen)

    def _is_recorded(self, query: Query) -> bool:
        """True if the replayed recording contains a response to exactly this query, up to the current replay time."""
        replay = self._view.services.replay
        return replay is not None and bool(replay.answers.to(self._session.as_asked(query), replay.moment))

    def _cost(self, requests: int) -> str:
        return cost_sentence(requests, self._session.budget, self._session.now(), self._seconds_of_request)

    def begin(self, span: str) -> None:
        """Request the timeline of this span as soon as the first rows have arrived."""

        def on_answer(_before: Exploration, _answer: Snapshot) -> None:
            if not begun:
                begun.append(True)
                self._ask(span)

        begun: list[bool] = []
        self._session.answered.connect(on_answer)

    def _chosen(self, span: str | None) -> None:
        if span == OFF:
            self.end()
        elif span is not None:
            self._ask(span)

    def end(self) -> None:
        """Hide the timeline. The parts that are already loaded stay in memory."""
        self._session.requests.cancel(PARTS)
        self._store.end(self._session.exploration.query)
        self._session.update(lambda exploration: exploration.with_timeline(None))
        self._view.show_remark(_REMARK, "")
        self._view.say("The timeline is closed; its finished parts are kept.")

    # Requests

    def _ask(self, span: str) -> None:
        self._with_coverage(partial(self._ask_covered, span))

    def _ask_covered(self, span: str, coverage: Coverage[Recorded]) -> None:
        query = self._session.exploration.query
        try:
            plan = parsed_span(span, self._session.now(), query.time_range, kept_since=coverage.since)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        self.ask(self._store.timeline(query, plan.windows))

    def ask(self, timeline: Timeline) -> None:
        """Show this timeline, and request its missing parts in the background."""
        self._session.requests.cancel(PARTS)
        self._session.update(lambda exploration: exploration.with_timeline(timeline))
        self._plan_next_bucket(timeline)
        if not timeline.missing or self._session.may_ask_besides(self._view.key("timeline")):
            self._session.requests.run(PARTS, partial(self._fetch_parts, timeline, timeline.missing))

    async def _fetch_parts(self, timeline: Timeline, windows: Sequence[Window], *, by_hand: bool = True) -> None:
        failures = 0
        try:
            for window in windows:
                timeline, problem = await self._with_part(timeline, window)
                # What nobody has any more says nothing of the parts before it.
                failures = failures + 1 if problem is not None and not isinstance(problem, NotRecorded) else 0
                if isinstance(problem, _HOPELESS) or failures == _MOST_FAILURES:
                    break
            await self._find_onsets(timeline)
        except asyncio.CancelledError:
            # Another span may have replaced it, which then tells its own progress.
            if not self._session.requests.is_running(PARTS):
                self._tell_end(timeline)
                self._session.scheduler.start_work(partial(self._find_onsets, timeline))
            raise
        self._tell_end(timeline, by_hand=by_hand)

    async def _find_onsets(self, timeline: Timeline) -> None:
        """Find the time when each row became bad.

        The calculation runs in a thread, because it would block keyboard input for too long.
        """
        await asyncio.to_thread(lambda: timeline.onsets)
        # Rows sorted by their beginning may move.
        await self._session.apply_when_idle(partial(_with, timeline))

    def _tell_end(self, timeline: Timeline, *, by_hand: bool = True) -> None:
        self._view.show_remark(_REMARK, self._cost_remark(self._session.exploration))
        # After another question, its rows are not shown any more.
        if by_hand and self._session.exploration.timeline is timeline:
            kept = sum((_without_time(timeline), window) in self._from_file for window in timeline.known)
            said = summary_sentence(timeline, asks_again=self._view.key("timeline"), kept=kept)
            is_sorted = self._session.exploration.arrangement.deciding == BEGAN.key
            sorts = timeline.onsets_are_known and timeline.onsets and not is_sorted
            self._view.say(f"{said} {self._view.key('sort_began')} shows the last first." if sorts else said)

    async def _with_part(self, timeline: Timeline, window: Window) -> tuple[Timeline, CnmError | None]:
        """Request one part of the timeline, and return the timeline with this part. The second item is then None.

        If the request fails, return the timeline with the failure stored in this part, and the error as the second
        item.
        """
        problem: CnmError | None = None
        try:
            answer = await self._answer(timeline, window)
        except CnmError as failure:
            problem = failure
            timeline = timeline.without(window, failure.sentence)
        else:
            timeline = self._store.keep(await asyncio.to_thread(timeline.joined, window, answer))
        self._show(timeline)
        return timeline, problem

    async def _answer(self, timeline: Timeline, window: Window) -> Snapshot:
        """Return the response for one part of the timeline.

        If the history file contains the response, no request is sent. Otherwise wait until the rate limit permits
        another request, and until no request of the user is running.

        Raises:
            CnmError: The request failed, or the part is too old and is not in the history file.
        """
        query = query_for(timeline.query, window)
        if (kept := await self._kept(query, window)) is not None:
            self._from_file.add((_without_time(timeline), window))
            return kept
        if self._view.services.replay is None and is_beyond_retention(window, self._session.now()):
            raise NotRecorded("Parts older than 14 days are known only as far as the history file has them.")
        while True:
            while self._session.waits_by_hand:
                await self._session.scheduler.sleep(_GIVE_WAY_SECONDS)
            wait = self._session.requests.background_wait_seconds()
            waits_until = self._session.now() + wait if wait else None
            self._view.show_remark(_REMARK, progress_remark(timeline, waits_until))
            begun = self._session.now() + wait
            try:
                answer = await self._session.fetch_besides(PARTS, query, Priority.BACKGROUND)
            except RateLimited:
                # The next turn waits until the service wants requests again.
                continue
            self._seconds_of_request = max(0.05, self._session.now() - begun)
            return answer

    async def _kept(self, query: Query, window: Window) -> Snapshot | None:
        """Return the response that the history file contains for this query and time window, without a request.

        Return None if there is none, or if the file cannot be read.
        """
        if (history := self._view.services.history) is None:
            return None
        try:
            found = await in_daemon_thread(lambda: history().answer(query) if history().covers(query, window) else None)
        except CnmError:
            # The service is asked; `m` tells what is wrong with the file.
            return None
        return found

    def _show(self, timeline: Timeline) -> None:
        """Show this timeline, unless the user has chosen another timeline in the meantime."""
        self._session.update(partial(_with, timeline))

    # While the rows are live

    def toggle_live(self) -> None:
        """Start or stop to extend the timeline with each new 5-minute bucket while the rows are refreshed."""
        self._goes_on = not self._goes_on
        self._show_cost(self._session.exploration)
        if not self._goes_on:
            self._view.say("The timeline stays as it is.")
        elif self._grows(self._session.exploration):
            self._view.say(f"The timeline goes on while the rows are live: {COST}.")
        else:
            self._view.say("The timeline goes on while the rows are live, if it reaches to now.")

    def _plan_next_bucket(self, timeline: Timeline) -> None:
        """Schedule a check at the end of the next 5-minute bucket, if the timeline ends now."""
        if self._next_bucket is not None:
            self._next_bucket.stop()
            self._next_bucket = None
        now = self._session.now()
        if reaches_now(timeline, now):
            self._next_bucket = self._session.scheduler.call_after(seconds_to_next_bucket(now), self._on_bucket)

    def _grows(self, exploration: Exploration) -> bool:
        """True if the timeline will be extended automatically by the next 5-minute bucket."""
        is_planned = self._next_bucket is not None and exploration.timeline_of_rows is not None
        return is_planned and self._goes_on and exploration.live and self._session.source is not None

    def _on_bucket(self) -> None:
        """Request the 5-minute bucket of the timeline that has just ended.

        Do nothing if the refresh of the rows is paused, or if parts of the timeline are being requested already.
        """
        exploration, now = self._session.exploration, self._session.now()
        self._next_bucket, timeline = None, exploration.timeline_of_rows
        if exploration.timeline is None:
            return
        self._next_bucket = self._session.scheduler.call_after(seconds_to_next_bucket(now), self._on_bucket)
        if timeline is None or not self._grows(exploration) or self._session.requests.is_running(PARTS):
            return
        if windows := due(timeline, now):
            moved = timeline.moved(windows_at(timeline.windows, now))
            self._session.requests.run(PARTS, partial(self._fetch_parts, moved, windows, by_hand=False))

    def _show_cost(self, exploration: Exploration) -> None:
        # While parts are asked, their progress is shown.
        if not self._session.requests.is_running(PARTS):
            self._view.show_remark(_REMARK, self._cost_remark(exploration))

    def _cost_remark(self, exploration: Exploration) -> str:
        return f"timeline: {COST}" if self._grows(exploration) else ""

    # Other questions

    def _on_changed(self, before: Exploration, after: Exploration) -> None:
        """If the query has changed, stop the requests for the old timeline.

        Show the timeline of the new query if there is one.
        """
        if before.live != after.live and after.timeline is not None:
            self._show_cost(after)
        if before.query == after.query or (before.timeline is None and not self._store.has_any):
            return
        if after.timeline is not None and after.timeline.answers(after.query):
            return
        self._session.requests.cancel(PARTS)
        known = self._store.latest(after.query)
        self._session.update(lambda exploration: exploration.with_timeline(known))
        if known is not None and self._next_bucket is None:
            self._plan_next_bucket(known)

    def _on_source_changed(self, _had_one: bool) -> None:
        """Forget all timelines of the old source of data."""
        self._store = PartStore()
        self._from_file.clear()


def _without_time(timeline: Timeline) -> Query:
    return replace(timeline.query, time_range=DEFAULT_TIME_RANGE)


def _with(timeline: Timeline, exploration: Exploration) -> Exploration:
    """Return the state of the screen with this timeline.

    If the user has chosen another timeline in the meantime, return the state unchanged.
    """
    shown = exploration.timeline
    return exploration if shown is None or shown.rows is not timeline.rows else exploration.with_timeline(timeline)
