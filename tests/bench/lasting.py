"""Measure the processor time and memory of cnm-tui, first while it is idle and then during many refreshes."""

import time
from collections.abc import Iterator
from typing import Final

from tests.bench.figures import Figure, at_most, for_orientation, middle
from tests.bench.programs import explorer_with_rows, server

_IDLE_SECONDS: Final = 20.0
_TURNS: Final = 6
_MOVED: Final = 40
"""Number of rows that come and go with each answer of the soak."""
_SOAK: Final = 500
_EARLY: Final = 50


def idle() -> Iterator[Figure]:
    """Measure cnm-tui while it shows rows and is idle. Automatic refresh is on, but the next refresh is a minute
    away.
    """
    with server() as answering, explorer_with_rows(answering.url, "--refresh", "60s") as terminal:
        yield at_most("memory with 7,500 rows", terminal.usage().rss_bytes / 1e6, 85, "MB")
        before, spent = terminal.mark().written, terminal.usage().cpu_seconds
        time.sleep(_IDLE_SECONDS)
        sent, busy = terminal.mark().written - before, terminal.usage().cpu_seconds - spent
        yield at_most("idle for 20 s: bytes", sent, 600, "B")
        yield at_most("idle for 20 s: share of a core", busy / _IDLE_SECONDS * 100, 0.4, "%")


def soak() -> Iterator[Figure]:
    """Measure memory and output of cnm-tui during hundreds of refreshes in which rows appear and disappear."""
    with server(turns=_TURNS, moved=_MOVED) as answering, explorer_with_rows(answering.url) as terminal:
        answering.last_byte_at()
        memory, sent = [], []
        for _ in range(_SOAK):
            before = terminal.mark().written
            terminal.press("r")
            # While an answer is on its way the key asks for nothing.
            while not answering.answers_within(0.5):
                terminal.press("r")
            terminal.wait_quiet(0.15)
            sent.append(terminal.mark().written - before)
            memory.append(terminal.usage().rss_bytes / 1e6)
        early, late = middle(memory[_EARLY - 10 : _EARLY + 10]), middle(memory[-20:])
        yield for_orientation("memory after 50 refreshes", f"{early:,.1f} MB")
        yield at_most("memory after 500 refreshes, more than after 50", (late / early - 1) * 100, 5, "%")
        # Each answer of the circle as often in both; what came too late for one is counted with the next.
        growth = sum(sent[-60:]) / sum(sent[_EARLY - 30 : _EARLY + 30]) - 1
        yield at_most("bytes of the last refreshes, more than of the 50th", growth * 100, 5, "%")
