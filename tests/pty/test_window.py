"""Test cnm-tui in terminal windows of any size, and whether the user can still select text with the terminal's
mouse.
"""

import signal
import sys
import time

import pytest

from tests.pty.conftest import NARROW, Start
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

MOUSE = {1000, 1003, 1006}
SLOW_TO_READ_ITS_SIZE = """
import time
from cnm_tui.tui.terminal import terminal_line

at_once = terminal_line.size

def slowly():
    size = at_once()
    time.sleep(0.3)
    return size

terminal_line.size = slowly
from cnm_tui.__main__ import main
main()
"""
MOST_MEMORY_BYTES = 150_000_000
TOO_SMALL = "is too small: make the window 60x15 or more"


@pytest.fixture
def terminal(start: Start) -> Terminal:
    """Return a terminal in which cnm-tui shows rows of the demo. The rows are not refreshed."""
    terminal = start("--demo", "--refresh", "off")
    terminal.wait_for(" rows · ")
    return terminal


@pytest.mark.parametrize("size", [(1, 1), (500, 200)], ids=str)
def test_no_size_does_any_harm(terminal: Terminal, size: tuple[int, int]) -> None:
    shown = terminal.text()

    terminal.resize(*size)
    terminal.wait_quiet(0.3)
    terminal.resize(*NARROW)

    terminal.wait_until(lambda: terminal.text() == shown)


def test_a_window_that_claims_more_lines_than_any_screen_has_is_drawn_as_far_as_one_goes(terminal: Terminal) -> None:
    shown = terminal.text()
    terminal.type("b")
    terminal.wait_for("─ Group by ─")

    terminal.resize(80, 65_535)
    terminal.wait_quiet(0.5)
    taken = terminal.usage().rss_bytes
    terminal.resize(*NARROW)
    terminal.press("esc")

    terminal.wait_until(lambda: terminal.text() == shown)
    assert taken < MOST_MEMORY_BYTES


def test_all_is_painted_anew_where_the_window_was_resized_and_has_its_size_again(terminal: Terminal) -> None:
    shown = terminal.text()

    # Before the program has come to look at the first of them.
    terminal.send_signal(signal.SIGSTOP)
    terminal.resize(1, 1)
    terminal.resize(*NARROW)
    assert terminal.text() != shown
    terminal.send_signal(signal.SIGCONT)

    terminal.wait_until(lambda: terminal.text() == shown)


def test_of_two_resizes_at_once_the_last_one_counts(start: Start) -> None:
    terminal = start(shell=f'exec "{sys.executable}" -c "{SLOW_TO_READ_ITS_SIZE}" --demo --refresh off')
    terminal.wait_for(" rows · ")
    shown = terminal.text()

    # The second one comes while the program reads the size of the first one.
    terminal.resize(50, 10)
    time.sleep(0.1)
    terminal.resize(*NARROW)

    terminal.wait_quiet(0.5)
    terminal.wait_until(lambda: terminal.text() == shown)


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (20, 5)], ids=str)
def test_in_a_window_too_small_no_key_acts_and_all_is_there_again_afterwards(
    terminal: Terminal, size: tuple[int, int]
) -> None:
    terminal.press("down", "down", "space")
    terminal.wait_for("1 marked")
    # The hints of the last line follow the row at the cursor a moment later.
    terminal.wait_quiet(0.5)
    shown = terminal.text()

    terminal.resize(*size)
    terminal.wait_for("is too small")
    terminal.press("s", "u", "d", "b", "q", "ctrl+p", "esc", "z", "T", "ctrl+z")
    terminal.wait_quiet(0.3)
    assert terminal.modes >= MOUSE
    terminal.resize(*NARROW)

    terminal.wait_until(lambda: terminal.text() == shown)


def test_the_sentence_says_what_is_needed(terminal: Terminal) -> None:
    terminal.resize(60, 10)

    terminal.wait_for("60x10 " + TOO_SMALL)
    terminal.resize(70, 10)
    terminal.wait_for("70x10 " + TOO_SMALL)
    terminal.press("ctrl+q")

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []


def test_a_dialog_keeps_what_was_typed_into_it_while_the_window_was_too_small(terminal: Terminal) -> None:
    terminal.press("b")
    terminal.wait_for("─ Group by ─")
    terminal.type("pod")
    terminal.wait_for("client_pod_name")
    terminal.wait_quiet(0.3)
    shown = terminal.text()

    terminal.resize(50, 10)
    terminal.wait_for("is too small")
    terminal.type("x")
    terminal.wait_quiet(0.3)
    terminal.resize(*NARROW)

    terminal.wait_until(lambda: terminal.text() == shown)


def test_a_window_may_be_too_small_from_the_start(start: Start) -> None:
    terminal = start(size=(50, 12))
    terminal.wait_for("is too small")
    # Without keys the welcome opens, under the sentence.
    terminal.press("q")
    terminal.wait_quiet(0.3)

    terminal.resize(*NARROW)

    terminal.wait_for("d  open the demo")
    terminal.press("d")
    terminal.wait_for(" rows · ")


def test_the_mouse_is_handed_to_the_terminal_and_taken_back(terminal: Terminal) -> None:
    assert terminal.modes >= MOUSE

    terminal.press("T")
    terminal.wait_for("The mouse is the terminal's")
    assert not terminal.modes & MOUSE
    terminal.press("T")

    terminal.wait_for("The mouse is back here.")
    assert terminal.modes >= MOUSE


def test_the_mouse_stays_the_terminals_when_it_ends(terminal: Terminal) -> None:
    terminal.press("T")
    terminal.wait_for("The mouse is the terminal's")

    terminal.press("q")

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []


def test_without_a_mouse_it_can_still_be_taken(start: Start) -> None:
    terminal = start("--demo", "--no-mouse")
    terminal.wait_for(" rows · ")
    assert not terminal.modes & MOUSE

    terminal.press("T")

    terminal.wait_for("The mouse is back here.")
    assert terminal.modes >= MOUSE
    terminal.press("q")
    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []
