"""A server that answers at once with what was made beforehand: `python -m tests.bench.server ROWS TURNS SHARE`.

It prints its URL and ends when its stdin does. Each request gets the next of the prepared answers, in a circle.
"""

import asyncio
import gzip
import sys
from itertools import cycle

from tests.bench.answers import answer


async def serve(rows: int, turns: int, changed_share: float) -> None:
    """Serve until stdin ends."""
    bodies = cycle([_reply(answer(rows, turn=turn, changed_share=changed_share)) for turn in range(turns)])

    async def on_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(next(bodies))
                await writer.drain()
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
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
