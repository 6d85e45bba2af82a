"""Show Datadog's network health insights, which are problems that Datadog detected.

The user can go from an insight to the rows that the insight is about.
"""

from functools import partial
from typing import Final

from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.exploration.history import NOWHERE
from cnm_tui.core.insights.insight import NO_INSIGHTS, Insight, Insights, InsightSource, query_about
from cnm_tui.core.query import Query
from cnm_tui.core.table.sorting import worst_first_sort
from cnm_tui.core.table.table import Arrangement
from cnm_tui.tui.dialogs.insights_dialog import InsightsDialog
from cnm_tui.tui.requests import Purpose
from cnm_tui.tui.session import NOT_CONNECTED, Session
from cnm_tui.tui.view import View

INSIGHTS: Final = Purpose("network health insights")
_FRESH_SECONDS: Final = 300.0
"""As long as a bucket: the list is shown again without a request."""


class InsightsFeature:
    """Shows the list of insights, and stores the latest list.

    So the user can return to the list without a new request.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._known: tuple[Insights, Query, float] | None = None
        """The insights, the query whose window they are of, and when they came."""
        self._chosen = ""
        session.source_changed.connect(self._forget)

    def open(self) -> None:
        """Show the network health insights of the current time window.

        They are requested only if the stored insights are too old.
        """
        session, source = self._session, self._session.source
        if source is None:
            self._view.say(NOT_CONNECTED)
        elif session.requests.is_running(INSIGHTS):
            self._view.say("Asking for network health already …")
        elif not isinstance(source, InsightSource):
            self._view.say(NO_INSIGHTS)
        elif (fresh := self._fresh) is not None:
            self._show(fresh)
        else:
            self._view.say("Asking for network health …")
            session.requests.run(INSIGHTS, partial(self._fetch, source, session.exploration.query))

    @property
    def _fresh(self) -> Insights | None:
        # The clock of a replay moves to and fro, and a recording answers at once.
        if self._known is None or self._view.services.replay is not None:
            return None
        found, query, came = self._known
        same = query.time_range == self._session.exploration.query.time_range
        return found if same and self._session.now() - came < _FRESH_SECONDS else None

    async def _fetch(self, source: InsightSource, query: Query) -> None:
        now = self._session.now()
        try:
            with self._session.requests.awaiting(INSIGHTS):
                found = await source.insights(query.time_range.window(now))
        except CnmError as problem:
            # The rows and their refreshes are not disturbed.
            self._view.say(problem.sentence)
            return
        self._known = found, query, now
        if not self._view.is_at_rows:
            # What is typed elsewhere meanwhile must not act on the list.
            self._view.say(f"Network health is here: {self._view.key('insights')} shows it.")
            return
        self._view.say("")
        self._show(found)

    def _show(self, found: Insights) -> None:
        if not found.found:
            self._view.say(f"Datadog finds nothing wrong in this window: {found.summary}.")
            return
        self._view.ask(InsightsDialog(found, self._chosen), self._go)

    def _go(self, insight: Insight | None) -> None:
        """Run a query for the rows that an insight is about."""
        if insight is None:
            return
        self._chosen = insight.id
        before = self._session.exploration.query
        try:
            query = query_about(insight, before.time_range)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if query is None:
            self._view.say("This insight names no client and no server, so there are no rows to show.")
            return
        arrangement = Arrangement(worst_first_sort(query.endpoint))
        if self._session.open(lambda _query: query, arrangement, lambda _answer: NOWHERE):
            back, lists = self._view.key("go_back"), self._view.key("insights")
            self._view.say(
                f"The {query.endpoint.rows_noun} of this insight; {back} goes back, {lists} lists them again."
            )

    def _forget(self, _had_one: bool) -> None:
        self._known, self._chosen = None, ""
