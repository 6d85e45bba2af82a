"""Test that the next run of cnm-tui can resume the last query, however the previous run ended."""

import signal
from pathlib import Path

import pytest

from tests.pty.conftest import NARROW, Start
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

OFFER = "R resumes: client_service ▸ server_service, client_ser"


def asked(start: Start) -> Terminal:
    """Start cnm-tui, send a query that is not the default query, and return the terminal."""
    terminal = start("--demo", size=NARROW)
    terminal.wait_for(" rows · ")
    terminal.press("e")
    terminal.type("client_service:checkout")
    terminal.press("enter")
    terminal.wait_for(" 11 rows · ")
    return terminal


@pytest.mark.parametrize("ending", [None, signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_the_next_start_offers_what_was_left_and_one_key_asks_it(start: Start, ending: signal.Signals | None) -> None:
    first = asked(start)
    if ending is None:
        first.press("q")
    else:
        first.send_signal(ending)
    first.wait_exit()

    second = start("--demo", size=NARROW)
    second.wait_for(OFFER)
    second.press("R")

    second.wait_for(" 11 rows · ")
    assert "client_service:checkout" in second.lines()[1]


def test_resume_asks_it_at_once(start: Start) -> None:
    first = asked(start)
    first.press("q")
    first.wait_exit()

    second = start("--demo", "--resume", size=NARROW)

    second.wait_for(" 11 rows · ")
    assert OFFER not in second.text()


def test_what_the_demo_was_asked_is_kept_apart_when_it_was_opened_for_want_of_keys(
    start: Start, tmp_path: Path
) -> None:
    terminal = start(size=NARROW)
    terminal.wait_for("export DD_API_KEY")
    terminal.press("d")
    terminal.wait_for(" rows · ")
    terminal.press("e")
    terminal.type("client_service:checkout")
    terminal.press("enter")
    terminal.wait_for(" 11 rows · ")
    terminal.wait_until(lambda: list(tmp_path.rglob("*searches.jsonl")))
    terminal.press("q")
    terminal.wait_exit()

    kept = {path.name for pattern in ("*question*", "*searches*") for path in tmp_path.rglob(pattern)}
    assert kept == {"demo-last-question.json", "demo-searches.jsonl"}


def test_a_run_that_asked_nothing_new_keeps_what_was_left_before(start: Start) -> None:
    first = asked(start)
    first.press("q")
    first.wait_exit()
    second = start("--demo", size=NARROW)
    second.wait_for(OFFER)
    second.press("q")
    second.wait_exit()

    third = start("--demo", size=NARROW)

    third.wait_for(OFFER)
