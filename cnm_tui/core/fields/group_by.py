"""Define the catalogue of fields to group by, and the rules for a list of such fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean, unseen

MOST_GROUP_BYS: Final = 10
LONGEST_GROUP_BY: Final = 200


class Side(Enum):
    """The side of a connection that a field describes: client, server, or the whole flow."""

    CLIENT = "client"
    SERVER = "server"
    FLOW = "whole flow"


class Field(NamedTuple):
    """A field in the catalogue of fields to group by."""

    group_by: str
    side: Side
    meaning: str
    alias: str = ""
    """A word for its values, for their aliases: `domain`; empty for a word made of its name."""


_OF_BOTH_SIDES: Final = {
    "service": "the service, from its unified service tag",
    "kube_deployment": "the Kubernetes deployment",
    "kube_namespace": "the Kubernetes namespace",
    "pod_name": "the Kubernetes pod",
    "host": "the host the Agent runs on",
    "ip": "the IP address",
    "port": "the port; the client's is usually ephemeral",
    "availability-zone": "the cloud availability zone",
    "region": "the cloud region",
    "env": "the environment, from its unified service tag",
    "team": "the owning team",
    "kube_cluster_name": "the Kubernetes cluster",
    "kube_service": "the Kubernetes service",
    "kube_container_name": "the container's name within its pod",
    "container_name": "the container's name",
    "container_id": "the container's id",
    "image_name": "the container image",
    "image_tag": "the container image's tag",
    "short_image": "the container image without its registry",
    "docker_image": "the container image with its tag",
    "app": "the app tag",
    "role": "the role tag",
    "environment": "the environment tag",
    "datacenter": "the datacenter tag",
    "protocol": "the application protocol",
    "loadbalancer": "the load balancer",
    "instance-id": "the cloud instance's id",
    "instance-type": "the cloud instance's type",
    "security-group-name": "the security group's name",
    "security-group": "the security group's id",
    "name": "the name tag",
    "image": "the machine image",
    "account": "the cloud account",
    "kernel_version": "the kernel's version",
    "autoscaling_group": "the autoscaling group",
    "terraform.module": "the Terraform module",
    "site": "the site tag",
    "kube_replica_set": "the Kubernetes replica set",
    "kube_job": "the Kubernetes job",
    "kube_cronjob": "the Kubernetes cron job",
    "kube_daemon_set": "the Kubernetes daemon set",
    "kube_stateful_set": "the Kubernetes stateful set",
    "kubernetes_cluster": "the Kubernetes cluster, older tag",
    "cluster-name": "the cluster's name",
    "kube-labels": "the Kubernetes labels",
    "kubernetescluster": "the Kubernetes cluster, oldest tag",
    "kube_cluster": "the Kubernetes cluster, short tag",
    "task_name": "the ECS task",
    "task_version": "the ECS task's version",
    "task_family": "the ECS task family",
    "ecs_cluster": "the ECS cluster",
    "mesos_task": "the Mesos task",
    "marathon_app": "the Marathon app",
    "chronos_job": "the Chronos job",
    "chronos_job_owner": "the Chronos job's owner",
    "nomad_task": "the Nomad task",
    "nomad_group": "the Nomad group",
    "nomad_job": "the Nomad job",
    "rancher_container": "the Rancher container",
    "rancher_service": "the Rancher service",
    "rancher_stack": "the Rancher stack",
    "swarm_service": "the Swarm service",
    "swarm_namespace": "the Swarm namespace",
}

_OF_THE_SERVER: Final = {
    "server_domain": "the server's domain name",
    "server_dns_server": "the DNS server that resolved it",
    "server_s3_bucket": "the S3 bucket",
    "server_rds_instance_id": "the RDS instance",
    "server_cloud_endpoint_detection": "how the cloud endpoint was recognised",
    "server_gateway_id": "the gateway's id",
    "server_cluster": "the server's cluster",
    "server_cacheclusterid": "the ElastiCache cluster",
}

_OF_THE_FLOW: Final = {
    "network.client.ip": "the client's IP address, as searches name it",
    "network.server.ip": "the server's IP address, as searches name it",
    "network.server.port": "the server's port, as searches name it",
    "network.transport": "tcp or udp",
    "intra_availability_zone": "whether both ends are in one availability zone",
    "intra_region": "whether both ends are in one region",
    "tls_encrypted": "whether TLS was seen",
    "tls_version": "the TLS version agreed on",
    "tls_client_version": "the TLS version the client offered",
    "tls_cipher_suite": "the TLS cipher suite",
    "tls_cipher_insecure": "whether the cipher suite counts as insecure",
    "is_agent_traffic": "whether it is the Agent's own traffic",
    "pre_nat.ip": "the server's IP address before translation",
    "gateway_id": "the gateway's id",
    "gateway_type": "the gateway's type",
    "gateway_availability-zone": "the gateway's availability zone",
    "gateway_region": "the gateway's region",
    "gateway_public_ip": "the gateway's public IP address",
    "tgw_attachment_id": "the transit gateway attachment's id",
    "tgw_attachment_type": "the transit gateway attachment's type",
    "vpc_endpoint_id": "the VPC endpoint's id",
}


_SEARCH_PATH: Final = (".cluster.local", ".internal", ".local", ".svc")
"""Endings of names that resolvers of Kubernetes and clouds try first."""
PROFILE: Final = "profile"
"""The group that names the profile of a row, if several are asked together (`core/joined`)."""
_NAMING_TAGS: Final = ("service", "kube_service", "short_image", "container_name")
AUTO_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    f"{side}_auto_group": tuple(f"{side}_{tag}" for tag in _NAMING_TAGS) for side in ("client", "server")
}
"""Fields that are made here: an end is named by the first of these fields that it has.

