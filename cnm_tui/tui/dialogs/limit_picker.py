"""Define a dialog to choose the maximum number of rows to request, and the maximum number to display."""

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import MOST_ROWS, parsed_limit, parsed_top
from cnm_tui.core.table.row_words import ALL
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.steady_input import SteadyInput
from cnm_tui.tui.widgets.hint import Hint

PRESETS: Final = (100, 1_000, MOST_ROWS)
TOP_PRESETS: Final = (10, 20, 50, 100)


class LimitChoice(NamedTuple):
    """The maximum number of rows to request, and the maximum number of rows to display."""

    limit: int
    top: int | None
    """Maximum number of rows to show; None for all that match the filter."""
    all_rows: bool = False
    """True to request all rows, in parts."""


class LimitPicker(Dialog[LimitChoice | None]):
    """A dialog in which the user chooses numbers of rows. Its result is a LimitChoice, or None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    LimitPicker #unknown { color: $text-muted; margin: 0 0 1 0; }
    LimitPicker.-tiny #unknown { margin: 0; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="limit.cancel", show=False),
        Binding("up", "step(1)", "More", id="limit.more", show=False),
        Binding("down", "step(-1)", "Fewer", id="limit.fewer", show=False),
    ]

    def __init__(self, limit: int, top: int | None, cost_of_all: str = "") -> None:
        """Create the dialog with the current numbers of rows.

        `cost_of_all` is a sentence that says how many requests are needed to load all rows.
        """
        super().__init__()
        self._limit = limit
        self._top = top
        self._cost_of_all = cost_of_all

    def compose(self) -> ComposeResult:
        """Yield two inputs, for the number of rows to request and the number of rows to display."""
        with Vertical(classes="dialog -small") as dialog:
            dialog.border_title = "Limit"
            yield Static(f"Rows to ask for, 1 to {MOST_ROWS:,}, or {ALL}.", markup=False)
            yield SteadyInput(str(self._limit), id="limit", classes="field")
            yield Static(f"Rows to show, the first as sorted and filtered, or {ALL}.", markup=False)
            yield SteadyInput(ALL if self._top is None else str(self._top), id="top", classes="field")
            unknown = "Which rows the service leaves out beyond the limit is not documented."
            yield Static(f"{unknown} {self._cost_of_all}".rstrip(), id="unknown", markup=False)
            yield Static("", id="refusal", markup=False)
            yield Hint("enter asks · tab other box · arrows step · esc cancels")

    def action_step(self, step: int) -> None:
        """Replace the number in the focused input by the next larger or next smaller preset."""
        box = self.query_one("#top", Input) if self._in_top else self.query_one("#limit", Input)
        presets: Sequence[int] = TOP_PRESETS if self._in_top else PRESETS
        try:
            # All are more than the largest preset.
            number = parsed_top(box.value) or MOST_ROWS + 1
        except InvalidQuery:
            number = self._limit
        above, below = [p for p in presets if p > number], [p for p in presets if p < number]
        if step > 0:
            box.value = str(above[0]) if above else ALL
        else:
            box.value = str(below[-1] if below else presets[0])
        box.cursor_position = len(box.value)

    @property
    def _in_top(self) -> bool:
        return self.focused is not None and self.focused.id == "top"

    @on(Input.Changed)
    def _on_typed(self) -> None:
        self.query_one("#refusal", Static).update("")

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        written = self.query_one("#limit", Input).value
        is_all = written.strip().lower() == ALL
        try:
            limit = MOST_ROWS if is_all else parsed_limit(written)
            top = parsed_top(self.query_one("#top", Input).value)
        except InvalidQuery as refusal:
            # The advice is above the input; the error's hint is for the command line.
            self.query_one("#refusal", Static).update(str(refusal))
        else:
            self.dismiss(LimitChoice(limit, top, is_all))
