"""Run the session's work with Textual's workers and timers."""

import asyncio
from collections.abc import Callable

from textual.timer import Timer
from textual.worker import Worker

from cnm_tui.tui.requests import Work
from cnm_tui.tui.terminal.terminal_app import PaintedOnceScreen


class ScreenScheduler:
    """Ends all work with the screen; an unforeseen error in it stops the program."""

    def __init__(self, screen: PaintedOnceScreen) -> None:
        self._screen = screen

    def start_work(self, work: Work) -> Worker[None]:
        """Start a worker."""
        return self._screen.run_as_screen(work)

    def call_after(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call a function once after this many seconds."""
        return self._screen.set_timer(seconds, then)

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds."""
        await asyncio.sleep(seconds)
