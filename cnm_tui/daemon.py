"""Run blocking work in daemon threads. cnm-tui can end while a daemon thread still runs."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

# Imported where it is used: callers without an event loop would wait for the import.
if TYPE_CHECKING:
    import asyncio

Result = TypeVar("Result")


def started(work: Callable[[], Result]) -> Callable[[], Result]:
    """Start the work in a daemon thread. Return a function that waits for the end of the work and returns its
    result.

    If the work raised an exception, the returned function raises the same exception.
    """
    results: list[Result] = []
    problems: list[BaseException] = []

    def call() -> None:
        try:
            results.append(work())
        except BaseException as problem:  # re-raised in the waiting thread
            problems.append(problem)

    thread = threading.Thread(target=call, daemon=True, name="begun")
    thread.start()

    def result() -> Result:
        thread.join()
        if problems:
            raise problems[0]
        return results[0]

    return result


def result_within(seconds: float, work: Callable[[], Result]) -> Result:
    """Run the work in a daemon thread. Return its result, or raise the exception that it raised.

    Raises:
        TimeoutError: The work took longer than `seconds`. The daemon thread continues the work.
    """
    done = threading.Event()
    result = started(lambda: _and_tell(work, done))
    if not done.wait(seconds):
        raise TimeoutError
    return result()


def _and_tell(work: Callable[[], Result], done: threading.Event) -> Result:
    try:
        return work()
    finally:
        done.set()


async def in_daemon_thread(work: Callable[[], Result]) -> Result:
    """Run the work in a daemon thread, and return its result. If the work raised an exception, raise this exception.

    cnm-tui can end while the work still runs, because a daemon thread does not delay the exit.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def call() -> None:
        try:
            result = work()
        except BaseException as problem:  # re-raised in the waiting task
            failure = problem
            _settle(loop, answer, lambda: answer.set_exception(failure))
        else:
            _settle(loop, answer, lambda: answer.set_result(result))

    threading.Thread(target=call, daemon=True, name="beside the event loop").start()
    return await answer


def _settle(loop: "asyncio.AbstractEventLoop", answer: "asyncio.Future[Result]", settle: Callable[[], None]) -> None:
    # The loop may be closed by now; then nobody waits for the result.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: None if answer.done() else settle())
