"""Run an HTTP proxy for tests on the loopback interface. It forwards every connection to one port.

It records every byte that passes.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ConnectProxy:
    """A proxy that accepts CONNECT requests for any host, but always connects to one port of this machine."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self.port = 0
        self.asked: list[str] = []
        """The head of each request for a tunnel."""
        self.seen = b""
        """All bytes that went through in either direction, as an eavesdropper would read them."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.seen += head
            self.asked.append(head.decode("latin-1"))
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(self._pass_on(reader, there_writer), self._pass_on(there_reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                self.seen += piece
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def proxying(target_port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[ConnectProxy]:
    """Yield a proxy that always connects to this port of this machine, whichever host the HTTP client requests."""
    proxy = ConnectProxy(target_port)
    listening = await asyncio.start_server(proxy.talk, "127.0.0.1", 0, ssl=tls)
    proxy.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield proxy
