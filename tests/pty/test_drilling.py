"""Whole journeys: from the first screen to the two ends that each incident of the demo is about, each key counted."""

import time
from typing import NamedTuple

import pytest

from cnm_tui.demo.estate import estate_of
from cnm_tui.demo.incidents import INCIDENTS, Incident
from tests.pty.conftest import Start
from tests.pty.reading import headings, rows
from tests.pty.terminal import Terminal

pytestmark = pytest.mark.pty

SIZE = (155, 30)
"""Names of pods and hosts are in sight in full."""
QUARTER = 900
BUCKET = 300
SEED = 1
MOST_KEYS = 11
SILENCE_SECONDS = 0.2


class Step(NamedTuple):
    """Keys, one a word, and what stands at the head of the rows once they are answered."""

    keys: str
    headings: str


class Journey(NamedTuple):
    """To one incident."""

    steps: tuple[Step, ...]
    fields: tuple[str, str] = ("client_pod_name", "server_pod_name")
    """Those of the two ends, in the end."""
    name: Step | None = None
    """What asks for the end that no tag names."""
    told: str = ""
    """What the answer to that says."""


DIALOGS = {"v": "─ Views ─", "b": "─ Group by ─", "enter": "─ Drill down ─"}
TO_PODS = (
    Step("enter 1", "client_kube_deployment server_service"),
    Step("enter 1", "client_kube_deployment server_kube_deployment"),
    Step("enter", "client_pod_name server_kube_deployment"),
    Step("enter", "client_pod_name server_pod_name"),
)
JOURNEYS = {
    "lossy zones": Journey(
        (
            Step("v r t o enter", "RTO▾"),
            Step("b 5", "client_availability-zone server_availability-zone"),
            Step("enter", "client_service server_availability-zone"),
            Step("b 2", "client_pod_name server_pod_name"),
        ),
    ),
    "refused since a deploy": Journey((Step("v r e f enter", "REFUSED▾"), *TO_PODS)),
    "firewall drops": Journey(
        (
            Step("v t i m enter", "TIMEOUTS▾"),
            Step("enter 1", "client_kube_deployment server_service"),
            Step("enter", "client_pod_name server_service"),
        ),
        ("client_pod_name", "server_service"),
        Step("N", "server_ip server_domain"),
        "settlement.partner-bank.example",
    ),
    "closed window": Journey((Step("v z e r enter", "WIN▾"), *TO_PODS)),
    "congested host": Journey(
        (Step("v m a r enter", "MARKS▾"), *TO_PODS[:3]),
        ("client_pod_name", "server_kube_deployment"),
        Step("N", "server_ip server_domain"),
        "redis-",
    ),
    "unequal paths": Journey(
        (
            Step("v r e o enter", "REORDERED▾"),
            Step("enter 3", "client_host server_service"),
            Step("enter 3", "client_host server_host"),
        ),
        ("client_host", "server_host"),
    ),
    "impatient load balancer": Journey(
        (
            Step("v r e s enter", "RESETS▾"),
            Step("right enter 1", "client_service server_kube_deployment"),
            Step("enter", "client_service server_pod_name"),
        ),
        ("client_service", "server_pod_name"),
        Step("N", "client_ip server_port"),
        "203.0.113.",
    ),
}


def when_most_in_force(incident: Incident) -> tuple[int, int]:
    """The latest quarter of an hour, of those on borders of buckets, in which there is most of it to see."""
    latest = int(time.time()) // BUCKET * BUCKET - BUCKET
    ends = range(latest, latest - 86_400, -BUCKET)
    end = max(ends, key=lambda end: incident.recurrence.share(end - QUARTER, end))
    return end - QUARTER, end


def ends_touched(incident: Incident, fields: tuple[str, str]) -> set[tuple[str, ...]]:
    """The values of these fields in all flows that the incident touches."""
    estate = estate_of(SEED)
    columns = [estate.column(field) for field in fields]
    flows = incident.touched(estate.flows)
    return {tuple(", ".join(column.values[column.of_flow[flow]]) or "N/A" for column in columns) for flow in flows}


def take(terminal: Terminal, step: Step) -> int:
    """Press the keys of a step, and wait for the answer; how many they were."""
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
    """Whether the rows are those asked for by a step."""
    text, shown = terminal.text(), headings(terminal)
    waits = "question before" in text or any(dialog in text for dialog in DIALOGS.values())
    return not waits and set(step.headings.split()) <= set(shown) and bool(rows(terminal)[0])


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_from_the_first_screen_to_the_two_ends_of_an_incident_takes_a_handful_of_keys(
    incident: Incident, start: Start
) -> None:
    journey = JOURNEYS[incident.name]
    begin, end = when_most_in_force(incident)
    terminal = start("--demo", "--refresh", "off", "--from", str(begin), "--to", str(end), size=SIZE)
    terminal.wait_until(lambda: rows(terminal) and " rows · " in terminal.text())

    keys = sum(take(terminal, step) for step in journey.steps)
    ends = tuple(rows(terminal)[0].split()[:2])
    if journey.name is not None:
        keys += take(terminal, journey.name)

    assert ends in ends_touched(incident, journey.fields)
    assert journey.told in rows(terminal)[0]
    assert keys <= MOST_KEYS
