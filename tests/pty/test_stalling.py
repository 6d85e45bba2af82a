"""Test cnm-tui on a terminal that accepts no output for a while."""

import pytest

from tests.pty.conftest import Start
from tests.pty.test_ending import stalled

pytestmark = pytest.mark.pty

HELD_BY_LINE = 65_536
LARGEST_FRAME = 32_768


def test_when_it_goes_on_it_shows_the_newest_state_and_not_all_those_before(start: Start) -> None:
    terminal, _ = stalled(start)
    before = terminal.written
    terminal.press("down", "space", "w")

    terminal.go_on()

    terminal.wait_for("─ Write to a file ─")
    terminal.press("esc")
    terminal.wait_until(lambda: "Write to a file" not in terminal.text() and "1 marked" in terminal.text())
    # Three frames after what was on its way: the state after the stall, its findings, and that without the dialog.
    assert terminal.written - before < HELD_BY_LINE + 4 * LARGEST_FRAME
    terminal.press("q")
    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []
