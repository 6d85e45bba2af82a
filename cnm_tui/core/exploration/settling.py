"""Calculate the columns of a response that were still empty when its rows were first displayed."""

from dataclasses import replace

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.table.table import arrange


def is_settled(exploration: Exploration) -> bool:
    """Return True if the content of all columns is calculated."""
    return exploration.table is None or exploration.table.extras == exploration.extras


def settled(exploration: Exploration) -> Exploration:
    """Return the state in which the content of all columns is calculated.

    The calculation may take longer than one frame of the screen.
    """
    if exploration.table is None or is_settled(exploration):
        return exploration
    table = arrange(
        exploration.table.snapshot, exploration.arrangement, after=exploration.table, extras=exploration.extras
    )
    table.prepare()
    return replace(exploration, table=table)
