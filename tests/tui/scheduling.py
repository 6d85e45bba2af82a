"""Define a scheduler for tests without a Textual app. Its fake clock advances only when a task sleeps or a test
does so.
"""

import asyncio
from collections.abc import Callable

from cnm_tui.tui.requests import Work
from tests.builders import MOMENT


class Planned:
    """A function call that the fake scheduler will make at a later time."""

    def __init__(self, at: float, then: Callable[[], object]) -> None:
        self.at = at
        self.then = then
        self.stopped = False

    def stop(self) -> None:
        """Cancel the planned call."""
        self.stopped = True


class FakeScheduler:
    """A fake scheduler that runs coroutines in the event loop of the test.

    Calls that are planned for a later time run when the test advances the fake clock.
    """

    def __init__(self) -> None:
        self.now = float(MOMENT)
        self.slept: list[float] = []
        self._planned: list[Planned] = []
        self._work: set[asyncio.Task[None]] = set()

    def clock(self) -> float:
        """Return the current time of the fake clock in epoch seconds."""
        return self.now

    def start_work(self, work: Work) -> "asyncio.Task[None]":
        """Start the coroutine function as a task, and return the task."""

        async def run() -> None:
            await work()

        task = asyncio.ensure_future(run())
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def call_after(self, seconds: float, then: Callable[[], object]) -> Planned:
        """Plan to call the function `then` after this number of seconds. Return an object that can cancel the
        call.
        """
        self._planned.append(planned := Planned(self.now + seconds, then))
        return planned

    async def sleep(self, seconds: float) -> None:
        """Advance the fake clock by this number of seconds, without really waiting."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def pass_time(self, seconds: float) -> None:
        """Advance the fake clock by this number of seconds. Run all calls that were planned for this time."""
        self.now += seconds
        due = [planned for planned in self._planned if planned.at <= self.now]
        self._planned = [planned for planned in self._planned if planned not in due]
        for planned in due:
            if not planned.stopped:
                planned.then()


async def until(holds: Callable[[], object]) -> None:
    """Wait until the function `holds` returns a true value. Raise TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.001)


async def all_that_runs() -> None:
    """Run all tasks of the event loop until each of them waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)
