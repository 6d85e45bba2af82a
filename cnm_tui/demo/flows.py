"""Create the flows of the invented network, stored as columns. A flow is a connection before rows are grouped."""

import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Final

from cnm_tui.demo.ends import End
from cnm_tui.demo.places import SITES, Site, distance_micro_seconds
from cnm_tui.demo.population import Population
from cnm_tui.demo.rhythms import Temper, rhythm_number, steadied
from cnm_tui.demo.services import BUCKETS, DOMAINS, SERVICES, Kind, Profile, Service

_FAN: Final = 5
"""Maximum number of ends of a service that one client talks to."""
_SELDOM: Final = 0.04
"""Share of rarely used flows, which appear and disappear from window to window."""
BANK_GATEWAY: Final = "bank-gateway"
BANK_NEW_PORT: Final = 8_443
"""A new port of the bank, used in the home region only; a firewall blocks it."""
_MIRRORED: Final = ("events-relay", "cassandra")
_OFFICE_TEAMS: Final = frozenset({"payments", "fulfilment"})


@dataclass(frozen=True, slots=True)
class Wire:
    """The server port and the protocols of a flow. Many flows have the same object."""

    port: int
    transport: str
    protocol: str
    tls_version: str = ""
    agent_traffic: bool = False


@dataclass(slots=True)
class Flows:
    """The flows of the invented network: its connections before grouping. Each column has one entry for each flow.

    Rates are per second, and are averages over a long time.
    """

    ends: list[End] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    client: "array[int]" = field(default_factory=lambda: array("i"))
    server: "array[int]" = field(default_factory=lambda: array("i"))
    """Positions in `ends`; `client` likewise."""
    wire: "array[int]" = field(default_factory=lambda: array("i"))
    client_port: "array[int]" = field(default_factory=lambda: array("i"))
    rhythm: bytearray = field(default_factory=bytearray)
    client_packets: "array[float]" = field(default_factory=lambda: array("d"))
    """Packets per second; `server_packets` likewise."""
    server_packets: "array[float]" = field(default_factory=lambda: array("d"))
    client_packet_bytes: "array[int]" = field(default_factory=lambda: array("i"))
    server_packet_bytes: "array[int]" = field(default_factory=lambda: array("i"))
    rtt_micro_seconds: "array[int]" = field(default_factory=lambda: array("i"))
    """Zero if the transport has no RTT."""
    connections: "array[float]" = field(default_factory=lambda: array("d"))
    """Connections opened per second; zero without connections."""
    retransmits: "array[float]" = field(default_factory=lambda: array("d"))
    """Retransmits per second on a healthy network."""
    dither: "array[float]" = field(default_factory=lambda: array("d"))
    """Random start value from 0 to 1 for the running count, so that slow flows do not count at the same moment."""

    def __len__(self) -> int:
        return len(self.client)

    def set_pace(self, flow: int, client_packets: float) -> None:
        """Set the constant rate of a flow, in packets per second from the client. Its other rates change by the
        same factor.
        """
        factor = client_packets / self.client_packets[flow]
        for rates in (self.client_packets, self.server_packets, self.connections, self.retransmits):
            rates[flow] *= factor
        self.rhythm[flow] = steadied(self.rhythm[flow])


@dataclass(frozen=True, slots=True)
class _Talk:
    """A template for flows of one kind of traffic: protocols, packet rate and daily load. It has no client or
    server.
    """

    wire: Wire
    profile: Profile
    pace: float
    """Packets per second that one client sends to all its servers together."""
    temper: Temper
    site: int
    rtt_micro_seconds: int | None = None
    """RTT to an external server; None to use the distance of the zones."""


