"""The line to the terminal: whether it is still there, and whether it takes anything."""

import select
from typing import Final

_READ_FROM: Final = 0
"""stdin, where Textual reads keys."""
DRAWN_ON: Final = 2
"""stderr, where Textual draws."""


def is_gone(within_milliseconds: int = 0) -> bool:
    """Whether the terminal has hung up, or does so in this time."""
    hang_up = select.poll()
    # POSIX has it told unasked, but macOS tells it only to who asks (xnu, bsd/kern/sys_generic.c, poll_nocancel).
    hang_up.register(_READ_FROM, select.POLLHUP)
    return bool(hang_up.poll(within_milliseconds))


def is_full() -> bool:
    """Whether the terminal is so far behind with what was written that it takes nothing for now."""
    room = select.poll()
    room.register(DRAWN_ON, select.POLLOUT)
    return not room.poll(0)
