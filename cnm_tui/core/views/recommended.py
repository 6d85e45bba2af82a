"""Recommended views: useful queries for any network, each with how to read the answer."""

from dataclasses import dataclass, replace
from typing import Final

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import DEFAULT_GROUP_BYS, Query
from cnm_tui.core.search.reader import with_term
from cnm_tui.core.table.sorting import SortKey, first_sort_of
from cnm_tui.core.table.table import Arrangement


@dataclass(frozen=True, slots=True)
class View:
    """A query without time range and limit, and the arrangement of its answer."""

    name: str
    meaning: str
    """One sentence: what it finds and how to read it."""
    search: str
    group_bys: tuple[str, ...]
    sort: tuple[SortKey, ...]
    columns: tuple[str, ...] = ()
    """Keys of the metrics to show: the view's subject, then metrics to compare it with."""
    row_filter: str = ""
    """Filter for the rows; empty to keep the current filter."""
    needs: str = ""
    """The field that needs a value; empty if none does."""

    def applied_to(self, query: Query, value: str = "") -> Query:
        """Return the view's query with this query's time range and limit; `value` is for the field that needs one.

        Raises:
            InvalidQuery: The value is missing or invalid.
        """
        search = self.search
        if self.needs:
            if not value.strip():
                raise InvalidQuery(
                    f"{self.name} needs a value of {self.needs}.", hint="Write it as it stands in the rows."
                )
            # Imported here: resuming a view at the start needs no parser.
            search = with_term(search, self.needs, value.strip())
        return replace(query, search=search, tags=(), group_bys=self.group_bys)

    def arranged(self, arrangement: Arrangement) -> Arrangement:
        """Return the arrangement with the view's order, filter and columns.

        Without a filter in the view, a typed filter stays, and another view's filter is dropped.
        """
        row_filter = arrangement.row_filter
        if self.row_filter or any(row_filter.text == view.row_filter for view in RECOMMENDED):
            row_filter = parsed_filter(self.row_filter)
        return replace(arrangement, sort=self.sort, columns=self.columns, row_filter=row_filter)


def _by(*columns: str) -> tuple[SortKey, ...]:
    """Return sort keys: metrics from large to small, names from A to Z; later columns decide ties."""
    return tuple(first_sort_of(column, CONNECTIONS) for column in columns)


_BETWEEN_SERVICES: Final = DEFAULT_GROUP_BYS
_AND_PORT: Final = (*_BETWEEN_SERVICES, "server_port")

