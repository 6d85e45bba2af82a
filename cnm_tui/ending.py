"""End cnm-tui when it receives a signal, without a traceback and with the signal's exit code.

This works at any time: before and after the Textual screen is shown, and for commands without a screen.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final, NoReturn

Handler = Callable[[int, FrameType | None], None]

ENDING_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
)
"""Signals that end the program; Windows has the first two only."""
_IMPORTING: Final = "<frozen importlib._bootstrap>"
_CLEANING_SECONDS: Final = 2.0
"""A second signal within this time does not interrupt the cleanup after the first one."""

_ended: list[tuple[int, float]] = []
"""Number and monotonic time of the signal that was raised as an exception; empty if there was none."""


def end_at_once_on_signals() -> None:
    """Make signals end cnm-tui immediately. This is used as long as there are no files to clean up."""
    handle_signals(_end_at_once)


def raise_on_signals() -> None:
    """Make signals raise KeyboardInterrupt, so that cnm-tui can restore files and the terminal before it ends."""
    handle_signals(_raise)


def handle_signals(handler: Handler) -> None:
    """Set the handler of all signals that end cnm-tui. Signals that the parent process ignores stay ignored."""
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def signal_received() -> int:
    """Return the number of the signal that caused the KeyboardInterrupt.

    Return SIGINT if the package click raised KeyboardInterrupt itself after ctrl+c.
    """
    return _ended[0][0] if _ended else int(signal.SIGINT)


def die_by_signal(number: int) -> None:
    """End this process with the signal's default action, so that the parent process sees which signal ended it."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _end_at_once(number: int, _frame: FrameType | None) -> NoReturn:
    if number == signal.SIGINT:
        # Not through Python's streams: one of them may be in the middle of a write.
        with suppress(OSError):
            os.write(2, b"cnm-tui: interrupted.\n")
    # An exception would be lost in the places where this is called: an import, a cleanup, the interpreter's end.
    os._exit(128 + number)


def _raise(number: int, frame: FrameType | None) -> None:
    if _ended and time.monotonic() - _ended[0][1] < _CLEANING_SECONDS:
        return
    # During an import Python runs weakref callbacks, where an exception would be printed and lost.
    if _ended or _is_importing(frame) or sys.is_finalizing():
        _end_at_once(number, frame)
    _ended.append((number, time.monotonic()))
    raise KeyboardInterrupt


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False
