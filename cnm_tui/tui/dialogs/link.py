"""Define a screen that displays the web link of a query. Without a clipboard, the user can select the link."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from cnm_tui.core.text import clean
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.widgets.filtered_list import ScrolledText
from cnm_tui.tui.widgets.hint import Hint


class LinkScreen(Dialog[None]):
    """Displays a web link until the user closes it."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = "LinkScreen #link { height: auto; max-height: 50vh; margin: 1 0 0 0; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,o", "dismiss", "Close", id="link.close", show=False),
    ]

    def __init__(self, link: str) -> None:
        super().__init__()
        self._link = link

    def compose(self) -> ComposeResult:
        """Yield the whole link. A long link can be scrolled."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Link"
            with ScrolledText(id="link"):
                yield Static(clean(self._link), markup=False)
            yield Hint("esc closes")
