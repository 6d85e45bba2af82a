"""Run a server with prepared API responses: `python -m tests.bench.server ROWS TURNS SHARE MOVED`.

The server sends TURNS different responses of ROWS rows in turn. From one response to the next, MOVED rows are
replaced by new rows, and a SHARE of the rows gets other metrics. The server prints its URL, and then the time
(CLOCK_MONOTONIC) of the last byte of each response. It ends when its stdin is closed.
"""

import asyncio
import gzip
import sys
import time
from itertools import cycle

from tests.bench.answers import answer


async def serve(rows: int, turns: int, changed_share: float, moved: int) -> None:
    """Serve the prepared responses until stdin is closed."""
    answers = [answer(rows, turn=turn, changed_share=changed_share, first=turn * moved) for turn in range(turns)]
    replies = cycle(list(map(_reply, answers)))

    async def on_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # With no room for buffering, drain returns when everything is handed over.
        writer.transport.set_write_buffer_limits(0)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(next(replies))
                await writer.drain()
                print(time.monotonic(), flush=True)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(on_client, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


def _reply(body: bytes) -> bytes:
    packed = gzip.compress(body, 6)
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.api+json\r\ncontent-encoding: gzip\r\n"
        f"content-length: {len(packed)}\r\n\r\n"
    )
    return head.encode() + packed


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
