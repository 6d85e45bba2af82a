"""Let the user change the search, the group-bys, the time range and the limit of the query.

The user can also run the query again, or pause its automatic refreshes.
"""

from dataclasses import replace

from cnm_tui.core.all_rows.collecting import USUAL_MOST
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.remarks import liveness_sentence
from cnm_tui.core.export.question import read_web_link
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.query import usual_query
from cnm_tui.core.table.row_words import ALL
from cnm_tui.core.table.table import usual_arrangement
from cnm_tui.core.time.moves import MOVES, snapped
from cnm_tui.core.time.time_range import TimeRange
from cnm_tui.tui.dialogs.limit_picker import LimitChoice, LimitPicker
from cnm_tui.tui.dialogs.time_range_picker import TimeRangePicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class QueryFeature:
    """Creates new queries from the choices of the user."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    # Search

    async def edit_search(self) -> None:
        """Focus the search box, so that the user can edit the search."""
        await self._view.search_box.edit()

    def submitted(self, text: str) -> None:
        """Run the typed search. If the text is a link to a Datadog web page, run the query of the link instead."""
        search = text.strip()
        try:
            linked = read_web_link(search)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if linked is not None:
            asked = self._open_link(*linked)
        else:
            asked = self._session.ask_changed(
                lambda query: replace(query, search=search, tags=() if search else query.tags)
            )
        # A refused search keeps the focus, so that the user can correct it.
        if asked:
            self._view.focus_rows()
            self._view.search_box.show_asked()

    def _open_link(self, search: str, time_range: TimeRange, endpoint: Endpoint) -> bool:
        """Run the query of a link to a Datadog web page, and return True if the query was accepted.

        If the link is for another API endpoint, use the default fields and sort order of that endpoint.
        """
        if endpoint is self._session.exploration.query.endpoint:
            return self._session.ask_changed(
                lambda query: replace(query, search=search, tags=(), time_range=time_range)
            )
        usual = replace(usual_query(endpoint), search=search, time_range=time_range)
        return self._session.open(lambda query: replace(usual, limit=query.limit), usual_arrangement(endpoint))

    def search_left(self, *, unasked: bool) -> None:
        """Move the focus to the rows. Notify the user if the search box contains a text that was not run."""
        self._view.focus_rows()
        if unasked:
            edits = self._view.key("edit_search")
            self._view.say(f"Not asked. {edits}, then the up arrow, brings your text back.")

    async def change_part(self, part: str) -> None:
        """Open the editor for one part of the query, for example the time range.

        This is called when the user chooses the part in the query bar.
        """
        if part == "search":
            await self.edit_search()
        elif part == "time_range":
            self.pick_time_range()
        elif part == "limit":
            self.pick_limit()
        else:
            self._pick_group_bys(Side.__members__.get(part.upper(), Side.CLIENT))

    # Group-bys, time range, limit

    def pick_group_bys(self) -> None:
        """Open a dialog in which the user chooses the fields to group by."""
        self._pick_group_bys(Side.CLIENT)

    def _pick_group_bys(self, side: Side) -> None:
        def ask(chosen: tuple[str, ...]) -> None:
            self._session.ask_changed(lambda query: replace(query, group_bys=chosen))

        self._view.pick_fields(self._session.exploration.query.group_bys, side, ask)

    def pick_time_range(self) -> None:
        """Open a dialog in which the user chooses the time range."""
        picker = TimeRangePicker(self._session.exploration.query.time_range, self._session.now)
        self._view.ask(picker, self._ask_time_range)

    def _ask_time_range(self, chosen: TimeRange | None) -> None:
        if chosen is not None:
            self._session.ask_changed(lambda query: replace(query, time_range=chosen))

    def move_window(self, move: str) -> None:
        """Move the time window back or forward by its own length, zoom it, or move it back to now."""
        now = self._session.now()
        moved = MOVES[move]
        self._session.ask_changed(lambda query: replace(query, time_range=snapped(moved(query.time_range, now), now)))

    def pick_limit(self) -> None:
        """Open a dialog in which the user chooses how many rows to request and how many to display."""
        exploration = self._session.exploration
        left = exploration.budget.remaining
        cost = f"{ALL} asks in parts, in at most {USUAL_MOST} requests"
        cost = f"{cost}; {left:,} are left." if left is not None else f"{cost}."
        self._view.ask(LimitPicker(exploration.query.limit, exploration.arrangement.top, cost), self._ask_limit)

    def _ask_limit(self, chosen: LimitChoice | None) -> None:
        if chosen is None:
            return
        exploration = self._session.exploration
        shown_otherwise = chosen.top != exploration.arrangement.top
        if shown_otherwise:
            self._session.update(lambda exploration: exploration.with_top(chosen.top))
        if chosen.all_rows:
            self._view.ask_all_rows()
            return
        # Showing more or fewer rows of this answer needs no request; an unchanged choice repeats the query.
        if chosen.limit != exploration.query.limit or not shown_otherwise:
            self._session.ask_changed(lambda query: replace(query, limit=chosen.limit))

    # Refresh and pause

    def ask_now(self) -> None:
        """Run the current query again."""
        self._session.ask_changed(lambda query: query)

    def toggle_live(self) -> None:
        """Pause or resume the automatic refreshes."""
        self._session.update(lambda exploration: exploration.toggled_live())
        if not self._session.exploration.fetching:
            self._session.plan_refresh()
        self._view.say(liveness_sentence(self._session.exploration, self._view.key))
