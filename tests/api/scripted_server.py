"""Run a server that sends exactly the bytes that a test supplies, and records the requests that it receives."""

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ONE_ROW = json.dumps(
    {"data": [{"id": "client_service:web", "attributes": {"group_bys": {"client_service": ["web"]}, "tcp_resets": 3}}]}
).encode()


def reply(body: bytes = ONE_ROW, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return the bytes of a whole HTTP response with this body.

    Args:
        length: A wrong value for the header Content-Length. If None, the header contains the real length of the
            body.
    """
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def gzipped(body: bytes = ONE_ROW, *headers: str) -> bytes:
    return reply(gzip.compress(body), "content-encoding: gzip", *headers)


class ScriptedServer:
    """A server that answers each request with the next of the prepared replies.

    If the next reply is None, the server closes the connection without a reply.
    """

    def __init__(self, replies: tuple[bytes | Script | None, ...]) -> None:
        self.heard: list[str] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        """Set once a client has closed its connection."""
        self.port = 0
        self._replies = list(replies)
        self._open: set[asyncio.StreamWriter] = set()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while True:
                self.heard.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
                answer = self._replies.pop(0)
                if answer is None:
                    break
                if isinstance(answer, bytes):
                    writer.write(answer)
                    await writer.drain()
                    if b"connection: close" in answer:
                        break
                else:
                    await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up.set()
        finally:
            writer.close()

    def close(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def serving(
    *replies: bytes | Script | None, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedServer]:
    """Yield a server that sends these replies in order. A request after the last reply makes the test fail."""
    scripted = ScriptedServer(replies)
    listening = await asyncio.start_server(scripted.talk, host, 0, ssl=tls)
    scripted.port = listening.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        listening.close()
        scripted.close()
        await listening.wait_closed()


def until_hung_up(*pieces: bytes) -> Script:
    """Return a script for the test server: it sends these pieces, and then waits until the client closes the
    connection.
    """

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        await reader.readexactly(1)

    return script


def then_cut(*pieces: bytes) -> Script:
    """Return a script for the test server: it sends these pieces, and then breaks the connection."""

    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        raise ConnectionAbortedError

    return script
