"""Find the onset of trouble in a row, which is the time when the row turned bad. Find out if it has recovered.

The rule works on a metric with limits (`core/metrics/health.py`). Each complete part of a timeline gives one
figure for a row, which is a share or a round-trip time. A part is called *conspicuous* if its figure is odd
or bad, with enough evidence. The row turned bad with a part if all of these conditions are true:

- At least `LEAST_PARTS` parts have a figure with enough evidence. At least `LEAST_BEFORE` of them are
  earlier.
- The part before is known and not conspicuous, because nothing is concluded from a gap.
- The part itself is bad, or the next part with a figure is conspicuous too.
- The part or the next part is a jump. Its figure is at least `LEAST_JUMP` times the level before. The next
  part is accepted because trouble may fill only a fraction of the first part.
- The jump is larger than noise. Its modified z-score is above 3.5. This score is 0.6745 times the distance to
  the median of the earlier parts, divided by their median absolute deviation (MAD). Source: Iglewicz and
  Hoaglin, "How to Detect and Handle Outliers", ASQC Quality Press 1993. Median and MAD stay reliable until
  half of the parts are unusual, so an earlier incident does not hide the next one.

A part below the limit is treated as conspicuous if it is such a jump, reaches at least half of the limit, and
is beside a conspicuous part. Therefore a figure that varies around the limit has only one beginning. Source:
hysteresis with two thresholds, Canny, "A Computational Approach to Edge Detection", IEEE Transactions on
Pattern Analysis and Machine Intelligence 1986. It recommends a ratio of 2:1 or 3:1 between the thresholds.

The level before is the median of the earlier parts that are not conspicuous. If over three quarters of the
earlier parts are conspicuous, it is the median of all earlier parts. The deviation has a minimum, which is
the deviation that chance alone causes. For a share this is the standard deviation of a binomial count in this
number of packets or attempts. For probes it is the standard deviation of a Poisson count. For a round-trip
time it is a twentieth of the level.

If the rule finds no beginning, it is applied once more, and only bad parts are conspicuous. This finds a row
that is always odd and then turns bad. In this case, the two parts before must not both be a jump or unknown,
because the trouble may have begun in them.

The trouble ends with the last conspicuous part, if a later part is known and not conspicuous. A single part
that is not conspicuous between two conspicuous parts belongs to the trouble. A gap does not belong to the
trouble. If a gap follows, it is unknown if the row has recovered. If a gap precedes, it is unknown when the
trouble began.
"""

from collections import Counter
from collections.abc import Sequence
from enum import Enum, auto
from math import sqrt
from statistics import median
from typing import Final, NamedTuple

from cnm_tui.core.metrics.confidence import Sample, sample, variance
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import Kind, Metric, Total
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.excess import watched
from cnm_tui.core.timeline.parts import Part, RowOfPart

LEAST_PARTS: Final = 6
LEAST_BEFORE: Final = 3
LEAST_JUMP: Final = 1.5
LEAST_WEAK: Final = 0.5
"""Share of the limit from which a jump beside parts that show it belongs to them."""
BEYOND_NOISE: Final = 3.5
_TO_STANDARD_DEVIATION: Final = 0.6745
"""The third quartile of the standard normal distribution: the MAD of normal figures is so many standard deviations."""
_USUAL_SPREAD: Final = 0.05
"""Least deviation of round-trip times, as a share of their level."""
_SHOWS_MOSTLY: Final = 4


class Onset(NamedTuple):
    """The onset of trouble in a row: when the row turned bad, in which metric and how strongly, and when it
    recovered.
    """

    metric: Metric
    """The metric in which it shows most."""
    began: int
    """Start of the first part that shows it, in epoch seconds."""
    ended: int | None
    """End of the last part that shows it, in epoch seconds; None if it is still on, or not known."""
    before: float
    """The level before: a share, or a round-trip time in its raw unit."""
    after: float
    """The median of the parts that show it."""
    still_on: bool
    """True if the last closed part shows it; False with `ended` None if the parts after are not known."""
    severity: float
    """The level as a multiple of the limit from which it is bad."""


class _Shown(Enum):
    """The judgement of a row in one part of a timeline, for example usual, odd or bad."""

    UNKNOWN = auto()
    """A gap, or a row missing in a cut part."""
    NOTHING = auto()
    """No traffic, or too little to judge."""
    USUAL = auto()
    ODD = auto()
    BAD = auto()


_SHOWING: Final = (_Shown.ODD, _Shown.BAD)


class _Figure(NamedTuple):
    """The share or round-trip time of a row in one part of a timeline, with its judgement."""

    shown: _Shown
    sample: Sample | None


class _Level(NamedTuple):
    """The usual level of a row's shares or round-trip times: their median, and their median absolute deviation."""

    level: float
    deviation: float


