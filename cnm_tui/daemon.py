"""Work that may block for long, beside something else."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

# Imported where it is used: who begins something without an event loop would wait for it.
if TYPE_CHECKING:
    import asyncio

Result = TypeVar("Result")


def begun(work: Callable[[], Result]) -> Callable[[], Result]:
    """The work, begun in a thread that an exit does not wait for; what is returned waits for its result, or raises."""
    results: list[Result] = []
    problems: list[BaseException] = []

    def call() -> None:
        try:
            results.append(work())
        except BaseException as problem:  # handed over to whoever waits
            problems.append(problem)

    thread = threading.Thread(target=call, daemon=True, name="begun")
    thread.start()

    def result() -> Result:
        thread.join()
        if problems:
            raise problems[0]
        return results[0]

    return result


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """What the work gives or raises, if it does so in time; otherwise it goes on, and nobody waits for it.

    Raises:
        TimeoutError: It does not come back in time.
    """
    done = threading.Event()
    result = begun(lambda: _and_tell(work, done))
    if not done.wait(seconds):
        raise TimeoutError
    return result()


def _and_tell(work: Callable[[], Result], done: threading.Event) -> Result:
    try:
        return work()
    finally:
        done.set()


async def in_daemon_thread(work: Callable[[], Result]) -> Result:
    """What the work gives or raises, from a thread that an exit does not wait for, should it never come back."""
    import asyncio

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def call() -> None:
        try:
            result = work()
        except BaseException as problem:  # handed over to whoever waits
            failure = problem
            _settle(loop, answer, lambda: answer.set_exception(failure))
        else:
            _settle(loop, answer, lambda: answer.set_result(result))

    threading.Thread(target=call, daemon=True, name="beside the event loop").start()
    return await answer


def _settle(loop: "asyncio.AbstractEventLoop", answer: "asyncio.Future[Result]", settle: Callable[[], None]) -> None:
    # The loop may end at any moment; then nobody waits any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: None if answer.done() else settle())
