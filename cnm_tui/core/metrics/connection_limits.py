"""Define the limits of the metrics of a connection, from which a metric counts as odd or bad.

The module also defines the order of a connection's counters, and the numbers that the counters are divided
by.
"""

from collections.abc import Mapping
from typing import Final

from cnm_tui.core.metrics.metric import Base, Columns, Kind, Threshold

COUNTED_KEYS: Final = (
    "bytes_sent_by_client",
    "bytes_sent_by_server",
    "packets_sent_by_client",
    "packets_sent_by_server",
    "rtt_micro_seconds",
    "tcp_established_connections",
    "tcp_closed_connections",
    "tcp_refusals",
    "tcp_resets",
    "tcp_retransmits",
    "tcp_timeouts",
    "tcp_rto_count",
    "tcp_recovery_count",
    "tcp_reord_seen",
    "tcp_rcv_ooo_pack",
    "tcp_delivered_ce",
    "tcp_probe0_count",
)
"""The endpoint's 17 counters, in the order of `Counters`."""
AT: Final = {key: at for at, key in enumerate(COUNTED_KEYS)}
"""Position of each counter."""

LEAST_PACKETS: Final = 1_000
LEAST_ATTEMPTS: Final = 20
LEAST_PACKETS_OF_TIME: Final = 20

# The reference does not tell if the two metrics of TCP connections are counts over the window or rates per second. It
# says "measured in connections per second from the client", but the type is an integer, the documented example has 40
# established beside 10 packets of the client, and the web lists "established" and "established / second" separately. So
# each answer is examined: a connection costs packets, so a row in which established x seconds of the window exceeds the
# packets of both sides proves counts. Nothing can prove rates; an unproven answer is judged as counts, which flags
# more. Everything derived from established connections starts here.

COUNT_OR_RATE: Final = frozenset({"tcp_established_connections", "tcp_closed_connections"})
ESTABLISHED: Final = AT["tcp_established_connections"]
_PACKETS: Final = (AT["packets_sent_by_client"], AT["packets_sent_by_server"])


def shows_counts(columns: Columns, window_seconds: float) -> bool:
    """Return True if these connections prove that the metrics are counts and not rates per second.

    Args:
        columns: For each counter in `COUNTED_KEYS`, the numbers of all connections.
        window_seconds: The length of the time window in seconds.
    """
    rows = zip(columns[ESTABLISHED], *(columns[packets] for packets in _PACKETS), strict=True)
    return any(
        # In most answers none is established, or the first rows prove it already.
        established and sent is not None and received is not None and established * window_seconds > sent + received
        for established, sent, received in rows
    )


class Of:
    """The possible bases of a connection's counters. A base is the number that a counter is divided by."""

    ITSELF: Final = Base("itself", "packets", LEAST_PACKETS_OF_TIME, (AT["packets_sent_by_client"],), Kind.ITSELF)
    PACKETS_SENT: Final = Base("packets sent by the client", "packets", LEAST_PACKETS, (AT["packets_sent_by_client"],))
    PACKETS_RECEIVED: Final = Base(
        "packets sent by the server", "packets", LEAST_PACKETS, (AT["packets_sent_by_server"],)
    )
    ATTEMPTS: Final = Base(
        "connections tried within the window",
        "attempts",
        LEAST_ATTEMPTS,
        (ESTABLISHED, AT["tcp_refusals"], AT["tcp_resets"], AT["tcp_timeouts"]),
    )
    """Established, refused, reset or timed out; absent if the established ones are: a share would always be 100 %."""
    CONNECTIONS: Final = Base(
        "connections established within the window",
        "connections or probes",
        LEAST_ATTEMPTS,
        (ESTABLISHED,),
        Kind.EVENTS,
    )


_LOSS: Final = "TCP's throughput falls with the square root of loss (Mathis et al. 1997): 1 % is felt, 3 % hurts."
_ATTEMPTS: Final = "A rule of thumb: one failed attempt in 100 shows in an error budget, one in 20 is an incident."

THRESHOLDS: Final[Mapping[str, Threshold]] = {
    "retransmit_share": Threshold(Of.PACKETS_SENT, 0.01, 0.03, _LOSS),
    "tcp_retransmits": Threshold(Of.PACKETS_SENT, 0.01, 0.03, _LOSS),
    "rtt_micro_seconds": Threshold(
        Of.ITSELF,
        100_000,
        300_000,
        "100 ms is the most that feels immediate (Nielsen 1993); 300 ms is twice the 150 ms one way of ITU-T G.114.",
        least_change=1_000,
    ),
    "tcp_refusals": Threshold(Of.ATTEMPTS, 0.01, 0.05, _ATTEMPTS),
    "tcp_resets": Threshold(Of.ATTEMPTS, 0.01, 0.05, _ATTEMPTS),
    "tcp_timeouts": Threshold(Of.ATTEMPTS, 0.01, 0.05, _ATTEMPTS),
    "tcp_rto_count": Threshold(
        Of.PACKETS_SENT,
        0.002,
        0.01,
        "A time-out costs 200 ms or more (RFC 6298, Linux), a fast recovery one round trip.",
    ),
    "tcp_rcv_ooo_pack": Threshold(
        Of.PACKETS_RECEIVED, 0.01, 0.05, "Three packets out of order look like a loss to the sender (RFC 5681)."
    ),
    "tcp_delivered_ce": Threshold(
        Of.PACKETS_SENT, 0.01, 0.1, "A mark is a queue about to drop (RFC 3168); DCTCP lives with a few (RFC 8257)."
    ),
    "tcp_probe0_count": Threshold(
        Of.CONNECTIONS, 0.1, 1.0, "A window stays shut only while the receiving application does not read (RFC 9293)."
    ),
}
"""Limits whose values are marked in every table."""
_LIKE_LOSS: Final = Threshold(
    Of.PACKETS_SENT, 0.01, 0.03, "Events on the way of packets are felt as their loss is.", marks=False
)
"""For counts that are normal by themselves."""
LIMITS: Final[Mapping[str, Threshold]] = {
    **THRESHOLDS,
    "tcp_recovery_count": _LIKE_LOSS,
    "tcp_reord_seen": _LIKE_LOSS,
}
"""Metrics that are worse if they are larger, each with its known limits."""
