"""Create the DNS requests of the invented network, and define the DNS incidents of the demo.

A DNS request has a client, a DNS server and a requested name.
"""

import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER
from cnm_tui.core.fields.group_by import Side, side_of
from cnm_tui.demo.ends import End, Values
from cnm_tui.demo.estate import Column, Estate
from cnm_tui.demo.incidents import Recurrence

_MINUTE: Final = 60
_HOUR: Final = 3_600
_CLUSTER: Final = ".svc.cluster.local"
BROKEN_ZONE: Final = "cards.example"
FORGETFUL_SERVICE: Final = "sms-sender"
"""A service that resolves the same name again for each message."""


@dataclass(slots=True)
class Lookups:
    """The DNS requests before grouping. Each column has one entry per combination of client, DNS server and name."""

    client: "array[int]" = field(default_factory=lambda: array("i"))
    server: "array[int]" = field(default_factory=lambda: array("i"))
    """Positions in the estate's ends; `client` likewise."""
    name: list[str] = field(default_factory=list)
    exists: bytearray = field(default_factory=bytearray)
    """1 if the name exists; 0 for one that a search path made."""
    requests: "array[float]" = field(default_factory=lambda: array("d"))
    """Requests per second, a mean over time."""
    rhythm: bytearray = field(default_factory=bytearray)
    latency: "array[int]" = field(default_factory=lambda: array("i"))
    dither: "array[float]" = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, slots=True)
class DnsIncident:
    """One DNS problem of the demo: the affected requests, its times, and its effect on the requests."""

    name: str
    meaning: str
    touches: Callable[[End, End, str], bool]
    """Returns True for a client, DNS server and name that it affects."""
    recurrence: Recurrence
    timed_out: float = 0.0
    """Share of the requests without an answer."""
    servfail: float = 0.0
    """Share of the requests that the DNS server cannot resolve."""
    more: float = 1.0
    """Factor on the number of requests."""
    slower: float = 1.0
    """Factor on the latency."""


def is_of_zone(name: str, zone: str) -> bool:
    """True if a DNS name is the name of the zone, or is a name inside the zone."""
    return name == zone or name.endswith(f".{zone}")


def _is_first_server(region: str) -> Callable[[End, End, str], bool]:
    """Return a function that takes a DNS request, and returns True if it goes to the first DNS server of this
    region.

    The first DNS server is the one whose pod name is first in alphabetical order.
    """
    return lambda _client, server, _name: server.region == region and bool(server.values("is_first"))


DNS_INCIDENTS: Final = (
    DnsIncident(
        "overloaded DNS server",
        "One DNS server of us-east-1 is overloaded, and leaves requests without an answer.",
        _is_first_server("us-east-1"),
        Recurrence(every=30 * _MINUTE, lasting=25 * _MINUTE),
        timed_out=0.3,
    ),
    DnsIncident(
        "broken zone",
        f"The servers of the zone {BROKEN_ZONE} do not answer, so that every DNS server says SERVFAIL.",
        lambda _client, _server, name: is_of_zone(name, BROKEN_ZONE),
        Recurrence(every=_HOUR, lasting=50 * _MINUTE, first=5 * _MINUTE),
        servfail=0.85,
    ),
    DnsIncident(
        "search path storm",
        f"{FORGETFUL_SERVICE} resolves an outside name for each message, and each time tries the whole search path.",
        lambda client, _server, name: client.values("service") == (FORGETFUL_SERVICE,) and "sms.example" in name,
        Recurrence(every=2 * _HOUR, lasting=90 * _MINUTE, first=10 * _MINUTE),
        more=25.0,
    ),
    DnsIncident(
        "slow DNS server",
        "One DNS server of eu-central-1 runs on a busy host, and answers slowly.",
        _is_first_server("eu-central-1"),
        Recurrence(every=3 * _HOUR, lasting=2 * _HOUR, first=20 * _MINUTE),
        slower=14.0,
    ),
)


