"""Define one simulated network and one demo server, which all tests of this package share without changing them."""

from collections.abc import Iterator

import pytest

from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.server import DemoServer
from tests.demo.asking import NOW


@pytest.fixture(scope="session")
def endpoint() -> Endpoint:
    return Endpoint(1)


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Yield the URL of a demo server whose clock stands still and whose rate limit is practically unlimited."""
    with DemoServer(seed=1, rate_limit=(1_000_000, 60), clock=lambda: NOW) as server:
        yield server.url
