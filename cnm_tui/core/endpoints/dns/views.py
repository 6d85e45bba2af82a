"""List the recommended views for aggregated DNS traffic. A view is a useful query with sort and columns."""

from typing import Final

from cnm_tui.core.endpoints.dns.fields import DNS_QUERY, DNS_SERVER
from cnm_tui.core.fields.recommended_view import RecommendedView

_LATENCY: Final = "dns_success_latency_percentile"

DNS_VIEWS: Final[tuple[RecommendedView, ...]] = (
    RecommendedView(
        "Names asked for",
        "Which names are asked for most, and how many of the requests fail; start here.",
        "",
        (DNS_QUERY,),
        ("dns_total_requests",),
        columns=(
            *("dns_total_requests", "dns_requests_per_second", "dns_failure_share", "dns_timeout_share"),
            *("dns_servfail_share", "dns_nxdomain_share", _LATENCY),
        ),
    ),
    RecommendedView(
        "DNS servers that time out",
        "Which DNS servers leave requests without an answer; above 1 % is felt, as a resolver waits 5 s before it "
        "tries again.",
        "",
        (DNS_SERVER,),
        ("dns_timeout_share", "dns_timeouts"),
        columns=("dns_timeout_share", "dns_timeouts", "dns_total_requests", _LATENCY),
    ),
    RecommendedView(
        "Zones that fail",
        "For which names DNS servers answer SERVFAIL: most often the servers of that zone do not answer, or its "
        "signatures are wrong.",
        "",
        (DNS_QUERY, DNS_SERVER),
        ("dns_servfail_share", "dns_responses.servfail"),
        columns=("dns_servfail_share", "dns_responses.servfail", "dns_total_requests", "dns_timeout_share"),
    ),
    RecommendedView(
        "Unknown names",
        "Which clients ask for names that do not exist; names that end in a domain of the cluster are Kubernetes' "
        "search path, and harmless.",
        "",
        ("client_service", DNS_QUERY),
        ("dns_responses.nxdomain",),
        columns=("dns_responses.nxdomain", "dns_nxdomain_share", "dns_total_requests"),
    ),
    RecommendedView(
        "Slow DNS servers",
        "Which DNS servers take longest for a successful answer; the unit is not documented, so compare the rows with "
        "each other.",
        "",
        (DNS_SERVER,),
        (_LATENCY, "dns_total_requests"),
        columns=(_LATENCY, "dns_total_requests", "dns_timeout_share", "dns_requests_per_second"),
    ),
    RecommendedView(
        "Clients that fail",
        "Which services have failing requests, NXDOMAIN among them; the columns beside it say why.",
        "",
        ("client_service",),
        ("dns_failures",),
        columns=(
            *("dns_failures", "dns_failure_share", "dns_timeouts", "dns_responses.servfail"),
            *("dns_responses.nxdomain", "dns_responses.other", "dns_total_requests"),
        ),
    ),
    RecommendedView(
        "Names of a service",
        "What one service asks for, and what fails.",
        "",
        (DNS_QUERY,),
        ("dns_failures", "dns_total_requests"),
        columns=(
            *("dns_failures", "dns_timeouts", "dns_responses.servfail", "dns_responses.nxdomain"),
            *("dns_total_requests", _LATENCY),
        ),
        needs="client_service",
    ),
)
"""The recommended views, the most useful ones first."""
