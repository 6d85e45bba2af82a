"""Run background work of the session with Textual's workers and timers."""

import asyncio
from collections.abc import Callable

from textual.timer import Timer
from textual.worker import Worker

from cnm_tui.tui.requests import Work
from cnm_tui.tui.terminal.terminal_app import PaintedOnceScreen


class ScreenScheduler:
    """Runs work that ends together with the screen. An unexpected error in the work stops the program."""

    def __init__(self, screen: PaintedOnceScreen) -> None:
        self._screen = screen

    def start_work(self, work: Work) -> Worker[None]:
        """Start the work in a Textual worker."""
        return self._screen.run_as_screen(work)

    def call_after(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call the function `then` once after this number of seconds."""
        return self._screen.set_timer(seconds, then)

    async def sleep(self, seconds: float) -> None:
        """Wait for this number of seconds."""
        await asyncio.sleep(seconds)
