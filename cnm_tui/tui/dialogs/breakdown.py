"""Define a dialog that counts the loaded rows by the values of one column, and lets the user filter by a value."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.table.breakdown import Breakdown, Part, broken_down
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.spread import Spread, spread_of
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import fitted, padded
from cnm_tui.core.units import BYTES, SHARE, bar, plural
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

_MOST_LISTED: Final = 300
"""Maximum number of values in the list: nobody reads further, and every line is laid out."""
_ROWS_WIDTH: Final = 6
_GAP: Final = "  "
_FIGURES_WIDTH: Final = _ROWS_WIDTH + BYTES.width + 2 * SHARE.width + 4 * len(_GAP)
_NARROW: Final = 60
"""Below this list width only the share shown by the bars is listed."""
_SCROLL_BAR: Final = 1


class BreakdownDialog(Dialog[str | None]):
    """A dialog that lists the values of a column, each with its number of rows and its traffic volume.

    Its result is a condition to add to the filter, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    BreakdownDialog #heading { height: 1; color: $text-muted; text-wrap: nowrap; }
    BreakdownDialog #told { height: auto; min-height: 2; max-height: 5; margin: 1 0 0 0; color: $text-muted; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="division.cancel", show=False),
        Binding("down", "highlight(1)", "Next value", id="division.down", show=False),
        Binding("up", "highlight(-1)", "Previous value", id="division.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten values down", id="division.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten values up", id="division.page_up", show=False),
        Binding("minus", "leave_out", "Hide these rows", id="division.leave_out", show=False),
        Binding("tab", "toggle_measure", "By rows or by size", id="division.measure", show=False),
    ]

    def __init__(self, table: Table, column: Column) -> None:
        super().__init__()
        self._table = table
        self._column = column
        self._volume = table.snapshot.endpoint.volume_metric
        self._division: Breakdown | None = None
        self._spread: Spread | None = None
        """Statistics of a figure; None for a group-by."""
        self._by_rows = False
        self._listed: Sequence[Part] = ()
        self._typed_ahead: str | None = None
        """The sign (`+` or `-`) to answer with once the list is filled."""

    def compose(self) -> ComposeResult:
        """Yield a filter input, the list of values, and the filter condition of the highlighted value."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Breakdown by value"
            # `-` excludes a value, so it cannot be typed; it is ignored in the values too.
            yield ListFilter("type to find a value", free=("minus",))
            yield Static("", id="heading", markup=False)
            with Vertical(id="lists"):
                yield FilteredList(id="parts", markup=False)
            yield Static("", id="told", markup=False)
            yield Hint(f"enter shows · - hides · tab rows, {self._volume.unit} · esc cancels")

    def on_mount(self) -> None:
        """Start to count the rows by value, which takes a moment if there are thousands of rows."""
        self._divide()

    @work(group="divide")
    async def _divide(self) -> None:
        self._division, self._spread = await in_daemon_thread(self._counted)
        self._show_parts()
        if self._typed_ahead is not None:
            self._answer(self._typed_ahead)

    def _counted(self) -> tuple[Breakdown, Spread | None]:
        metric = self._column.metric
        spread = None if metric is None else spread_of(self._table, metric)
        return broken_down(self._table, self._column), spread

    def on_resize(self) -> None:
        """Fit the list's columns to the new width of the terminal."""
        self.call_after_refresh(lambda: self._show_parts(self._highlighted))

    @on(Input.Changed)
    def _on_typed(self) -> None:
        self._show_parts()

    def _show_parts(self, highlighted: Part | None = None) -> None:
        """List the values that contain the typed text, and keep the highlighted value if it is still in the list."""
        division = self._division
        if division is None:
            return
        words = self.query_one(Input).value.casefold().split()
        found = [part for part in division.ordered(by_rows=self._by_rows) if _has(part, words)]
        self._listed = found[:_MOST_LISTED]
        width = max(self.query_one(OptionList).size.width - _SCROLL_BAR, _NARROW // 2)
        shares = [division.share(part, by_rows=self._by_rows) or 0.0 for part in self._listed]
        layout = _Layout(width, self._by_rows, max(shares, default=0.0), self._volume)
        self.query_one("#heading", Static).update(layout.heading(self._column.label))
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(layout.line(division, part)) for part in self._listed])
        if len(found) > len(self._listed):
            more = f"… and {len(found) - len(self._listed):,} more: type to find one"
            options.add_option(Option(Content.styled(more, "$text-muted"), disabled=True))
        at = self._listed.index(highlighted) if highlighted in self._listed else 0
        options.highlighted = at if self._listed else None
        self._tell()

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        """Display the complete filter condition for the highlighted value, and the totals of all values."""
        division, part = self._division, self._highlighted
        if division is None:
            return
        told = "No value matches. Delete some letters." if part is None else f"/ {fitted(part.condition, 400)}"
        whichever = f", not only of the top {len(self._table):,}" if self._table.topped else ""
        size = self._table.snapshot.endpoint.volume_text(division.total_bytes)
        of = f"of {plural(division.rows, 'row')}, {size}{whichever}"
        parts = plural(len(division.parts), "range" if division.in_order else "value")
        spread = f"\n{self._spread.text}" if self._spread is not None else ""
        self.query_one("#told", Static).update(f"{parts} {of}\n{told}{spread}")

    @property
    def _highlighted(self) -> Part | None:
        highlighted = self.query_one(OptionList).highlighted
        return None if highlighted is None or highlighted >= len(self._listed) else self._listed[highlighted]

    @on(OptionList.OptionSelected)
    def _on_clicked(self) -> None:
        self._answer("")

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        self._answer("")

    def action_leave_out(self) -> None:
        """Close the dialog with a condition that hides the rows with the highlighted value."""
        self._answer("!")

    def _answer(self, sign: str) -> None:
        if self._division is None:
            self._typed_ahead = sign
        elif (part := self._highlighted) is not None:
            self.dismiss(sign + part.condition)

    def action_toggle_measure(self) -> None:
        """Switch between sorting the list by number of rows and sorting it by traffic volume.

        The bars beside the values show the same measure.
        """
        self._by_rows = not self._by_rows
        self._show_parts(self._highlighted)

    def action_highlight(self, lines: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self.query_one(FilteredList).step(lines)


class _Layout:
    """The widths of the list's columns, calculated so that they fit the width of the list."""

    def __init__(self, width: int, by_rows: bool, largest: float, volume: Metric) -> None:
        self._volume = volume
        self._by_rows = by_rows
        self._largest = largest
        self._narrow = width < _NARROW
        room = width - _FIGURES_WIDTH + (SHARE.width + len(_GAP) if self._narrow else 0)
        self._bar = room // 4
        self._value = room - self._bar - len(_GAP)

    def heading(self, label: str) -> str:
        """Return the column headings of the list. An arrow marks the column whose numbers the bars represent."""
        unit = self._volume.unit
        rows, size = ("rows ▾", unit) if self._by_rows else ("rows", f"{unit} ▾")
        return self._joined(
            padded(label, self._value),
            rows,
            f"{'share':>{SHARE.width}}",
            size,
            f"{'share':>{SHARE.width}}",
        )

    def line(self, division: Breakdown, part: Part) -> Content:
        """Return one line of the list, with a column value, its numbers and its bar."""
        value = f"{part.text} ({part.remark})" if part.remark else part.text
        share = division.share(part, by_rows=self._by_rows) or 0.0
        figures = self._joined(
            "",
            f"{part.rows:,}",
            SHARE.cell(division.share(part, by_rows=True)),
            self._volume.scale.cell(part.total_bytes),
            SHARE.cell(division.share(part, by_rows=False)),
        )
        drawn = bar(share / self._largest if self._largest else 0.0, self._bar)
        return Content.assemble(padded(value, self._value), figures, _GAP, (drawn, "$accent"))

    def _joined(self, value: str, rows: str, of_rows: str, size: str, of_bytes: str) -> str:
        shown = [value, f"{rows:>{_ROWS_WIDTH}}"]
        if not self._narrow or self._by_rows:
            shown.append(of_rows)
        shown.append(f"{size:>{BYTES.width}}")
        if not self._narrow or not self._by_rows:
            shown.append(of_bytes)
        return _GAP.join(shown)


def _has(part: Part, words: Sequence[str]) -> bool:
    text = part.text.casefold()
    bare = text.replace("-", "")
    return all(word in text or word in bare for word in words)
