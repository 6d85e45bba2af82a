"""What to copy."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from cnm_tui.core.text import clean
from cnm_tui.tui.screens.styles import DIALOG_STYLES

_LINES_SHOWN: Final = 3
_LONGEST_LINE_SHOWN: Final = 400


class CopyForm(NamedTuple):
    """One form in which to copy."""

    name: str
    meaning: str
    noun: str
    """What each of its lines is."""
    lines: Callable[[], Sequence[str]]


class CopyPicker(ModalScreen[CopyForm | None]):
    """Answers a form, or None when cancelled."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    CopyPicker #shown { height: 6; margin: 1 0 0 0; color: $text-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_without", "Cancel", id="copy.cancel", show=False),
    ]

    def __init__(self, forms: Sequence[CopyForm]) -> None:
        super().__init__()
        self._forms = forms

    def compose(self) -> ComposeResult:
        """The forms, and what the highlighted one would copy."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Copy as"
            yield OptionList(
                *(Content.assemble(form.name, (f"  {form.meaning}", "$text-muted")) for form in self._forms),
                markup=False,
            )
            yield Static("", id="shown", markup=False)
            yield Static("arrows choose · enter copies · esc cancels", classes="hint", markup=False)

    @on(OptionList.OptionHighlighted)
    def _show(self, message: OptionList.OptionHighlighted) -> None:
        lines = self._forms[message.option_index].lines()
        shown = [clean(line, _LONGEST_LINE_SHOWN) for line in islice(lines, _LINES_SHOWN)]
        more = [f"… and {len(lines) - _LINES_SHOWN:,} more"] if len(lines) > _LINES_SHOWN else []
        self.query_one("#shown", Static).update("\n".join([*shown, *more]))

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._forms[message.option_index])

    def action_dismiss_without(self) -> None:
        """Cancel."""
        self.dismiss(None)
