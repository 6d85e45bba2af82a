"""A scheduler without an app: its clock moves only when something sleeps or the test lets time pass."""

import asyncio
from collections.abc import Callable

from cnm_tui.tui.requests import Work
from tests.builders import MOMENT


class Planned:
    """A call that is planned."""

    def __init__(self, at: float, then: Callable[[], object]) -> None:
        self.at = at
        self.then = then
        self.stopped = False

    def stop(self) -> None:
        """Cancel the call."""
        self.stopped = True


class FakeScheduler:
    """Runs coroutines in the test's event loop, and planned calls when the test lets time pass."""

    def __init__(self) -> None:
        self.now = float(MOMENT)
        self.slept: list[float] = []
        self._planned: list[Planned] = []
        self._work: set[asyncio.Task[None]] = set()

    def clock(self) -> float:
        """Return the current time in epoch seconds."""
        return self.now

    def start_work(self, work: Work) -> "asyncio.Task[None]":
        """Run work as a task."""

        async def run() -> None:
            await work()

        task = asyncio.ensure_future(run())
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def call_after(self, seconds: float, then: Callable[[], object]) -> Planned:
        """Plan a call."""
        self._planned.append(planned := Planned(self.now + seconds, then))
        return planned

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and call what was planned until then."""
        self.now += seconds
        due = [planned for planned in self._planned if planned.at <= self.now]
        self._planned = [planned for planned in self._planned if planned not in due]
        for planned in due:
            if not planned.stopped:
                planned.then()


async def until(holds: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.001)


async def all_that_runs() -> None:
    """Run each task until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)
