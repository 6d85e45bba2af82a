import asyncio
import gc
import gzip
import json
import warnings
import zlib
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from cnm_tui import __version__
from cnm_tui.api.client import CnmClient
from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.rate_limit import budget
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import (
    CnmError,
    InvalidQuery,
    RateLimited,
    ReplyNotJson,
    ReplyTooLarge,
    ReplyTruncated,
    ReplyUndecodable,
    ServiceFailed,
    TimedOut,
    UnexpectedReply,
)
from cnm_tui.core.insights.insight import Insights
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.service import AccessToken, Budget, Credentials, KeyPair, Secret, wait_seconds
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Fixed, TimeRange, Window, last
from tests.api.conftest import asked_at_once, fetch_cancelled_once_heard
from tests.api.scripted_server import ONE_ROW, Script, gzipped, reply, serving, then_cut, until_hung_up
from tests.builders import MOMENT

NOW = 1_700_000_000.0
QUERY = Query(group_bys=("client_service",), time_range=last(900))
PAIR = KeyPair(Secret("0123api"), Secret("4567app"))


@asynccontextmanager
async def a_client(port: int, credentials: Credentials | None = PAIR, **settings: Any) -> AsyncIterator[CnmClient]:
    async with aclosing(
        CnmClient(Service(f"http://127.0.0.1:{port}", credentials, **settings), "test", lambda: NOW)
    ) as client:
        yield client


async def failure_of(*replies: bytes | Script | None, **settings: Any) -> CnmError:
    """Return the error that the HTTP client of the screen raises for these replies.

    The function also checks that `query` and a request for DNS fail with the same error type and message. A
    request for insights may report another error for a reply that is cut off, because the list is decoded only as
    a whole.
    """
    async with serving(*replies) as server, a_client(server.port, **settings) as client:
        with pytest.raises(CnmError) as caught:
            await client.fetch(QUERY)
    async with serving(*replies) as another:
        with pytest.raises(CnmError) as caught_at_once:
            await by_query(another.port, **settings)
    said, said_at_once = (
        failure.sentence.replace(str(port), "PORT")
        for failure, port in ((caught.value, server.port), (caught_at_once.value, another.port))
    )
    assert (type(caught_at_once.value), said_at_once) == (type(caught.value), said)
    async with serving(*replies) as third, a_client(third.port, **settings) as client:
        with pytest.raises(CnmError) as of_dns:
            await client.fetch(usual_query(DNS))
    assert (type(of_dns.value), of_dns.value.sentence.replace(str(third.port), "PORT")) == (type(caught.value), said)
    async with serving(*replies) as fourth, a_client(fourth.port, **settings) as client:
        told: Insights | CnmError
        try:
            told = await client.insights(Window(int(NOW) - 900, int(NOW)))
        except CnmError as problem:
            told = problem
    if isinstance(told, CnmError):
        assert isinstance(told, (type(caught.value), UnexpectedReply))
        assert str(fourth.port) in told.sentence or "DEMO" in told.sentence
        assert told.sentence.isprintable()
    else:
        # Only the end of the compression was missing or too much: the list in it is whole.
        assert told.unreadable + len(told.found) == 1
    return caught.value


async def by_query(port: int, credentials: Credentials | None = PAIR, **settings: Any) -> Snapshot:
    service = Service(f"http://127.0.0.1:{port}", credentials, **settings)
    return await asked_at_once(service, QUERY, lambda: NOW)


async def test_an_answer_becomes_a_snapshot() -> None:
    async with serving(gzipped()) as server, a_client(server.port) as client:
        snapshot = await client.fetch(QUERY)

    assert snapshot.query is QUERY
    assert (snapshot.window.start, snapshot.window.end) == (NOW - 900, NOW)
    assert snapshot.fetched_at == NOW
    assert [connection.groups for connection in snapshot.connections] == [(("web",),)]


async def test_a_request_is_one_get_with_the_endpoint_s_headers() -> None:
    async with serving(gzipped()) as server, a_client(server.port) as client:
        await client.fetch(Query(group_bys=("client_service",), search="team:web AND (a OR b)"))

    head = server.heard[0]
    assert head.startswith(
        f"GET {CONNECTIONS.path}?from=1699999100&to=1700000000&group_by=client_service&query=team%3Aweb+AND+"
    )
    for header in (
        "accept: application/json",
        "accept-encoding: gzip",
        f"user-agent: cnm-tui/{__version__}",
        "dd-api-key: 0123api",
        "dd-application-key: 4567app",
    ):
        assert f"\r\n{header}\r\n" in head


