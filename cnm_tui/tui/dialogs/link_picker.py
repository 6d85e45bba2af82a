"""Define a dialog to choose a web page about the query or about the selected row."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from cnm_tui.core.row_links import RowLink
from cnm_tui.core.text import cell_width, clean, padded
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

_LONGEST_SHOWN = 400
_WIDEST_VALUE = 50
_MEANINGS = {
    "documented": "Datadog's documentation has such addresses.",
    "seen": "Other programs use such addresses; Datadog does not document them.",
    "unproven": "The page is documented, its parameters are a guess.",
    "yours": "The template is from settings.toml.",
}


class LinkPicker(Dialog[RowLink | None]):
    """A dialog in which the user chooses a web link. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    LinkPicker #address { height: 5; margin: 1 0 0 0; color: $text-muted; }
    LinkPicker.-tiny #address { height: 2; margin: 0; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="links.cancel", show=False),
    ]

    def __init__(self, links: Sequence[RowLink]) -> None:
        super().__init__()
        self._links = links

    def compose(self) -> ComposeResult:
        """Yield the list of web pages, and the address of the highlighted page."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Link"
            yield ChoiceList(*map(self._line, self._links), markup=False)
            yield Static("", id="address", markup=False)
            yield Hint("enter opens or copies · arrows choose · esc cancels")

    def on_mount(self) -> None:
        """Highlight the first link, which is the link of the query."""
        self.query_one(ChoiceList).highlighted = 0

    def _line(self, link: RowLink) -> Content:
        name, whose = (
            max(map(cell_width, texts)) for texts in zip(*((one.name, one.whose) for one in self._links), strict=True)
        )
        shown = f"{padded(link.name, name)}  {padded(link.whose, min(whose, _WIDEST_VALUE))}  "
        return Content.assemble(shown, (link.certainty, "$text-muted"))

    @on(OptionList.OptionHighlighted)
    def _show(self, message: OptionList.OptionHighlighted) -> None:
        link = self._links[message.option_index]
        said = f"{_MEANINGS[link.certainty]}\n{clean(link.address, _LONGEST_SHOWN)}"
        self.query_one("#address", Static).update(said)

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._links[message.option_index])
