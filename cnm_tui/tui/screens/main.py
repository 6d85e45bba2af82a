"""The screen: its panes, what each is told, and the keys for the rows."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import (
    asked_remark,
    carried_sentence,
    empty_answer,
    kept_remarks,
    left_out_sentence,
    problem_sentence,
    rank_sentence,
    sort_sentence,
    status_remarks,
)
from cnm_tui.core.units import plural
from cnm_tui.tui.commands import HINTS, bindings, command, usual_key
from cnm_tui.tui.screens.signing import SigningScreen
from cnm_tui.tui.terminal.painted import filtered_blank
from cnm_tui.tui.widgets.detail import Detail, Edge
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import StatusBar
from cnm_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from cnm_tui.tui.dialogs.column_picker import ColumnChoice

WIDE: Final = 160
MEDIUM: Final = 100
_DETAIL_PAUSE_SECONDS: Final = 0.08
"""The detail pane follows once the cursor rests; a held key repeats faster than this."""
_BESIDES: Final = ("baseline", "other way")
"""Groups of workers that ask for something besides the rows."""


class Body(Container):
    """Between the first line and the last; the panes cover it."""

    # Nothing of its own shows, and its lines are looked at again with each change anywhere.
    BLANK: ClassVar[bool] = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank ones, all alike."""
        return filtered_blank(self, super().render_lines(crop))


