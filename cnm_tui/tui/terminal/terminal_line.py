"""The line to the terminal: whether it is still there, and whether it takes anything."""

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
"""A frame of 2,000,000 cells takes 100 MB. A window may say that it has 65,535 columns and lines; that takes 300 GB."""


def hang_up() -> select.poll:
    """Return what can be polled for the terminal to hang up."""
    waiting = select.poll()
    # POSIX has it told unasked, but macOS tells it only to who asks (xnu, bsd/kern/sys_generic.c, poll_nocancel).
    waiting.register(_READ_FROM, select.POLLHUP)
    return waiting


def is_gone() -> bool:
    """True if the terminal has hung up."""
    return bool(hang_up().poll(0))


def is_full() -> bool:
    """Whether the terminal is so far behind with what was written that it takes nothing for now."""
    room = select.poll()
    room.register(DRAWN_ON, select.POLLOUT)
    return not room.poll(0)


def size() -> tuple[int, int]:
    """Return the columns and lines to draw on: those of the window itself, whatever COLUMNS and LINES say."""
    for descriptor in (DRAWN_ON, _READ_FROM):
        with suppress(OSError):
            columns, lines = os.get_terminal_size(descriptor)
            if columns and lines:
                return drawn_of(columns, lines)
    return 80, 24


def drawn_of(columns: int, lines: int) -> tuple[int, int]:
    """Return the part of a window that is drawn on: all of it, unless no screen is so large."""
    return min(columns, _MOST_COLUMNS), min(lines, _MOST_LINES)