_GAP: Final = _Figure(_Shown.UNKNOWN, None)
_NO_FIGURE: Final = _Figure(_Shown.NOTHING, None)


def onsets_of(parts: Sequence[Part | None], windows: Sequence[Window], only: int | None = None) -> dict[int, Onset]:
    """Return for each row when it turned bad. The dictionary keys are the row numbers of the timeline.

    Rows that did not turn bad are left out. If a row turned bad in several metrics, a metric that is still bad is
    preferred, then the most severe one.

    Args:
        parts: The parts of the timeline, oldest first. None for a gap.
        windows: The time windows of the parts.
        only: The number of the only row to examine. None for all rows.
    """
    closed = list(parts)
    while closed and closed[-1] is not None and closed[-1].is_open:
        closed.pop()
    answered = [part for part in closed if part is not None]
    if len(answered) < LEAST_PARTS:
        return {}
    found: dict[int, Onset] = {}
    for metric in watched(answered[0].endpoint.judged):
        for number in _candidates(metric, answered, only):
            figures = _figures(metric, closed, number)
            onset = _onset(metric, figures, windows) or _onset(metric, _only_bad(figures), windows, odd_is_usual=True)
            if onset is not None and (number not in found or _rank(onset) > _rank(found[number])):
                found[number] = onset
    return found


def _rank(onset: Onset) -> tuple[bool, float]:
    return onset.still_on, onset.severity


def _candidates(metric: Metric, answered: Sequence[Part], only: int | None) -> list[int]:
    """Return the numbers of the rows that may have turned bad. The exact rule is then applied to only these rows.

    A candidate is bad in one part or odd in two parts. It is not odd or bad in all parts, because then it did not
    turn bad.
    """
    shown: Counter[int] = Counter()
    bad: Counter[int] = Counter()
    for part in answered:
        if (excess := part.excess.get(metric.key)) is not None:
            found = excess if only is None else excess.only(only)
            shown.update(found.odd)
            shown.update(found.bad)
            bad.update(found.bad)
    most = len(answered) - LEAST_BEFORE
    return [
        number
        for number, times in shown.items()
        if (times <= most and (times > 1 or number in bad)) or 0 < bad[number] <= most
    ]


def _figures(metric: Metric, parts: Sequence[Part | None], number: int) -> list[_Figure]:
    """Return the share or round-trip time of a row for each part of a timeline, with its judgement.

    The function is fast because there may be thousands of rows.
    """
    of, events = threshold_of(metric).of, metric.counted_by.value
    least, zero_is_absent = of.least, metric.total is Total.WEIGHTED_MEAN
    figures: list[_Figure] = []
    for part in parts:
        position = None if part is None else part.position(number)
        if part is None or position is None:
            figures.append(_GAP if part is None or part.is_cut else _NO_FIGURE)
            continue
        row = RowOfPart(part.columns, position)
        found = sample(of, events(row, 0), of.measured(row))
        if found is None or found.seen < least or (zero_is_absent and not found.events):
            figures.append(_NO_FIGURE)
            continue
        excess = part.excess.get(metric.key)
        if excess is not None and number in excess.bad:
            figures.append(_Figure(_Shown.BAD, found))
        else:
            is_odd = excess is not None and number in excess.odd
            figures.append(_Figure(_Shown.ODD if is_odd else _Shown.USUAL, found))
    return figures


def _only_bad(figures: Sequence[_Figure]) -> list[_Figure]:
    """Return a row's figures with each figure that is judged odd changed to usual, so that only bad figures count.

    A figure is the share or round-trip time of the row in one part of a timeline.
    """
    return [one._replace(shown=_Shown.USUAL) if one.shown is _Shown.ODD else one for one in figures]


def _onset(
    metric: Metric, figures: Sequence[_Figure], windows: Sequence[Window], *, odd_is_usual: bool = False
) -> Onset | None:
    """Return the onset of trouble in one metric of a row. If the row turned bad several times, return the last time.

    Return None if the row did not turn bad, or if it is not known when.

    Args:
        metric: The metric.
        figures: The shares or round-trip times of the row, oldest part of the timeline first.
        windows: The time windows of the parts.
        odd_is_usual: True if odd figures are usual for the row, so that only bad figures count.
    """
    if sum(figure.sample is not None for figure in figures) < LEAST_PARTS:
        return None
    if not (episodes := _episodes(figures)):
        return None
    strong = episodes[-1]
    if (before := _level(figures[: strong[0]])) is None:
        return None
    limit = threshold_of(metric).bad if odd_is_usual else threshold_of(metric).odd
    joined = _with_weak(metric, figures, before, LEAST_WEAK * limit)
    first, last = next(one for one in _episodes(joined) if one[0] <= strong[0] <= one[1])
    began, level = _jump(metric, joined, first, last, odd_is_usual=odd_is_usual)
    return None if level is None else _told(metric, figures, joined, windows, (began, last), level)


