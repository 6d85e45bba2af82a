"""The app: first screen, where its answers come from."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on, work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from cnm_tui.core.errors import CnmError, CredentialsMissing, StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.settings import NOTHING_SET, USUAL, Look, Settings
from cnm_tui.core.snapshot import Source
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.commands import COMMANDS, bindings
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.terminal.terminal_app import SMALLEST, TerminalApp, is_too_small

if TYPE_CHECKING:
    from cnm_tui.core.sign_in import Doorway
    from cnm_tui.tui.copying import Copying
    from cnm_tui.tui.dialogs.welcome import Choice


_FIRST_WORDS_SECONDS: Final = 15.0
"""For what somebody should know who has just begun."""


class CnmApp(TerminalApp):
    """The terminal explorer."""

    _covered = False
    """Whether the window was ever too small."""
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
        self.crash_directory = crash_directory
        self._services = services
        self._main = MainScreen(exploration, clock, services, settings.ladders)
        self._source: Source | None = None

    def on_mount(self) -> None:
        """Have each screen that opens or closes looked at."""
        self.screen_change_signal.subscribe(self, lambda _screen: self._cover_or_uncover())

    def on_resize(self, event: events.Resize) -> None:
        """Look whether there is room to read anything in."""
        if is_too_small(event.size):
            # At once, so that what is open keeps the size it had, and with it what is in sight.
            self._cover()
        elif self._covered:
            # Once the new size is known here.
            self.call_later(self._cover_or_uncover)

    def _cover_or_uncover(self) -> None:
        """A screen was opened or closed, or the window is large enough again."""
        if is_too_small(self.size):
            self._cover()
        elif self._covered:
            self._uncover()

    def _cover(self) -> None:
        from cnm_tui.tui.dialogs.too_small import TooSmallScreen

        self._covered = True
        if not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen(SMALLEST))

    def _uncover(self) -> None:
        """One at a time: each screen that closes is told of in turn."""
        from cnm_tui.tui.dialogs.too_small import TooSmallScreen

        if isinstance(self.screen, TooSmallScreen):
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
        from cnm_tui.tui.terminal.keys import keys_in_force, keys_of, put_in_force

        found = keys_in_force(self._settings.keys)
        put_in_force(self, found)
        self._main.shown_keys = {one.id: keys_of(self, one)[0] for one in COMMANDS if one.id in found.keys}
        return found.problem

    def on_ready(self) -> None:
        """The first frame is painted: now there is time to import a client and to ask a keyring."""
        self.termination.before_the_end = self._leave
        self._connect(self._first_doorway())
        self._look_up()
        for sentence in self._settings.sentences[:1]:
            self._main.say(sentence, _FIRST_WORDS_SECONDS)

    def _leave(self) -> None:
        if self._main.may_be_kept:
            self._services.leave(*self._main.question)

    @work(group="kept")
    async def _look_up(self) -> None:
        await self._main.look_up(self._services.left)
        if self._settings.keys:
            from cnm_tui.tui.terminal.keys import import_dialogs

            await in_daemon_thread(import_dialogs)
            if problem := self._put_keys_in_force():
                self._main.say(problem, _FIRST_WORDS_SECONDS)

    def _first_doorway(self) -> "Doorway":
        from cnm_tui.core.sign_in import Doorway

        return Doorway(self._services.connect, "" if self._services.desk is None else self._services.desk.first_in_use)

    @work(exclusive=True, group="connect")
    async def _connect(self, doorway: "Doorway") -> None:
        try:
            source = await self._source_behind(doorway)
        except CredentialsMissing as problem:
            if self._source is None:
                self._welcome(problem, doorway)
            else:
                self._main.sign_in(doorway.profile, str(problem))
        except CnmError as problem:
            if self._source is None:
                self._fail(problem)
            else:
                self._main.say(problem.sentence)
        else:
            before, self._source = self._source, source
            self._services.connected(source)
            self._main.connect_by(doorway, source)
            if self._services.keep_searches is not None:
                # Where there is no place for them, the start has said so.
                with suppress(StoreFailed):
                    self._main.recall(self._services.keep_searches())
            if before is not None:
                await before.aclose()

    async def _source_behind(self, doorway: "Doorway") -> Source:
        """Return the source; a command that failed without a terminal is run again on this one, without the screen.

        Raises:
            CnmError: There are no keys, or something is wrong with how they are kept.
        """
        try:
            return await in_daemon_thread(doorway.door)
        except CredentialsMissing as problem:
            # Imported by whoever ran a command.
            from cnm_tui.store.key_names import TerminalMayHelp

            desk = self._services.desk
            if desk is None or not isinstance(problem, TerminalMayHelp):
                raise
            sentence = f"cnm-tui runs {problem.program} here, where it can ask ({problem.setting}); ctrl+c gives it up."
            with self.lent_terminal(sentence) as is_lent:
                if not is_lent:
                    raise
                return await in_daemon_thread(partial(desk.connect, doorway.profile, is_lent=True))

    @on(MainScreen.ConnectionWanted)
    def _connect_elsewhere(self, message: MainScreen.ConnectionWanted) -> None:
        self._connect(message.doorway)

    @on(MainScreen.SourceWanted)
    def _connect_again(self) -> None:
        self._connect(self._first_doorway())

    def _fail(self, problem: CnmError) -> None:
        """Show why nothing can be asked."""
        self._main.session.update(lambda exploration: exploration.failed(problem, 0.0))

    def _welcome(self, problem: CredentialsMissing, doorway: "Doorway") -> None:
        from cnm_tui.core.sign_in import Doorway
        from cnm_tui.tui.dialogs.welcome import WelcomeScreen

        def without_keys(choice: "Choice | None") -> None:
            if choice == "sign_in":
                self._main.sign_in(doorway.profile, otherwise=partial(self._welcome, problem, doorway))
            elif choice == "demo":
                self._connect(Doorway(self._services.connect_demo))
            elif choice == "again":
                self._connect(doorway)
            elif choice == "later":
                self._fail(problem)
            else:
                self.exit()

        self.push_screen(WelcomeScreen(problem, doorway.profile), without_keys)

    async def on_unmount(self) -> None:
        """Let go of the connection, and of the demo with it."""
        if self._source is not None:
            await self._source.aclose()

    def holds_key(self, text: str) -> bool:
        """Whether one of the keys that are asked with stands in this text; what only looks like one may be a tag."""
        return self._source is not None and self._source.holds_key(text)

    # Copying

    @cached_property
    def _copying(self) -> "Copying":
        from cnm_tui.tui.copying import Copying

        return Copying(self, self._settings.clipboard, self._services.copied_file, self.holds_key)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what was selected on the screen or in a box."""
        super().copy_to_clipboard(text)
        self.run_worker(self._copying.copy(text.splitlines(), "Selection"), exclusive=True, group="copy")

    @on(MainScreen.CopyWanted)
    def _copy(self, message: MainScreen.CopyWanted) -> None:
        if not message.lines:
            self.say(f"There is no row to copy. {message.remark}".rstrip())
            return
        copying = self._copying.copy(
            message.lines, message.what, message.form, message.remark, message.page, for_shell=message.for_shell
        )
        # In a worker: the app takes no key while it handles a message.
        self.run_worker(copying, exclusive=True, group="copy")

    def action_command_palette(self) -> None:
        """Open the command palette."""
        from cnm_tui.tui.dialogs.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def get_system_commands(self, screen: Screen[None]) -> Iterable[SystemCommand]:
        """Every action with a key, for the command palette."""
        from cnm_tui.tui.terminal.keys import key_lines

        if screen is not self._main:
            return
        for line in key_lines(self):
            # Who reads the palette has it open.
            if line.id != "app.palette":
                yield SystemCommand(line.title, line.keys, partial(screen.call_later, self._main.run, line.id))
        yield from self.appearance.commands()
