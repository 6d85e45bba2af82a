"""Define the Textual app, with its first screen and its connection to the service."""

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
from cnm_tui.tui import dialogs
from cnm_tui.tui.commands import COMMANDS, bindings
from cnm_tui.tui.features import MADE_EARLY
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.terminal.keys import import_dialogs, key_lines, keys_in_force, keys_of, put_in_force, row_command_keys
from cnm_tui.tui.terminal.terminal_app import SMALLEST, TerminalApp, is_too_small

_FIRST_WORDS_SECONDS: Final = 15.0
"""Seconds that a message stays for a user who has just started the program."""


class CnmApp(TerminalApp):
    """The Textual app that displays aggregated network connections in the terminal."""

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
        """The screens that cover other screens while the window is too small."""
        self.crash_directory = crash_directory
        self._main = MainScreen(exploration, clock, services, settings)

    def on_mount(self) -> None:
        """Register a function that checks the terminal's size whenever a screen opens or closes."""
        self.screen_change_signal.subscribe(self, lambda _screen: self._cover_or_uncover())

    def on_resize(self, event: events.Resize) -> None:
        """Check if the terminal window is large enough. If not, cover the screen with a message."""
        if is_too_small(event.size):
            # At once, so that open widgets keep their size and scroll position.
            self._cover()
        elif self._covers:
            # The app knows the new size only after this event.
            self.call_later(self._cover_or_uncover)

    def _cover_or_uncover(self) -> None:
        """Open or close the screen with the message "too small", depending on the size of the terminal window.

        This is called when a screen opens or closes, and when the size changes.
        """
        if is_too_small(self.size):
            self._cover()
        elif self._covers:
            self._uncover()

    def _cover(self) -> None:
        if self.screen not in self._covers:
            self._covers.append(dialogs.TooSmallScreen(SMALLEST))
            self.push_screen(self._covers[-1])

    def _uncover(self) -> None:
        """Close one screen with the message "too small".

        The closing of a screen calls this method again, so all such screens are closed one after the other.
        """
        if self.screen in self._covers:
            self._covers.remove(self.screen)
            self.pop_screen()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return False for all actions except quitting while the terminal window is too small.

        Nobody could see the effect of other actions. If the window is large enough, Textual decides.
        """
        return (action == "quit" or not is_too_small(self.size)) and super().check_action(action, parameters)

    def action_help_quit(self) -> None:
        """Display which keyboard keys quit the program. This is called for ctrl+c, which ends many other programs."""
        self.say("ctrl+q quits.")

    def say(self, sentence: str) -> None:
        """Display a sentence in the status bar."""
        self._main.say(sentence)

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen, which is displayed below all dialogs."""
        return self._main

    async def on_load(self) -> None:
        """Apply the user's key bindings.

        This is done early, because a user may press a key before the first frame is drawn.
        """
        if self._settings.keys or self._settings.commands:
            self._put_keys_in_force()

    def _put_keys_in_force(self) -> str:
        """Apply the user's key bindings to all commands imported so far.

        Return a sentence about bindings that conflict. Return an empty text if there are none.
        """
        found = keys_in_force(self._settings.keys, row_command_keys(self._settings))
        put_in_force(self, found)
        self._main.shown_keys = {one.id: keys_of(self, one)[0] for one in COMMANDS if one.id in found.keys}
        return found.problem

    def on_ready(self) -> None:
        """Connect to the service after the first frame is drawn.

        Importing the HTTP client and reading the keyring take time, which would delay the first frame.
        """
        features = self._main.features
        self.termination.before_the_end = features.views.leave
        for name in (*MADE_EARLY, *self._main.services.made_early):
            getattr(features, name)
        if span := self._main.services.timeline:
            features.timeline.begin(span)
        features.profiles.connect()
        self._look_up()
        for sentence in self._settings.sentences[:1]:
            self._main.say(sentence, _FIRST_WORDS_SECONDS)

    @work(group="kept")
    async def _look_up(self) -> None:
        await self._main.features.views.look_up()
        if self._main.services.tour:
            self._main.features.tour.start()
        if self._settings.keys or self._settings.commands:
            await in_daemon_thread(import_dialogs)
            if problem := self._put_keys_in_force():
                self._main.say(problem, _FIRST_WORDS_SECONDS)

    async def on_unmount(self) -> None:
        """Close the connection to the service. If the service is the demo, this also stops the demo."""
        if (source := self._main.session.source) is not None:
            await source.aclose()
        # It may wait for the disk.
        await in_daemon_thread(self._main.services.close)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy the text that the user selected on the screen or in a text input."""
        super().copy_to_clipboard(text)
        self._main.features.copying.copy_selection(text)

    def action_command_palette(self) -> None:
        """Open the command palette."""
        if not isinstance(self.screen, dialogs.Palette):
            self.push_screen(dialogs.Palette())

    def action_run_on_row(self, name: str) -> None:
        """Offer to run a command from settings.toml for the row at the cursor."""
        self._main.features.programs.choose(name)

    def get_system_commands(self, screen: Screen[None]) -> Iterable[SystemCommand]:
        """Yield every action that has a keyboard key, for the command palette."""
        if screen is not self._main:
            return
        for line in key_lines(self):
            # The palette itself is open while it is read.
            if line.id != "app.palette":
                yield SystemCommand(line.title, line.keys, partial(screen.call_later, self._main.action_run, line.id))
