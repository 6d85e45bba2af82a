"""Test how many bytes cnm-tui writes for a key press with 7,500 rows, which matters on a slow network line.

Unlike a time, the number of bytes is the same on every machine.
"""

from collections.abc import Iterator
from statistics import median

import pytest

from tests.bench.pressing import BY_LOSS, MOST_AT_THE_EDGE, MOST_FOLLOWING, MOST_OF_A_PAGE, MOST_OF_A_ROW
from tests.bench.programs import explorer_with_rows, server
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

PRESSES = 6


@pytest.fixture(scope="module")
def rows() -> Iterator[Terminal]:
    """Yield a terminal of 200x50 in which cnm-tui shows 7,500 rows, with the detail pane closed."""
    with server() as answering, explorer_with_rows(answering.url) as terminal:
        yield terminal


def written(terminal: Terminal, key: str, presses: int = PRESSES) -> list[int]:
    """Press the key several times, and return the number of bytes that cnm-tui writes for each press."""
    return [press.written for press in terminal.key_latency(key, presses, quiet_seconds=0.3)]


def test_a_move_of_the_cursor_sends_two_rows(rows: Terminal) -> None:
    assert median(written(rows, "down")) <= MOST_OF_A_ROW


def test_a_page_sends_its_rows_once(rows: Terminal) -> None:
    assert median(written(rows, "pgdn")) <= MOST_OF_A_PAGE


def test_at_the_edge_rows_move_by_half_a_page(rows: Terminal) -> None:
    rows.press("home", *["down"] * 24)
    presses = written(rows, "down", 48)

    assert sum(presses) / len(presses) <= MOST_AT_THE_EDGE


def test_beside_a_row_the_detail_pane_sends_what_differs(rows: Terminal) -> None:
    rows.press(*BY_LOSS, "d")
    presses = written(rows, "down", 12)

    assert sum(presses) / len(presses) <= MOST_FOLLOWING
