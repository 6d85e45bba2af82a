"""Show the facets (the values with the most traffic for each group-by) below the query.

The user can choose each value by mouse or keyboard.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.table.facets import Facet
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import LineState, Painted
from cnm_tui.tui.widgets.facet_lines import FacetLine, facet_lines, heading_runs, line_runs

_PAINTS: Final = {
    "title": Paint("text-muted"),
    "key": Paint(bold=True),
    "quiet": Paint("text-muted"),
    "field": Paint("foreground", bold=True),
    "bar": Paint("accent"),
    "chosen": Paint("accent", bold=True),
    "cursor": Paint("block-cursor-foreground", "block-cursor-background"),
}
_HEADING_LINES: Final = 1
_HEADING: Final = -1
"""The position of the heading among the lines."""


class FacetList(Widget, can_focus=True):
    """The list of facets. It draws its own lines like the grid, and sends only changed lines to the terminal."""

    DEFAULT_CSS = "FacetList { position: absolute; background: $surface; color: $foreground; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next value", id="facets.down", show=False),
        Binding("up,k", "move(-1)", "Previous value", id="facets.up", show=False),
        Binding("home,g", "move(-1_000)", "First value", id="facets.first", show=False),
        Binding("end,G", "move(1_000)", "Last value", id="facets.last", show=False),
        Binding("space,enter", "choose", "Show only these rows, or all again", id="facets.choose", show=False),
        Binding("left,h", "fold(True)", "Hide the values", id="facets.fold", show=False),
        Binding("right,l", "fold(False)", "Show the values", id="facets.unfold", show=False),
        Binding("plus", "search('to')", "Search for this value", id="facets.search", show=False),
        Binding("minus", "search('away')", "Exclude this value", id="facets.exclude", show=False),
    ]

    HINTS: ClassVar[Mapping[str, str]] = {
        "facets.choose": "only these",
        "facets.search": "search",
        "facets.exclude": "exclude",
        "facets.fold": "fold",
    }
    """The most important keys for the last line, with a word for their effect."""

    facets: reactive[Sequence[Facet]] = reactive((), repaint=False, init=False)
    chosen: reactive[Set[str]] = reactive(frozenset[str](), repaint=False, init=False)
    """Conditions of the values by which the rows are filtered."""
    key: reactive[str] = reactive("b", repaint=False, init=False)
    """The keyboard key that changes the fields."""

    @dataclass(eq=False, repr=False)
    class ValueChosen(Message):
        """A message that the user wants to see only the rows with this value, or all rows again."""

        condition: str

    @dataclass(eq=False, repr=False)
    class Searched(Message):
        """A message that the user wants to search for a value of a field, or to exclude the value."""

        field: str
        text: str
        excluded: bool

    @dataclass(eq=False, repr=False)
    class BreakdownWanted(Message):
        """A message that the user wants to see all values of a field."""

        field: str

    class FieldsWanted(Message):
        """A message that the user wants to choose other fields to group by."""

    def __init__(self) -> None:
        super().__init__()
        self._folded: frozenset[str] = frozenset()
        self._lines: list[FacetLine] = []
        self._height = 0
        """The height for which they are laid out."""
        self._at = _HEADING
        """The line at the cursor."""
        self._painted = Painted(self, _PAINTS, filtered=True)
        self.visible = False
        self.size_word = "bytes"
        """The unit of what the bars show."""

    def watch_facets(self) -> None:
        """Show the new values, and keep the cursor on the same value as before.

        If there are no values, hide the list, so that the lines of the query below it are visible.
        """
        self.visible = bool(self.facets)
        self._rebuild()

    def watch_chosen(self) -> None:
        """Mark the values that the rows are filtered by."""
        self._rebuild()

    def watch_key(self) -> None:
        """Update the keyboard key in the heading, because the key bindings have changed."""
        self._rebuild()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show the cursor if the list has the focus. Otherwise hide the cursor."""
        super().watch_has_focus(_has_focus)
        self._rebuild()

    def on_resize(self) -> None:
        """Show more or fewer values, depending on the new height."""
        self._rebuild()

    def notify_style_update(self) -> None:
        """Drop cached styles and repaint, because the theme has changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def _rebuild(self) -> None:
        if self.size.height:
            self._lay_out()
            self._repaint()

    def _lay_out(self) -> None:
        self._height = self.size.height
        here = self._here
        self._lines = facet_lines(self.facets, self.size.height - _HEADING_LINES, self._folded)
        if here is not None:
            place = _place(here)
            self._at = next((at for at, line in enumerate(self._lines) if _place(line) == place), self._at)
        self._at = max(_HEADING, min(self._at, len(self._lines) - 1))

    def _repaint(self) -> None:
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    @property
    def _here(self) -> FacetLine | None:
        return self._lines[self._at] if 0 <= self._at < len(self._lines) else None

    # Keys and mouse

    def action_move(self, lines: int) -> None:
        """Move the cursor down by this number of lines. A negative number moves it up."""
        self._at = max(_HEADING, min(self._at + lines, len(self._lines) - 1))
        self._repaint()

    def action_choose(self) -> None:
        """Run the action of the line at the cursor.

        On the heading, let the user choose other fields. On a value, filter the rows by the value. On the line
        `more`, show all values. On the name of a field, hide its values, or show them again.
        """
        line = self._here
        if line is None:
            self.post_message(self.FieldsWanted())
        elif line.value is not None:
            self.post_message(self.ValueChosen(line.value.condition))
        elif line.more:
            self.post_message(self.BreakdownWanted(line.facet.field))
        else:
            self.action_fold(line.facet.field not in self._folded)

    def action_fold(self, folded: bool) -> None:
        """Hide or show the values of the field at the cursor, and move the cursor to the line of the field."""
        line = self._here
        if line is None:
            return
        change = {line.facet.field}
        self._folded = self._folded | change if folded else self._folded - change
        self._at = self._lines.index(FacetLine(line.facet))
        self._rebuild()

    def action_search(self, direction: str) -> None:
        """Send a message to search for the value at the cursor, or to exclude it if `direction` is `away`."""
        line = self._here
        if line is not None and line.value is not None:
            self.post_message(self.Searched(line.facet.field, line.value.text, excluded=direction == "away"))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked line, and run the action of this line."""
        event.stop()
        at = event.y - _HEADING_LINES
        if at < len(self._lines):
            self._at = at
            self._repaint()
            self.action_choose()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return one line of the list."""
        return self._painted.line(y, self._state(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines that Textual's compositor requests."""
        if self._height != self.size.height:
            # The screen is painted before a pane gets its resize event.
            self._lay_out()
        return self._painted.lines(crop, lambda: self._state)

    def _state(self, y: int) -> LineState:
        width, at = self.size.width, y - _HEADING_LINES
        if at < 0:
            return heading_runs(self.key, width, self.size_word, here=self.has_focus and at == self._at), ""
        if at >= len(self._lines):
            return (), ""
        line = self._lines[at]
        chosen = line.value is not None and line.value.condition in self.chosen
        folded = line.facet.field in self._folded
        return line_runs(line, width, folded=folded, chosen=chosen, here=self.has_focus and at == self._at), ""


def _place(line: FacetLine) -> tuple[str, str | None, bool]:
    """Return a tuple that identifies a line even after the rows have changed.

    It contains the field, the text of the value or None, and True if the line represents all further values.
    """
    return line.facet.field, None if line.value is None else line.value.text, bool(line.more)
