"""Set the same options of Hypothesis for every run, and define a helper for tests of the row filter."""

from hypothesis import settings

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.snapshot import Snapshot

settings.register_profile("same everywhere", derandomize=True, deadline=None, database=None)
settings.load_profile("same everywhere")


def ids_matching(text: str, snapshot: Snapshot) -> list[str]:
    """Return the ids of the rows of an answer that match this text of a row filter."""
    positions = parsed_filter(text, CONNECTIONS).positions(snapshot)
    assert positions is not None
    return [snapshot.connections[position].id for position in positions]
