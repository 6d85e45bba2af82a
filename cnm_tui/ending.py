"""Signals that end the program before, after and without its screen: no traceback, and the exit code of the signal."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final, NoReturn

Handler = Callable[[int, FrameType | None], None]

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)
)
"""Windows has the first two only."""
_IMPORTING: Final = "<frozen importlib._bootstrap>"
_CLEANING_SECONDS: Final = 2.0
"""A second signal within this time does not interrupt what the first one has cleaned up."""

_ended: list[tuple[int, float]] = []
"""The signal that was raised as an exception, and when."""


def end_at_once_on_signals() -> None:
    """Have signals end the program where nothing needs to be cleaned up: while it is imported."""
    heed(_end_at_once)


def raise_on_signals() -> None:
    """Have signals raise KeyboardInterrupt, so that files and terminals are left as they were."""
    heed(_raise)


def heed(handler: Handler) -> None:
    """Set the handler of all signals that end the program, but of those that whoever started it had it ignore."""
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def ended_by() -> int:
    """Return the number of the signal that was raised; that of ctrl+c where click raised it itself."""
    return _ended[0][0] if _ended else int(signal.SIGINT)


def die_of(number: int) -> None:
    """End as a program that does not handle this signal, so that whoever waits for it sees that."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _end_at_once(number: int, _frame: FrameType | None) -> NoReturn:
    if number == signal.SIGINT:
        # Past Python's streams: one of them may be in the middle of a write.
        with suppress(OSError):
            os.write(2, b"cnm-tui: interrupted.\n")
    os._exit(128 + number)


def _raise(number: int, frame: FrameType | None) -> None:
    if _ended and time.monotonic() - _ended[0][1] < _CLEANING_SECONDS:
        return
    # An import runs callbacks of weak references, in which an exception is printed with its traceback and lost.
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
