"""Calculate columns whose content was left empty when the rows of a new response were first displayed.

The rows appear sooner because slow columns are calculated only afterwards.
"""

from dataclasses import replace

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.table.table import arrange


def is_settled(exploration: Exploration) -> bool:
    """Return True if all columns of the displayed rows are calculated, including the slow columns."""
    return exploration.table is None or exploration.table.extras == exploration.extras


def settled(exploration: Exploration) -> Exploration:
    """Return the state in which the content of all columns is calculated.

    The calculation may take longer than the time between two updates of the screen.
    """
    if exploration.table is None or is_settled(exploration):
        return exploration
    table = arrange(
        exploration.table.snapshot, exploration.arrangement, after=exploration.table, extras=exploration.extras
    )
    table.prepare()
    return replace(exploration, table=table)
