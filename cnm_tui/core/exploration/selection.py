"""Select the rows that an action of the user applies to.

These are the marked rows that the filter does not hide. If no rows are marked, it is the row at the cursor.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from cnm_tui.core.connections import Connection
from cnm_tui.core.table.table import Table

if TYPE_CHECKING:
    # `query` has remarks about its table only, and no exploration.
    from cnm_tui.core.exploration.exploration import Exploration


def marks_hidden(exploration: "Exploration") -> int:
    """Return the number of marked connections that the filter hides."""
    return 0 if exploration.table is None else sum(map(exploration.table.hides, exploration.marked))


def marks_missing(exploration: "Exploration") -> int:
    """Return the number of marked connections that are missing in the displayed response."""
    snapshot = exploration.snapshot
    return 0 if snapshot is None else len(exploration.marked - snapshot.position_of.keys())


def chosen_ids(exploration: "Exploration", highlighted: str | None) -> tuple[str, ...]:
    """Return the ids of the rows that an action applies to.

    First come the displayed marked rows in sort order, then the marked rows that are missing in the response.
    If no rows are marked, it is the row at the cursor.
    """
    marked, table, snapshot = exploration.marked, exploration.table, exploration.snapshot
    if not marked:
        return () if highlighted is None else (highlighted,)
    ids = () if table is None else map(table.connection_id, range(len(table)))
    shown = tuple(connection_id for connection_id in ids if connection_id in marked)
    known = {} if snapshot is None else snapshot.position_of
    return (*shown, *sorted(marked - known.keys()))


def chosen_table(exploration: "Exploration", highlighted: str | None) -> Table | None:
    """Return a table of the rows that an action applies to, or None without a table.

    These are the displayed marked rows. Without marked rows, it is the row at the cursor.
    """
    table = exploration.table
    if table is None:
        return None
    ids = exploration.marked or {highlighted}
    return table.only(row for row in range(len(table)) if table.connection_id(row) in ids)


def chosen_connections(exploration: "Exploration", highlighted: Connection | None) -> tuple[Connection, ...]:
    """Return the connections that an action applies to.

    These are the marked connections that the filter does not hide. Without marked rows, it is the connection at
    the cursor.
    """
    table = exploration.table
    if table is None or not exploration.marked:
        return () if highlighted is None else (highlighted,)
    seen = {connection_id for connection_id in exploration.marked if not table.hides(connection_id)}
    connections = table.snapshot.connections
    return tuple(connections[at] for at, connection_id in enumerate(connections.ids) if connection_id in seen)


def with_shown_marked(exploration: "Exploration") -> "Exploration":
    """Return the state in which all displayed rows are marked, in addition to the rows marked before.

    If all displayed rows are already marked, their marks are removed.
    """
    table = exploration.table
    if table is None:
        return exploration
    shown = frozenset(map(table.connection_id, range(len(table))))
    marked = exploration.marked - shown if shown <= exploration.marked else exploration.marked | shown
    return replace(exploration, marked=marked)
