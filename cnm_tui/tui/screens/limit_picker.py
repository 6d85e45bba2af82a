"""How many rows to ask for."""

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.query import MOST_ROWS, parsed_limit
from cnm_tui.tui.screens.dialog import Dialog
from cnm_tui.tui.screens.styles import DIALOG_STYLES
from cnm_tui.tui.widgets.hint import Hint
from cnm_tui.tui.widgets.steady_input import SteadyInput

PRESETS: Final = (100, 1_000, MOST_ROWS)


class LimitPicker(Dialog[int | None]):
    """Answers a limit, or None when cancelled."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="limit.cancel", show=False),
        Binding("up", "step(1)", "More", id="limit.more", show=False),
        Binding("down", "step(-1)", "Fewer", id="limit.fewer", show=False),
    ]

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def compose(self) -> ComposeResult:
        """A box with the number."""
        with Vertical(classes="dialog -small") as dialog:
            dialog.border_title = "Limit"
            yield Static(f"Rows to ask for, 1 to {MOST_ROWS:,}.", markup=False)
            yield SteadyInput(str(self._limit), id="limit", classes="field")
            yield Static("", id="refusal", markup=False)
            yield Hint(f"enter asks · arrows take {_listed()} · esc cancels")

    def action_step(self, step: int) -> None:
        """The next preset up or down."""
        box = self.query_one(Input)
        try:
            limit = parsed_limit(box.value)
        except InvalidQuery:
            limit = self._limit
        larger = [preset for preset in PRESETS if preset > limit] or [PRESETS[-1]]
        smaller = [preset for preset in PRESETS if preset < limit] or [PRESETS[0]]
        box.value = str(larger[0] if step > 0 else smaller[-1])
        box.cursor_position = len(box.value)

    @on(Input.Changed)
    def _on_typed(self) -> None:
        self.query_one("#refusal", Static).update("")

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        try:
            self.dismiss(parsed_limit(message.value))
        except InvalidQuery as refusal:
            # What to do stands above the box; the hint is for the command line.
            self.query_one("#refusal", Static).update(str(refusal))


def _listed() -> str:
    return ", ".join(f"{preset:,}" for preset in PRESETS)
