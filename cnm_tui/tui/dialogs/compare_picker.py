"""Define a dialog to choose the baseline, which is the earlier answer that rows are compared with."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from cnm_tui.core.compare.change_words import short_window
from cnm_tui.core.compare.comparison import may_be_off
from cnm_tui.core.exploration.baselines import Candidate
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.units import plural, seconds_text
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import ChoiceList
from cnm_tui.tui.widgets.hint import Hint

if TYPE_CHECKING:
    from cnm_tui.core.snapshot import Snapshot

_STOP: Final = "stop comparing"
_NOTHING: Final = "There is no earlier answer, and the previous window is older than the 14 days that Datadog keeps."


class PickedBaseline(NamedTuple):
    """The baseline that the user chose. If `candidate` is None, the user chose to end the comparison."""

    candidate: Candidate | None


class ComparePicker(Dialog[PickedBaseline | None]):
    """A dialog in which the user chooses a baseline. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    ComparePicker #shown { height: 4; margin: 1 0 0 0; color: $text-muted; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="compare.cancel", show=False),
        Binding("m", "choose", "Choose", id="compare.choose", show=False),
    ]

    def __init__(self, candidates: Sequence[Candidate], window: Window, baseline: "Snapshot | None") -> None:
        super().__init__()
        self._window = window
        self._baseline = baseline
        self._picks = [*([PickedBaseline(None)] if baseline is not None else []), *map(PickedBaseline, candidates)]

    def compose(self) -> ComposeResult:
        """Yield the list of baselines, and a description of the highlighted baseline."""
        with Vertical(classes="dialog -roomy") as dialog:
            dialog.border_title = "Compare with"
            if self._picks:
                yield ChoiceList(*self._prompts(), markup=False)
            yield Static("" if self._picks else _NOTHING, id="shown", markup=False)
            keys = "enter compares · esc cancels" if self._picks else "esc closes"
            yield Hint(keys)

    def _prompts(self) -> Iterator[Content]:
        width = max(len(pick.candidate.name) if pick.candidate is not None else len(_STOP) for pick in self._picks)
        for pick in self._picks:
            if pick.candidate is None:
                yield Content(_STOP)
                continue
            cost = (
                "in the file" if pick.candidate.is_kept else "1 request" if pick.candidate.answer is None else "at hand"
            )
            told = f"{pick.candidate.name:<{width}}  {short_window(pick.candidate.window)}  "
            yield Content.assemble(told, (cost, "$text-muted"))

    @on(OptionList.OptionHighlighted)
    def _tell(self, message: OptionList.OptionHighlighted) -> None:
        self.query_one("#shown", Static).update("\n".join(self._told(self._picks[message.option_index].candidate)))

    def _told(self, candidate: Candidate | None) -> Iterator[str]:
        if candidate is None:
            yield f"now compared with {self._baseline.window}" if self._baseline is not None else ""
            return
        yield f"with   {candidate.window}"
        yield f"shown  {self._window}"
        if candidate.window.seconds != self._window.seconds:
            lengths = (seconds_text(candidate.window.seconds), seconds_text(self._window.seconds))
            yield f"{lengths[0]} with {lengths[1]}: totals are compared as rates"
        elif candidate.answer is not None:
            yield f"{plural(len(candidate.answer.connections), 'row')}, no request"
        if may_be_off(self._window, candidate.window):
            yield "up to 5 min off: not on a 5-minute boundary; set snap in the time range"

    @on(OptionList.OptionSelected)
    def _choose(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._picks[message.option_index])

    def action_choose(self) -> None:
        """Choose the highlighted baseline, and close the dialog.

        The keyboard key that opens this dialog also calls this action. Pressing it twice chooses the first baseline.
        """
        if self._picks:
            self.query_one(OptionList).action_select()
