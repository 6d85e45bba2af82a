"""Test recordings of DNS data. They can be queried, reported, redacted and exported like recordings of
connections.
"""

import json
from pathlib import Path

import pytest

from tests.program import demo_url, run

pytestmark = pytest.mark.slow
ASKED = ("-g", "client_service,server_dns_server")


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a recording that contains one answer with DNS data."""
    path = tmp_path_factory.mktemp("recorded") / "dns.cnm"
    with demo_url() as url:
        done = run("record", "--api-url", url, "--dns", *ASKED, "-o", str(path), "--once")
    assert done.returncode == 0, done.stderr
    return path


def test_without_a_question_its_own_is_answered_the_largest_first(recording: Path) -> None:
    done = run("query", "--from-file", str(recording), "-f", "jsonl")

    requests = [json.loads(line)["dns_total_requests"] for line in done.stdout.splitlines()]
    assert len(requests) > 100
    assert requests == sorted(requests, reverse=True)


def test_options_are_read_with_its_figures(recording: Path) -> None:
    shown = ("--filter", "timeouts%>1%", "--sort", "timeouts%", "--top", "1")
    done = run("query", "--from-file", str(recording), *shown)
    refused = run("query", "--from-file", str(recording), "--filter", "rtt>1ms")

    assert json.loads(done.stdout)["dns_timeout_share"] > 0.01
    assert (refused.returncode, "'rtt' in 'rtt>1ms' is no figure" in refused.stderr) == (2, True)


def test_a_report_of_it_speaks_of_dns(recording: Path, tmp_path: Path) -> None:
    done = run("report", str(recording), "-o", str(tmp_path / "report.md"))
    page = (tmp_path / "report.md").read_text()

    assert done.returncode == 0
    assert page.startswith("# DNS requests: ")
    assert "sorted: dns\\_total\\_requests:desc" in page
    assert "--dns" in page
    assert "unit not documented" in page
    assert "connection" not in page


def test_a_copy_with_aliases_has_the_same_figures(recording: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.cnm"
    run("redact", str(recording), str(copy))

    first, second = (
        [json.loads(line) for line in run("query", "--from-file", str(path)).stdout.splitlines()]
        for path in (recording, copy)
    )

    groups = ("id", "group_bys")
    figures = [[{key: row[key] for key in row if key not in groups} for row in rows] for rows in (first, second)]
    assert figures[0] == figures[1]
    assert {row["group_bys"]["server_dns_server"][0].partition("-")[0] for row in second} == {"dns"}
    assert "coredns" not in json.dumps(second)


def test_it_is_exported_into_a_folder_of_its_own(recording: Path, tmp_path: Path) -> None:
    done = run("export", str(recording), "--parquet", str(tmp_path / "folder"))

    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["dns"]


def test_a_written_answer_is_redacted_as_one_of_connections(recording: Path, tmp_path: Path) -> None:
    clear, shared = tmp_path / "dns.json", tmp_path / "shared.json"
    run("query", "--from-file", str(recording), "-o", str(clear))
    done = run("redact", str(clear), str(shared))

    first, second = json.loads(clear.read_text()), json.loads(shared.read_text())
    assert (done.returncode, second["endpoint"], len(second["dns"])) == (0, "dns", len(first["dns"]))
    assert "coredns" not in shared.read_text()
    assert [row["dns_timeouts"] for row in second["dns"]] == [row["dns_timeouts"] for row in first["dns"]]
