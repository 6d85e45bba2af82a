"""Where the cursor and the view stand among the rows of the grid, and how keys and answers move them."""

from typing import Final, NamedTuple

ROWS_ABOVE: Final = "↑"
ROWS_BELOW: Final = "↓"
THUMB: Final = "┃"


class Viewport(NamedTuple):
    """The row under the cursor, and the row in the first line; all moves keep one in sight of the other."""

    row: int = 0
    top: int = 0
    left_at: int | None = None
    """The row that stood in the first line when this was left, to stand there again where there is room for that.

    It outlives another size of the window, but neither a move nor another answer.
    """

    @property
    def wanted_top(self) -> int:
        """The row that is to stand in the first line, where there is room for that."""
        return self.top if self.left_at is None else self.left_at

    def within(self, rows: int, height: int) -> "Viewport":
        """As it is or was left, as far as so many rows in so many lines allow; the cursor stays in sight."""
        row = max(0, min(self.row, rows - 1))
        top = _clamped(self.wanted_top, rows, height)
        if not top <= row < top + height:
            top = _clamped(row if row < top else row - height + 1, rows, height)
        return Viewport(row, top, self.left_at)

    def moved_to(self, row: int, rows: int, height: int) -> "Viewport":
        """The cursor on another row; at the edge the view moves by half a page.

        So a held key repaints the screen once in many rows instead of at each.
        """
        row = max(0, min(row, rows - 1))
        if self.top <= row < self.top + height:
            return Viewport(row, self.top)
        return Viewport(row, _clamped(row - height // 2, rows, height))

    def paged(self, pages: int, rows: int, height: int) -> "Viewport":
        """The view by whole pages, and the cursor with it; at either end the cursor alone."""
        top = _clamped(self.top + pages * height, rows, height)
        moved = top - self.top or pages * height
        return Viewport(max(0, min(self.row + moved, rows - 1)), top)

    def scrolled(self, lines: int, rows: int, height: int) -> "Viewport":
        """The view by some lines; the cursor only as far as it must to stay in sight."""
        top = _clamped(self.top + lines, rows, height)
        return Viewport(max(0, min(max(top, min(self.row, top + height - 1)), rows - 1)), top)

    def scroll_marks(self, rows: int, height: int) -> dict[int, str]:
        """Return the signs at the right edge, by their lines: arrows where rows go on, and the thumb between them."""
        if rows <= height:
            return {}
        above, below = self.top > 0, self.top + height < rows
        length = max(1, round(height * height / rows))
        # The arrows keep their lines, so that the thumb is at an end only where the view is.
        first, end = int(above), height - int(below)
        start = max(first, min(round(self.top * height / rows), end - length))
        marks = dict.fromkeys(range(start, min(start + length, end)), THUMB)
        if above:
            marks[0] = ROWS_ABOVE
        if below:
            marks[height - 1] = ROWS_BELOW
        return marks

    def following(self, row: int | None, rows: int, height: int) -> "Viewport":
        """After a new answer, in which the connection under the cursor stands in `row`, or no longer.

        The view stays put as long as the cursor is in sight, so that who reads row 300 goes on reading it; else it
        moves so that the cursor keeps its line. Without its connection the cursor stays, on whatever is there now.
        """
        line = self.row - self.top
        row = max(0, min(self.row if row is None else row, rows - 1))
        top = self.top if self.top <= row < self.top + height else row - line
        return Viewport(row, _clamped(top, rows, height)).within(rows, height)


def _clamped(top: int, rows: int, height: int) -> int:
    return max(0, min(top, rows - height))
