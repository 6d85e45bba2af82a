"""Test that network health insights are stored in recordings and replayed, and that names in them become
aliases.
"""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datadog_api_client.v2.model.network_health_insight_failure_type import NetworkHealthInsightFailureType

from cnm_tui.core.aliases.aliases import Aliases
from cnm_tui.core.aliases.redacting import RedactedSource, Redacting
from cnm_tui.core.errors import InvalidQuery, NotRecorded, ReplyNotJson
from cnm_tui.core.export.insights import written
from cnm_tui.core.export.redacted_export import redacted_export
from cnm_tui.core.insights.insight import FAILURE_TYPES, FIELDS, insights_in
from cnm_tui.core.service import INSIGHTS_PATH, Exchange
from cnm_tui.core.time.time_range import Window
from cnm_tui.replay import ReplaySource
from cnm_tui.store.recording import Recording
from tests.builders import MOMENT, FakeSource
from tests.program import demo_url, run
from tests.recordings import a_recording, an_exchange

KEY = bytes(range(32))
NUMBERS = ("failure_magnitude", "failure_rate", "total_requests", "days_until_expiration")
OTHERS = {"type": "tls-cert", "failure_type": "expired", "traffic_volume": {"total_traffic": 7}}
SECRETS = {name: f"secret-{name}" for name in FIELDS if name not in (*NUMBERS, *OTHERS)}


def an_insight(**attributes: Any) -> dict[str, Any]:
    return {"id": "secret-id", "type": "network-health-insights", "attributes": attributes}


def insights_of(*entries: Any, at: float = MOMENT, seconds: int = 900, status: int = 200) -> Exchange:
    """Return the record of a request for insights that was sent at the time `at`, together with its reply."""
    body = json.dumps({"data": list(entries)}).encode()
    return Exchange(None, Window(int(at) - seconds, int(at)), at, at + 0.5, status, {}, body)


def kinds(found: Any) -> list[str]:
    return [one.kind for one in found.found]


async def test_a_replay_shows_the_insights_asked_for_nearest_to_its_moment(tmp_path: Path) -> None:
    path = a_recording(
        tmp_path / "a.cnm",
        an_exchange(),
        insights_of(an_insight(type="tcp"), at=MOMENT + 20),
        insights_of(an_insight(type="dns"), at=MOMENT + 3_600),
        insights_of(status=403, at=MOMENT + 3_601),
        insights_of(an_insight(type="bgp"), at=MOMENT, seconds=3_600),
    )
    source = ReplaySource(path)
    window = Window(int(MOMENT) - 900, int(MOMENT))

    first = await source.insights(window)
    source.moment = MOMENT + 3_500
    later = await source.insights(window)

    assert (kinds(first), first.window) == (["tcp"], Window(int(MOMENT) - 880, int(MOMENT) + 20))
    assert kinds(later) == ["dns"]
    with pytest.raises(NotRecorded, match="no network health insights of 60 s"):
        await source.insights(Window(0, 60))
    # They are no answers with rows.
    assert len(source.answers) == len(source.answers.questions) == 1
    assert [one.endpoint for one in source.answers.insights] == [INSIGHTS_PATH] * 4


async def test_a_recording_without_insights_or_with_damaged_ones_says_so(tmp_path: Path) -> None:
    without = ReplaySource(a_recording(tmp_path / "a.cnm", an_exchange()))
    damaged = ReplaySource(a_recording(tmp_path / "b.cnm", an_exchange(), insights_of()._replace(body=b'{"data":3}')))
    window = Window(0, 900)

    with pytest.raises(NotRecorded, match="holds no network health insights"):
        await without.insights(window)
    with pytest.raises(ReplyNotJson):
        await damaged.insights(window)


def test_no_field_of_an_insight_stays_but_figures_and_types() -> None:
    entry = an_insight(**SECRETS, **OTHERS, **dict.fromkeys(NUMBERS, 3), new={"a": ["secret-1", {"b": "secret-2"}]})
    odd = an_insight(type="dns", failure_type="secret-failure")

    redacted = Redacting(Aliases(KEY)).body(json.dumps({"data": [entry, odd, "secret-3"]}).encode())
    first, second, _ = json.loads(redacted)["data"]

    assert b"secret" not in redacted
    assert first["attributes"].keys() == {*FIELDS, "new"}
    assert {name: first["attributes"][name] for name in (*OTHERS, *NUMBERS)} == {**OTHERS, **dict.fromkeys(NUMBERS, 3)}
    assert first["attributes"]["client_service"].startswith("service-")
    assert second["attributes"]["type"] == "dns"