class _Weaver:
    """Creates the flows between clients and servers. The rates of the flows are random."""

    def __init__(self, rng: random.Random) -> None:
        self.flows = Flows()
        self._rng = rng
        self._end_numbers: dict[int, int] = {}
        self._wire_numbers: dict[Wire, int] = {}

    def connect(self, client: End, servers: Sequence[End], talk: _Talk, fan: int = _FAN) -> None:
        """Create flows from one client to the servers. If there are more than `fan` servers, `fan` of them are
        chosen at random.
        """
        chosen = self._rng.sample(servers, fan) if len(servers) > fan else servers
        for server in chosen:
            if server is not client:
                self._add(client, server, talk, talk.pace / len(chosen))

    def _add(self, client: End, server: End, talk: _Talk, pace: float) -> None:
        flows, rng, profile = self.flows, self._rng, talk.profile
        tcp = talk.wire.transport == "tcp"
        packets = pace * rng.lognormvariate(0.0, 0.7)
        if rng.random() < _SELDOM:
            packets *= 0.0005
        rtt = talk.rtt_micro_seconds or distance_micro_seconds(client.zone, server.zone)
        flows.client.append(self._end_number(client))
        flows.server.append(self._end_number(server))
        flows.wire.append(self._wire_number(talk.wire))
        flows.client_port.append(32_768 + int(rng.random() * 28_231))
        flows.rhythm.append(rhythm_number(talk.site, talk.temper, len(flows.client)))
        flows.client_packets.append(packets)
        flows.server_packets.append(packets * profile.packets_back * (0.8 + 0.4 * rng.random()))
        sizes = 0.85 + 0.3 * rng.random()
        flows.client_packet_bytes.append(int(profile.client_packet_bytes * sizes))
        flows.server_packet_bytes.append(int(profile.server_packet_bytes * sizes))
        flows.rtt_micro_seconds.append(int(rtt * (0.85 + 0.4 * rng.random())) if tcp else 0)
        flows.connections.append(packets / 40 * sizes if tcp else 0.0)
        # A healthy network retransmits 0.01 to 0.2 % of packets; more over longer distances.
        flows.retransmits.append(packets * (0.0001 + 0.0009 * rng.random() * (1 + (rtt > 5_000))) if tcp else 0.0)
        flows.dither.append(rng.random())

    def _end_number(self, end: End) -> int:
        number = self._end_numbers.setdefault(id(end), len(self.flows.ends))
        if number == len(self.flows.ends):
            self.flows.ends.append(end)
        return number

    def _wire_number(self, wire: Wire) -> int:
        number = self._wire_numbers.setdefault(wire, len(self.flows.wires))
        if number == len(self.flows.wires):
            self.flows.wires.append(wire)
        return number


def flows_of(population: Population, rng: random.Random) -> Flows:
    """Return the flows between these clients and servers.

    A random number generator in the same state always creates the same flows.
    """
    weaver = _Weaver(rng)
    for number, site in enumerate(SITES):
        for service in SERVICES.values():
            for client in population.services.get((service.name, site.cluster), ()):
                for called in service.calls.split():
                    _call(weaver, population, client, service, called, number)
                _use_platform(weaver, population, client, number)
        _visit(weaver, population, number, rng)
    _mirror(weaver, population)
    _report(weaver, population)
    return weaver.flows


def _call(weaver: _Weaver, population: Population, client: End, service: Service, called: str, site: int) -> None:
    temper = _temper(service)
    if called in BUCKETS:
        servers = population.buckets[called, SITES[site].region]
        talk = _Talk(_tls(443, "http"), BUCKETS[called], 14.0, temper, site, 2_400)
        weaver.connect(client, servers, talk)
    elif called in DOMAINS:
        rtt, port = DOMAINS[called]
        servers = population.domains[called]
        weaver.connect(client, servers, _Talk(_tls(port, "http"), Profile.CALL, 2.0, temper, site, rtt), fan=2)
    else:
        callee = SERVICES[called]
        servers = _servers(population, called, SITES[site])
        weaver.connect(client, servers, _Talk(_wire_to(callee), callee.profile, callee.pace, temper, site))
        if called == BANK_GATEWAY and site == 0:
            weaver.connect(client, servers, _Talk(_tls(BANK_NEW_PORT, "http"), Profile.CALL, 0.6, temper, site))


def _servers(population: Population, called: str, site: Site) -> list[End]:
    """Return the servers of a service in the cluster of this site. If there are none, return its servers in its
    home cluster.
    """
    return population.services.get((called, site.cluster)) or population.services[called, SERVICES_HOME[called]]


