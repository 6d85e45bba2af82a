"""The command palette: every action with a key, found by its words."""

from typing import Final

from textual.command import CommandInput, CommandPalette

from cnm_tui.tui.screens.styles import DIALOG_STYLES

_KEYS: Final = "type to find an action · enter does it · esc closes"


class Palette(CommandPalette):
    """Textual's own, dressed as the other dialogs."""

    CSS_PATH = DIALOG_STYLES

    def __init__(self) -> None:
        super().__init__(placeholder=_KEYS, id="--command-palette")

    def on_mount(self) -> None:
        """A blinking cursor would be sent twice a second."""
        self.query_one(CommandInput).cursor_blink = False
