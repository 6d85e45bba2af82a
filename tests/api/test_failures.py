import asyncio
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from cnm_tui.api.client import CnmClient
from cnm_tui.api.failures import Peer, explained, of_exception, of_status
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import (
    CnmError,
    ConnectionRefused,
    CredentialsRefused,
    NameNotResolved,
    ProductDisabled,
    ProxyFailed,
    QueryRefused,
    RateLimited,
    ServiceFailed,
    TimedOut,
    TlsFailed,
    UnexpectedReply,
)
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.service import KeyPair, Secret
from cnm_tui.core.time.time_range import Window
from tests.api.conftest import MakeTls, asked_at_once, fetch_cancelled_once_heard
from tests.api.scripted_server import reply, serving, until_hung_up

NOW = 1_700_000_000.0
PEER = Peer("api.datadoghq.eu", "datadoghq.eu")
PAIR = KeyPair(Secret("0123api"), Secret("4567app"))
REPLIES = Path(__file__).parents[1] / "replies"


def failure(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> CnmError:
    return of_status(status, headers or {}, body, PEER, NOW)


async def failure_at(url: str, timeouts: Timeouts | None = None) -> CnmError:
    """Return the error that the HTTP client of the screen raises for a server at this URL.

    The function also checks that `query` and the requests for DNS and insights fail with the same error type.
    """
    failures = []
    async with aclosing(CnmClient(Service(url, PAIR, timeouts=timeouts), "test")) as client:
        for asked in (client.fetch(Query()), client.fetch(usual_query(DNS)), client.insights(Window(0, 900))):
            with pytest.raises(CnmError) as caught:
                await asked
            failures.append(caught.value)
    with pytest.raises(CnmError) as caught_at_once:
        await asked_at_once(Service(url, PAIR, timeouts=timeouts), Query())
    failures.append(caught_at_once.value)
    assert len({type(one) for one in failures}) == 1
    assert len({one.sentence for one in failures[:2] + failures[3:]}) == 1
    # Of insights it is said in addition that they are a preview.
    assert failures[2].sentence.startswith(str(failures[0]))
    return failures[0]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, UnexpectedReply),
        (301, UnexpectedReply),
        (304, UnexpectedReply),
        (401, CredentialsRefused),
        (403, CredentialsRefused),
        (404, UnexpectedReply),
        (405, UnexpectedReply),
        (407, ProxyFailed),
        (511, UnexpectedReply),
        (408, TimedOut),
        (413, QueryRefused),
        (414, QueryRefused),
        (431, QueryRefused),
        (418, UnexpectedReply),
        (429, RateLimited),
        (500, ServiceFailed),
        (504, ServiceFailed),
        (599, ServiceFailed),
    ],
)
def test_every_status_has_its_failure_with_the_host_in_it(status: int, kind: type[CnmError]) -> None:
    named = failure(status)

    assert type(named) is kind
    assert "api.datadoghq.eu" in str(named)
    assert named.sentence.endswith((".", "?"))


@pytest.mark.parametrize("status", [401, 403])
def test_refused_keys_name_the_site_the_scope_and_the_service_s_words(status: int) -> None:
    forbidden = failure(status, b'{"errors":["Forbidden: missing permission"]}')

    assert "Forbidden: missing permission" in str(forbidden)
    assert "network_connections_read" in forbidden.hint
    assert "the site datadoghq.eu" in forbidden.hint
    assert "both keys" in forbidden.hint.lower()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_not_taken_for_two_keys(status: int) -> None:
    peer = Peer("api.datadoghq.eu", "datadoghq.eu", by_token=True)

    forbidden = of_status(status, {}, b"", peer, NOW)

    assert "token" in str(forbidden)
    assert "network_connections_read" in forbidden.hint
    assert "the site datadoghq.eu" in forbidden.hint
    assert "key" not in forbidden.sentence.lower()


def test_a_rate_limit_says_how_long_and_until_when_so_that_it_is_true_later_too() -> None:
    limited = failure(429, headers={"x-ratelimit-reset": "24"})

    assert str(limited) == "Too many calls: api.datadoghq.eu wants a pause of 24 s, until 22:13:44Z."


