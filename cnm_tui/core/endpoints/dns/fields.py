"""Define the fields by which DNS traffic can be grouped.

The module also defines common combinations of fields, and combinations that the API does not allow.
"""

from types import MappingProxyType
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.fields.group_by import CATALOGUE, USUAL, Field, Ladders, Preset, Side, end_of

DNS_QUERY: Final = "network.dns_query"
DNS_SERVER: Final = "server_dns_server"
UNGROUPED: Final = "server_ungrouped"

_FIRST: Final = {
    DNS_QUERY: Field(DNS_QUERY, Side.FLOW, "the name that was asked for", "domain"),
    UNGROUPED: Field(UNGROUPED, Side.SERVER, "no server group: rows of all DNS servers and names together"),
    DNS_SERVER: Field(DNS_SERVER, Side.SERVER, "the DNS server: its pod, task or host"),
}
_NOT_OF_DNS: Final = frozenset({"server_domain", "server_s3_bucket", "server_rds_instance_id"})
FIELDS: Final = _FIRST | {
    name: field
    for name, field in CATALOGUE.items()
    if field.side is not Side.FLOW and name not in (_NOT_OF_DNS | {*_FIRST})
}
"""Tags of both sides, as of connections; the server is the DNS server. Custom tags are valid fields too."""

PRESETS: Final = (
    Preset("by query", "query", (DNS_QUERY,)),
    Preset("by client service", "client", ("client_service",)),
    Preset("by DNS server", "DNS server", (DNS_SERVER,)),
    Preset("client and query", "client+query", ("client_service", DNS_QUERY)),
    Preset("client and DNS server", "client+server", ("client_service", DNS_SERVER)),
    Preset("all together", "all", (UNGROUPED,)),
)

LADDERS: Final[Ladders] = MappingProxyType(
    {
        **USUAL,
        DNS_QUERY: ("client_service", DNS_SERVER),
        "client_service": (
            DNS_QUERY,
            "client_kube_deployment",
            "client_kube_namespace",
            "client_pod_name",
            "client_host",
        ),
        DNS_SERVER: (DNS_QUERY, "client_service"),
        UNGROUPED: (DNS_SERVER, "client_service"),
    }
)


def check_group_bys(group_bys: tuple[str, ...]) -> None:
    """Raise an exception if the API cannot group DNS traffic by these fields.

    Raises:
        InvalidQuery: There is no field, or `server_ungrouped` is combined with another server field or with
            the DNS name.
    """
    if not group_bys:
        raise InvalidQuery(
            "DNS is always grouped; without a field the endpoint would choose one.",
            hint=f"Write {UNGROUPED} for one row, or {DNS_QUERY}.",
        )
    others = [name for name in group_bys if name != UNGROUPED and (end_of(name) is Side.SERVER or name == DNS_QUERY)]
    if UNGROUPED in group_bys and others:
        raise InvalidQuery(
            f"{UNGROUPED} cannot stand beside {others[0]}: it means no groups of DNS servers or names.",
            hint="Remove one of them; fields of the client may stay.",
        )
