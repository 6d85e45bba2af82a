"""Ask the question for each part of a span, in the background, and join the answers to the history of each row."""

import asyncio
from functools import partial
from typing import Final

from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    QueryRefused,
    RateLimited,
)
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.part_store import PartStore
from cnm_tui.core.timeline.plan import USUAL_SECONDS_OF_REQUEST, cost_sentence, parsed_span
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.timeline.words import progress_remark, summary_sentence
from cnm_tui.tui.dialogs.timeline_dialog import OFF, TimelineDialog
from cnm_tui.tui.requests import Priority, Purpose
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

PARTS: Final = Purpose("parts of a timeline")
_REMARK: Final = "timeline"
_HOPELESS: Final = (CredentialsMalformed, CredentialsMissing, CredentialsRefused, InvalidQuery, QueryRefused)
"""Failures that each further part would meet as well."""
_MOST_FAILURES: Final = 3
"""Parts that may fail one after the other before the rest is not asked."""
_GIVE_WAY_SECONDS: Final = 0.1


class TimelineFeature:
    """Asks parts newest first, one at a time; a closed part is asked once in a sitting."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._store = PartStore()
        self._seconds_of_request = USUAL_SECONDS_OF_REQUEST
        session.changed.connect(self._on_changed)
        session.source_changed.connect(self._on_source_changed)

    # Choice

    def choose(self) -> None:
        """Choose a span."""
        exploration, now = self._session.exploration, self._session.now()
        if exploration.snapshot is None or exploration.answers_another_query:
            self._view.say("There are no rows to follow through time yet.")
            return
        query = exploration.query
        self._view.ask(
            TimelineDialog(
                lambda text: parsed_span(text, now, query.time_range),
                lambda plan: self._store.missing(query, plan.windows),
                self._cost,
                is_on=exploration.timeline is not None,
            ),
            self._chosen,
        )

    def _cost(self, requests: int) -> str:
        source = self._session.source
        budget = self._session.exploration.budget if source is None else source.budget
        return cost_sentence(requests, budget, self._session.now(), self._seconds_of_request)

    def begin(self, span: str) -> None:
        """Ask this span once the first rows are there."""

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
        """Show no timeline any more; closed parts stay at hand."""
        self._session.requests.cancel(PARTS)
        self._store.end(self._session.exploration.query)
        self._session.update(lambda exploration: exploration.with_timeline(None))
        self._view.show_remark(_REMARK, "")
        self._view.say("No timeline; its closed parts stay at hand.")

    # Requests

    def _ask(self, span: str) -> None:
        query = self._session.exploration.query
        try:
            plan = parsed_span(span, self._session.now(), query.time_range)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        self.ask(self._store.timeline(query, plan.windows))

    def ask(self, timeline: Timeline) -> None:
        """Show this timeline, and ask its missing parts in the background."""
        self._session.requests.cancel(PARTS)
        self._session.update(lambda exploration: exploration.with_timeline(timeline))
        if not timeline.missing or self._session.may_ask_besides(self._view.key("timeline")):
            self._session.requests.run(PARTS, partial(self._fetch_parts, timeline))

    async def _fetch_parts(self, timeline: Timeline) -> None:
        failures = 0
        try:
            for window in timeline.missing:
                timeline, problem = await self._with_part(timeline, window)
                failures = failures + 1 if problem is not None else 0
                if isinstance(problem, _HOPELESS) or failures == _MOST_FAILURES:
                    break
            # Sorting by the beginning needs them all, and takes too long beside the keyboard.
            await asyncio.to_thread(lambda: timeline.onsets)
            self._show(timeline)
        except asyncio.CancelledError:
            # Another span may have replaced it, which then tells its own progress.
            if not self._session.requests.is_running(PARTS):
                self._tell_end(timeline)
            raise
        self._tell_end(timeline)

    def _tell_end(self, timeline: Timeline) -> None:
        self._view.show_remark(_REMARK, "")
        # After another question, its rows are not shown any more.
        if self._session.exploration.timeline is timeline:
            self._view.say(summary_sentence(timeline, asks_again=self._view.key("timeline")))

    async def _with_part(self, timeline: Timeline, window: Window) -> tuple[Timeline, CnmError | None]:
        """Return the timeline with one more part, or with its failure."""
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
        """Return the answer for one part, as soon as the user and the rate limit leave room for it.

        Raises:
            CnmError: The request failed.
        """
        query = query_for(timeline.query, window)
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

    def _show(self, timeline: Timeline) -> None:
        """Show this timeline, unless another one was chosen meanwhile."""
        self._session.update(
            lambda exploration: (
                exploration.with_timeline(timeline)
                if exploration.timeline is not None and exploration.timeline.rows is timeline.rows
                else exploration
            )
        )

    # Other questions

    def _on_changed(self, before: Exploration, after: Exploration) -> None:
        """Show the timeline of another question if there is one; stop asking for the old one."""
        if before.query == after.query or (before.timeline is None and not self._store.has_any):
            return
        if after.timeline is not None and after.timeline.answers(after.query):
            return
        self._session.requests.cancel(PARTS)
        known = self._store.latest(after.query)
        self._session.update(lambda exploration: exploration.with_timeline(known))

    def _on_source_changed(self, _had_one: bool) -> None:
        """Forget the rows of the old source."""
        self._store = PartStore()
