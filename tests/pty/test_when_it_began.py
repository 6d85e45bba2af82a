"""Test that a few key presses lead from the first screen to the time when each incident began."""

import re
import time

import pytest

from cnm_tui.demo.estate import Estate
from cnm_tui.demo.incidents import Incident
from tests.demo.histories import Histories
from tests.demo.test_incidents import SERVICES, Pair
from tests.pty.conftest import NARROW, WIDE, Start
from tests.pty.reading import detail, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

MOST_KEYS = 8
DAY = 86_400
PART = 1_800
"""Length of a part of a day, in seconds."""
LEAST_BEFORE, LEAST_AFTER = 4 * PART, 3 * PART
"""The time in the span before and after the beginning of an incident, with which it can be found."""
FEWEST = 4
"""Incidents that began within a day at any time: all begin every 28 hours."""
BEGAN = re.compile(r"(\d\d):(\d\d)Z (?:on|over|\?)")


def in_span(now: float) -> dict[Incident, Pair]:
    """Return the incidents that began within the last day, as a dictionary.

    It maps each incident to the two tag values of the row that the incident affects most.
    """
    return {
        incident: row
        for incident, row in Histories(Estate(1), SERVICES, healthy_rows=0).hardest.items()
        if LEAST_AFTER <= now - incident.recurrence.last_beginning(now) <= DAY - LEAST_BEFORE
    }


def beginnings(terminal: Terminal) -> dict[str, int]:
    """Return a dictionary from the text of each visible row to the time at which the row turned bad.

    The time is the time of day in seconds since midnight.
    """
    found = {row: BEGAN.search(row) for row in rows(terminal)}
    return {row: int(at[1]) * 3_600 + int(at[2]) * 60 for row, at in found.items() if at is not None}


def asked_timeline(terminal: Terminal, *keys: str) -> None:
    """Open the timeline dialog, press these keys in it, and wait until all parts of the timeline have arrived."""
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())
    terminal.press("L")
    terminal.wait_for("─ Timeline ─")
    terminal.press(*keys)
    terminal.wait_for("rows turned bad")


def test_the_beginning_of_each_incident_of_a_day_is_in_sight_after_a_few_keys(start: Start) -> None:
    now = time.time()
    expected = in_span(now)
    terminal = start("--demo", "--refresh", "off", size=WIDE)
    keys = ("down", "down", "down", "enter")

    asked_timeline(terminal, *keys)
    terminal.press("B")
    terminal.wait_for("BEGAN▾")
    terminal.wait_until(lambda: len(beginnings(terminal)) > 1)

    assert 1 + len(keys) + 1 <= MOST_KEYS
    assert len(expected) >= FEWEST
    assert missed(expected, beginnings(terminal), now) == []


def missed(expected: dict[Incident, Pair], seen: dict[str, int], now: float) -> list[str]:
    """Return a description of each incident for whose row the screen does not show the correct beginning.

    A beginning is correct if it differs by at most the length of one part of the timeline.
    """
    found = []
    for incident, row in expected.items():
        began = incident.recurrence.last_beginning(now) % DAY
        times = [at for text, at in seen.items() if all(name in text for name in row)]
        if not any(min(abs(at - began), DAY - abs(at - began)) <= PART for at in times):
            found.append(f"{incident.name}, {row}, {began}: {times}")
    return found


def test_in_a_small_window_the_detail_says_when_the_last_one_began(start: Start) -> None:
    terminal = start("--demo", "--refresh", "off", size=NARROW)

    asked_timeline(terminal, "down", "down", "down", "enter")
    terminal.press("B")
    terminal.wait_until(lambda: beginnings(terminal))
    terminal.press("d")

    terminal.wait_for(" Began")
    assert re.search(r" began \d\d:\d\dZ \(.+ → .+\), still on|\d\d:\d\dZ to \d\d:\d\dZ, over", detail(terminal))