def _with_weak(metric: Metric, figures: Sequence[_Figure], before: _Level, least: float) -> list[_Figure]:
    """Return a row's figures with some figures below the limit judged as odd.

    A figure is the share or round-trip time in one part of a timeline. Its judgement is changed if it is at least
    `least` and far above the usual level before.
    """
    return [
        one._replace(shown=_Shown.ODD)
        if one.shown is _Shown.USUAL
        and one.sample
        and one.sample.share >= least
        and _is_jump(metric, one.sample, before)
        else one
        for one in figures
    ]


def _episodes(figures: Sequence[_Figure]) -> list[tuple[int, int]]:
    """Return the periods in which a row is odd or bad, oldest first. Each period is a pair: its first and its last
    part.

    Args:
        figures: The shares or round-trip times of the row with their judgement, for each part of a timeline.
    """
    episodes: list[tuple[int, int]] = []
    usual_since = 2
    for at, figure in enumerate(figures):
        if figure.shown in _SHOWING:
            if episodes and usual_since < 2:
                episodes[-1] = (episodes[-1][0], at)
            else:
                episodes.append((at, at))
            usual_since = 0
        elif figure.shown is _Shown.UNKNOWN:
            usual_since = 2
        elif figure.shown is _Shown.USUAL:
            usual_since += 1
    return episodes


def _jump(
    metric: Metric, figures: Sequence[_Figure], first: int, last: int, *, odd_is_usual: bool
) -> tuple[int, float | None]:
    """Return the position of the timeline part with which the trouble began, and the usual level before this part.

    The level is None if it is not known that the trouble began there.
    """
    if first == 0 or figures[first - 1].shown is _Shown.UNKNOWN:
        return first, None
    if first == last and figures[first].shown is not _Shown.BAD:
        return first, None
    if (before := _level(figures[:first])) is None:
        return first, None
    if odd_is_usual and _rose_before(metric, figures[:first], before):
        return first, None
    # Of the first part only a piece may be bad.
    for at in (first, first + 1):
        if at <= last and (sample := figures[at].sample) and _is_jump(metric, sample, before):
            return at, before.level
    return first, None


def _level(figures: Sequence[_Figure]) -> _Level | None:
    """Return the usual level of these shares or round-trip times. Return None if they are too few to tell."""
    known = [figure for figure in figures if figure.sample is not None]
    usual = [figure for figure in known if figure.shown is _Shown.USUAL]
    shares = [one.sample.share for one in (usual if len(usual) * _SHOWS_MOSTLY > len(known) else known) if one.sample]
    if len(shares) < LEAST_BEFORE:
        return None
    level = median(shares)
    return _Level(level, median(abs(share - level) for share in shares))


def _rose_before(metric: Metric, figures: Sequence[_Figure], before: _Level) -> bool:
    """Return True if the last two figures are already far above the usual level, so that the trouble may be older.

    A figure is the share or round-trip time in one part of a timeline. Parts with too little traffic are ignored,
    and a gap counts as above the level.
    """
    rose = [
        figure.sample is None or _is_jump(metric, figure.sample, before)
        for figure in figures[-2:]
        if figure.shown is not _Shown.NOTHING
    ]
    return bool(rose) and all(rose)


def _is_jump(metric: Metric, sample: Sample, before: _Level) -> bool:
    """Return True if a share or round-trip time is far above the usual level, by more than noise can explain."""
    deviation = max(before.deviation, _TO_STANDARD_DEVIATION * _chance(metric, before.level, sample))
    beyond = _TO_STANDARD_DEVIATION * (sample.share - before.level) > BEYOND_NOISE * deviation
    return beyond and sample.share >= LEAST_JUMP * before.level


def _chance(metric: Metric, level: float, sample: Sample) -> float:
    """Return the standard deviation of a share or a round-trip time that is expected by chance alone at this
    level.
    """
    of = threshold_of(metric).of
    if of.kind is Kind.ITSELF:
        return _USUAL_SPREAD * level
    return sqrt(variance(of, min(level, 1.0)) / sample.of)


def _told(
    metric: Metric,
    figures: Sequence[_Figure],
    joined: Sequence[_Figure],
    windows: Sequence[Window],
    episode: tuple[int, int],
    level: float,
) -> Onset:
    first, last = episode
    after = median(one.sample.share for one in figures[first : last + 1] if one.shown in _SHOWING and one.sample)
    later = [figure.shown for figure in joined[last + 1 :]]
    # Parts without traffic, or too little, say nothing.
    next_known = next((shown for shown in later if shown is not _Shown.NOTHING), None)
    over = next_known is _Shown.USUAL
    return Onset(
        metric,
        windows[first].start,
        windows[last].end if over else None,
        level,
        after,
        still_on=not later,
        severity=after / threshold_of(metric).bad,
    )
