"""The part of the screen that looks the other way: client and server changed, and both ways side by side."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.reactive import reactive

from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.exploration.history import Place
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Connection, Snapshot, Source
from cnm_tui.tui.screens.drilling import DrillingScreen
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.grid import Grid

# Imported when there is a row to look at: the first frame shows none.
if TYPE_CHECKING:
    from cnm_tui.core.navigation.reverse import OtherWay


class MirroringScreen(DrillingScreen):
    """Changes the two ends of a question, and finds B → A of an A → B."""

    detail_wanted: reactive[bool | None] = reactive(None, repaint=False, init=False)
    """Whether the user wants the detail pane open; None as long as that was not said."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._asked_for: tuple[Snapshot, dict[str, OtherWay]] | None = None
        """What is known besides the rows at hand: by the id of a connection of this answer, its other way."""
        self._way_asked: Connection | None = None
        """Whose other way is being asked for."""

    # Client and server changed

    def action_swap_ends(self) -> None:
        """Ask the same with client and server changed, and go to the connection the other way."""
        from cnm_tui.core.navigation.reverse import swapped, swapped_arrangement

        exploration, highlighted = self.exploration, self.query_one(Grid).highlighted
        try:
            query = swapped(exploration.query)
            arrangement = swapped_arrangement(exploration.arrangement, exploration.query)
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return
        if query == exploration.query:
            self._go_the_other_way(highlighted)
            return
        of_its_question = highlighted is not None and not exploration.answers_another_query
        place_of = self._found_the_other_way if of_its_question else self._place_of_other_way
        landing = partial(place_of, highlighted, exploration.snapshot)
        self._open(lambda _query: query, arrangement)
        self._landing = query, landing

    def _found_the_other_way(self, connection: Connection | None, shown: Snapshot | None, answer: Snapshot) -> Place:
        """That place; where there is none, that is said."""
        place = self._place_of_other_way(connection, shown, answer)
        if place.connection_id is None and not answer.cut:
            leads = f"{self.key_for('go_back', 'backspace')} leads back"
            self.say(f"Nothing goes the other way of that row; {leads}.")
        return place

    def _place_of_other_way(self, connection: Connection | None, shown: Snapshot | None, answer: Snapshot) -> Place:
        """At the top where there is no such connection."""
        from cnm_tui.core.navigation.reverse import other_way_in

        found = None
        if connection is not None and shown is not None:
            # The rows may still answer a question before the one that was swapped.
            with suppress(InvalidQuery):
                found = other_way_in(answer, connection, shown)
        return Place(found.id if found is not None else None, 0, self.query_one(Grid).cursor_column)

    def _go_the_other_way(self, connection: Connection | None) -> None:
        """Among the rows at hand, as the question stays the same."""
        grid, shown = self.query_one(Grid), self.exploration.snapshot
        if connection is None or shown is None:
            self.say("There is no row whose other way could be shown.")
            return
        found = self._place_of_other_way(connection, shown, shown)
        if found.connection_id is None:
            known = self._known_other_way(connection)
            asks = known is not None and known.asks
            sentence = f"Not among the rows at hand; {self._asks_the_other_way} asks for the other way."
            self.say(sentence if asks else "Nothing the other way.")
        elif grid.table is not None and grid.table.row_of(found.connection_id) is None:
            clears = f"{self.key_for('close', 'esc')} clears it"
            self.say(f"The filter hides the other way of this row; {clears}.")
        else:
            grid.return_to(found._replace(top=grid.place.top))
            self.say(f"The other way; {self.key_for('swap_ends', 'i')} leads back.")

    # Both ways side by side

    @property
    def _asks_the_other_way(self) -> str:
        """The key that does."""
        return self.key_for("show_other_way", "I")

    def action_show_other_way(self) -> None:
        """Show both ways in the detail pane; ask for the other one if it is not among the rows at hand."""
        from cnm_tui.core.navigation.reverse import asked_the_other_way

        highlighted, shown = self.query_one(Grid).highlighted, self.exploration.snapshot
        if highlighted is None or shown is None:
            self.say("There is no row whose other way could be shown.")
            return
        try:
            query = asked_the_other_way(highlighted, shown)
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return
        self.remove_class("-alone")
        if not self.has_class("-detail"):
            self.detail_wanted = True
        known = self._known_other_way(highlighted)
        if known is not None and known.asks:
            self._ask_for(query, highlighted, shown)

    def _ask_for(self, query: Query, connection: Connection, shown: Snapshot) -> None:
        if self._way_asked is not None:
            self.say("The other way of a row is being asked for.")
        elif (source := self.source_besides(self._asks_the_other_way)) is not None:
            self._way_asked = connection
            self._fetch_other_way(source, query, connection, shown)

    @work(group="other way")
    async def _fetch_other_way(self, source: Source, query: Query, connection: Connection, shown: Snapshot) -> None:
        from cnm_tui.core.navigation.reverse import OtherWay, other_way_in

        try:
            answer = await source.fetch(query)
        except CnmError as problem:
            self.exploration = self.exploration.held_up(problem, self._clock(), source.budget)
            self.say(problem.sentence)
            return
        finally:
            self._way_asked = None
        self.exploration = self.exploration.told(answer.budget)
        known = OtherWay(other_way_in(answer, connection, shown))
        if self._asked_for is None or self._asked_for[0] is not shown.answer:
            self._asked_for = shown.answer, {}
        self._asked_for[1][connection.id] = known
        if self.query_one(Detail).connection == connection:
            self.query_one(Detail).other_way = known

    def _known_other_way(self, connection: Connection) -> "OtherWay | None":
        """Among the rows at hand, or asked for before; None where such rows have no other way."""
        from cnm_tui.core.navigation.reverse import known_other_way

        shown = self.exploration.snapshot
        if shown is None:
            return None
        # The answer is the same, whatever it is compared with.
        if self._asked_for is not None and self._asked_for[0] is shown.answer and connection.id in self._asked_for[1]:
            return self._asked_for[1][connection.id]
        try:
            return known_other_way(connection, shown)._replace(key=self._asks_the_other_way)
        except InvalidQuery:
            return None

    def fill_detail(self) -> None:
        """Show the connection under the cursor, and beside it the one the other way."""
        detail, connection = self.query_one(Detail), self.query_one(Grid).highlighted
        known = None if connection is None else self._known_other_way(connection)
        if detail.connection == connection:
            detail.other_way = known
        else:
            # Both at once, so that the pane is made once.
            detail.set_reactive(Detail.other_way, known)
            detail.connection = connection
