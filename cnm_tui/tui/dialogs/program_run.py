"""Define a screen that displays the output of the user's program while the program runs."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from cnm_tui.core.row_commands import Offer
from cnm_tui.core.text import folded
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.widgets.hint import Hint
from cnm_tui.tui.widgets.text_lines import TextLines

Run = Callable[[Callable[[Sequence[str]], object], threading.Event], str]
"""Runs the program: takes a listener for lines and the event that stops it; returns how it ended. It blocks."""


class ProgramRun(Dialog[list[str] | None]):
    """A dialog that runs the user's program for a row, and displays its output.

    Its result is the list of output lines to copy, or None if the user does not want to copy them.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    ProgramRun #line { height: auto; max-height: 6; color: $text-muted; }
    ProgramRun TextLines { height: 1fr; margin: 1 0; }
    ProgramRun #state { height: 1; }
    ProgramRun .hint { height: 1; color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Stop, then close", id="program.close", show=False),
        Binding("y", "copy", "Copy the output", id="program.copy", show=False),
    ]

    def __init__(self, offer: Offer, run: Run) -> None:
        """Create the dialog for this command. `run` is a function that runs the command."""
        super().__init__()
        self._offer = offer
        self._run = run
        self._lines: list[str] = []
        self._stop = threading.Event()
        self._ended = False

    def compose(self) -> ComposeResult:
        """Yield the command line, the output, and a line that says how the program ended."""
        yield Static(Content.assemble((self._offer.name, "bold $accent")), id="title")
        yield Static(self._offer.line, id="line", markup=False)
        yield TextLines([], folded)
        yield Static("Running …", id="state", markup=False)
        yield Hint("esc stops, then closes · arrows scroll · y copies")

    def on_mount(self) -> None:
        """Start the program."""
        self.query_one(TextLines).focus()
        self._show_output()

    def on_unmount(self) -> None:
        """Stop the program if it is still running."""
        self._stop.set()

    @work(group="program")
    async def _show_output(self) -> None:
        loop = asyncio.get_running_loop()

        def heard(lines: Sequence[str]) -> None:
            if lines and not self._stop.is_set():
                loop.call_soon_threadsafe(self._add, lines)

        said = await in_daemon_thread(partial(self._run, heard, self._stop))
        self._ended = True
        self.query_one("#state", Static).update(f"{said} {plural(len(self._lines), 'line')}.")

    def _add(self, lines: Sequence[str]) -> None:
        if self.is_attached:
            self._lines += lines
            self.query_one(TextLines).add(lines)

    def action_close(self) -> None:
        """Stop the program if it is running. Otherwise close the dialog."""
        if self._ended or self._stop.is_set():
            self.dismiss(None)
        else:
            self._stop.set()

    def action_copy(self) -> None:
        """Close the dialog with the output as its result, so that the output is copied."""
        self.dismiss(self._lines)
