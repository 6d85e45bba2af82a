"""Which change of a figure is news: one table of what is noise, each with its reason."""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Final, NamedTuple

from cnm_tui.core.health import noticed_from
from cnm_tui.core.metrics import COUNTED_KEYS, METRICS, Counters, Metric, Number
from cnm_tui.core.units import COUNT, MICRO_SECONDS, SHARE, Scale

_PACKETS_SENT: Final = COUNTED_KEYS.index("packets_sent_by_client")
_SCATTERS: Final = 3.0
"""How many times the scatter of a count is noise."""


class Sample(NamedTuple):
    """A connection now or before, as far as it tells what a change of one of its figures is worth."""

    counters: Counters
    window_seconds: float


class Noise(NamedTuple):
    """What a change must be more than to be worse or better."""

    share: float
    """Of the larger of both figures, so that the way there and the way back are judged alike."""
    least: float
    """In the metric's own unit."""
    reason: str
    of: Callable[[Metric, Number, Number, Sample, Sample], float] | None = None
    """What it must be more than besides, where that depends on the connection.

    Given the metric, its figure now and before, and the connection now and before.
    """


def _of_count(metric: Metric, number: Number, before: Number, now: Sample, then: Sample) -> float:
    longer = now.window_seconds / then.window_seconds
    noticed = noticed_from(metric.key, number, now.counters, now.window_seconds)
    was_noticed = noticed_from(metric.key, before / longer, then.counters, then.window_seconds) * longer
    # The variance of a count is the count; of what was multiplied, by the square of that.
    return max(_SCATTERS * sqrt(number + longer * before), noticed, was_noticed)


def _of_share(_metric: Metric, number: Number, before: Number, now: Sample, then: Sample) -> float:
    packets, packets_before = (sample.counters[_PACKETS_SENT] or 1 for sample in (now, then))
    return _SCATTERS * sqrt(number / packets + before / packets_before)


_A_FIFTH: Final = 0.2

NOISE: Final[Mapping[Scale, Noise]] = {
    MICRO_SECONDS: Noise(
        _A_FIFTH,
        1_000.0,
        "A smoothed round-trip time moves by an eighth of each sample (RFC 6298); less than 1 ms may be a busy host.",
    ),
    SHARE: Noise(
        _A_FIFTH,
        0.001,
        "A tenth of the 1 % that is felt (Mathis et al. 1997); and in a share of few packets each counts for much.",
        _of_share,
    ),
    COUNT: Noise(
        _A_FIFTH,
        1.0,
        "Events that do not know of each other scatter by the square root of their number (Poisson). Two counts of the "
        "same differ by twice that one time in 20, and each row has ten counts; by three times that, one time in 370. "
        "Of many packets or connections, less than a tenth of what makes a count odd is not noticed either.",
        _of_count,
    ),
}
"""By how the figures of a metric are written, for those of which more is worse."""

JUDGED: Final = tuple(metric for metric in METRICS.values() if metric.bad_when_high)
"""The metrics of which more is worse; none is better when there is more of it: traffic is neither."""


def judged(metric: Metric, number: Number | None, before: Number | None, now: Sample, then: Sample) -> str:
    """Whether the figure is `worse` or `better` than before; neither where that is noise or cannot be known.

    Args:
        before: For as long a window as now, where it adds up over one.
    """
    if number is None or before is None or not metric.bad_when_high:
        return ""
    noise, change = NOISE[metric.scale], abs(number - before)
    if change <= noise.least or change <= noise.share * max(number, before):
        return ""
    if noise.of is not None and change <= noise.of(metric, number, before, now, then):
        return ""
    return "worse" if number > before else "better"
