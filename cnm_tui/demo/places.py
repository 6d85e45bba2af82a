"""Define where the invented services run: environments, regions, availability zones, hosts and IP addresses."""

import random
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from cnm_tui.demo.ends import Tags

_ZONES: Final = "abc"
_PODS_TO_A_SUBNET: Final = 250
_FIRST_HOST_SUBNET: Final = 48
_INSTANCE_TYPES: Final = ("m6i.2xlarge", "m6i.4xlarge", "c6g.4xlarge", "r6i.2xlarge")


@dataclass(frozen=True, slots=True)
class Site:
    """One environment (production or staging) in one cloud region: a virtual network with a Kubernetes cluster."""

    env: str
    region: str
    octet: int
    """Second part of its addresses: 10.octet.x.y."""
    share: float
    """Its size relative to the largest site."""
    utc_offset_hours: int
    account: str

    @property
    def cluster(self) -> str:
        """Return the name of the site's Kubernetes cluster."""
        return f"{self.env}-{self.region}"

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the names of the site's availability zones."""
        return tuple(self.region + letter for letter in _ZONES)


SITES: Final = (
    Site("prod", "eu-west-1", 1, 1.0, 0, "481026739105"),
    Site("prod", "eu-central-1", 2, 0.75, 1, "481026739105"),
    Site("prod", "us-east-1", 3, 0.85, -5, "481026739105"),
    Site("staging", "eu-west-1", 9, 0.3, 0, "735190284416"),
)
"""All sites; the first is home, for services that run in few regions."""

_RTT_BETWEEN_REGIONS: Final = {
    frozenset({"eu-west-1", "eu-central-1"}): 24_000,
    frozenset({"eu-west-1", "us-east-1"}): 71_000,
    frozenset({"eu-central-1", "us-east-1"}): 88_000,
}


def distance_micro_seconds(client_zone: str, server_zone: str) -> int:
    """Return the round-trip time in microseconds between two availability zones when the network is idle."""
    if client_zone == server_zone:
        return 280
    client_region, server_region = client_zone[:-1], server_zone[:-1]
    if client_region == server_region:
        # Unequal on purpose: real zones of one region are at different distances.
        return 900 + 350 * abs(ord(client_zone[-1]) - ord(server_zone[-1]))
    return _RTT_BETWEEN_REGIONS[frozenset({client_region, server_region})]


def hex_text(rng: random.Random, length: int) -> str:
    """Return a text of `length` random hexadecimal digits."""
    return f"{rng.getrandbits(4 * length):0{length}x}"


@dataclass(slots=True)
class Zone:
    """One availability zone of one site. It assigns IP addresses and hosts."""

    site: Site
    name: str
    number: int
    hosts: list[Tags] = field(default_factory=list)
    _pods: int = 0
    _machines: int = 0

    def pod_ip(self) -> str:
        """Return the next free IP address in the subnets for pods."""
        subnet, address = divmod(self._pods, _PODS_TO_A_SUBNET)
        self._pods += 1
        return f"10.{self.site.octet}.{self.number * 64 + subnet}.{address + 2}"

    def machine_ip(self) -> str:
        """Return the next free IP address in the subnets for hosts."""
        subnet, address = divmod(self._machines, _PODS_TO_A_SUBNET)
        self._machines += 1
        return f"10.{self.site.octet}.{self.number * 64 + _FIRST_HOST_SUBNET + subnet}.{address + 4}"

    def machine(self, rng: random.Random, group: str) -> tuple[str, Tags]:
        """Create a virtual machine in a group (such as `nodes`), and return its IP address and its tags."""
        site, ip = self.site, self.machine_ip()
        name = f"ip-{ip.replace('.', '-')}"
        return ip, {
            "host": f"{name}.{site.region}.compute.internal",
            "name": f"{group}-{name}",
            "instance-id": f"i-0{hex_text(rng, 16)}",
            "instance-type": rng.choice(_INSTANCE_TYPES),
            "image": f"ami-0{hex_text(rng, 16)}",
            "kernel_version": rng.choice(("6.1.112-122.189.amzn2023", "6.1.119-129.201.amzn2023")),
            "autoscaling_group": f"{site.cluster}-{group}",
            "security-group": (f"sg-0{site.octet:02}4e1b7c93d2", f"sg-0{site.octet:02}{len(group):02}8a6f1e05"),
            "security-group-name": (f"{site.cluster}-default", f"{site.cluster}-{group}"),
            "terraform.module": f"network/{group}",
            **self.tags(),
        }

    def tags(self) -> Tags:
        """Return the tags that all hosts and pods in this availability zone have."""
        site = self.site
        return {
            "availability-zone": self.name,
            "region": site.region,
            "account": site.account,
            "site": f"aws-{site.region}",
            "env": site.env,
            "environment": "production" if site.env == "prod" else site.env,
        }


def cluster_tags(site: Site) -> Tags:
    """Return the tags with the name of the site's Kubernetes cluster, as a dictionary from tag name to cluster name.

    There are several such tags, because the tag name changed over the years.
    """
    names = ("kube_cluster_name", "kubernetes_cluster", "kubernetescluster", "kube_cluster", "cluster-name")
    return dict.fromkeys(names, site.cluster)


def zones_of(rng: random.Random) -> dict[str, list[Zone]]:
    """Return a dictionary from each Kubernetes cluster's name to its availability zones.

    Each availability zone already contains its Kubernetes hosts.
    """
    zones = {site.cluster: [Zone(site, name, number) for number, name in enumerate(site.zones)] for site in SITES}
    for zone in chain.from_iterable(zones.values()):
        for _ in range(max(2, round(13 * zone.site.share))):
            ip, tags = zone.machine(rng, "nodes")
            zone.hosts.append({**tags, "ip": ip, **cluster_tags(zone.site)})
    return zones
