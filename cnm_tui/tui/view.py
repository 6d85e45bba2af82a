"""Define the interface by which features use the main screen."""

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
    """The interface by which features use the terminal."""

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence directly to the terminal."""

    def lend_mouse(self) -> Callable[[], None]:
        """Stop mouse events, so that the terminal can select text. Return a function that starts them again."""

    def lent_terminal(self, sentence: str) -> AbstractContextManager[bool]:
        """Let another program use the terminal during the `with` block, and display this sentence on it first.

        Yield True if the other program can use the terminal, otherwise False.
        """

    @property
    def theme(self) -> str:
        """Return the name of the current theme."""

    def show_theme(self, name: str) -> bool:
        """Change the theme and return True. Return False if the terminal has too few colours for a theme."""

    def exit(self) -> None:
        """End the program."""


class SearchBox(Protocol):
    """The interface by which features use the search box."""

    @property
    def has_focus(self) -> bool:
        """True if the user is editing the search."""

    async def edit(self, draft: str | None = None) -> None:
        """Focus the search box, and put the cursor after the last character of its text.

        If `draft` is not None, it replaces the text.
        """

    def show_asked(self) -> None:
        """Show the search of the current query, and discard text that was typed but not run."""

    def offer_earlier(self, earlier: Sequence[str]) -> None:
        """Let the user choose from these past searches in the search box. They are sorted from newest to oldest."""

    def offer_values(self, known: "Known") -> None:
        """Let the search box complete the typed text with these values."""


class View(Protocol):
    """The interface by which features use the main screen."""

    services: Services
    settings: Settings

    @property
    def search_box(self) -> SearchBox:
        """Return the search box in the query bar."""

    @property
    def terminal(self) -> Terminal:
        """Return the terminal on which the screen is displayed."""

    @property
    def width(self) -> int:
        """Return the width of the screen in terminal columns."""

    # Rows

    @property
    def row(self) -> Connection | None:
        """Return the connection at the cursor, or None if there is none."""

    @property
    def column(self) -> str | None:
        """Return the key of the column at the cursor, or None if there are no columns."""

    @property
    def cursor(self) -> Cursor:
        """Return the position of the cursor, so that the cursor can be moved back there later."""

    def move_to(self, cursor: Cursor) -> None:
        """Move the cursor to this position, if its row and column still exist."""

    def move_down(self) -> None:
        """Move the cursor of the grid to the next row."""

    @property
    def followed(self) -> Connection | None:
        """Return the connection that the cursor follows, or None if it follows none."""

    def follow(self, connection: Connection | None) -> None:
        """Keep the cursor on this connection through sorts, filters and refreshes. If it is None, stop following."""

    def focus_rows(self) -> None:
        """Move the focus to the grid with the rows."""

    @property
    def is_at_rows(self) -> bool:
        """True if no dialog is open and no text input has the focus. Only then may a dialog open by itself."""

    # Messages

    @property
    def notice(self) -> str:
        """Return the message that is displayed at the moment. Return an empty text if there is none."""

    def say(self, sentence: str, seconds: float = NOTICE_SECONDS) -> None:
        """Show a message in the status bar for some seconds, as a reaction to a pressed key.

        An empty sentence removes the previous message.
        """

    def say_when_painted(self, sentence: str) -> None:
        """Show a message after the next frame, if the user is waiting for that frame."""

    def key(self, command: str, usual: str = "") -> str:
        """Return the keyboard key that currently runs a command, so that sentences can contain the key."""

    # Dialogs and panes

    def ask(self, dialog: ModalScreen[Answer], then: Then[Answer]) -> None:
        """Open a dialog. When it is closed, call the function `then` with its result, or with None if the user cancels.

        The dialog is in front before this method returns, so it receives all keys that are typed from then on
        (`terminal/type_ahead.py`). The result cannot be awaited here, because the app processes no key during a
        command.
        """

    def show(self, pane: Widget, slot: Slot) -> None:
        """Add a pane that a feature has created to the screen.

        `slot` is the name of the place on the screen where the pane is inserted.
        """

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Open the dialog for choosing group-by fields. At first, the fields of the current query are chosen.

        Call the function `then` with the chosen fields. If the user cancels, it is not called.
        """

    def drill_into(self, shown: Snapshot, rows: Sequence[Connection]) -> None:
        """Query these rows again, grouped by more detailed fields, in the same way as a drill-down in the grid."""

    async def run(self, command: str) -> None:
        """Run a command of another feature. `command` is the id of the command. Its keyboard key has
        the same effect.
        """

    def ask_all_rows(self) -> None:
        """Request all rows of the query with several smaller queries."""

    def listen(self, happened: type[Happened], listener: Callable[[Happened], object]) -> None:
        """Call the listener with each Textual message of this type from a pane."""

    def offer(self, sentence: str) -> None:
        """Show a sentence in a separate line. It says what one keyboard key would do now.

        An empty sentence removes the line.
        """

    def show_accent(self, accent: str) -> None:
        """Display the name of the source of data in the colour of its profile.

        If `accent` is empty, use the colour of the theme.
        """

    def show_mode(self, name: str, words: str) -> None:
        """Show in the title bar that a mode is active, for example a recording or a replay.

        The text stays until another text with the same name replaces it. An empty text removes it.
        """

    def copy(self, lines: Sequence[str], noun: str, *, page: str = "") -> None:
        """Copy lines of text to the clipboard. Open a web page if the user has a browser on this machine."""

    def show_filter(self, text: str) -> None:
        """Show the current filter in the filter bar. It replaces the text that the user has typed in the bar."""

    def show_detail(self) -> None:
        """Open the detail pane if it is closed, and scroll it to the metric values."""

    def show_finding(self) -> None:
        """Open the detail pane, and show what is wrong with the row at the cursor, with all evidence."""

    @property
    def shows_finding(self) -> bool:
        """True if the detail pane is open and displays everything about the problem of the row at the cursor."""

    def fill_detail(self) -> None:
        """Update the detail pane with the data of the connection at the cursor."""

    def show_section(self, name: str, section: Section | None, *, first: bool = False) -> None:
        """Add a section of text with the heading `name` to the detail pane, or replace the section with this heading.

        If `section` is None, remove it. The section is displayed above the metric values. If `first` is True, it is
        displayed above the text that explains what is wrong with the row.
        """

    def show_trends(self, trend: Trend | None) -> None:
        """Show in the detail pane how each metric of the row changed over time. If `trend` is None,
        remove the trends.
        """

    def show_time_trend(self, words: str) -> None:
        """Show below the time range how all rows together changed over time. An empty text removes this trend.

        The trend is displayed only if the query bar is beside the rows.
        """

    def show_remark(self, name: str, sentence: str) -> None:
        """Show a remark of a feature in the status bar until a new remark of this name replaces it.

        An empty sentence removes the remark.
        """
