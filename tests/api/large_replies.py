"""Test replies that are small on the network but large in memory: `python -m tests.api.large_replies`.

For each reply, a new process sends the request with the HTTP client of the screen. The output has four
columns. The first column is the longest time for which another thread had to wait. A key press would have to
wait as long. The second column is the time until the answer or the error. The third column is the peak
memory, and the fourth is the result. The exit code is 1 if a wait exceeds 100 ms, or if the memory exceeds
400 MB.
"""

import asyncio
import gzip
import json
import multiprocessing
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import Final

from cnm_tui.api.client import CnmClient
from cnm_tui.api.service import Service
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError
from cnm_tui.core.query import Query

LONGEST_STALL_SECONDS: Final = 0.1
MOST_MEGABYTES: Final = 400
_LARGE: Final = 60 * 1024 * 1024
_TICK_SECONDS: Final = 0.001

_ROW: Final = json.dumps(
    {
        "id": "client_service:web, server_service:api",
        "attributes": {
            "group_bys": {"client_service": ["web"], "server_service": ["api"]},
            **dict.fromkeys(CONNECTIONS.counted_keys, 12_345),
        },
    }
).encode()


def _filled(piece: bytes, before: bytes = b'{"data":[', behind: bytes = b"0]}", size: int = _LARGE) -> bytes:
    return before + piece * (size // len(piece)) + behind


def _page(piece: bytes) -> bytes:
    return b"<html>" + piece * (64 * 1024 // len(piece))


_NEST: Final = b"[" * 500 + b"]" * 500 + b","
_IN_ROW: Final = b'{"data":[{"id":"x","attributes":{"group_bys":{"client_service":["a"],"server_service":['

REPLIES: Final[Mapping[str, Callable[[], tuple[int, bytes]]]] = {
    "a full answer": lambda: (200, b'{"data":[' + b",".join([_ROW] * 7_500) + b"]}"),
    "a full answer with a NaN": lambda: (200, b'{"data":[' + b",".join([_ROW] * 7_500) + b',{"id":NaN}]}'),
    "nested lists and a NaN": lambda: (200, _filled(_NEST, behind=b"NaN]}")),
    "nested lists": lambda: (200, _filled(_NEST)),
    "nested lists, 15 MB, and a NaN": lambda: (200, _filled(_NEST, behind=b"NaN]}", size=15 << 20)),
    "empty lists and a NaN": lambda: (200, _filled(b"[],", behind=b"NaN]}")),
    "empty lists": lambda: (200, _filled(b"[],")),
    "empty lists, 7 MB": lambda: (200, _filled(b"[],", size=7 << 20)),
    "empty objects, 7 MB": lambda: (200, _filled(b"{},", size=7 << 20)),
    "figures, 7 MB": lambda: (200, _filled(b"0,", size=7 << 20)),
    "figures": lambda: (200, _filled(b"0,")),
    "one row of lists": lambda: (200, _filled(b"[],", b'{"data":[{"id":5,"x":[', b"0]}]}")),
    "one row of lists, 7 MB": lambda: (200, _filled(b"[],", b'{"data":[{"id":5,"x":[', b"0]}]}", 7 << 20)),
    "one row of values": lambda: (200, _filled(b'"a",', _IN_ROW, b'"a"]}}}]}')),
    "one row of values, 7 MB": lambda: (200, _filled(b'"a",', _IN_ROW, b'"a"]}}}]}', 7 << 20)),
    "one long value": lambda: (200, _filled(b"a", _IN_ROW + b'"', b'"]}}}]}')),
    "one long value of others": lambda: (200, _filled("\U0001f469".encode(), _IN_ROW + b'"', b'"]}}}]}')),
    "lists beside the rows": lambda: (200, _filled(b"[],", b'{"meta":[', b'NaN],"data":[]}')),
    "lists beside the rows, 7 MB": lambda: (200, _filled(b"[],", b'{"meta":[', b'NaN],"data":[]}', 7 << 20)),
    "objects within objects, 3 MB": lambda: (
        200,
        _filled(b'{"a":' * 300 + b"0" + b"}" * 300 + b",", behind=b"NaN]}", size=3 << 20),
    ),
    "nested lists, 1 MB, and a NaN": lambda: (200, _filled(_NEST, behind=b"NaN]}", size=1 << 20)),
    "texts, 2 MB, and a NaN": lambda: (200, _filled(b'"a",', behind=b"NaN]}", size=2 << 20)),
    "one row of values, 2 MB, and a NaN": lambda: (200, _filled(b'"a",', _IN_ROW, b"NaN]}}}]}", size=2 << 20)),
    "objects within objects": lambda: (200, _filled(b'{"a":' * 300 + b"0" + b"}" * 300 + b",", behind=b"NaN]}")),
    "blanks": lambda: (200, _filled(b" ")),
    "commas and blanks": lambda: (200, _filled(b", ", b'{"data":[' + _ROW)),
    "rows, 30 MB": lambda: (200, _filled(_ROW + b",", size=30 << 20)),
    "rows of other scripts and a NaN": lambda: (
        200,
        _filled(_ROW.replace(b"web", "支".encode()) + b",", behind=b"NaN]}", size=15 << 20),
    ),
    "digits": lambda: (200, _filled(b"9", b'{"data":[', b"]}")),
    "no JSON": lambda: (200, _filled(b"x", b"", b"")),
    "a page of comments": lambda: (403, _page(b"<!--")),
    "a page of titles": lambda: (403, _page(b"<title")),
    "a page of scripts": lambda: (403, _page(b"<script")),
    "a page of tags": lambda: (403, _page(b"<a")),
    "an error of lists": lambda: (400, _filled(b"[],", b'{"errors":[', b"0]}", size=60_000)),
    "a large error": lambda: (500, _filled(b"x ", b"", b"")),
}


def _serve(listening: socket.socket, name: str) -> None:
    status, body = REPLIES[name]()
    kind = b"text/html" if body.startswith(b"<") else b"application/json"
    packed = gzip.compress(body, 6)
    del body
    connected, _ = listening.accept()
    with closing(connected), suppress(OSError):
        connected.recv(65_536)
        head = b"HTTP/1.1 %d X\r\ncontent-type: %b\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
        connected.sendall(head % (status, kind, len(packed)) + packed)
        connected.recv(1)


def _ask(port: int, said: "multiprocessing.Queue[tuple[float, float, str]]") -> None:
    longest, ended = 0.0, threading.Event()

    def tick() -> None:
        nonlocal longest
        before = time.process_time()
        while not ended.is_set():
            time.sleep(_TICK_SECONDS)
            # In the time that this process had: what others on the machine do is no stall of ours.
            now = time.process_time()
            longest = max(longest, now - before)
            before = now

    async def asked() -> str:
        client = CnmClient(Service(f"http://127.0.0.1:{port}", None), "large")
        try:
            return f"{len((await client.fetch(Query())).connections):,} rows"
        except CnmError as failure:
            return f"{type(failure).__name__}: {failure}"[:60]
        finally:
            await client.aclose()

    ticking = threading.Thread(target=tick)
    ticking.start()
    began = time.monotonic()
    became = asyncio.run(asked())
    took = time.monotonic() - began
    ended.set()
    ticking.join()
    said.put((longest, took, f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000:.0f} {became}"))


def main(wanted: list[str]) -> int:
    """Request each named reply, or all replies if no name is given. Print the measurements and return the exit code."""
    making = multiprocessing.get_context("spawn")
    missed = 0
    for name in wanted or REPLIES:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = making.Process(target=_serve, args=(listening, name))
            serving.start()
            said = making.Queue()
            asking = making.Process(target=_ask, args=(listening.getsockname()[1], said))
            asking.start()
            stall, took, rest = said.get()
            asking.join()
            serving.kill()
        megabytes, _, became = rest.partition(" ")
        is_missed = stall > LONGEST_STALL_SECONDS or int(megabytes) > MOST_MEGABYTES
        missed += is_missed
        print(
            f"{'!' if is_missed else ' '} {stall * 1_000:6.0f} ms {took:6.2f} s {megabytes:>5} MB  {name:<34} {became}",
            flush=True,
        )
    print(f"{missed} missed." if missed else "All reached.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
