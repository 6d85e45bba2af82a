"""Go back and forward in the query history without a request, and cancel a running request.

The module also shows the breadcrumbs, the list of wider and narrower queries in the history.
"""

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import History
from cnm_tui.core.navigation.breadcrumbs import breadcrumbs
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import time_of_day
from cnm_tui.core.units import seconds_text
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View
from cnm_tui.tui.widgets.breadcrumbs import Breadcrumbs


class NavigationFeature:
    """Restores earlier queries with the rows and the cursor as the user left them."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._breadcrumbs: Breadcrumbs | None = None
        """Made when there is more than one query; the first frame need not wait for it."""
        self._shown: tuple[History, Query] | None = None
        """The state that the breadcrumbs were made from."""
        view.listen(Breadcrumbs.Chosen, self._on_crumb_chosen)

    def go_back(self) -> None:
        """Show the previous query of the history with its rows, without a new request."""
        found = self._session.exploration.back(self._view.cursor)
        self._go_to(found, "There is no earlier question.")

    def go_forward(self) -> None:
        """Show the next query of the history with its rows, without a new request."""
        found = self._session.exploration.forward(self._view.cursor)
        self._go_to(found, "There is no later question.")

    def _on_crumb_chosen(self, message: Breadcrumbs.Chosen) -> None:
        found = self._session.exploration.moved_in_history(message.distance, self._view.cursor)
        self._go_to(found, "That question is no longer in the history.")

    def _go_to(self, found: Exploration, nothing: str) -> None:
        """Show the history entry `found` in place of the current entry.

        If both are the same entry, show the message `nothing`, because there is no entry to go to.
        """
        session, view = self._session, self._view
        before = session.exploration
        if found is before:
            view.say(nothing)
            return
        session.update(lambda _before: found)
        view.show_filter(found.arrangement.row_filter.text)
        view.move_to(found.cursor)
        session.stop_asking()
        said = ""
        if (shown := found.snapshot) is not None:
            # Whole seconds, as in the title bar.
            asks = f"{view.key('ask_now')} asks again"
            said = f"Rows from {time_of_day(int(shown.fetched_at))}; {asks}."
        if before.baseline is not None and found.baseline is None:
            said = f"{said or view.notice} It is not compared, as it was left."
        if said:
            view.say(said)

    def cancel_request(self) -> None:
        """Cancel the current request. The displayed rows stay, and their query becomes the current query again."""
        session, view = self._session, self._view
        asked = session.exploration
        waited = f"after {seconds_text(session.now() - session.asked_at)}" if asked.fetching else "before it was sent"
        found = asked.without_request(session.now(), view.cursor)
        session.update(lambda _before: found)
        if asked.answers_another_query:
            view.show_filter(found.arrangement.row_filter.text)
        session.by_hand = False
        session.stop_asking()
        again = f"{view.key('ask_now')} asks again"
        if (shown := found.snapshot) is not None:
            view.say(f"Cancelled {waited}. The rows are from {time_of_day(int(shown.fetched_at))}; {again}.")
        else:
            view.say(f"Cancelled {waited}; {again}.")

    # Breadcrumbs

    def show_way(self, exploration: Exploration) -> None:
        """Show the breadcrumbs of the query history, if there are any.

        If only sorts or marks have changed, the breadcrumbs stay the same.
        """
        history, shown = exploration.history, exploration.snapshot
        if shown is None:
            # Another source has no history yet.
            self._shown = None
            if self._breadcrumbs is not None:
                self._breadcrumbs.set_class(False, "-shown")
            return
        if self._breadcrumbs is None and not history.before:
            return
        if self._shown is not None and history is self._shown[0] and shown.query is self._shown[1]:
            return
        self._shown = history, shown.query
        crumbs = breadcrumbs(history, shown.query)
        # At the top too: queries below it can be reached by going forward.
        leads = len(crumbs) > 1
        if leads and self._breadcrumbs is None:
            self._breadcrumbs = Breadcrumbs()
            self._view.show(self._breadcrumbs, "above rows")
        if self._breadcrumbs is not None:
            self._breadcrumbs.set_class(leads, "-shown")
            self._breadcrumbs.crumbs = crumbs