async def test_asked_at_once_the_request_and_the_answer_are_the_same() -> None:
    headers = ("X-RateLimit-Limit: 30", "X-RateLimit-Remaining: 29")
    sent = gzipped(ONE_ROW, *headers)
    async with serving(sent, sent) as server:
        async with a_client(server.port) as client:
            snapshot = await client.fetch(QUERY)
        at_once = await by_query(server.port)

    assert server.heard[0] == server.heard[1]
    assert [(one.id, one.groups, one.counters) for one in at_once.connections] == [
        (one.id, one.groups, one.counters) for one in snapshot.connections
    ]
    assert (at_once.query, at_once.window, at_once.fetched_at) == (QUERY, snapshot.window, NOW)
    assert at_once.budget == snapshot.budget == Budget(limit=30, remaining=29)


async def test_a_token_is_sent_as_a_bearer_token_and_alone() -> None:
    async with serving(reply()) as server, a_client(server.port, AccessToken(Secret("ddpat_89ab"))) as client:
        await client.fetch(QUERY)

    assert "\r\nauthorization: Bearer ddpat_89ab\r\n" in server.heard[0]
    assert "dd-api-key" not in server.heard[0]


async def test_no_netrc_is_sent_in_place_of_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(netrc.parent))
    monkeypatch.setenv("NETRC", str(netrc))

    async with serving(reply()) as server, a_client(server.port, None) as client:
        await client.fetch(QUERY)

    assert "authorization" not in server.heard[0].lower()


async def test_requests_share_one_connection() -> None:
    async with serving(gzipped(), gzipped()) as server, a_client(server.port) as client:
        await client.fetch(QUERY)
        await client.fetch(QUERY)

    assert (len(server.heard), server.connections) == (2, 1)


async def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_without_a_failure() -> None:
    async with serving(gzipped(), None, gzipped()) as server, a_client(server.port) as client:
        await client.fetch(QUERY)
        snapshot = await client.fetch(QUERY)

    assert len(snapshot.connections) == 1
    assert server.connections == 2


async def test_a_new_connection_closed_without_a_word_is_a_failure_and_not_tried_twice() -> None:
    async with serving(None) as server, a_client(server.port) as client:
        with pytest.raises(UnexpectedReply, match="did not answer as HTTP does"):
            await client.fetch(QUERY)

    assert server.connections == 1


async def test_the_budget_comes_with_the_answer_and_stays_known() -> None:
    headers = ("X-RateLimit-Limit: 30", "X-RateLimit-Period: 60", "X-RateLimit-Remaining: 29", "X-RateLimit-Reset: 24")
    async with serving(gzipped(ONE_ROW, *headers), gzipped()) as server, a_client(server.port) as client:
        told = (await client.fetch(QUERY)).budget
        untold = (await client.fetch(QUERY)).budget

    assert told == client.budget == Budget(30, 60, 29, NOW + 24)
    assert untold == Budget()


@pytest.mark.parametrize(("reset", "until"), [(["7", "7"], 7), (["7", "9"], 9), (["7, 7"], 7), ([f"{NOW + 7:.0f}"], 7)])
async def test_a_reset_that_is_told_twice_or_as_a_moment_is_known(reset: list[str], until: float) -> None:
    headers = [f"X-RateLimit-Reset: {told}" for told in reset]
    headers += ["X-RateLimit-Remaining: 0", "x-ratelimit-remaining: 0", "X-RateLimit-Period: 60"]
    async with serving(reply(ONE_ROW, *headers)) as server, a_client(server.port) as client:
        told = (await client.fetch(QUERY)).budget

    assert told == Budget(None, 60, 0, NOW + until)
    assert wait_seconds(None, told, NOW) == until


async def test_the_budget_of_a_refusal_is_known_too() -> None:
    headers = ("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 24", "X-RateLimit-Name: cnm_aggregate")
    async with (
        serving(reply(b"", *headers, status="429 Too Many Requests")) as server,
        a_client(server.port) as client,
    ):
        with pytest.raises(RateLimited) as caught:
            await client.fetch(QUERY)

    assert client.budget == Budget(remaining=0, reset_at=NOW + 24)
    assert caught.value.retry_after_seconds == 24
    assert "cnm_aggregate" in caught.value.hint


