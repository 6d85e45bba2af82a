"""Define the viewport of the grid: the row at the cursor and the visible rows.

Keyboard keys and new responses change the viewport.
"""

from typing import Final, NamedTuple

ROWS_ABOVE: Final = "↑"
ROWS_BELOW: Final = "↓"
THUMB: Final = "┃"


class Viewport(NamedTuple):
    """The row at the cursor, and the first visible row of the grid. After each change the cursor is visible."""

    row: int = 0
    top: int = 0
    left_at: int | None = None
    """The first visible row when the user left, to return to if it fits.

    A resize keeps it; a move or a new answer drops it.
    """

    @property
    def wanted_top(self) -> int:
        """Return the row that should be the first visible row if the grid is high enough."""
        return self.top if self.left_at is None else self.left_at

    def within(self, rows: int, height: int) -> "Viewport":
        """Return the viewport adapted to this number of rows, and to the height of the grid in lines.

        The cursor stays visible.
        """
        row = max(0, min(self.row, rows - 1))
        top = _clamped(self.wanted_top, rows, height)
        if not top <= row < top + height:
            top = _clamped(row if row < top else row - height + 1, rows, height)
        return Viewport(row, top, self.left_at)

    def moved_to(self, row: int, rows: int, height: int) -> "Viewport":
        """Return the viewport with the cursor on another row. If the row is not visible, scroll by half a page.

        Because of this, holding down a keyboard key rarely repaints the whole screen.
        """
        row = max(0, min(row, rows - 1))
        if self.top <= row < self.top + height:
            return Viewport(row, self.top)
        return Viewport(row, _clamped(row - height // 2, rows, height))

    def paged(self, pages: int, rows: int, height: int) -> "Viewport":
        """Return the viewport scrolled by this number of whole pages. The cursor moves by the same distance.

        If the first or the last page is already visible, only the cursor moves.
        """
        top = _clamped(self.top + pages * height, rows, height)
        moved = top - self.top or pages * height
        return Viewport(max(0, min(self.row + moved, rows - 1)), top)

    def scrolled(self, lines: int, rows: int, height: int) -> "Viewport":
        """Return the viewport scrolled by this number of lines. The cursor moves only if it would become
        invisible.
        """
        top = _clamped(self.top + lines, rows, height)
        return Viewport(max(0, min(max(top, min(self.row, top + height - 1)), rows - 1)), top)

    def scroll_marks(self, rows: int, height: int) -> dict[int, str]:
        """Return the symbols that show the scroll position at the right edge. The dictionary keys are line numbers from
        0.

        There is an arrow at the top or bottom if there are more rows in this direction, and a thumb between the
        arrows.
        """
        if rows <= height:
            return {}
        above, below = self.top > 0, self.top + height < rows
        length = max(1, round(height * height / rows))
        # The arrows keep their lines, so that the thumb reaches an end only with the view.
        first, end = int(above), height - int(below)
        start = max(first, min(round(self.top * height / rows), end - length))
        marks = dict.fromkeys(range(start, min(start + length, end)), THUMB)
        if above:
            marks[0] = ROWS_ABOVE
        if below:
            marks[height - 1] = ROWS_BELOW
        return marks

    def following(self, row: int | None, rows: int, height: int) -> "Viewport":
        """Return the viewport after a new response. The cursor stays on the same connection, which is now in row `row`.

        The visible rows stay the same if the cursor is among them, so that a reader of row 300 can continue.
        Otherwise they change, and the cursor keeps its line on the screen. If `row` is None, the connection is gone.
        Then the cursor stays on the same row number.
        """
        line = self.row - self.top
        row = max(0, min(self.row if row is None else row, rows - 1))
        top = self.top if self.top <= row < self.top + height else row - line
        return Viewport(row, _clamped(top, rows, height)).within(rows, height)


def _clamped(top: int, rows: int, height: int) -> int:
    return max(0, min(top, rows - height))
