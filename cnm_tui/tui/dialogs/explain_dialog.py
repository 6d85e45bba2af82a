"""Define a dialog that finds the tag values which explain a bad metric.

The dialog displays the cost in requests, the progress and the result.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.explain.investigation import Explanation
from cnm_tui.core.explain.ranking import Value
from cnm_tui.core.explain.words import (
    folded_sentence,
    lift_text,
    percent_text,
    remarks,
    result_sentence,
    value_sentence,
)
from cnm_tui.core.text import clean, fitted
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

_MOST_FINDINGS: Final = 9
_LIFT: Final = 8
_SHARE: Final = 9
_BEFORE: Final = "enter asks · tab the rows or the whole question · esc cancels"
_WHOLE: Final = "enter asks · esc cancels"
_MEANWHILE: Final = "esc gives up, and keeps what is there"
_AFTER: Final = "enter searches for the value · esc closes"


class Steps(NamedTuple):
    """The functions that the dialog calls to plan, send and cancel its queries."""

    plan: Callable[[bool], None]
    """Prepares the questions about the chosen rows, or (True) about the whole question; then calls `show_plan`."""
    choose: Callable[[int], None]
    """Chooses one of the findings in place of the rows; then `plan` is called."""
    ask: Callable[[], None]
    """Sends the questions."""
    give_up: Callable[[], None]
    """Cancels the questions, and shows what is known."""


class ExplainDialog(Dialog[Value | None]):
    """A dialog that finds the tag values which explain a bad metric.

    Its result is the tag value to search for, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES
    DEFAULT_CSS = """
    ExplainDialog #plan, ExplainDialog #told { height: auto; margin: 1 0 0 0; }
    ExplainDialog #told { color: $text-muted; }
    ExplainDialog #found { height: auto; max-height: 10; margin: 1 0 0 0; text-wrap: nowrap; text-overflow: ellipsis; }
    ExplainDialog.-tiny #found { display: none; }
    ExplainDialog #heading { height: 1; color: $text-muted; margin: 1 0 0 0; }
    ExplainDialog #told { max-height: 7; }
    ExplainDialog #values { max-height: 8; }
    ExplainDialog.-tiny #plan, ExplainDialog.-tiny #told, ExplainDialog.-tiny #heading { margin: 0; }
    ExplainDialog.-tiny #told { max-height: 3; }
    ExplainDialog.-tiny #values { max-height: 3; }
    ExplainDialog .-empty { display: none; }
    """
    VERTICAL_BREAKPOINTS = TINY_OR_LOW
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Give up, close", id="explain.leave", show=False),
        Binding("enter", "go_on", "Ask; search for the value", id="explain.go_on", show=False),
        Binding("tab", "toggle_scope", "The rows or the whole question", id="explain.scope", show=False),
        *(
            Binding(str(digit), f"choose({digit - 1})", f"Finding {digit}", id=f"explain.finding.{digit}", show=False)
            for digit in range(1, _MOST_FINDINGS + 1)
        ),
    ]

    def __init__(self, steps: Steps, findings: Sequence[str], *, has_rows: bool) -> None:
        """Create the dialog.

        Args:
            steps: The functions that plan, send and cancel the queries.
            findings: The problems found in the answer. The user chooses one with a digit key.
            has_rows: True if the user selected rows to explain. False if only the whole query can be explained.
        """
        super().__init__()
        self._steps = steps
        self._findings = findings[:_MOST_FINDINGS]
        self._has_rows = has_rows
        self._whole = not has_rows
        self._is_planned = self._is_asking = self._typed_ahead = False
        self._values: Sequence[Value] = ()
        self._result: Explanation | None = None
        self._problem = ""
        """The failure that ended the questions."""

    def compose(self) -> ComposeResult:
        """Yield the widgets of the dialog: the plan, which the result replaces later, the list of
        values, and remarks.
        """
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Which tag explains it"
            yield Static("", id="plan", markup=False)
            yield Static("", id="heading", classes="-empty", markup=False)
            yield ChoiceList(id="values", classes="-empty", markup=False, disabled=True)
            yield Static("", id="told", markup=False)
            yield Static(self._found_lines(), id="found", classes="" if self._findings else "-empty", markup=False)
            yield Hint(_BEFORE if self._has_rows else _WHOLE)

    def _found_lines(self) -> Content:
        """Return one line for each problem found, with the digit key that chooses it."""
        lines = [
            Content.assemble((str(digit), "bold"), f"  {clean(text)}") for digit, text in enumerate(self._findings, 1)
        ]
        return Content("\n").join([Content("A digit chooses another finding, and goes to its worst row:"), *lines])

    def on_mount(self) -> None:
        """Prepare the queries without sending them."""
        self._steps.plan(self._whole)

    # What the feature tells

    def show_plan(self, subject: str, cost: str) -> None:
        """Display which queries would be sent, and how many requests they cost."""
        self._is_planned = True
        self.query_one("#plan", Static).update(subject)
        self.query_one("#told", Static).update(cost)
        if self._typed_ahead:
            self._typed_ahead = False
            self.action_go_on()

    def show_refusal(self, sentence: str) -> None:
        """Display a sentence that says why no queries can be sent."""
        self.query_one("#told", Static).update(sentence)

    def show_progress(self, sentence: str) -> None:
        """Display a sentence that says how many queries are finished."""
        self.query_one("#told", Static).update(sentence)

    def show_result(self, explained: Explanation, problem: str = "") -> None:
        """Display the tag values that explain the metric, and the data that the result is based on.

        `problem` is the error that stopped the queries. It is an empty text if there was no error.
        """
        self._is_asking, self._result, self._problem = False, explained, problem
        self.query_one("#found", Static).add_class("-empty")
        self._values = (*explained.ranking.values, *explained.ranking.others)
        self.query_one("#plan", Static).update(result_sentence(explained))
        options = self.query_one("#values", ChoiceList)
        options.set_class(not self._values, "-empty")
        heading = self.query_one("#heading", Static)
        heading.set_class(not self._values, "-empty")
        heading.update(f"{'lift':>{_LIFT}}{'share':>{_SHARE}}{'of base':>{_SHARE}}   value")
        options.clear_options()
        options.add_options([Option(self._line(value)) for value in self._values])
        if self._values:
            # Enabled now only: an empty list with the focus would take enter.
            options.disabled = False
            options.highlighted = 0
            options.focus()
        self._tell_basis(())
        self.query_one(Hint).update(_AFTER if self._values else "esc closes")

    def _line(self, value: Value) -> Content:
        numbers = (
            f"{lift_text(value.lift):>{_LIFT}}{percent_text(value.share):>{_SHARE}}"
            f"{percent_text(value.base_share):>{_SHARE}}   "
        )
        return Content.assemble((numbers, "$text-muted"), clean(value.text, 200))

    @on(OptionList.OptionHighlighted)
    def _tell(self, message: OptionList.OptionHighlighted) -> None:
        """Describe the highlighted tag value in a sentence.

        The sentence also contains other tag values that belong to the same connections.
        """
        if self._result is None or message.option_index >= len(self._values):
            return
        value = self._values[message.option_index]
        lines = [folded_sentence(value)]
        if message.option_index:
            lines.insert(0, value_sentence(value, self._result.measure))
        self._tell_basis(lines)

    def _tell_basis(self, lines: Sequence[str]) -> None:
        """Display the given lines, the error that stopped the queries, and the data that the
        explanation is based on.
        """
        basis = () if self._result is None else remarks(self._result)
        told = [fitted(line, 400) for line in (self._problem, *lines, *basis) if line]
        self.query_one("#told", Static).update("\n".join(told))

    # Keys

    @on(OptionList.OptionSelected)
    def _on_selected(self) -> None:
        self.action_go_on()

    def action_go_on(self) -> None:
        """Send the queries.

        If the result is already displayed, close the dialog with the highlighted value as its result.
        """
        if self._result is not None:
            at = self.query_one("#values", ChoiceList).highlighted
            if at is not None and at < len(self._values):
                self.dismiss(self._values[at])
        elif not self._is_planned:
            self._typed_ahead = True
        elif not self._is_asking:
            self._is_asking = True
            self.query_one("#found", Static).add_class("-empty")
            self.query_one(Hint).update(_MEANWHILE)
            self._steps.ask()

    def action_toggle_scope(self) -> None:
        """Switch between the selected rows and the whole query. This is possible only before the queries are sent."""
        if self._has_rows and not self._is_asking and self._result is None:
            self._whole, self._is_planned = not self._whole, False
            self._steps.plan(self._whole)

    def action_choose(self, position: int) -> None:
        """Choose the problem at this position (from 0). This is possible only before the queries are sent."""
        if position < len(self._findings) and not self._is_asking and self._result is None:
            self._has_rows, self._whole, self._is_planned = True, False, False
            self.query_one(Hint).update(_BEFORE)
            self._steps.choose(position)

    def action_leave(self) -> None:
        """If the queries are running, cancel them and display the result so far. Otherwise close the dialog."""
        if self._is_asking:
            self._steps.give_up()
        else:
            self.dismiss(None)