def test_the_failure_types_in_clear_are_those_of_the_official_client() -> None:
    assert set(NetworkHealthInsightFailureType.allowed_values) == FAILURE_TYPES


def test_rows_of_dns_keep_their_figures_and_fields() -> None:
    pairs = [{"key": "client_service", "value": "web"}, {"key": "network.dns_query", "value": "api.example"}]
    metrics = [{"key": "dns_total_requests", "value": 7}, {"key": "dns_timeouts", "value": None}]
    row = {
        "id": "client_service:web,network.dns_query:api.example",
        "type": "aggregated_dns",
        "attributes": {"group_bys": pairs, "metrics": metrics},
    }
    redacting = Redacting(Aliases(KEY))

    found = redacting.row(row)

    (client, name), attributes = [one["value"] for one in found["attributes"]["group_bys"]], found["attributes"]
    assert [one["key"] for one in attributes["group_bys"]] == ["client_service", "network.dns_query"]
    assert attributes["metrics"] == metrics
    assert (client.partition("-")[0], name.partition("-")[0]) == ("service", "domain")
    assert found["id"] == f"client_service:{client},network.dns_query:{name}"
    # The name that DNS was asked for is the domain of connections.
    assert redacting.aliases.of_field("server_domain", "api.example") == name


@pytest.mark.parametrize("odd", [3, None, [3], [{"key": 3, "value": "secret"}], "secret", {"a": "secret"}])
def test_malformed_rows_of_dns_let_nothing_through(odd: Any) -> None:
    row = {"id": "secret", "attributes": {"group_bys": odd, "metrics": odd}}

    assert "secret" not in json.dumps(Redacting(Aliases(KEY)).row(row))


async def test_a_source_without_insights_says_so_behind_aliases_too() -> None:
    with pytest.raises(InvalidQuery, match="no network health insights"):
        await RedactedSource(FakeSource(), Redacting(Aliases(KEY))).insights(Window(0, 900))


@pytest.mark.slow
def test_the_command_records_shows_again_and_redacts(tmp_path: Path) -> None:
    kept, shared = tmp_path / "kept.cnm", tmp_path / "shared.cnm"
    with demo_url() as url:
        asked = run("insights", "--api-url", url, "--record", str(kept), "-f", "csv")
        hidden = run("insights", "--api-url", url, "--redact", "-f", "csv")
    again = run("insights", "--from-file", str(kept), "-f", "csv")
    run("redact", str(kept), str(shared))
    redacted = run("insights", "--from-file", str(shared), "-f", "csv")
    other = run("insights", "--from-file", str(kept), "--last", "1h")

    assert (again.returncode, again.stdout) == (0, asked.stdout)
    assert asked.stdout.count("\n") == redacted.stdout.count("\n") > 3
    for name in ("shop.example", "bank-gateway", "edge-gateway", "coredns", "arn:aws"):
        assert name in asked.stdout
        assert name not in hidden.stdout + redacted.stdout
    assert "tls-cert,expir" in redacted.stdout
    assert (other.returncode, "Recorded are windows of 900 s." in other.stderr) == (1, True)
    with closing(Recording(shared)) as recording:
        assert [one.status for one in recording.answers.insights] == [200]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "a.dot"], 2, "Network health is not written as dot."),
        (["--from-file", "none.cnm", "--record", "b.cnm"], 2, "--from-file sends no request"),
        (["--from-file", "none.cnm"], 4, "There is no file"),
    ],
)
def test_the_command_refuses_as_query_does(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = run("insights", *(str(tmp_path / one) if "." in one else one for one in arguments))

    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.parametrize("format_name", ["json", "jsonl", "csv", "tsv"])
def test_written_insights_are_not_redacted_as_their_sentences_have_names(format_name: str) -> None:
    found = insights_in({"data": [an_insight(type="tcp", client_service="secret")]}, Window(0, 900))
    assert found is not None
    text = "\n".join(written(found, format_name, "F"))

    with pytest.raises(InvalidQuery, match="not redacted"):
        redacted_export(text, f".{format_name}", Redacting(Aliases(KEY)))
