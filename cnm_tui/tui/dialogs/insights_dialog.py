"""Define a dialog that lists network health insights, which are problems that Datadog itself detected.

The most serious insights are first.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.findings.rule import Severity
from cnm_tui.core.insights.insight import Insight, Insights, sentence
from cnm_tui.core.text import clean
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

_MOST_SHOWN = 500
_STYLES = {Severity.CRITICAL: "$error", Severity.WARNING: "$warning", Severity.NOTE: "$text-muted"}
_LONGEST_TOLD = 600


class InsightsDialog(Dialog[Insight | None]):
    """A dialog that lists network health insights.

    Its result is the insight whose rows will be displayed, or None if the user closes it.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    InsightsDialog #told { height: 6; margin: 1 0 0 0; color: $text-muted; }
    InsightsDialog.-low #told { height: 4; margin: 0; }
    InsightsDialog.-tiny #told { height: 3; margin: 0; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="insights.close", show=False),
        Binding("down", "highlight(1)", "Next insight", id="insights.down", show=False),
        Binding("up", "highlight(-1)", "Previous insight", id="insights.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten insights down", id="insights.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten insights up", id="insights.page_up", show=False),
    ]

    def __init__(self, insights: Insights, chosen: str = "") -> None:
        """Create the dialog, and highlight the insight whose id is `chosen`."""
        super().__init__()
        self._insights = insights
        self._chosen = chosen
        self._found: Sequence[Insight] = ()

    def compose(self) -> ComposeResult:
        """Yield a filter input, the list of insights, and all attributes of the highlighted insight."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = f"Network health: {self._insights.summary}"
            dialog.border_subtitle = str(self._insights.window)
            yield ListFilter("type to filter")
            with Vertical(id="lists"):
                yield FilteredList(id="insights", markup=False)
            yield Static("", id="told", markup=False)
            yield Hint("enter shows its rows · esc closes · a preview feature of Datadog")

    def on_mount(self) -> None:
        """Fill the list with the insights."""
        self._show_matching()

    @on(Input.Changed)
    def _show_matching(self) -> None:
        words = self.query_one(Input).value.casefold().split()
        matching = [one for one in self._insights.found if all(word in _searched(one) for word in words)]
        self._found = matching[:_MOST_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(_line(one)) for one in self._found])
        ids = [one.id for one in self._found]
        options.highlighted = (ids.index(self._chosen) if self._chosen in ids else 0) if ids else None
        self._tell()

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        """Display all attributes of the highlighted insight, including attributes that this program does not know."""
        at = self.query_one(OptionList).highlighted
        if at is None or at >= len(self._found):
            none = "No insight matches. Delete some letters." if self._insights.found else "There is no insight."
            self.query_one("#told", Static).update(none)
            return
        chosen = self._found[at]
        said = sentence(chosen)
        # What the sentence does not say comes first: a low screen cuts the end.
        attributes = sorted(chosen.attributes.items(), key=lambda pair: _text(pair[1]) in said)
        told = " · ".join(f"{name} {_text(value)}" for name, value in attributes)
        self.query_one("#told", Static).update(clean(f"{said} {told}", _LONGEST_TOLD))

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _take(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at])

    def action_highlight(self, rows: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self.query_one(FilteredList).step(rows)


def _searched(insight: Insight) -> str:
    return f"{insight.severity.word} {insight.kind} {sentence(insight)}".casefold()


def _line(insight: Insight) -> Content:
    sign = f"{insight.severity.sign:<2} "
    kind = f"{insight.kind or '–':<14} "
    return Content.assemble((sign, _STYLES.get(insight.severity, "")), (kind, "$text-muted"), sentence(insight))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each:,}" for name, each in value.items())
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
