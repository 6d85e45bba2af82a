"""Define a dialog to choose one of the answers in a recording."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.recording import Recorded
from cnm_tui.core.time.time_range import iso_text
from cnm_tui.core.units import plural, seconds_text
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

_MOST_SHOWN: Final = 500
"""More answers than this are found by typing: a longer list takes too long to draw."""

_Sentence = Callable[[Recorded], str]
"""Returns the question of an answer as it may be shown."""


class RecordedPicker(Dialog[Recorded | None]):
    """A dialog in which the user chooses a recorded answer. Its result is None if the user cancels."""

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    RecordedPicker #told { height: 2; margin: 1 0 0 0; color: $text-muted; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="recorded.cancel", show=False),
        Binding("down", "highlight(1)", "Next answer", id="recorded.down", show=False),
        Binding("up", "highlight(-1)", "Previous answer", id="recorded.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten answers later", id="recorded.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten answers earlier", id="recorded.page_up", show=False),
    ]

    def __init__(self, answers: Sequence[Recorded], moment: float, sentence: _Sentence) -> None:
        """Create the dialog.

        Args:
            answers: The recorded answers, oldest first.
            moment: The time in epoch seconds. The answer nearest to it is highlighted.
            sentence: A function that returns the description of an answer.
        """
        super().__init__()
        self._answers = answers
        self._moment = moment
        self._sentence = sentence
        self._found: Sequence[Recorded] = ()

    def compose(self) -> ComposeResult:
        """Yield a filter input, the list of recorded answers, and the number of answers that match the filter."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Recorded answers"
            yield ListFilter("type a time (10:0 or 2026-03-01T10) or a word of the question")
            with Vertical(id="lists"):
                yield FilteredList(id="recorded", markup=False)
            yield Static("", id="told", markup=False)
            yield Hint("enter shows it · esc cancels")

    def on_mount(self) -> None:
        """List the recorded answers, beginning near the current time of the replay."""
        self._show_matching()

    @on(Input.Changed)
    def _show_matching(self) -> None:
        matching = _answers_matching(self._answers, self.query_one(Input).value, self._sentence)
        near = _nearest_to(matching, self._moment)
        first = max(0, min(near - _MOST_SHOWN // 2, len(matching) - _MOST_SHOWN))
        self._found = matching[first : first + _MOST_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([_option(one, self._sentence(one)) for one in self._found])
        options.highlighted = near - first if self._found else None
        shown = "" if len(self._found) == len(matching) else f", the {_MOST_SHOWN} nearest are listed"
        self.query_one("#told", Static).update(f"{plural(len(matching), 'answer')}{shown}. Times are in UTC.")

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _take(self) -> None:
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            self.dismiss(self._found[highlighted])

    def action_highlight(self, rows: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self.query_one(FilteredList).step(rows)


def _option(recorded: Recorded, sentence: str) -> Option:
    window = f"  {seconds_text(recorded.window.seconds):>8}  "
    return Option(Content.assemble(iso_text(recorded.moment), (window, "$text-muted"), sentence))


def _answers_matching(answers: Sequence[Recorded], typed: str, sentence: _Sentence) -> Sequence[Recorded]:
    """Return the answers that match all typed words. A word matches the answer's time in UTC or the
    text of its query."""
    words = typed.casefold().split()
    if not words:
        return answers
    return [
        one for one in answers if all(word in f"{iso_text(one.moment)} {sentence(one)}".casefold() for word in words)
    ]


def _nearest_to(answers: Sequence[Recorded], moment: float) -> int:
    """Return the position of the last answer up to a point in time. Return 0 if there is none."""
    return max(0, bisect_right(answers, moment, key=attrgetter("moment")) - 1)
