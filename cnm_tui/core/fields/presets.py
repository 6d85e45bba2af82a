"""The groupings asked for most, each under a digit."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Preset:
    """Fields that are mostly asked for together."""

    name: str
    short_name: str
    """Where there is little room."""
    group_bys: tuple[str, ...]


PRESETS: Final[tuple[Preset, ...]] = (
    Preset("service to service", "service", ("client_service", "server_service")),
    Preset("pod to pod", "pod", ("client_pod_name", "server_pod_name")),
    Preset("namespace", "namespace", ("client_kube_namespace", "server_kube_namespace")),
    Preset("host", "host", ("client_host", "server_host")),
    Preset("availability zone", "zone", ("client_availability-zone", "server_availability-zone")),
    Preset("IP and port", "IP:port", ("client_ip", "server_ip", "server_port")),
    Preset("domain", "domain", ("client_service", "server_domain")),
)
"""The first is under 1."""
