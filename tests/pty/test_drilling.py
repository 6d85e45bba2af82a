"""Test the drill-down from the first screen to the pods of each incident, and the number of keys that it needs."""

import time
from typing import NamedTuple

import pytest

from cnm_tui.demo.estate import estate_of
from cnm_tui.demo.incidents import INCIDENTS, Incident
from tests.pty.conftest import Start
from tests.pty.reading import detail, headings, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

QUARTER = 900
BUCKET = 300
SEED = 1
MOST_KEYS = 11
SILENCE_SECONDS = 0.2


class Step(NamedTuple):
    """A step of a drill-down: keys to press, separated by blanks, and the column headings that must then be
    displayed.
    """

    keys: str
    headings: str


DIALOGS = {"v": "─ Views ─", "b": "─ Group by ─", "enter": "─ Drill down ─"}
TO_PODS = (
    Step("enter 3", "client_pod_name server_service"),
    Step("enter 3", "client_pod_name server_pod_name"),
)
JOURNEYS = {
    "lossy zones": (
        Step("v r t o enter", "RTO▾"),
        Step("b 5", "client_availability-zone server_availability-zone"),
        Step("enter", "client_service server_availability-zone"),
        Step("b 2", "client_pod_name server_pod_name"),
    ),
    "refused since a deploy": (Step("v r e f enter", "REFUSED▾"), *TO_PODS),
    # No service names the far end, but its pods have names.
    "firewall drops": (Step("v t i m enter", "TIMEOUTS▾"), *TO_PODS),
    "closed window": (Step("v z e r enter", "WIN▾"), *TO_PODS),
    "congested host": (Step("v m a r enter", "MARKS▾"), *TO_PODS),
    "unequal paths": (Step("v r e o enter", "REORDERED▾"), *TO_PODS),
    "impatient load balancer": (Step("v r e s enter", "RESETS▾"), *TO_PODS),
    "lost tails": (Step("v r t o enter", "RTO▾"), *TO_PODS),
}
FIREWALL = next(one for one in INCIDENTS if one.name == "firewall drops")
NO_PAIR = {"detour"}
"""Incidents that hit all pairs of pods on their way alike, so that none of them leads the rows."""


def when_most_in_force(incident: Incident) -> tuple[int, int]:
    """Return the start and the end of the latest 15 minutes in which the incident is strongest, in seconds since
    1970.

    Both times are borders of 5-minute buckets.
    """
    latest = int(time.time()) // BUCKET * BUCKET - BUCKET
    ends = range(latest, latest - 86_400, -BUCKET)
    end = max(ends, key=lambda end: incident.recurrence.share(end - QUARTER, end))
    return end - QUARTER, end


def hardest_hit(incident: Incident) -> tuple[str, ...]:
    """Return the names of the two pods that the incident affects most."""
    estate = estate_of(SEED)
    flow = estate.hardest_hit[incident]
    columns = (estate.column("client_pod_name"), estate.column("server_pod_name"))
    return tuple(name for column in columns for name in column.values[column.of_flow[flow]])


def take(terminal: Terminal, step: Step) -> int:
    """Press the keys of a step, wait for the answer, and return the number of keys."""
    keys = step.keys.split()
    for key, following in zip(keys, [*keys[1:], ""], strict=True):
        terminal.press(key)
        if following and key in DIALOGS:
            terminal.wait_for(DIALOGS[key])
    for _ in range(2):
        terminal.wait_until(lambda: is_answered(terminal, step))
        # Half a frame may look like it.
        terminal.wait_quiet(SILENCE_SECONDS)
    return len(keys)


def is_answered(terminal: Terminal, step: Step) -> bool:
    """Return True if the screen displays the rows that are expected after this step."""
    text, shown = terminal.text(), headings(terminal)
    waits = "previous question" in text or any(dialog in text for dialog in DIALOGS.values())
    there = all(any(is_cut_of(heading, name) for heading in shown) for name in step.headings.split())
    return not waits and there and bool(rows(terminal)[0])


def is_cut_of(heading: str, name: str) -> bool:
    """Return True if a column heading equals this name, or is a shortened form of the name with `…`."""
    start, dots, end = heading.partition("…")
    return heading == name or (bool(dots) and name.startswith(start) and name.endswith(end))


@pytest.mark.parametrize(
    "incident", [one for one in INCIDENTS if one.name not in NO_PAIR], ids=lambda incident: incident.name
)
def test_from_the_first_screen_to_the_pair_of_pods_behind_an_incident_takes_a_handful_of_keys(
    incident: Incident, start: Start
) -> None:
    begin, end = when_most_in_force(incident)
    terminal = start("--demo", "--refresh", "off", "--from", str(begin), "--to", str(end), size=(80, 24))
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())

    keys = sum(take(terminal, step) for step in JOURNEYS[incident.name])
    terminal.press("d")

    client, server = hardest_hit(incident)
    terminal.wait_until(lambda: f"client_pod_name {client} server_pod_name {server} " in detail(terminal))
    assert keys + 1 <= MOST_KEYS


def test_an_end_that_no_service_names_is_named_by_one_key(start: Start) -> None:
    begin, end = when_most_in_force(FIREWALL)
    terminal = start("--demo", "--refresh", "off", "--from", str(begin), "--to", str(end), size=(155, 30))
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())
    take(terminal, Step("v t i m enter", "TIMEOUTS▾"))

    take(terminal, Step("N", "server_ip server_domain"))

    assert "settlement.partner-bank.example" in rows(terminal)[0]
