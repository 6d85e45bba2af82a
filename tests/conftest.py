"""Fixtures for tests of several packages: a demo, a tmux, and another local time zone."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.program import demo_url
from tests.tmux import tmux_server

# A machine that is busy with other things makes examples late, and no test wrong.
settings.register_profile("at any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("at any speed")


def pytest_configure() -> None:
    """Let the tested programs receive signals that `&` and `nohup` ignore; the tests themselves survive a hang-up."""
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in pseudo-terminals as slow: each starts the program, and most take seconds."""
    for item in items:
        if item.get_closest_marker("pty"):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the number of processes for `pytest -n auto`: one more than can run, as some wait for a terminal."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the URL of a demo."""
    with demo_url() as url:
        yield url


@pytest.fixture
def tmux() -> Iterator[dict[str, str]]:
    """Yield the environment of a program in its own tmux."""
    with tmux_server() as environ:
        yield environ


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Yield a function that sets the local time zone, in the form of the variable TZ; it is restored afterwards."""

    def moved_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield moved_to
    monkeypatch.undo()
    time.tzset()
