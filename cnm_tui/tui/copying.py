"""The clipboard of the person in front of the terminal, for all of the program that copies."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cnm_tui.core.shell import pasteable
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.private_file import write_copied
from cnm_tui.tui.dialogs.copy_by_hand import CopyByHand
from cnm_tui.tui.terminal.clipboard import copied, is_local_desktop
from cnm_tui.tui.terminal.desktop import open_page
from cnm_tui.tui.terminal.terminal_app import TerminalApp


class Copying:
    """Bring text to the clipboard, or show it where there is none."""

    def __init__(
        self, app: TerminalApp, setting: str, copied_file: Callable[[], Path], holds_key: Callable[[str], bool]
    ) -> None:
        """Copy as `setting` says: `osc52`, `native`, `off`, or `auto`, which finds out.

        Args:
            app: Its terminal, and where the dialog opens.
            setting: As in settings.toml.
            copied_file: Where to write what could not be copied, when asked to.
            holds_key: True if one of the keys in use stands in a text.
        """
        self._app = app
        self._setting = setting
        self._copied_file = copied_file
        self._holds_key = holds_key

    async def copy(
        self,
        lines: Sequence[str],
        what: str,
        form: str = "",
        remark: str = "",
        page: str = "",
        *,
        for_shell: bool = False,
    ) -> None:
        """Copy, open the page if there is one, and say what is true of it."""
        text = pasteable(lines)
        if self._holds_key(text):
            self._app.say("One of the keys stands in it. Nothing was copied.")
            return
        outcome = await in_daemon_thread(partial(copied, text, self._setting, os.environ))
        if outcome.sequence:
            self._app.write_to_terminal(outcome.sequence)
        said = f"{outcome.sentence(what, form)} {remark}".rstrip()
        if outcome.problem and not page:
            self._show(text, what, said, for_shell=for_shell)
            return
        self._app.say(said)
        if page and is_local_desktop(os.environ) and await in_daemon_thread(partial(open_page, page)):
            self._app.say(f"{said} Opened in the browser.")

    def _show(self, text: str, what: str, problem: str, *, for_shell: bool) -> None:
        """Have it copied by hand, with the mouse in the hands of the terminal as long as that takes."""
        take_mouse_back = self._app.lend_mouse()
        write = partial(_write, self._copied_file, text)
        dialog = CopyByHand(what, problem, text, write, for_shell=for_shell)
        self._app.push_screen(dialog, lambda _nothing: take_mouse_back())


def _write(file: Callable[[], Path], text: str) -> Path:
    return write_copied(file(), text)