@pytest.mark.parametrize(
    "body",
    [b"", b"Bad Request", b'{"errors":["Bad Request"]}', b'{"errors":[{"status":"400","title":"Bad Request"}]}', b"{}"],
)
def test_a_bare_400_is_an_organisation_without_the_product(body: bytes) -> None:
    assert type(failure(400, body)) is ProductDisabled


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("error_recorded.json", "Invalid limit: Limit must meet requirements listed in the documentation."),
        ("error_without_detail.json", "Cannot combine server_ungrouped with other server groupings"),
    ],
)
def test_a_400_with_words_is_a_query_refused_in_them(file: str, said: str) -> None:
    refused = failure(400, (REPLIES / file).read_bytes())

    assert type(refused) is QueryRefused
    assert said in str(refused)


def test_a_400_from_a_gateway_s_page_is_not_taken_for_the_service_s() -> None:
    page = b"<html><head><title>400 Request Header Or Cookie Too Large</title></head></html>"

    refused = failure(400, page, {"content-type": "text/html"})

    assert type(refused) is UnexpectedReply
    assert "Cookie Too Large" in str(refused)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"x-ratelimit-reset": "24"}, 24),
        ({"x-ratelimit-reset": "24", "retry-after": "7"}, 24),
        ({"x-ratelimit-reset": "soon", "retry-after": "7"}, 7),
        ({"retry-after": "Tue, 14 Nov 2023 22:14:00 GMT"}, 40),
        ({"retry-after": "Tue, 14 Nov 2023 20:00:00 GMT"}, 1),
        ({"retry-after": "next week"}, 60),
        ({"x-ratelimit-reset": "0"}, 1),
        ({"x-ratelimit-reset": "-5"}, 60),
        ({"x-ratelimit-reset": "nan"}, 60),
        ({"x-ratelimit-reset": "1700000024"}, 24),
        ({"x-ratelimit-reset": "1700000024000"}, 24),
        ({"x-ratelimit-reset": "1600000000", "retry-after": "7"}, 7),
        ({"x-ratelimit-reset": "1700009000", "x-ratelimit-period": "60"}, 60),
        ({"x-ratelimit-reset": "900", "x-ratelimit-period": "60"}, 60),
        ({"x-ratelimit-reset": "99999999"}, 3_600),
        ({"x-ratelimit-reset": "7, 7"}, 7),
        ({"x-ratelimit-reset": "7, 9, x"}, 9),
        ({"x-ratelimit-reset": ", nan", "retry-after": "5, 5"}, 5),
    ],
)
def test_a_rate_limit_is_waited_for_as_told_within_reason(headers: dict[str, str], seconds: float) -> None:
    limited = failure(429, headers=headers)

    assert isinstance(limited, RateLimited)
    assert limited.retry_after_seconds == seconds


def test_outside_words_are_cleaned_and_bounded() -> None:
    for status in (400, 401, 403, 404, 413, 418, 500):
        named = failure(status, b'{"errors":["\\u001b]52;c;aGk=\\u0007' + b"x" * 1_000 + b'"]}')

        assert named.sentence.isprintable()
        assert len(str(named)) < 500


async def test_a_name_without_address_is_told() -> None:
    assert type(await failure_at("https://nothing.invalid")) is NameNotResolved


async def test_a_port_where_nobody_listens_is_told() -> None:
    async with serving() as server:
        port = server.port

    refused = await failure_at(f"http://127.0.0.1:{port}")

    assert type(refused) is ConnectionRefused
    assert str(refused) == f"127.0.0.1:{port} refused the connection."


async def test_a_self_signed_certificate_is_not_trusted(make_tls: MakeTls) -> None:
    tls, _ = make_tls()
    async with serving(tls=tls) as server:
        failed = await failure_at(f"https://localhost:{server.port}")

    assert type(failed) is TlsFailed
    assert str(failed) == f"The certificate of localhost:{server.port} is self-signed: localhost."
    assert "SSL_CERT_FILE" in failed.hint


