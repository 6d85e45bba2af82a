"""Waiting for what may never answer, without holding up the keyboard or the exit."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def in_daemon_thread(ask: Callable[[], Answer]) -> Answer:
    """The answer, from a thread that an exit does not wait for, should a keyring or a disk never give it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Answer] = loop.create_future()

    def call() -> None:
        try:
            given = ask()
        except BaseException as problem:  # handed over to whoever waits
            failure = problem
            _settle(loop, answer, lambda: answer.set_exception(failure))
        else:
            _settle(loop, answer, lambda: answer.set_result(given))

    threading.Thread(target=call, daemon=True, name="beside the screen").start()
    return await answer


def _settle(loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[Answer]", settle: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(lambda: None if answer.done() else settle())
