"""Define three rows that have a different order in each sort, and read them from the screen."""

from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User

WIDE = (240, 30)
"""Wide enough for all columns."""


def rows() -> Snapshot:
    """Return an answer with three rows.

    One row has the most resets, one has the longest round-trip time, and one has the most bytes.
    """
    return a_snapshot(
        a_connection(groups=(("web",), ("store",)), bytes_sent_by_client=9, tcp_resets=1),
        a_connection(groups=(("mail",), ("store",)), bytes_sent_by_client=5, tcp_resets=1, rtt_micro_seconds=9),
        a_connection(groups=(("auth",), ("store",)), bytes_sent_by_client=1, tcp_resets=7),
    )


def a_source(answers: int = 3) -> FakeSource:
    """Return a fake data source that answers this number of queries with the same rows."""
    return FakeSource(*(rows() for _ in range(answers)))


def headings(user: User) -> list[str]:
    """Return the headings of the grid from left to right."""
    return user.main.query_one("Grid").render_line(0).text.split()


def clients(user: User) -> list[str]:
    """Return the client names of the rows from top to bottom."""
    lines = [user.grid.render_line(y).text.split() for y in range(1, 4)]
    return [line[0] for line in lines]
