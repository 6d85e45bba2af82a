"""Choose the span of the timeline, and see its cost first."""

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
    """Answers the written span, or `off`; None when cancelled."""

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
        """Take over the facts from which the costs are computed.

        Args:
            read: Returns the parts of a written span; raises InvalidQuery.
            short: Returns the cost of the parts in two or three words.
            told: Returns what the parts are and cost, in two lines.
            is_on: True to offer to end the timeline.
            spans: The spans to choose, the usual one second.
        """
        super().__init__()
        self._read = read
        self._short = short
        self._plan_told = told
        self._is_on = is_on
        self._spans = spans

    def compose(self) -> ComposeResult:
        """Yield the list of spans, an input for another one, and the cost of what is chosen."""
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
        """Return the typed span if the input has the focus, else the highlighted one."""
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
        """Choose the highlighted span; the key that opens this dialog does so too, thus twice picks the first."""
        if not self.query_one(Input).has_focus:
            self.query_one(OptionList).action_select()
