"""Test network health insights. Each insight is described in one sentence, and the most severe insight comes
first.

Insights of an unknown kind must not be dropped.
"""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER
from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.core.export.insights import written
from cnm_tui.core.insights.insight import Insight, Insights, insight_of, insights_in, query_about, sentence
from cnm_tui.core.query import DEFAULT_TIME_RANGE
from cnm_tui.core.time.time_range import Window

WINDOW = Window(1_790_000_100, 1_790_001_000)
EXPIRING: dict[str, Any] = {
    "type": "tls-cert",
    "failure_type": "expiring_soon",
    "domain_name": "shop.example",
    "days_until_expiration": 3,
    "client_service": "web",
    "server_service": "shop",
}
TIMED_OUT: dict[str, Any] = {
    "type": "dns",
    "failure_type": "timeout",
    "client_service": "web",
    "dns_query": "api.example",
    "dns_server": "10.0.0.2",
    "failure_magnitude": 1_234,
    "failure_rate": 12.34,
    "total_requests": 10_000,
}


def of(**attributes: Any) -> Insight:
    """Return the network health insight with these attributes."""
    found = insight_of({"id": "one", "type": "network-health-insights", "attributes": attributes})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        (EXPIRING, "The certificate of shop.example expires in 3 days (web → shop)."),
        (EXPIRING | {"days_until_expiration": 1}, "The certificate of shop.example expires in 1 day (web → shop)."),
        (EXPIRING | {"days_until_expiration": 0}, "The certificate of shop.example expires today (web → shop)."),
        (EXPIRING | {"days_until_expiration": -2}, "The certificate of shop.example expired 2 days ago (web → shop)."),
        (
            {"type": "tls-cert", "failure_type": "expired", "certificate_id": "arn:x"},
            "The certificate of arn:x has expired.",
        ),
        (
            EXPIRING | {"days_until_expiration": 0, "failure_type": "expired"},
            "The certificate of shop.example expired today (web → shop).",
        ),
        ({"type": "tls-cert"}, "A certificate is not well."),
        ({"type": "tls-cert", "days_until_expiration": float("inf")}, "A certificate is not well."),
        (TIMED_OUT, "12.3 % of DNS requests from web for api.example to 10.0.0.2 get no answer (1,234 of 10,000)."),
        (
            TIMED_OUT | {"failure_type": "nxdomain", "client_service": "N/A"},
            "12.3 % of DNS requests for api.example to 10.0.0.2 ask for a name that does not exist (1,234 of 10,000).",
        ),
        ({"type": "dns", "failure_type": "new_kind"}, "Some DNS requests fail (new_kind)."),
        (
            {"type": "tcp", "client_service": "web", "server_service": "store", "failure_rate": 7},
            "7 % of connections from web to store fail.",
        ),
        (
            {"type": "security-group", "failure_type": "denied", "client_service": "web", "failure_magnitude": 5},
            "Some connections from web are denied by a security group (5).",
        ),
        (
            {"type": "bgp", "failure_type": "flapping", "client_service": "web", "peer": "x"},
            "An insight that this version does not know: bgp flapping, web. Also: peer x.",
        ),
        ({}, "An insight that this version does not know: no type."),
        (TIMED_OUT | {"new": [1, {"a": 2}]}, None),
    ],
)
def test_each_insight_is_one_sentence(attributes: dict[str, Any], said: str | None) -> None:
    told = sentence(of(**attributes))

    assert told == said if said is not None else told.endswith('Also: new [1, {"a": 2}].')


@pytest.mark.parametrize(
    ("attributes", "severity"),
    [
        (EXPIRING | {"days_until_expiration": -9}, "critical"),
        (EXPIRING, "critical"),
        (EXPIRING | {"days_until_expiration": 8}, "warning"),
        (EXPIRING | {"days_until_expiration": 31}, "note"),
        ({"type": "tls-cert", "failure_type": "expired"}, "critical"),
        (TIMED_OUT, "critical"),
        (TIMED_OUT | {"failure_rate": 1}, "warning"),
        (TIMED_OUT | {"failure_rate": 0.5}, "note"),
        (TIMED_OUT | {"failure_type": "nxdomain"}, "note"),
        (TIMED_OUT | {"failure_type": "nxdomain", "failure_rate": 80}, "warning"),
        ({"type": "tcp"}, "warning"),
        ({"type": "bgp", "failure_rate": 100}, "note"),
    ],
)
def test_how_bad_it_is_follows_the_limits_of_rows(attributes: dict[str, Any], severity: str) -> None:
    assert of(**attributes).severity.word == severity


def document(*attributes: Any) -> Any:
    """Return the JSON of an API response with one insight for each of these attribute dictionaries."""
    return {"data": [{"id": str(at), "type": "x", "attributes": one} for at, one in enumerate(attributes)]}


