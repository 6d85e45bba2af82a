"""Simulate a slow network line on this machine. Data arrives with a delay and at a limited rate."""

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from tests.ssh_server import HOST

_PACKET_BYTES: Final = 1_400
_HEADER_BYTES: Final = 40
"""Bytes of TCP and IP headers per packet."""
_READ_BYTES: Final = 4_096
_MOST_ON_THE_WAY: Final = 16
"""Maximum number of reads in transit; then the sender waits, as for a router with a full queue."""


class SlowLine:
    """A simulated network line. It delays the data of each connection, and counts the bytes that come back from
    the server.
    """

    def __init__(self, port: int, to: int, delay_seconds: float, bytes_per_second: float) -> None:
        self.port = port
        self.brought = 0
        """Number of bytes received from the other side."""
        self._to = to
        self._delay_seconds = delay_seconds
        self._bytes_per_second = bytes_per_second

    def accept(self, listening: socket.socket) -> None:
        """Accept connections until the simulated line is closed."""
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection((HOST, self._to))
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._carry(near, far, counted=False)
                self._carry(far, near, counted=True)

    def _carry(self, sender: socket.socket, receiver: socket.socket, *, counted: bool) -> None:
        on_the_way: queue.Queue[tuple[float, bytes]] = queue.Queue(_MOST_ON_THE_WAY)
        for work in (
            lambda: self._read(sender, on_the_way, counted=counted),
            lambda: self._deliver(receiver, on_the_way),
        ):
            threading.Thread(target=work, daemon=True).start()

    def _read(self, sender: socket.socket, on_the_way: "queue.Queue[tuple[float, bytes]]", *, counted: bool) -> None:
        read = b"begun"
        while read:
            try:
                read = sender.recv(_READ_BYTES)
            except OSError:
                read = b""
            if counted:
                self.brought += len(read)
            on_the_way.put((time.monotonic(), read))

    def _deliver(self, receiver: socket.socket, on_the_way: "queue.Queue[tuple[float, bytes]]") -> None:
        free_at = 0.0
        with suppress(OSError):
            while (sent := on_the_way.get())[1]:
                at, read = sent
                for start in range(0, len(read), _PACKET_BYTES):
                    packet = read[start : start + _PACKET_BYTES]
                    free_at = max(free_at, at) + (len(packet) + _HEADER_BYTES) / self._bytes_per_second
                    time.sleep(max(0.0, free_at + self._delay_seconds - time.monotonic()))
                    receiver.sendall(packet)
            receiver.shutdown(socket.SHUT_WR)


@contextmanager
def slow_line(to: int, *, round_trip_seconds: float, bits_per_second: float) -> Iterator[SlowLine]:
    """Yield a simulated network line that forwards connections to the port `to` of this machine."""
    with socket.create_server((HOST, 0)) as listening:
        line = SlowLine(listening.getsockname()[1], to, round_trip_seconds / 2, bits_per_second / 8)
        threading.Thread(target=line.accept, args=(listening,), daemon=True).start()
        yield line