The web's name for it is auto-grouped traffic. The endpoint is asked for all of them, and the rows are added up
(`endpoints/auto_grouping.py`).
"""


def asked_fields(group_bys: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that the request to the API must contain, each only once.

    An auto group is replaced by the fields that it consists of.
    """
    return tuple(dict.fromkeys(field for name in group_bys for field in AUTO_GROUPS.get(name, (name,))))


def _catalogue() -> dict[str, Field]:
    auto = f"auto-grouped: the first of {', '.join(_NAMING_TAGS)} that is there"
    client = [Field(f"client_{tag}", Side.CLIENT, meaning) for tag, meaning in _OF_BOTH_SIDES.items()]
    server = [Field(f"server_{tag}", Side.SERVER, meaning) for tag, meaning in _OF_BOTH_SIDES.items()]
    server += [Field(group_by, Side.SERVER, meaning) for group_by, meaning in _OF_THE_SERVER.items()]
    flow = [Field(group_by, Side.FLOW, meaning) for group_by, meaning in _OF_THE_FLOW.items()]
    client.append(Field("client_auto_group", Side.CLIENT, auto))
    server.append(Field("server_auto_group", Side.SERVER, auto))
    return {field.group_by: field for field in (*client, *server, *flow)}


CATALOGUE: Final = _catalogue()
"""Every documented field by name, the most used ones first on each side. Custom tags are valid fields too."""


def side_of(group_by: str) -> Side:
    """Return the side that a field describes, according to its prefix. Custom tags have the same prefixes."""
    if group_by.startswith("client_"):
        return Side.CLIENT
    return Side.SERVER if group_by.startswith("server_") else Side.FLOW


def end_of(group_by: str) -> Side:
    """Return the side that a field describes.

    Names that are used in searches, such as `network.client.ip`, are also accepted.
    """
    side = side_of(group_by)
    if side is Side.FLOW and group_by.startswith(("network.client.", "network.server.")):
        return Side.CLIENT if group_by.startswith("network.client.") else Side.SERVER
    return side


def names(group_by: str, side: Side) -> bool:
    """True if a field identifies the client or server. Port and protocol do not identify it.

    `side` says whether the client or the server is meant.
    """
    return end_of(group_by) is side and not group_by.endswith((".port", "_port", "_protocol"))


def can_name_fields(group_bys: Iterable[str]) -> bool:
    """Return True if these names can be JSON names in a msgspec struct.

    They must not contain quotes or backslashes.
    """
    return not any('"' in name or "\\" in name for name in group_bys)