# The views have no searches, except one that names a service: the values for an unresolved end, another zone or missing
# encryption are undocumented, and a wrong search would hide what it should find. Rows without a value come last in
# every order, so rows can be sorted by names, but not by missing names.
RECOMMENDED: Final[tuple[View, ...]] = (
    View(
        "Top talkers",
        "Which services send and receive most; start here to see where the traffic is.",
        "",
        _BETWEEN_SERVICES,
        _by("total_bytes"),
        columns=(
            "total_bytes",
            "bytes_per_second",
            "bytes_sent_by_client",
            "bytes_sent_by_server",
            "tcp_established_connections",
            "retransmit_share",
        ),
    ),
    View(
        "Retransmits",
        "Where the largest share of packets had to be sent again, then the most of them; above 1 % is felt, "
        "above 3 % hurts, of few packets it says little.",
        "",
        _BETWEEN_SERVICES,
        _by("retransmit_share", "tcp_retransmits"),
        columns=(
            "retransmit_share",
            "tcp_retransmits",
            "packets_sent_by_client",
            "rtt_micro_seconds",
            "tcp_rto_count",
            "total_bytes",
        ),
    ),
    View(
        "Slowest round trips",
        "Where an answer takes longest on the network alone; weigh it against the distance; 0 means not measured.",
        "",
        _BETWEEN_SERVICES,
        _by("rtt_micro_seconds", "total_bytes"),
        columns=("rtt_micro_seconds", "retransmit_share", "tcp_established_connections", "total_bytes"),
    ),
    View(
        "Refused connections",
        "Where connections are refused: nothing listens on that port, or a firewall rejects; "
        "0 can also mean that the Agent does not count them.",
        "",
        _AND_PORT,
        _by("tcp_refusals", "total_bytes"),
        columns=("tcp_refusals", "tcp_established_connections", "tcp_resets", "tcp_timeouts", "total_bytes"),
    ),
    View(
        "Resets",
        "Where connections are cut: one end gave up or crashed, or something between them interfered; "
        "0 can also mean that the Agent does not count them.",
        "",
        _BETWEEN_SERVICES,
        _by("tcp_resets", "total_bytes"),
        columns=(
            "tcp_resets",
            "tcp_established_connections",
            "tcp_closed_connections",
            "tcp_refusals",
            "tcp_timeouts",
            "total_bytes",
        ),
    ),
    View(
        "Time-outs",
        "Where the operating system gave up on connections: packets vanish, often in a firewall that drops that port; "
        "0 can also mean not counted.",
        "",
        _AND_PORT,
        _by("tcp_timeouts", "total_bytes"),
        columns=("tcp_timeouts", "tcp_established_connections", "tcp_refusals", "retransmit_share", "total_bytes"),
    ),
    View(
        "Retransmission time-outs",
        "Where senders had to pause because all in flight was lost; RTO above RECOVERY is loss that stops traffic, "
        "RECOVERY above RTO is loss repaired in passing.",
        "",
        _BETWEEN_SERVICES,
        _by("tcp_rto_count", "tcp_recovery_count"),
        columns=(
            "tcp_rto_count",
            "tcp_recovery_count",
            "tcp_retransmits",
            "retransmit_share",
            "rtt_micro_seconds",
            "total_bytes",
        ),
    ),
    View(
        "Reordering",
        "Where packets arrive out of order, as over unequal parallel paths; with many retransmits beside it, "
        "suspect loss instead.",
        "",
        _BETWEEN_SERVICES,
        _by("tcp_reord_seen", "tcp_rcv_ooo_pack"),
        columns=(
            "tcp_reord_seen",
            "tcp_rcv_ooo_pack",
            "tcp_retransmits",
            "retransmit_share",
            "packets_sent_by_client",
            "total_bytes",
        ),
    ),
    View(
        "Congestion marks",
        "Where packets arrive marked for congestion (ECN): a queue on the way fills up, before anything is lost; "
        "0 can also mean that ECN is not in use.",
        "",
        _BETWEEN_SERVICES,
        _by("tcp_delivered_ce", "retransmit_share"),
        columns=("tcp_delivered_ce", "retransmit_share", "rtt_micro_seconds", "bytes_per_second", "total_bytes"),
    ),
    View(
        "Zero windows",
        "Where a receiver's buffer is full because its application reads too slowly; look for the cause in that "
        "application, not in the network.",
        "",
        _BETWEEN_SERVICES,
        _by("tcp_probe0_count", "total_bytes"),
        columns=("tcp_probe0_count", "bytes_per_second", "rtt_micro_seconds", "total_bytes"),
    ),
    View(
        "Between availability zones",
        "Traffic between zones, which clouds may charge for; unfiltered: sorted by whether both ends are in one zone, "
        "false before true and N/A last.",
        "",
        ("client_availability-zone", "server_availability-zone", "intra_availability_zone"),
        _by("intra_availability_zone", "total_bytes"),
        columns=(
            "total_bytes",
            "bytes_sent_by_client",
            "bytes_sent_by_server",
            "bytes_per_second",
            "rtt_micro_seconds",
        ),
    ),
    View(
        "External domains",
        "What is sent to which domain; unfiltered: your own domains are among them, and N/A is traffic without one "
        "(filter the rows by !N/A to leave it out).",
        "",
        ("client_service", "server_domain"),
        _by("bytes_sent_by_client", "bytes_sent_by_server"),
        columns=("bytes_sent_by_client", "bytes_sent_by_server", "tcp_established_connections", "rtt_micro_seconds"),
    ),
    View(
        "Unresolved ends",
        "Where a service or port is N/A: an end untagged, outside or without an Agent; the port hints at what it is; "
        "esc shows the other rows.",
        "",
        _AND_PORT,
        _by("total_bytes"),
        row_filter="/^N/A$/",
        columns=("total_bytes", "bytes_sent_by_client", "bytes_sent_by_server", "tcp_established_connections"),
    ),
    View(
        "Unencrypted traffic",
        "Traffic by whether TLS was seen; unfiltered: false before true, and N/A last, which says neither.",
        "",
        (*_AND_PORT, "tls_encrypted"),
        _by("tls_encrypted", "total_bytes"),
        columns=("total_bytes", "bytes_sent_by_client", "bytes_sent_by_server", "tcp_established_connections"),
    ),
    View(
        "Dependencies of a service",
        "Whom one service connects to, as a client, and how much it sends and receives; N/A with a domain is most "
        "likely outside.",
        "",
        ("server_service", "server_domain"),
        _by("total_bytes"),
        columns=(
            "total_bytes",
            "bytes_sent_by_client",
            "bytes_sent_by_server",
            "rtt_micro_seconds",
            "retransmit_share",
            "tcp_refusals",
            "tcp_timeouts",
        ),
        needs="client_service",
    ),
)
"""The recommended views, the most useful ones first."""
