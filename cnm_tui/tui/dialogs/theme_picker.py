"""Define a dialog to choose a colour theme. The highlighted theme is applied immediately."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList

from cnm_tui.core.settings import ANSI, DARK, HIGH_CONTRAST, LIGHT, THEMES
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

_MEANINGS: Final = {
    DARK: "for a dark background",
    LIGHT: "for a light background",
    HIGH_CONTRAST: "white on black",
    ANSI: "the terminal's own colours",
}


class ThemePicker(Dialog[str | None]):
    """A dialog in which the user chooses a colour theme. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="theme.cancel", show=False),
    ]

    def __init__(self, now: str, show: Callable[[str], bool]) -> None:
        """Create the dialog, and highlight the theme `now`.

        `show` is a function that applies another theme to the screen.
        """
        super().__init__()
        self._now = now
        self._paint = show

    def compose(self) -> ComposeResult:
        """Yield the list of all colour themes."""
        width = max(map(len, THEMES))
        with Vertical(classes="dialog -small") as dialog:
            dialog.border_title = "Theme"
            yield ChoiceList(
                *(Content.assemble(f"{name:<{width}}  ", (_MEANINGS.get(name, ""), "$text-muted")) for name in THEMES),
                markup=False,
            )
            yield Hint("arrows show · enter keeps · esc goes back")

    def on_mount(self) -> None:
        """Highlight the theme that is in use."""
        self.query_one(ChoiceList).highlighted = THEMES.index(self._now) if self._now in THEMES else 0

    @on(OptionList.OptionHighlighted)
    def _show(self, message: OptionList.OptionHighlighted) -> None:
        self._paint(THEMES[message.option_index])

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(THEMES[message.option_index])