class LookupEstate:
    """The DNS requests of the invented network. For each field, a column contains the values of all DNS requests."""

    def __init__(self, estate: Estate) -> None:
        self.estate: Final = estate
        self.flows: Final = _lookups_of(estate)
        firsts = _first_servers(estate, self.flows)
        self.touched: Final = {incident: self._touched(incident, firsts) for incident in DNS_INCIDENTS}
        """The positions of the requests that each incident affects."""
        self._columns: dict[str, Column] = {}

    def _touched(self, incident: DnsIncident, firsts: frozenset[int]) -> list[int]:
        ends, flows = self.estate.flows.ends, self.flows
        known: dict[int, End] = {
            at: End(({"is_first": "true"}, *ends[at].layers), ends[at].zone) if at in firsts else ends[at]
            for at in {*flows.server, *flows.client}
        }
        rows = zip(flows.client, flows.server, flows.name, strict=True)
        return [
            at for at, (client, server, name) in enumerate(rows) if incident.touches(known[client], known[server], name)
        ]

    def knows(self, name: str) -> bool:
        """Return True if at least one DNS request, client or server has this field."""
        return name in _OF_DNS or (name not in _NOT_OF_DNS and self.estate.knows(name))

    def column(self, name: str) -> Column:
        """Return the values of a field for all DNS requests.

        If no client or server has this field, every DNS request has an empty value.
        """
        column = self._columns.get(name)
        if column is None:
            if not self.knows(name):
                return Column(((),), bytes(len(self.flows)))
            # Cache existing fields only, so that invented names cannot fill the memory.
            column = self._columns.setdefault(name, self._computed(name))
        return column

    def _computed(self, name: str) -> Column:
        flows, ends = self.flows, self.estate.flows.ends
        if name == DNS_QUERY:
            return _column([(asked,) for asked in flows.name])
        if name in _FIXED:
            return Column(((_FIXED[name],),), bytes(len(flows)))
        name = _SAME_AS.get(name, name)
        tag = "pod_name" if name == DNS_SERVER else name.partition("_")[2]
        values = [end.values(tag) for end in ends]
        positions = flows.client if side_of(name) is Side.CLIENT else flows.server
        return _column([values[position] for position in positions])


_FIXED: Final = {"server_port": "53", "network.server.port": "53", "network.transport": "udp"}
_SAME_AS: Final = {"network.client.ip": "client_ip", "network.server.ip": "server_ip"}
_OF_DNS: Final = frozenset({DNS_QUERY, DNS_SERVER, *_FIXED, *_SAME_AS})
_NOT_OF_DNS: Final = frozenset({"client_port", "server_domain"})


def _column(values: Sequence[Values]) -> Column:
    numbers: dict[Values, int] = {}
    of_flow = [numbers.setdefault(value, len(numbers)) for value in values]
    return Column(tuple(numbers), of_flow)


def _first_servers(estate: Estate, lookups: Lookups) -> frozenset[int]:
    """Return the position of one DNS server for each production cluster: the one whose pod name is first in the
    alphabet.
    """
    ends = estate.flows.ends
    firsts: dict[Values, int] = {}
    for server in sorted({*lookups.server}, key=lambda at: ends[at].values("pod_name")):
        if "prod" in ends[server].values("env"):
            firsts.setdefault(ends[server].values("kube_cluster_name"), server)
    return frozenset(firsts.values())


def _lookups_of(estate: Estate) -> Lookups:
    """Return the DNS requests that pods send before they open their connections."""
    flows, ends = estate.flows, estate.flows.ends
    rng = random.Random(estate.seed)
    servers: dict[int, list[int]] = {}
    names: dict[int, dict[str, float]] = {}
    rhythms: dict[int, int] = {}
    for client, server, packets, rhythm in zip(
        flows.client, flows.server, flows.client_packets, flows.rhythm, strict=True
    ):
        if ends[server].values("service") == ("coredns",):
            servers.setdefault(client, []).append(server)
        elif (domain := ends[server].values("domain")) and ends[client].values("pod_name"):
            asked = names.setdefault(client, {})
            asked[domain[0]] = asked.get(domain[0], 0.0) + packets / 200
            rhythms[client] = rhythm
    lookups = Lookups()
    for client in sorted(servers.keys() & names.keys()):
        for name, pace in names[client].items():
            for tried, exists in _with_search_path(name, ends[client]):
                for server in servers[client]:
                    lookups.client.append(client)
                    lookups.server.append(server)
                    lookups.name.append(tried)
                    lookups.exists.append(exists)
                    lookups.requests.append(min(pace, 2.0) / len(servers[client]) * (0.6 + 0.8 * rng.random()))
                    lookups.rhythm.append(rhythms[client])
                    lookups.latency.append(int((2 if name.endswith(_CLUSTER) else 18) * (0.7 + 0.9 * rng.random())) + 1)
                    lookups.dither.append(rng.random())
    return lookups


def _with_search_path(name: str, client: End) -> Iterator[tuple[str, bool]]:
    """Yield each name that a pod's DNS resolver requests for this name, together with a bool: True if the name
    exists.

    The resolver first adds each suffix of its search path to the name. These longer names do not exist. The name
    itself is tried last.
    """
    if not name.endswith(_CLUSTER) and (namespaces := client.values("kube_namespace")) and name.count(".") < 3:
        for end in (f"{namespaces[0]}{_CLUSTER}", _CLUSTER[1:], "cluster.local"):
            yield f"{name}.{end}", False
    yield name, True
