"""The HTTP library's transport as this program uses it: how it dials, and what of a reply httpx does not get to see."""

import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from cnm_tui.api.dialling import Dialling

_WITHHELD: Final = ("location", "set-cookie", "set-cookie2")
"""httpx builds the next request from a Location even where it follows none, and fails at some; no cookie is sent on."""
_LOCATION: Final = "cnm_tui.location"


class Transport(httpx.HTTPTransport):
    """Dials as `Dialling` does; withholds what httpx would act on."""

    def __init__(self, trust: ssl.SSLContext, limits: httpx.Limits, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=trust, trust_env=False, limits=limits, proxy=proxy)
        # httpx has no public way to say how to dial.
        self._pool._network_backend = Dialling()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; return the reply without the headers that are withheld."""
        reply = super().handle_request(request)
        reply.extensions[_LOCATION] = reply.headers.get("location", "")
        for name in _WITHHELD:
            reply.headers.pop(name, None)
        return reply

    def has_bytes_left(self) -> bool:
        """Return True if bytes came behind the end of a reply, or if that cannot be told.

        They would be read as the answer to the next question. h11 holds them, and neither httpx nor httpcore says so
        in public; `test_bytes_behind_an_answer_are_not_the_answer_to_the_next_question` fails when they move.
        """
        for connection in getattr(self._pool, "connections", ()):
            inner = connection
            while (within := getattr(inner, "_connection", None)) is not None:
                inner = within
            protocol = getattr(inner, "_h11_state", None)
            if not connection.is_closed() and (protocol is None or protocol.trailing_data[0]):
                return True
        return False


def headers_of(reply: httpx.Response) -> Mapping[str, str]:
    """Return the headers of a reply, Location among them, by their names in small letters."""
    location = reply.extensions.get(_LOCATION, "")
    return {**reply.headers, **({"location": location} if location else {})}
