"""Describe the API endpoint for aggregated DNS traffic."""

from typing import Final

from cnm_tui.core.endpoint import Endpoint, Examples
from cnm_tui.core.endpoints import dns
from cnm_tui.core.endpoints.dns.fields import (
    DNS_QUERY,
    DNS_SERVER,
    FIELDS,
    LADDERS,
    PRESETS,
    UNGROUPED,
    check_group_bys,
)
from cnm_tui.core.endpoints.dns.metrics import COUNTED, DERIVED, LATENCIES, SHORT_NAMES, SHOWN_ORDER
from cnm_tui.core.metrics.extra import FINDING

_OF_ALL: Final = ("dns_total_requests", "dns_successful_responses", "dns_requests_per_second")

DNS: Final[Endpoint] = Endpoint(
    name="dns",
    path="/api/v2/network/dns/aggregate",
    row_type="aggregated_dns",
    counted=COUNTED,
    shown_order=SHOWN_ORDER,
    volume="dns_total_requests",
    fields=FIELDS,
    group_bys=(DNS_QUERY,),
    derived=DERIVED,
    extra_names=(FINDING,),
    short_names=SHORT_NAMES,
    presets=PRESETS,
    drill_paths=LADDERS,
    check_group_bys=check_group_bys,
    lists_pairs=True,
    id_joint=",",
    rows_noun="DNS requests",
    examples=Examples(
        conditions="timeouts%>1% · requests>=1k",
        change="d:requests>20%",
        names="requests, timeouts%, servfail, nxdomain, latency",
        figure="timeouts%>1%",
        between=("servfail=1..5", "from 1 to 5"),
        absent="latency=none",
        worse="TIMEOUTS",
        both_ends=f"client_service,{DNS_SERVER}",
        check="timeouts%>1 or critical",
        on_rows="any(timeouts%>1%), all(timeouts%>1%) or count(critical)>3",
        on_all="sum(timeouts)>100 or p95(timeouts%)>1%",
    ),
    figure_groups=(
        ("Failures", tuple(key for key in SHOWN_ORDER if key not in (*_OF_ALL, *LATENCIES))),
        ("Speed, unit not documented", LATENCIES),
    ),
    beside="connections",
    name_field=DNS_QUERY,
    name_group_bys=(DNS_QUERY, DNS_SERVER),
    has_longer_names=True,
    label="DNS",
    row_noun="DNS",
    title="DNS requests",
    option="--dns",
    needed_by="D, --dns and the views of DNS",
    client_method="get_aggregated_dns",
    web_path="/network/dns",
    constant_groups={UNGROUPED: "all"},
    recommended_views=lambda: dns.DNS_VIEWS,
    findings=lambda: dns.DNS_FINDINGS,
)
"""Aggregated DNS. Source: API reference v2, "Get all aggregated DNS traffic"."""
