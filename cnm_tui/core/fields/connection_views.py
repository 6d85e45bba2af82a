"""List the recommended views for connections. A view is a useful query with sort and columns."""

from typing import Final

from cnm_tui.core.fields.recommended_view import RecommendedView

_BETWEEN_SERVICES: Final = ("client_service", "server_service")
_AND_PORT: Final = (*_BETWEEN_SERVICES, "server_port")

# The views have no searches, except one that names a service: the values for an unresolved end, another zone or missing
# encryption are undocumented, and a wrong search would hide what it should find. Rows without a value come last in
# every order, so rows can be sorted by names, but not by missing names.
CONNECTION_VIEWS: Final[tuple[RecommendedView, ...]] = (
    RecommendedView(
        "Top talkers",
        "Which services send and receive most; start here to see where the traffic is.",
        "",
        _BETWEEN_SERVICES,
        ("total_bytes",),
        columns=(
            "total_bytes",
            "bytes_per_second",
            "bytes_sent_by_client",
            "bytes_sent_by_server",
            "tcp_established_connections",
            "retransmit_share",
        ),
    ),
    RecommendedView(
        "Retransmits",
        "Where the largest share of packets had to be sent again, then the most of them; above 1 % is felt, "
        "above 3 % hurts, of few packets it says little.",
        "",
        _BETWEEN_SERVICES,
        ("retransmit_share", "tcp_retransmits"),
        columns=(
            "retransmit_share",
            "tcp_retransmits",
            "packets_sent_by_client",
            "rtt_micro_seconds",
            "tcp_rto_count",
            "total_bytes",
        ),
    ),
    RecommendedView(
        "Slowest round trips",
        "Where an answer takes longest on the network alone; weigh it against the distance; 0 means not measured.",
        "",
        _BETWEEN_SERVICES,
        ("rtt_micro_seconds", "total_bytes"),
        columns=("rtt_micro_seconds", "retransmit_share", "tcp_established_connections", "total_bytes"),
    ),
    RecommendedView(
        "Refused connections",
        "Where connections are refused: nothing listens on that port, or a firewall rejects; "
        "0 can also mean that the Agent does not count them.",
        "",
        _AND_PORT,
        ("tcp_refusals", "total_bytes"),
        columns=("tcp_refusals", "tcp_established_connections", "tcp_resets", "tcp_timeouts", "total_bytes"),
    ),
    RecommendedView(
        "Resets",
        "Where connections are cut: one end gave up or crashed, or something between them interfered; "
        "0 can also mean that the Agent does not count them.",
        "",
        _BETWEEN_SERVICES,
        ("tcp_resets", "total_bytes"),
        columns=(
            "tcp_resets",
            "tcp_established_connections",
            "tcp_closed_connections",
            "tcp_refusals",
            "tcp_timeouts",
            "total_bytes",
        ),
    ),
    RecommendedView(
        "Time-outs",
        "Where the operating system gave up on connections: packets vanish, often in a firewall that drops that port; "
        "0 can also mean not counted.",
        "",
        _AND_PORT,
        ("tcp_timeouts", "total_bytes"),
        columns=("tcp_timeouts", "tcp_established_connections", "tcp_refusals", "retransmit_share", "total_bytes"),
    ),
    RecommendedView(
        "Retransmission time-outs",
        "Where senders had to pause because all in flight was lost; RTO above RECOVERY is loss that stops traffic, "
        "RECOVERY above RTO is loss repaired in passing.",
        "",
        _BETWEEN_SERVICES,
        ("tcp_rto_count", "tcp_recovery_count"),
        columns=(
            "tcp_rto_count",
            "tcp_recovery_count",
            "tcp_retransmits",
            "retransmit_share",
            "rtt_micro_seconds",
            "total_bytes",
        ),
    ),
    RecommendedView(
        "Reordering",
        "Where packets arrive out of order, as over unequal parallel paths; with many retransmits beside it, "
        "suspect loss instead.",
        "",
        _BETWEEN_SERVICES,
        ("tcp_reord_seen", "tcp_rcv_ooo_pack"),
        columns=(
            "tcp_reord_seen",
            "tcp_rcv_ooo_pack",
            "tcp_retransmits",
            "retransmit_share",
            "packets_sent_by_client",
            "total_bytes",
        ),
    ),
    RecommendedView(
        "Congestion marks",
        "Where packets arrive marked for congestion (ECN): a queue on the way fills up, before anything is lost; "
        "0 can also mean that ECN is not in use.",
        "",
        _BETWEEN_SERVICES,
        ("tcp_delivered_ce", "retransmit_share"),
        columns=("tcp_delivered_ce", "retransmit_share", "rtt_micro_seconds", "bytes_per_second", "total_bytes"),
    ),
    RecommendedView(
        "Zero windows",
        "Where a receiver's buffer is full because its application reads too slowly; look for the cause in that "
        "application, not in the network.",
        "",
        _BETWEEN_SERVICES,
        ("tcp_probe0_count", "total_bytes"),
        columns=("tcp_probe0_count", "bytes_per_second", "rtt_micro_seconds", "total_bytes"),
    ),
    RecommendedView(
        "Between availability zones",
        "Traffic between zones, which clouds may charge for; unfiltered: sorted by whether both ends are in one zone, "
        "false before true and N/A last.",
        "",
        ("client_availability-zone", "server_availability-zone", "intra_availability_zone"),
        ("intra_availability_zone", "total_bytes"),
        columns=(
            "total_bytes",
            "bytes_sent_by_client",
            "bytes_sent_by_server",
            "bytes_per_second",
            "rtt_micro_seconds",
        ),
    ),
    RecommendedView(
        "External domains",
        "What is sent to which domain; unfiltered: your own domains are among them, and N/A is traffic without one "
        "(filter the rows by !N/A to leave it out).",
        "",
        ("client_service", "server_domain"),
        ("bytes_sent_by_client", "bytes_sent_by_server"),
        columns=("bytes_sent_by_client", "bytes_sent_by_server", "tcp_established_connections", "rtt_micro_seconds"),
    ),
    RecommendedView(
        "Unresolved ends",
        "Where a service or port is N/A: an end untagged, outside or without an Agent; the port hints at what it is; "
        "esc shows the other rows.",
        "",
        _AND_PORT,
        ("total_bytes",),
        row_filter="/^N/A$/",
        columns=("total_bytes", "bytes_sent_by_client", "bytes_sent_by_server", "tcp_established_connections"),
    ),
    RecommendedView(
        "Unencrypted traffic",
        "Traffic by whether TLS was seen; unfiltered: false before true, and N/A last, which says neither.",
        "",
        (*_AND_PORT, "tls_encrypted"),
        ("tls_encrypted", "total_bytes"),
        columns=("total_bytes", "bytes_sent_by_client", "bytes_sent_by_server", "tcp_established_connections"),
    ),
    RecommendedView(
        "Dependencies of a service",
        "Whom one service connects to, as a client, and how much it sends and receives; N/A with a domain is most "
        "likely outside.",
        "",
        ("server_service", "server_domain"),
        ("total_bytes",),
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
