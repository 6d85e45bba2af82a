"""Define a dialog to choose the format in which rows or a query are copied to the clipboard."""

from collections.abc import Sequence
from itertools import islice
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from cnm_tui.core.export.copy_forms import CopyForm
from cnm_tui.core.text import clean
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

_LINES_SHOWN: Final = 5
_LONGEST_LINE_SHOWN: Final = 400


class CopyPicker(Dialog[CopyForm | None]):
    """A dialog in which the user chooses the format of the text to copy. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    CopyPicker #shown { height: 6; margin: 1 0 0 0; color: $text-muted; }
    CopyPicker.-lines #shown { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="copy.cancel", show=False),
    ]

    def __init__(self, forms: Sequence[CopyForm]) -> None:
        super().__init__()
        self.forms = forms

    def compose(self) -> ComposeResult:
        """Yield the list of formats, and a preview of the text in the highlighted format."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Copy as"
            width = max(len(form.name) for form in self.forms)
            yield ChoiceList(
                *(
                    Content.assemble(f"{form.name:<{width}}", (f"  {form.meaning}", "$text-muted"))
                    for form in self.forms
                ),
                markup=False,
            )
            yield Static("", id="shown", markup=False)
            yield Hint("enter copies · arrows choose · esc cancels")

    @on(OptionList.OptionHighlighted)
    def _show(self, message: OptionList.OptionHighlighted) -> None:
        lines = self.forms[message.option_index].lines()
        shown = [clean(line, _LONGEST_LINE_SHOWN) for line in islice(lines, _LINES_SHOWN)]
        more = [f"… and {len(lines) - _LINES_SHOWN:,} more"] if len(lines) > _LINES_SHOWN else []
        # A command is one line, shown whole; of rows and programs the beginnings of lines are enough.
        self.set_class(len(lines) > 1, "-lines")
        self.query_one("#shown", Static).update("\n".join([*shown, *more]))

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self.forms[message.option_index])
