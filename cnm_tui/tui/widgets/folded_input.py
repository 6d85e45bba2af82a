"""Define a text input that wraps its text into several lines if there is room below."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.geometry import Offset, Size
from textual.strip import Strip

from cnm_tui.core.text import cell_width, folds
from cnm_tui.tui.terminal.steady_input import SteadyInput

GOES_ON: Final = "…"


class FoldedInput(SteadyInput):
    """A text input that wraps its text when a line width is set.

    Until then, it scrolls one line of text in the same way as Textual's Input.
    """

    _columns = 0
    """Width of a line; 0 for no wrapping."""
    _folded: tuple[str, int, bool] | None = None
    """The input of the cached lines: text, width, and if the cursor needs room at the end."""
    _starts: Sequence[int] = (0,)
    _pointed_line = 0
    """The line at the mouse; Textual's own handlers get the column only."""

    def fold(self, columns: int) -> int:
        """Wrap the text into lines of `columns` terminal columns, and return the number of lines.

        If `columns` is 0, do not wrap the text.
        """
        if columns != self._columns:
            self._columns = columns
            self.virtual_size = Size(self.content_width, 1)
            self.scroll_to(x=0, animate=False, force=True, immediate=True)
        return len(self._lines)

    @property
    def content_width(self) -> int:
        """Return the width of the text in terminal columns. Wrapped text never scrolls sideways."""
        return self._columns or super().content_width

    @property
    def _lines(self) -> Sequence[int]:
        """Return the index of the first character of each line."""
        if not self._columns:
            return (0,)
        folded = (self.shown, self._columns, self.has_focus)
        if folded != self._folded:
            self._folded, self._starts = folded, folds(self.shown, self._columns)
            if self.has_focus and cell_width(self.shown[self._starts[-1] :]) >= self._columns:
                self._starts = (*self._starts, len(self.shown))
        return self._starts

    @property
    def first_line(self) -> int:
        """Return the index of the first visible line of the text.

        If the input has the focus, this index is chosen so that the cursor's line is visible.
        """
        last = self.place_of(self.cursor_position).y if self.has_focus else 0
        return max(0, last + 1 - max(self.size.height, 1))

    def place_of(self, position: int) -> Offset:
        """Return the column and the line of the character at this index."""
        line = bisect_right(self._lines, position) - 1
        return Offset(cell_width(self.shown[self._lines[line] : position]), line)

    @property
    def cursor_screen_offset(self) -> Offset:
        """Return the position of the terminal's own cursor on the screen."""
        if not self._columns:
            return super().cursor_screen_offset
        return self.content_region.offset + self.place_of(self.cursor_position) - Offset(0, self.first_line)

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Store which line is under the mouse pointer, before Textual moves the cursor."""
        self._pointed_line = event.get_content_offset_capture(self).y

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Store which line is under the mouse pointer, before Textual extends the selection."""
        self._pointed_line = event.get_content_offset_capture(self).y

    def index_at(self, column: int) -> int:
        """Return the index of the character at this column, in the line under the mouse."""
        if not self._columns:
            return super().index_at(column)
        ends = [*pairwise(self._lines), (self._lines[-1], len(self.value) + 1)]
        start, end = ends[max(0, min(self.first_line + self._pointed_line, len(ends) - 1))]
        position, columns = start, column
        while position < end - 1 and (columns := columns - cell_width(self.shown[position])) >= 0:
            position += 1
        return position

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return one line of the input.

        If the input has no focus and the text continues below, the last visible line ends with a symbol.
        """
        if not self.value or (self.has_focus and not self._columns):
            return super().render_line(y)
        width, height = self.size
        starts = self._lines[self.first_line + y :]
        if not starts:
            return Strip.blank(width, self.rich_style)
        goes_on = len(starts) > 1
        drawn = self._drawn()[starts[0] : starts[1] if goes_on else None]
        drawn.end = ""
        strip = Strip(drawn.render(self.app.console))
        if not self.has_focus and y == height - 1 and (goes_on or strip.cell_length > width):
            strip = Strip([*strip.crop(0, max(0, width - 1)), Segment(GOES_ON)])
        return strip.adjust_cell_length(width).apply_style(self.rich_style)

    def _drawn(self) -> Text:
        """Return the text with cursor, selection and suggestion, styled in the same way as in Textual's Input."""
        drawn = self.drawn_text
        if self.has_focus:
            offered = self.suggested[len(self.value) :]
            drawn.append(offered or " ", self.get_component_rich_style("input--suggestion") if offered else "")
            if not self.selection.is_empty:
                drawn.stylize_before(self.get_component_rich_style("input--selection"), *sorted(self.selection))
            if self.is_cursor_drawn:
                cursor = self.cursor_position
                drawn.stylize(self.get_component_rich_style("input--cursor"), cursor, cursor + 1)
        return drawn
