"""Measure the time from the start of cnm-tui to the first frame, to the rows, and to the output of `query`."""

import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from tests.api.decoded import decoded
from tests.bench.answers import GROUP_BYS, answer
from tests.bench.figures import Figure, faster, middle, ratio
from tests.bench.programs import A_ROW, ROWS, explorer, module, seconds_of, server
from tests.program import PROGRAM

_STARTS: Final = 7
_QUERY: Final = [PROGRAM, "query", "-f", "jsonl", "-g", ",".join(GROUP_BYS), "-n", str(ROWS), "--api-url"]


def start() -> Iterator[Figure]:
    """Measure the time from the start of cnm-tui to the first frame and to the rows, compared with a minimal
    Textual app.
    """
    hello, frame, rows = [], [], []
    with server() as answering:
        for _ in range(_STARTS + 1):
            with module("tests.bench.floor_app") as terminal:
                hello.append(terminal.wait_for("hello"))
            with explorer(answering.url) as terminal:
                frame.append(terminal.wait_for("client_service"))
                rows.append(terminal.wait_for(A_ROW))
    # The first of each fills the caches of the system.
    floor = middle(hello[1:])
    yield ratio("start to first frame, against hello world", middle(frame[1:]), floor, 1.25)
    yield ratio("start to 7,500 rows, against hello world", middle(rows[1:]), floor, 2.2)


def command_line() -> Iterator[Figure]:
    """Measure `query` in comparison with Datadog's official client, and decoding in comparison with plain msgspec."""
    official = [sys.executable, "-m", "tests.bench.official"]
    with server() as answering:
        ours = middle([seconds_of(_QUERY, answering.url) for _ in range(5)])
        theirs = middle([seconds_of(official, answering.url) for _ in range(3)])
    yield faster("query -f jsonl, against the official client", ours, theirs, 6)
    body = answer(ROWS)
    typed = msgspec.json.Decoder(_typed_reply())
    floor = _best(lambda: typed.decode(body))
    ours = _best(lambda: decoded(body, GROUP_BYS, keeps_json=False))
    yield ratio("decoding 7,500 rows, against msgspec typed", ours, floor, 2.0)


def _typed_reply() -> Any:
    """Return the type that msgspec needs to decode the response without any code of this project."""
    attributes = json.loads(answer(1))["data"][0]["attributes"]
    groups = msgspec.defstruct("Groups", [(key, list[str]) for key in GROUP_BYS], gc=False)
    figures: list[tuple[str, Any]] = [(key, int | float | None) for key in attributes if key != "group_bys"]
    row = msgspec.defstruct("Row", [("group_bys", groups), *figures], gc=False)
    entry = msgspec.defstruct("Entry", [("id", str), ("attributes", row)], gc=False)
    return msgspec.defstruct("Reply", [("data", list[entry])])  # type: ignore[valid-type]  # made at run time


def _best(decode: Callable[[], object]) -> float:
    """Return the shortest duration of many runs of the function, in seconds. Other processes can only make a run
    slower.

    Garbage collection is switched off, because `query` never uses it and the screen does not use it for the first
    answers.
    """
    times = []
    gc.disable()
    for _ in range(15):
        started = time.perf_counter()
        decode()
        times.append(time.perf_counter() - started)
    gc.enable()
    return min(times)
