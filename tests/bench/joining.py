"""Measure how API answers are added to a timeline as its parts: `python -m tests.bench.joining ROWS`.

The script prints one JSON object. It contains the memory of 288 parts of the timeline. For 48 parts it also
contains the time to add them, and the times for which the event loop was blocked.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.plan import MOST_PARTS
from cnm_tui.core.timeline.timeline import Timeline, empty_timeline
from tests.api.decoded import decoded
from tests.bench.answers import GROUP_BYS, answer
from tests.bench.stalls import longest_tick

_BUCKET: Final = 300
_MEASURED: Final = 48
_TURNS: Final = 6
_SPIN_SECONDS: Final = 0.02

_Result = TypeVar("_Result")


async def measured(rows: int) -> dict[str, Any]:
    """Return all measurements as a dictionary from name to number or list of numbers."""
    query = Query(GROUP_BYS, limit=7_500)
    answers = [decoded(answer(rows, turn=turn), GROUP_BYS, keeps_json=False).connections for turn in range(_TURNS)]
    windows = [Window(number * _BUCKET, (number + 1) * _BUCKET) for number in range(MOST_PARTS)]
    gc.collect()
    before, timeline = psutil.Process().memory_info().rss, empty_timeline(query, windows)
    joins: list[float] = []
    stalls: list[float] = []
    onsets = onset_stall = 0.0
    for number, window in enumerate(windows):
        snapshot = Snapshot(query, window, window.end, answers[number % _TURNS], unreadable=0)
        timeline, seconds, stall = await _beside_a_clock(partial(timeline.joined, window, snapshot))
        if number < _MEASURED:
            joins.append(seconds)
            stalls.append(stall)
        if number == _MEASURED - 1:
            _, onsets, onset_stall = await _beside_a_clock(partial(_onsets_of_first, timeline))
    spins = [(await _beside_a_clock(_spin))[2] for _ in range(_MEASURED)]
    gc.collect()
    return {
        "rss_bytes": psutil.Process().memory_info().rss - before,
        "join_seconds": joins,
        "stall_seconds": stalls,
        "spin_stall_seconds": spins,
        "onset_seconds": onsets,
        "onset_stall_seconds": onset_stall,
    }


def _onsets_of_first(timeline: Timeline) -> int:
    return len(timeline.moved(timeline.windows[:_MEASURED]).onsets)


async def _beside_a_clock(work: Callable[[], _Result]) -> tuple[_Result, float, float]:
    """Run a function in a thread, and measure at the same time how long the event loop is blocked.

    Returns:
        A tuple of three items: the result of the function, the processor time of the thread, and the longest
        block of the event loop. The times are in seconds.
    """

    def timed() -> tuple[_Result, float]:
        started = time.thread_time()
        return work(), time.thread_time() - started

    clock = asyncio.create_task(longest_tick())
    await asyncio.sleep(0)
    result, seconds = await asyncio.to_thread(timed)
    clock.cancel()
    return result, seconds, await clock


def _spin() -> None:
    """Keep a thread busy in plain Python. Any busy thread blocks the event loop at least as much as this one."""
    ends = time.thread_time() + _SPIN_SECONDS
    while time.thread_time() < ends:
        pass


if __name__ == "__main__":
    # As the screen does.
    sys.setswitchinterval(0.001)
    print(json.dumps(asyncio.run(measured(int(sys.argv[1])))))
