"""Create the population of the invented network: its pods, hosts, managed services and outside addresses.

They are the clients and servers of all connections.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cnm_tui.demo.ends import End, Tags
from cnm_tui.demo.places import SITES, Zone, cluster_tags, hex_text, zones_of
from cnm_tui.demo.services import BUCKETS, DOMAINS, SERVICES, Kind, Service

_POD_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
_REGISTRY: Final = "registry.acme.example"
_HALF_ROLLED_OUT: Final = "pricing"
"""The service whose newest version runs on some pods only, in the home cluster."""

ROLLED_OUT_TAG: Final = "4.12.0"
"""Image tag of that newest version."""
_TAG_BEFORE: Final = "4.11.3"


@dataclass(slots=True)
class Population:
    """All clients and servers of the invented network, in one dictionary for each kind. The keys are names."""

    services: dict[tuple[str, str], list[End]] = field(default_factory=dict)
    """Ends by service and cluster."""
    agents: dict[str, End] = field(default_factory=dict)
    """The Datadog Agents by host name."""
    domains: dict[str, list[End]] = field(default_factory=dict)
    buckets: dict[tuple[str, str], list[End]] = field(default_factory=dict)
    """Ends by bucket name and region."""
    visitors: list[End] = field(default_factory=list)
    """Public addresses without tags."""
    strays: list[End] = field(default_factory=list)
    """Private addresses without tags."""


def population_of(rng: random.Random) -> Population:
    """Return the clients and servers of one invented network.

    A random number generator in the same state always creates the same clients and servers.
    """
    population = Population()
    zones_by_cluster = zones_of(rng)
    image_tags = {name: f"{rng.randrange(1, 9)}.{rng.randrange(12)}.{rng.randrange(20)}" for name in SERVICES}
    image_tags[_HALF_ROLLED_OUT] = _TAG_BEFORE
    for site in SITES:
        zones = zones_by_cluster[site.cluster]
        for service in SERVICES.values():
            if service.kind is Kind.DAEMON_SET:
                _place_agents(population, service, zones, rng)
            elif site.env != "prod" or not service.regions or site.region in service.regions.split():
                population.services[service.name, site.cluster] = list(
                    _ends_of(service, image_tags[service.name], zones, rng)
                )
    for domain in DOMAINS:
        population.domains[domain] = [
            End(({"ip": f"198.51.100.{rng.randrange(1, 255)}", "domain": domain, "dns_server": "172.20.0.10"},))
            for _ in range(3)
        ]
    for bucket in BUCKETS:
        for site in SITES[:3]:
            population.buckets[bucket, site.region] = [_bucket_end(bucket, site.region, rng) for _ in range(2)]
    population.visitors = [End(({"ip": f"203.0.113.{number}"},)) for number in range(1, 121)]
    population.strays = [End(({"ip": f"10.200.{number // 9}.{17 + number}"},)) for number in range(36)]
    return population


def _bucket_end(bucket: str, region: str, rng: random.Random) -> End:
    name = f"{bucket}-{region}"
    return End(
        (
            {
                "ip": f"192.0.2.{rng.randrange(1, 255)}",
                "s3_bucket": name,
                "domain": f"{name}.s3.{region}.amazonaws.com",
                "dns_server": "172.20.0.10",
                "cloud_endpoint_detection": "aws-s3",
                "region": region,
            },
        )
    )


def _ends_of(service: Service, image_tag: str, zones: list[Zone], rng: random.Random) -> Iterator[End]:
    number = max(1, round(service.size * zones[0].site.share)) + (2 if service.size > 5 else 1)
    if service.kind in (Kind.DEPLOYMENT, Kind.CRON_JOB, Kind.STATEFUL_SET):
        yield from _pods(service, image_tag, zones, number, rng)
        return
    for index in range(number):
        zone = zones[index % len(zones)]
        if service.kind is Kind.ECS:
            layers = (_ecs_task(service, zone, rng), _owned(service, zone), zone.tags())
        elif service.kind in (Kind.HOST, Kind.NOMAD):
            ip, machine = zone.machine(rng, service.deployment)
            layers = ({"ip": ip, **_machine_role(service, index)}, _owned(service, zone), machine)
        else:
            layers = (_managed(service, zone, index, rng), _owned(service, zone), zone.tags())
        yield End(layers, zone.name)


def _owned(service: Service, zone: Zone) -> Tags:
    return {
        **({"service": service.name} if service.tagged else {}),
        "team": service.team,
        "app": service.deployment,
        "cost_center": f"cc-{service.team}",
        "cluster": f"{service.deployment}-{zone.site.region}",
    }


def _pods(service: Service, image_tag: str, zones: list[Zone], number: int, rng: random.Random) -> Iterator[End]:
    deployed = _deployment(service, zones[0])
    versions = [_version(service, image_tag, deployed, rng)]
    if service.name == _HALF_ROLLED_OUT and zones[0].site is SITES[0]:
        versions += [_version(service, ROLLED_OUT_TAG, deployed, rng)]
    for index in range(number):
        zone = zones[index % len(zones)]
        # The last third of the pods run the newest version.
        version = versions[-1] if 3 * index >= 2 * number else versions[0]
        host = rng.choice(zone.hosts)
        container_id = hex_text(rng, 64)
        pod = {
            "pod_name": _pod_name(service, version, index, rng),
            "ip": zone.pod_ip(),
            "container_id": container_id,
            "container_name": f"k8s_{service.deployment}_{container_id[:8]}",
        }
        if service.kind is Kind.CRON_JOB:
            pod["kube_job"] = pod["pod_name"].rsplit("-", 1)[0]
        yield End((pod, version, deployed, host), zone.name)


def _pod_name(service: Service, version: Tags, index: int, rng: random.Random) -> str:
    if service.kind is Kind.STATEFUL_SET:
        return f"{service.deployment}-{index}"
    suffix = "".join(rng.choices(_POD_LETTERS, k=5))
    if service.kind is Kind.CRON_JOB:
        return f"{service.deployment}-{28_900_000 + 1_440 * index}-{suffix}"
    return f"{version['kube_replica_set']}-{suffix}"


def _deployment(service: Service, zone: Zone) -> Tags:
    site, name = zone.site, service.deployment
    tags: dict[str, str | tuple[str, ...]] = {
        **_owned(service, zone),
        **cluster_tags(site),
        "kube_namespace": service.namespace,
        "kube_service": name,
        "kube_container_name": name,
        "kube-labels": (f"app.kubernetes.io/name:{name}", f"app.kubernetes.io/part-of:{service.namespace}"),
        "domain": service.domain or f"{name}.{service.namespace}.svc.cluster.local",
        "dns_server": "172.20.0.10",
        # A hash that is the same in every run, unlike the built-in one.
        "pre_nat_ip": f"172.20.{site.octet}.{11 + sum(name.encode()) % 240}",
    }
    if service.kind is Kind.DEPLOYMENT:
        tags["kube_deployment"] = name
    elif service.kind is Kind.STATEFUL_SET:
        tags["kube_stateful_set"] = name
    else:
        tags["kube_cronjob"] = name
    if service.balancers:
        tags["loadbalancer"] = tuple(f"{balancer}-{site.region}" for balancer in service.balancers)
    return tags


def _version(service: Service, tag: str, deployed: Tags, rng: random.Random) -> Tags:
    image = f"{_REGISTRY}/{service.team}/{service.deployment}"
    tags = {
        "image_name": image,
        "image_tag": tag,
        "short_image": service.deployment,
        "docker_image": f"{image}:{tag}",
    }
    if service.kind is Kind.DEPLOYMENT:
        tags["kube_replica_set"] = f"{deployed['kube_deployment']}-{hex_text(rng, 9)}"
    return tags


def _ecs_task(service: Service, zone: Zone, rng: random.Random) -> Tags:
    return {
        "ip": zone.pod_ip(),
        "task_name": f"{service.name}-{hex_text(rng, 8)}",
        "task_family": service.name,
        "task_version": "31",
        "ecs_cluster": f"fargate-{zone.site.cluster}",
        "container_name": service.name,
        "image_name": f"{_REGISTRY}/{service.team}/{service.name}",
        "image_tag": "2.7.1",
    }


def _machine_role(service: Service, index: int) -> Tags:
    if service.kind is Kind.NOMAD:
        job = {"nomad_job": service.name, "nomad_group": "workers", "nomad_task": f"{service.name}-worker"}
        return {"role": "worker", **job}
    return {"role": "leader" if index == 0 else "member", "datacenter": "aws"}


def _managed(service: Service, zone: Zone, index: int, rng: random.Random) -> Tags:
    region, instance = zone.site.region, f"{service.name}-{zone.site.env}-{index + 1}"
    if service.kind is Kind.RDS:
        return {
            "ip": zone.machine_ip(),
            "rds_instance_id": instance,
            "domain": f"{instance}.c{hex_text(rng, 11)}.{region}.rds.amazonaws.com",
            "cloud_endpoint_detection": "aws-rds",
            "role": "writer" if index == 0 else "reader",
        }
    return {
        "ip": zone.machine_ip(),
        "cacheclusterid": instance,
        "domain": f"{instance}.{hex_text(rng, 6)}.cache.amazonaws.com",
        "cloud_endpoint_detection": "aws-elasticache",
    }


def _place_agents(population: Population, service: Service, zones: list[Zone], rng: random.Random) -> None:
    """Add one pod with a Datadog Agent on each Kubernetes host of these availability zones."""
    deployed = {**_owned(service, zones[0]), "kube_daemon_set": service.name, "kube_namespace": service.namespace}
    for zone in zones:
        for host in zone.hosts:
            pod = {
                "pod_name": f"{service.name}-{''.join(rng.choices(_POD_LETTERS, k=5))}",
                "container_name": service.name,
            }
            population.agents[str(host["host"])] = End((pod, deployed, host), zone.name)
