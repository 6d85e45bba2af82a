"""The app: first screen, where its answers come from, the clipboard."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandInput, CommandPalette
from textual.screen import Screen
from textual.widget import Widget

from cnm_tui.core.errors import CnmError, CredentialsMissing
from cnm_tui.core.exploration import Exploration
from cnm_tui.core.looks import USUAL, Look
from cnm_tui.core.past_searches import SearchKeeper
from cnm_tui.core.snapshot import Source
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dress import DressedApp
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.screens.styles import DIALOG_STYLES

if TYPE_CHECKING:
    from cnm_tui.core.query import Query
    from cnm_tui.core.saved_view import SavedView, Shelf
    from cnm_tui.core.table import Arrangement
    from cnm_tui.tui.screens.welcome import Choice


def _nowhere() -> "Shelf":
    """For views that are not kept: an empty file that nothing can be written to."""
    from cnm_tui.store.saved_views import ViewsFile

    return ViewsFile(Path(os.devnull))


class Doors(NamedTuple):
    """How the app gets at its answers, and at what is kept; each may take a moment and is called off the event loop."""

    connect: Callable[[], Source]
    """To the service asked for.

    Raises:
        CnmError: There are no keys, or something is wrong with how they are kept.
    """
    connect_demo: Callable[[], Source]
    """To the demo."""
    shelf: "Callable[[], Shelf]" = _nowhere
    """To the saved views."""
    left: "Callable[[], SavedView | None]" = lambda: None
    """To the question with which the program was left last.

    Raises:
        StoreFailed: It cannot be read.
    """
    leave: "Callable[[Query, Arrangement], None]" = lambda _query, _arrangement: None
    """Keep the question with which the program is left now."""
    recall_fields: Callable[[], tuple[str, ...]] = tuple
    """The fields used last in this sitting and earlier ones, the latest first."""
    remember_fields: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple
    """These were used now; gives all that are remembered."""
    keep_searches: Callable[[], SearchKeeper] | None = None
    """To what keeps the searches, of whom is asked by now, from one run to the next; None: nothing does."""


class Palette(CommandPalette):
    """Textual's own, dressed as the other dialogs."""

    CSS_PATH = DIALOG_STYLES

    def on_mount(self) -> None:
        """A blinking cursor would be sent twice a second."""
        self.query_one(CommandInput).cursor_blink = False


class CnmApp(DressedApp):
    """The terminal explorer."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "cnm-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "focus_next", "Next pane", id="app.next_pane", show=False),
        Binding("shift+tab", "focus_previous", "Pane before", id="app.pane_before", show=False),
        Binding("ctrl+p", "command_palette", "Command palette", id="app.palette", show=False, priority=True),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "Suspend", id="app.suspend", show=False),
    ]

    def __init__(
        self,
        doors: Doors,
        exploration: Exploration,
        clock: Callable[[], float],
        crash_directory: Callable[[], Path] | None = None,
        look: Look = USUAL,
    ) -> None:
        super().__init__(look)
        self.crash_directory = crash_directory
        self._doors = doors
        self._main = MainScreen(exploration, clock)
        self._main.shelf = doors.shelf
        self._source: Source | None = None

    def action_help_quit(self) -> None:
        """Somebody pressed ctrl+c, which elsewhere ends a program."""
        self._main.say("ctrl+q quits.")

    def get_default_screen(self) -> Screen[None]:
        """The one screen under all dialogs."""
        return self._main

    def on_ready(self) -> None:
        """The first frame is painted: now there is time to import a client and to ask a keyring."""
        self.before_the_end = self._leave
        self._connect(self._doors.connect)
        self._look_up()

    def _leave(self) -> None:
        if self._main.may_be_kept:
            self._doors.leave(*self._main.question)

    @work(group="kept")
    async def _look_up(self) -> None:
        await self._main.look_up(self._doors.left)

    @work(exclusive=True, group="connect")
    async def _connect(self, door: Callable[[], Source]) -> None:
        try:
            self._source = await in_daemon_thread(door)
        except CredentialsMissing as problem:
            from cnm_tui.tui.screens.welcome import WelcomeScreen

            self.push_screen(WelcomeScreen(problem), self._without_keys)
        except CnmError as problem:
            self._main.exploration = self._main.exploration.failed(problem, 0.0)
        else:
            self._main.connect(self._source)
            if self._doors.keep_searches is not None:
                self._main.recall(self._doors.keep_searches())

    @on(MainScreen.SourceWanted)
    def _connect_again(self) -> None:
        self._connect(self._doors.connect)

    # In workers: the app takes no key while it handles a message.

    @on(MainScreen.RecentFieldsWanted)
    @work(group="fields")
    async def _recall_fields(self) -> None:
        self._main.recent_fields = await in_daemon_thread(self._doors.recall_fields)

    @on(MainScreen.FieldsChosen)
    @work(group="fields")
    async def _remember_fields(self, message: MainScreen.FieldsChosen) -> None:
        self._main.recent_fields = await in_daemon_thread(partial(self._doors.remember_fields, message.group_bys))

    def _without_keys(self, choice: "Choice | None") -> None:
        if choice == "demo":
            self._connect(self._doors.connect_demo)
        elif choice == "again":
            self._connect(self._doors.connect)
        else:
            self.exit()

    async def on_unmount(self) -> None:
        """Let go of the connection, and of the demo with it."""
        if self._source is not None:
            await self._source.aclose()

    @on(MainScreen.CopyWanted)
    @work(group="copy")
    async def _copy(self, message: MainScreen.CopyWanted) -> None:
        """Copy, open what is to be opened, and say what is true of it."""
        from cnm_tui.tui.clipboard import is_local_desktop

        if not message.lines:
            self._main.say("There is no row to copy the id of.")
            return
        is_local = is_local_desktop(os.environ)
        said = await self._copied("\n".join(message.lines), plural(len(message.lines), message.noun), is_local)
        self._main.say(said)
        if message.page and is_local:
            from cnm_tui.tui.browser import opened

            if await in_daemon_thread(partial(opened, message.page)):
                self._main.say(f"{said} Opened in the browser.")

    async def _copied(self, text: str, count: str, is_local: bool) -> str:
        """Copy, and give the sentence about it."""
        from cnm_tui.tui.clipboard import copied_natively, terminal_sequence

        if is_local and await in_daemon_thread(partial(copied_natively, text)):
            return f"{count} copied."
        if (sequence := terminal_sequence(text, os.environ)) is None:
            return f"{count} are too much for a terminal's clipboard; mark fewer."
        self.write_to_terminal(sequence)
        return f"{count} copied: sent to the terminal's clipboard."

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_key_display(self, binding: Binding) -> str:
        """The key as every other text here calls it."""
        return super().get_key_display(binding).replace("^", "ctrl+").replace("⏎", "enter")

    def get_system_commands(self, screen: Screen[None]) -> Iterable[SystemCommand]:
        """Every action with a key, for the command palette."""
        from cnm_tui.tui.screens.help import bindings_of

        if screen is not self._main:
            return
        yield from self._commands(self._main, bindings_of(self._main), bindings_of(self))
        if self._main.focused is not None:
            yield from self._commands(self._main.focused, bindings_of(self._main.focused))
        yield from self.theme_commands()

    def _commands(self, target: Widget, *bindings: Iterable[Binding]) -> Iterable[SystemCommand]:
        from cnm_tui.tui.screens.help import key_lines

        for line in key_lines(self, *bindings):
            # Who reads the palette has it open.
            if line.action != "app.command_palette":
                act = partial(target.call_later, target.run_action, line.action)
                yield SystemCommand(line.does, line.keys, act)
