"""Determine the state of the terminal: if it is connected, if it accepts output, and its size."""

import os
import select
from contextlib import suppress
from typing import Final

_READ_FROM: Final = 0
"""stdin, where Textual reads keys."""
DRAWN_ON: Final = 2
"""stderr, where Textual draws."""
_MOST_COLUMNS: Final = 2_000
_MOST_LINES: Final = 1_000
"""Maximum lines to draw: a frame of 2,000,000 cells takes 100 MB, and a window may claim 65,535 lines.
"""


def hang_up() -> select.poll:
    """Return a poll object that reports when the terminal hangs up, for example because the connection was lost."""
    waiting = select.poll()
    # POSIX reports it always, but macOS only on request (xnu, bsd/kern/sys_generic.c, poll_nocancel).
    waiting.register(_READ_FROM, select.POLLHUP)
    return waiting


def is_gone() -> bool:
    """True if the terminal has hung up, for example because its window was closed."""
    return bool(hang_up().poll(0))


def is_full() -> bool:
    """True if the terminal accepts no output at the moment."""
    room = select.poll()
    room.register(DRAWN_ON, select.POLLOUT)
    return not room.poll(0)


def size() -> tuple[int, int]:
    """Return the columns and lines of the terminal itself. The variables COLUMNS and LINES are ignored."""
    for descriptor in (DRAWN_ON, _READ_FROM):
        with suppress(OSError):
            columns, lines = os.get_terminal_size(descriptor)
            if columns and lines:
                return drawn_of(columns, lines)
    return 80, 24


def drawn_of(columns: int, lines: int) -> tuple[int, int]:
    """Return the number of columns and lines that are drawn on a terminal of this size.

    They are smaller only if the terminal reports an impossibly large size.
    """
    return min(columns, _MOST_COLUMNS), min(lines, _MOST_LINES)
