"""Define a fake main screen for tests of features. It works without a Textual app and records all calls.

A feature is a class with the commands for one subject, for example for comparisons.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from textual.screen import ModalScreen
from textual.widget import Widget

from cnm_tui.core.connections import Connection
from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.history import NOWHERE, Cursor
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.query import Query
from cnm_tui.core.settings import NOTHING_SET
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.core.suggestions.completion import Known
from cnm_tui.tui.commands import told_key, usual_key
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import NOTICE_SECONDS, Answer, Happened, Section, Slot, Then, Trend
from tests.tui.scheduling import FakeScheduler


def no_keys() -> Source:
    raise CredentialsMissing("There are no keys.")


class FakeTerminal:
    """A fake terminal for tests. It records all calls of its methods."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.has_mouse = False
        self.ended = False
        self.theme = "dark"
        self.sentences: list[str] = []
        """Sentences shown while the terminal was lent."""

    def write_to_terminal(self, sequence: str) -> None:
        """Record the control sequence instead of sending it to a terminal."""
        self.sent.append(sequence)

    def lend_mouse(self) -> Callable[[], None]:
        """Record that the terminal itself may use the mouse. Return a function that records the end of this."""
        self.has_mouse = True
        return self._give_mouse_back

    def _give_mouse_back(self) -> None:
        self.has_mouse = False

    @contextmanager
    def lent_terminal(self, sentence: str) -> Iterator[bool]:
        """Record the message, and yield True. True means that another program may use the terminal."""
        self.sentences.append(sentence)
        yield True

    def show_theme(self, name: str) -> bool:
        """Record the name of the theme, and return True."""
        self.theme = name
        return True

    def exit(self) -> None:
        """Record that the app should end."""
        self.ended = True


class FakeSearchBox:
    """A fake search box that records the values which features pass to it."""

    def __init__(self) -> None:
        self.has_focus = False
        self.searches: Sequence[str] = ()
        """The past searches offered."""
        self.known: Known | None = None

    async def edit(self, draft: str | None = None) -> None:
        """Record that the search box has got the focus."""
        self.has_focus = True

    def show_asked(self) -> None:
        """Do nothing, because tests read the current query from the session."""

    def offer_earlier(self, earlier: Sequence[str]) -> None:
        """Record the past searches that the search box would offer."""
        self.searches = earlier

    def offer_values(self, known: Known) -> None:
        """Record the known tag values that the search box would suggest."""
        self.known = known


