"""Decide on which connection the cursor stays when the rows or their sort order change."""

from cnm_tui.core.query import same_groups
from cnm_tui.core.table.table import Arrangement, Table


def stays_with(
    before: Table | None, table: Table, highlighted: str | None, *, followed: str | None, marked: bool, moved: bool
) -> str | None:
    """Return the id of the connection on which the cursor of the grid stays.

    Return None to move the cursor to the first row.

    Args:
        before: The old table.
        table: The new table.
        highlighted: The id of the connection at the cursor.
        followed: The id of the connection that the user chose the cursor to follow. None if there is none.
        marked: True if rows are marked. A sort or filter is then about the marked rows, and the cursor stays.
        moved: True if the user has moved the cursor since it was put on the first row.
    """
    if followed is not None and table.row_of(followed) is not None:
        return followed
    if before is None or not same_rows(before, table):
        return None
    if before.snapshot is not table.snapshot:
        return highlighted if moved else None
    # The findings of a large answer come after its first frame, and order it anew: who has not moved sees the worst.
    stays = marked or (moved and not _rearranged(before.arrangement, table.arrangement))
    return highlighted if stays else None


def same_rows(before: Table, table: Table) -> bool:
    """True if both tables have the same group-bys. Only then can a connection of one table be found in the other."""
    return same_groups(before.snapshot.query, table.snapshot.query)


def _rearranged(one: Arrangement, other: Arrangement) -> bool:
    """True if two arrangements of rows have another sort order, filter or columns. Column widths are not compared."""
    before, after = (
        (arrangement.sort, arrangement.row_filter, arrangement.top, arrangement.columns) for arrangement in (one, other)
    )
    return before != after
