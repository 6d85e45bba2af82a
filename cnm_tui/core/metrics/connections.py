"""Define the metrics of a connection: the 17 counters of the API endpoint, and metrics derived from them."""

from collections.abc import Mapping
from operator import add
from typing import Final

from cnm_tui.core.metrics.connection_limits import AT, COUNT_OR_RATE, COUNTED_KEYS, LIMITS
from cnm_tui.core.metrics.metric import Columns, Counters, Metric, Number, Total
from cnm_tui.core.units import BYTES, BYTES_PER_SECOND, COUNT, MICRO_SECONDS, SHARE, Scale


def _counted(
    key: str,
    label: str,
    unit: str,
    scale: Scale,
    meaning: str,
    *,
    total: Total = Total.SUM,
    bad_when_high: bool = False,
    weight: int | None = None,
) -> Metric:
    """Return the metric for a counter of the API endpoint."""
    index = AT[key]
    return Metric(
        key,
        label,
        unit,
        scale,
        meaning,
        lambda counters, _window_seconds: counters[index],
        total,
        bad_when_high,
        index,
        weight=weight,
        threshold=LIMITS.get(key),
        may_be_rate=key in COUNT_OR_RATE,
    )


_BYTES_BY_CLIENT: Final = AT["bytes_sent_by_client"]
_BYTES_BY_SERVER: Final = AT["bytes_sent_by_server"]
_PACKETS_BY_CLIENT: Final = AT["packets_sent_by_client"]
_PACKETS_BY_SERVER: Final = AT["packets_sent_by_server"]
_RETRANSMITS: Final = AT["tcp_retransmits"]

COUNTED: Final = (
    _counted(
        "bytes_sent_by_client", "SENT", "bytes", BYTES, "Bytes that the client sent to the server within the window."
    ),
    _counted(
        "bytes_sent_by_server", "RECVD", "bytes", BYTES, "Bytes that the server sent to the client within the window."
    ),
    _counted(
        "packets_sent_by_client",
        "PKTS SENT",
        "packets",
        COUNT,
        "Packets that the client sent to the server within the window.",
    ),
    _counted(
        "packets_sent_by_server",
        "PKTS RECVD",
        "packets",
        COUNT,
        "Packets that the server sent to the client within the window.",
    ),
    _counted(
        "rtt_micro_seconds",
        "RTT",
        "microseconds",
        MICRO_SECONDS,
        "TCP smoothed round-trip time: how long an answer takes on the network alone.",
        total=Total.WEIGHTED_MEAN,
        weight=_PACKETS_BY_CLIENT,
        bad_when_high=True,
    ),
    _counted(
        "tcp_established_connections",
        "ESTAB",
        "connections",
        COUNT,
        "TCP connections established, as seen from the client.",
    ),
    _counted(
        "tcp_closed_connections", "CLOSED", "connections", COUNT, "TCP connections closed, as seen from the client."
    ),
    _counted(
        "tcp_refusals",
        "REFUSED",
        "connections",
        COUNT,
        "Connections that the server refused: nothing listens there, or a firewall rejects. "
        "Zero can also mean that the Agent does not count them.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_resets",
        "RESETS",
        "connections",
        COUNT,
        "Connections cut by a reset: one end gave up or crashed, or something between them interfered.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_retransmits",
        "RETRANS",
        "packets",
        COUNT,
        "Packets sent again because no acknowledgement came: loss or overload on the way.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_timeouts",
        "TIMEOUTS",
        "connections",
        COUNT,
        "Connections that the operating system gave up on: packets vanish, often in a firewall.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_rto_count",
        "RTO",
        "events",
        COUNT,
        "Retransmission time-outs: everything in flight was lost, so the sender paused and started slowly.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_recovery_count",
        "RECOVERY",
        "events",
        COUNT,
        "Fast recoveries: single losses that duplicate acknowledgements repaired without a pause.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_reord_seen",
        "REORDERED",
        "events",
        COUNT,
        "Times that the sender saw packets arrive out of order, as over unequal parallel paths.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_rcv_ooo_pack",
        "OUT OF ORD",
        "packets",
        COUNT,
        "Packets that the receiver got out of order: loss or reordering before it.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_delivered_ce",
        "ECN MARKS",
        "packets",
        COUNT,
        "Packets delivered with a congestion mark (ECN): a queue on the way is filling up.",
        bad_when_high=True,
    ),
    _counted(
        "tcp_probe0_count",
        "ZERO WIN",
        "events",
        COUNT,
        "Zero-window probes: the receiver's buffer is full because its application reads too slowly.",
        bad_when_high=True,
    ),
)
"""The endpoint's 17 counters. Source: API reference v2, aggregated connections."""
assert tuple(metric.key for metric in COUNTED) == COUNTED_KEYS, "the order of `Counters`"


