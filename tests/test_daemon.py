import asyncio
import threading

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.daemon import in_daemon_thread, result_within

PATIENCE_SECONDS = 60.0


async def test_what_the_work_gives_comes_back_from_a_thread_that_an_exit_does_not_wait_for() -> None:
    worker = await in_daemon_thread(threading.current_thread)

    assert worker is not threading.current_thread()
    assert worker.daemon


async def test_what_the_work_raises_is_raised_to_whoever_waits() -> None:
    def fail() -> None:
        raise StoreFailed("The disk is full.")

    with pytest.raises(StoreFailed, match="full"):
        await in_daemon_thread(fail)


def test_work_that_outlives_the_event_loop_ends_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    complaints: list[object] = []
    monkeypatch.setattr(threading, "excepthook", complaints.append)
    started, released = threading.Event(), threading.Event()
    workers: list[threading.Thread] = []

    def wait() -> None:
        workers.append(threading.current_thread())
        started.set()
        released.wait(PATIENCE_SECONDS)

    async def give_up() -> None:
        waiting = asyncio.create_task(in_daemon_thread(wait))
        await asyncio.to_thread(started.wait, PATIENCE_SECONDS)
        waiting.cancel()

    asyncio.run(give_up())
    released.set()
    workers[0].join(PATIENCE_SECONDS)

    assert not workers[0].is_alive()
    assert complaints == []


def test_work_that_is_done_in_time_gives_what_it_gives_or_raises() -> None:
    def fail() -> None:
        raise StoreFailed("The disk is full.")

    assert result_within(PATIENCE_SECONDS, lambda: 3) == 3
    with pytest.raises(StoreFailed, match="full"):
        result_within(PATIENCE_SECONDS, fail)


def test_work_that_does_not_come_back_is_waited_for_no_longer_than_said() -> None:
    released = threading.Event()

    with pytest.raises(TimeoutError):
        result_within(0.01, lambda: released.wait(PATIENCE_SECONDS))

    released.set()
