"""A main screen without an app: it remembers what features say, ask and show."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from textual.screen import ModalScreen
from textual.widget import Widget

from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import NOWHERE, Cursor
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.query import Query
from cnm_tui.core.settings import NOTHING_SET
from cnm_tui.core.snapshot import Connection, Source
from cnm_tui.core.suggestions.completion import Known
from cnm_tui.tui.commands import usual_key
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import NOTICE_SECONDS, Answer, Happened, Slot, Then
from tests.tui.scheduling import FakeScheduler


def no_keys() -> Source:
    raise CredentialsMissing("There are no keys.")


class FakeTerminal:
    """Remembers what goes to it."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.has_mouse = False
        self.ended = False
        self.sentences: list[str] = []
        """Said while another program had it."""

    def write_to_terminal(self, sequence: str) -> None:
        """Keep it."""
        self.sent.append(sequence)

    def lend_mouse(self) -> Callable[[], None]:
        """Have the mouse until it is taken back."""
        self.has_mouse = True
        return self._give_mouse_back

    def _give_mouse_back(self) -> None:
        self.has_mouse = False

    @contextmanager
    def lent_terminal(self, sentence: str) -> Iterator[bool]:
        """Let another program have it."""
        self.sentences.append(sentence)
        yield True

    def exit(self) -> None:
        """End."""
        self.ended = True


class FakeView:
    """Features see it as the main screen; the test says where the cursor is, and answers dialogs."""

    def __init__(self, services: Services | None = None) -> None:
        self.services = services or Services(no_keys, no_keys)
        self.settings = NOTHING_SET
        self.terminal = FakeTerminal()
        self.width = 200
        self.row: Connection | None = None
        self.column: str | None = None
        self.cursor = NOWHERE
        self.followed: Connection | None = None
        self.edits_search = False
        self.said: list[str] = []
        """All that was said, the last one last."""
        self.dialogs: list[ModalScreen[Any]] = []
        """Those that were opened."""
        self._answers: list[Callable[[Any], object]] = []
        self.offered = ""
        """What one key would do now."""
        self.searches: Sequence[str] = ()
        """Those that the search box walks through."""
        self.known: Known | None = None
        self.accent = ""
        self.filter = ""
        """The text that stands in the filter's bar."""
        self.copied: list[Sequence[str]] = []
        self.panes: list[Widget] = []
        self.filled = False
        """True once something was known for the detail pane."""

    # For tests

    @property
    def notice(self) -> str:
        """The sentence that was said last."""
        return self.said[-1] if self.said else ""

    async def answer(self, answer: object) -> None:
        """Answer the dialog that was opened last."""
        said = self._answers[-1](answer)
        if said is not None:
            await said  # type: ignore[misc]  # then it is awaitable

    # As features see it

    def move_to(self, cursor: Cursor) -> None:
        """Stand there."""
        self.cursor = cursor

    def move_down(self) -> None:
        """Nothing: there is one row."""

    def follow(self, connection: Connection | None) -> None:
        """Follow it."""
        self.followed = connection

    def focus_rows(self) -> None:
        """The keyboard is in no box any more."""
        self.edits_search = False

    def say(self, sentence: str, seconds: float = NOTICE_SECONDS) -> None:
        """Remember it."""
        self.said.append(sentence)

    def say_when_painted(self, sentence: str) -> None:
        """Nothing is painted here."""
        self.say(sentence)

    def key(self, command: str, usual: str = "") -> str:
        """The usual one."""
        return usual_key(command)

    def ask(self, dialog: ModalScreen[Answer], then: Then[Answer]) -> None:
        """Keep it open until the test answers."""
        self.dialogs.append(dialog)
        self._answers.append(then)

    def show(self, pane: Widget, slot: Slot) -> None:
        """Keep the pane."""
        self.panes.append(pane)

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Choose those of before."""
        then(before)

    def listen(self, happened: type[Happened], listener: Callable[[Happened], object]) -> None:
        """No pane sends anything here."""

    def offer_searches(self, earlier: Sequence[str]) -> None:
        """Remember them."""
        self.searches = earlier

    def offer_values(self, known: Known) -> None:
        """Remember it."""
        self.known = known

    async def edit_search(self, draft: str | None = None) -> None:
        """The keyboard is in the search box."""
        self.edits_search = True

    def offer(self, sentence: str) -> None:
        """Remember it."""
        self.offered = sentence

    def show_accent(self, accent: str) -> None:
        """Remember it."""
        self.accent = accent

    def copy(self, lines: Sequence[str], noun: str, *, page: str = "") -> None:
        """Remember it."""
        self.copied.append(lines)

    def show_filter(self, text: str) -> None:
        """Remember it."""
        self.filter = text

    def show_asked_search(self) -> None:
        """Nothing: a test reads what is asked from the session."""

    def show_detail(self) -> None:
        """Nothing: there is no detail pane."""

    def fill_detail(self) -> None:
        """Something new is known for the detail pane."""
        self.filled = True


def a_sitting(
    exploration: Exploration | None = None, services: Services | None = None
) -> tuple[Session, FakeView, FakeScheduler]:
    """Return a session that nobody refreshes, a view of it, and what lets its time pass."""
    scheduler = FakeScheduler()
    session = Session(exploration or Exploration(Query(), refresh_seconds=None), scheduler.clock, scheduler)
    view = FakeView(services)
    session.said.connect(view.say)
    return session, view, scheduler
