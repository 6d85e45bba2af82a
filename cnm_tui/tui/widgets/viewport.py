"""The positions of cursor and view among the rows of the grid, and how keys and answers move them."""

from typing import Final, NamedTuple

ROWS_ABOVE: Final = "↑"
ROWS_BELOW: Final = "↓"
THUMB: Final = "┃"


class Viewport(NamedTuple):
    """The row at the cursor, and the first visible row; all moves keep the cursor visible."""

    row: int = 0
    top: int = 0
    left_at: int | None = None
    """The first visible row when the user left, to return to if it fits.

    A resize keeps it; a move or a new answer drops it.
    """

    @property
    def wanted_top(self) -> int:
        """The desired first visible row, if there is room."""
        return self.top if self.left_at is None else self.left_at

    def within(self, rows: int, height: int) -> "Viewport":
        """Return the viewport adapted to this number of rows and lines; the cursor stays visible."""
        row = max(0, min(self.row, rows - 1))
        top = _clamped(self.wanted_top, rows, height)
        if not top <= row < top + height:
            top = _clamped(row if row < top else row - height + 1, rows, height)
        return Viewport(row, top, self.left_at)

    def moved_to(self, row: int, rows: int, height: int) -> "Viewport":
        """Return the viewport with the cursor on another row; at the edge the view moves by half a page.

        So a held key repaints the screen once in many rows instead of at each row.
        """
        row = max(0, min(row, rows - 1))
        if self.top <= row < self.top + height:
            return Viewport(row, self.top)
        return Viewport(row, _clamped(row - height // 2, rows, height))

    def paged(self, pages: int, rows: int, height: int) -> "Viewport":
        """Return the viewport moved by whole pages, with its cursor; at either end only the cursor moves."""
        top = _clamped(self.top + pages * height, rows, height)
        moved = top - self.top or pages * height
        return Viewport(max(0, min(self.row + moved, rows - 1)), top)

    def scrolled(self, lines: int, rows: int, height: int) -> "Viewport":
        """Return the viewport scrolled by lines; the cursor moves only to stay visible."""
        top = _clamped(self.top + lines, rows, height)
        return Viewport(max(0, min(max(top, min(self.row, top + height - 1)), rows - 1)), top)

    def scroll_marks(self, rows: int, height: int) -> dict[int, str]:
        """Return the scroll marks by line: arrows if rows continue, and the thumb between them."""
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
        """Return the viewport after a new answer, with the connection at the cursor in `row` (None if it is gone).

        The view stays while the cursor is visible, so that a reader of row 300 can go on; else it moves so that the
        cursor keeps its line. Without its connection, the cursor stays on the same row number.
        """
        line = self.row - self.top
        row = max(0, min(self.row if row is None else row, rows - 1))
        top = self.top if self.top <= row < self.top + height else row - line
        return Viewport(row, _clamped(top, rows, height)).within(rows, height)


def _clamped(top: int, rows: int, height: int) -> int:
    return max(0, min(top, rows - height))
