"""Test that the command `explain` prints its number of requests and the tag values that explain a metric.

It must ask the user for a confirmation only if it runs on a terminal.
"""

import json
import time
from collections.abc import Iterator

import pytest

from cnm_tui.demo.incidents import INCIDENTS
from tests.program import Done, demo_url, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_url("--rate-limit", "100000/60") as url:
        yield url


def explain(url: str, *arguments: str) -> Done:
    return run("explain", "--api-url", url, *arguments)


def while_the_firewall_drops() -> tuple[str, ...]:
    """Return the time options for the last 15 minutes of the demo's incident "firewall drops".

    The latest occurrence of the incident that is over is used.
    """
    (incident,) = (one for one in INCIDENTS if one.name == "firewall drops")
    recurrence = incident.recurrence
    end = recurrence.last_beginning(time.time() - recurrence.lasting) + recurrence.lasting
    return "--from", str(end - 900), "--to", str(end)


def test_the_cost_comes_first_and_then_the_values(url: str) -> None:
    done = explain(url, "--metric", "tcp_timeouts", "--yes", *while_the_firewall_drops())

    cost, sentence, *_ = done.stderr.splitlines()
    assert done.returncode == 0
    assert cost.startswith("cnm-tui: 8 to 15 requests (how many are left is not known), by client_service, ")
    assert "network.server.port:8443" in sentence
    assert done.stdout.splitlines()[0].split() == ["LIFT", "SHARE", "OF", "BASE", "VALUE"]
    assert "network.server.port:8443" in done.stdout.splitlines()[1]


def test_as_json_it_is_one_object_for_programs(url: str) -> None:
    fields = ("--fields", "network.server.port,server_service")
    done = explain(url, "--metric", "tcp_timeouts", *fields, "--yes", "-f", "json", *while_the_firewall_drops())

    said = json.loads(done.stdout)
    (term,) = said["values"][0]["terms"]
    assert term == {"field": "network.server.port", "value": "8443"}
    assert said["values"][0]["lift"] >= said["values"][0]["lift_at_least"] > 1.5
    assert said["fields"] == ["network.server.port", "server_service"]
    assert (said["metric"], said["scope"], said["finished"]) == ("tcp_timeouts", "question", True)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--metric", "tcp_timeouts"], 2, "Nobody is there to confirm these requests. Add --yes, as scripts do."),
        (["--metric", "bytes", "--yes"], 2, "is no metric of which more is worse"),
        (["--metric", "tcp_timeouts", "--fields", "", "--yes"], 2, "--fields names no field."),
        (["--metric", "tcp_timeouts", "--last", "0m", "--yes"], 2, ""),
        (["--yes"], 2, "Missing option '--metric'"),
    ],
    ids=["no --yes", "no trouble", "no field", "no time", "no metric"],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    url: str, arguments: list[str], code: int, sentence: str
) -> None:
    done = explain(url, *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr


def test_an_unreachable_service_fails_as_query_does() -> None:
    done = explain("http://127.0.0.1:9", "--metric", "tcp_timeouts", "--yes")

    assert done.returncode == run("query", "--api-url", "http://127.0.0.1:9").returncode == 1
