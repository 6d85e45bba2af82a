"""Measure 100,000 rows, of which 60 % are ill, in a process of its own: `python -m tests.bench.many_rows`.

Prints one JSON object: the processor time to arrange them by their findings, and the memory of the process.
"""

import gc
import json
import time
from typing import Any, Final

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from cnm_tui.core.connections import Connections
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Remainder, Snapshot
from cnm_tui.core.table.extra import USUAL_EXTRAS
from cnm_tui.core.table.sorting import worst_first_sort
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.time.time_range import Window
from tests.api.decoded import decoded
from tests.bench.answers import GROUP_BYS, answer

ROWS: Final = 100_000
_OF_ONE_ANSWER: Final = 7_500
_TIMES: Final = 5


def measured() -> dict[str, Any]:
    """Return all measurements."""
    bodies = (answer(min(_OF_ONE_ANSWER, ROWS - first), first=first) for first in range(0, ROWS, _OF_ONE_ANSWER))
    rows = Connections.joined(decoded(body, GROUP_BYS).connections for body in bodies)
    # As the screen does: its objects are exempt from garbage collection, and large collections are rare.
    gc.collect()
    gc.set_threshold(50_000, 10, 2)
    sort = Arrangement(sort=worst_first_sort(CONNECTIONS))
    seconds: list[float] = []
    for _ in range(_TIMES):
        snapshot = Snapshot(Query(GROUP_BYS), Window(0, 900), 900.0, rows, remainder=Remainder(24, 0))
        started = time.process_time()
        table = arrange(snapshot, sort, extras=USUAL_EXTRAS)
        seconds.append(time.process_time() - started)
        table.prepare()
    return {"arrange_seconds": min(seconds), "rss_bytes": psutil.Process().memory_info().rss}


if __name__ == "__main__":
    print(json.dumps(measured()))