def test_the_worst_comes_first_then_certificates_by_their_end_then_what_fails_most() -> None:
    found = insights_in(
        document(
            TIMED_OUT | {"failure_rate": 1},
            EXPIRING,
            TIMED_OUT,
            EXPIRING | {"days_until_expiration": -1},
            {"type": "bgp"},
            TIMED_OUT | {"failure_magnitude": 9_999},
        ),
        WINDOW,
    )

    assert found is not None
    assert [one.id for one in found.found] == ["3", "1", "5", "2", "0", "4"]
    assert found.summary == "6 insights · 4 critical · 1 warning"


def test_the_rows_of_a_dns_insight_are_dns_of_that_client_and_name() -> None:
    query = query_about(of(**TIMED_OUT), DEFAULT_TIME_RANGE)

    assert query is not None
    assert (query.endpoint.name, query.search) == (
        "dns",
        f"client_service:web AND {DNS_QUERY}:api.example AND {DNS_SERVER}:10.0.0.2",
    )


@pytest.mark.parametrize(
    ("attributes", "search"),
    [
        (EXPIRING, "client_service:web AND server_service:shop"),
        (EXPIRING | {"server_service": "N/A"}, "client_service:web AND server_domain:shop.example"),
        (EXPIRING | {"server_service": "", "domain_name": "*.shop.example"}, "client_service:web"),
        ({"type": "bgp", "server_service": "a b"}, 'server_service:"a b"'),
    ],
)
def test_the_rows_of_any_other_insight_are_connections_of_that_pair(attributes: dict[str, Any], search: str) -> None:
    query = query_about(of(**attributes), DEFAULT_TIME_RANGE)

    assert query is not None
    assert (query.endpoint, query.search) == (CONNECTIONS, search)


def test_an_insight_without_ends_has_no_rows() -> None:
    assert query_about(of(type="tcp", client_service="N/A"), DEFAULT_TIME_RANGE) is None


@pytest.mark.parametrize("odd", [None, [], {}, {"data": 3}, {"data": {}}, {"errors": []}, "x", {"data": [1] * 10_001}])
def test_what_is_no_list_of_insights_is_none(odd: Any) -> None:
    assert insights_in(odd, WINDOW) is None


def test_unreadable_entries_are_counted() -> None:
    found = insights_in({"data": [3, None, {}, {"attributes": None}, {"attributes": {}}]}, WINDOW)

    assert found is not None
    assert (len(found.found), found.unreadable) == (1, 4)
    assert insights_in({"data": None}, WINDOW) == Insights(WINDOW, ())


HOSTILE = {"type": "dns\x1b[31m", "client_service": "=cmd|'/c calc'!A1", "domain_name": "\x1b]52;c;x\x07", "@new": "+1"}


@pytest.mark.parametrize("format_name", FORMATS)
def test_hostile_texts_act_nowhere(format_name: str) -> None:
    found = insights_in(document(HOSTILE, EXPIRING), WINDOW)
    assert found is not None

    text = "\n".join(written(found, format_name, "F"))

    assert "\x1b" not in text
    if format_name == "csv":
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]
        assert "'@new" in cells
    if format_name in ("json", "jsonl"):
        whole = (
            json.loads(text)
            if format_name == "json"
            else {"insights": [json.loads(line) for line in text.splitlines()]}
        )
        assert {"@new": "+1"}.items() <= whole["insights"][1]["attributes"].items()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["type", "failure_type", "days_until_expiration", "failure_rate", "client_service", "traffic_volume", "x"]
)


@given(st.lists(st.dictionaries(names, json_values | st.sampled_from(["dns", "tls-cert", "tcp"])), max_size=4))
def test_of_any_attributes_something_can_be_said_and_written(attributes: list[dict[str, Any]]) -> None:
    found = insights_in(document(*attributes), WINDOW)

    assert found is not None
    for one in found.found:
        assert sentence(one).endswith(".")
        query_about(one, DEFAULT_TIME_RANGE)
    for format_name in FORMATS:
        assert list(written(found, format_name, "F")) or not attributes


def test_json_and_markdown_say_of_which_window_in_iso_8601_beside_epoch_seconds() -> None:
    found = insights_in(document({"type": "dns"}), Window(1_700_000_100, 1_700_001_000))
    assert found is not None

    window = json.loads("\n".join(written(found, "json", "F")))["window"]
    markdown = "\n".join(written(found, "markdown", "F"))

    assert (window["from"], window["from_epoch_seconds"]) == ("2023-11-14T22:15:00Z", 1_700_000_100)
    assert (window["to_epoch_seconds"], window["seconds"]) == (1_700_001_000, 900)
    assert "- window: 2023-11-14T22:15:00Z to 2023-11-14T22:30:00Z (15 min)" in markdown
