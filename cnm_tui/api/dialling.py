"""Dialling a host with several addresses: one that is silent does not keep the others waiting until its time is over.

The HTTP library would wait for each as long as for the only one, which where IPv6 leads nowhere is 10 s of silence
before the first try of IPv4.
"""

import socket
from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import Final

import httpcore

NEXT_ADDRESS_SECONDS: Final = 2.0
"""For which an address is waited for while there is another one (RFC 8305, 5, allows up to 2 s)."""


class Dialling(httpcore.SyncBackend):
    """Connects to the first address that answers, IPv6 and IPv4 by turns; only the last one has all the time."""

    def __init__(self, next_address_seconds: float = NEXT_ADDRESS_SECONDS) -> None:
        self._next_address_seconds = next_address_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to one of the addresses of this host.

        Raises:
            httpcore.ConnectError, httpcore.ConnectTimeout: As the last address failed, or there is none.
        """
        *others, last = _addresses(host, port)
        soon = self._next_address_seconds if timeout is None else min(self._next_address_seconds, timeout)
        for address in others:
            try:
                return super().connect_tcp(address, port, soon, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return super().connect_tcp(last, port, timeout, local_address, socket_options)


def _addresses(host: str, port: int) -> list[str]:
    """In the order of the system's preference, but the families by turns."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    families: dict[int, list[str]] = {}
    for family, _, _, _, address in found:
        families.setdefault(family, []).append(str(address[0]))
    by_turns = chain.from_iterable(zip_longest(*families.values()))
    return list(dict.fromkeys(filter(None, by_turns))) or [host]
