"""What tests of several rooms are given: a demo to ask, and a tmux to run in."""

from collections.abc import Iterator

import pytest

from tests.program import demo_url
from tests.tmux import tmux_server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where a demo answers."""
    with demo_url() as url:
        yield url


@pytest.fixture
def tmux() -> Iterator[dict[str, str]]:
    """The environment of a program in a tmux of its own."""
    with tmux_server() as environ:
        yield environ
