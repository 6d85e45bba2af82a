"""Define fixtures that run the Textual app with a fake data source, and read its screen as a user does."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import textual.app
import textual.pilot
from textual._context import active_app
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.driver import Driver
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.row_commands import RowCommand
from cnm_tui.core.search.past_searches import SearchKeeper
from cnm_tui.core.settings import USUAL, Look, Settings
from cnm_tui.core.sign_in import Profiles
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.store.last_question import LastQuestion
from cnm_tui.store.recording_keeper import RecordingKeeper
from cnm_tui.store.saved_views import ViewsFile
from cnm_tui.tui.app import CnmApp
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.widgets.grid import Grid
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.painted import painted

PATIENCE_SECONDS = 60.0
NOWHERE = Path("/proc/nowhere")
"""A path that does not exist and cannot be created, not even by root."""


@pytest.fixture(autouse=True)
def terminal_of_all_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment variables of a terminal with all colours, whichever terminal runs the tests."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(autouse=True)
def pilot_waits_for_no_fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make Textual's pilot, which presses keys in tests, wait until the app is idle.

    By default, the pilot sleeps until the process uses little processor time, which takes longer.
    """
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", until_it_rests)


@pytest.fixture(autouse=True, scope="session")
def style_sheets_are_read_once() -> Iterator[None]:
    """Cache the parsed style sheets for all apps of a test run, because parsing takes an eighth of the test time."""
    read: Callable[..., list[RuleSet]] = Stylesheet._parse_rules
    known: dict[Hashable, list[RuleSet]] = {}

    def read_once(sheet: Stylesheet, *source: Any, **options: Any) -> list[RuleSet]:
        key = (source, *options.items(), *sheet._variables.items())
        if key not in known:
            known[key] = read(sheet, *source, **options)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", read_once)
        yield


