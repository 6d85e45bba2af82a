"""All metrics of a connection: the endpoint's 17 counters, and metrics derived from them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from operator import add
from typing import Final, NamedTuple

from cnm_tui.core.units import BYTES, BYTES_PER_SECOND, COUNT, MICRO_SECONDS, SHARE, Scale

Number = int | float
Counters = Sequence[Number | None]
"""The 17 counters of one connection in the order of `COUNTED`; None if the reply had no value."""

Columns = Sequence[Sequence[Number | None]]
"""For each of `COUNTED` the values of many connections."""


class Total(Enum):
    """How the values of several connections are combined."""

    SUM = "sum, or what follows from the sums"
    WEIGHTED_MEAN = "mean weighted by packets sent by the client"


class Metric(NamedTuple):
    """One metric of a connection, sent by the endpoint or derived here."""

    key: str
    """The endpoint's own name; our name for a derived metric."""
    label: str
    """The heading, at most ten characters."""
    unit: str
    """Unit of the raw number, in words."""
    scale: Scale
    meaning: str
    """One plain sentence."""
    value: Callable[[Counters, float], Number | None]
    """Returns the raw number from the counters and the window's seconds; None if unknown."""
    total: Total = Total.SUM
    bad_when_high: bool = False
    """True if more is worse and less is better; False for neutral metrics."""
    counter: int | None = None
    """Position in `Counters`; None for a derived metric."""
    of_columns: Callable[[Columns, float], Sequence[Number | None]] | None = None
    """Returns the derived values of many connections, five times as fast as one by one.

    Raises TypeError if a needed counter is absent.
    """
    parts: tuple[int, ...] = ()
    """For a share, the counters that it divides; totals skip connections in which one is absent."""

    @property
    def accumulates(self) -> bool:
        """True for totals, which grow with the window; means, shares and throughput do not."""
        return self.scale in (BYTES, COUNT)

    def measured(self, figures: Sequence[Number | None]) -> Sequence[Number | None]:
        """Return the values with None for unmeasured ones: a round-trip time of 0, as of UDP."""
        return [number or None for number in figures] if self.total is Total.WEIGHTED_MEAN else figures

    def column(self, columns: Columns, window_seconds: float) -> Sequence[Number | None]:
        """Return the raw numbers of many connections.

        Args:
            columns: The values of all connections for each of `COUNTED`.
            seconds: Length of the window.
        """
        if self.counter is not None:
            return columns[self.counter]
        if self.of_columns is not None:
            # A counter is absent, or it is computed differently.
            with suppress(TypeError):
                return self.of_columns(columns, window_seconds)
        return [self.value(counters, window_seconds) for counters in zip(*columns, strict=True)]


def _sum(column: Sequence[Number | None]) -> Number | None:
    try:
        # In most answers nothing is absent, and 7,500 values are added without a test of each.
        return sum(column) if column else None  # type: ignore[arg-type]  # None cannot be added
    except TypeError:
        known = [number for number in column if number is not None]
        return sum(known) if known else None


def _weighted_mean(column: Sequence[Number | None], weights: Sequence[Number | None]) -> Number | None:
    """Return the weighted mean; a round-trip time of 0 was not measured (UDP), so it has no weight."""
    weighted = weight = 0.0
    for number, packets in zip(column, weights, strict=True):
        if number and packets:
            weighted += number * packets
            weight += packets
    return weighted / weight if weight else None


def _counted(
    key: str,
    label: str,
    unit: str,
    scale: Scale,
    meaning: str,
    *,
    total: Total = Total.SUM,
    bad_when_high: bool = False,
) -> Callable[[int], Metric]:
    """Return a function that makes the metric of a counter, given its position in `Counters`."""
    return lambda index: Metric(
        key, label, unit, scale, meaning, lambda counters, _window_seconds: counters[index], total, bad_when_high, index
    )


_BYTES_BY_CLIENT: Final = 0
_BYTES_BY_SERVER: Final = 1
_PACKETS_BY_CLIENT: Final = 2
_RETRANSMITS: Final = 9

_DESCRIBED: Final = (
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

COUNTED: Final = tuple(counted(index) for index, counted in enumerate(_DESCRIBED))
"""The endpoint's 17 counters, in the order of `Counters`. Source: API reference v2, aggregated connections."""

COUNTED_KEYS: Final = tuple(metric.key for metric in COUNTED)


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
    ),
)

METRICS: Final = {metric.key: metric for metric in (*COUNTED, *DERIVED)}

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


class ChangeForm(Enum):
    """How changes are shown in a comparison."""

    PERCENT = "percent"
    """A column beside each metric."""
    CHANGE = "change"
    """A column beside each metric, in the metric's unit."""
    ALONE = "alone"
    """In percent, in place of the metrics."""
    UNTOLD = "untold"

    def key(self, metric_key: str) -> str:
        """Return the key of the change column of a metric."""
        return f"{'change' if self is ChangeForm.CHANGE else 'percent'}.{metric_key}"


JUDGED_BY_KEY: Final = "judged_by"
"""Key of the column that names the metrics in which a row is worse or better."""


def of_comparison(key: str) -> bool:
    """True for the key of a column that exists only in a comparison."""
    return key == JUDGED_BY_KEY or change_form_of(key) is not None


def change_form_of(key: str) -> ChangeForm | None:
    """Return the change form of a column key; None for other columns."""
    form, _, metric_key = key.partition(".")
    told = (ChangeForm.PERCENT.value, ChangeForm.CHANGE.value)
    return ChangeForm(form) if form in told and metric_key in METRICS else None


def _sums_of_parts(columns: Columns, parts: Sequence[int]) -> Counters:
    """Return sums over connections in which none of these counters is absent."""
    sums: list[Number | None] = [None] * len(COUNTED)
    known = [row for row in zip(*(columns[part] for part in parts), strict=True) if None not in row]
    for part, column in zip(parts, zip(*known, strict=True), strict=False):
        sums[part] = _sum(column)
    return sums


def totals(columns: Columns, window_seconds: float) -> Mapping[str, Number | None]:
    """Return each metric for all connections together, by key; None if no connection has a value.

    Args:
        columns: The values of all connections for each of `COUNTED`.
        seconds: Length of the window.
    """
    sums = [_sum(column) for column in columns]
    together = {metric.key: metric.value(sums, window_seconds) for metric in METRICS.values()}
    for metric in DERIVED:
        # In most answers nothing is absent, and the plain sums are right.
        if any(None in columns[part] for part in metric.parts):
            together[metric.key] = metric.value(_sums_of_parts(columns, metric.parts), window_seconds)
    for position, metric in enumerate(COUNTED):
        if metric.total is Total.WEIGHTED_MEAN:
            together[metric.key] = _weighted_mean(columns[position], columns[_PACKETS_BY_CLIENT])
    return together
