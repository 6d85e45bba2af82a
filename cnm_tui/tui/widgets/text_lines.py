"""Text to be taken by the mouse of the terminal: from edge to edge, with nothing beside it."""

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
    """Lines of any number and length; those longer than a row go on in the next, and only rows in sight are made.

    There is no scroll bar, which would be selected along with what stands to the left of it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_by(1)", "Scroll down", id="text.down", show=False),
        Binding("up,k", "scroll_by(-1)", "Scroll up", id="text.up", show=False),
        Binding("pagedown,space", "scroll_page(1)", "Next page", id="text.page_down", show=False),
        Binding("pageup", "scroll_page(-1)", "Previous page", id="text.page_up", show=False),
        Binding("home,g", "scroll_by(-1_000_000_000)", "To the top", id="text.top", show=False),
        Binding("end,G", "scroll_by(1_000_000_000)", "To the end", id="text.end", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Other rows are in sight."""

        first: int
        """From 1."""
        last: int
        total: int

    def __init__(self, lines: Sequence[str], folded: Callable[[str, int], Sequence[str]]) -> None:
        """The lines are clean; `folded` gives the rows of one that is longer than so many columns."""
        super().__init__()
        self._lines = lines
        self._folded = folded
        self._width = 0
        """Columns for which it is folded; for a moment after a resize not those that there are."""
        self._starts: Sequence[int] = (0,)
        """The row in which each line begins, and after the last one how many rows there are."""
        self._top = 0

    def on_resize(self) -> None:
        """Fold anew; the line at the top stays there."""
        if self.size.width > 0:
            at_top = bisect_right(self._starts, self._top) - 1
            self._width = self.size.width
            self._starts = tuple(accumulate((len(self._rows(line)) for line in self._lines), initial=0))
            self._top = self._starts[at_top]
            self.action_scroll_by(0)

    def action_scroll_by(self, rows: int) -> None:
        """Move the view."""
        total, height = self._starts[-1], self.size.height
        self._top = max(0, min(self._top + rows, total - height))
        self.refresh()
        self.post_message(self.Moved(self._top + 1, min(self._top + height, total), total))

    def action_scroll_page(self, pages: int) -> None:
        """Move the view by all but one of its rows."""
        self.action_scroll_by(pages * max(1, self.size.height - 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_scroll_by(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_scroll_by(-_WHEEL_ROWS)

    def render_line(self, y: int) -> Strip:
        """One visible row."""
        row = self._top + y
        index = bisect_right(self._starts, row) - 1
        text = ""
        if index < len(self._starts) - 1:
            text = self._rows(self._lines[index])[row - self._starts[index]]
        return Strip([Segment(text, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)

    def _rows(self, line: str) -> Sequence[str]:
        return [line] if cell_width(line) <= self._width else self._folded(line, self._width)