async def until_it_rests(least_seconds: float = 0, longest_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until all tasks of the event loop wait for a timer, a thread or a file, and all changes are drawn.

    The wait takes at least `least_seconds` and at most `longest_seconds`.
    """
    await asyncio.sleep(least_seconds)
    loop: Any = asyncio.get_running_loop()
    app = active_app.get()
    end = time.monotonic() + longest_seconds
    rests = 0
    while rests < 2 and time.monotonic() < end:
        rests = 0 if loop._ready else rests + 1
        if not loop._ready and app._screen_stack:
            app.screen._on_timer_update()
        await asyncio.sleep(0)


def clock_from_now() -> Callable[[], float]:
    """Return a clock that starts at `MOMENT`, which is also the time of the answers that tests build."""
    started = time.monotonic()
    return lambda: MOMENT + time.monotonic() - started


class Recorder(HeadlessDriver):
    """A Textual driver that records the app's output instead of writing it to a terminal."""

    @property
    def is_headless(self) -> bool:
        """Return False, because Textual writes no frames if a driver is headless."""
        return False

    def write(self, data: str) -> None:
        """Record the text that the app writes to the terminal."""
        app = self._app
        assert isinstance(app, AppWithoutTerminal)
        app.written.append(data)


class AppWithoutTerminal(CnmApp):
    """The cnm-tui app without a terminal. It records all control sequences that it would send."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sent: list[str] = []
        self.written: list[str] = []

    def get_driver_class(self) -> type[Driver]:
        """Return the class of the driver that records the output of the app."""
        return Recorder

    def write_to_terminal(self, sequence: str) -> None:
        """Record the control sequence instead of sending it to a terminal."""
        self.sent.append(sequence)


@dataclass
class Viewer:
    """A simulated user of any Textual app, who sees the screen and presses keys."""

    pilot: Pilot[None]

    def screen(self) -> str:
        """Return the whole screen as text."""
        return "\n".join(strip.text.rstrip() for strip in painted(self.pilot.app))

    def line_with(self, text: str) -> str:
        """Return the first line on the screen that contains this text."""
        return next(line for line in self.screen().splitlines() if text in line)

    async def press(self, *keys: str) -> None:
        """Press these keys, and wait until the app has processed them."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text into the focused widget."""
        names = {" ": "space", ":": "colon", "-": "minus", ",": "comma", "*": "asterisk", "_": "underscore"}
        await self.press(*(names.get(character, character) for character in text))

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until the function `holds` returns a true value. Fail if this takes too long."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < end, f"never came true; on the screen:\n{self.screen()}"
            await self.pilot.pause(0.01)

    async def sees(self, text: str) -> None:
        """Wait until this text is on the screen, and until all panes are drawn."""
        await self.until(lambda: text in self.screen())
        await self.pilot.pause()


@dataclass
class User(Viewer):
    """A simulated user of cnm-tui. It gives tests access to the app, the fake data source and the output."""

    app: CnmApp
    source: FakeSource
    sent: list[str]
    """Control sequences that the app sent to the terminal itself."""
    written: list[str]
    """Everything drawn, if recorded."""

    @property
    def main(self) -> MainScreen:
        """Return the main screen of the app."""
        return self.app._main

    @property
    def grid(self) -> Grid:
        """Return the grid of the main screen."""
        return self.main.query_one(Grid)

    @property
    def highlighted(self) -> str | None:
        """Return the id of the connection at the cursor. Return None if there is no row."""
        return self.grid.highlighted.id if self.grid.highlighted is not None else None

    @property
    def copied(self) -> str:
        """Return the text that the app last sent to the terminal's clipboard."""
        return base64.b64decode(self.sent[-1].removeprefix("\x1b]52;c;").split("\x07")[0]).decode()


class Echo(FakeSource):
    """A fake data source that returns prepared answers. Each answer contains the query that was sent."""

    async def fetch(self, query: Query) -> Snapshot:
        """Return the next prepared answer, with this query in place of its own query."""
        return replace(await super().fetch(query), query=query)


def one_row(answers: int = 2) -> FakeSource:
    """Return a fake data source that has this number of prepared answers, each with one row."""
    return FakeSource(*(a_snapshot(a_connection()) for _ in range(answers)))


def asking(query: Query) -> Exploration:
    """Return the state of an exploration with this query and without automatic refresh."""
    return Exploration(query, refresh_seconds=None)


def no_keys() -> Source:
    """Raise the error that cnm-tui raises if there are no API keys."""
    raise CredentialsMissing("There are no keys.", hint="Set DD_API_KEY and DD_APP_KEY.")


@pytest.fixture
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the environment variables of desktops, tmux and screen."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def exploring(
    source: FakeSource | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    exploration: Exploration | None = None,
    connect: Callable[[], Source] | None = None,
    directory: Path = NOWHERE,
    recall_fields: Callable[[], tuple[str, ...]] = tuple,
    remember_fields: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple,
    keeper: SearchKeeper | None = None,
    profiles: Profiles | None = None,
    keys: Mapping[str, str] | None = None,
    look: Look = USUAL,
    clipboard: str = "auto",
    commands: Mapping[str, RowCommand] | None = None,
    recorded: bool = False,
    clock: Callable[[], float] | None = None,
) -> AsyncIterator[User]:
    """Run the app, and yield a simulated user of it. The app refreshes only on request.

    If an `exploration` is given, its refresh interval applies.

    Args:
        directory: The folder for files that are kept between runs. Without a folder, nothing can be stored.
        keeper: The store of past searches. Without a store, no searches are stored.
        clock: The clock of the app. Without it, the clock starts at `MOMENT` and runs.
    """
    source = source or FakeSource()
    exploration = exploration or asking(Query())
    last_question = LastQuestion(directory / "last-question.json")
    doors = Services(
        connect or (lambda: source),
        lambda: source,
        views=lambda: ViewsFile(directory / "views.toml"),
        left=last_question.load,
        leave=last_question.save,
        recall_fields=recall_fields,
        remember_fields=remember_fields,
        keep_searches=None if keeper is None else lambda: keeper,
        profiles=profiles,
        copied_file=lambda: directory / "copied.txt",
        recorder=RecordingKeeper,
    )
    settings = Settings(keys=keys or {}, clipboard=clipboard, commands=commands or {})
    app = AppWithoutTerminal(doors, exploration, clock or clock_from_now(), None, settings, look)
    async with app.run_test(size=size, headless=not recorded) as pilot:
        yield User(pilot, app, source, app.sent, app.written)
        # As at a real end: nobody waits for what a search in the palette would still find.
        app.workers.cancel_all()
