"""Test connections to a host with several IP addresses, of which some are unreachable.

The tests replace DNS by a list of host names and addresses.
"""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing
from typing import Any

import httpcore
import pytest

from cnm_tui.api.client import CnmClient
from cnm_tui.api.service import Service
from cnm_tui.api.transport import Dialer
from cnm_tui.core.query import Query
from tests.api.conftest import MakeTls
from tests.api.connect_proxy import proxying
from tests.api.scripted_server import reply, serving

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the loopback network has one address, and a full queue refuses"
)

HOST = "several.invalid"
Resolve = Callable[..., None]


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Return a function that makes the test host resolve to the given addresses. Other names resolve as usual."""
    real = socket.getaddrinfo

    def resolve(*addresses: str) -> None:
        def key_status(host: str, *arguments: Any, **options: Any) -> list[Any]:
            asked = addresses if host == HOST else (host,)
            return [entry for address in asked for entry in real(address, *arguments, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", key_status)

    return resolve


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """Yield the IP address and port of a server that neither accepts nor refuses a new connection."""
    with (
        socket.create_server(("127.0.0.2", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
    ):
        yield full.getsockname()


def test_a_silent_address_is_left_for_the_next_one_long_before_its_time_is_over(
    resolving: Resolve, silent: tuple[str, int]
) -> None:
    resolving("127.0.0.2", "127.0.0.1")
    with socket.create_server(("127.0.0.1", silent[1])) as answering:
        # A minute for each would be over after that of the test.
        stream = Dialer(next_address_seconds=0.05).connect_tcp(HOST, silent[1], timeout=60.0)
        taken, caller = answering.accept()

    assert caller == stream.get_extra_info("client_addr")
    taken.close()
    stream.close()


def test_the_last_address_has_all_the_time_and_its_failure_counts(resolving: Resolve, silent: tuple[str, int]) -> None:
    resolving("127.0.0.1", "127.0.0.2")

    with pytest.raises(httpcore.ConnectTimeout):
        Dialer(next_address_seconds=60.0).connect_tcp(HOST, silent[1], timeout=0.05)


def test_families_are_tried_by_turns(resolving: Resolve, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving("::1", "::2", "::3", "127.0.0.1")
    dialled: list[str] = []

    def connect(address: tuple[str, int], *_arguments: Any, **_options: Any) -> socket.socket:
        dialled.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(httpcore.ConnectError):
        Dialer().connect_tcp(HOST, 1)

    assert dialled == ["::1", "127.0.0.1", "::2", "::3"]


async def test_a_proxy_is_dialled_by_its_second_address_too(
    resolving: Resolve, make_tls: MakeTls, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving("127.0.0.3", "127.0.0.1")
    tls, trusted = make_tls("service.invalid")
    async with serving(reply(), tls=tls) as server, proxying(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{HOST}:{proxy.port}")
        service = Service("https://service.invalid", None, ca_bundle=trusted)
        async with aclosing(CnmClient(service, "test")) as client:
            snapshot = await client.fetch(Query())

    assert len(snapshot.connections) == 1


async def test_a_question_is_answered_by_the_second_address(resolving: Resolve, make_tls: MakeTls) -> None:
    resolving("127.0.0.3", "127.0.0.1")
    tls, trusted = make_tls(HOST)
    async with (
        serving(reply(), tls=tls) as server,
        aclosing(CnmClient(Service(f"https://{HOST}:{server.port}", None, ca_bundle=trusted), "test")) as client,
    ):
        snapshot = await client.fetch(Query())

    assert len(snapshot.connections) == 1
