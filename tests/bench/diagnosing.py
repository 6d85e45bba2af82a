"""Measure the time from an API response to the findings about its rows. Findings are suspected problems."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Final

from cnm_tui.core.connections import Connections
from cnm_tui.core.diagnosis.diagnosis import Diagnosis
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.findings.connection_rules import ZONES
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from tests.api.decoded import decoded
from tests.bench.answers import GROUP_BYS, answer
from tests.bench.figures import Figure, at_most, for_orientation, middle, ms
from tests.bench.programs import A_ROW, ROWS, Server, explorer, server

_WINDOW: Final = Window(0, 900)
_TIMES: Final = 15
_STARTS: Final = 7
_CRITICAL: Final = "▲▲"


def diagnosis() -> Iterator[Figure]:
    """Measure how long it takes to find the problems of 7,500 rows, once grouped by service and once by availability
    zone.

    With zones, the round-trip times of rows between the same two zones are also compared.
    """
    connections = decoded(answer(ROWS), GROUP_BYS, keeps_json=False).connections
    by_name = Snapshot(Query(GROUP_BYS, limit=ROWS), _WINDOW, 900, connections)
    yield at_most("diagnosing 7,500 rows", _shortest(lambda: Diagnosis(by_name)) * 1000, 40, "ms")
    zones = [tuple((f"zone-{at % 3 ** (1 + side)}",) for at in range(ROWS)) for side in range(2)]
    of_zones = Connections(connections.ids, zones, connections.counters, connections.raws, {})
    by_zone = Snapshot(Query(ZONES, limit=ROWS), _WINDOW, 900, of_zones)
    yield at_most("diagnosing 7,500 rows by zones", _shortest(lambda: Diagnosis(by_zone)) * 1000, 40, "ms")
    every = _shortest(lambda: [explained(by_name, at).evidence for at in range(ROWS)])
    yield for_orientation("the evidence of 7,500 rows, as JSON has it", ms(every))
    many = _of_many_rows()
    arranged = many["arrange_seconds"] * 1000
    yield at_most("arranging 100,000 rows by FINDING, 60 % ill, processor time", arranged, 300, "ms")
    yield at_most("memory with 100,000 rows, arranged twice", many["rss_bytes"] / 1e6, 400, "MB")
    with server() as answering:
        starts = [_first_painted(answering) for _ in range(_STARTS)]
    rows, findings = (middle(seconds) * 1000 for seconds in zip(*starts, strict=True))
    yield at_most("first answer's last byte to painted, by FINDING", rows, 60, "ms")
    yield for_orientation("first answer's last byte to the findings in sight", ms(findings / 1000))


def _of_many_rows() -> dict[str, float]:
    """Return the measurements of a process of its own with 100,000 rows."""
    program = [sys.executable, "-m", "tests.bench.many_rows"]
    done = subprocess.run(program, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _first_painted(answering: Server) -> tuple[float, float]:
    """Return the seconds until the first rows are displayed, and the seconds until their findings are displayed.

    Both times start at the last byte of the first answer.
    """
    with explorer(answering.url) as terminal:
        started = time.monotonic() - terminal.mark().seconds
        rows = terminal.wait_until(lambda: A_ROW in terminal.text())
        findings = terminal.wait_until(lambda: _CRITICAL in terminal.text())
        last_byte = answering.last_byte_at() - started
    return rows - last_byte, findings - last_byte


def _shortest(work: Callable[[], object]) -> float:
    """Run the function many times, and return its shortest processor time in seconds."""
    times = []
    for _ in range(_TIMES):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)
