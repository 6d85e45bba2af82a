"""The part of the screen that goes on from what is seen: a row's value into the search, back, and forth again."""

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Place
from cnm_tui.core.query import field_of
from cnm_tui.core.snapshot import Connection
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import time_of_day
from cnm_tui.core.units import seconds_text
from cnm_tui.tui.screens.viewing import ViewingScreen
from cnm_tui.tui.widgets.grid import Grid


class NarrowingScreen(ViewingScreen):
    """Turns the row under the cursor into the next question, and keeps the way back."""

    @property
    def place(self) -> Place:
        """Where the user stands among the rows."""
        return self.query_one(Grid).place

    def action_narrow(self, direction: str) -> None:
        """Ask for the connections with the value under the cursor, or for all others."""
        grid = self.query_one(Grid)
        shown = self.exploration.snapshot
        if shown is None or grid.highlighted is None or grid.cursor_column is None:
            self.say("There is no row to take a value from.")
        elif (field := field_of(grid.cursor_column, shown.query)) is not None:
            self._narrow(grid.highlighted, field, excluded=direction == "away")
        else:
            self.say(f"To search for a value, move to {_listed(shown.query.group_bys)}.")

    def _narrow(self, connection: Connection, field: str, *, excluded: bool) -> None:
        # Imported here: it brings the reader of the search language along.
        from cnm_tui.core.navigation.drilling import narrowed, remark_of

        shown, query = self.exploration.snapshot, self.exploration.query
        if shown is None:
            return
        position = shown.query.group_bys.index(field)
        try:
            wanted = narrowed(query, field, connection.exact.groups[position], excluded=excluded)
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return
        if wanted == query:
            self.say("The search says so already.")
            return
        self.ask_changed(lambda _query: wanted)
        # While it waits for the rate limit, that is told instead.
        if self.exploration.fetching and (remark := remark_of(field, connection.exact.groups[position])):
            self.say(remark)

    def action_go_back(self) -> None:
        """Show the question before as it was left, without asking anybody."""
        self._show(self.exploration.gone_back(self.place), "There is no question before this one.")

    def action_go_forth(self) -> None:
        """Show the question that was gone back from, without asking anybody."""
        self._show(self.exploration.gone_forth(self.place), "There is no question after this one.")

    @property
    def waits(self) -> bool:
        """True while a request is on its way, or is to be sent once the rate limit allows it."""
        return self.exploration.fetching or self.exploration.promised

    @property
    def waits_by_hand(self) -> bool:
        """True while somebody waits for a request; nobody does for a refresh."""
        return self.waits and (self._by_hand or self.exploration.snapshot is None)

    def give_up(self) -> None:
        """Wait no longer; the rows shown, and their question, stay."""
        asked = self.exploration
        waited = f"after {seconds_text(self._clock() - self._asked_at)}" if asked.fetching else "before it was sent"
        self.exploration = found = asked.given_up(self._clock(), self.place)
        if asked.answers_another_query:
            self.show_filter(found.arrangement.row_filter.text)
        self._by_hand = False
        self.stop_asking()
        again = f"{self.key_for('ask_now', 'r')} asks again"
        if (shown := found.snapshot) is not None:
            self.say(f"Given up {waited}. The rows are as answered at {time_of_day(int(shown.fetched_at))}; {again}.")
        else:
            self.say(f"Given up {waited}; {again}.")

    def _show(self, found: Exploration, nothing: str) -> None:
        if found is self.exploration:
            self.say(nothing)
            return
        self.exploration = found
        self.show_filter(found.arrangement.row_filter.text)
        self.query_one(Grid).return_to(found.place)
        self.stop_asking()
        if (shown := found.snapshot) is not None:
            # In whole seconds that have passed, as in the first line.
            asks = f"{self.key_for('ask_now', 'r')} asks anew"
            self.say(f"As answered at {time_of_day(int(shown.fetched_at))}; {asks}.")


def _listed(group_bys: tuple[str, ...]) -> str:
    return clean(" or ".join(group_bys) or "one", 60)
