"""Test that the cursor stays on its connection if the user has placed it there."""

import pytest

from cnm_tui.core.table.extra import USUAL_EXTRAS, EarlierFindings
from cnm_tui.core.table.sorting import worst_first_sort
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.tui.widgets.staying import stays_with
from tests.builders import a_connection, a_snapshot

WELL = a_connection(
    "well", bytes_sent_by_client=9_000_000, packets_sent_by_client=10_000, packets_sent_by_server=10_000
)
ILL = a_connection("ill", tcp_retransmits=9_000, packets_sent_by_client=10_000, packets_sent_by_server=10_000)


@pytest.mark.parametrize(("moved", "stays"), [(False, None), (True, "well")])
def test_findings_that_come_after_the_first_frame_move_only_a_cursor_that_was_not_put_there(
    moved: bool, stays: str | None
) -> None:
    snapshot = a_snapshot(WELL, ILL)
    arrangement = Arrangement(worst_first_sort(snapshot.endpoint))
    first = arrange(snapshot, arrangement, extras=(EarlierFindings(None),))

    then = arrange(snapshot, arrangement, after=first, extras=USUAL_EXTRAS)

    assert [first.connection_id(0), then.connection_id(0)] == ["well", "ill"]
    assert stays_with(first, then, "well", followed=None, marked=False, moved=moved) == stays