class MainScreen(SigningScreen):
    """Bindings, and watchers that hand each pane its part."""

    AUTO_FOCUS: ClassVar[str | None] = "Grid"
    BINDINGS: ClassVar[list[BindingType]] = bindings("screen")

    def __init__(self, exploration: Exploration, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._first_exploration = exploration
        self._detail_pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """The panes; the style sheet puts them beside or over each other.

        All that the first frame shows is known here: whatever came later would be sent once more.
        """
        self._set_width_classes(self.app.size.width)
        yield TitleBar(self._clock)
        with Body(id="body"):
            yield QueryBar(self._first_exploration.query, column=self.app.size.width >= WIDE)
            yield Grid()
            yield Detail(_edge(self.app.size.width))
        yield StatusBar(self._hints)

    def on_mount(self) -> None:
        """Show what will be asked, before anybody can answer."""
        if self.shown_keys:
            self.watch_shown_keys()
        self.exploration = self._first_exploration
        self.show_filter(self.exploration.arrangement.row_filter.text)

    # Telling the panes

    @property
    def _hints(self) -> Sequence[tuple[str, str]]:
        return [(self.key_for(id, usual_key(id)), does) for id, does in HINTS.items()]

    def watch_shown_keys(self) -> None:
        """Name them wherever keys are named."""
        for status in self.query(StatusBar):
            status.keys = self._hints
        for bar in self.query(QueryBar):
            bar.keys = self.shown_keys
        for detail in self.query(Detail):
            detail.closes = self.key_for("close", "esc")

    def watch_exploration(self, exploration: Exploration) -> None:
        """Hand each pane its part; a pane given what it already shows does nothing."""
        self.query_one(QueryBar).shown = exploration.query
        grid = self.query_one(Grid)
        grid.marked = exploration.marked
        grid.table = exploration.table
        self._tell_title(exploration)
        self._tell_remarks()
        status = self.query_one(StatusBar)
        # Before the first answer it stands where rows would be.
        told = exploration.problem if exploration.table is not None else None
        status.problem = problem_sentence(told, self.key_for) if told is not None else ""
        grid.message = empty_answer(exploration, self.label, self.key_for)
        detail = self.query_one(Detail)
        detail.message, detail.snapshot = grid.message, exploration.snapshot
        if self.query_one(QueryBar).editing:
            self.tell_known()

    def _tell_remarks(self) -> None:
        """Say what the rows are, and what orders or hides them."""
        if not all(self.query(pane) for pane in (Grid, QueryBar, StatusBar)):
            # The keyboard moves while panes are made and taken down, too.
            return
        grid, status = self.query_one(Grid), self.query_one(StatusBar)
        in_sight, followed = grid.columns_in_sight, grid.followed
        if self.has_class("-narrow") and self.has_class("-detail"):
            # The detail pane covers all headings.
            in_sight = frozenset()
        kept = kept_remarks(self.exploration, in_sight, followed, key=self.key_for)
        beside = kept_remarks(self.exploration, in_sight, followed)
        query, bar = self.exploration.query, self.query_one(QueryBar)
        # The grid alone hides what is asked, and so does a draft; both hide rows.
        if bar.shows_another_search or (self.has_class("-alone") and (query.search or query.tags)):
            kept, beside = (*kept, asked_remark(query)), (*beside, asked_remark(query))
        status.kept, status.beside = kept, beside
        status.remarks = status_remarks(self.exploration, self.key_for, kept)

    def on_descendant_focus(self) -> None:
        """A draft may have been left in the search box, or taken up again."""
        self._tell_remarks()

    def on_screen_suspend(self) -> None:
        """Something stands over it, and where that is laid out, perhaps over half a sentence."""
        for status in self._long_sentences():
            self.app.screen.call_after_refresh(status.refresh)

    def on_screen_resume(self) -> None:
        """Nothing stands over it any more."""
        for status in self._long_sentences():
            status.refresh()

    def _long_sentences(self) -> Sequence[StatusBar]:
        # None before the panes are made, and none while they are taken down: at both times something may stand over it.
        return [status for status in self.query(StatusBar) if status.size.height > 1]

    def watch_label(self, label: str) -> None:
        """Say who is asked."""
        self.query_one(TitleBar).label = label

    def watch_next_refresh_at(self, moment: float | None) -> None:
        """Count down to it."""
        self.query_one(TitleBar).next_refresh_at = moment

    def watch_notice(self, notice: str) -> None:
        """Show it in the last line."""
        self.query_one(StatusBar).notice = notice

    def _tell_title(self, exploration: Exploration) -> None:
        title = self.query_one(TitleBar)
        title.fetching = exploration.fetching
        title.state = exploration.liveness
        title.fetched_at = exploration.snapshot.fetched_at if exploration.snapshot is not None else None
        title.stale = exploration.problem is not None

    def on_resize(self) -> None:
        """More width, more panes."""
        self._set_width_classes(self.size.width)
        self.query_one(QueryBar).column = self.size.width >= WIDE
        self.query_one(Detail).edge = _edge(self.size.width)
        self._follow_detail()

    def _set_width_classes(self, width: int) -> None:
        self.set_class(width < MEDIUM, "-narrow")
        self.set_class(MEDIUM <= width < WIDE, "-medium")
        self.set_class(width >= WIDE, "-wide")
        # Where there is room for it beside the grid, unless the user said otherwise.
        self.set_class(width >= WIDE if self.detail_wanted is None else self.detail_wanted, "-detail")

    def watch_detail_wanted(self, wanted: bool) -> None:
        """Open or close the detail pane."""
        self._set_width_classes(self.size.width)
        self._follow_detail()
        if not wanted:
            self.set_focus(self.query_one(Grid))

    def _follow_detail(self) -> None:
        if self.has_class("-detail"):
            self.call_after_refresh(self.fill_detail)
            if self.size.width < MEDIUM and isinstance(self.focused, Grid):
                self.set_focus(self.query_one(Detail))

    # What the panes say

    @on(Grid.Highlighted)
    def _on_highlighted(self, message: Grid.Highlighted) -> None:
        if message.by_user:
            self.moved_at = self._clock()
        if not self.has_class("-detail"):
            return
        if self._detail_pause is not None:
            self._detail_pause.stop()
        self._detail_pause = self.set_timer(_DETAIL_PAUSE_SECONDS, self.fill_detail)

    @on(Grid.SightChanged)
    def _on_sight_changed(self) -> None:
        self._tell_remarks()

    @on(Grid.Carried)
    def _on_carried(self, message: Grid.Carried) -> None:
        if self.exploration.table is not None:
            self.say(carried_sentence(message.connection, message.row_before, self.exploration.table))

    @on(Grid.FollowingEnded)
    def _on_following_ended(self) -> None:
        self._tell_remarks()
        self.say(f"No longer following, as the cursor was moved; {self.key_for('follow_row', 'F')} follows this row.")

    @on(Grid.HeadingChosen)
    def _on_heading_chosen(self, message: Grid.HeadingChosen) -> None:
        self._show_sorted(self.exploration.sorted_by(message.column))

    @on(Grid.Widened)
    def _on_widened(self, message: Grid.Widened) -> None:
        self.exploration = self.exploration.widened(message.column, message.by)

    @on(Grid.Opened)
    def _on_row_opened(self) -> None:
        self.action_drill_down()

    @on(StatusBar.HintChosen)
    async def _on_hint_chosen(self, message: StatusBar.HintChosen) -> None:
        await self.run(list(HINTS)[message.position])

    @on(Detail.CloseChosen)
    def _on_detail_close_chosen(self) -> None:
        self.action_toggle_detail()

    # Actions

    async def run(self, id: str) -> None:
        """Do what this command does, whatever has the keyboard."""
        found = command(id)
        does_it = self.query_one(Grid) if found.heard_by == "rows" else self
        await does_it.run_action(found.runs)

    def action_sort(self) -> None:
        """Sort by the column under the cursor, and by those before where it ties."""
        if (column := self.query_one(Grid).cursor_column) is not None:
            self._show_sorted(self.exploration.sorted_by(column))

    def action_sort_only(self) -> None:
        """Sort by the column under the cursor and no other."""
        if (column := self.query_one(Grid).cursor_column) is not None:
            self._show_sorted(self.exploration.sorted_only_by(column))

    def action_flip_sort(self) -> None:
        """The other way round."""
        self._show_sorted(self.exploration.flipped())

    def action_rank(self) -> None:
        """Sort shares by their number alone, or put what has little evidence last."""
        self.exploration = self.exploration.ranked_otherwise()
        self.call_after_refresh(self.say, rank_sentence(self.exploration, self.key_for))

    def _show_sorted(self, exploration: Exploration) -> None:
        self.exploration = exploration
        # The rows come first; they are what was asked for.
        self.call_after_refresh(self.say, sort_sentence(exploration, self.key_for))

    def action_pick_columns(self) -> None:
        """Choose, order and widen the columns."""
        from cnm_tui.tui.dialogs.column_picker import ColumnPicker

        all_columns, shown = self.exploration.all_columns, self.exploration.columns
        groups = self.key_for("pick_group_bys", "b")
        self.app.push_screen(
            ColumnPicker(all_columns, shown, self.exploration.query.endpoint, groups), self._show_columns
        )

    def _show_columns(self, chosen: "ColumnChoice | None") -> None:
        if chosen is not None:
            self.exploration = self.exploration.with_columns(chosen.shown, chosen.widened)

    def action_toggle_detail(self) -> None:
        """Open or close the detail pane."""
        self.remove_class("-alone")
        self.detail_wanted = not self.has_class("-detail")

    def action_close(self) -> None:
        """Close what covers the grid, give up a request, clear the filter: the first of them that there is."""
        if self.has_class("-narrow") and self.has_class("-detail"):
            self.action_toggle_detail()
        elif self.waits_by_hand:
            self.give_up()
        elif besides := [worker for worker in self.workers if worker.group in _BESIDES and not worker.is_finished]:
            for worker in besides:
                worker.cancel()
            self.say("Given up; the rows stay as they are.")
        elif self._filter_bar is not None and self._filter_bar.open:
            self._filter_bar.clear()
        elif self.has_class("-detail"):
            self.action_toggle_detail()
        elif self.waits:
            self.give_up()

    def action_toggle_alone(self) -> None:
        """Give the grid the whole screen, or share it again."""
        self.toggle_class("-alone")
        self.set_focus(self.query_one(Grid))
        self._tell_remarks()

    def action_toggle_mark(self) -> None:
        """Mark the row, and go on to the next."""
        grid = self.query_one(Grid)
        if grid.highlighted is not None:
            self.exploration = self.exploration.toggled_mark(grid.highlighted.id)
            grid.action_move(1)

    def action_follow_row(self) -> None:
        """Have the cursor stay with the row, whatever is sorted, filtered or answered; or no longer."""
        grid = self.query_one(Grid)
        if grid.followed is not None:
            grid.follow(None)
            self.say("No longer following: a sort or a filter shows the first row again.")
        elif grid.highlighted is None:
            self.say("There is no row to follow.")
        else:
            grid.follow(grid.highlighted)
            self.say(f"A move of the cursor, or {self.key_for('follow_row', 'F')}, ends it.")
        self._tell_remarks()

    def action_unmark_all(self) -> None:
        """No row marked."""
        marks = len(self.exploration.marked)
        self.say(f"{plural(marks, 'mark')} taken away." if marks else "Nothing is marked.")
        self.exploration = self.exploration.unmarked()

    def action_copy_ids(self) -> None:
        """Copy the ids of the marked connections, one a line, or that of the one under the cursor."""
        left_out = left_out_sentence(self.exploration, ids_alone=True)
        self.post_message(self.CopyWanted(self.chosen_ids(), remark=left_out))

    def action_help(self) -> None:
        """All keys of this screen."""
        from cnm_tui.tui.dialogs.help import HelpScreen
        from cnm_tui.tui.terminal.keys import key_lines

        self.app.push_screen(HelpScreen(key_lines(self.app)))


def _edge(width: int) -> Edge:
    """Where the detail pane borders on the rows: beside them, under them, or in their place."""
    return "left" if width >= WIDE else "top" if width >= MEDIUM else ""
