"""The command palette: every action with a key, found by its words."""

from typing import Final

from textual import on
from textual.command import CommandInput, CommandPalette
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from cnm_tui.tui.screens.styles import DIALOG_STYLES

_KEYS: Final = "type to find an action · enter does it · esc closes"


class Palette(CommandPalette):
    """Textual's own, dressed as the other dialogs."""

    CSS_PATH = DIALOG_STYLES

    def __init__(self) -> None:
        super().__init__(placeholder=_KEYS, id="--command-palette")
        self._looking: Worker[object] | None = None
        """Looks for what stands in the box."""
        self._is_listed = False
        """Whether the list is what was found for it; until then it is of fewer letters."""
        self._enter_waits = False

    def on_mount(self) -> None:
        """A blinking cursor would be sent twice a second."""
        self.query_one(CommandInput).cursor_blink = False

    # A fast enter would run what was found for fewer letters, or for none.

    @on(Input.Changed)
    def _await_list(self) -> None:
        self._looking, self._is_listed, self._enter_waits = None, False, False

    @on(Input.Submitted)
    def _hold_enter(self, message: Input.Submitted) -> None:
        if not self._is_listed:
            message.stop()
            message.prevent_default()
            self._enter_waits = True

    @on(Worker.StateChanged)
    def _follow_search(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.RUNNING:
            self._looking = message.worker
        elif message.state is WorkerState.SUCCESS and message.worker is self._looking:
            self._is_listed = True
            if self._enter_waits:
                self._enter_waits = False
                box = self.query_one(CommandInput)
                self.post_message(Input.Submitted(box, box.value))
