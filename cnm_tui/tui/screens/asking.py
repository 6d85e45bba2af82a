"""The part of the screen that all levels use: the session and its features, words for the user, and dialogs."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.settings import Settings
from cnm_tui.core.snapshot import Connection
from cnm_tui.tui.commands import usual_key
from cnm_tui.tui.features import Features
from cnm_tui.tui.requests import Handle, Work
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from cnm_tui.tui.terminal.terminal_app import PaintedOnceScreen, TerminalApp
from cnm_tui.tui.view import NOTICE_SECONDS, Answer, Slot, Then
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import StatusBar
from cnm_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known


class AskingScreen(PaintedOnceScreen):
    """Runs the session's work, and tells the user what happened."""

    notice: reactive[str] = reactive("", repaint=False, init=False)
    """What a key press did, for a while."""
    shown_keys: reactive[Mapping[str, str]] = reactive({}, repaint=False, init=False)
    """The first key of each command for which people chose others, by its id."""

    detail_wanted: reactive[bool | None] = reactive(None, repaint=False, init=False)
    """Whether the user wants the detail pane open; None as long as that was not said."""

    def __init__(
        self, exploration: Exploration, clock: Callable[[], float], services: Services, settings: Settings
    ) -> None:
        super().__init__()
        self.services = services
        self.session = Session(exploration, clock, self)
        self.features = Features(self.session, self)
        self.settings = settings
        self.session.is_covered = lambda: not self.is_active
        self.session.cursor = lambda: self.cursor
        self.session.landed.connect(self.move_to)
        self.session.said.connect(self.say)
        self._notice_end: Timer | None = None
        self._said_unseen = False
        """True if a dialog stood over the notice, perhaps over all of it, when it was said."""

    # The scheduler of the session

    def start_work(self, work: Work) -> Handle:
        """Run work as a worker, so that an error in it stops the program."""
        worker: Worker[None] = self.run_worker(work)
        return worker

    def call_after(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call something once, after so many seconds."""
        return self.set_timer(seconds, then)

    async def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        await asyncio.sleep(seconds)

    # The terminal

    @property
    def terminal(self) -> TerminalApp:
        """The terminal under the screen."""
        assert isinstance(self.app, TerminalApp)
        return self.app

    @property
    def width(self) -> int:
        """Columns of the screen."""
        return self.size.width

    # Words

    def key(self, command: str, usual: str = "") -> str:
        """Return the key in force for a command, by its id."""
        return self.shown_keys.get(command) or usual or usual_key(command)

    def say(self, sentence: str, seconds: float = NOTICE_SECONDS) -> None:
        """Show for a while what a key press did; an empty sentence takes away the one before."""
        self.notice = sentence
        self._said_unseen = not self.is_active
        if self._notice_end is not None:
            self._notice_end.stop()
        self._notice_end = self.set_timer(seconds, self._end_notice)

    def say_when_painted(self, sentence: str) -> None:
        """Say it after what was changed is painted."""
        self.call_after_refresh(self.say, sentence)

    def _end_notice(self) -> None:
        self._notice_end = None
        if self.is_active or not self._said_unseen:
            self.notice = ""

    def on_screen_resume(self) -> None:
        """Show what was said under a dialog once more: it can be read now."""
        if self.notice and self._said_unseen:
            self.say(self.notice)

    # Dialogs and panes

    def ask(self, dialog: ModalScreen[Answer], then: Then[Answer]) -> None:
        """Open a dialog, and call `then` with the answer."""
        self.app.push_screen(dialog, then)

    def show(self, pane: Widget, slot: Slot) -> None:
        """Mount a pane that a feature made."""
        self.mount(pane, before="#body" if slot == "above rows" else self.query_one(StatusBar))

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Choose fields to group by, and call `then` with those chosen."""
        self.features["fields"].pick(before, side, then)

    def copy(self, lines: Sequence[str], noun: str, *, page: str = "") -> None:
        """Have lines copied, and a page opened."""
        self.features["copying"].copy(lines, noun, page=page)

    async def edit_search(self, draft: str | None = None) -> None:
        """Put the keyboard into the search box."""
        self.remove_class("-alone")
        await self.query_one(QueryBar).edit(draft)
        self.features["searches"].learn()

    @property
    def edits_search(self) -> bool:
        """True while the keyboard is in the search box."""
        return self.query_one(QueryBar).editing

    def offer_searches(self, earlier: Sequence[str]) -> None:
        """Have the search box walk through these searches."""
        for bar in self.query(QueryBar):
            bar.earlier = earlier

    def offer_values(self, known: "Known") -> None:
        """Have the search box complete with what is known."""
        for bar in self.query(QueryBar):
            bar.known = known

    def offer(self, sentence: str) -> None:
        """Say in a line of its own what one key would do now."""
        for status in self.query(StatusBar):
            status.offer = sentence

    def show_accent(self, accent: str) -> None:
        """Paint the name of the source in the colour of its profile."""
        for title in self.query(TitleBar):
            title.accent = accent

    def show_asked_search(self) -> None:
        """Show the search that is asked in the search box."""
        self.query_one(QueryBar).show_asked()

    def show_filter(self, text: str) -> None:
        """Show what narrows the rows, in the place of what is being typed."""
        if text or "filtering" in self.features:
            self.features["filtering"].show(text)

    # The rows

    @property
    def exploration(self) -> Exploration:
        """What is asked, shown, chosen and wrong, right now."""
        return self.session.exploration

    @property
    def row(self) -> Connection | None:
        """The connection under the cursor."""
        return self.query_one(Grid).highlighted

    @property
    def column(self) -> str | None:
        """The key of the column under the cursor."""
        return self.query_one(Grid).cursor_column

    @property
    def cursor(self) -> Cursor:
        """The place of the cursor."""
        return self.query_one(Grid).cursor

    def move_to(self, cursor: Cursor) -> None:
        """Put the cursor there."""
        self.query_one(Grid).return_to(cursor)

    def move_down(self) -> None:
        """Put the cursor on the next row."""
        self.query_one(Grid).action_move(1)

    @property
    def followed(self) -> Connection | None:
        """The connection that the cursor stays with."""
        return self.query_one(Grid).followed

    def follow(self, connection: Connection | None) -> None:
        """Have the cursor stay with this connection."""
        self.query_one(Grid).follow(connection)

    def focus_rows(self) -> None:
        """Give the keyboard to the rows."""
        self.set_focus(self.query_one(Grid))

    # The detail pane

    def show_detail(self) -> None:
        """Open the detail pane, unless it is open."""
        self.remove_class("-alone")
        if not self.has_class("-detail"):
            self.detail_wanted = True

    def fill_detail(self) -> None:
        """Show the connection under the cursor, and beside it the one the other way."""
        if not self.has_class("-detail"):
            return
        detail, connection = self.query_one(Detail), self.row
        known = None if connection is None else self.features["reverse"].known(connection)
        if detail.connection == connection:
            detail.other_way = known
        else:
            # Both at once, so that the pane is made once.
            detail.set_reactive(Detail.other_way, known)
            detail.connection = connection
