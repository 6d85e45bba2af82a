"""From the first screen to an answer that somebody needs in an incident, in few keys, each of them counted."""

import re

import pytest

from tests.pty.conftest import NARROW, Start
from tests.pty.reading import headings, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

MOST_KEYS = 25


class Fingers:
    """Counts what they press; typed characters count like any other key."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.keys = 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self.keys += len(keys)
        self._terminal.press(*keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self.press(*text)


def test_which_pods_of_pricing_have_refused_connections_since_ten_takes_few_keys(start: Start) -> None:
    terminal = start("--demo", "--refresh", "off", size=NARROW)
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())
    fingers = Fingers(terminal)

    # Where connections are refused most: the first row names the service.
    fingers.press("v")
    terminal.wait_for("─ Views ─")
    fingers.type("ref")
    terminal.wait_until(lambda: "Retransmits" not in terminal.text())
    fingers.press("enter")
    terminal.wait_until(lambda: "server_port" in headings(terminal) and rows(terminal)[0].split()[1] == "pricing")
    fingers.press("right", "+")
    terminal.wait_for("⌕ server_service:pricing")
    terminal.wait_until(lambda: {row.split()[1] for row in rows(terminal) if row} == {"pricing"})

    fingers.press("b")
    terminal.wait_for("─ Group by ─")
    fingers.type("spod")
    terminal.wait_for("server_pod_name")
    fingers.press("space", "enter")
    terminal.wait_until(lambda: "server_pod_name" in headings(terminal))

    fingers.press("t")
    terminal.wait_for("─ Time range ─")
    fingers.type("10:00")
    fingers.press("enter")

    terminal.wait_until(lambda: re.search(r"10:00(Z)? to now", terminal.lines()[1]))
    terminal.wait_until(lambda: refused_pods(terminal))
    assert fingers.keys <= MOST_KEYS


def refused_pods(terminal: Terminal) -> list[str]:
    """The pods named in the rows, those with most refusals first; empty where the rows are of something else."""
    return [word for row in rows(terminal) for word in row.split() if word.startswith("pricing-")]
