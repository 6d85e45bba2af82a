"""The interface of the main screen for features."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from cnm_tui.core.connections import Connection
from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.settings import Settings
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.services import Services

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known

Answer = TypeVar("Answer")
Happened = TypeVar("Happened", bound=Message)

Then = Callable[[Answer | None], None] | Callable[[Answer | None], Awaitable[None]]
"""Receives the answer of a dialog; None when cancelled."""
Slot = Literal["above rows", "below rows", "beside rows"]
"""The place of a pane that is made on demand. On a wide screen `beside rows` is below the query."""

Trend = Callable[[Connection, Metric, int], str]
"""Returns the sparkline of a metric of a connection, in at most this many columns."""

SectionLine = tuple[str, str] | tuple[tuple[str, str], ...]
"""A text with its paint, or several of them, one behind the other: "", `quiet`, `label`, `odd`, `bad` or `thin`."""
Section = Callable[[Connection, int], Sequence[SectionLine]]
"""Returns the lines of a section of the detail pane, for a connection and a width in columns.

A single text that is longer is wrapped. No lines hide the section.
"""

NOTICE_SECONDS = 6.0
WIDE = 160
"""Columns from which the query and the detail pane are beside the rows."""


class Terminal(Protocol):
    """The terminal, as features see it."""

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence past the screen."""

    def lend_mouse(self) -> Callable[[], None]:
        """Give the mouse to the terminal, and return a function that takes it back."""

    def lent_terminal(self, sentence: str) -> AbstractContextManager[bool]:
        """Lend the terminal to another program, with this sentence on it; yield False if that is impossible."""

    @property
    def theme(self) -> str:
        """The name of the theme."""

    def show_theme(self, name: str) -> bool:
        """Change the theme; return False if the terminal has too few colours for a choice."""

    def exit(self) -> None:
        """End the program."""


class SearchBox(Protocol):
    """The search box, as features see it."""

    @property
    def has_focus(self) -> bool:
        """True while the user edits the search."""

    async def edit(self, draft: str | None = None) -> None:
        """Focus the box, at the end of its text or draft."""

    def show_asked(self) -> None:
        """Show the current search, in place of a draft."""

    def offer_earlier(self, earlier: Sequence[str]) -> None:
        """Offer these past searches, newest first."""

    def offer_values(self, known: "Known") -> None:
        """Offer these values for completion."""


class View(Protocol):
    """The main screen, as features see it."""

    services: Services
    settings: Settings

    @property
    def search_box(self) -> SearchBox:
        """The search box in the query bar."""

    @property
    def terminal(self) -> Terminal:
        """The terminal under the screen."""

    @property
    def width(self) -> int:
        """The screen's width in columns."""

    # Rows

    @property
    def row(self) -> Connection | None:
        """The connection at the cursor; None if there is none."""

    @property
    def column(self) -> str | None:
        """The key of the column at the cursor; None without columns."""

    @property
    def cursor(self) -> Cursor:
        """The cursor's position, to return to."""

    def move_to(self, cursor: Cursor) -> None:
        """Move the cursor there, if that row and column still exist."""

    def move_down(self) -> None:
        """Move the cursor to the next row."""

    @property
    def followed(self) -> Connection | None:
        """The connection that the cursor follows."""

    def follow(self, connection: Connection | None) -> None:
        """Make the cursor follow this connection through sorts, filters and refreshes; None to stop."""

    def focus_rows(self) -> None:
        """Focus the rows."""

    @property
    def is_at_rows(self) -> bool:
        """True if no dialog is open and no text is edited, so that a dialog may open by itself."""

    # Messages

    @property
    def notice(self) -> str:
        """The message shown; empty without one."""

    def say(self, sentence: str, seconds: float = NOTICE_SECONDS) -> None:
        """Show a message about a key press for a while; an empty sentence removes the previous one."""

    def say_when_painted(self, sentence: str) -> None:
        """Show a message after the next frame, if the user waits for that frame."""

    def key(self, command: str, usual: str = "") -> str:
        """Return the keyboard key in force for a command id, to name it in sentences."""

    # Dialogs and panes

    def ask(self, dialog: ModalScreen[Answer], then: Then[Answer]) -> None:
        """Open a dialog, and call `then` with its answer; None when cancelled.

        It is in front before this returns, so that keys typed directly after reach it (`terminal/type_ahead.py`).
        Awaiting the answer here is impossible: the app processes no key while it awaits a command.
        """

    def show(self, pane: Widget, slot: Slot) -> None:
        """Mount a pane that a feature made."""

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Open the field picker with the current fields, and call `then` with the chosen ones, unless cancelled."""

    def drill_into(self, shown: Snapshot, rows: Sequence[Connection]) -> None:
        """Drill down into these rows of this answer, as from the grid."""

    async def run(self, command: str) -> None:
        """Run a command of another feature by its id, as its key does."""

    def ask_all_rows(self) -> None:
        """Request all rows of the question, in parts."""

    def listen(self, happened: type[Happened], listener: Callable[[Happened], object]) -> None:
        """Call the listener with each message of this type from a pane."""

    def offer(self, sentence: str) -> None:
        """Show what one key would do now, in a line of its own; empty to remove it."""

    def show_accent(self, accent: str) -> None:
        """Paint the source's name in the colour of its profile; empty for the theme's."""

    def show_mode(self, name: str, words: str) -> None:
        """Show in the title bar until it is replaced that something holds: recording, replay; empty to remove it."""

    def copy(self, lines: Sequence[str], noun: str, *, page: str = "") -> None:
        """Copy lines, and open a page if the user has a browser on this machine."""

    def show_filter(self, text: str) -> None:
        """Show the current filter in place of a typed one."""

    def show_detail(self) -> None:
        """Open the detail pane if it is closed, at the figures."""

    def show_finding(self) -> None:
        """Open the detail pane at the finding of the row at the cursor."""

    @property
    def shows_finding(self) -> bool:
        """True if the detail pane is open with the whole finding of the row at the cursor."""

    def fill_detail(self) -> None:
        """Update the detail pane for the connection at the cursor."""

    def show_section(self, name: str, section: Section | None, *, first: bool = False) -> None:
        """Add a section with this heading to the detail pane, or replace it; None removes it.

        It stands before the figures; with `first` before the finding.
        """

    def show_trends(self, trend: Trend | None) -> None:
        """Show the trend of each figure in the detail pane; None to remove them."""

    def show_time_trend(self, words: str) -> None:
        """Show the trend of all rows under the time range, where the query is beside the rows; empty to remove it."""

    def show_remark(self, name: str, sentence: str) -> None:
        """Show a remark of a feature in the status bar until it is replaced; empty to remove it."""
