"""Define the change columns of a comparison. They show how each metric changed, as a number or in percent."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, ChangeForm, Metric
from cnm_tui.core.units import COUNT, SHARE, Figure, Scale

FROM_ZERO: Final = math.inf
"""The percentage of a change from zero."""
SIGN: Final = "Δ"
_A_HUNDREDFOLD: Final = 99


class Change(NamedTuple):
    """The change of one metric, as a number or in percent, for a column of the grid."""

    of: Metric
    form: ChangeForm
    metric: Metric
    """The change as a metric; only a comparison has values for it."""


def _signed(scale: Scale) -> Scale:
    """Return a copy of a number format that also writes a plus sign before each positive number.

    A change that rounds to zero is written as `0` without sign and unit.
    """

    def figure(number: float) -> Figure:
        whole, fraction, unit = scale.figure(number)
        if not (whole + fraction).strip("-0."):
            return Figure("0", "", "")
        return Figure(whole if number < 0 else f"+{whole}", fraction, unit)

    return Scale(figure, scale.whole + 1, scale.fraction, scale.unit)


def _percentage(ratio: float) -> Figure:
    """Return a change as text in whole percent, for example `+25%`. `ratio` is the change divided by the old number.

    A number that became at least a hundred times as large is written as a factor, for example `x120`. A change
    from zero is written as `from 0`.
    """
    if ratio == FROM_ZERO:
        return Figure("from 0", "", "")
    if ratio >= _A_HUNDREDFOLD:
        whole, _, prefix = COUNT.figure(ratio + 1)
        return Figure(f"x{whole.replace(',', '')}{prefix}", "", "")
    percent = round(ratio * 100)
    return Figure(f"{percent:+,}%" if percent else "0%", "", "")


def _points(ratio: float) -> Figure:
    """Return the difference of two percentages as text in percentage points (`pp`)."""
    whole, fraction, _ = SHARE.figure(ratio)
    return Figure(whole, fraction, "pp")


PERCENTAGE: Final = Scale(_percentage, 7, 0, 0)
_POINTS: Final = Scale(_points, 3, 3, 2)


def _change_metric(metric: Metric, form: ChangeForm) -> Metric:
    in_percent = form is ChangeForm.PERCENT
    meaning = f"How {metric.label} differs from what it is compared with"
    return Metric(
        key=form.key(metric.key),
        label=f"{SIGN}{metric.label}",
        unit="ratio" if in_percent else metric.unit,
        scale=PERCENTAGE if in_percent else _signed(_POINTS if metric.scale is SHARE else metric.scale),
        meaning=f"{meaning}, in percent of that." if in_percent else f"{meaning}.",
        # A single answer has no changes.
        value=lambda _counters, _window_seconds: None,
    )


JUDGED_BY: Final = Metric(
    key=JUDGED_BY_KEY,
    label="JUDGED BY",
    unit="figures",
    scale=COUNT,
    meaning="The figures by which a row is worse or better than what it is compared with.",
    value=lambda _counters, _window_seconds: None,
)
"""A column of a comparison that names metrics; its number is how many there are."""


@lru_cache(maxsize=8)
def changes(endpoint: Endpoint) -> Mapping[str, Change]:
    """Return the change columns of an API endpoint, as a dict from column key to change column."""
    return {
        form.key(metric.key): Change(metric, form, _change_metric(metric, form))
        for metric in endpoint.metrics.values()
        for form in (ChangeForm.PERCENT, ChangeForm.CHANGE)
    }


def change_of(metric: Metric, form: ChangeForm, endpoint: Endpoint) -> Metric:
    """Return a Metric object for the change of the metric in `metric`, as a number or in percent (`form`)."""
    return changes(endpoint)[form.key(metric.key)].metric
