"""Draw a timeline as an SVG chart. The chart needs no script, no special font and no network."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from cnm_tui.core.chart.points import Missing, Number, Point, largest, nice_top
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Window, iso_text

WIDTH: Final = 900
HEIGHT: Final = 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 10, 24, 22
_LEAST_BAR: Final = 0.6
_WHY: Final = {
    Missing.GAP: "not recorded",
    Missing.NO_TRAFFIC: "no traffic",
    Missing.CUT: "unknown: the answer was cut, or is not whole",
    Missing.TOO_FEW: "too little was measured",
}


class SvgChart(NamedTuple):
    """The content of an SVG chart, which shows one metric over time."""

    title: str
    windows: Sequence[Window]
    points: Sequence[Point]
    text: Callable[[Number], str]
    """Returns a figure with its unit."""
    limits: Sequence[float] = ()
    """Thresholds to draw as lines."""
    shown: Window | None = None
    """The window of the rows, which is marked."""


def svg_lines(chart: SvgChart) -> Iterator[str]:
    """Yield the lines of the SVG element. Every text in the element is escaped."""
    top = nice_top(max([largest(chart.points), *chart.limits]))
    start, end = chart.windows[0].start, chart.windows[-1].end

    def at(moment: float) -> float:
        return round(_LEFT + (moment - start) / (end - start) * (WIDTH - _LEFT - _RIGHT), 2)

    def height(number: Number) -> float:
        return round(min(1.0, number / top) * (HEIGHT - _TOP - _BOTTOM), 2)

    floor = HEIGHT - _BOTTOM
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_text(chart.title)} over time">'
    yield f'<text x="{_LEFT}" y="14" class="name">{_text(chart.title)}</text>'
    if chart.shown is not None:
        left, right = at(max(start, chart.shown.start)), at(min(end, chart.shown.end))
        if right > left:
            yield f'<rect x="{left}" y="{_TOP}" width="{right - left:.2f}" height="{floor - _TOP}" class="shown"/>'
    for window, point in zip(chart.windows, chart.points, strict=True):
        left, width = at(window.start), max(_LEAST_BAR, at(window.end) - at(window.start) - 0.5)
        told = f"{iso_text(window.start)} to {iso_text(window.end)}: "
        if isinstance(point, Missing):
            yield f'<rect x="{left}" y="{_TOP}" width="{width:.2f}" height="{floor - _TOP}" class="missing">'
            yield f"<title>{_text(told + _WHY[point])}</title></rect>"
        else:
            tall = height(point)
            yield f'<rect x="{left}" y="{floor - tall:.2f}" width="{width:.2f}" height="{tall}" class="bar">'
            yield f"<title>{_text(told + chart.text(point))}</title></rect>"
    for limit in chart.limits:
        line = floor - height(limit)
        yield f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{line:.2f}" y2="{line:.2f}" class="limit"/>'
    yield f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{floor}" y2="{floor}" class="axis"/>'
    yield f'<text x="{_LEFT - 6}" y="{_TOP + 8}" class="end">{_text(chart.text(top))}</text>'
    yield f'<text x="{_LEFT - 6}" y="{floor}" class="end">{_text(chart.text(0))}</text>'
    yield f'<text x="{_LEFT}" y="{HEIGHT - 6}">{_text(iso_text(start))}</text>'
    yield f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 6}" class="end">{_text(iso_text(end))}</text>'
    yield "</svg>"


def _text(text: str) -> str:
    return escape(clean(" ".join(text.split())))