def checked_group_bys(group_bys: Iterable[str]) -> tuple[str, ...]:
    """Return the fields without surrounding blanks, after checking each field.

    Raises:
        InvalidQuery: There are more than 10 fields, or a field is empty, repeated or not a valid name.
    """
    chosen = tuple(group_by.strip() for group_by in group_bys)
    if (asked := len(asked_fields(chosen))) > MOST_GROUP_BYS and len(chosen) <= MOST_GROUP_BYS:
        raise InvalidQuery(
            f"These group-bys ask for {asked} fields; the endpoint takes at most {MOST_GROUP_BYS}.",
            hint=f"An auto group asks for {len(_NAMING_TAGS)}. Remove {asked - MOST_GROUP_BYS}.",
        )
    if len(chosen) > MOST_GROUP_BYS:
        raise InvalidQuery(
            f"{len(chosen)} group-bys chosen; the endpoint takes at most {MOST_GROUP_BYS}.",
            hint=f"Remove {len(chosen) - MOST_GROUP_BYS}.",
        )
    for position, group_by in enumerate(chosen, start=1):
        _check_one(group_by, position)
        if group_by in chosen[: position - 1]:
            raise InvalidQuery(f"The group-by {clean(group_by)} is there twice.", hint="Remove one of them.")
    return chosen


def _check_one(group_by: str, position: int) -> None:
    if not group_by:
        raise InvalidQuery(
            f"Group-by {position} is empty.", hint="Separate fields by single commas: client_service,server_service."
        )
    if len(group_by) > LONGEST_GROUP_BY or "," in group_by or unseen(group_by) or " " in group_by:
        raise InvalidQuery(
            f"{clean(group_by, 40)!r} cannot be a group-by.",
            hint=f"A field has no spaces, commas or control characters, and at most {LONGEST_GROUP_BY} characters.",
        )


def parsed_group_bys(text: str) -> tuple[str, ...]:
    """Return the fields in a text in which commas separate the fields. An empty text gives an empty tuple.

    Raises:
        InvalidQuery: The fields are invalid for the same reasons as in `checked_group_bys`.
    """
    return checked_group_bys(text.split(",")) if text.strip() else ()


@dataclass(frozen=True, slots=True)
class Preset:
    """A common combination of fields, which the user can choose with one keyboard key."""

    name: str
    short_name: str
    """Short name, for little room."""
    group_bys: tuple[str, ...]


PRESETS: Final[tuple[Preset, ...]] = (
    Preset("service to service", "service", ("client_service", "server_service")),
    Preset("pod to pod", "pod", ("client_pod_name", "server_pod_name")),
    Preset("namespace", "namespace", ("client_kube_namespace", "server_kube_namespace")),
    Preset("host", "host", ("client_host", "server_host")),
    Preset("availability zone", "zone", ("client_availability-zone", "server_availability-zone")),
    Preset("IP and port", "IP", ("client_ip", "server_ip", "server_port")),
    Preset("domain", "domain", ("client_service", "server_domain")),
    Preset("auto-grouped", "auto", tuple(AUTO_GROUPS)),
)
"""The presets; the first has the keyboard key 1."""

Ladders = Mapping[str, Sequence[str]]
"""For a field the finer fields, best first.

A name without a side, such as `service`, applies to both sides, and leads to fields of the same side.
"""

USUAL: Final[Ladders] = MappingProxyType(
    {
        "region": ("availability-zone",),
        "availability-zone": ("service",),
        "team": ("service",),
        "env": ("service",),
        "environment": ("service",),
        "service": ("kube_deployment", "kube_namespace", "pod_name", "host"),
        "auto_group": ("kube_deployment", "kube_namespace", "pod_name", "host"),
        "kube_cluster_name": ("kube_namespace",),
        "kube_namespace": ("pod_name",),
        "kube_deployment": ("pod_name",),
        "kube_stateful_set": ("pod_name",),
        "kube_daemon_set": ("pod_name",),
        "kube_replica_set": ("pod_name",),
        "pod_name": ("host",),
        "host": ("ip",),
        "ip": ("port",),
        "server_domain": ("client_service",),
    }
)


def is_of_search_path(name: str) -> bool:
    """True if the DNS name looks as if Kubernetes had added a domain of its search path to another name."""
    return name.rstrip(".").lower().endswith(_SEARCH_PATH)
