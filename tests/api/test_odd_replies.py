"""Test that malicious replies use only limited time and memory, and lead to errors of a known class with a
message.
"""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import aclosing, suppress
from typing import Any

import httpx
import pytest

from cnm_tui.api.client import CnmClient
from cnm_tui.api.response_body import ResponseBody
from cnm_tui.api.row_decoder import RowDecoder
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import (
    CnmError,
    QueryRefused,
    RateLimited,
    ReplyNotJson,
    ReplyTooLarge,
    ReplyTruncated,
    ReplyUndecodable,
    TimedOut,
    UnexpectedReply,
)
from cnm_tui.core.export.rows import export
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.text import unseen
from cnm_tui.core.time.time_range import Window
from tests.api.scripted_server import Script, reply, serving, then_cut, until_hung_up
from tests.builders import MOMENT

OK = b"HTTP/1.1 200 OK\r\n"
USUAL = Timeouts()
SHORT = Timeouts(read=0.2, whole=0.5)
"""For replies that never end. Any other reply is judged by its content, which may take long on a busy machine."""


def a_client(port: int, timeouts: Timeouts = USUAL) -> CnmClient:
    """Return an HTTP client without API keys."""
    return CnmClient(Service(f"http://127.0.0.1:{port}", None, timeouts=timeouts), "odd")


async def failure_of(sent: bytes | Script, timeouts: Timeouts = USUAL) -> CnmError:
    """Return the error that a fetch of connections raises for this reply.

    The function also checks that a fetch of DNS data fails with the same error type, and that insights fail, too.
    """
    failures = []
    for query in (usual_query(DNS), Query()):
        async with serving(sent) as server, aclosing(a_client(server.port, timeouts)) as client:
            with pytest.raises(CnmError) as failed:
                await client.fetch(query)
        failures.append(failed.value)
    async with serving(sent) as server, aclosing(a_client(server.port, timeouts)) as client:
        with pytest.raises(CnmError) as of_insights:
            await client.insights(Window(MOMENT - 900, MOMENT))
    assert type(failures[0]) is type(failures[1])
    assert of_insights.value.sentence.isprintable()
    return failures[1]


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (OK + b"content-length: " + b"9" * 5_000 + b"\r\n\r\n{", UnexpectedReply),
        (OK + b"content-length: -1\r\n\r\n{", UnexpectedReply),
        (OK + b"content-length: 1000000000000000000\r\n\r\n{", TimedOut),
        (OK + b"transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFF\r\n{", TimedOut),
        (OK + b"transfer-encoding: chunked\r\n\r\n" + b"F" * 5_000 + b"\r\n{", ReplyTruncated),
        (OK + b"x: " + b"y" * 1_000_000, UnexpectedReply),
        (OK + b"x: y\r\n" * 100_000, UnexpectedReply),
        (b"HTTP/1.1 " + b"9" * 5_000 + b" OK\r\n\r\n", UnexpectedReply),
        (b"\x1b[2J" * 1_000 + b"\r\n\r\n", UnexpectedReply),
        (reply(b"{}", "content-encoding: " + "gzip, " * 5_000), ReplyUndecodable),
        (reply(b"9" * 1_000_000), ReplyNotJson),
        (reply(b'{"data":' * 100_000), ReplyNotJson),
        (reply(b'{"data":[' + b"[" * 500_000), ReplyNotJson),
        (reply(b'{"data":[' + b"1e400," * 40_000 + b"1]}"), ReplyTooLarge),
        (reply(b'{"errors":' + b"[" * 60_000, status="400 Bad"), QueryRefused),
        (reply(b'{"errors":[' + b"9" * 60_000 + b"]}", status="400 Bad"), QueryRefused),
        (reply(b'{"errors":["\\ud800\\u001b]52;c;x\\u0007\\u202e"]}', status="400 Bad"), QueryRefused),
    ],
    ids=[
        *("a length of 5,000 digits", "a negative length", "a billion rows", "an endless chunk"),
        *("a chunk of 5,000 digits", "an endless header", "endless headers", "an endless status", "no HTTP"),
        *("compressed 5,000 times", "a number", "nested objects", "nested lists", "rows of numbers"),
        *("a nested refusal", "a refusal of digits", "a refusal that acts"),
    ],
)
async def test_it_is_a_failure_with_a_name_and_a_sentence_that_can_be_shown(sent: bytes, kind: type[CnmError]) -> None:
    script = then_cut(sent) if kind is ReplyTruncated else until_hung_up(sent)
    failure = await failure_of(script, SHORT if kind is TimedOut else USUAL)

    assert type(failure) is kind
    assert unseen(failure.sentence) == ""
    assert len(failure.sentence) < 1_000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["javascript:void(0)", "http://[", "http://\xff/", "", "data:,x", "//", "mailto:a@b", "x" * 60_000]
)
async def test_a_redirect_to_whatever_place_is_a_redirect(status: int, location: str) -> None:
    failure = await failure_of(reply(b"", f"location: {location}", status=f"{status} Elsewhere"))

    assert type(failure) is UnexpectedReply
    assert f"({status}); the endpoint never does" in str(failure)