async def test_a_certificate_named_in_the_environment_is_trusted(
    make_tls: MakeTls, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = make_tls()
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with (
        serving(reply(), tls=tls) as server,
        aclosing(CnmClient(Service(f"https://localhost:{server.port}", PAIR), "test")) as client,
    ):
        assert len((await client.fetch(Query())).connections) == 1


async def test_a_cancelled_fetch_closes_its_encrypted_connection_at_once(
    make_tls: MakeTls, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = make_tls()
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    waiting = until_hung_up(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    async with (
        serving(waiting, reply(), tls=tls) as server,
        aclosing(CnmClient(Service(f"https://localhost:{server.port}", PAIR), "test")) as client,
    ):
        await fetch_cancelled_once_heard(client, server)
        await asyncio.wait_for(server.hung_up.wait(), 5)

        assert len((await client.fetch(Query())).connections) == 1


async def test_a_port_that_does_not_speak_tls_is_told() -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with listening:
        failed = await failure_at(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}")

    assert type(failed) is TlsFailed


async def test_certificates_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_bytes(b"no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(broken))

    failed = await failure_at("https://127.0.0.1:1")

    assert type(failed) is TlsFailed
    assert f"(SSL_CERT_FILE={broken}): there is no certificate in it." in str(failed)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_no_proxy_stands_between_this_machine_and_itself(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with (
        serving(reply()) as server,
        aclosing(CnmClient(Service(f"http://{host}:{server.port}", PAIR), "test")) as client,
    ):
        await client.fetch(Query())

    assert len(server.heard) == 1


@pytest.mark.parametrize("proxy", ["socks5://u:passw0rd@127.0.0.1:1", "passw0rd://x:1", "http://h:passw0rd:9:9"])
async def test_a_proxy_setting_that_cannot_be_used_is_told_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)

    failed = await failure_at("https://api.datadoghq.eu")

    assert type(failed) is ProxyFailed
    assert "passw0rd" not in failed.sentence


async def test_a_connection_that_never_comes_about_is_given_up() -> None:
    async with serving(until_hung_up()) as server:
        failed = await failure_at(f"https://127.0.0.1:{server.port}", Timeouts(connect=0.05))

    assert type(failed) is TimedOut
    assert "took no connection" in str(failed)


def test_silence_behind_a_proxy_may_be_its_own() -> None:
    behind = PEER._replace(proxy="proxy.example:3128")

    failure = of_exception(httpx.ReadTimeout(""), behind, 30.0, 120.0)

    assert failure.hint.endswith("; or the proxy proxy.example:3128 on the way is silent.")
    assert "proxy" not in of_exception(httpx.ReadTimeout(""), PEER, 30.0, 120.0).hint


@pytest.mark.parametrize("known", [True, False, None])
def test_what_to_do_about_refused_keys_is_said_within_two_lines_of_80(known: bool | None) -> None:
    refused = explained(failure(403, b'{"errors": ["Forbidden"]}'), known)

    seen = f"! {refused.sentence}"[: 2 * 76]
    assert "cnm-tui doctor" in seen
    assert ("network_connections_read is missing" in seen) is (known is True)


def test_a_network_that_wants_a_sign_in_is_no_failure_of_the_service() -> None:
    problem = failure(511, b"<html><title>Guest access</title></html>", {"content-type": "text/html"})

    assert str(problem) == "The network on the way to api.datadoghq.eu wants a sign-in (511): Guest access."
    assert "browser" in problem.hint


def test_a_reply_that_nothing_has_changed_redirects_nowhere() -> None:
    assert "redirects" not in str(failure(304))


async def test_a_short_key_hides_no_words_of_ours() -> None:
    keys = KeyPair(Secret("any"), Secret("proxy"))

    async with serving(b"nonsense\r\n\r\n") as server:
        service = Service(f"http://127.0.0.1:{server.port}", keys)
        with pytest.raises(UnexpectedReply) as caught:
            await asked_at_once(service, Query())

    assert caught.value.hint == "Check the API URL and any proxy."


async def test_a_service_that_stalls_when_the_keys_are_looked_at_does_not_keep_the_refusal() -> None:
    refused = reply(b'{"errors":["Forbidden"]}', status="403 Forbidden")
    async with serving(refused, until_hung_up(), reply()) as server:
        timeouts = Timeouts(explain=0.1)
        url = f"http://127.0.0.1:{server.port}"
        async with aclosing(CnmClient(Service(url, PAIR, timeouts=timeouts), "test")) as client:
            with pytest.raises(CredentialsRefused) as told:
                await client.fetch(Query())
            again = await client.fetch(Query())

    assert "doctor" in told.value.sentence
    assert len(again.connections) == 1
