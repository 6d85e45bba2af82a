"""Calculate which row has the cursor, and which rows of the grid are visible.

Keys and new responses change both.
"""

from typing import Final, NamedTuple

ROWS_ABOVE: Final = "↑"
ROWS_BELOW: Final = "↓"
THUMB: Final = "┃"


class Viewport(NamedTuple):
    """The row at the cursor, and the first visible row. After each move the cursor is visible."""

    row: int = 0
    top: int = 0
    left_at: int | None = None
    """The first visible row when the user left, to return to if it fits.

    A resize keeps it; a move or a new answer drops it.
    """

    @property
    def wanted_top(self) -> int:
        """Return the index of the row that is displayed first if there is room."""
        return self.top if self.left_at is None else self.left_at

    def within(self, rows: int, height: int) -> "Viewport":
        """Return the viewport adapted to this number of rows, and to a height in lines. The cursor stays visible."""
        row = max(0, min(self.row, rows - 1))
        top = _clamped(self.wanted_top, rows, height)
        if not top <= row < top + height:
            top = _clamped(row if row < top else row - height + 1, rows, height)
        return Viewport(row, top, self.left_at)

    def moved_to(self, row: int, rows: int, height: int) -> "Viewport":
        """Return the viewport with the cursor on another row. If the row is not visible, scroll by half a page.

        Therefore a held key rarely repaints the whole screen.
        """
        row = max(0, min(row, rows - 1))
        if self.top <= row < self.top + height:
            return Viewport(row, self.top)
        return Viewport(row, _clamped(row - height // 2, rows, height))

    def paged(self, pages: int, rows: int, height: int) -> "Viewport":
        """Return the viewport scrolled by this number of whole pages, together with the cursor.

        At the first or last page only the cursor moves.
        """
        top = _clamped(self.top + pages * height, rows, height)
        moved = top - self.top or pages * height
        return Viewport(max(0, min(self.row + moved, rows - 1)), top)

    def scrolled(self, lines: int, rows: int, height: int) -> "Viewport":
        """Return the viewport scrolled by this number of lines. The cursor moves only if it would become invisible."""
        top = _clamped(self.top + lines, rows, height)
        return Viewport(max(0, min(max(top, min(self.row, top + height - 1)), rows - 1)), top)

    def scroll_marks(self, rows: int, height: int) -> dict[int, str]:
        """Return the characters that show the scroll position, by the number of their line.

        They are an arrow at the top or bottom if there are more rows, and a thumb between the arrows.
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
        """Return the viewport after a new response, with the cursor on the same connection, which is now in `row`.

        The visible rows stay the same if the cursor is among them, so that a reader of row 300 can continue.
        Otherwise they move, and the cursor keeps its line on the screen. If `row` is None, the connection is
        gone. Then the cursor stays on the same row number.
        """
        line = self.row - self.top
        row = max(0, min(self.row if row is None else row, rows - 1))
        top = self.top if self.top <= row < self.top + height else row - line
        return Viewport(row, _clamped(top, rows, height)).within(rows, height)


def _clamped(top: int, rows: int, height: int) -> int:
    return max(0, min(top, rows - height))
