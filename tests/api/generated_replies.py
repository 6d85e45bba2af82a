"""Test the HTTP clients with generated broken replies: `python -m tests.api.generated_replies --count 20000`.

The script sends each reply over a real socket to the HTTP client of `query`, of the screen, or of `doctor`.
Each reply must lead to an answer that can be exported, or to a `CnmError`. The last line of the output counts
the replies that led to neither. The exit code is 1 if there is such a reply.
"""

import argparse
import asyncio
import gzip
import json
import random
import re
import socket
import sys
import threading
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, Final

from cnm_tui.api.access_checks import AccessChecks
from cnm_tui.api.client import CnmClient
from cnm_tui.api.http_connection import HttpConnection
from cnm_tui.api.insights import ask_insights
from cnm_tui.api.reachability import reachability_findings
from cnm_tui.api.service import Service, Timeouts
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import CnmError
from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.core.export.insights import table_lines
from cnm_tui.core.export.insights import written as written_insights
from cnm_tui.core.export.rows import export
from cnm_tui.core.finding import as_object
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.service import KeyPair, Secret
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import Arrangement, arrange
from cnm_tui.core.text import unseen
from cnm_tui.core.time.time_range import Window

KEYS: Final = KeyPair(Secret("0123456789abcdef0123456789abcdef"), Secret("fedcba9876543210fedcba9876543210fedcba98"))
SLOWEST_SECONDS: Final = 3.0
"""Every reply here is small, so none may take longer."""
_TIMEOUTS: Final = Timeouts(connect=2.0, read=0.2, whole=1.0)

