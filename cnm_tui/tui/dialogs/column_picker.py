"""Define a dialog to choose the columns of the grid, their order and their widths."""

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.table.columns import Column, usual_order, with_hidden, within_bounds
from cnm_tui.core.text import cell_width, clean, fitted
from cnm_tui.tui.dialogs.dialog import Dialog
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES, TINY_OR_LOW
from cnm_tui.tui.widgets.choice_text import ChoiceText
from cnm_tui.tui.widgets.filtered_list import FilteredList, ListFilter
from cnm_tui.tui.widgets.hint import Hint

SHOWN: Final = "✓"
WIDEST_LABEL: Final = 24
_TAKE_LETTERS_AWAY: Final = "No column matches. Delete some letters."


class ColumnChoice(NamedTuple):
    """The columns to display in the grid, and how much wider or narrower than usual each column is."""

    shown: tuple[str, ...]
    """Keys of the metrics to show, in order."""
    widened: tuple[tuple[str, int], ...]
    """Extra terminal columns by column key."""


class ColumnPicker(Dialog[ColumnChoice | None]):
    """A dialog in which the user chooses the columns of the grid.

    Its result is a ColumnChoice, or None if the user cancels.
    """

    CSS_PATH = DIALOG_STYLES

    DEFAULT_CSS = """
    ColumnPicker ChoiceText { height: 3; }
    """

    VERTICAL_BREAKPOINTS = TINY_OR_LOW

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="columns.cancel", show=False),
        Binding("down", "highlight(1)", "Next column", id="columns.down", show=False),
        Binding("up", "highlight(-1)", "Previous column", id="columns.up", show=False),
        Binding("pagedown", "highlight(10)", "Ten columns down", id="columns.page_down", show=False),
        Binding("pageup", "highlight(-10)", "Ten columns up", id="columns.page_up", show=False),
        Binding("space", "toggle_column", "Show or hide", id="columns.toggle", show=False),
        Binding("ctrl+up", "shift(-1)", "Move it up", id="columns.earlier", show=False),
        Binding("ctrl+down", "shift(1)", "Move it down", id="columns.later", show=False),
        Binding("ctrl+right", "widen(4)", "Widen it", id="columns.widen", show=False),
        Binding("ctrl+left", "widen(-4)", "Narrow it", id="columns.narrow", show=False),
        Binding("ctrl+o", "show_only", "Only this one", id="columns.only", show=False),
        Binding("ctrl+x", "show_usual", "All, as usual", id="columns.usual", show=False),
    ]

    def __init__(
        self, columns: Sequence[Column], shown: Sequence[Column], endpoint: Endpoint, groups: str = "b"
    ) -> None:
        """Create the dialog.

        A hint in the dialog mentions `groups`, the keyboard key of the main screen for choosing group-bys.
        """
        super().__init__()
        self._endpoint = endpoint
        self._groups = groups
        self._text = ChoiceText()
        self._columns = list(columns)
        self._shown = {column.key for column in shown if not column.is_group}
        self._listed: list[Column] = []
        """The columns that match the typed text."""

    def compose(self) -> ComposeResult:
        """Yield a filter input, the list of columns, and the meaning of the highlighted column."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = "Columns"
            yield ListFilter("type to filter", free=("space",))
            with Vertical(id="lists"):
                yield FilteredList(id="columns", markup=False)
            yield self._text
            yield Hint(
                "enter applies · space shows, hides · ctrl+o only this\n"
                "ctrl+arrows move, widen · ctrl+x resets · esc cancels"
            )

    def on_mount(self) -> None:
        """Fill the list with all columns."""
        self._show_columns()

    def _show_columns(self) -> None:
        typed = self.query_one(Input).value.strip().casefold()
        self._listed = [column for column in self._columns if typed in _searched(column)]
        label_width = min(WIDEST_LABEL, max(cell_width(column.label) for column in self._columns))
        prompts = [self._prompt(column, label_width) for column in self._listed]
        options = self.query_one(OptionList)
        if options.option_count == len(prompts):
            # Updated in place, so that the list does not scroll.
            for position, prompt in enumerate(prompts):
                options.replace_option_prompt_at_index(position, prompt)
        else:
            options.clear_options()
            options.add_options([Option(prompt) for prompt in prompts])
            options.highlighted = 0 if prompts else None
        self._show_meaning()

    def _prompt(self, column: Column, label_width: int) -> Content:
        sign = SHOWN if column.is_group or column.key in self._shown else " "
        label = fitted(column.label, label_width)
        name = f"{sign} {label}{' ' * (label_width - cell_width(label))}"
        given = f"{column.widened:+}" if column.widened else ""
        numbers = f" {column.width:>3} {given:<5}"
        meaning = "group-by, always shown" if column.is_group else column.meaning
        return Content.assemble(name, (numbers, "$accent" if given else "$text-muted"), (meaning, "$text-muted"))

    def _show_meaning(self) -> None:
        column = self._highlighted()
        if column is None:
            self._text.show(_TAKE_LETTERS_AWAY)
        elif column.is_group:
            self._text.show(f"Group-bys are always shown, before all figures; {self._groups} chooses and orders them.")
        else:
            unit = "" if column.metric is None else f" ({column.metric.unit})"
            self._text.show(f"{column.key}{unit}. {column.meaning}")

    def _highlighted(self) -> Column | None:
        position = self.query_one(OptionList).highlighted
        return None if position is None or position >= len(self._listed) else self._listed[position]

    @on(Input.Changed)
    def _on_typed(self) -> None:
        self._show_columns()
        if self._listed:
            self.query_one(OptionList).highlighted = 0

    @on(OptionList.OptionHighlighted)
    def _on_highlighted(self) -> None:
        self._show_meaning()

    @on(OptionList.OptionSelected)
    def _on_clicked(self) -> None:
        self.action_toggle_column()

    def action_highlight(self, rows: int) -> None:
        """Move the highlight down by this number of lines in the list. A negative number moves it up."""
        self.query_one(FilteredList).step(rows)

    def action_toggle_column(self) -> None:
        """Make the highlighted column visible in the grid, or hide it."""
        column = self._highlighted()
        if column is None:
            return
        if column.is_group:
            self._text.refuse(f"Group-bys are always shown; {self._groups} drops one, which asks anew.")
        elif self._shown == {column.key}:
            self._text.refuse("The last column cannot be hidden; show another one first.")
        else:
            self._shown ^= {column.key}
            self._show_columns()

    def action_shift(self, step: int) -> None:
        """Move the highlighted column, which must be a metric, up or down by one position in the list."""
        column = self._highlighted()
        if column is None:
            return
        if column.is_group:
            self._text.refuse(f"Group-bys are put in order with {self._groups}, which asks anew.")
            return
        position = self._listed.index(column) + step
        if 0 <= position < len(self._listed) and not self._listed[position].is_group:
            neighbour = self._columns.index(self._listed[position])
            self._columns.remove(column)
            self._columns.insert(neighbour, column)
            self._show_columns()
            self.query_one(OptionList).highlighted = position

    def action_widen(self, columns: int) -> None:
        """Make the highlighted column wider, or narrower if `columns` is negative. The unit is terminal columns."""
        column = self._highlighted()
        if column is not None:
            widened = within_bounds(column.own_width, column.widened + columns)
            self._columns[self._columns.index(column)] = column._replace(widened=widened)
            self._show_columns()

    def action_show_only(self) -> None:
        """Hide all columns except the highlighted column. Group-bys are always visible."""
        column = self._highlighted()
        if column is None or column.is_group:
            self._text.refuse("Select a figure; group-bys are always shown.")
        else:
            self._shown = {column.key}
            self._show_columns()

    def action_show_usual(self) -> None:
        """Restore the default columns, with their default order and widths."""
        groups = [column._replace(widened=0) for column in self._columns if column.is_group]
        extras = [column.extra for column in self._columns if column.extra is not None]
        self._columns = list(with_hidden(self._endpoint, groups, extras=extras))
        self._shown = set(usual_order(self._endpoint, extras))
        self._show_columns()

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        if not self._listed:
            self._text.refuse(_TAKE_LETTERS_AWAY)
            return
        shown = tuple(c.key for c in self._columns if not c.is_group and c.key in self._shown)
        self.dismiss(ColumnChoice(shown, tuple((column.key, column.widened) for column in self._columns)))


def _searched(column: Column) -> str:
    """Return the text in which the typed letters are searched: the names and the meaning of a column."""
    return f"{clean(column.key)} {column.label} {column.meaning}".casefold()
