"""Test the checks of the network connection to Datadog, with a slow or silent server.

Other tests run the installed command `doctor`, which uses these checks.
"""

import asyncio
import socket
import sys
from contextlib import closing

import pytest

from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.reachability import Blocked, connection_finding, reachability_findings
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.errors import ProxyFailed, TimedOut, UnexpectedReply
from cnm_tui.core.finding import Finding, State
from tests.api.conftest import MakeTls
from tests.api.scripted_server import reply, serving, then_cut, until_hung_up

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the loopback network has one address, and a full queue refuses"
)


async def walked(port: int, there: str = "http://127.0.0.1") -> tuple[dict[str, Finding], Blocked | None]:
    """Run the checks of the network connection. Return their results by name, and the error that stopped the checks.

    The error is None if no check failed.
    """
    service = Service(f"{there}:{port}", None, timeouts=Timeouts(read=0.1))
    found: dict[str, Finding] = {}

    def walk() -> Blocked | None:
        with closing(HttpConnection(service)) as connection:
            steps = reachability_findings(service, connection)
            while True:
                try:
                    finding = next(steps)
                except StopIteration as end:
                    return end.value  # type: ignore[no-any-return]  # what the generator returns
                found[finding.name] = finding

    return found, await asyncio.to_thread(walk)


async def test_a_server_that_takes_connections_and_says_nothing_blocks_what_comes_after() -> None:
    async with serving(until_hung_up()) as server:
        found, blocked = await walked(server.port)

    assert found["connection"].state is State.OK
    assert blocked is not None
    assert (blocked.check, type(blocked.problem)) == ("reply", TimedOut)


async def test_a_proxy_that_takes_connections_and_says_nothing_is_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(until_hung_up()) as server:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")
        _, blocked = await walked(443, "https://service.invalid")

    assert blocked is not None
    assert (blocked.check, type(blocked.problem)) == ("proxy", ProxyFailed)
    assert f"127.0.0.1:{server.port} is the proxy that HTTPS_PROXY names" in blocked.problem.hint


@pytest.mark.parametrize(
    ("proxy", "check"), [("http://127.0.0.1:1", "connection"), ("http://proxy.invalid:1", "name_resolution")]
)
async def test_who_cannot_be_dialled_is_said_to_be_the_proxy(
    proxy: str, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    found, blocked = await walked(443, "https://service.invalid")

    assert blocked is not None
    assert (blocked.check, found[check].state) == (check, State.FAILED)
    assert "is the proxy that HTTPS_PROXY names" in found[check].next_step


async def test_what_does_not_speak_http_is_no_reply() -> None:
    async with serving(then_cut(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")) as server:
        _, blocked = await walked(server.port)

    assert blocked is not None
    assert (blocked.check, type(blocked.problem)) == ("reply", UnexpectedReply)


async def test_a_server_that_hangs_up_after_tls_is_not_said_to_have_failed_at_it(
    make_tls: MakeTls, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = make_tls()
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with serving(None, tls=tls) as server:
        found, blocked = await walked(server.port, "https://localhost")

    assert blocked is not None
    assert blocked.check == "reply"
    assert found["tls"].proof.startswith("TLSv1.")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (reply(b"<html><title>Sign in</title>", "content-type: text/html"), "a web page: Sign in."),
        (reply(b"<html><title>Blocked</title>", status="403 Forbidden"), "a web page: Blocked."),
        (reply(b"", "location: https://portal.example/", status="302 Found"), "redirects to portal.example"),
    ],
    ids=["sign-in", "filter", "redirect"],
)
async def test_what_answers_in_the_place_of_the_service_is_told_from_refused_keys(sent: bytes, said: str) -> None:
    async with serving(sent) as server:
        found, blocked = await walked(server.port)

    assert blocked is not None
    assert blocked.check == "reply"
    assert said in found["reply"].proof


async def test_a_reply_without_a_date_leaves_the_clock_unchecked() -> None:
    async with serving(reply(), reply()) as server:
        found, blocked = await walked(server.port)

    assert blocked is None
    assert found["clock"].state is State.SKIPPED


async def test_a_date_that_is_none_leaves_the_clock_unchecked() -> None:
    async with serving(reply(b"", "date: soon")) as server:
        found, _ = await walked(server.port)

    assert found["clock"].state is State.SKIPPED


@linux
def test_an_address_that_is_silent_is_told_beside_one_that_answers() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as answering,
        socket.create_server(("127.0.0.2", answering.getsockname()[1]), backlog=0) as silent,
        socket.create_connection(silent.getsockname()),
    ):
        port = answering.getsockname()[1]
        both = connection_finding(("127.0.0.1", "127.0.0.2"), port, seconds=0.3)
        alone = connection_finding(("127.0.0.2",), port, seconds=0.3)

    assert (both.state, alone.state) == (State.WARNING, State.FAILED)
    assert "127.0.0.2 gave no answer" in both.proof
    assert both.next_step.startswith("Have the silent address mended")


@linux
def test_an_address_that_refuses_at_once_delays_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as answering:
        finding = connection_finding(("127.0.0.2", "127.0.0.1"), answering.getsockname()[1])

    assert finding.state is State.OK
    assert "127.0.0.2 refused the connection; 127.0.0.1 answered" in finding.proof
