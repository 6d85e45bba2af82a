"""The part of the screen that goes down: into rows, rung by rung, and shows the way that led there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Place, Trail
from cnm_tui.core.exploration.remarks import left_out_sentence
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query, column_key, field_of
from cnm_tui.core.snapshot import Connection, Snapshot
from cnm_tui.tui.screens.narrowing import NarrowingScreen
from cnm_tui.tui.widgets.grid import Grid

# What only one key needs is imported when it is pressed.
if TYPE_CHECKING:
    from cnm_tui.core.navigation.drill_paths import Ground, Step
    from cnm_tui.tui.widgets.breadcrumbs import Breadcrumbs

Landing = Callable[[Snapshot], Place]
"""Where to stand in an answer."""


class DrillingScreen(NarrowingScreen):
    """Turns rows into the question about these alone, by finer fields."""

    ladders: Mapping[str, Sequence[str]] = MappingProxyType({})
    """What replaces the usual ladders: by a field, those to go on to."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._landing: tuple[Query, Landing] | None = None
        """Where to stand in the answer to a question, once it is there."""
        self._breadcrumbs: Breadcrumbs | None = None
        """Made when there is a way: the first frame would wait for it."""
        self._told_from: tuple[Trail, Query] | None = None
        """What the breadcrumbs were made of."""

    def on_mount(self) -> None:
        """From now on show the way."""
        self.watch(self, "exploration", self._tell_breadcrumbs, init=False)

    # Down

    def action_drill_down(self) -> None:
        """Go down into the row under the cursor, or into all marked ones, to the next rung of a ladder."""
        from cnm_tui.core.navigation.drill_paths import step_down

        rows, shown = self._rows_to_ask_about()
        if not rows or shown is None:
            return
        field = field_of(self.query_one(Grid).cursor_column, shown.query)
        step = step_down(shown.query.group_bys, field, self._ground(shown, rows))
        if len(step.rungs) == 1:
            self._go_down(shown, rows, step, step.rungs[0])
            return
        from cnm_tui.core.navigation.drilling import is_nameless
        from cnm_tui.tui.dialogs.next_field_picker import RungPicker

        marked = len(rows) if self.exploration.marked else 0
        picker = RungPicker(step, shown.endpoint.fields, marked, nameless=is_nameless(shown, rows, step.leaves))
        self.app.push_screen(picker, partial(self._go_down, shown, rows, step))

    def _ground(self, shown: Snapshot, rows: Sequence[Connection]) -> "Ground":
        from cnm_tui.core.navigation.drill_paths import Ground
        from cnm_tui.core.navigation.drilling import fixed_fields, unresolved_fields

        return Ground(fixed_fields(shown.query), unresolved_fields(shown, rows), self.ladders, shown.endpoint)

    def _rows_to_ask_about(self) -> tuple[Sequence[Connection], Snapshot | None]:
        """The marked rows, or the one under the cursor; none where there are none to ask about, which is said."""
        exploration = self.exploration
        if self._awaits_rows():
            return (), None
        rows = exploration.chosen_connections(self.query_one(Grid).highlighted)
        if not rows:
            self.say(f"There is no row to go down into. {left_out_sentence(exploration)}".rstrip())
        return rows, exploration.snapshot

    def _awaits_rows(self) -> bool:
        """Whether the rows in sight are about to go, which is said: nobody has seen yet what is to be asked about."""
        exploration = self.exploration
        awaits = exploration.answers_another_query and (exploration.fetching or exploration.promised)
        if awaits:
            self.say("These rows answer the question before; the new ones are on their way.")
        return awaits

    def _go_down(self, shown: Snapshot, rows: Sequence[Connection], step: "Step", rung: str | None) -> None:
        from cnm_tui.core.fields.group_by import side_of
        from cnm_tui.core.navigation.drill_paths import turn_after
        from cnm_tui.tui.dialogs.next_field_picker import ITS_ADDRESS

        if rung is None:
            return
        if rung == ITS_ADDRESS:
            self._name_end(shown, rows[0], step.leaves)
            return
        if not rung:
            self.pick_fields(shown.query.group_bys, side_of(step.leaves), partial(self._go_down_to, shown, rows))
            return
        group_bys = step.taken(shown.query.group_bys, rung)
        column = self.query_one(Grid).cursor_column
        if field_of(column, shown.query) is not None:
            column = column_key(turn_after(group_bys, rung, self._ground(shown, rows)), shown.endpoint)
        self._go_down_to(shown, rows, group_bys, column)

    def _go_down_to(
        self, shown: Snapshot, rows: Sequence[Connection], group_bys: tuple[str, ...], column: str | None = None
    ) -> None:
        """Ask about these rows by other fields, to stand in the first row, in this column."""
        from cnm_tui.core.navigation.drilling import drilled, remark

        left_out = left_out_sentence(self.exploration)
        if self._ask_about(partial(drilled, shown, rows, group_bys), lambda _answer: Place(column=column)):
            self.say_of_question(remark(shown, rows, left_out, self.key_for))

    def _ask_about(self, question: Callable[[], Query], landing: Landing) -> bool:
        """Ask, in the order of now but without the filter that led here; whether it could be asked."""
        try:
            query = question()
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return False
        if self.exploration.snapshot is not None and query == self.exploration.snapshot.query:
            self.say("The rows at hand are the answer to that.")
            return False
        self._open(lambda _query: query, replace(self.exploration.arrangement, row_filter=RowFilter("")))
        self._landing = query, landing
        return self.exploration.query == query

    def say_of_question(self, remark: str) -> None:
        """Say what is to know of the question that was just asked; while it waits for the rate limit, that is told."""
        if remark and self.exploration.fetching:
            self.say(remark)

    def action_name_end(self) -> None:
        """Ask what the unresolved end of the row is, by its address, domain, port and gateway."""
        shown, grid = self.exploration.snapshot, self.query_one(Grid)
        if shown is None or grid.highlighted is None:
            self.say("There is no row with an end to name.")
        elif not self._awaits_rows():
            self._name_end(shown, grid.highlighted, field_of(grid.cursor_column, shown.query))

    def _name_end(self, shown: Snapshot, row: Connection, column: str | None) -> None:
        from cnm_tui.core.navigation.drilling import naming

        self._ask_about(partial(naming, shown, row, column), lambda _answer: Place())

    async def take(self, snapshot: Snapshot) -> None:
        """Show the answer, and stand where the question was to lead."""
        await super().take(snapshot)
        landing, self._landing = self._landing, None
        if landing is not None and landing[0] == snapshot.query:
            self.query_one(Grid).return_to(landing[1](snapshot))

    # The way

    def _tell_breadcrumbs(self, exploration: Exploration) -> None:
        """Show the way where there is one; whoever only sorts or marks changes nothing of it."""
        trail, shown = exploration.trail, exploration.snapshot
        if shown is None:
            # Another place is asked, where there is no way yet.
            self._told_from = None
            if self._breadcrumbs is not None:
                self._breadcrumbs.set_class(False, "-shown")
            return
        if self._breadcrumbs is None and not trail.before:
            return
        if self._told_from is not None and trail is self._told_from[0] and shown.query is self._told_from[1]:
            return
        from cnm_tui.core.navigation.breadcrumbs import breadcrumbs

        self._told_from = trail, shown.query
        crumbs = breadcrumbs(trail, shown.query)
        # At its top as well: the questions below can be gone forth to.
        leads = len(crumbs) > 1
        if leads and self._breadcrumbs is None:
            from cnm_tui.tui.widgets.breadcrumbs import Breadcrumbs

            self._breadcrumbs = Breadcrumbs()
            self.mount(self._breadcrumbs, before="#body")
        if self._breadcrumbs is not None:
            self._breadcrumbs.set_class(leads, "-shown")
            self._breadcrumbs.crumbs = crumbs

    # Named rather than imported, as it may never be needed.

    def on_breadcrumbs_chosen(self, message: "Breadcrumbs.Chosen") -> None:
        """Show the question of that crumb as it was left, without asking anybody."""
        self._show(self.exploration.gone(message.distance, self.place), "That question is no longer kept.")
