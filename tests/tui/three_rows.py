"""Three rows with a different order for each sort, and what is visible of them."""

from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User

WIDE = (240, 30)
"""Wide enough for all columns."""


def rows() -> Snapshot:
    """Return one row with the most resets, one that is the slowest, one with the most bytes."""
    return a_snapshot(
        a_connection(groups=(("web",), ("store",)), bytes_sent_by_client=9, tcp_resets=1),
        a_connection(groups=(("mail",), ("store",)), bytes_sent_by_client=5, tcp_resets=1, rtt_micro_seconds=9),
        a_connection(groups=(("auth",), ("store",)), bytes_sent_by_client=1, tcp_resets=7),
    )


def a_source(answers: int = 3) -> FakeSource:
    """Return a source that answers everything with the same rows."""
    return FakeSource(*(rows() for _ in range(answers)))


def headings(user: User) -> list[str]:
    """Return the headings of the grid from left to right."""
    return user.main.query_one("Grid").render_line(0).text.split()


def clients(user: User) -> list[str]:
    """Return the clients of the rows from top to bottom."""
    lines = [user.grid.render_line(y).text.split() for y in range(1, 4)]
    return [line[0] for line in lines]