async def test_a_window_beyond_retention_warns_and_is_asked_all_the_same() -> None:
    async with serving(reply()) as server, a_client(server.port) as client:
        snapshot = await client.fetch(Query(group_bys=("client_service",), time_range=last(20 * 86_400)))

    assert "14 days" in snapshot.warning


@pytest.mark.parametrize(
    ("sent", "kind", "said"),
    [
        (reply(ONE_ROW[:50], length=len(ONE_ROW)), ReplyTruncated, " ended after 50 B."),
        (reply(b"{}", length=0, status="200 OK"), ReplyNotJson, "not the JSON"),
        (
            b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"dat\r\n',
            ReplyTruncated,
            " ended after 5 B.",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + ONE_ROW[:50], ReplyTruncated, "in the middle of its JSON, after 50 B"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(ONE_ROW)[:-9],
            ReplyTruncated,
            " ended after",
        ),
        (b"\x00\x01 no HTTP at all\r\n\r\n", UnexpectedReply, "did not answer as HTTP does"),
    ],
)
async def test_a_reply_cut_short_says_how_much_came(sent: bytes, kind: type[CnmError], said: str) -> None:
    failure = await failure_of(then_cut(sent))

    assert type(failure) is kind
    assert said in str(failure)
    assert "127.0.0.1:" in str(failure)


@pytest.mark.parametrize(
    "sent",
    [
        reply(b"no gzip", "content-encoding: gzip"),
        reply(ONE_ROW, "content-encoding: br"),
        reply(b"not JSON"),
        reply(b"[]"),
        reply(b'{"data":5}'),
        reply(b'{"data":[%b1]}' % (b"1," * 40_000)),
        reply(b" " * 2_000),
    ],
)
async def test_a_reply_that_cannot_be_used_says_whose_it_is(sent: bytes) -> None:
    async with serving(sent) as server, a_client(server.port, most_bytes=100_000) as client:
        with pytest.raises(UnexpectedReply, match=f"127.0.0.1:{server.port}"):
            await client.fetch(QUERY)


async def test_a_web_page_in_place_of_the_reply_is_told_by_its_title() -> None:
    page = b"<!DOCTYPE html><html><head><title>Sign in to\n Example</title></head><body>Who are you?</body></html>"
    async with serving(reply(page, "content-type: text/html")) as server, a_client(server.port) as client:
        with pytest.raises(ReplyNotJson) as caught:
            await client.fetch(QUERY)

    assert str(caught.value) == f"127.0.0.1:{server.port} answered with a web page: Sign in to Example."


async def test_an_answer_whose_type_is_wrong_is_an_answer_all_the_same() -> None:
    async with serving(reply(ONE_ROW, "content-type: text/html")) as server, a_client(server.port) as client:
        assert len((await client.fetch(QUERY)).connections) == 1


async def test_failures_name_who_was_asked_as_its_user_knows_it() -> None:
    failure = await failure_of(reply(b"", status="503 X"), called="DEMO")

    assert str(failure) == "DEMO failed (503)."


async def test_an_end_in_the_future_is_asked_up_to_now_and_warned_of() -> None:
    query = Query(group_bys=("client_service",), time_range=TimeRange(Fixed(int(NOW) - 60), Fixed(int(NOW) + 60)))
    async with serving(reply()) as server, a_client(server.port) as client:
        snapshot = await client.fetch(query)

    assert "from=1699999940&to=1700000000&" in server.heard[0]
    assert snapshot.window.seconds == 60
    assert "ends in the future" in snapshot.warning


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (reply(b"no gzip", "content-encoding: gzip"), ReplyUndecodable),
        (reply(gzip.compress(ONE_ROW)[:30] + b"rubbish" * 9, "content-encoding: gzip"), ReplyUndecodable),
        (reply(gzip.compress(ONE_ROW) + b"after the end", "content-encoding: gzip"), ReplyUndecodable),
        (reply(ONE_ROW, "content-encoding: br"), ReplyUndecodable),
        (reply(b"<html>Sign in</html>", "content-type: text/html"), ReplyNotJson),
        (reply(b""), ReplyNotJson),
        (reply(b"", "content-encoding: gzip"), ReplyNotJson),
    ],
)
async def test_a_reply_that_is_none_is_named(sent: bytes, kind: type[CnmError]) -> None:
    assert type(await failure_of(sent)) is kind


