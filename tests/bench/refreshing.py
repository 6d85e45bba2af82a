"""Measure refreshes of the screen.

The results are the time until new rows are displayed, the bytes written, and the delays of key presses and of
the event loop.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

from tests.bench.figures import Figure, at_most, middle, p95
from tests.bench.programs import GRID_ROWS, Server, explorer_with_rows, server
from tests.pty.terminal import Terminal

_ANSWERS: Final = 30
_HELD: Final = 4
"""Number of key presses during which an answer arrives, is decoded and waits."""
_REPEAT_SECONDS: Final = 0.02
"""Seconds between two presses; keyboards are slower. Textual paints 60 frames per second, which would count, faster."""
_HANDS_OFF_SECONDS: Final = 0.5
"""Slightly longer than an answer waits for the cursor to rest."""


def refreshes() -> Iterator[Figure]:
    """Measure refreshes of the screen, first without key presses and then while the user presses keys."""
    with server(turns=2) as answering, explorer_with_rows(answering.url) as terminal:
        answering.last_byte_at()
        painted = [_seconds_to_painted(terminal, answering) for _ in range(_ANSWERS)]
        yield at_most("answer's last byte to painted", middle(painted) * 1000, 60, "ms")
        late = []
        for _ in range(_ANSWERS):
            terminal.press("r")
            late += terminal.key_latency("down", _HELD, quiet_seconds=_REPEAT_SECONDS, rows=GRID_ROWS)
            terminal.wait_quiet(_HANDS_OFF_SECONDS)
        slowest = p95([press.first_seconds for press in late])
        yield at_most("key held while answers arrive, 95th percentile", slowest * 1000, 16, "ms")
        yield at_most("longest stall of the event loop by an answer", _longest_stall(answering.url) * 1000, 16, "ms")
    yield _bytes_of_refresh("nothing", 0.0, 200)
    yield _bytes_of_refresh("2 % of the rows", 0.02, 4_000)


def _seconds_to_painted(terminal: Terminal, answering: Server) -> float:
    """Return the seconds from the last byte of the response to the first change in the grid on the screen."""
    terminal.wait_quiet(0.2)
    shown = terminal.lines()[GRID_ROWS.start : GRID_ROWS.stop]
    started = time.monotonic() - terminal.mark().seconds
    terminal.press("r")
    painted = terminal.wait_until(lambda: terminal.lines()[GRID_ROWS.start : GRID_ROWS.stop] != shown)
    return started + painted - answering.last_byte_at()


def _longest_stall(url: str) -> float:
    """Measure for each of many responses how long it blocks the event loop at most. Return the median in seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.stalls", url, str(_ANSWERS)], capture_output=True, text=True, check=True
    )
    return middle(json.loads(done.stdout))


def _bytes_of_refresh(what: str, changed_share: float, most: float) -> Figure:
    # By size, so that no row moves.
    by_size = ("--sort", "total_bytes")
    with (
        server(turns=2, changed_share=changed_share) as answering,
        explorer_with_rows(answering.url, *by_size) as terminal,
    ):
        sent = []
        for _ in range(6):
            before = terminal.mark().written
            terminal.press("r")
            terminal.wait_quiet(1.0)
            sent.append(terminal.mark().written - before)
    return at_most(f"bytes: a refresh that changes {what}", middle(sent), most, "B")
