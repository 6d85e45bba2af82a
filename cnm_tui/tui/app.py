"""The app: first screen, where its answers come from."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import events, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.settings import NOTHING_SET, USUAL, Look, Settings
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.commands import COMMANDS, bindings
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.terminal.keys import import_dialogs, key_lines, keys_in_force, keys_of, put_in_force
from cnm_tui.tui.terminal.terminal_app import SMALLEST, TerminalApp, is_too_small

_FIRST_WORDS_SECONDS: Final = 15.0
"""For what somebody should know who has just begun."""


class CnmApp(TerminalApp):
    """The terminal explorer."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "cnm-tui"
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")

    def __init__(
        self,
        services: Services,
        exploration: Exploration,
        clock: Callable[[], float],
        crash_directory: Callable[[], Path] | None = None,
        settings: Settings = NOTHING_SET,
        look: Look = USUAL,
    ) -> None:
        super().__init__(look)
        self._settings = settings
        self._covers: list[Screen[Any]] = []
        """The screens that cover others, as the window is too small for those."""
        self.crash_directory = crash_directory
        self._main = MainScreen(exploration, clock, services, settings)

    def on_mount(self) -> None:
        """Have each screen that opens or closes looked at."""
        self.screen_change_signal.subscribe(self, lambda _screen: self._cover_or_uncover())

    def on_resize(self, event: events.Resize) -> None:
        """Look whether there is room to read anything in."""
        if is_too_small(event.size):
            # At once, so that what is open keeps the size it had, and with it what is in sight.
            self._cover()
        elif self._covers:
            # Once the new size is known here.
            self.call_later(self._cover_or_uncover)

    def _cover_or_uncover(self) -> None:
        """A screen was opened or closed, or the window is large enough again."""
        if is_too_small(self.size):
            self._cover()
        elif self._covers:
            self._uncover()

    def _cover(self) -> None:
        from cnm_tui.tui.dialogs.too_small import TooSmallScreen

        if self.screen not in self._covers:
            self._covers.append(TooSmallScreen(SMALLEST))
            self.push_screen(self._covers[-1])

    def _uncover(self) -> None:
        """One at a time: each screen that closes is told of in turn."""
        if self.screen in self._covers:
            self._covers.remove(self.screen)
            self.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a window too small nothing is done but leaving it: nobody would see what is."""
        return (action == "quit" or not is_too_small(self.size)) and super().check_action(action, parameters)

    def action_help_quit(self) -> None:
        """Somebody pressed ctrl+c, which elsewhere ends a program."""
        self.say("ctrl+q quits.")

    def say(self, sentence: str) -> None:
        """In the last line."""
        self._main.say(sentence)

    def get_default_screen(self) -> Screen[None]:
        """The one screen under all dialogs."""
        return self._main

    async def on_load(self) -> None:
        """The first key may be pressed before the first frame is painted."""
        if self._settings.keys:
            self._put_keys_in_force()

    def _put_keys_in_force(self) -> str:
        """Have people's keys do what is known by now; gives the sentence about those that cannot be had."""
        found = keys_in_force(self._settings.keys)
        put_in_force(self, found)
        self._main.shown_keys = {one.id: keys_of(self, one)[0] for one in COMMANDS if one.id in found.keys}
        return found.problem

    def on_ready(self) -> None:
        """The first frame is painted: now there is time to import a client and to ask a keyring."""
        features = self._main.features
        self.termination.before_the_end = features["views"].leave
        # Made before there is a source, to hear of its answers.
        features["searches"]
        features["profiles"].connect()
        self._look_up()
        for sentence in self._settings.sentences[:1]:
            self._main.say(sentence, _FIRST_WORDS_SECONDS)

    @work(group="kept")
    async def _look_up(self) -> None:
        await self._main.features["views"].look_up()
        if self._settings.keys:
            await in_daemon_thread(import_dialogs)
            if problem := self._put_keys_in_force():
                self._main.say(problem, _FIRST_WORDS_SECONDS)

    async def on_unmount(self) -> None:
        """Let go of the connection, and of the demo with it."""
        if (source := self._main.session.source) is not None:
            await source.aclose()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what was selected on the screen or in a box."""
        super().copy_to_clipboard(text)
        self._main.features["copying"].copy_selection(text)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        from cnm_tui.tui.dialogs.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def get_system_commands(self, screen: Screen[None]) -> Iterable[SystemCommand]:
        """Every action with a key, for the command palette."""
        if screen is not self._main:
            return
        for line in key_lines(self):
            # Who reads the palette has it open.
            if line.id != "app.palette":
                yield SystemCommand(line.title, line.keys, partial(screen.call_later, self._main.run, line.id))
        yield from self.appearance.commands()
