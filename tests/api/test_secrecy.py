"""Test that no API key is printed, logged or stored, whatever error occurs."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing

import httpx
import pytest

from cnm_tui.api.client import CnmClient
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.errors import CnmError
from cnm_tui.core.query import Query
from cnm_tui.core.redaction import FRAGMENT
from cnm_tui.core.service import AccessToken, Credentials, KeyPair, Secret
from cnm_tui.core.snapshot import Snapshot
from tests.api.conftest import MakeTls, asked_at_once
from tests.api.scripted_server import Script, gzipped, reply, serving, then_cut, until_hung_up

SECRETS = ("4c1f0a9e27b8api", "d83e5577e6f0app", "ddpat_9Q20c6Kd1x8Z")
PAIR = KeyPair(Secret(SECRETS[0]), Secret(SECRETS[1]))
TOKEN = AccessToken(Secret(SECRETS[2]))
EACH = pytest.mark.parametrize("credentials", [PAIR, TOKEN], ids=["pair", "token"])


async def by_client(url: str, credentials: Credentials, timeouts: Timeouts | None = None) -> Snapshot:
    async with aclosing(CnmClient(Service(url, credentials, timeouts=timeouts), "test")) as client:
        return await client.fetch(Query())


async def at_once(url: str, credentials: Credentials, timeouts: Timeouts | None = None) -> Snapshot:
    return await asked_at_once(Service(url, credentials, timeouts=timeouts), Query())


EACH_WAY = pytest.mark.parametrize("ask", [by_client, at_once])
Ask = Callable[..., Awaitable[Snapshot]]
REFUSALS = (301, 400, 401, 403, 404, 413, 418, 429, 500)


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Yield the pytest log capture, set to record the messages of all libraries at level DEBUG."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def assert_no_secret(shown: str) -> None:
    for secret in SECRETS:
        for at in range(len(secret) - FRAGMENT + 1):
            assert secret[at : at + FRAGMENT] not in shown


def everything_told_by(error: BaseException, logged: pytest.LogCaptureFixture) -> str:
    """Return all texts in which a secret could appear after this error.

    The texts are the traceback with the local variables of each frame, the error's own texts, and the log
    records.
    """
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    records = [f"{record.getMessage()} {record.args!r} {record.__dict__!r}" for record in logged.records]
    return "\n".join([*frames, repr(error), str(error), repr(error.__context__), repr(error.__cause__), *records])


@EACH_WAY
@EACH
@pytest.mark.parametrize(
    "said",
    [
        *[reply(b'{"errors":["no"]}', "location: https://elsewhere/", status=f"{status} X") for status in REFUSALS],
        reply(b"not json"),
        reply(b"not gzip", "content-encoding: gzip"),
        reply(b"br", "content-encoding: br"),
        then_cut(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
        then_cut(b"no HTTP\r\n\r\n"),
        reply(b"", "location: http://[", status="302 Found"),
        until_hung_up(),
        None,
    ],
)
async def test_no_failure_of_a_reply_tells_a_key(
    ask: Ask, credentials: Credentials, said: bytes | Script | None, logged: pytest.LogCaptureFixture
) -> None:
    async with serving(said) as server:
        with pytest.raises(CnmError) as caught:
            await ask(f"http://127.0.0.1:{server.port}", credentials, Timeouts(read=0.1))

    assert_no_secret(everything_told_by(caught.value, logged))
    assert not isinstance(caught.value.__context__, httpx.HTTPError)
    assert any(secret in server.heard[0] for secret in SECRETS)


@EACH_WAY
@EACH
async def test_no_failure_to_connect_tells_a_key(
    ask: Ask, credentials: Credentials, logged: pytest.LogCaptureFixture, make_tls: MakeTls
) -> None:
    tls, _ = make_tls()
    async with serving(tls=tls) as server:
        for url in ("https://nothing.invalid", "http://127.0.0.1:1", f"https://localhost:{server.port}"):
            with pytest.raises(CnmError) as caught:
                await ask(url, credentials)
            assert_no_secret(everything_told_by(caught.value, logged))

    assert server.heard == []


@EACH
async def test_an_answer_and_its_client_tell_no_key(credentials: Credentials, logged: pytest.LogCaptureFixture) -> None:
    async with (
        serving(gzipped()) as server,
        aclosing(CnmClient(Service(f"http://127.0.0.1:{server.port}", credentials), "test")) as client,
    ):
        snapshot = await client.fetch(Query())

    assert_no_secret(repr(snapshot) + repr(client) + repr(vars(client)) + repr(credentials))
    assert_no_secret("".join(record.getMessage() for record in logged.records))


@EACH_WAY
@EACH
@pytest.mark.parametrize("figure", ["3", "NaN"])
async def test_a_row_that_repeats_a_key_shows_none(ask: Ask, credentials: Credentials, figure: str) -> None:
    said = " ".join(SECRETS)
    groups = {"client_service": [f"web-{said}"]}
    row = {"id": said, "note": said, "attributes": {"group_bys": groups, "tcp_resets": float(figure)}}
    body = json.dumps({"data": [row]})
    async with serving(reply(body.encode())) as server:
        snapshot = await ask(f"http://127.0.0.1:{server.port}", credentials)

    (connection,) = snapshot.connections
    shown = repr((connection.id, connection.exact, bytes(connection.raw)))
    own = SECRETS[:2] if credentials is PAIR else SECRETS[2:]
    assert "***" in shown
    assert not any(secret in shown for secret in own)


@EACH
def test_a_client_tells_whether_a_text_holds_one_of_its_keys(credentials: Credentials) -> None:
    client = CnmClient(Service("http://127.0.0.1:1", credentials), "test")

    held = [client.holds_key(f"client_service:{secret} OR x") for secret in SECRETS]

    assert held == ([True, True, False] if credentials is PAIR else [False, False, True])
    assert not client.holds_key("client_service:web")
    assert not CnmClient(Service("http://127.0.0.1:1", None), "test").holds_key("client_service:web")


@pytest.mark.parametrize(("credentials", "signed_by"), [(PAIR, "keys"), (TOKEN, "token"), (None, "nothing")])
def test_a_client_tells_where_it_asks_and_by_what_kind_of_keys(credentials: Credentials | None, signed_by: str) -> None:
    address = CnmClient(Service("http://127.0.0.1:1/", credentials), "test").address

    assert address[:2] == ("http://127.0.0.1:1", signed_by)
    assert_no_secret(repr(address))
