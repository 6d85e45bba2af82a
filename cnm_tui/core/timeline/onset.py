"""Tell when a row turned bad, and if it is over, by one rule.

Of a metric with a threshold (`core/metrics/health.py`), each closed part of a row gives one figure: the share, or the
round-trip time. A part *shows* it if the figure is odd or bad by that table, with enough evidence. The row began to be
bad with a part if

- at least `LEAST_PARTS` parts have a figure with enough evidence, and at least `LEAST_BEFORE` of them are before;
- the part before it is known, and does not show it: nothing is claimed from a gap;
- it is bad, or the next part with a figure shows it, too;
- it, or the next part (as only a piece of the first may be bad), is a jump: at least `LEAST_JUMP` times the level
  before; and
- it is beyond noise: its modified z-score, 0.6745 times its distance to the median of the parts before, divided by
  their median absolute deviation, is above 3.5. Source: Iglewicz and Hoaglin, "How to Detect and Handle Outliers",
  ASQC Quality Press 1993; median and MAD break down only with half of the parts, so that one earlier incident does not
  hide the next.

A part that does not show it, but is such a jump and at least half of the limit, belongs to the parts that show it if it
is beside them: they go on through it, and may begin or end with it. So one whose figure swings about the limit has one
beginning, where it rose. Source: hysteresis with two thresholds, Canny, "A Computational Approach to Edge Detection",
IEEE Transactions on Pattern Analysis and Machine Intelligence 1986, which recommends 2 or 3 to 1 between them.

The level before is the median of the parts before that do not show it; of all, if it shows in over three quarters of
them. The deviation is never taken as less than chance alone makes it: for a share, the standard deviation of a binomial
(for probes, Poisson) count in so many packets or attempts; for a round-trip time, a twentieth of the level.

If this finds no beginning, it is looked for once more with only bad parts as those that show it, as a row that is odd
all the time may become bad; then not both parts before may be a jump, too, or unknown: it may have begun with them.

It is over with the first of the parts after which none shows it any more. One part that does not show it between two
that do is part of it; a gap is not: before a gap it is not known if it is over, and after one not when it began.
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
    """A row that became bad."""

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
    """Knowledge about one part of a row."""

    UNKNOWN = auto()
    """A gap, or a row missing in a cut part."""
    NOTHING = auto()
    """No traffic, or too little to judge."""
    USUAL = auto()
    ODD = auto()
    BAD = auto()


_SHOWING: Final = (_Shown.ODD, _Shown.BAD)


class _Figure(NamedTuple):
    """One part of a row."""

    shown: _Shown
    sample: Sample | None


class _Level(NamedTuple):
    """The figures before, in short: their median, and their median absolute deviation."""

    level: float
    deviation: float


_GAP: Final = _Figure(_Shown.UNKNOWN, None)
_NO_FIGURE: Final = _Figure(_Shown.NOTHING, None)


def onsets_of(parts: Sequence[Part | None], windows: Sequence[Window], only: int | None = None) -> dict[int, Onset]:
    """Return the onset of each row that has one, by its number: the one that is still on, then the most severe.

    Args:
        parts: The parts, oldest first; None for a gap.
        windows: Their windows.
        only: The number of the only row to look at; None for all rows.
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
    """Return the rows that are bad in one part, or odd in two, yet not in all; no others have an onset."""
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
    """Return the figures of a row, part by part; fast, as there may be thousands of rows."""
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
    """Return the figures as those of a row that is always odd, so that only what is bad shows."""
    return [one._replace(shown=_Shown.USUAL) if one.shown is _Shown.ODD else one for one in figures]


def _onset(
    metric: Metric, figures: Sequence[_Figure], windows: Sequence[Window], *, odd_is_usual: bool = False
) -> Onset | None:
    """Return the last onset of one metric; None if there is none, or if it is not known when the last one began."""
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
    """Return the figures with those as odd that are a jump, and at least this high, though below the limit."""
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
    """Return the first and the last part of each time in which it shows, oldest first."""
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
    """Return the part with which it began, and the level before; None for the level if it is no onset."""
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
    """Return the level of these figures; None if there are too few."""
    known = [figure for figure in figures if figure.sample is not None]
    usual = [figure for figure in known if figure.shown is _Shown.USUAL]
    shares = [one.sample.share for one in (usual if len(usual) * _SHOWS_MOSTLY > len(known) else known) if one.sample]
    if len(shares) < LEAST_BEFORE:
        return None
    level = median(shares)
    return _Level(level, median(abs(share - level) for share in shares))


def _rose_before(metric: Metric, figures: Sequence[_Figure], before: _Level) -> bool:
    """Return True if the last two parts are above the level already, or the last one after a gap."""
    rose = [
        figure.sample is None or _is_jump(metric, figure.sample, before)
        for figure in figures[-2:]
        if figure.shown is not _Shown.NOTHING
    ]
    return bool(rose) and all(rose)


def _is_jump(metric: Metric, sample: Sample, before: _Level) -> bool:
    """Return True if a figure is far above the level before, and beyond noise."""
    deviation = max(before.deviation, _TO_STANDARD_DEVIATION * _chance(metric, before.level, sample))
    beyond = _TO_STANDARD_DEVIATION * (sample.share - before.level) > BEYOND_NOISE * deviation
    return beyond and sample.share >= LEAST_JUMP * before.level


def _chance(metric: Metric, level: float, sample: Sample) -> float:
    """Return the standard deviation that chance alone gives a figure at this level."""
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
