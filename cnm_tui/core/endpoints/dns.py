"""The endpoint with aggregated DNS."""

from typing import Final

from cnm_tui.core import fields, findings
from cnm_tui.core.endpoint import Endpoint, FilterExamples
from cnm_tui.core.fields.dns import DNS_QUERY, FIELDS, LADDERS, PRESETS, UNGROUPED, check_group_bys
from cnm_tui.core.metrics.dns import COUNTED, DERIVED, SHORT_NAMES, SHOWN_ORDER
from cnm_tui.core.metrics.extra import FINDING

DNS: Final = Endpoint(
    name="dns",
    path="/api/v2/network/dns/aggregate",
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
    filter_examples=FilterExamples(
        "timeouts%>1% · requests>=1k", "d:requests>20%", "requests, timeouts%, servfail, nxdomain, latency"
    ),
    label="DNS",
    row_noun="DNS",
    has_reverse_rows=False,
    title="DNS requests",
    option="--dns",
    client_method="get_aggregated_dns",
    web_path="/network/dns",
    constant_groups={UNGROUPED: "all"},
    recommended_views=lambda: fields.DNS_VIEWS,
    findings=lambda: findings.DNS_FINDINGS,
)
"""Aggregated DNS. Source: API reference v2, "Get all aggregated DNS traffic"."""
