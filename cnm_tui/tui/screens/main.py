"""Define the main screen with its panes and commands.

Features use the main screen only through the interface `View`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from cnm_tui.core.connections import Connection
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import NOWHERE, Cursor
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.settings import Settings
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement
from cnm_tui.tui import dialogs, terminal
from cnm_tui.tui.commands import bindings, told_key, usual_key
from cnm_tui.tui.features import Features
from cnm_tui.tui.screens.command_runner import CommandRunner
from cnm_tui.tui.screens.main_search_box import MainSearchBox
from cnm_tui.tui.screens.pane_layout import Body, PaneLayout, edge
from cnm_tui.tui.screens.pane_messages import listen_to_panes
from cnm_tui.tui.screens.panes import Panes
from cnm_tui.tui.screens.scheduler import ScreenScheduler
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from cnm_tui.tui.terminal.keys import key_lines
from cnm_tui.tui.terminal.memory import collect_now_and_then
from cnm_tui.tui.terminal.terminal_app import PaintedOnceScreen, TerminalApp
from cnm_tui.tui.view import NOTICE_SECONDS, WIDE, Answer, Section, Slot, Then, Trend
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import StatusBar
from cnm_tui.tui.widgets.title_bar import TitleBar

_MANY_ROWS: Final = 1_000
"""Number of rows of an answer from which its freed memory is given back at once."""


class MainScreen(PaintedOnceScreen):
    """The screen below all dialogs. It contains the session and the features."""

    AUTO_FOCUS: ClassVar[str | None] = "Grid"
    BINDINGS: ClassVar[list[BindingType]] = bindings("screen")

    notice: reactive[str] = reactive("", repaint=False, init=False)
    """Message about a key press, shown for a while."""
    shown_keys: reactive[Mapping[str, str]] = reactive({}, repaint=False, init=False)
    """The first key of each command with key overrides, by command id."""

    def __init__(
        self, exploration: Exploration, clock: Callable[[], float], services: Services, settings: Settings
    ) -> None:
        super().__init__()
        self.services = services
        self.settings = settings
        self.session = Session(exploration, clock, ScreenScheduler(self))
        self.features = Features(self.session, self)
        self._pane_layout = PaneLayout(self, self.features)
        self._panes = Panes(self, self.session, self._pane_layout, self.key)
        self._commands = CommandRunner(self, self.session, self.features, self._pane_layout)
        self.search_box = MainSearchBox(self, self._pane_layout, self.features)
        listen_to_panes(self, self.session, self.features, self._panes, self._pane_layout)
        self._notice_end: Timer | None = None
        self._modes = dict(services.modes)
        self._said_unseen = False
        """True if a dialog covered the message when it was set."""

    def compose(self) -> ComposeResult:
        """Yield the panes of the screen. The style sheet arranges them.

        Everything that the first frame shows is set here, because a later change would be sent to the terminal
        again.
        """
        width = self.app.size.width
        self._pane_layout.set_width(width)
        yield TitleBar(self.session.now, " · ".join(self._modes.values()))
        with Body(id="body"):
            yield QueryBar(self.exploration.query, column=width >= WIDE)
            yield Grid()
            yield Detail(edge(width))
        yield StatusBar(self._panes.hints)

    def on_mount(self) -> None:
        """Show the query before the first response arrives, and start to listen to the signals of the session."""
        if self.shown_keys:
            self._panes.show_keys(self.shown_keys)
        session = self.session
        session.is_covered = lambda: not self.is_active
        session.cursor = lambda: self.cursor
        session.changed.connect(lambda _before, after: self._show(after))
        session.answered.connect(lambda before, _answer: self.call_after_refresh(_let_go_of, before))
        # The rows are painted before the list of facets is made.
        session.answered.connect(lambda _before, _answer: self.call_after_refresh(self._pane_layout.show_facets))
        session.source_changed.connect(self._on_source_changed)
        session.opened.connect(self._on_opened)
        session.landed.connect(self.move_to)
        session.said.connect(self.say)
        session.requests.refresh_planned.connect(self._panes.show_next_refresh)
        session.requests.awaited_changed.connect(self._panes.show_awaited)
        self._show(self.exploration)
        self.show_filter(self.exploration.arrangement.row_filter.text)

    def _show(self, exploration: Exploration) -> None:
        self._panes.show(exploration)
        if exploration.history.before or "navigation" in self.features:
            self.features.navigation.show_way(exploration)
        if exploration.arrangement.pins or "watch" in self.features:
            self.features.watch.show(exploration)
        if exploration.timeline is not None or "graph" in self.features:
            self.features.graph.show(exploration)
            self.features.charts.show(exploration)

    def _on_source_changed(self, had_one: bool) -> None:
        self._panes.show_source()
        if had_one:
            self.say("")
            self._start_over()

    def _on_opened(self, arrangement: Arrangement) -> None:
        self._start_over()
        self.show_filter(arrangement.row_filter.text)

    def _start_over(self) -> None:
        for grid in self.query(Grid):
            grid.start_over()

    def watch_shown_keys(self, keys: Mapping[str, str]) -> None:
        """Update the names of keyboard keys in all hints, because the key bindings have changed."""
        self._panes.show_keys(keys)

    def watch_notice(self, notice: str) -> None:
        """Show the new value of `notice` as the message in the status bar."""
        for status in self.query(StatusBar):
            status.notice = notice

    def on_descendant_focus(self) -> None:
        """Update the remarks in the status bar when another widget has the focus.

        This is necessary because the search box may contain edited text that was not run.
        """
        self._panes.show_remarks()

    def on_resize(self) -> None:
        """Show more or fewer panes, depending on the new width."""
        self._pane_layout.resized()

    def on_screen_suspend(self) -> None:
        """Repaint the status bar when a dialog is displayed, if the status bar has several lines.

        This is necessary because the dialog may hide some of these lines.
        """
        for status in self._panes.long_sentences:
            self.app.screen.call_after_refresh(status.refresh)

    def on_screen_resume(self) -> None:
        """Repaint the status bar after a dialog was closed, if the status bar has several lines.

        If a message was set while the dialog covered the status bar, show the message again.
        """
        for status in self._panes.long_sentences:
            status.refresh()
        if self.notice and self._said_unseen:
            self.say(self.notice)

    # Terminal

    @property
    def terminal(self) -> TerminalApp:
        """Return the app as an object that controls the terminal."""
        assert isinstance(self.app, TerminalApp)
        return self.app

    @property
    def width(self) -> int:
        """Return the width of the screen in terminal columns."""
        return self.size.width

    # Messages

    def key(self, command: str, usual: str = "") -> str:
        """Return the keyboard key that currently runs the command with this id."""
        return told_key(self.shown_keys.get(command) or usual or usual_key(command))

    def say(self, sentence: str, seconds: float = NOTICE_SECONDS) -> None:
        """Show a message in the status bar for some seconds, as a reaction to a pressed key.

        An empty sentence removes the previous message.
        """
        self.notice = sentence
        self._said_unseen = not self.is_active
        if self._notice_end is not None:
            self._notice_end.stop()
        self._notice_end = self.set_timer(seconds, self._end_notice)

    def say_when_painted(self, sentence: str) -> None:
        """Show a message after the next frame has been painted."""
        self.call_after_refresh(self.say, sentence)

    def _end_notice(self) -> None:
        self._notice_end = None
        if self.is_active or not self._said_unseen:
            self.notice = ""

    # Dialogs and panes

    @property
    def is_at_rows(self) -> bool:
        """True if no dialog is open and no text input has the focus."""
        return self.app.screen is self and not isinstance(self.focused, Input)

    def ask(self, dialog: ModalScreen[Answer], then: Then[Answer]) -> None:
        """Open a dialog. When the dialog is closed, call the function `then` with its result."""
        self.app.push_screen(dialog, then)

    def show(self, pane: Widget, slot: Slot) -> None:
        """Add a pane that a feature has created to the screen.

        `slot` is the name of the place on the screen where the pane is inserted.
        """
        if slot == "beside rows":
            self.query_one(QueryBar).put_below(pane)
        else:
            self.mount(pane, before="#body" if slot == "above rows" else self.query_one(StatusBar))

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Open the dialog for choosing group-by fields, and call the function `then` with the chosen fields."""
        self.features.fields.pick(before, side, then)

    def ask_all_rows(self) -> None:
        """Request all rows of the query with several smaller queries."""
        self.features.collecting.ask()

    def drill_into(self, shown: Snapshot, rows: Sequence[Connection]) -> None:
        """Query these rows again, grouped by more detailed fields."""
        self.features.drill.into(shown, rows)

    def copy(self, lines: Sequence[str], noun: str, *, page: str = "") -> None:
        """Copy lines of text to the clipboard, and open a web page."""
        self.features.copying.copy(lines, noun, page=page)

    def offer(self, sentence: str) -> None:
        """Show a sentence in a separate line. It says what one keyboard key would do now."""
        for status in self.query(StatusBar):
            status.offer = sentence

    def show_mode(self, name: str, words: str) -> None:
        """Show in the title bar that a mode is active, for example a recording."""
        self._modes[name] = words
        for title in self.query(TitleBar):
            title.mode = " · ".join(filter(None, self._modes.values()))

    def show_accent(self, accent: str) -> None:
        """Display the name of the source of data in the colour of its profile."""
        for title in self.query(TitleBar):
            title.accent = accent

    def show_filter(self, text: str) -> None:
        """Show the current filter in the filter bar. It replaces the text that the user has typed in the bar."""
        if text or "filtering" in self.features:
            self.features.filtering.show(text)

    # Rows

    @property
    def exploration(self) -> Exploration:
        """Return the current state: the query, the rows, the selection and the last error."""
        return self.session.exploration

    @property
    def row(self) -> Connection | None:
        """Return the connection at the cursor, or None if there is none."""
        return self.query_one(Grid).highlighted

    @property
    def column(self) -> str | None:
        """Return the key of the column at the cursor, or None if there are no columns."""
        return self.query_one(Grid).cursor_column

    @property
    def cursor(self) -> Cursor:
        """Return the position of the cursor.

        If the panes of the screen are already removed, return an empty position. This can happen if a refresh is
        still processed while the screen closes.
        """
        return self.query_one(Grid).cursor if self._panes.are_there else NOWHERE

    def move_to(self, cursor: Cursor) -> None:
        """Move the cursor to this position."""
        for grid in self.query(Grid):
            grid.return_to(cursor)

    def move_down(self) -> None:
        """Move the cursor of the grid to the next row."""
        self.query_one(Grid).action_move(1)

    @property
    def followed(self) -> Connection | None:
        """Return the connection that the cursor follows, or None if it follows none."""
        return self.query_one(Grid).followed

    def follow(self, connection: Connection | None) -> None:
        """Make the cursor follow this connection. If `connection` is None, stop following."""
        self.query_one(Grid).follow(connection)
        self._panes.show_remarks()

    def focus_rows(self) -> None:
        """Move the focus to the grid with the rows."""
        self.set_focus(self.query_one(Grid))

    def show_detail(self) -> None:
        """Open the detail pane if it is closed, and scroll it to the metric values."""
        self._pane_layout.open_detail()
        self.query_one(Detail).show_figures()

    def show_finding(self) -> None:
        """Open the detail pane, and show what is wrong with the row at the cursor, with all evidence."""
        self._pane_layout.open_detail()
        self.query_one(Detail).show_finding("" if self.row is None else self.row.id)

    @property
    def shows_finding(self) -> bool:
        """True if the detail pane is open and displays everything about the problem of the row at the cursor."""
        row = self.row
        layout = self._pane_layout
        is_open = layout.shows_detail and not layout.shows_rows_alone
        return row is not None and is_open and self.query_one(Detail).shows_finding_of(row.id)

    def fill_detail(self) -> None:
        """Update the detail pane with the data of the connection at the cursor."""
        self._pane_layout.fill_detail()

    def show_section(self, name: str, section: Section | None, *, first: bool = False) -> None:
        """Add a section of text to the detail pane. If a section with this name exists, replace it."""
        self.query_one(Detail).show_section(name, section, first=first)

    def show_trends(self, trend: Trend | None) -> None:
        """Show in the detail pane how each metric of the row changed over time."""
        self.query_one(Detail).trend = trend

    def show_time_trend(self, words: str) -> None:
        """Show in the query bar, below the time range, how all rows together changed over time."""
        self.query_one(QueryBar).trend = words

    def show_remark(self, name: str, sentence: str) -> None:
        """Show a remark in the status bar until a new remark with the same name replaces it."""
        self._panes.show_remark(name, sentence)

    # Commands

    async def run(self, command: str) -> None:
        """Run the command with this id."""
        await self._commands.run(command)

    async def action_run(self, command: str) -> None:
        """Run the command with this id."""
        await self.run(command)

    def action_toggle_detail(self) -> None:
        """Open or close the detail pane."""
        self._pane_layout.toggle_detail()

    def action_close(self) -> None:
        """Close the first thing that is open, for example a detail pane, a running request or the filter."""
        self._commands.close()

    def action_toggle_alone(self) -> None:
        """Switch between a full-screen grid and the layout with all panes."""
        self._pane_layout.toggle_alone()
        self._panes.show_remarks()

    def action_help(self) -> None:
        """Show the help screen with all keyboard keys of this screen."""
        help_screen = dialogs.HelpScreen(key_lines(self.app), self.session.exploration.query.endpoint)
        self.ask(help_screen, lambda tour: self.features.tour.start() if tour else None)


def _let_go_of(shown_before: Exploration) -> None:
    """Drop the last reference to the old rows, run the garbage collector from time to time, and give memory back."""
    collect_now_and_then()
    if shown_before.snapshot is not None and len(shown_before.snapshot.connections) >= _MANY_ROWS:
        terminal.give_back_freed()
