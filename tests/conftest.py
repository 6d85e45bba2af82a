"""Define fixtures for several test packages: a demo server, a tmux server, and another local time zone."""

import gc
import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import WorkStealingScheduling

from tests.program import demo_url
from tests.tmux import tmux_server

# A machine that is busy with other things makes examples late, and no test wrong.
settings.register_profile("at any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("at any speed")


def pytest_configure() -> None:
    """Make pytest handle SIGINT, SIGQUIT and SIGHUP if the shell's `&` or `nohup` made pytest ignore these signals.

    Programs that the tests start would otherwise ignore the signals, too. Pytest itself does not end at a SIGHUP.
    """
    heeded: dict[str, Callable[[int, FrameType | None], Any] | signal.Handlers] = {
        "SIGINT": signal.default_int_handler,
        "SIGQUIT": signal.SIG_DFL,
        "SIGHUP": lambda *_: None,
    }
    for name, answer in heeded.items():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            # A child process gets the default of a handled signal, but inherits an ignored one.
            signal.signal(number, answer)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without garbage collection, and keep them out of later collections.

    Otherwise, half of the time of each test process until its first test goes into garbage collection.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that use a pseudo-terminal as slow, because each of them starts the installed cnm-tui."""
    for item in items:
        if item.get_closest_marker("pty"):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the number of worker processes for `pytest -n auto`. It is the number of processors plus one.

    One more process is useful because some tests only wait for a terminal.
    """
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Return a scheduler that gives a process without tests some of another process.

    Without it, one process gets nearly all tests of `tests/pty` at once, and the others wait for it at the end.
    """
    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the URL of a running demo server."""
    with demo_url() as url:
        yield url


@pytest.fixture
def tmux() -> Iterator[dict[str, str]]:
    """Yield the environment variables for a program that runs in a tmux server of its own."""
    with tmux_server() as environ:
        yield environ


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Yield a function that sets the local time zone. Its argument has the format of the variable TZ.

    The old time zone is restored after the test.
    """

    def moved_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield moved_to
    monkeypatch.undo()
    time.tzset()
