"""How long and how often hypothesis tries, and what a filter leaves.

The same examples everywhere, and no failures of slow machines.
"""

from hypothesis import settings

from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.snapshot import Snapshot

settings.register_profile("same everywhere", derandomize=True, deadline=None, database=None)
settings.load_profile("same everywhere")


def ids_matching(text: str, snapshot: Snapshot) -> list[str]:
    """The connections that this filter leaves."""
    positions = parsed_filter(text).positions(snapshot)
    assert positions is not None
    return [snapshot.connections[position].id for position in positions]
