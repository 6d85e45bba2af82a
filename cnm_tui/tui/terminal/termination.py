"""End the program when a signal arrives, or when the terminal hangs up.

This works even if the event loop is blocked because the terminal accepts no output.
"""

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

from cnm_tui.daemon import result_within
from cnm_tui.ending import ENDING_SIGNALS
from cnm_tui.tui.terminal import terminal_line
from cnm_tui.tui.terminal.driver import ScreenDriver

_HANGUP_PATIENCE_SECONDS: Final = 1.2
"""Maximum time to end after a hang-up, if the terminal may still exist."""
_PATIENCE_SECONDS: Final = 5.0
"""Maximum time to end after a signal; normally it takes a fraction of that."""
_LAST_WORDS_SECONDS: Final = 2.5
"""Maximum wait until the last query is stored; printing a warning may block with the terminal."""
_LOOK_MILLISECONDS: Final = 1_000.0


class Termination:
    """Ends an app when a signal arrives, or when its terminal hangs up."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._end_watch: EndWatch | None = None
        self._last_words = threading.Lock()
        self.before_the_end: Callable[[], None] | None = None
        """Called once before the program ends, whether the terminal is gone or not."""

    @contextmanager
    def handling_signals(self) -> Iterator[None]:
        """End the program if a signal arrives or the terminal hangs up during the `with` block."""
        before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
        self._end_watch = EndWatch(self._end)
        try:
            for number in ENDING_SIGNALS:
                signal.signal(number, self._on_signal)
            yield
        finally:
            self.do_before_the_end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def do_before_the_end(self) -> None:
        """Store everything that must be stored before the program ends. This happens only once.

        A second caller waits until the first caller has finished.
        """
        with self._last_words:
            before, self.before_the_end = self.before_the_end, None
            if before is not None:
                before()

    def _on_signal(self, ending: int, _frame: FrameType | None) -> None:
        driver, loop = self._app._driver, self._app._loop
        if driver is None:
            # Nothing has started; in the background the system would stop the program when it takes the terminal.
            os._exit(128 + ending)
        if ending == signal.SIGINT and isinstance(driver, ScreenDriver) and driver.is_lent:
            # The signal is for the program that has the terminal.
            return
        if isinstance(driver, ScreenDriver) and driver.is_open and loop is not None:
            patience = _HANGUP_PATIENCE_SECONDS if ending == signal.SIGHUP else _PATIENCE_SECONDS
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end_in_loop, ending)
        else:
            # The terminal is not taken yet, or is restored already.
            patience = 0.0
            if isinstance(driver, ScreenDriver):
                driver.stay_closed()
        if self._end_watch is not None:
            self._end_watch.end_within(patience, ending)

    def _end_in_loop(self, ending: int) -> None:
        """Restore the terminal and end the program, within the event loop.

        The panes are not closed, because they may not exist yet.
        """
        driver = self._app._driver
        try:
            # After a SIGHUP of the system the terminal is gone; if a user sent it, the terminal must be restored.
            if driver is not None and not (ending == signal.SIGHUP and terminal_line.is_gone()):
                driver.stop_application_mode()
                driver.close()
        finally:
            self._end(ending)

    def _end(self, ending: int) -> None:
        """Store everything that must be stored, and then end the process.

        If another program uses the terminal, restore the terminal's settings first.
        """
        if isinstance(self._app._driver, ScreenDriver):
            self._app._driver.take_line_back()
        # Textual replaced the signal handler, for a screen that is gone.
        sys.stderr = sys.__stderr__
        try:
            result_within(_LAST_WORDS_SECONDS, self.do_before_the_end)
        finally:
            # The event loop, or a thread of Textual, may wait for a terminal that accepts nothing.
            os._exit(128 + ending)


class EndWatch:
    """A thread that ends the program if the terminal hangs up, or if a normal end after a signal takes too long.

    The thread is started before any signal can arrive, because a signal handler cannot safely start a thread.
    """

    def __init__(self, end: Callable[[int], None]) -> None:
        """Start the thread. It calls the function `end` once, with the number of the signal that ends the program."""
        self._end = end
        self._ending = 0
        self._deadline: float | None = None
        self._wakes_by, self._woken_by = os.pipe()
        threading.Thread(target=self._watch, daemon=True, name="end watch").start()

    def end_within(self, seconds: float, ending: int) -> None:
        """End the program by the signal `ending` after this number of seconds, unless an earlier end is already
        planned.

        This method may be called in a signal handler.
        """
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
                # A hang-up needs no signal: some terminals just disappear.
                self._ending = signal.SIGHUP
                break
        self._end(self._ending)

    def _milliseconds_left(self) -> float:
        """Return the milliseconds until the planned end or until the next check, whichever is sooner.

        The check is necessary because some kinds of terminals do not report at once that they hang up.
        """
        if self._deadline is None:
            return _LOOK_MILLISECONDS
        return min(_LOOK_MILLISECONDS, (self._deadline - time.monotonic()) * 1_000)
