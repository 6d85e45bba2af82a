"""Define a dialog to choose the time span of a timeline, which shows how rows changed over time.

The dialog displays the cost in requests before anything is requested.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.timeline.plan import SPANS, THE_WINDOW, Plan, Span, parts_text
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.terminal.steady_input import SteadyInput
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

OFF: Final = "off"
"""The answer that ends the timeline."""
_OFF_NAME: Final = "no timeline"
_PLACEHOLDER: Final = "4h · 4h in 16 · yesterday · 10:00 to 11:00"


class TimelineDialog(Dialog[str | None]):
    """A dialog in which the user chooses the time span of the timeline.

    Its result is the time span as text, `off` to end the timeline, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    TimelineDialog #cost { height: 3; margin: 1 0 0 0; }
    TimelineDialog.-low #cost { margin: 0; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="timeline.cancel", show=False),
        Binding("L", "choose", "Choose", id="timeline.choose", show=False),
    ]

    def __init__(
        self,
        read: Callable[[str], Plan],
        short: Callable[[Plan], str],
        told: Callable[[Plan], str],
        *,
        is_on: bool,
        spans: Sequence[Span] = SPANS,
    ) -> None:
        """Store the functions that calculate the cost of a time span, which is its number of requests.

        Args:
            read: A function that divides a time span, given as text, into parts. It may raise InvalidQuery.
            short: A function that returns the cost of the parts in two or three words.
            told: A function that returns two lines about the parts and their cost.
            is_on: True if there is a timeline now, so that the user can end it.
            spans: The time spans to choose from. The second one is the default.
        """
        super().__init__()
        self._read = read
        self._short = short
        self._plan_told = told
        self._is_on = is_on
        self._spans = spans

    def compose(self) -> ComposeResult:
        """Yield the list of time spans, an input for another time span, and the cost of the chosen time span."""
        with Vertical(classes="dialog -roomy") as dialog:
            dialog.border_title = "Timeline"
            yield ChoiceList(*self._options(), markup=False)
            yield SteadyInput("", id="span", classes="field", placeholder=_PLACEHOLDER)
            yield Static("", id="cost", markup=False)
            yield Hint("enter asks · tab another span · esc cancels")

    def _options(self) -> Iterator[Option]:
        spans = (self._spans[1], THE_WINDOW, self._spans[0], *self._spans[2:])
        width = max(len(span.name) for span in spans)
        for span in spans:
            plan = self._read(span.written)
            cost = (self._short(plan), "$text-muted")
            told = Content.assemble(f"{span.name:<{width}}  {parts_text(plan):<20}  ", cost)
            yield Option(told, id=span.written)
        if self._is_on:
            yield Option(_OFF_NAME, id=OFF)

    @on(Input.Changed)
    @on(OptionList.OptionHighlighted)
    @on(DescendantFocus)
    def _tell(self) -> None:
        text = self._enter_would_ask
        if text == OFF:
            told = "The timeline is no longer shown; its finished parts are kept."
        elif not text:
            told = "A length, or a start and an end; add the number of parts: 4h in 16."
        else:
            try:
                told = self._told(self._read(text))
            except InvalidQuery as refusal:
                told = refusal.sentence
        self.query_one("#cost", Static).update(told)

    def _told(self, plan: Plan) -> str:
        return f"{plan.window}\n{self._plan_told(plan)}"

    @property
    def _enter_would_ask(self) -> str:
        """The time span that the enter key would choose.

        It is the typed time span if the input has the focus, or else the highlighted time span.
        """
        box, spans = self.query_one(Input), self.query_one(OptionList)
        if box.has_focus or spans.highlighted_option is None:
            return box.value.strip()
        return spans.highlighted_option.id or ""

    @on(OptionList.OptionSelected)
    def _on_chosen(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option.id)

    @on(Input.Submitted)
    def _on_typed(self, message: Input.Submitted) -> None:
        try:
            self._read(message.value)
        except InvalidQuery as refusal:
            self.query_one("#cost", Static).update(f"! {refusal.sentence}")
        else:
            self.dismiss(message.value.strip())

    def action_choose(self) -> None:
        """Choose the highlighted time span, and close the dialog.

        The keyboard key that opens this dialog also calls this action. Pressing it twice chooses the first time span.
        """
        if not self.query_one(Input).has_focus:
            self.query_one(OptionList).action_select()
