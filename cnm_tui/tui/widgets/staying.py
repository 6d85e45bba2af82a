"""Decide which connection the cursor stays on when the rows or their order change."""

from cnm_tui.core.query import same_groups
from cnm_tui.core.table.table import Arrangement, Table


def stays_with(
    before: Table | None, table: Table, highlighted: str | None, *, followed: str | None, marked: bool, moved: bool
) -> str | None:
    """Return the id of the connection that the cursor stays on; None for the first row.

    Args:
        before: The old table.
        table: The new table.
        highlighted: The connection at the cursor.
        followed: The connection that the user follows.
        marked: True if rows are marked: a sort or filter then concerns them, and the view stays.
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
    """True if the connections of one table can be found in the other."""
    return same_groups(before.snapshot.query, table.snapshot.query)


def _rearranged(one: Arrangement, other: Arrangement) -> bool:
    """True if order, filter or columns differ; widths do not count."""
    before, after = (
        (arrangement.sort, arrangement.row_filter, arrangement.top, arrangement.columns) for arrangement in (one, other)
    )
    return before != after
