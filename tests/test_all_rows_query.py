"""Test that `query --all` prints more rows than one answer can contain, and reports missing rows."""

import json
from collections.abc import Iterator

import pytest

from tests.program import Done, demo_url, run
from tests.wide_server import serving
from tests.wide_world import FIELDS, WideWorld

pytestmark = pytest.mark.slow

PODS = ("-g", "client_pod_name,server_pod_name", "--from", "now-2h", "--to", "now-1h")
COST = "cnm-tui: asks for all rows: 1 request if one answer has them, else in parts, at most 40 requests."


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_url("--rate-limit", "100000/60") as url:
        yield url


def ask(url: str, *arguments: str) -> Done:
    return run("query", "--api-url", url, *arguments)


def test_all_rows_are_more_than_one_answer_has_and_each_comes_once(url: str) -> None:
    done = ask(url, "--all", *PODS)
    ids = [json.loads(line)["id"] for line in done.stdout.splitlines()]
    (whole,) = map(json.loads, ask(url, "-g", "", *PODS[2:]).stdout.splitlines())
    sent = sum(json.loads(line)["bytes_sent_by_client"] for line in done.stdout.splitlines())

    assert (done.returncode, done.stderr.splitlines()) == (0, [COST])
    assert len(ids) == len(set(ids)) > 15_000
    assert sent == whole["bytes_sent_by_client"]


def test_what_is_still_cut_is_said_in_all_formats(url: str) -> None:
    done = ask(url, "--all", "--max-requests", "4", "-f", "json", *PODS)

    said = json.loads(done.stdout)
    assert said["cut_at_the_limit"]
    assert len(said["connections"]) > 7_500
    assert "parts are still cut: narrow the query, or raise --max-requests." in done.stderr


def test_one_answer_is_enough_for_few_rows(url: str) -> None:
    done = ask(url, "--all", "-f", "json")

    assert not json.loads(done.stdout)["cut_at_the_limit"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--max-requests", "5"], "--max-requests is for it only"),
        (["--all", "--max-requests", "1"], "--max-requests takes a number from 2 to 1,000."),
        (["--all", "--timeline", "1h"], "without --timeline, --record and --from-file"),
    ],
)
def test_options_that_do_not_go_together_are_refused(url: str, arguments: list[str], sentence: str) -> None:
    done = ask(url, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


def test_a_hundred_thousand_rows_come_whole_over_http() -> None:
    world = WideWorld(100_000, seed=4)
    with serving(world) as url:
        done = ask(url, "--all", "-g", ",".join(FIELDS), "-f", "jsonl")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    found = {tuple(tuple(row["group_bys"][field]) for field in FIELDS) for row in rows}
    assert (done.returncode, done.stderr) == (0, f"{COST}\n")
    assert len(rows) == len(world.rows)
    assert found == {tuple(values or ("N/A",) for values in row) for row in world.rows}
    assert sum(row["bytes_sent_by_client"] for row in rows) == sum(world.sent)
    assert len(world.asked) <= 40
