"""Ends the program from beside the event loop, where that waits for a terminal that went or takes nothing any more."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cnm_tui.tui.terminal import terminal_line

_LOOK_MILLISECONDS: Final = 1_000.0


class EndWatch:
    """A thread that waits for the terminal to hang up, and for an end by a signal to take too long.

    It is started before any signal may come: a thread cannot be started safely by the handler of a signal.
    """

    def __init__(self, end: Callable[[int], None]) -> None:
        """Watch; `end` is called once, with the number of the signal that the program ends by."""
        self._end = end
        self._ending = 0
        self._deadline: float | None = None
        self._wakes_by, self._woken_by = os.pipe()
        threading.Thread(target=self._watch, daemon=True, name="end watch").start()

    def end_within(self, seconds: float, ending: int) -> None:
        """End by this signal after so long; an earlier end stays. May be called by the handler of a signal."""
        deadline = time.monotonic() + seconds
        if self._deadline is None or deadline < self._deadline:
            self._ending, self._deadline = ending, deadline
        with suppress(OSError):
            os.write(self._woken_by, b".")

    def _watch(self) -> None:
        either = terminal_line.hang_up()
        either.register(self._wakes_by, select.POLLIN)
        while (left := self._milliseconds_left()) > 0:
            happened = dict(either.poll(left))
            if happened.pop(self._wakes_by, None):
                os.read(self._wakes_by, 4_096)
            if happened:
                # Nobody has to send a signal for it: some terminals just go.
                self._ending = signal.SIGHUP
                break
        self._end(self._ending)

    def _milliseconds_left(self) -> float:
        """Return the time until it is to end; that of the next look where it is not to end yet.

        Mostly a hang-up is told at once; not every kind of terminal sees to that.
        """
        if self._deadline is None:
            return _LOOK_MILLISECONDS
        return min(_LOOK_MILLISECONDS, (self._deadline - time.monotonic()) * 1_000)