_STATUS_LINES: Final = (
    *("HTTP/1.1 200 OK", "HTTP/1.0 200 OK", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/2 200 OK", "HTTP/0.9 200 OK"),
    *("ICY 200 OK", "http/1.1 200 ok", "HTTP/1.1  200 OK", "HTTP/1.1 0200 OK", "HTTP/1.1 -20 OK", "HTTP/1.1 abc OK"),
    *("HTTP/1.1 200 \x1b[2J", "HTTP/1.1 200 O\0K", "HTTP/1.1 200 \xe9\xff", " HTTP/1.1 200 OK", "\r\nHTTP/1.1 200 OK"),
    *("HTTP/9.9 200 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 999 Odd", "", "HTTP/1.1", "{}", "SSH-2.0-x"),
)
_STATUSES: Final = (
    *(101, 102, 201, 202, 203, 204, 205, 206, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404),
    *(405, 407, 408, 409, 410, 412, 413, 414, 415, 418, 421, 422, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503),
    *(504, 505, 507, 511, 520, 524, 599, 600, 999),
)
_LOCATIONS: Final = (
    *("javascript:void(0)", "http://[", "//", "", " ", "http://a:99999/", "http://a:b/", "http://\0/", "http://\xff/"),
    *("https://x" + "y" * 70_000, "http://user:pw@host/", "http://\uff41.example/", "http://[::1%25eth0]/", "?", "#"),
    *("http://xn--/", "http://xn--a-/", "http://" + "a" * 64 + ".example/", "http://..", "http://[v1.x]/", "data:,x"),
    *("/login", "../..", "https:///x", "http:x", "mailto:a@b", "http://a b/", "http://999.1.1.1/", "\\\\host\\share"),
    *("http://a@b@c/", "ldap://x:y", "http://%00/", "http://%zz/", "https://[::ffff:1.2.3.4.5]/", "about:blank", "*"),
)
_NUMBERS: Final = (
    *("0", "1", "7", "7, 7", "7, 9", "-1", "1e400", "nan", "inf", "", " ", "9" * 5_000, "1_0", "\xb2", "0x10", "3.5"),
    *("1772359200", "1772359200000", "x", "\0", "7;", "+7", "1e3", ",", "7,", "7, x"),
)
_DATES: Final = (
    *("Sun, 06 Nov 1994 08:49:37 GMT", "Mon, 99 Foo 9999 99:99:99 ZZZ", "0", "", "Thu", "1 2 3 4 5 6 7 8", "\xff, 1"),
    *("Mon, 01 Jan 0001 00:00:00 +9999", "Fri, 31 Dec 999999 23:59:59 GMT", "a, b, c", ", 1 Jan", "-", "12:30", ":::"),
)
_HEADERS: Final = {
    "content-type": (
        "application/vnd.api+json",
        "text/html",
        "text/html; charset=\xff",
        "",
        "a/b; charset=utf-7",
        "\0",
    ),
    "content-encoding": ("gzip", "br", "gzip, gzip", "deflate", "", "x-gzip", "identity", "\xff", "GZIP", "gzip" * 900),
    "location": _LOCATIONS,
    "set-cookie": ("a=b", "a", "=", "a=b; expires=Mon, 99 Foo", "a=b; domain=..; path=\xff", "x=" + "y" * 5_000, ";;;"),
    "retry-after": (*_NUMBERS, *_DATES),
    "x-ratelimit-reset": _NUMBERS,
    "x-ratelimit-period": _NUMBERS,
    "x-ratelimit-remaining": _NUMBERS,
    "x-ratelimit-limit": _NUMBERS,
    "x-ratelimit-name": ("name", "\x1b[2J", "\xff" * 500, ""),
    "date": _DATES,
    "connection": ("close", "keep-alive", "upgrade", "\0", "close, close", ""),
    "upgrade": ("websocket", "h2c"),
    "content-length": ("0", "1", "5", "-1", "+5", "0x10", "", "9" * 30, "5, 5", "5, 6", "1.5", "\xb2"),
    "transfer-encoding": ("chunked", "gzip, chunked", "identity", "chunked, chunked", "x", "", "\x0bchunked"),
    "www-authenticate": ("Basic realm=x", "Digest", "\xff"),
    "proxy-authenticate": ("Basic", ""),
    "refresh": ("0; url=javascript:x",),
    "trailer": ("x",),
}
_ODD_LINES: Final = (
    *("no colon", ": empty", "space : x", " folded", "\tfolded", "x\0y: z", "\xff: \xff", "x:" + "y" * 70_000, "x: \r"),
    *("x: \x1b]52;c;eA==\x07", "HTTP/1.1 200 OK", "x:\n y", "a: b\nc: d", "(: )"),
)
_PAGES: Final = (
    *("<html><title>Sign in</title>", "<!doctype html>" + "<!--" * 400, "<html>" + "<" * 2_000, "<body>&#0;&#xd800;"),
    *("<html><script>" * 40, "<html>&" + "a" * 500 + ";", "<html>&#99999999999;", "<title>", "<html><title></title>x"),
)
_ODD_JSON: Final = (
    *(
        "",
        " ",
        "null",
        "{}",
        "[]",
        "0",
        '"x"',
        "NaN",
        '{"data":null}',
        '{"data":{}}',
        '{"data":[null]}',
        '{"data":[[]]}',
    ),
    *(
        '{"data":[{}]}',
        '{"data":[NaN]}',
        '{"data":[' + "[" * 3_000,
        "[" * 3_000 + "]" * 3_000,
        '{"data":[{"id":1e999}]}',
    ),
    *('{"data":' * 500, '{"data":[],"data":[{}]}', "\ufeff{}", '{"errors":null}', '{"errors":{}}', '{"errors":[[[]]]}'),
    *('{"errors":[{"title":{},"detail":[]}]}', '{"errors":["\\ud800"]}', '{"errors":[1e999, true]}', '{"data":[],}'),
    *("9" * 6_000, "-", '{"data":[{"attributes":{"group_bys":[[1]],"tcp_resets":{}}}]}', '{"data":"\\', "{'data':[]}"),
)
_ODD_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1e300, float("nan"), float("inf"), 10**40, "", "N/A", "\x1b[2J", "\ud800", "\u202ex", "a, b"),
    *(
        [],
        [None],
        [[]],
        ["a", "b"],
        [1, {}],
        {},
        {"key": "value"},
        "x" * 20_000,
        "=1+1",
        "\0",
        "\U0001f468\u200d\U0001f469",
    ),
)