@pytest.mark.parametrize(
    "sent",
    [
        reply(gzip.compress(ONE_ROW[:40]) + gzip.compress(ONE_ROW[40:]) + b"\0" * 8, "content-encoding: gzip"),
        reply(ONE_ROW, "content-encoding: identity"),
        reply(ONE_ROW, "content-type: application/vnd.api+json"),
        reply(gzip.compress(ONE_ROW), "content-encoding: X-GZIP"),
    ],
)
async def test_other_ways_to_send_an_answer_are_read(sent: bytes) -> None:
    async with serving(sent) as server, a_client(server.port) as client:
        assert len((await client.fetch(QUERY)).connections) == 1


async def test_a_large_answer_arrives_whole() -> None:
    rows = [{"id": f"row {n}", "attributes": {"group_bys": {"client_service": [f"web-{n * n}"]}}} for n in range(7_500)]
    async with serving(gzipped(json.dumps({"data": rows}).encode())) as server, a_client(server.port) as client:
        snapshot = await client.fetch(QUERY)

    assert [connection.id for connection in snapshot.connections] == [f"row {n}" for n in range(7_500)]


async def test_what_makes_no_sense_at_its_end_only_is_read_again_from_its_beginning() -> None:
    rows = json.dumps({"data": json.loads(ONE_ROW)["data"] * 5_000})[: -len("]}")]
    sent = gzipped(f'{rows}, {{"id": "the last", "attributes": {{"tcp_resets": NaN}}}}]}}'.encode())
    async with serving(sent, sent) as server:
        async with a_client(server.port) as client:
            snapshot = await client.fetch(QUERY)
        at_once = await by_query(server.port)

    for answer in (snapshot, at_once):
        assert len(answer.connections) == 5_001
        assert answer.connections[-1].id == "the last"


async def test_a_gzip_bomb_is_stopped_before_it_is_all_read() -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    megabytes = b"".join([bomb.compress(bytes(1 << 20)) for _ in range(100)])
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1000000000\r\n\r\n"

    failure = await failure_of(until_hung_up(head, megabytes), most_bytes=8_000_000)

    assert type(failure) is ReplyTooLarge
    assert "over 8 MB" in str(failure)


async def test_an_endless_reply_is_stopped() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n"

    # Insights have a larger bound, so that their request ends by its timeout.
    endless = until_hung_up(head, bytes(2_000_000))
    failure = await failure_of(endless, most_bytes=1_000_000, timeouts=Timeouts(read=5))

    assert type(failure) is ReplyTooLarge


async def test_a_server_that_says_nothing_is_given_up() -> None:
    failure = await failure_of(until_hung_up(), timeouts=Timeouts(read=0.05))

    assert type(failure) is TimedOut
    assert "said nothing" in str(failure)


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nx-slow: ", b"y"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["headers", "body", "chunks"],
)
async def test_a_reply_that_trickles_for_ever_is_given_up(beginning: bytes, drop: bytes) -> None:
    async def trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(beginning)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.01)

    failure = await failure_of(trickle, timeouts=Timeouts(read=5, whole=0.2))

    assert type(failure) is TimedOut
    assert "had not finished" in str(failure)


async def test_a_redirect_names_the_other_host_and_is_not_followed() -> None:
    sent = reply(b"", "location: https://login.example.com/sso?token=0123api", status="302 Found")
    async with serving(sent) as server, a_client(server.port) as client:
        with pytest.raises(UnexpectedReply, match=r"redirects to login\.example\.com \(302\)") as caught:
            await client.fetch(QUERY)

    assert len(server.heard) == 1
    assert "sso" not in caught.value.sentence


async def test_an_error_s_text_is_read_through_its_compression() -> None:
    body = gzip.compress(b'{"errors":["on fire"]}')

    failure = await failure_of(reply(body, "content-encoding: gzip", status="503 Service Unavailable"))

    assert type(failure) is ServiceFailed
    assert str(failure).startswith("127.0.0.1:")
    assert str(failure).endswith(" failed (503): on fire.")