SERVICES_HOME: Final = {
    name: f"prod-{service.regions.split()[0]}" if service.regions else SITES[0].cluster
    for name, service in SERVICES.items()
}
"""The cluster of each service for clients in clusters without it."""


def _temper(client: Service) -> Temper:
    if client.kind is Kind.CRON_JOB:
        return Temper.NIGHTLY
    if client.team in _OFFICE_TEAMS:
        return Temper.OFFICE
    return Temper.STEADY if client.team in ("platform", "data") else Temper.PEOPLE


def _wire_to(service: Service) -> Wire:
    if not service.tls:
        transport = "udp" if service.profile in (Profile.DATAGRAM, Profile.ONE_WAY) else "tcp"
        return Wire(service.port, transport, service.protocol)
    return Wire(service.port, "tcp", service.protocol, "tls_1.2" if service.port in (5_432, 8_025) else "tls_1.3")


def _tls(port: int, protocol: str) -> Wire:
    return Wire(port, "tcp", protocol, "tls_1.3")


def _use_platform(weaver: _Weaver, population: Population, client: End, site: int) -> None:
    """Add the DNS and StatsD traffic of a client that is a pod. Do nothing for any other client."""
    if not client.values("pod_name"):
        return
    dns, statsd = SERVICES["coredns"], SERVICES["datadog-agent"]
    resolvers = _servers(population, dns.name, SITES[site])
    weaver.connect(client, resolvers, _Talk(_wire_to(dns), dns.profile, dns.pace, Temper.PEOPLE, site), fan=2)
    agent = population.agents[client.values("host")[0]]
    weaver.connect(client, [agent], _Talk(_wire_to(statsd), statsd.profile, statsd.pace, Temper.STEADY, site))


def _visit(weaver: _Weaver, population: Population, site: int, rng: random.Random) -> None:
    """Add traffic of addresses without tags: public visitors of web services, and private addresses that use
    Kafka.
    """
    for name, share in (("edge-gateway", 0.8), ("partner-api", 0.1), ("events-collector", 0.5)):
        service = SERVICES[name]
        servers = _servers(population, name, SITES[site])
        for visitor in population.visitors:
            if rng.random() < share:
                rtt = int(20_000 + 130_000 * rng.random() ** 2)
                talk = _Talk(_tls(443, "http"), service.profile, 6.0, Temper.PEOPLE, site, rtt)
                weaver.connect(visitor, servers, talk, fan=3)
    kafka = _servers(population, "kafka", SITES[site])
    for stray in population.strays[9 * site : 9 * site + 9]:
        weaver.connect(
            stray, kafka, _Talk(_wire_to(SERVICES["kafka"]), Profile.UPLOAD, 3.0, Temper.STEADY, site, 1_900)
        )
        for client in kafka:
            weaver.connect(
                client, [stray], _Talk(Wire(9_100, "tcp", "http"), Profile.PAGE, 0.5, Temper.STEADY, site, 1_900)
            )


def _mirror(weaver: _Weaver, population: Population) -> None:
    """Add the traffic that replicates data between regions."""
    for name in _MIRRORED:
        service = SERVICES[name]
        for here, there in permutations(range(3), 2):
            servers = population.services[name, SITES[there].cluster]
            talk = _Talk(_wire_to(service), Profile.UPLOAD, service.pace, Temper.STEADY, here)
            for client in population.services[name, SITES[here].cluster]:
                weaver.connect(client, servers, talk)


def _report(weaver: _Weaver, population: Population) -> None:
    """Add the traffic that each Datadog Agent sends to its Datadog intake."""
    intake = "intake.observability.example"
    rtt, port = DOMAINS[intake]
    wire = Wire(port, "tcp", "http", "tls_1.3", agent_traffic=True)
    for agent in population.agents.values():
        site = next(_sites_at(agent))
        talk = _Talk(wire, Profile.UPLOAD, 4.0, Temper.STEADY, site, rtt)
        weaver.connect(agent, population.domains[intake], talk, fan=2)


def _sites_at(end: End) -> Iterator[int]:
    return (
        number for number, site in enumerate(SITES) if (site.env, site.region) == (end.values("env")[0], end.region)
    )
