"""Test that the demo's incidents get the correct findings with any seed, and that healthy rows get none."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.findings.rule import Found, Severity
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.time.time_range import Window
from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.estate import Estate, estate_of
from cnm_tui.demo.incidents import INCIDENTS, Incident
from tests.builders import a_snapshot
from tests.demo.asking import rows
from tests.demo.test_incidents import PODS, QUARTER, SERVICES, Pair, ends_of, when_most_in_force

CODES = {
    "lossy zones": "loss",
    "refused since a deploy": "refused",
    "firewall drops": "filtered",
    "closed window": "receiver_stalled",
    "congested host": "congestion",
    "unequal paths": "reordering",
    "impatient load balancer": "reset",
    "lost tails": "loss_stalls",
    "detour": "slow_path",
}
SEEDS = range(1, 21)


def findings(endpoint: Endpoint, fields: Pair, now: int, search: str = "") -> Iterator[tuple[Pair, Found]]:
    """Yield the group values and the finding of each row in the 15 minutes before `now`."""
    answer = rows(endpoint, ",".join(fields), query=search, now=now)
    connections = [
        Connection(row.id, tuple((value,) for value in row.values), tuple(row[key] for key in CONNECTIONS.counted_keys))
        for row in answer
    ]
    query = Query(group_bys=fields, limit=MOST_ROWS)
    snapshot = a_snapshot(*connections, query=query, window=Window(now - QUARTER, now))
    return zip((row.values for row in answer), diagnosed(snapshot).found, strict=True)


def found_in_the_hardest_hit(endpoint: Endpoint, estate: Estate, incident: Incident, fields: Pair) -> str:
    """Return the code of the finding about the row that the incident affects most, when the incident is strongest."""
    hardest = ends_of(estate, estate.hardest_hit[incident], fields)
    asked = " ".join(f"{field}:{value}" for field, value in zip(fields, hardest, strict=True) if value != "N/A")
    return dict(findings(endpoint, fields, when_most_in_force(incident), asked))[hardest].code


def severities_of_the_well(
    endpoint: Endpoint, estate: Estate, fields: Pair, times_of: Iterable[Incident]
) -> Counter[Severity]:
    """Count the severities of findings about healthy rows, which no incident affects, at times when incidents are
    active.
    """
    counted: Counter[Severity] = Counter()
    for incident in times_of:
        now = when_most_in_force(incident)
        in_force = [one for one in INCIDENTS if one.recurrence.share(now - QUARTER, now) > 0]
        touched = {ends_of(estate, flow, fields) for one in in_force for flow in estate.touched[one]}
        counted.update(found.severity for values, found in findings(endpoint, fields, now) if values not in touched)
    return counted


def test_each_incident_has_its_code() -> None:
    assert set(CODES) == {incident.name for incident in INCIDENTS}


@pytest.mark.parametrize("fields", [SERVICES, PODS], ids=["services", "pods"])
def test_each_incident_is_named_rightly(endpoint: Endpoint, fields: Pair) -> None:
    found = {one.name: found_in_the_hardest_hit(endpoint, estate_of(1), one, fields) for one in INCIDENTS}

    assert found == CODES


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_each_incident_is_named_rightly_and_what_is_well_is_left_alone_with_any_seed(seed: int) -> None:
    endpoint, estate = Endpoint(seed), estate_of(seed)
    # Over all seeds, at the times of all incidents.
    times_of = [INCIDENTS[number % len(INCIDENTS)] for number in (seed, seed + 4)]

    for fields in (SERVICES, PODS):
        found = {one.name: found_in_the_hardest_hit(endpoint, estate, one, fields) for one in INCIDENTS}
        well = severities_of_the_well(endpoint, estate, fields, times_of)

        assert found == CODES
        assert well.total() > 100
        assert well[Severity.WARNING] + well[Severity.CRITICAL] <= 0.005 * well.total()
        assert well[Severity.CRITICAL] <= 0.0005 * well.total()