async def test_an_error_whose_text_cannot_be_read_is_still_that_error() -> None:
    for sent in (
        reply(b"no gzip", "content-encoding: gzip", status="503 X"),
        reply(b"brotli", "content-encoding: br", status="503 X"),
    ):
        assert str(await failure_of(sent)).endswith(" failed (503).")


async def test_a_cancelled_fetch_closes_its_connection_and_the_client_goes_on() -> None:
    waiting = until_hung_up(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    async with serving(waiting, gzipped()) as server, a_client(server.port) as client:
        await fetch_cancelled_once_heard(client, server)
        await asyncio.wait_for(server.hung_up.wait(), 5)

        snapshot = await client.fetch(QUERY)

    assert len(snapshot.connections) == 1


async def test_cancelling_many_fetches_leaves_room_for_the_next() -> None:
    async with serving(*[until_hung_up()] * 5, gzipped()) as server, a_client(server.port) as client:
        for _ in range(5):
            await fetch_cancelled_once_heard(client, server)

        assert len((await client.fetch(QUERY)).connections) == 1


async def test_a_fetch_cancelled_on_a_kept_connection_is_not_sent_again_on_another() -> None:
    async with serving(gzipped(), until_hung_up(), gzipped()) as server, a_client(server.port) as client:
        await client.fetch(QUERY)
        await fetch_cancelled_once_heard(client, server)
        await asyncio.wait_for(server.hung_up.wait(), 5)

        await client.fetch(QUERY)

    assert server.connections == 2


async def test_of_two_fetches_at_once_one_connection_is_kept_and_the_other_closed() -> None:
    async with serving(gzipped(), gzipped(), gzipped()) as server, a_client(server.port) as client:
        await asyncio.gather(client.fetch(QUERY), client.fetch(QUERY))

        await asyncio.wait_for(server.hung_up.wait(), 5)
        await client.fetch(QUERY)

    assert server.connections == 2


async def test_garbage_is_collected_however_long_an_answer_takes() -> None:
    collected: list[bool] = []

    async def slowly(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        whole = reply()
        for piece in (whole[:-1], whole[-1:]):
            collected.append(gc.isenabled())
            writer.write(piece)
            await writer.drain()

    async with serving(slowly) as server, a_client(server.port) as client:
        await client.fetch(QUERY)

    assert collected == [True, True]


async def test_a_connection_cancelled_after_its_answer_leaves_no_socket_open() -> None:
    async with serving(gzipped()) as server:
        connection = HttpConnection(Service(f"http://127.0.0.1:{server.port}", PAIR))
        await asyncio.to_thread(connection.answer, QUERY)

        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", ResourceWarning)
            connection.cancel()
            del connection
            gc.collect()

    assert not told


async def test_a_connection_cancelled_before_its_question_asks_nobody() -> None:
    async with serving() as server:
        connection = HttpConnection(Service(f"http://127.0.0.1:{server.port}", PAIR))
        connection.cancel()

        with pytest.raises(TimedOut):
            await asyncio.to_thread(connection.answer, QUERY)

    assert server.connections == 0


async def test_a_closed_client_may_be_closed_again_and_asked_again() -> None:
    async with serving(gzipped(), gzipped()) as server, a_client(server.port) as client:
        await client.fetch(QUERY)
        await client.aclose()
        await client.aclose()
        await client.fetch(QUERY)

    assert server.connections == 2


@pytest.mark.parametrize("url", ["http://api.datadoghq.com", "http://10.0.0.1", "ftp://127.0.0.1", "nonsense"])
def test_keys_are_never_sent_in_the_clear(url: str) -> None:
    with pytest.raises(InvalidQuery):
        CnmClient(Service(url, PAIR), "test")


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Sun, 01 Mar 2026 10:00:10 GMT", 0.0),
        ("Sun, 01 Mar 2026 09:53:00 GMT", 420.0),
        ("Sun, 01 Mar 2026 10:07:00 GMT", -420.0),
        ("yesterday", 0.0),
    ],
)
def test_a_clock_that_is_minutes_off_is_known(date: str, ahead: float) -> None:
    assert budget({"date": date}, MOMENT).clock_ahead_seconds == ahead
