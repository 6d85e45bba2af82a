"""What copies, wherever in the program it is asked for."""

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual import on, work

from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.screens.main import MainScreen
from cnm_tui.tui.terminal.terminal_app import TerminalApp


class CopyingApp(TerminalApp):
    """Brings text to the clipboard of the person in front of the terminal, or shows it where there is none."""

    clipboard_setting = "auto"
    """`osc52`, `native`, `off`, or `auto`, which finds out."""
    copied_file: Callable[[], Path] = staticmethod(lambda: Path(os.devnull))
    """Where to write what could not be copied, when asked to."""

    @abstractmethod
    def holds_key(self, text: str) -> bool:
        """Whether one of the keys in use stands in this text; known to who connects."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy what was selected on the screen or in a box."""
        super().copy_to_clipboard(text)
        self._copy(text.splitlines(), "Selection")

    @on(MainScreen.CopyWanted)
    def _on_copy_wanted(self, message: MainScreen.CopyWanted) -> None:
        if message.lines:
            self._copy(
                message.lines, message.what, message.form, message.remark, message.page, for_shell=message.for_shell
            )
        else:
            self.say(f"There is no row to copy. {message.remark}".rstrip())

    # A worker: the app takes no key while it handles a message.
    @work(exclusive=True, group="copy")
    async def _copy(
        self,
        lines: Sequence[str],
        what: str,
        form: str = "",
        remark: str = "",
        page: str = "",
        *,
        for_shell: bool = False,
    ) -> None:
        """Copy, open what is to be opened, and say what is true of it."""
        # What only copying needs is imported here.
        from cnm_tui.core.shell import pasteable
        from cnm_tui.tui.terminal.clipboard import copied, is_local_desktop

        text = pasteable(lines)
        if self.holds_key(text):
            self.say("One of the keys stands in it. Nothing was copied.")
            return
        outcome = await in_daemon_thread(partial(copied, text, self.clipboard_setting, os.environ))
        if outcome.sequence:
            self.write_to_terminal(outcome.sequence)
        said = f"{outcome.sentence(what, form)} {remark}".rstrip()
        if outcome.problem and not page:
            self._show(text, what, said, for_shell=for_shell)
            return
        self.say(said)
        if page and is_local_desktop(os.environ):
            from cnm_tui.tui.terminal.browser import opened

            if await in_daemon_thread(partial(opened, page)):
                self.say(f"{said} Opened in the browser.")

    def _show(self, text: str, what: str, problem: str, *, for_shell: bool) -> None:
        """Have it copied by hand, with the mouse in the hands of the terminal as long as that takes."""
        from cnm_tui.store.private_file import write_copied
        from cnm_tui.tui.dialogs.copy_by_hand import CopyByHand

        take_mouse_back = self.lend_mouse()
        dialog = CopyByHand(what, problem, text, lambda: write_copied(self.copied_file(), text), for_shell=for_shell)
        self.push_screen(dialog, lambda _nothing: take_mouse_back())
