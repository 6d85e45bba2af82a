"""Define a screen for text that could not be copied.

The user can select it with the mouse or write it to a file.
"""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.shell import shell_lines
from cnm_tui.core.text import folded
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.files import path_text
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.widgets.hint import Hint
from cnm_tui.tui.widgets.text_lines import TextLines

_BETWEEN_CELLS: Final = "\t"
_SHOWN_BETWEEN_CELLS: Final = "  "
"""Blanks in place of a tab: terminals draw nothing for a tab, so it cannot be selected. The file has tabs."""


class CopyByHand(Dialog[None]):
    """A screen that displays a text until the user closes it, so that the user can select the text and copy it.

    It fills the whole terminal, so that no other text can be selected.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    CopyByHand TextLines { height: 1fr; margin: 1 0; }
    CopyByHand #problem, CopyByHand #written { height: auto; }
    CopyByHand .hint { height: 1; color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", id="by_hand.close", show=False),
        Binding("w", "write", "Write it to a file", id="by_hand.write", show=False),
    ]

    def __init__(self, what: str, problem: str, text: str, write: Callable[[], Path], *, for_shell: bool) -> None:
        """Create the dialog. The text must contain no control characters.

        `write` is a function that writes the text to a file and returns its path. It may block.
        """
        super().__init__()
        self._what = what
        self._problem = problem
        self._text = text
        self._write = write
        self._folded = shell_lines if for_shell else folded

    def compose(self) -> ComposeResult:
        """Yield the reason why the text could not be copied, the whole text, and a hint about the keyboard keys."""
        yield Static(self._title(""), id="title")
        yield Static(self._problem, id="problem", markup=False)
        yield TextLines(self._text.replace(_BETWEEN_CELLS, _SHOWN_BETWEEN_CELLS).split("\n"), self._folded)
        yield Static("", id="written", markup=False)
        yield Hint("mouse selects · arrows scroll · w writes a file · esc closes")

    @on(TextLines.Moved)
    def _on_moved(self, message: TextLines.Moved) -> None:
        message.stop()
        in_sight = message.last - message.first + 1
        rows = f"rows {message.first:,}–{message.last:,} of {message.total:,}" if in_sight < message.total else ""
        self.query_one("#title", Static).update(self._title(rows))

    def _title(self, rows: str) -> Content:
        return Content.assemble((f"{self._what} to copy by hand", "bold $accent"), (f"  {rows}", "$text-muted"))

    @work(exclusive=True, group="write")
    async def action_write(self) -> None:
        """Write the text to a file, and display the path of the file."""
        try:
            path = await in_daemon_thread(self._write)
        except StoreFailed as problem:
            said = problem.sentence
        else:
            said = f"Written to {path_text(path)}, readable by you only. The next one replaces it."
        self.query_one("#written", Static).update(said)
