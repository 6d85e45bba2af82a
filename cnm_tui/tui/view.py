"""What a feature may do to the screen."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from cnm_tui.core.exploration.history import Cursor
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.settings import Settings
from cnm_tui.core.snapshot import Connection
from cnm_tui.tui.services import Services

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known

Answer = TypeVar("Answer")
Happened = TypeVar("Happened", bound=Message)

Then = Callable[[Answer | None], None] | Callable[[Answer | None], Awaitable[None]]
"""Takes the answer of a dialog; None means cancelled."""
Slot = Literal["above rows", "below rows"]
"""A place for a pane that is made when it is needed."""

NOTICE_SECONDS = 6.0


class Terminal(Protocol):
    """The terminal, as far as features know it."""

    def write_to_terminal(self, sequence: str) -> None:
        """Send a control sequence past the screen."""

    def lend_mouse(self) -> Callable[[], None]:
        """Hand the mouse to the terminal for a while, and return what takes it back."""

    def lent_terminal(self, sentence: str) -> AbstractContextManager[bool]:
        """Leave the terminal to another program, with this sentence on it; give False if that cannot be."""

    def exit(self) -> None:
        """End the program."""


class View(Protocol):
    """The main screen, as far as features know it."""

    services: Services
    settings: Settings

    @property
    def terminal(self) -> Terminal:
        """The terminal under the screen."""

    @property
    def width(self) -> int:
        """Columns of the screen."""

    # The rows

    @property
    def row(self) -> Connection | None:
        """The connection under the cursor; None where there is none."""

    @property
    def column(self) -> str | None:
        """The key of the column under the cursor; None where there are no columns."""

    @property
    def cursor(self) -> Cursor:
        """The place of the cursor, to come back to."""

    def move_to(self, cursor: Cursor) -> None:
        """Put the cursor there, as far as that row and that column are still shown."""

    def move_down(self) -> None:
        """Put the cursor on the next row."""

    @property
    def followed(self) -> Connection | None:
        """The connection that the cursor stays with."""

    def follow(self, connection: Connection | None) -> None:
        """Have the cursor stay with this connection, whatever is sorted, filtered or answered; None: with none."""

    def focus_rows(self) -> None:
        """Give the keyboard to the rows."""

    # Words

    @property
    def notice(self) -> str:
        """The sentence that is shown for a while; empty where there is none."""

    def say(self, sentence: str, seconds: float = NOTICE_SECONDS) -> None:
        """Show for a while what a key press did; an empty sentence takes away the one before."""

    def say_when_painted(self, sentence: str) -> None:
        """Say it after what was changed is painted, where that is what the user waits for."""

    def key(self, command: str, usual: str = "") -> str:
        """Return the key in force for a command, by its id, for sentences that name it."""

    # Dialogs and panes

    def ask(self, dialog: ModalScreen[Answer], then: Then[Answer]) -> None:
        """Open a dialog, and call `then` with the answer; None means cancelled.

        It is in front before this returns, so that a key typed right behind the one that opened it is meant for it
        (`terminal/type_ahead.py`). Awaiting the answer in its place is not possible: the app takes no key while it
        awaits a command.
        """

    def show(self, pane: Widget, slot: Slot) -> None:
        """Mount a pane that features make when there is something to show in it."""

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Choose fields to group by, beginning with those of before, and call `then` with those chosen, if any are."""

    def listen(self, happened: type[Happened], listener: Callable[[Happened], object]) -> None:
        """Call the listener with each message of this type that a pane sends."""

    @property
    def edits_search(self) -> bool:
        """True while the keyboard is in the search box."""

    def offer_searches(self, earlier: Sequence[str]) -> None:
        """Have the search box walk through these searches, the newest first."""

    def offer_values(self, known: "Known") -> None:
        """Have the search box complete with what is known."""

    async def edit_search(self, draft: str | None = None) -> None:
        """Put the keyboard into the search box, at the end of what stands there, or of the draft."""

    def offer(self, sentence: str) -> None:
        """Say in a line of its own what one key would do now; an empty sentence takes it away."""

    def show_accent(self, accent: str) -> None:
        """Paint the name of the source in the colour of its profile; an empty one is that of the theme."""

    def copy(self, lines: Sequence[str], noun: str, *, page: str = "") -> None:
        """Have lines copied, and a page opened where the user has a browser on this machine."""

    def show_filter(self, text: str) -> None:
        """Show what narrows the rows, in the place of what is being typed."""

    def show_asked_search(self) -> None:
        """Show the search that is asked in the search box, in the place of a draft."""

    def show_detail(self) -> None:
        """Open the detail pane, unless it is open."""

    def fill_detail(self) -> None:
        """Have the detail pane show what is known by now of the connection under the cursor."""
