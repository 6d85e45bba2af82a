"""The screen: its panes, what each is told, and the keys for the rows."""

from collections.abc import Sequence
from inspect import isawaitable
from typing import ClassVar, Final

from textual import on
from textual.actions import parse
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
    problem_sentence,
    status_remarks,
)
from cnm_tui.core.snapshot import Connection
from cnm_tui.core.table.table import Arrangement
from cnm_tui.tui.commands import HINTS, bindings, command
from cnm_tui.tui.requests import Purpose
from cnm_tui.tui.screens.asking import AskingScreen
from cnm_tui.tui.terminal.keys import key_lines
from cnm_tui.tui.terminal.memory import collect_now_and_then
from cnm_tui.tui.terminal.painted import filtered_blank
from cnm_tui.tui.widgets.detail import Detail, Edge
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import StatusBar
from cnm_tui.tui.widgets.title_bar import TitleBar

WIDE: Final = 160
MEDIUM: Final = 100
_DETAIL_PAUSE_SECONDS: Final = 0.08
"""The detail pane follows once the cursor rests; a held key repeats faster than this."""
_BESIDES: Final = tuple(purpose for purpose in Purpose if purpose is not Purpose.ROWS)
"""Purposes of requests for something besides the rows."""


class Body(Container):
    """Between the first line and the last; the panes cover it."""

    # Nothing of its own shows, and its lines are looked at again with each change anywhere.
    BLANK: ClassVar[bool] = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank ones, all alike."""
        return filtered_blank(self, super().render_lines(crop))


class MainScreen(AskingScreen):
    """Bindings, and watchers that hand each pane its part."""

    AUTO_FOCUS: ClassVar[str | None] = "Grid"
    BINDINGS: ClassVar[list[BindingType]] = bindings("screen")

    _detail_pause: Timer | None = None

    def compose(self) -> ComposeResult:
        """The panes; the style sheet puts them beside or over each other.

        All that the first frame shows is known here: whatever came later would be sent once more.
        """
        self._set_width_classes(self.app.size.width)
        yield TitleBar(self.session.now)
        with Body(id="body"):
            yield QueryBar(self.exploration.query, column=self.app.size.width >= WIDE)
            yield Grid()
            yield Detail(_edge(self.app.size.width))
        yield StatusBar(self._hints)

    def on_mount(self) -> None:
        """Show what will be asked, before anybody can answer."""
        if self.shown_keys:
            self.watch_shown_keys()
        session = self.session
        session.changed.connect(lambda _before, after: self._hand_out(after))
        session.answered.connect(lambda before, _answer: self.call_after_refresh(_let_go_of, before))
        session.source_changed.connect(self._on_source_changed)
        session.opened.connect(self._on_opened)
        session.requests.refresh_planned.connect(self._tell_next_refresh)
        self._hand_out(self.exploration)
        self.show_filter(self.exploration.arrangement.row_filter.text)

    # Telling the panes

    @property
    def _hints(self) -> Sequence[tuple[str, str]]:
        return [(self.key(id), does) for id, does in HINTS.items()]

    def watch_shown_keys(self) -> None:
        """Name them wherever keys are named."""
        for status in self.query(StatusBar):
            status.keys = self._hints
        for bar in self.query(QueryBar):
            bar.keys = self.shown_keys
        for detail in self.query(Detail):
            detail.closes = self.key("close")

    def _hand_out(self, exploration: Exploration) -> None:
        """Hand each pane its part; a pane given what it already shows does nothing."""
        if not self._has_panes:
            return
        self.query_one(QueryBar).shown = exploration.query
        grid = self.query_one(Grid)
        grid.marked = exploration.marked
        grid.table = exploration.table
        self._tell_title(exploration)
        self._tell_remarks()
        status = self.query_one(StatusBar)
        # Before the first answer it stands where rows would be.
        told = exploration.problem if exploration.table is not None else None
        status.problem = problem_sentence(told, self.key) if told is not None else ""
        grid.message = empty_answer(exploration, self.session.label, self.key)
        detail = self.query_one(Detail)
        detail.message, detail.snapshot = grid.message, exploration.snapshot
        if exploration.trail.before or "navigation" in self.features:
            self.features["navigation"].show_way(exploration)

    @property
    def _has_panes(self) -> bool:
        """False while panes are made and taken down: the keyboard moves then, and answers come."""
        return all(self.query(pane) for pane in (TitleBar, QueryBar, Grid, Detail, StatusBar))

    def _tell_remarks(self) -> None:
        """Say what the rows are, and what orders or hides them."""
        if not self._has_panes:
            return
        grid, status = self.query_one(Grid), self.query_one(StatusBar)
        in_sight, followed = grid.columns_in_sight, grid.followed
        if self.has_class("-narrow") and self.has_class("-detail"):
            # The detail pane covers all headings.
            in_sight = frozenset()
        kept = kept_remarks(self.exploration, in_sight, followed, key=self.key)
        beside = kept_remarks(self.exploration, in_sight, followed)
        query, bar = self.exploration.query, self.query_one(QueryBar)
        # The grid alone hides what is asked, and so does a draft; both hide rows.
        if bar.shows_another_search or (self.has_class("-alone") and (query.search or query.tags)):
            kept, beside = (*kept, asked_remark(query)), (*beside, asked_remark(query))
        status.kept, status.beside = kept, beside
        status.remarks = status_remarks(self.exploration, self.key, kept)

    def follow(self, connection: Connection | None) -> None:
        """Have the cursor stay with this connection, and say so in the last line."""
        super().follow(connection)
        self._tell_remarks()

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

    def _on_source_changed(self, had_one: bool) -> None:
        self.query_one(TitleBar).label = self.session.label
        if had_one:
            self.say("")
            self.query_one(Grid).start_over()

    def _on_opened(self, arrangement: Arrangement) -> None:
        self.query_one(Grid).start_over()
        self.show_filter(arrangement.row_filter.text)

    def _tell_next_refresh(self) -> None:
        self.query_one(TitleBar).next_refresh_at = self.session.requests.next_refresh_at

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

    @on(QueryBar.Submitted)
    def _on_search_submitted(self, message: QueryBar.Submitted) -> None:
        self.features["query"].submitted(message.search)

    @on(QueryBar.Left)
    def _on_search_left(self, message: QueryBar.Left) -> None:
        self.features["query"].search_left(unasked=message.unasked)

    @on(QueryBar.PartChosen)
    async def _on_part_chosen(self, message: QueryBar.PartChosen) -> None:
        await self.features["query"].change_part(message.part)

    @on(Grid.Highlighted)
    def _on_highlighted(self, message: Grid.Highlighted) -> None:
        if message.by_user:
            self.session.moved_at = self.session.now()
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
        self.say(f"No longer following, as the cursor was moved; {self.key('follow_row')} follows this row.")

    @on(Grid.HeadingChosen)
    def _on_heading_chosen(self, message: Grid.HeadingChosen) -> None:
        self.features["sorting"].sort_by(message.column)

    @on(Grid.Widened)
    def _on_widened(self, message: Grid.Widened) -> None:
        self.session.update(lambda exploration: exploration.widened(message.column, message.by))

    @on(Grid.Opened)
    async def _on_row_opened(self) -> None:
        await self.run("drill_down")

    @on(StatusBar.HintChosen)
    async def _on_hint_chosen(self, message: StatusBar.HintChosen) -> None:
        await self.run(list(HINTS)[message.position])

    @on(Detail.CloseChosen)
    def _on_detail_close_chosen(self) -> None:
        self.action_toggle_detail()

    # Commands

    async def action_run(self, command: str) -> None:
        """Run a command, by its id."""
        await self.run(command)

    async def run(self, id: str) -> None:
        """Do what this command does, whatever has the keyboard."""
        found = command(id)
        name, method, arguments = parse(found.runs)
        if found.heard_by == "rows":
            await self.query_one(Grid).run_action(found.runs)
        elif name in ("", "app", "screen"):
            await self.run_action(found.runs)
        elif isawaitable(doing := getattr(self.features[name], method)(*arguments)):
            await doing

    def action_toggle_detail(self) -> None:
        """Open or close the detail pane."""
        self.remove_class("-alone")
        self.detail_wanted = not self.has_class("-detail")

    def action_close(self) -> None:
        """Close what covers the grid, give up a request, clear the filter: the first of them that there is."""
        if self.has_class("-narrow") and self.has_class("-detail"):
            self.action_toggle_detail()
        elif self.session.waits_by_hand:
            self.features["navigation"].give_up()
        elif self.session.requests.cancel(*_BESIDES):
            self.say("Given up; the rows stay as they are.")
        elif "filtering" in self.features and self.features["filtering"].is_open:
            self.features["filtering"].clear()
        elif self.has_class("-detail"):
            self.action_toggle_detail()
        elif self.session.waits:
            self.features["navigation"].give_up()

    def action_toggle_alone(self) -> None:
        """Give the grid the whole screen, or share it again."""
        self.toggle_class("-alone")
        self.set_focus(self.query_one(Grid))
        self._tell_remarks()

    def action_help(self) -> None:
        """All keys of this screen."""
        from cnm_tui.tui.dialogs.help import HelpScreen

        self.ask(HelpScreen(key_lines(self.app)), lambda _nothing: None)


def _edge(width: int) -> Edge:
    """Where the detail pane borders on the rows: beside them, under them, or in their place."""
    return "left" if width >= WIDE else "top" if width >= MEDIUM else ""


def _let_go_of(_shown_before: Exploration) -> None:
    """Drop the last reference to what was shown before, and now and then what it left behind."""
    collect_now_and_then()