class FakeView:
    """A fake main screen for tests of features. The test sets the cursor, and closes the dialogs with a result."""

    def __init__(self, services: Services | None = None) -> None:
        self.modes: dict[str, str] = {}
        self.services = services or Services(no_keys, no_keys)
        self.settings = NOTHING_SET
        self.terminal = FakeTerminal()
        self.width = 200
        self.row: Connection | None = None
        self.column: str | None = None
        self.cursor = NOWHERE
        self.followed: Connection | None = None
        self.search_box = FakeSearchBox()
        self.said: list[str] = []
        """All messages, the latest last."""
        self.dialogs: list[ModalScreen[Any]] = []
        """All opened dialogs."""
        self._answers: list[Callable[[Any], object]] = []
        self.offered = ""
        """The current offer."""
        self.accent = ""
        self.filter = ""
        """The text in the filter bar."""
        self.copied: list[Sequence[str]] = []
        self.panes: list[Widget] = []
        self.sections: dict[str, Section] = {}
        self.remarks: dict[str, str] = {}
        self.wants_all_rows = False
        self.drilled: Sequence[Connection] = ()
        """The rows drilled into."""
        self.findings_shown = 0
        self.finding_of = ""
        """Id of the row whose finding is shown."""
        self.commands: list[str] = []
        """The commands of other features that were run."""
        self.filled = False
        """True once the detail pane was updated."""

    # For tests

    @property
    def notice(self) -> str:
        """Return the latest message to the user. It is empty if there was none."""
        return self.said[-1] if self.said else ""

    async def answer(self, answer: object) -> None:
        """Close the dialog that was opened last, with this result."""
        said = self._answers[-1](answer)
        if said is not None:
            await said  # type: ignore[misc]  # then it is awaitable

    # As features see it

    def move_to(self, cursor: Cursor) -> None:
        """Put the cursor of the fake grid at this position."""
        self.cursor = cursor

    @property
    def shows_finding(self) -> bool:
        """True if the finding that was opened last belongs to the row at the cursor."""
        return self.row is not None and self.finding_of == self.row.id

    async def run(self, command: str) -> None:
        """Record the name of the command that should be run."""
        self.commands.append(command)

    def move_down(self) -> None:
        """Do nothing. The real screen would move the cursor to the next row, but the fake screen has only one row."""

    def follow(self, connection: Connection | None) -> None:
        """Record the connection that the cursor should follow."""
        self.followed = connection

    def focus_rows(self) -> None:
        """Record that the focus has moved from the search box to the rows."""
        self.search_box.has_focus = False

    def say(self, sentence: str, seconds: float = NOTICE_SECONDS) -> None:
        """Record the message to the user."""
        self.said.append(sentence)

    def show_mode(self, name: str, words: str) -> None:
        """Record the words that the title bar should display for the mode with this name."""
        self.modes[name] = words

    def say_when_painted(self, sentence: str) -> None:
        """Record the message without waiting, because nothing is drawn here."""
        self.say(sentence)

    def key(self, command: str, usual: str = "") -> str:
        """Return the default keyboard key of the command, in the form in which it is displayed."""
        return told_key(usual_key(command))

    @property
    def is_at_rows(self) -> bool:
        """Return True, because the fake screen contains no text input that could have the focus."""
        return True

    def ask(self, dialog: ModalScreen[Answer], then: Then[Answer]) -> None:
        """Record the dialog. It stays open until the test calls the method `answer`."""
        self.dialogs.append(dialog)
        self._answers.append(then)

    def show(self, pane: Widget, slot: Slot) -> None:
        """Record the pane that should be displayed."""
        self.panes.append(pane)

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Choose the same group-by tags as before. The real screen would open a dialog."""
        then(before)

    def drill_into(self, shown: Snapshot, rows: Sequence[Connection]) -> None:
        """Record the rows into which the user drills down."""
        self.drilled = rows

    def ask_all_rows(self) -> None:
        """Record that the user wants to request all rows."""
        self.wants_all_rows = True

    def listen(self, happened: type[Happened], listener: Callable[[Happened], object]) -> None:
        """Do nothing, because no pane sends messages in the fake screen."""

    def offer(self, sentence: str) -> None:
        """Record the sentence with which a feature offers a next step to the user."""
        self.offered = sentence

    def show_accent(self, accent: str) -> None:
        """Record the accent colour of the profile."""
        self.accent = accent

    def copy(self, lines: Sequence[str], noun: str, *, page: str = "") -> None:
        """Record the lines to be copied."""
        self.copied.append(lines)

    def show_filter(self, text: str) -> None:
        """Record the filter text that the screen should display."""
        self.filter = text

    def show_detail(self) -> None:
        """Do nothing, because the fake screen has no detail pane."""

    def show_finding(self) -> None:
        """Record that the finding of the row at the cursor was opened."""
        self.findings_shown += 1
        self.finding_of = "" if self.row is None else self.row.id

    def fill_detail(self) -> None:
        """Record that the detail pane should be updated."""
        self.filled = True

    def show_section(self, name: str, section: Section | None, *, first: bool = False) -> None:
        """Record this section of the detail pane. If `section` is None, remove the section with this name."""
        self.sections.pop(name, None)
        if section is not None:
            self.sections[name] = section

    def show_trends(self, trend: Trend | None) -> None:
        """Record the trends that the grid should display."""
        self.trend = trend

    def show_time_trend(self, words: str) -> None:
        """Record the text about the trend of all rows over time."""
        self.time_trend = words

    def show_remark(self, name: str, sentence: str) -> None:
        """Record the remark with this name."""
        self.remarks[name] = sentence


def a_sitting(
    exploration: Exploration | None = None, services: Services | None = None
) -> tuple[Session, FakeView, FakeScheduler]:
    """Return a session, a fake screen for it, and a scheduler with a fake clock. There is no automatic refresh."""
    scheduler = FakeScheduler()
    session = Session(exploration or Exploration(Query(), refresh_seconds=None), scheduler.clock, scheduler)
    view = FakeView(services)
    session.said.connect(view.say)
    return session, view, scheduler
