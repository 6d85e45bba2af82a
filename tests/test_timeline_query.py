"""Test that `query --timeline` requests each part of the timeline, obeys the rate limit, and writes all received
parts.
"""

import asyncio
import json
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.scripted_server import Script, ScriptedServer, reply, serving
from tests.program import Done, demo_url, run

pytestmark = pytest.mark.slow

BUCKET = 300
END = (int(time.time()) // BUCKET - 2) * BUCKET
SPAN = f"{END - 3 * BUCKET} to {END}"
"""Three closed parts."""
GOOD = reply()
FAILED = reply(b'{"errors":["Internal"]}', status="500 Internal Server Error")
LIMITED = reply(b'{"errors":["slow down"]}', "X-RateLimit-Reset: 1", status="429 Too Many Requests")
REFUSED = reply(b'{"errors":["Bad limit"]}', status="400 Bad Request")


async def asked(*replies: bytes | Script | None, options: tuple[str, ...] = ()) -> tuple[Done, ScriptedServer]:
    """Run `query --timeline` with a server that sends these replies.

    Return the output of cnm-tui, and the server.
    """
    async with serving(*replies) as server:
        url = f"http://127.0.0.1:{server.port}"
        done = await asyncio.to_thread(
            run, "query", "--api-url", url, "-g", "client_service", "--timeline", SPAN, "-f", "jsonl", *options
        )
        return done, server


def windows_of(server: ScriptedServer) -> list[tuple[int, int]]:
    """Return the start and end of each requested time window in epoch seconds, in the order of the requests."""
    parameters = [parse_qs(urlsplit(heard.split()[1]).query) for heard in server.heard]
    return [(int(one["from"][0]), int(one["to"][0])) for one in parameters if "from" in one]


def states(done: Done) -> list[str]:
    return [json.loads(line)["state"] for line in done.stdout.splitlines()]


async def test_parts_are_asked_newest_first_over_one_connection_and_the_cost_is_told_before() -> None:
    done, server = await asked(GOOD, GOOD, GOOD)

    assert done.returncode == 0
    assert windows_of(server) == [(END - (n + 1) * BUCKET, END - n * BUCKET) for n in range(3)]
    assert server.connections == 1
    assert states(done) == ["complete"] * 3
    assert done.stderr.splitlines()[0] == "cnm-tui: 3 requests; about 2 s."
    assert "\x1b" not in done.stderr


async def test_the_rate_limit_is_obeyed_and_told() -> None:
    begun = time.monotonic()

    done, server = await asked(GOOD, LIMITED, GOOD, GOOD)

    assert (done.returncode, states(done)) == (0, ["complete"] * 3)
    assert len(windows_of(server)) == 4
    assert time.monotonic() - begun >= 1
    assert "The rate limit allows the next request in 1 s; waiting." in done.stderr


async def test_a_part_that_fails_is_a_gap_with_its_reason_on_stderr() -> None:
    done, _ = await asked(GOOD, FAILED, GOOD)

    assert (done.returncode, states(done)) == (0, ["complete", "gap", "complete"])
    assert "1 part without an answer, of which nothing is known." in done.stderr
    assert "500" in done.stderr


@pytest.mark.parametrize(
    ("replies", "code", "asked_for"), [((REFUSED,), 2, 1), ((FAILED,) * 3, 1, 3)], ids=["refused", "nothing at all"]
)
async def test_without_any_part_it_fails_as_a_query_does(replies: tuple[bytes, ...], code: int, asked_for: int) -> None:
    done, server = await asked(*replies)

    assert (done.returncode, done.stdout) == (code, "")
    assert len(windows_of(server)) == asked_for


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--timeline", "whenever"), "is not a time"),
        (("--timeline", "4h", "--parts", "289"), "289"),
        (("--timeline", "4h", "-f", "dot"), "A timeline is not written as dot."),
        (("--timeline", "4h", "--diagnose"), "--diagnose judges one answer"),
        (("--timeline", "4h", "--sort", "trend"), "The column trend exists only on the screen."),
        (("--sort", "began"), "The column began exists only on the screen."),
        (("--parts", "3"), "are for a timeline"),
        (("--onset",), "are for a timeline"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(arguments: tuple[str, ...], reason: str) -> None:
    done = run("query", "--api-url", "http://127.0.0.1:9", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr


def test_of_the_demo_each_row_has_all_its_parts() -> None:
    with demo_url("--rate-limit", "100000/60") as url:
        done = run("query", "--api-url", url, "--timeline", "2h", "--parts", "8", "-f", "jsonl", "--onset")

    records = [json.loads(line) for line in done.stdout.splitlines()]
    rows = {record["id"] for record in records}
    assert done.returncode == 0
    assert len(records) == 8 * len(rows) > 800
    assert {record["state"] for record in records} <= {"complete", "open"}
    assert all(record["onset.from"] is None or record["onset.metric"] for record in records)


def test_rows_can_be_sorted_by_their_beginning() -> None:
    with demo_url("--rate-limit", "100000/60") as url:
        done = run(
            "query",
            "--api-url",
            url,
            "--timeline",
            "24h",
            "--onset",
            "--sort",
            "began",
            "-f",
            "jsonl",
            "--limit",
            "7500",
        )

    begun = [json.loads(line)["onset.from"] for line in done.stdout.splitlines()]
    known = [one for one in begun if one is not None]
    assert done.returncode == 0
    assert known
    assert known == sorted(known, reverse=True)
    assert begun[: len(known)] == known


async def test_answers_are_recorded_and_answer_again(tmp_path: Path) -> None:
    path = f"{tmp_path}/parts.cnm"
    done, _ = await asked(GOOD, GOOD, GOOD, options=("--record", path))

    again = run("query", "--from-file", path, "--timeline", SPAN, "-f", "jsonl")

    assert done.returncode == 0
    assert again.returncode == 0
    assert again.stdout == done.stdout
