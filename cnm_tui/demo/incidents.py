"""Define the incidents of the demo, which are network problems that occur repeatedly.

A good engineer can find each incident with cnm-tui.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import compress
from typing import Final, Literal

from cnm_tui.demo.ends import End
from cnm_tui.demo.flows import BANK_GATEWAY, BANK_NEW_PORT, Flows
from cnm_tui.demo.population import ROLLED_OUT_TAG

_MINUTE: Final = 60
_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The rule for when an incident occurs: its duration, and the time between two of its beginnings.

    All times are in seconds, and are multiples of the 5-minute time bucket.
    """

    lasting: int
    first: int = 0
    """Offset of its beginning after a multiple of `every`, in epoch seconds."""
    every: int = 28 * _HOUR
    """The time between two beginnings. If it is a day and four hours, it begins four hours later each day."""

    def last_beginning(self, moment: float) -> int:
        """Return the latest beginning of the incident before or at `moment`. Both times are in epoch seconds."""
        return int((moment - self.first) // self.every * self.every) + self.first

    def seconds_before(self, moment: float) -> float:
        """Return for how many seconds in total the incident was active from 1970 to `moment`, which is in epoch
        seconds.
        """
        times, into = divmod(moment - self.first, self.every)
        return times * self.lasting + min(into, self.lasting)

    def share(self, start: float, end: float) -> float:
        """Return the share of a time window, from 0 to 1, during which the incident was active."""
        return (self.seconds_before(end) - self.seconds_before(start)) / (end - start)


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of an incident on one counter. The counter increases by `amount` per client packet or opened
    connection.
    """

    counter: str
    for_each: Literal["packet", "connection"]
    amount: float


@dataclass(frozen=True, slots=True)
class Incident:
    """One network problem of the demo: the affected clients and servers, its times, and the counters that show it."""

    name: str
    meaning: str
    client: Callable[[End], bool]
    server: Callable[[End], bool]
    recurrence: Recurrence
    effects: tuple[Effect, ...]
    pace: float
    """Client packets per second of the pair of pods that it affects most."""
    port: int | None = None
    """Affected port of the server; None for all."""
    both_ways: bool = False
    """True if it also affects the opposite direction."""
    client_packets_lost: float = 0.0
    """Share of the client's packets that are never sent while it is active."""
    server_packets_lost: float = 0.0
    slower: float = 1.0
    """Factor on the round-trip time."""

    def touched(self, flows: Flows) -> list[int]:
        """Return the positions of the affected flows. Only TCP flows are affected, which are the flows with an RTT."""
        pairs = [self._touched_one_way(flows, self.client, self.server)]
        if self.both_ways:
            pairs.append(self._touched_one_way(flows, self.server, self.client))
        return sorted(set().union(*pairs))

    def _touched_one_way(self, flows: Flows, client: Callable[[End], bool], server: Callable[[End], bool]) -> set[int]:
        clients = [client(end) for end in flows.ends]
        servers = [server(end) for end in flows.ends]
        on_port = [self.port is None or wire.port == self.port for wire in flows.wires]
        flags = (
            clients[from_end] and servers[to_end] and on_port[wire] and rtt > 0
            for from_end, to_end, wire, rtt in zip(
                flows.client, flows.server, flows.wire, flows.rtt_micro_seconds, strict=True
            )
        )
        return set(compress(range(len(flows)), flags))


def _anywhere(_end: End) -> bool:
    return True


def _with(**tags: str) -> Callable[[End], bool]:
    """Return a function that takes a client or server, and returns True if it has all of these tags.

    Python names cannot contain a hyphen, so `availability_zone` means the tag `availability-zone`.
    """
    asked = {tag.replace("availability_zone", "availability-zone"): value for tag, value in tags.items()}
    return lambda end: all(value in end.values(tag) for tag, value in asked.items())


def _on_the_third_host(end: End) -> bool:
    """True if the client or server runs on the Kubernetes host whose network uplink is overloaded in one of the
    incidents.
    """
    return end.zone == "us-east-1b" and any(host.startswith("ip-10-3-112-6.") for host in end.values("host"))


INCIDENTS: Final = (
    Incident(
        "lossy zones",
        "Packets get lost between the availability zones eu-west-1a and eu-west-1c.",
        _with(availability_zone="eu-west-1a", env="prod"),
        _with(availability_zone="eu-west-1c", env="prod"),
        Recurrence(lasting=12 * _HOUR, first=14 * _HOUR + 20 * _MINUTE),
        (
            Effect("tcp_retransmits", "packet", 0.055),
            Effect("tcp_rto_count", "packet", 0.009),
            Effect("tcp_recovery_count", "packet", 0.012),
            Effect("tcp_rcv_ooo_pack", "packet", 0.02),
        ),
        pace=1_000,
        both_ways=True,
        slower=1.7,
    ),
    Incident(
        "refused since a deploy",
        f"pricing {ROLLED_OUT_TAG} in eu-west-1 crashes and restarts, and its port refuses meanwhile.",
        _anywhere,
        _with(service="pricing", image_tag=ROLLED_OUT_TAG, region="eu-west-1", env="prod"),
        Recurrence(lasting=11 * _HOUR + 30 * _MINUTE, first=25 * _HOUR + 50 * _MINUTE),
        (Effect("tcp_refusals", "connection", 0.9),),
        pace=100,
        client_packets_lost=0.85,
        server_packets_lost=0.95,
    ),
    Incident(
        "firewall drops",
        f"A firewall lets packets to the new port {BANK_NEW_PORT} of the gateway to the bank vanish.",
        _anywhere,
        _with(kube_deployment=BANK_GATEWAY),
        Recurrence(lasting=13 * _HOUR, first=20 * _HOUR + 10 * _MINUTE),
        (
            Effect("tcp_timeouts", "connection", 0.97),
            # A SYN is sent seven times, six of them after a time-out.
            Effect("tcp_retransmits", "packet", 0.86),
            Effect("tcp_rto_count", "packet", 0.85),
        ),
        pace=7,
        port=BANK_NEW_PORT,
        client_packets_lost=0.83,
        server_packets_lost=1.0,
    ),
    Incident(
        "closed window",
        "events-consumer in eu-central-1 reads too slowly, so its receive window stays closed.",
        _anywhere,
        _with(service="events-consumer", region="eu-central-1"),
        Recurrence(lasting=12 * _HOUR, first=2 * _HOUR + 55 * _MINUTE),
        (Effect("tcp_probe0_count", "packet", 0.08),),
        pace=250,
        client_packets_lost=0.6,
        server_packets_lost=0.6,
        slower=1.2,
    ),
    Incident(
        "congested host",
        "The uplink of one host in us-east-1b is full, and marks packets as congested.",
        _anywhere,
        _on_the_third_host,
        Recurrence(lasting=11 * _HOUR + 30 * _MINUTE, first=1 * _HOUR + 40 * _MINUTE),
        (Effect("tcp_delivered_ce", "packet", 0.14), Effect("tcp_retransmits", "packet", 0.004)),
        pace=600,
        both_ways=True,
        slower=2.2,
    ),
    Incident(
        "unequal paths",
        "Through the peering of eu-central-1 and us-east-1, packets arrive out of order over unequal paths.",
        _with(region="eu-central-1", env="prod"),
        _with(region="us-east-1"),
        Recurrence(lasting=12 * _HOUR + 30 * _MINUTE, first=23 * _HOUR + 40 * _MINUTE),
        (Effect("tcp_reord_seen", "packet", 0.03), Effect("tcp_rcv_ooo_pack", "packet", 0.07)),
        pace=700,
        both_ways=True,
    ),
    Incident(
        "impatient load balancer",
        "The partners' load balancer in eu-west-1 cuts connections that are idle for a minute.",
        _anywhere,
        _with(service="partner-api", region="eu-west-1", env="prod"),
        Recurrence(lasting=11 * _HOUR + 30 * _MINUTE, first=9 * _HOUR),
        (Effect("tcp_resets", "connection", 0.35),),
        pace=120,
    ),
    Incident(
        "lost tails",
        "To ml-scoring in us-east-1 the ends of exchanges get lost, which nothing but a time-out repairs.",
        _with(region="us-east-1"),
        _with(service="ml-scoring", region="us-east-1", env="prod"),
        Recurrence(lasting=11 * _HOUR + 30 * _MINUTE, first=17 * _HOUR + 50 * _MINUTE),
        (
            Effect("tcp_retransmits", "packet", 0.045),
            Effect("tcp_rto_count", "packet", 0.04),
            Effect("tcp_recovery_count", "packet", 0.003),
        ),
        pace=700,
    ),
    Incident(
        "detour",
        "A withdrawn route leads what goes from eu-central-1 to identity in eu-west-1 around the world.",
        _with(region="eu-central-1", env="prod"),
        _with(service="identity", region="eu-west-1"),
        Recurrence(lasting=12 * _HOUR, first=8 * _HOUR + 20 * _MINUTE),
        (),
        pace=350,
        slower=14.0,
    ),
)
