"""Define a widget for text that the user can select with the terminal's mouse.

The text uses the whole width, because the terminal would also select anything that is beside the text.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.text import cell_width

_WHEEL_ROWS: Final = 3


class TextLines(Widget, can_focus=True):
    """A widget that shows many lines of text. Long lines are wrapped, and only visible lines are drawn.

    There is no scroll bar, because the terminal would select it together with the text.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_by(1)", "Scroll down", id="text.down", show=False),
        Binding("up,k", "scroll_by(-1)", "Scroll up", id="text.up", show=False),
        Binding("pagedown,space", "scroll_page(1)", "Next page", id="text.page_down", show=False),
        Binding("pageup", "scroll_page(-1)", "Previous page", id="text.page_up", show=False),
        Binding("home,g", "scroll_by(-1_000_000_000)", "To the top", id="text.top", show=False),
        Binding("end,G", "scroll_by(1_000_000_000)", "To the end", id="text.end", show=False),
    ]

    @dataclass(eq=False, repr=False)
    class Moved(Message):
        """A message that the text was scrolled. It contains the first and last visible row, and the total number
        of rows.
        """

        first: int
        """Number of the first visible row, from 1."""
        last: int
        total: int

    def __init__(self, lines: Sequence[str], folded: Callable[[str, int], Sequence[str]]) -> None:
        """Create the widget. The lines must not contain control characters.

        `folded` is a function that wraps a long line into rows with at most a given number of terminal columns.
        """
        super().__init__()
        self._lines = list(lines)
        self._folded = folded
        self._width = 0
        """Width for which the lines are wrapped; briefly outdated after a resize."""
        self._starts: Sequence[int] = (0,)
        """First row of each line, then the total number of rows."""
        self._top = 0

    def on_resize(self) -> None:
        """Wrap the lines again for the new width. The line at the top stays at the top."""
        if self.size.width > 0:
            at_top = bisect_right(self._starts, self._top) - 1
            self._width = self.size.width
            self._starts = tuple(accumulate((len(self._rows(line)) for line in self._lines), initial=0))
            self._top = self._starts[at_top]
            self.action_scroll_by(0)

    def add(self, lines: Sequence[str]) -> None:
        """Add lines at the end. If the last row is visible, scroll to the new end."""
        at_end = self._top >= self._starts[-1] - self.size.height
        self._lines += lines
        if self._width:
            rows = accumulate((len(self._rows(line)) for line in lines), initial=self._starts[-1])
            self._starts = (*self._starts[:-1], *rows)
            self.action_scroll_by(len(self._lines) * self._width if at_end else 0)

    def action_scroll_by(self, rows: int) -> None:
        """Scroll down by this number of rows. A negative number scrolls up."""
        total, height = self._starts[-1], self.size.height
        self._top = max(0, min(self._top + rows, total - height))
        self.refresh()
        self.post_message(self.Moved(self._top + 1, min(self._top + height, total), total))

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by this number of pages. A page is the height of the widget minus one row."""
        self.action_scroll_by(pages * max(1, self.size.height - 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down by some rows when the mouse wheel is turned down."""
        event.stop()
        self.action_scroll_by(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up by some rows when the mouse wheel is turned up."""
        event.stop()
        self.action_scroll_by(-_WHEEL_ROWS)

    def render_line(self, y: int) -> Strip:
        """Return visible row `y` of the text, counted from 0 at the top of the widget."""
        row = self._top + y
        index = bisect_right(self._starts, row) - 1
        text = ""
        if index < len(self._starts) - 1:
            text = self._rows(self._lines[index])[row - self._starts[index]]
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)

    def _rows(self, line: str) -> Sequence[str]:
        return [line] if cell_width(line) <= self._width else self._folded(line, self._width)
