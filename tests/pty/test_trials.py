"""End cnm-tui at random moments with signals and hang-ups. No process may be left, and the terminal must be
restored.

The command `python -m tests.trials` makes many more trials.
"""

import signal

import pytest

from tests.pty.conftest import NARROW, Start
from tests.trials import WAYS, Trial, faults, trials

pytestmark = pytest.mark.pty


def test_what_was_not_suspended_is_not_resumed() -> None:
    endings = ("SIGCONT", "SIGSTOP and SIGCONT", "SIGSTOP and SIGTERM", "SIGTSTP and SIGTERM")

    found = faults([Trial(number, "rows", ending, 0.1, True) for number, ending in enumerate(endings)], 2)

    assert found == []


def test_an_end_at_any_moment_leaves_nothing_behind() -> None:
    found = faults(list(trials(12, 12, ("start", "query", *WAYS), ("SIGINT", "SIGTERM", "SIGQUIT", "hang-up"))), 2)

    assert found == []


def test_a_continued_program_has_as_many_threads_as_before_and_its_rows(start: Start) -> None:
    terminal = start("--demo", "--refresh", "off", size=NARROW)
    terminal.wait_for(" rows · ")
    terminal.wait_quiet(0.3)
    shown, threads, opened = terminal.text(), terminal.threads(), terminal.given_back()

    for _ in range(3):
        terminal.send_signal(signal.SIGCONT)
        terminal.wait_quiet(0.3)

    assert (terminal.text(), terminal.threads(), terminal.given_back()) == (shown, threads, opened)


@pytest.mark.parametrize("option", ["", "--foreground"])
def test_a_program_that_ends_it_after_a_while_finds_it_ended_and_the_terminal_given_back(
    start: Start, option: str
) -> None:
    # Without the option it is in the background, where the system stops it until it is ended.
    terminal = start(shell=f"timeout {option} 2 $PROGRAM --demo; echo code $?")

    terminal.wait_for("code 124")

    assert terminal.wait_exit() == 0
    assert terminal.given_back() == []
