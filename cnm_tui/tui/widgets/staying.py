"""Decide what the cursor of the grid stays with when other rows, or the same in another order, are shown."""

from cnm_tui.core.table.table import Arrangement, Table


def stays_with(
    before: Table | None, table: Table, highlighted: str | None, *, followed: str | None, marked: bool, moved: bool
) -> str | None:
    """Return the id of the connection that the cursor stays with; None if it goes to the first row.

    Args:
        before: What was shown until now.
        table: What is shown from now on.
        highlighted: The connection under the cursor.
        followed: The one that the user asked to follow.
        marked: Whether rows are marked: then a sort or a filter is about them, and the view stays.
        moved: Whether the user has moved the cursor since it was put on the first row.
    """
    if followed is not None and table.row_of(followed) is not None:
        return followed
    if before is None or not same_rows(before, table):
        return None
    if before.snapshot is not table.snapshot:
        return highlighted if moved else None
    return highlighted if marked or not _rearranged(before.arrangement, table.arrangement) else None


def same_rows(before: Table, table: Table) -> bool:
    """Return whether a connection of one table can be found in the other."""
    return before.snapshot.query.group_bys == table.snapshot.query.group_bys


def _rearranged(one: Arrangement, other: Arrangement) -> bool:
    """Return whether rows stand in another order, are left out, or show other columns; widths do not count."""
    before, after = (
        (arrangement.sort, arrangement.row_filter, arrangement.top, arrangement.columns) for arrangement in (one, other)
    )
    return before != after
