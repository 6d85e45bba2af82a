"""The screen: holds the Exploration, turns keys into questions, hands each pane its part."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.timer import Timer

from cnm_tui.core.completion import known
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration import Exploration
from cnm_tui.core.remarks import empty_answer, liveness_sentence, status_remarks
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time_moves import MOVES, snapped
from cnm_tui.core.time_range import TimeRange
from cnm_tui.core.units import plural
from cnm_tui.core.web_link import read_web_link, web_link
from cnm_tui.tui.screens.asking import AskingScreen
from cnm_tui.tui.screens.group_by_picker import GroupByPicker
from cnm_tui.tui.screens.help import HelpScreen, key_groups
from cnm_tui.tui.screens.limit_picker import LimitPicker
from cnm_tui.tui.screens.time_range_picker import TimeRangePicker
from cnm_tui.tui.screens.view_picker import Chosen, ViewPicker
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.filter_bar import FilterBar
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import Part, QueryBar
from cnm_tui.tui.widgets.search_box import SearchBox
from cnm_tui.tui.widgets.status_bar import StatusBar
from cnm_tui.tui.widgets.title_bar import TitleBar

WIDE: Final = 160
MEDIUM: Final = 100
_DETAIL_PAUSE_SECONDS: Final = 0.08
"""The detail pane follows once the cursor rests; a held key repeats faster than this."""
_KEYS: Final = (
    ("?", "help"),
    ("b", "by"),
    ("t", "time"),
    ("e", "search"),
    ("s", "sort"),
    ("d", "detail"),
    ("q", "quit"),
)


class Body(Container):
    """Between the first line and the last; the panes cover it."""

    # Nothing of its own shows, and its lines are looked at again with each change anywhere.
    BLANK: ClassVar[bool] = True


class MainScreen(AskingScreen):
    """Bindings, and watchers that hand each pane its part."""

    AUTO_FOCUS: ClassVar[str | None] = "Grid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit_search", "Edit the search", id="edit_search"),
        Binding("b", "pick_group_bys", "Group by …", id="pick_group_bys"),
        Binding("t", "pick_time_range", "Time range …", id="pick_time_range"),
        Binding("n", "pick_limit", "Limit of rows …", id="pick_limit"),
        Binding("r", "ask_now", "Ask now", id="ask_now"),
        Binding("p", "toggle_live", "Pause, resume live", id="toggle_live"),
        Binding("v", "pick_view", "Views …", id="pick_view"),
        Binding("o", "copy_link", "Link to the web pages", id="copy_link"),
        Binding("slash", "edit_filter", "Filter the rows at hand", id="edit_filter"),
        Binding("comma", "move_window('earlier')", "Window earlier", id="window.earlier"),
        Binding("full_stop", "move_window('later')", "Window later", id="window.later"),
        Binding("less_than_sign", "move_window('zoomed_out')", "Zoom out", id="window.zoom_out"),
        Binding("greater_than_sign", "move_window('zoomed_in')", "Zoom in", id="window.zoom_in"),
        Binding("0", "move_window('back_to_now')", "Back to now", id="window.now"),
        Binding("s", "sort", "Sort by this column", id="sort"),
        Binding("S", "flip_sort", "Flip the sort", id="flip_sort"),
        Binding("d,enter", "toggle_detail", "Detail pane", id="toggle_detail"),
        Binding("space", "toggle_mark", "Mark the row", id="toggle_mark"),
        Binding("u", "unmark_all", "Unmark all", id="unmark_all"),
        Binding("y", "copy_ids", "Copy id(s)", id="copy_ids"),
        Binding("z", "toggle_alone", "Grid alone", id="toggle_alone"),
        Binding("escape", "close", "Close the detail pane", id="close", show=False),
        Binding("question_mark,f1", "help", "Help", id="help"),
        Binding("q", "app.quit", "Quit", id="quit"),
    ]

    @dataclass
    class CopyWanted(Message):
        """These lines are to go to the clipboard."""

        lines: Sequence[str]
        noun: str = "id"
        """What each of them is."""

    def __init__(self, exploration: Exploration, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._first_exploration = exploration
        self._detail_pause: Timer | None = None
        self._detail_wanted: bool | None = None
        self._known_of: Snapshot | None = None

    def compose(self) -> ComposeResult:
        """The panes; the style sheet puts them beside or over each other.

        All that the first frame shows is known here: whatever came later would be sent once more.
        """
        self._set_width_classes(self.app.size.width)
        yield TitleBar(self._clock)
        with Body(id="body"):
            yield QueryBar(self._first_exploration.query, column=self.app.size.width >= WIDE)
            yield Grid()
            yield Detail()
        yield FilterBar()
        yield StatusBar(_KEYS)

    def on_mount(self) -> None:
        """Show what will be asked, before anybody can answer."""
        self.exploration = self._first_exploration

    # Telling the panes

    def watch_exploration(self, exploration: Exploration) -> None:
        """Hand each pane its part; a pane given what it already shows does nothing."""
        self.query_one(QueryBar).shown = exploration.query
        grid = self.query_one(Grid)
        grid.marked = exploration.marked
        grid.table = exploration.table
        self._tell_title(exploration)
        status = self.query_one(StatusBar)
        status.remarks = status_remarks(exploration)
        # Before the first answer it stands where rows would be.
        told = exploration.problem if exploration.table is not None else None
        status.problem = told.sentence if told is not None else ""
        grid.message = empty_answer(exploration, self.label)
        self.query_one(Detail).snapshot = exploration.snapshot
        if isinstance(self.focused, SearchBox):
            self._tell_known()

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
        self._follow_detail()

    def _set_width_classes(self, width: int) -> None:
        self.set_class(width < MEDIUM, "-narrow")
        self.set_class(MEDIUM <= width < WIDE, "-medium")
        self.set_class(width >= WIDE, "-wide")
        # The detail pane is open where there is room beside the grid, unless the user said otherwise.
        self.set_class(width >= WIDE if self._detail_wanted is None else self._detail_wanted, "-detail")

    def _follow_detail(self) -> None:
        if self.has_class("-detail"):
            self.call_after_refresh(self._fill_detail)
            if self.size.width < MEDIUM and isinstance(self.focused, Grid):
                self.set_focus(self.query_one(Detail))

    def _fill_detail(self) -> None:
        self.query_one(Detail).connection = self.query_one(Grid).highlighted

    # What the panes say

    @on(Grid.Highlighted)
    def _on_highlighted(self, message: Grid.Highlighted) -> None:
        if message.by_user:
            self.moved_at = self._clock()
        if not self.has_class("-detail"):
            return
        if self._detail_pause is not None:
            self._detail_pause.stop()
        self._detail_pause = self.set_timer(_DETAIL_PAUSE_SECONDS, self._fill_detail)

    @on(Grid.HeadingChosen)
    def _on_heading_chosen(self, message: Grid.HeadingChosen) -> None:
        self.exploration = self.exploration.sorted_by(message.column)

    @on(Grid.Opened)
    def _on_row_opened(self) -> None:
        self.action_toggle_detail()

    @on(QueryBar.Submitted)
    def _on_search_submitted(self, message: QueryBar.Submitted) -> None:
        search = message.search.strip()
        self.set_focus(self.query_one(Grid))
        if (linked := self._linked(search)) is not None:
            search, time_range = linked
            self.ask_changed(lambda query: replace(query, search=search, tags=(), time_range=time_range))
            return
        self.ask_changed(lambda query: replace(query, search=search, tags=() if search else query.tags))

    def _linked(self, text: str) -> tuple[str, TimeRange] | None:
        """The question of a link of Datadog's web pages that was pasted as a search."""
        try:
            return read_web_link(text)
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return None

    @on(SearchBox.Left)
    def _on_search_left(self) -> None:
        self.set_focus(self.query_one(Grid))

    @on(FilterBar.Changed)
    def _on_filter_changed(self, message: FilterBar.Changed) -> None:
        self.exploration = self.exploration.filtered(message.row_filter)

    @on(FilterBar.Left)
    def _on_filter_left(self) -> None:
        self.set_focus(self.query_one(Grid))

    @on(Part.Chosen)
    def _on_part_chosen(self, message: Part.Chosen) -> None:
        dialogs = {"time_range": self.action_pick_time_range, "limit": self.action_pick_limit}
        dialogs.get(message.part, self.action_pick_group_bys)()

    # Actions

    def action_edit_search(self) -> None:
        """Put the keyboard into the search box."""
        self.remove_class("-alone")
        self.query_one(QueryBar).edit()
        self._tell_known()

    @work(exclusive=True, group="known")
    async def _tell_known(self) -> None:
        """Have the search box complete values of the rows at hand; beside the event loop, as it looks at them all."""
        snapshot = self.exploration.snapshot
        if snapshot is not None and snapshot is not self._known_of:
            self._known_of = snapshot
            self.query_one(QueryBar).known = await asyncio.to_thread(known, snapshot)

    def action_pick_group_bys(self) -> None:
        """Choose the fields to group by."""
        self.app.push_screen(GroupByPicker(self.exploration.query.group_bys), self._ask_group_bys)

    def _ask_group_bys(self, chosen: tuple[str, ...] | None) -> None:
        if chosen is not None:
            self.ask_changed(lambda query: replace(query, group_bys=chosen))

    def action_pick_time_range(self) -> None:
        """Choose the time range."""
        self.app.push_screen(TimeRangePicker(self.exploration.query.time_range, self._clock), self._ask_time_range)

    def _ask_time_range(self, chosen: TimeRange | None) -> None:
        if chosen is not None:
            self.ask_changed(lambda query: replace(query, time_range=chosen))

    def action_pick_limit(self) -> None:
        """Choose how many rows to ask for."""
        self.app.push_screen(LimitPicker(self.exploration.query.limit), self._ask_limit)

    def _ask_limit(self, chosen: int | None) -> None:
        if chosen is not None:
            self.ask_changed(lambda query: replace(query, limit=chosen))

    def action_pick_view(self) -> None:
        """Choose one of the recommended views."""
        self.app.push_screen(ViewPicker(), self._ask_view)

    def _ask_view(self, chosen: Chosen | None) -> None:
        if chosen is not None:
            self.exploration = self.exploration.viewed(chosen.view)
            self.ask_changed(chosen.applied_to)

    def action_copy_link(self) -> None:
        """Copy the address of this question in Datadog's web pages."""
        site = self._source.site if self._source is not None else None
        if site is None:
            self.say(f"{self.label or 'What is asked'} has no web pages; a link needs a Datadog site.")
            return
        query = self.exploration.query
        self.post_message(self.CopyWanted([web_link(query, query.time_range.window(self._clock()), site)], "link"))

    def action_move_window(self, move: str) -> None:
        """Move the window by its own length, zoom it around its middle, or take it back to now."""
        now = self._clock()
        moved = MOVES[move]
        self.ask_changed(lambda query: replace(query, time_range=snapped(moved(query.time_range, now), now)))

    def action_edit_filter(self) -> None:
        """Put the keyboard into the filter."""
        self.query_one(FilterBar).edit()

    def action_ask_now(self) -> None:
        """Ask the same again."""
        self.ask_changed(lambda query: query)

    def action_toggle_live(self) -> None:
        """Stop the refreshes, or let them go on."""
        self.exploration = self.exploration.toggled_live()
        if not self.exploration.fetching:
            self.plan(self.exploration.next_refresh_seconds(self._clock()))
        self.say(liveness_sentence(self.exploration))

    def action_sort(self) -> None:
        """Sort by the column under the cursor."""
        if (column := self.query_one(Grid).cursor_column) is not None:
            self.exploration = self.exploration.sorted_by(column)

    def action_flip_sort(self) -> None:
        """The other way round."""
        self.exploration = self.exploration.flipped()

    def action_toggle_detail(self) -> None:
        """Open or close the detail pane."""
        self._detail_wanted = not self.has_class("-detail")
        self.remove_class("-alone")
        self._set_width_classes(self.size.width)
        self._follow_detail()
        if not self._detail_wanted:
            self.set_focus(self.query_one(Grid))

    def action_close(self) -> None:
        """Close what covers the grid; with nothing to close, no filter any more."""
        if self.has_class("-narrow") and self.has_class("-detail"):
            self.action_toggle_detail()
        elif self.exploration.arrangement.row_filter.text:
            self.query_one(FilterBar).clear()
        elif self.has_class("-detail"):
            self.action_toggle_detail()

    def action_toggle_alone(self) -> None:
        """Give the grid the whole screen, or share it again."""
        self.toggle_class("-alone")
        self.set_focus(self.query_one(Grid))

    def action_toggle_mark(self) -> None:
        """Mark the row, and go on to the next."""
        grid = self.query_one(Grid)
        if grid.highlighted is not None:
            self.exploration = self.exploration.toggled_mark(grid.highlighted.id)
            grid.action_move(1)

    def action_unmark_all(self) -> None:
        """No row marked."""
        marks = len(self.exploration.marked)
        self.say(f"{plural(marks, 'mark')} taken away." if marks else "Nothing is marked.")
        self.exploration = self.exploration.unmarked()

    def action_copy_ids(self) -> None:
        """Copy the ids of the marked connections, one a line, or that of the one under the cursor."""
        highlighted = self.query_one(Grid).highlighted
        self.post_message(self.CopyWanted(self.exploration.chosen_ids(highlighted and highlighted.id)))

    def action_help(self) -> None:
        """All keys of this screen."""
        self.app.push_screen(HelpScreen(key_groups(self, self.query_one(Grid))))