def generated(seed: int) -> list[bytes]:
    """Return the bytes of one generated reply, cut into pieces that are sent one after the other.

    The same seed always gives the same reply.
    """
    chosen = random.Random(seed)
    whole = _interim(chosen) + _reply(chosen)
    if chosen.random() < 0.1:
        whole += chosen.choice((b"\0", b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n", _reply(chosen)))
    if chosen.random() < 0.25:
        whole = _damaged(chosen, whole)
    if chosen.random() < 0.7:
        return [whole]
    cuts = sorted(chosen.randrange(len(whole) + 1) for _ in range(chosen.randrange(1, 5)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def _interim(chosen: random.Random) -> bytes:
    if chosen.random() < 0.9:
        return b""
    status = chosen.choice(("100 Continue", "103 Early Hints", "101 Switching Protocols", "199 x", "102 y"))
    return f"HTTP/1.1 {status}\r\n{''.join(_header_lines(chosen, 2))}\r\n".encode("latin-1", "replace") * chosen.choice(
        (1, 3)
    )


def _reply(chosen: random.Random) -> bytes:
    body = _body(chosen)
    lines = []
    line = f"HTTP/1.1 {chosen.choice(_STATUSES)} Some" if chosen.random() < 0.6 else "HTTP/1.1 200 OK"
    if chosen.random() < 0.15:
        line = chosen.choice(_STATUS_LINES)
    if chosen.random() < 0.15:
        line = f"HTTP/1.1 {chosen.choice((301, 302, 303, 307, 308))} Elsewhere"
        lines.append(f"location: {chosen.choice(_LOCATIONS)}\r\n")
    if chosen.random() < 0.3:
        packed = gzip.compress(body) if chosen.random() < 0.8 else zlib.compress(body)
        body = packed if chosen.random() < 0.9 else packed[: len(packed) // 2]
        lines.append(f"content-encoding: {chosen.choice(('gzip', 'gzip', 'gzip', 'x-gzip', 'deflate'))}\r\n")
    lines += _header_lines(chosen, chosen.choice((0, 1, 2, 5)))
    framing, sent = _framed(chosen, body)
    end = chosen.choice(("\r\n",)) if chosen.random() < 0.95 else chosen.choice(("\n", "", "\r", "\r\n\r\n"))
    return (line + "\r\n" + "".join(lines) + framing + end).encode(
        "utf-8" if chosen.random() < 0.2 else "latin-1", "replace"
    ) + sent


def _header_lines(chosen: random.Random, most: int) -> list[str]:
    lines = []
    for _ in range(chosen.randrange(most + 1)):
        name = chosen.choice((*_HEADERS, "location", "location"))
        lines.append(f"{name}: {chosen.choice(_HEADERS[name])}\r\n")
        if chosen.random() < 0.08:
            lines.append(lines[-1])
        if chosen.random() < 0.06:
            lines.append(chosen.choice(_ODD_LINES) + "\r\n")
    if chosen.random() < 0.01:
        lines += ["x: y\r\n"] * 400
    return lines


def _framed(chosen: random.Random, body: bytes) -> tuple[str, bytes]:
    """Return an HTTP header that states the length of the body, and the body in the form to send.

    The body may be sent in chunks. The stated length or the chunk sizes may be wrong on purpose.
    """
    kind = chosen.random()
    if kind < 0.55:
        return f"content-length: {len(body)}\r\n", body
    if kind < 0.65:
        return f"content-length: {max(0, len(body) + chosen.choice((-7, -1, 1, 50)))}\r\n", body
    if kind < 0.75:
        return "", body
    size = chosen.choice((1, 7, 1_000)) if len(body) < 2_000 else 4_000
    sizes = (
        chosen.choice(("%x", "%X", "0%x", "%x;name=value", "%x ", "-%x", "%xg", "0x%x"))
        if chosen.random() < 0.3
        else "%x"
    )
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    sent = b"".join((sizes % len(piece)).encode() + b"\r\n" + piece + b"\r\n" for piece in pieces)
    last = chosen.choice(
        ("0\r\n\r\n", "0\r\nx: y\r\n\r\n", "0\r\n", "", "0\r\nlocation: http://[\r\n\r\n", "0\r\nno colon\r\n\r\n")
    )
    return "transfer-encoding: chunked\r\n", sent + (b"0\r\n\r\n" if chosen.random() < 0.7 else last.encode())


def _body(chosen: random.Random) -> bytes:
    kind = chosen.random()
    if kind < 0.45:
        return json.dumps({"data": [_row(chosen) for _ in range(chosen.choice((0, 1, 3, 40)))]}).encode()
    if kind < 0.6:
        return chosen.choice(_ODD_JSON).encode("utf-8", "surrogatepass")
    if kind < 0.75:
        return chosen.choice(_PAGES).encode()
    if kind < 0.9:
        said = chosen.choice(_ODD_VALUES)
        return json.dumps({"errors": [said, {"title": said, "detail": chosen.choice(_ODD_VALUES)}]}).encode()
    return chosen.randbytes(chosen.choice((0, 1, 10, 3_000)))


def _row(chosen: random.Random) -> Any:
    if chosen.random() < 0.05:
        return chosen.choice(_ODD_VALUES)
    groups: Any = {"client_service": [f"web-{chosen.randrange(9)}"], "server_service": ["api"]}
    row: dict[str, Any] = {"id": f"row {chosen.random()}", "attributes": {"group_bys": groups, "tcp_resets": 3}}
    if chosen.random() < 0.2:
        row["attributes"] |= {"type": "dns", "failure_type": "timeout", "failure_rate": chosen.choice(_ODD_VALUES)}
    if chosen.random() < 0.3:
        groups[chosen.choice(("client_service", "x"))] = chosen.choice(_ODD_VALUES)
    if chosen.random() < 0.2:
        row["attributes"][chosen.choice(("tcp_resets", "metrics", "group_bys", "y"))] = chosen.choice(_ODD_VALUES)
    if chosen.random() < 0.1:
        row[chosen.choice(("id", "attributes", "type"))] = chosen.choice(_ODD_VALUES)
    return row


def _damaged(chosen: random.Random, whole: bytes) -> bytes:
    damaged = bytearray(whole)
    for _ in range(chosen.choice((1, 1, 3, 10))):
        # Mostly in the head: a body is read by far fewer rules.
        place = chosen.randrange(min(len(damaged), chosen.choice((60, 400, 100_000))) + 1)
        kind = chosen.randrange(4)
        if kind == 0:
            damaged[place : place + 1] = bytes([chosen.randrange(256)])
        elif kind == 1:
            damaged[place:place] = chosen.choice((b"\0", b"\r\n", b"\n", b"\r", b": ", b"\xff", b"0" * 50, b" ", b"\t"))
        elif kind == 2:
            del damaged[place : place + chosen.choice((1, 5, 100))]
        else:
            damaged[place:place] = damaged[place : place + 40]
    return bytes(damaged)


class ReplyServer:
    """A test server that sends the current reply to each request, and then closes the connection.

    A test therefore never has to wait for the rest of an incomplete reply.
    """

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.pieces: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True, name="replies").start()

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._listening.accept()
            except OSError:
                return
            with closing(connected), suppress(OSError):
                connected.settimeout(2.0)
                head = b""
                while b"\r\n\r\n" not in head and (piece := connected.recv(65_536)):
                    head += piece
                for piece in self.pieces if head else ():
                    connected.sendall(piece)
                    if len(self.pieces) > 1:
                        time.sleep(0.000_5)

    def close(self) -> None:
        """Stop accepting connections."""
        self._listening.close()


@contextmanager
def replying() -> Iterator[ReplyServer]:
    """Yield a running `ReplyServer`, and close it at the end of the `with` block."""
    server = ReplyServer()
    try:
        yield server
    finally:
        server.close()


def _at_once(url: str) -> str:
    """Send a query in the same way as the command `query`. Export the answer in every format, and return the
    texts.
    """
    with closing(HttpConnection(Service(url, KEYS, timeouts=_TIMEOUTS), keeps_json=False)) as connection:
        return _written(connection.answer(Query()))


def _by_client(url: str) -> str:
    """Send two queries with one HTTP client, in the same way as the screen. Return the exported second answer."""

    async def asked() -> Snapshot:
        client = CnmClient(Service(url, KEYS, timeouts=_TIMEOUTS), "test")
        try:
            await client.fetch(Query())
            return await client.fetch(Query())
        finally:
            await client.aclose()

    return _written(asyncio.run(asked()))


def _by_doctor(url: str) -> str:
    """Run the checks of the command `doctor`, and return their results as JSON."""
    service = Service(url, KEYS, timeouts=_TIMEOUTS)
    with closing(HttpConnection(service, keeps_json=False)) as connection:
        checks = AccessChecks(service, connection)
        found = [*reachability_findings(service, connection), *checks.findings()]
    return json.dumps(as_object(found), ensure_ascii=False)


def _for_dns(url: str) -> str:
    """Send a DNS query in the same way as `query --dns`. Export the answer in every format, and return the texts."""
    with closing(HttpConnection(Service(url, KEYS, timeouts=_TIMEOUTS), keeps_json=False)) as connection:
        return _written(connection.answer(usual_query(DNS)))


def _for_insights(url: str) -> str:
    """Request network health insights in the same way as the command `insights`. Return their table as one line of
    text.
    """
    service = Service(url, KEYS, timeouts=_TIMEOUTS)
    with closing(HttpConnection(service, keeps_json=False)) as connection:
        found = ask_insights(service, connection, Window(0, 900))
    for format_name in FORMATS:
        "".join(written_insights(found, format_name, "test"))
    return "\n".join(table_lines(found)).replace("\n", " ")


def _written(snapshot: Snapshot) -> str:
    diagnosed(snapshot)
    table = arrange(snapshot, Arrangement())
    for format_name in FORMATS:
        b"".join(export(table, format_name, source="test"))
    return ""


_WAYS: Final[tuple[Callable[[str], str], ...]] = (
    *(_at_once,) * 4,
    *(_by_client,) * 3,
    _by_doctor,
    _for_dns,
    _for_insights,
)


def outcome(server: ReplyServer, seed: int) -> str:
    """Request one generated reply, and return the name of the result: `answer`, or the class name of the `CnmError`.

    Any exception that is not a `CnmError` is not caught.

    Raises:
        AssertionError: The result contains text that must not be displayed, or came too late.
    """
    server.pieces = generated(seed)
    began = time.monotonic()
    try:
        said = _WAYS[seed % len(_WAYS)](server.url)
        name = "answer"
    except CnmError as failure:
        said, name = failure.sentence, type(failure).__name__
        assert len(said) < 2_000, f"{len(said)} characters"
    assert not unseen(said), f"not clean: {said!r}"
    for secret in KEYS:
        assert secret.reveal() not in said, "a key"
    if unforeseen := re.search(r"could not be read \((\w+)\)", said):
        name = f"unforeseen {unforeseen[1]}"
    assert time.monotonic() - began < SLOWEST_SECONDS, f"{time.monotonic() - began:.1f} s"
    return name


def main() -> int:
    """Send the chosen number of generated replies. Print how often each result occurred, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1, help="The first one; give that of an end to see it again.")
    given = parser.parse_args()
    became: Counter[str] = Counter()
    ends = 0
    with replying() as server:
        for seed in range(given.seed, given.seed + given.count):
            try:
                became[outcome(server, seed)] += 1
            except Exception:
                ends += 1
                print(f"-- seed {seed}: {b''.join(server.pieces)[:300]!r}\n{traceback.format_exc(limit=-3)}")
    print(", ".join(f"{name} {number:,}" for name, number in became.most_common()))
    print(f"{given.count:,} replies, {ends} ends.")
    return 1 if ends else 0


if __name__ == "__main__":
    sys.exit(main())
