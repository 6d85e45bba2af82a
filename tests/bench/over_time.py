"""Measure timelines: their memory, the time to add a part, and the screen with 48 parts of 7,500 rows."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.bench.figures import Figure, at_most, for_orientation, middle, ms, p95, ratio
from tests.bench.programs import GRID_ROWS, ROWS, explorer_with_rows, server
from tests.pty.terminal import Terminal

_REPOSITORY: Final = Path(__file__).parents[2]
_TURNS: Final = 8
_PRESSES: Final = 40
_IDLE_SECONDS: Final = 20.0
_SPAN: Final = "4h in 48"


def over_time() -> Iterator[Figure]:
    """Measure the memory of a timeline, the time to add its parts, and key presses on a screen with a timeline."""
    joined = _joined()
    yield at_most("memory of 288 parts of 7,500 rows, over the start", joined["rss_bytes"] / 1e6, 250, "MB")
    yield at_most(
        "joining a part beside the event loop, processor time", middle(joined["join_seconds"]) * 1e3, 30, "ms"
    )
    # A busy machine stalls the event loop by itself: beside it, a thread that only counts.
    floor = ms(max(joined["spin_stall_seconds"]))
    stall, of_onsets = max(joined["stall_seconds"]), joined["onset_stall_seconds"]
    yield replace(at_most("longest stall of the event loop while 48 parts join", stall * 1e3, 16, "ms"), floor=floor)
    yield for_orientation("the onsets of 48 parts of 7,500 rows, in a thread", ms(joined["onset_seconds"]))
    yield replace(at_most("longest stall while onsets are found", of_onsets * 1e3, 16, "ms"), floor=floor)
    with server(turns=_TURNS) as answering:
        with explorer_with_rows(answering.url, "--refresh", "off") as terminal:
            without = [press.first_seconds for press in terminal.key_latency("down", _PRESSES)]
        with explorer_with_rows(answering.url, "--refresh", "off", "--timeline", _SPAN) as terminal:
            _wait_for_parts(terminal)
            down = [press.first_seconds for press in terminal.key_latency("down", _PRESSES)]
            yield ratio("key down with 48 parts of 7,500 rows, against none", middle(down), middle(without), 1.2)
            yield for_orientation("the same, 95th percentile", ms(p95(down)), ms(p95(without)))
            yield at_most("sort by BEGAN, key to painted", middle(_sorted_by_beginning(terminal)) * 1000, 100, "ms")
            # After a minute the title begins to count the age of the rows.
            terminal.press("r")
            terminal.wait_quiet(8.0)
            before = terminal.mark().written
            time.sleep(_IDLE_SECONDS)
            yield at_most("an idle timeline for 20 s: bytes", terminal.mark().written - before, 0, "B")


def _joined() -> dict[str, Any]:
    """Run the script `tests.bench.joining` in a separate process, and return its measurements."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.joining", str(ROWS)],
        cwd=_REPOSITORY,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _wait_for_parts(terminal: Terminal) -> None:
    """Wait until all 48 parts of the timeline have arrived, and the message about them has disappeared."""
    terminal.wait_until(lambda: "Timeline of 4 h: 48 parts" in " ".join(terminal.text().split()), 180)
    terminal.wait_quiet(8.0)


def _sorted_by_beginning(terminal: Terminal) -> list[float]:
    """Sort by the column "beginning" several times, and return the duration of each sort in seconds.

    Between these sorts, the rows are sorted by the first metric.
    """
    presses = []
    for _ in range(10):
        presses += terminal.key_latency("B", rows=GRID_ROWS)
        terminal.press("right", "s")
        terminal.wait_quiet(0.5)
    return [press.settled_seconds for press in presses]
