"""Complete the columns of an answer that was shown before all of them were known."""

from dataclasses import replace

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.table.table import arrange


def is_settled(exploration: Exploration) -> bool:
    """Return True if all columns have their content."""
    return exploration.table is None or exploration.table.extras == exploration.extras


def settled(exploration: Exploration) -> Exploration:
    """Return the state with the content of all columns, some of which may take longer than a frame."""
    if exploration.table is None or is_settled(exploration):
        return exploration
    table = arrange(
        exploration.table.snapshot, exploration.arrangement, after=exploration.table, extras=exploration.extras
    )
    table.prepare()
    return replace(exploration, table=table)