def _total_bytes(counters: Counters, _window_seconds: float) -> Number | None:
    sent, received = counters[_BYTES_BY_CLIENT], counters[_BYTES_BY_SERVER]
    return None if sent is None and received is None else (sent or 0) + (received or 0)


def _throughput(counters: Counters, window_seconds: float) -> Number | None:
    total = _total_bytes(counters, window_seconds)
    return None if total is None or window_seconds <= 0 else total / window_seconds


def _retransmit_share(counters: Counters, _window_seconds: float) -> Number | None:
    retransmits, packets = counters[_RETRANSMITS], counters[_PACKETS_BY_CLIENT]
    # A fraction of a packet, only possible in a broken reply, could make the share infinite.
    return None if retransmits is None or packets is None or packets < 1 else retransmits / packets


# Fast path without absent counters, for thousands of rows.


def _total_bytes_of(columns: Columns, _window_seconds: float) -> list[Number | None]:
    return list(map(add, columns[_BYTES_BY_CLIENT], columns[_BYTES_BY_SERVER]))


def _throughputs_of(columns: Columns, window_seconds: float) -> list[Number | None]:
    totals_of_rows = _total_bytes_of(columns, window_seconds)
    if window_seconds <= 0:
        return [None] * len(totals_of_rows)
    return [total / window_seconds for total in totals_of_rows]  # type: ignore[operator]  # none is absent


def _retransmit_shares_of(columns: Columns, _window_seconds: float) -> list[Number | None]:
    pairs = zip(columns[_RETRANSMITS], columns[_PACKETS_BY_CLIENT], strict=True)
    return [retransmits / packets if packets >= 1 else None for retransmits, packets in pairs]  # type: ignore[operator]


DERIVED: Final = (
    Metric(
        "total_bytes",
        "TOTAL",
        "bytes",
        BYTES,
        "Bytes sent by both sides within the window.",
        _total_bytes,
        of_columns=_total_bytes_of,
    ),
    Metric(
        "bytes_per_second",
        "RATE",
        "bytes per second",
        BYTES_PER_SECOND,
        "Mean throughput of both sides over the window.",
        _throughput,
        of_columns=_throughputs_of,
    ),
    Metric(
        "retransmit_share",
        "RETRANS%",
        "ratio",
        SHARE,
        "Retransmits as a share of the packets sent by the client; above 1 % is felt, above 3 % hurts.",
        _retransmit_share,
        bad_when_high=True,
        of_columns=_retransmit_shares_of,
        parts=(_RETRANSMITS, _PACKETS_BY_CLIENT),
        threshold=LIMITS["retransmit_share"],
        share_of=COUNTED[_RETRANSMITS],
    ),
)

BY_KEY: Final = {metric.key: metric for metric in (*COUNTED, *DERIVED)}

SHOWN_ORDER: Final = (
    "total_bytes",
    "retransmit_share",
    "rtt_micro_seconds",
    "bytes_sent_by_client",
    "bytes_sent_by_server",
    "tcp_refusals",
    "tcp_resets",
    "tcp_timeouts",
    "bytes_per_second",
    "tcp_retransmits",
    "tcp_established_connections",
    "tcp_closed_connections",
    "packets_sent_by_client",
    "packets_sent_by_server",
    "tcp_rto_count",
    "tcp_recovery_count",
    "tcp_reord_seen",
    "tcp_rcv_ooo_pack",
    "tcp_delivered_ce",
    "tcp_probe0_count",
)
"""The columns from left to right: the ones that show trouble best come first."""


def _all_packets(counters: Counters, _window_seconds: float) -> Number | None:
    sent, received = counters[_PACKETS_BY_CLIENT], counters[_PACKETS_BY_SERVER]
    return None if sent is None and received is None else (sent or 0) + (received or 0)


# Packets of both sides; no column shows them.
_PACKETS_MEANING: Final = "Packets sent by both sides within the window."
_PACKETS: Final = Metric("total_packets", "PACKETS", "packets", COUNT, _PACKETS_MEANING, _all_packets)

_SHORT_NAMES: Final[Mapping[str, str]] = {
    "bytes": "total_bytes",
    "bytes_sent": "bytes_sent_by_client",
    "received": "bytes_sent_by_server",
    "bytes_received": "bytes_sent_by_server",
    "packets_sent": "packets_sent_by_client",
    "packets_recvd": "packets_sent_by_server",
    "packets_received": "packets_sent_by_server",
    "established": "tcp_established_connections",
    "refusals": "tcp_refusals",
    "retransmits": "tcp_retransmits",
    "retransmits%": "retransmit_share",
    "out_of_order": "tcp_rcv_ooo_pack",
}
SHORT_NAMES: Final[Mapping[str, Metric]] = {
    **{name: BY_KEY[key] for name, key in _SHORT_NAMES.items()},
    "packets": _PACKETS,
    "total_packets": _PACKETS,
}
"""Short names of metrics, beside keys and headings."""