async def test_an_exception_that_nobody_thought_of_is_a_failure_that_names_its_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_reply: httpx.Response) -> Iterator[bytes]:
        raise KeyError("dd-api-key: 0123456789")

    monkeypatch.setattr(httpx.Response, "iter_raw", fail)

    failure = await failure_of(reply())

    assert type(failure) is UnexpectedReply
    assert "could not be read (KeyError)" in str(failure)
    assert "0123456789" not in failure.sentence


@pytest.mark.parametrize("behind", [reply(b"{}"), b"\0", b"HTTP/1.1 200 OK\r\n", b"\r\n"])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
async def test_bytes_behind_an_answer_are_not_the_answer_to_the_next_question(status: str, behind: bytes) -> None:
    answer = reply() if status == "200 OK" else reply(b"{}", status=status)
    async with serving(answer + behind, reply()) as server, aclosing(a_client(server.port)) as client:
        with suppress(UnexpectedReply):
            await client.fetch(Query())
        snapshot = await client.fetch(Query())

    assert len(snapshot.connections) == 1
    assert (len(server.heard), server.connections) == (2, 2)


async def test_a_connection_is_kept_where_nothing_came_behind_the_answer() -> None:
    async with serving(reply(), reply()) as server, aclosing(a_client(server.port)) as client:
        await client.fetch(Query())
        await client.fetch(Query())

    assert server.connections == 1


async def test_a_pause_of_any_length_is_one_that_can_be_waited_for() -> None:
    headers = [f"x-ratelimit-reset: {'9' * 5_000}", "x-ratelimit-limit: 1e400", "x-ratelimit-remaining: nan"]

    failure = await failure_of(reply(b"{}", *headers, "retry-after: -1", status="429 Too Many Requests"))

    assert isinstance(failure, RateLimited)
    assert 1 <= failure.retry_after_seconds <= 3_600


@pytest.mark.parametrize("figure", ["1e400", "-1e400", "9" * 5_000, "-" + "9" * 100, "NaN", "-Infinity", '"1e999"'])
async def test_a_figure_that_is_none_is_absent_and_its_row_is_there(figure: str) -> None:
    row = {"id": "x", "attributes": {"group_bys": {"client_service": ["web"]}, "tcp_resets": "HERE"}}
    body = json.dumps({"data": [row]}).replace('"HERE"', figure).encode()
    async with serving(reply(body)) as server, aclosing(a_client(server.port)) as client:
        (connection,) = (await client.fetch(Query())).connections

    assert set(connection.counters) == {None}


@pytest.mark.slow
def test_a_reply_in_tiny_pieces_takes_no_more_memory_than_in_large_ones() -> None:
    received = ResponseBody("", "odd")
    decoder = RowDecoder((), CONNECTIONS.counted_keys, whole=received.whole)
    tracemalloc.start()
    try:
        for number in range(200_000):
            for part in received.feed(number.to_bytes(3, "big")):
                decoder.feed(part)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(received.whole()) == 600_000
    assert most < 3_000_000


def test_a_reply_of_many_gzip_members_is_unpacked_anew_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    begun_with: list[int] = []

    class Measured:
        def __init__(self, window_bits: int) -> None:
            self._zlib = decompressobj(window_bits)

        def decompress(self, packed: bytes, most: int) -> bytes:
            begun_with.append(len(packed))
            return self._zlib.decompress(packed, most)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._zlib, name)

    decompressobj = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Measured)
    received = ResponseBody("gzip", "odd")
    members = gzip.compress(b"[0]") * 20_000
    came = b"".join(
        part
        for start in range(0, len(members), 64 * 1024)
        for part in received.feed(members[start : start + 64 * 1024])
    )
    begun_with.clear()

    whole = received.whole()

    assert whole == came == b"[0]" * 20_000
    assert max(begun_with) <= 128 * 1024


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e308", "9" * 400, "NaN", "Infinity", '"1e400"', "[1]"])
@pytest.mark.parametrize("ending", ["csv", "tsv"])
async def test_a_figure_beyond_any_measurement_is_absent_and_told(number: str, ending: str) -> None:
    attributes = f'"group_bys":{{"client_service":["web"]}},"bytes_sent_by_client":{number},"tcp_resets":3'
    body = b'{"data":[{"id":"x","attributes":{%s}}]}' % attributes.encode()
    async with serving(reply(body)) as server, aclosing(a_client(server.port)) as client:
        snapshot = await client.fetch(Query(group_bys=("client_service",)))

    written = b"".join(export(arrange(snapshot, Arrangement()), ending, source="test")).decode()
    assert "inf" not in written
    assert "nan" not in written
    assert snapshot.connections[0].counters[0] is None
    assert snapshot.warning == "1 figure of the reply cannot have been measured, and is absent."
