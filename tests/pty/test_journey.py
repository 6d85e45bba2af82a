"""Test complete tasks of a user during an incident, and count the keys. Some tasks continue in the next run of
cnm-tui.
"""

import re
import stat
import time
from pathlib import Path

import pytest

from cnm_tui.demo.incidents import INCIDENTS
from tests.pty.conftest import Start
from tests.pty.reading import headings, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

MOST_KEYS = 25
REFUSED = "REFUSED▾"


class Fingers:
    """Presses keys in a terminal and counts them. A typed character counts as one key."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.keys = 0

    def press(self, *keys: str) -> None:
        """Press these keys one after another, and count them."""
        self.keys += len(keys)
        self._terminal.press(*keys)

    def type(self, text: str) -> None:
        """Type a text, and count its characters as keys."""
        self.press(*text)


def servers(terminal: Terminal) -> list[str]:
    """Return the server name of each visible row. A name is empty if its row is not completely drawn yet."""
    return [words[1] if len(words) > 1 else "" for words in map(str.split, rows(terminal)) if words]


def test_which_pods_of_pricing_have_refused_connections_since_ten_takes_few_keys(
    start: Start, size: tuple[int, int]
) -> None:
    refused = next(one for one in INCIDENTS if one.name == "refused since a deploy")
    if refused.recurrence.share(time.time() - 1_800, time.time() + 300) < 1:
        pytest.skip("pricing refuses no connection in the demo at this hour")
    terminal = start("--demo", "--refresh", "off", size=size)
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())
    fingers = Fingers(terminal)

    # Find refused connections: the first row names the service; add it to the search.
    fingers.press("v")
    terminal.wait_for("─ Views ─")
    fingers.type("ref")
    terminal.wait_for("Where connections are refused")
    fingers.press("enter")
    terminal.wait_until(lambda: "server_port" in headings(terminal) and servers(terminal)[:1] == ["pricing"])
    fingers.press("right", "+")
    terminal.wait_for("server_service:pricing")
    terminal.wait_until(lambda: set(servers(terminal)) == {"pricing"})

    # Pod to pod, since ten.
    fingers.press("b")
    terminal.wait_for("─ Group by ─")
    fingers.press("2")
    terminal.wait_until(lambda: headings(terminal)[:2] == ["client_pod_name", "server_pod_name"])
    fingers.press("t")
    terminal.wait_for("─ Time range ─")
    fingers.type("10:00")
    fingers.press("enter")
    terminal.wait_for("10:00Z to now")

    terminal.wait_until(lambda: len(refusals(terminal)) > 10)
    assert fingers.keys <= MOST_KEYS
    counts = refusals(terminal)
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0


def test_a_search_is_found_again_in_the_next_run(start: Start, tmp_path: Path) -> None:
    first = start("--demo", "--sort", "total_bytes")
    first.wait_until(lambda: rows(first))
    first.press("+")
    first.wait_for("⌕ client_service:storefront")
    first.wait_until(lambda: {row.split()[0] for row in rows(first) if row} == {"storefront"})
    first.press("q")
    assert first.wait_exit() == 0
    [kept] = tmp_path.rglob("demo-searches.jsonl")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    second = start("--demo", "--sort", "total_bytes")
    second.wait_until(lambda: rows(second))
    second.press("ctrl+r")
    second.wait_for("client_service:storefront")
    second.press("enter")

    second.wait_until(lambda: {row.split()[0] for row in rows(second) if row} == {"storefront"})


def refusals(terminal: Terminal) -> list[int]:
    """Return the number of refused connections of each visible pod.

    Return an empty list if the column is not visible.
    """
    lines = terminal.lines()
    heading = next((line for line in lines if REFUSED in line), "")
    end = heading.find(REFUSED) + len(REFUSED)
    cells = [line[:end].split()[-1] for line in lines if " pricing-" in line and heading]
    return [int(cell.replace(",", "")) for cell in cells if re.fullmatch(r"[\d,]+", cell)]
