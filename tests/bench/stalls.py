"""Measure how long each API answer blocks the event loop: `python -m tests.bench.stalls URL TIMES`.

The script prints a JSON list with one number for each answer. The number is the longest pause, in seconds, of
a clock that should tick every millisecond.
"""

import asyncio
import json
import sys
import time
from typing import Final

from cnm_tui.api.client import CnmClient
from cnm_tui.api.service import Service
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from tests.bench.answers import GROUP_BYS

_TICK_SECONDS: Final = 0.001


async def longest_stalls(url: str, times: int) -> list[float]:
    """Request and arrange answers in the same way as the screen. Return for each the longest block of the event
    loop.

    The times are in seconds.
    """
    exploration = Exploration(Query(GROUP_BYS, limit=7_500))
    client = CnmClient(Service(url, None), "bench")
    stalls: list[float] = []
    for _ in range(times):
        clock = asyncio.create_task(longest_tick())
        await asyncio.sleep(0)
        snapshot = await client.fetch(exploration.query)
        exploration = await asyncio.to_thread(exploration.received, snapshot)
        clock.cancel()
        stalls.append(await clock)
    await client.aclose()
    return stalls


async def longest_tick() -> float:
    """Tick every millisecond until cancelled, and return the longest delay of a tick in seconds."""
    longest, last = 0.0, time.monotonic()
    try:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            longest, last = max(longest, now - last - _TICK_SECONDS), now
    except asyncio.CancelledError:
        return longest


if __name__ == "__main__":
    # As the screen does.
    sys.setswitchinterval(0.001)
    print(json.dumps(asyncio.run(longest_stalls(sys.argv[1], int(sys.argv[2])))))
