"""Decide which values are odd or bad: one table of thresholds, each with its reason.

Values are judged unrounded, and only with enough evidence, see `confidence`.
"""

from collections.abc import Mapping, Sequence
from enum import Enum
from math import sqrt
from typing import Final, NamedTuple

from cnm_tui.core.metrics.confidence import CONFIDENCE, Of, Sample, is_above, is_enough, measured, measured_of, sample
from cnm_tui.core.metrics.connections import COUNTED, COUNTED_KEYS
from cnm_tui.core.metrics.metric import Columns, Counters, Metric, Number
from cnm_tui.core.units import Figure


class Health(Enum):
    """The judgement of a value."""

    GOOD = "good"
    ODD = "odd"
    BAD = "bad"
    THIN = "thin"
    """Too little evidence to judge."""


class Threshold(NamedTuple):
    """The limits from which a metric is odd, and bad."""

    of: Of
    odd: float
    bad: float
    reason: str


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

_LIKE_LOSS: Final = Threshold(Of.PACKETS_SENT, 0.01, 0.03, "Events on the way of packets are felt as their loss is.")
"""For counts that are normal by themselves."""
JUDGED_KEYS: Final = frozenset({*THRESHOLDS, "tcp_recovery_count", "tcp_reord_seen"})
"""Figures of which more is worse, and of which is known from where on."""
_COUNT_OF: Final = {"retransmit_share": COUNTED[COUNTED_KEYS.index("tcp_retransmits")]}
"""For the key of a share, the count that it divides."""
RANKED_BY_EVIDENCE: Final = frozenset({"retransmit_share", "rtt_micro_seconds"})
"""Metrics that may be large with little evidence; plain counts cannot."""
_MOST_DECIMALS: Final = 12


def threshold_of(metric: Metric) -> Threshold:
    """Return the threshold of a metric of which more is worse."""
    return THRESHOLDS.get(metric.key, _LIKE_LOSS)


def is_judged(metric: Metric) -> bool:
    """True for a metric by which a row can be worse or better."""
    return metric.bad_when_high and metric.key in JUDGED_KEYS


def counted_by(metric: Metric) -> Metric:
    """Return the metric of which the numerator is taken: for a share, its count."""
    return _COUNT_OF.get(metric.key, metric)


def sample_of(metric: Metric, counters: Counters) -> Sample | None:
    """Return a connection's value with its base."""
    of, counted = threshold_of(metric).of, counted_by(metric)
    return sample(of, counted.value(counters, 0), measured(of, counters))


def health(metric: Metric, counters: Counters) -> Health:
    """Return the judgement of this value of a connection with these counters."""
    threshold = THRESHOLDS.get(metric.key)
    if threshold is None or not counted_by(metric).value(counters, 0):
        return Health.GOOD
    found = sample_of(metric, counters)
    if found is None or not is_enough(threshold.of, found):
        return Health.THIN
    if found.share < threshold.odd:
        return Health.GOOD
    if is_above(threshold.of, found, threshold.bad):
        return Health.BAD
    return Health.ODD if is_above(threshold.of, found, threshold.odd) else Health.THIN


def thin(key: str, columns: Columns) -> Sequence[bool]:
    """Return for many connections if there is too little evidence for a ranked metric.

    Args:
        columns: The values of all connections for each of `COUNTED`.
        seconds: Length of the window.
    """
    threshold = THRESHOLDS[key]
    least, odd = threshold.of.least, threshold.odd
    packets = measured_of(threshold.of, columns)
    if threshold.of is Of.ITSELF:
        return [sent is None or sent < least for sent in packets]
    # As in `health`, but fast for thousands of rows.
    counts = columns[COUNTED_KEYS.index(_COUNT_OF[key].key)]
    scatter = CONFIDENCE * sqrt(odd * (1 - odd))
    return [
        sent is None
        or sent < least
        or (count is not None and (over := count - odd * sent) >= 0 and over < scatter * sqrt(sent))
        for count, sent in zip(counts, packets, strict=True)
    ]


def thin_sentence(metric: Metric, counters: Counters) -> str:
    """Return why a value is not judged; empty if it is."""
    if (number := metric.value(counters, 0)) == 0 and metric.measured([number]) == [None]:
        return "0 says that none was measured, as for UDP."
    if health(metric, counters) is not Health.THIN:
        return ""
    of, found = THRESHOLDS[metric.key].of, sample_of(metric, counters)
    if found is None and measured(of, counters) is None:
        return f"Not judged: nothing is known of the {of.noun} that it is measured against."
    if found is None or not is_enough(of, found):
        seen = 0 if found is None else found.seen
        return f"Not judged: {seen:,} {of.noun} are too few; {of.least:,} are enough."
    return f"Not marked: of {found.of:,} {of.noun} it may be chance."


def telling_figure(metric: Metric, number: Number | None) -> Figure | None:
    """Return a value below a threshold with enough digits to differ from it; None if the usual ones do."""
    if metric.key not in RANKED_BY_EVIDENCE or not number or metric.scale.exactly is None:
        return None
    threshold = THRESHOLDS[metric.key]
    for limit in (threshold.odd, threshold.bad):
        # No value is rounded by as much as a tenth.
        if 0.9 * limit < number < limit and metric.scale.figure(number) == metric.scale.figure(limit):
            for decimals in range(2, _MOST_DECIMALS):
                figure = metric.scale.exactly(number, decimals)
                if figure != metric.scale.exactly(limit, decimals):
                    return figure
    return None


def figure_text(metric: Metric, number: Number | None) -> str:
    """Return a value for a sentence or a list; it never looks equal to a threshold that it misses."""
    figure = telling_figure(metric, number)
    return metric.scale.text(number) if figure is None else str(figure)


def figure_cell_text(metric: Metric, number: Number | None) -> str:
    """Return a value for a column; it never looks equal to a threshold that it misses."""
    return metric.scale.cell(number, telling_figure(metric, number))
