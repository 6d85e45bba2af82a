"""Test that a few key presses lead from the first screen to the tag value that causes each incident."""

import re
import time
from collections.abc import Iterator

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.demo.incidents import INCIDENTS, Incident
from tests.demo.test_explained import CAUSES
from tests.demo.test_findings import CODES
from tests.demo.test_incidents import QUARTER, when_most_in_force
from tests.program import KEYS, demo_url
from tests.pty.conftest import Start
from tests.pty.reading import digit_of
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty
WEEK = 7 * 86_400
TITLES = {rule.code: rule.title for rule in CONNECTIONS.findings().rules}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_url("--rate-limit", "100000/60") as url:
        yield url


def last_strongest(incident: Incident) -> int:
    """Return the end of the latest 15 minutes in which the demo repeats the time when the incident was strongest.

    The result is in seconds since 1970. Every week of the demo is the same, because incidents recur after 28
    hours and the traffic recurs after a day.
    """
    end = when_most_in_force(incident)
    return end + (int(time.time()) - end) // WEEK * WEEK


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_three_keys_lead_from_the_first_screen_to_the_tag_behind_each_incident(
    start: Start, url: str, incident: Incident
) -> None:
    end = last_strongest(incident)
    window = ("--from", str(end - QUARTER), "--to", str(end))
    terminal = start("--api-url", url, "--no-keyring", *window, size=(150, 44), environ=KEYS)

    first = explained(terminal, incident)

    assert any(f"{field}:{value}" in first for field, value in CAUSES[incident.name]), terminal.text()


def explained(terminal: Terminal, incident: Incident) -> str:
    """Press three keys on the first screen. Return the screen line about the tag value that best explains the
    incident.
    """
    terminal.wait_until(lambda: re.search(r"\d (critical|warnings?) ", terminal.text()))
    terminal.press("x")
    terminal.wait_for("A digit chooses another finding")
    terminal.press(digit_of(terminal, TITLES[CODES[incident.name]]))
    terminal.wait_for("1 to ")
    terminal.press("enter")
    terminal.wait_for("enter searches for the value")
    return terminal.line_with("x: ")


def in_force_now() -> list[Incident]:
    """Return the incidents that are fully active in the last 30 minutes and also in the next 15 minutes."""
    now = time.time()
    return [one for one in INCIDENTS if one.recurrence.share(now - 2 * QUARTER, now + QUARTER) == 1]


def test_the_same_keys_lead_there_from_the_first_screen_at_any_time(start: Start) -> None:
    if not (incidents := in_force_now()):
        pytest.skip("no incident of the demo is in force for the whole window")
    for incident in incidents:
        terminal = start("--demo", size=(150, 44))

        first = explained(terminal, incident)

        assert any(f"{field}:{value}" in first for field, value in CAUSES[incident.name]), terminal.text()


def test_one_more_key_searches_for_the_value(start: Start) -> None:
    terminal = start("--demo", size=(100, 30))
    terminal.wait_for("row 1 of")

    terminal.press("x")
    terminal.wait_for("requests (")
    terminal.press("enter")
    terminal.wait_for("enter searches for the value")

    terminal.press("enter")
    terminal.wait_for("everything »")
