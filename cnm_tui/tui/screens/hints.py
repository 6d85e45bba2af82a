"""Choose the hints about keyboard keys in the last line of the screen.

The hints that are most useful for the current row come first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from textual.widget import Widget
from textual.widgets import Input

from cnm_tui.core.connections import UNRESOLVED, Connection
from cnm_tui.core.errors import CnmError
from cnm_tui.core.table.extra import is_ill
from cnm_tui.core.table.table import Table
from cnm_tui.tui.commands import HINTS
from cnm_tui.tui.terminal.keys import key_of
from cnm_tui.tui.widgets.detail import Detail
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import Hint

_IN_DETAIL: Final[Mapping[str, str]] = {"why": "ask", "close": "close", "help": "help", "copy_as": "copy"}
"""Commands for the detail pane, with a word for their effect."""
_COMPARED: Final[Mapping[str, str]] = {"difference.next": "differs", "flip_changes": "% or unit"}
"""Commands for a comparison, with a word for their effect."""
_NONE_PASS: Final[Mapping[str, str]] = {"close": "clear filter", "edit_filter": "filter"}
_FAILED: Final[Mapping[str, str]] = {"ask_now": "ask again"}
_NO_ROWS: Final[Mapping[str, str]] = {"edit_search": "search", "pick_time_range": "time", "pick_group_bys": "by"}
"""Commands for an empty table, with a word for their effect."""
_SEARCH: Final = (Hint("enter", "ask"), Hint("tab", "complete"), Hint("esc", "leave"))
_FILTER: Final = (Hint("enter", "to the rows"), Hint("esc", "clear"))
"""While text is typed, letters are no keys."""


def hints_now(
    table: Table | None,
    row: Connection | None,
    focused: Widget | None,
    key: Callable[..., str],
    problem: CnmError | None = None,
) -> Sequence[Hint]:
    """Return the keyboard hints for the row at the cursor and for the widget with the focus.

    Args:
        table: The displayed rows.
        row: The connection at the cursor.
        focused: The widget with the focus.
        key: Function that returns the keyboard key of a command id.
        problem: The reason why the last query failed. None if it did not fail.
    """
    usual = [Hint(key(id), does, id) for id, does in HINTS.items()]
    if isinstance(focused, Input):
        typed = _SEARCH if any(isinstance(around, QueryBar) for around in focused.ancestors) else _FILTER
        # The others can be clicked.
        return [*typed, *usual]
    if isinstance(focused, Detail):
        return [Hint(key(id), does, id) for id, does in {**_IN_DETAIL, **HINTS}.items()]
    if focused is not None and (of_pane := getattr(focused, "HINTS", None)):
        return [*(Hint(key_of(focused, id), does) for id, does in of_pane.items()), *usual]
    if table is not None and not len(table):
        # Nothing can be done to a row; these may bring some.
        ways = _NONE_PASS if table.filtered else _NO_ROWS
        return [Hint(key(id), does, id) for id, does in {**ways, **HINTS}.items()]
    if table is None and problem is not None:
        return [Hint(key(id), does, id) for id, does in {**_FAILED, **_NO_ROWS, **HINTS}.items()]
    of_row = _of_row(table, row)
    first = Hint(key(of_row[0]), of_row[1], of_row[0]) if of_row is not None else Hint("", "")
    if table is not None and table.snapshot.baseline is not None:
        # Nobody looks for these keys before the first comparison.
        usual = [Hint(key(id), does, id) for id, does in _COMPARED.items()] + usual
    return [first, *usual]


def _of_row(table: Table | None, row: Connection | None) -> tuple[str, str] | None:
    """Return the command that is most useful for a row.

    The tuple contains the command id and a word for the command's effect. Return None if no command is
    especially useful for this row.
    """
    if table is None or row is None:
        return None
    if is_ill(table.extras, table.snapshot, row.id):
        return "why", "why"
    if any(row.group_text(position) == UNRESOLVED for position in range(len(row.groups))):
        return "name_end", "name"
    return None
