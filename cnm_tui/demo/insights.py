"""Create the demo's network health insights, which are problems that Datadog itself would report.

The problems are DNS failures, a blocked port and TLS certificates.
"""

from collections.abc import Iterator
from typing import Any, Final

from cnm_tui.core.insights.insight import JSON_TYPE
from cnm_tui.demo.dns import dns_traffic_of
from cnm_tui.demo.estate import Estate
from cnm_tui.demo.lookups import DNS_INCIDENTS, LookupEstate
from cnm_tui.demo.traffic import Columns

_DAY: Final = 86_400
_CERTIFICATES: Final = (
    # Each is renewed at a fixed day of its life, so that the demo always has some that expire soon.
    ("shop.example", "edge-gateway", "storefront", 90, 87),
    ("partner-api.example", "partner-api", "orders", 60, 60),
    ("*.internal.example", "admin-console", "identity", 365, 345),
)
"""Domain, client, server, days of validity, and days at which it is renewed."""
_LEAST_FAILED: Final = 20


def insights_of(estate: Estate, start: float, end: float, now: float) -> list[dict[str, Any]]:
    """Return the network health insights for a time window, as dictionaries that can be written to JSON.

    The start and end of the time window and the current time are in seconds since 1970.
    """
    attributes = [*_of_certificates(min(end, now)), *_of_security_groups()]
    dns = dns_traffic_of(estate)
    if (counters := dns.within(start, end, now)) is not None:
        attributes += _of_dns(dns.lookups, counters)
    return [
        {"id": f"insight-{number}", "type": JSON_TYPE, "attributes": given} for number, given in enumerate(attributes)
    ]


def _of_certificates(end: float) -> Iterator[dict[str, Any]]:
    for number, (domain, client, server, valid, renewed) in enumerate(_CERTIFICATES):
        # Within the last week before it is renewed: 3 days left, expired since 2 days, and so on.
        age = renewed - int(end / _DAY + 3 * number) % 4
        left = valid - age if number != 1 else -(int(end / _DAY) % 3) - 1
        yield {
            "type": "tls-cert",
            "failure_type": "expired" if left < 0 else "expiring_soon",
            "client_service": client,
            "server_service": server,
            "certificate_id": f"arn:aws:acm:eu-west-1:000000000000:certificate/{number:04}",
            "days_until_expiration": left,
            "domain_name": domain,
            "account_id": "000000000000",
            "client_region": "eu-west-1",
            "server_region": "eu-west-1",
            "loadbalancer_id": f"arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/{client}",
            "certificate_lifetime_percent": min(100.0, round(100 * (valid - left) / valid, 1)),
        }


def _of_security_groups() -> Iterator[dict[str, Any]]:
    yield {
        "type": "security-group",
        "failure_type": "denied",
        "client_service": "payments",
        "server_service": "bank-gateway",
        "failure_magnitude": 540,
        "failure_rate": 97.0,
        "total_requests": 557,
        "traffic_volume": {"bytes_written": 51_840, "bytes_read": 1_020, "total_traffic": 52_860},
    }


def _of_dns(lookups: LookupEstate, counters: Columns) -> Iterator[dict[str, Any]]:
    """Yield one insight for each combination of client, DNS server and kind of failure that a DNS incident causes."""
    ends, flows = lookups.estate.flows.ends, lookups.flows
    for incident in DNS_INCIDENTS:
        kinds = (
            ("timeout", "dns_timeouts", incident.timed_out),
            ("servfail", "dns_responses.servfail", incident.servfail),
        )
        for failure_type, key, happens in kinds:
            if not happens:
                continue
            sums: dict[tuple[str, str, str], list[int]] = {}
            for at in lookups.touched[incident]:
                client = ends[flows.client[at]].values("service")
                server = ends[flows.server[at]].values("pod_name")
                name = flows.name[at] if failure_type == "servfail" else ""
                found = sums.setdefault((client[0] if client else "N/A", server[0] if server else "", name), [0, 0])
                found[0] += counters[key][at]
                found[1] += counters["dns_total_requests"][at]
            for (client_service, dns_server, dns_query), (failed, total) in sums.items():
                if failed >= _LEAST_FAILED:
                    yield {
                        "type": "dns",
                        "failure_type": failure_type,
                        "client_service": client_service,
                        "dns_server": dns_server,
                        **({"dns_query": dns_query} if dns_query else {}),
                        "failure_magnitude": failed,
                        "failure_rate": round(100 * failed / total, 2),
                        "total_requests": total,
                    }
