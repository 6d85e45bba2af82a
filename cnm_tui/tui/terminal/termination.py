"""The end of the screen by a signal or a hang-up, even while the event loop waits for a terminal that takes nothing."""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

from textual.app import App

from cnm_tui.daemon import within
from cnm_tui.ending import ENDING
from cnm_tui.tui.terminal import terminal_line
from cnm_tui.tui.terminal.driver import ScreenDriver

_HANGUP_PATIENCE_SECONDS: Final = 1.2
"""How long an end by a hang-up may take where the terminal may still be there."""
_PATIENCE_SECONDS: Final = 5.0
"""How long an end by a signal may take; on a busy machine it takes a fraction of that."""
_LAST_WORDS_SECONDS: Final = 2.5
"""How long an end waits until the last question is kept; to print a warning may stall with the terminal."""
_LOOK_MILLISECONDS: Final = 1_000.0


class Termination:
    """End an app by signals, and when its terminal goes."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._end_watch: EndWatch | None = None
        self._last_words = threading.Lock()
        self.before_the_end: Callable[[], None] | None = None
        """Done once before the program ends, whether the terminal is gone or not."""

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Have signals, and a terminal that goes, end the program for as long as this is open."""
        before = {number: signal.getsignal(number) for number in ENDING}
        self._end_watch = EndWatch(self._end)
        try:
            for number in ENDING:
                signal.signal(number, self._on_signal)
            yield
        finally:
            self.do_before_the_end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def do_before_the_end(self) -> None:
        """Keep what is to be kept, once, whatever ends the program; who comes second waits until that is done."""
        with self._last_words:
            before, self.before_the_end = self.before_the_end, None
            if before is not None:
                before()

    def _on_signal(self, ending: int, _frame: FrameType | None) -> None:
        driver, loop = self._app._driver, self._app._loop
        if driver is None:
            # Nothing is begun; in the background the system would stop it where it takes the terminal.
            os._exit(128 + ending)
        if ending == signal.SIGINT and isinstance(driver, ScreenDriver) and driver.is_lent:
            # It is meant for the program that has the terminal.
            return
        if isinstance(driver, ScreenDriver) and driver.is_open and loop is not None:
            patience = _HANGUP_PATIENCE_SECONDS if ending == signal.SIGHUP else _PATIENCE_SECONDS
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end_in_loop, ending)
        else:
            # The terminal is not taken yet, or is given back.
            patience = 0.0
            if isinstance(driver, ScreenDriver):
                driver.stay_closed()
        if self._end_watch is not None:
            self._end_watch.end_within(patience, ending)

    def _end_in_loop(self, ending: int) -> None:
        """Give the terminal back and end, without closing one pane after the other: they may not even be there."""
        driver = self._app._driver
        try:
            # It is gone when a SIGHUP comes from the system; where somebody sent one, it is to be given back.
            if driver is not None and not (ending == signal.SIGHUP and terminal_line.is_gone()):
                driver.stop_application_mode()
                driver.close()
        finally:
            self._end(ending)

    def _end(self, ending: int) -> None:
        """End, with or without the terminal given back; not before all is kept that is to be kept."""
        if isinstance(self._app._driver, ScreenDriver):
            self._app._driver.take_line_back()
        # Textual has taken its place, for a screen that is there no more.
        sys.stderr = sys.__stderr__
        try:
            within(_LAST_WORDS_SECONDS, self.do_before_the_end)
        finally:
            # The event loop, or a thread of Textual's, may wait for a terminal that takes nothing any more.
            os._exit(128 + ending)


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
