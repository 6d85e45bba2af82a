"""Choose the group-by fields whose values may explain why a metric is bad.

The choice depends on the rules of the findings, and on which fields had values in earlier responses.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from cnm_tui.core.connections import UNRESOLVED
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.fields.group_by import MOST_GROUP_BYS, Side, end_of, side_of
from cnm_tui.core.snapshot import Snapshot

PER_SIDE: Final = 5
"""Fields per side; those of both sides together fit one question."""
LEAST_PER_SIDE: Final = 3
"""With fewer that may divide the rows, fields that earlier answers left unresolved are asked again."""
LEAST_RESOLVED: Final = 0.02
"""Fields with values for a smaller share of the volume in earlier answers are not asked again."""

_OF_A_SIDE: Final = ("service", "availability-zone", "region", "host", "image_tag", "kube_deployment", "pod_name")
_FURTHER: Final = ("kube_namespace", "env", "team", "kube_cluster_name", "ip")
_OF_THE_SERVER: Final = ("server_domain", "network.server.port", "server_loadbalancer")
_SAME: Final = {
    "network.server.port": "server_port",
    "network.server.ip": "server_ip",
    "network.client.ip": "client_ip",
}

_COARSE_FIRST: Final = (
    *("env", "environment", "account", "region", "kube_cluster_name", "datacenter", "availability-zone", "team"),
    *("kube_namespace", "app", "service", "kube_service", "kube_deployment", "domain", "loadbalancer", "gateway_id"),
    *("security-group-name", "image_name", "short_image", "image_tag", "port", "host", "name", "instance-id"),
    *("kube_replica_set", "pod_name", "container_name", "ip", "container_id"),
)


Resolved = Mapping[str, float]
"""Share of the volume that had a value of a field in earlier answers, by field."""


def resolved_by(snapshot: Snapshot) -> Resolved:
    """Return for each field the share of the traffic volume that has a value, from 0 to 1.

    The dict is empty if the response has no traffic volume.
    """
    volumes = [volume or 0 for volume in snapshot.volumes]
    total = sum(volumes)
    if not total:
        return {}
    return {
        field: sum(volume for volume, text in zip(volumes, snapshot.texts(at), strict=True) if text != UNRESOLVED)
        / total
        for at, field in enumerate(snapshot.query.group_bys)
    }


def candidates(
    metric_key: str, endpoint: Endpoint, known: Resolved, excluded: Collection[str] = (), per_side: int = PER_SIDE
) -> tuple[str, ...]:
    """Return the fields by which the next queries are grouped, at most `per_side` each for client and server.

    Fields that had almost no values in earlier responses are used only if there are fewer than three other
    fields. They are at the end.

    Args:
        metric_key: The key of the metric to explain.
        endpoint: The API endpoint of the metric.
        known: For each field, the share of the traffic that had a value in earlier responses.
        excluded: Fields that are useless, because all rows of the query have the same value.
        per_side: Maximum number of fields for the client, and for the server.
    """
    left_out = {_SAME.get(field, field) for field in excluded}
    wanted = [
        field
        for field in dict.fromkeys(_ordered(metric_key, endpoint, known))
        if _SAME.get(field, field) not in left_out and _is_askable(endpoint, field)
    ]
    chosen: list[str] = []
    for side in (Side.CLIENT, Side.SERVER):
        of_side = [field for field in wanted if _side(field) is side]
        resolved = [field for field in of_side if known.get(field, 1.0) >= LEAST_RESOLVED]
        others = sorted(set(of_side).difference(resolved), key=lambda field: (-known[field], field))
        chosen += [*resolved, *others[: max(0, LEAST_PER_SIDE - len(resolved))]][:per_side]
    return tuple(chosen[:MOST_GROUP_BYS])


def coarseness(field: str) -> int:
    """Return the rank of a field, to choose between fields with equally many values.

    The rank is 0 for the field with the fewest and largest groups, such as `env`. Finer fields have larger ranks.
    """
    tag = field.partition("_")[2] if side_of(field) is not Side.FLOW else field.rpartition("network.server.")[2]
    return _COARSE_FIRST.index(tag) if tag in _COARSE_FIRST else len(_COARSE_FIRST)


def other_end(field: str) -> str:
    """Return the same tag of the other side, for example `server_host` for `client_host`."""
    side, _, tag = field.partition("_")
    return f"{'server' if side == 'client' else 'client'}_{tag}"


def _is_askable(endpoint: Endpoint, field: str) -> bool:
    # Fields that earlier answers resolved may be the organisation's own, which the catalogue does not list.
    return field in endpoint.fields or side_of(field) is not Side.FLOW


def _ordered(metric_key: str, endpoint: Endpoint, known: Resolved) -> Iterator[str]:
    """Yield the names of the fields, the best field first.

    The order is: fields that the rules for this metric recommend, usual fields, fields that had values in
    earlier responses, further fields.
    """
    for rule in endpoint.findings().rules:
        if any(level.metric == metric_key for level in rule.levels) or rule.reads[:1] == (metric_key,):
            yield from rule.ask_by
    for tag in _OF_A_SIDE:
        if tag == "image_tag":
            yield from _OF_THE_SERVER
        yield from (f"client_{tag}", f"server_{tag}")
    yield from sorted(known, key=lambda field: -known[field])
    for tag in _FURTHER:
        yield from (f"client_{tag}", f"server_{tag}")


def _side(field: str) -> Side:
    """Return whether a field belongs to the client or the server. Fields of the whole flow count as server fields."""
    return Side.CLIENT if end_of(field) is Side.CLIENT else Side.SERVER
