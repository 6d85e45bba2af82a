"""Define a dialog to choose the file of a new recording, and to start the recording."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from cnm_tui.core.errors import StoreFailed
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.export_file import path_of
from cnm_tui.store.files import path_text
from cnm_tui.store.recording import with_ending
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.steady_input import SteadyInput
from cnm_tui.tui.widgets.choice_text import ChoiceText
from cnm_tui.tui.widgets.hint import Hint


class RecordDialog(Dialog[Path | None]):
    """A dialog in which the user names the file of a recording.

    Its result is the file to which answers are recorded, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    RecordDialog ChoiceText { height: 4; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="record.cancel", show=False),
    ]

    def __init__(
        self,
        name: str,
        start: Callable[[Path], None],
        about_file: Callable[[str, Path, str], str] = lambda sentence, _path, _proposed: sentence,
        holds: str = "the names of your services, and no keys",
    ) -> None:
        """Make the dialog.

        Args:
            name: The proposed name.
            start: Opens the recording; may raise StoreFailed.
            about_file: Returns a sentence about a file, of the proposed name or another, as it may be shown.
            holds: What the recording has, in words.
        """
        super().__init__()
        self._usual = name
        self._start = start
        self._about_file = about_file
        self._holds = holds
        self._explained = ChoiceText()

    def compose(self) -> ComposeResult:
        """Yield an input for the file name, and the complete path."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Record answers into a file"
            yield SteadyInput(self._usual, id="file", classes="field", select_on_focus=False)
            yield self._explained
            yield Hint("enter records · esc cancels")

    def on_mount(self) -> None:
        """Display the complete path of the file."""
        self._tell_path()

    @on(Input.Changed)
    def _tell_path(self) -> None:
        try:
            path = with_ending(path_of(self.query_one(Input).value))
        except StoreFailed:
            self._explained.show("…")
        else:
            # Not `path.exists()`, which raises OSError for a name that is too long.
            is_there = os.path.exists(path)
            adds = "This file is there: answers are added to it." if is_there else "Every answer is kept in it."
            named = self._about_file(path_text(path), path, self._usual)
            self._explained.show(f"{adds} It has {self._holds}.\n{named}")

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        try:
            self._open(with_ending(path_of(message.value)))
        except StoreFailed as problem:
            self._explained.refuse(problem.sentence)

    @work(group="record", exclusive=True)
    async def _open(self, path: Path) -> None:
        try:
            await in_daemon_thread(partial(self._start, path))
        except StoreFailed as problem:
            self._explained.refuse(self._about_file(problem.sentence, path, self._usual))
        else:
            self.dismiss(path)
