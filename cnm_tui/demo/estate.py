"""Create the estate, which is the demo's invented network: its connections, and their values in each field."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from cnm_tui.core.fields.group_by import Side, side_of
from cnm_tui.demo.ends import End, Values
from cnm_tui.demo.flows import Flows, Wire, flows_of
from cnm_tui.demo.incidents import INCIDENTS, Incident
from cnm_tui.demo.places import SITES
from cnm_tui.demo.population import population_of


class Column(NamedTuple):
    """The values of one field for all flows. It contains the distinct values, and for each flow the index of its
    value.
    """

    values: tuple[Values, ...]
    of_flow: Sequence[int]


class Estate:
    """The invented network of the demo: its flows, clients and servers.

    The network depends only on the seed, and it never changes.
    """

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.seed = seed
        self.flows: Final = flows_of(population_of(rng), rng)
        self.touched: Final = {incident: incident.touched(self.flows) for incident in INCIDENTS}
        """The positions of the flows that each incident affects."""
        self.hardest_hit: Final = _hardest_hit(self.flows, self.touched)
        """For each incident the flow that it affects most, between two pods."""
        for incident, flow in self.hardest_hit.items():
            self.flows.set_pace(flow, incident.pace)
        self._tags: Final = frozenset(tag for end in self.flows.ends for layer in end.layers for tag in layer)
        self._columns: dict[str, Column] = {}

    def column(self, field: str) -> Column:
        """Return the values of a field for all flows.

        If no client or server has this field, every flow has an empty value.
        """
        column = self._columns.get(field)
        if column is not None:
            return column
        if not self.knows(field):
            return Column(((),), bytes(len(self.flows)))
        # Cache existing fields only, so that invented names cannot fill the memory.
        return self._columns.setdefault(field, self._computed(field))

    def knows(self, field: str) -> bool:
        """Return True if at least one flow, client or server has this field."""
        field = _SAME_AS.get(field, field)
        if field in _OF_WIRE or field in _OF_ENDS or field == "client_port":
            return True
        return side_of(field) is not Side.FLOW and _tag(field) in self._tags

    def _computed(self, field: str) -> Column:
        flows = self.flows
        field = _SAME_AS.get(field, field)
        if field == "client_port":
            return _column((str(port),) for port in flows.client_port)
        if (of_wire := _OF_WIRE.get(field)) is not None:
            return _spread((of_wire(wire) for wire in flows.wires), flows.wire)
        if (of_ends := _OF_ENDS.get(field)) is not None:
            ends = flows.ends
            return _column(
                of_ends(ends[client], ends[server]) for client, server in zip(flows.client, flows.server, strict=True)
            )
        tag = _tag(field)
        positions = flows.client if side_of(field) is Side.CLIENT else flows.server
        return _spread((end.values(tag) for end in flows.ends), positions)


def _hardest_hit(flows: Flows, touched: Mapping[Incident, Sequence[int]]) -> dict[Incident, int]:
    """Return for each incident the position of the busiest flow that is affected by this incident only.

    The flows for two incidents always belong to different client deployments.
    """
    times_touched = Counter(chain.from_iterable(touched.values()))
    of_callers = {
        incident: _busiest_by_caller(flows, [flow for flow in positions if times_touched[flow] == 1])
        for incident, positions in touched.items()
    }
    taken: set[Values] = set()
    found: dict[Incident, int] = {}
    # Incidents with the fewest flows choose first.
    for incident in sorted(of_callers, key=lambda incident: len(of_callers[incident])):
        free = {caller: flow for caller, flow in of_callers[incident].items() if caller not in taken}
        caller = max(free, key=lambda caller: flows.client_packets[free[caller]])
        taken.add(caller)
        found[incident] = free[caller]
    return found


def _busiest_by_caller(flows: Flows, positions: Sequence[int]) -> dict[Values, int]:
    """Return a dictionary from each client deployment to the position of its busiest flow among these flows.

    Only flows from one Kubernetes deployment to another count. The pod names of a deployment exist in one cluster
    only, but the pod names of a stateful set are the same in several clusters.
    """
    deployments = [end.values("kube_deployment") for end in flows.ends]
    busiest: dict[Values, int] = {}
    # Of equally busy flows the first stays.
    for flow in sorted(positions, key=flows.client_packets.__getitem__, reverse=True):
        caller, called = deployments[flows.client[flow]], deployments[flows.server[flow]]
        if caller and called:
            busiest.setdefault(caller, flow)
    return busiest


def _column(values: Iterable[Values]) -> Column:
    numbers: dict[Values, int] = {}
    of_flow = [numbers.setdefault(value, len(numbers)) for value in values]
    return Column(tuple(numbers), of_flow)


def _spread(values: Iterable[Values], positions: Sequence[int]) -> Column:
    """Return a column of a field, with one value for each flow.

    `values` contains the value of each client, server or protocol. `positions` contains for each flow an index
    into `values`.
    """
    every = list(values)
    return _column(every[position] for position in positions)


def _tag(field: str) -> str:
    """Return the name of a field without the prefix `client_` or `server_`. This is the name of the tag."""
    return field.partition("_")[2]


_SAME_AS: Final = {
    "network.client.ip": "client_ip",
    "network.server.ip": "server_ip",
    "network.server.port": "server_port",
    "pre_nat.ip": "server_pre_nat_ip",
}


def _truth(truth: bool) -> Values:
    return ("true" if truth else "false",)


def _cipher(wire: Wire) -> Values:
    if not wire.tls_version:
        return ()
    return ("TLS_AES_128_GCM_SHA256" if wire.tls_version == "tls_1.3" else "TLS_RSA_WITH_AES_128_CBC_SHA",)


_OF_WIRE: Final[dict[str, Callable[[Wire], Values]]] = {
    "server_port": lambda wire: (str(wire.port),),
    "client_protocol": lambda wire: (wire.protocol,),
    "server_protocol": lambda wire: (wire.protocol,),
    "network.transport": lambda wire: (wire.transport,),
    "tls_encrypted": lambda wire: _truth(bool(wire.tls_version)),
    "tls_version": lambda wire: (wire.tls_version,) if wire.tls_version else (),
    # Clients offer the versions that they support, often more than one.
    "tls_client_version": lambda wire: ("tls_1.2", "tls_1.3") if wire.tls_version else (),
    "tls_cipher_suite": _cipher,
    "tls_cipher_insecure": lambda wire: _truth(wire.tls_version == "tls_1.2") if wire.tls_version else (),
    "is_agent_traffic": lambda wire: _truth(wire.agent_traffic),
}

_OCTETS: Final = {site.region: site.octet for site in reversed(SITES)}


def _leaves(client: End, server: End) -> bool:
    """True if the flow passes a NAT gateway, on the way from the invented network to an outside domain."""
    return bool(client.zone and server.values("domain")) and not server.zone and not server.values("s3_bucket")


def _crosses(client: End, server: End) -> bool:
    """True if the flow passes a transit gateway, because client and server are in different regions."""
    return bool(client.zone and server.zone) and client.region != server.region


def _gateway(client: End, server: End) -> Values:
    if _leaves(client, server):
        return (f"nat-0{_OCTETS[client.region]:02}7d1f3b9ac45e{client.zone[-1]}",)
    return (f"tgw-0{_OCTETS[client.region]:02}b62c9de81f0",) if _crosses(client, server) else ()


def _gateway_type(client: End, server: End) -> Values:
    if _leaves(client, server):
        return ("nat_gateway",)
    return ("transit_gateway",) if _crosses(client, server) else ()


def _attachment(client: End, server: End) -> Values:
    if not _crosses(client, server):
        return ()
    return (f"tgw-attach-0{_OCTETS[client.region]:02}{_OCTETS[server.region]:02}8e5a7c",)


_OF_ENDS: Final[dict[str, Callable[[End, End], Values]]] = {
    "intra_availability_zone": lambda client, server: (
        _truth(client.zone == server.zone) if client.zone and server.zone else ()
    ),
    "intra_region": lambda client, server: (
        _truth(client.region == server.region) if client.zone and server.zone else ()
    ),
    "gateway_id": _gateway,
    "server_gateway_id": _gateway,
    "gateway_type": _gateway_type,
    "gateway_availability-zone": lambda client, server: (client.zone,) if _leaves(client, server) else (),
    "gateway_region": lambda client, server: (client.region,) if _gateway_type(client, server) else (),
    "gateway_public_ip": lambda client, server: (
        (f"198.18.{_OCTETS[client.region]}.{ord(client.zone[-1])}",) if _leaves(client, server) else ()
    ),
    "tgw_attachment_id": _attachment,
    "tgw_attachment_type": lambda client, server: ("peering",) if _crosses(client, server) else (),
    "vpc_endpoint_id": lambda client, server: (
        (f"vpce-0{_OCTETS[client.region]:02}4c2ad98b71",) if client.zone and server.values("s3_bucket") else ()
    ),
}


# Cached: building takes a third of a second, and tests serve several times in one process.
@lru_cache(maxsize=1)
def estate_of(seed: int) -> Estate:
    """Return the invented network that this seed creates."""
    return Estate(seed)
