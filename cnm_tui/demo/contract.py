"""Calculate the demo's replies without HTTP: from checked request parameters to a JSON document."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol

import msgspec

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.demo.aggregate import Row, rows_of
from cnm_tui.demo.dns import dns_traffic_of
from cnm_tui.demo.estate import Estate, estate_of
from cnm_tui.demo.insights import insights_of
from cnm_tui.demo.matching import Matcher
from cnm_tui.demo.request import Refused, Request, parsed_span
from cnm_tui.demo.traffic import Traffic

Established = Literal["count", "rate"]
"""The unit of established and closed connections; the API reference does not say which it is."""


class Aggregated(Protocol):
    """The interface of an object that calculates the rows of an API endpoint other than connections, for example
    DNS.
    """

    def rows(self, asked: Request, now: float) -> Sequence[Any]:
        """Return the rows of the reply, as objects that can be written to JSON.

        Raises:
            Refused: The group-bys cannot be combined.
        """


_OTHERS: Final[Mapping[str, Callable[[Estate], Aggregated]]] = {DNS.path: dns_traffic_of}
"""The other endpoints by path; each is made at its first request, as most runs have none."""
PATHS: Final = (CONNECTIONS.path, *_OTHERS)


class Endpoint:
    """The demo's API without HTTP. It calculates the replies of all API endpoints for one invented network."""

    def __init__(self, seed: int, established: Established = "count") -> None:
        """Create the invented network.

        Args:
            seed: The seed of the random numbers. The same seed creates the same network.
            established: The unit of established and closed connections: a count, or a rate per second.
        """
        self._established = established
        self._estate = estate_of(seed)
        self._traffic = Traffic(self._estate)
        self._matcher = Matcher(self._estate)

    def answer(self, asked: Request | None, now: float, path: str = CONNECTIONS.path) -> bytes:
        """Return the reply of the API endpoint with this URL path as a JSON document.

        Raises:
            Refused: The real API would refuse the request with HTTP status 400.
        """
        rows: Sequence[Any] = ()
        if asked is not None:
            rows = self._rows(asked, now) if path == CONNECTIONS.path else _OTHERS[path](self._estate).rows(asked, now)
        return msgspec.json.encode({"data": rows})

    def insights(self, query_string: str, now: float) -> bytes:
        """Return the network health insights of a time window as a JSON document.

        Raises:
            Refused: A parameter is invalid. The real API would refuse the request with HTTP status 400.
        """
        start, end = parsed_span(query_string, now)
        return msgspec.json.encode({"data": insights_of(self._estate, start, end, now)})

    def _rows(self, asked: Request, now: float) -> list[Row]:
        counters = self._traffic.within(asked.start, asked.end, now)
        if counters is None:
            return []
        flags = None if asked.expression is None else self._matcher.flags(asked.expression)
        seconds = asked.end - asked.start if self._established == "rate" else None
        return rows_of(self._estate, counters, flags, asked.group_bys, asked.limit, rate_seconds=seconds)


def refusal(problem: Refused) -> bytes:
    """Return the JSON:API error document for a reply with HTTP status 400. An empty detail of the problem is left
    out.
    """
    error = {"status": "400", "title": problem.title}
    return msgspec.json.encode({"errors": [error | ({"detail": problem.detail} if problem.detail else {})]})


def plain_errors(*texts: str) -> bytes:
    """Return a JSON error document that is only a list of texts. API gateways answer in this form."""
    return msgspec.json.encode({"errors": texts})
