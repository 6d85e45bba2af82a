"""Send requests to the demo's API, and read the responses."""

import http.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec

from cnm_tui.demo.contract import Endpoint
from cnm_tui.demo.request import parsed_request

NOW = 1_790_001_000
"""21 September 2026, 14:30 UTC: a Monday, and the edge of a bucket."""

AGGREGATE = "/api/v2/network/connections/aggregate"
KEYS = {"DD-API-KEY": "any", "DD-APPLICATION-KEY": "any"}

Json = Any


class Reply(NamedTuple):
    """An HTTP response of the demo server: status code, headers and body."""

    status: int
    headers: Message
    body: bytes

    @property
    def content(self) -> Json:
        return msgspec.json.decode(self.body)


def get(
    url: str,
    path: str = AGGREGATE,
    parameters: Mapping[str, object] | None = None,
    *,
    headers: Mapping[str, str] = KEYS,
    method: str = "GET",
    **more: object,
) -> Reply:
    """Send one request over a new connection, and return the response.

    Args:
        more: Additional query parameters. The name `from_` means `from`, which is a keyword in Python.
    """
    query = urlencode({**(parameters or {}), **{name.rstrip("_"): value for name, value in more.items()}})
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request(method, f"{path}?{query}" if query else path, headers=dict(headers))
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Row:
    """One row of a response, with its groups and counters as dictionaries."""

    id: str
    groups: dict[str, list[str]]
    counters: dict[str, int]

    def __getitem__(self, key: str) -> int:
        return self.counters[key]

    @property
    def values(self) -> tuple[str, ...]:
        """Return the value of each group-by as one text. It is `N/A` if the group-by has no value."""
        return tuple(", ".join(values) or "N/A" for values in self.groups.values())

    @property
    def total_bytes(self) -> int:
        return self.counters["bytes_sent_by_client"] + self.counters["bytes_sent_by_server"]

    @property
    def retransmit_share(self) -> float:
        return self.counters["tcp_retransmits"] / max(1, self.counters["packets_sent_by_client"])


def rows(endpoint: Endpoint, group_by: str, *, query: str = "", now: float = NOW, **more: object) -> list[Row]:
    """Return the rows of the demo's answer to a query, without HTTP. All rows are returned unless `limit` is
    given.
    """
    parameters = {"group_by": group_by, "query": query, "limit": 7_500}
    parameters |= {name.rstrip("_"): str(value) for name, value in more.items()}
    document: Json = msgspec.json.decode(endpoint.answer(parsed_request(urlencode(parameters), now), now))
    return [_row(entry) for entry in document["data"]]


def _row(entry: Json) -> Row:
    counters = dict(entry["attributes"])
    return Row(entry["id"], counters.pop("group_bys"), counters)


def total(found: Iterable[Row], key: str) -> int:
    """Return the sum of one counter over these rows."""
    return sum(row.counters[key] for row in found)


def mean_rtt(found: Iterable[Row]) -> float:
    """Return the mean round-trip time of these rows, weighted by packets in the same way as in cnm-tui."""
    known = [(row.counters["rtt_micro_seconds"], row.counters["packets_sent_by_client"]) for row in found]
    return sum(rtt * packets for rtt, packets in known) / sum(packets for rtt, packets in known if rtt)
