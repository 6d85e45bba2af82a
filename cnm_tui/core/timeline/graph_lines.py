"""Draw the graph of many rows as lines of text for a pane."""

from typing import Final

from cnm_tui.core.chart.chart import ASKED_AXIS, Line, chart_lines
from cnm_tui.core.chart.columns import PartColumns
from cnm_tui.core.chart.points import Missing
from cnm_tui.core.chart.sparkline import sparkline
from cnm_tui.core.chart.time_axis import axis_name, labels_line, local, ticks, utc, zone_name
from cnm_tui.core.metrics.health import figure_text
from cnm_tui.core.text import cell_width, fitted
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.drawn import own_top
from cnm_tui.core.timeline.graph import Graph
from cnm_tui.core.timeline.parts import State
from cnm_tui.core.timeline.words import cut_words
from cnm_tui.core.units import plural

_APART: Final = " · "
_MOST_ROUNDED: Final = 0.001
"""Parts whose sum differs by less add up."""
_NARROWEST_SPARKLINE: Final = 12


def graph_lines(graph: Graph, width: int, height: int, chosen: range, hint: str) -> list[Line]:
    """Return the graph as lines of text: a heading, the bars, and time axes in UTC and in local time.

    With too few lines, the graph is a single line with a sparkline.

    Args:
        graph: The data of the graph.
        width: The width in terminal columns.
        height: The number of lines.
        chosen: The parts that the user chose.
        hint: A text that explains the keyboard keys. It is left out if there is no space.
    """
    if height < _LEAST_LINES:
        return [_one_line(graph, width, chosen)]
    chart = graph.chart(chosen)
    columns = chart.columns(width - 1)
    at = ticks(graph.window.start, graph.window.end, columns.width)
    zone = zone_name(*graph.window)
    bars = height - (3 if not zone else 4)
    lines = chart_lines(chart, width - 1, bars, {tick.column for tick in at})
    room = chart.label_width - 1
    for name, clock in (("UTC", utc), (zone, local)):
        if name:
            lines.append(((f"{axis_name(name, room)} {labels_line(at, columns.width, clock)}", "scale"),))
    return [_heading(graph, width, chosen, hint), *lines]


_LEAST_LINES: Final = 5


def _heading(graph: Graph, width: int, chosen: range, hint: str) -> Line:
    """Return the heading of the graph as a line of text, with the metric, the chosen parts and the hint."""
    begun = f" {graph.metric.label}"
    told = [f" of {graph.rows}, {graph.way}"]
    if graph.levels and not chosen:
        told[0] += f": {graph.levels}"
    if chosen:
        told.append(_chosen_ways(graph, chosen)[0])
    elif graph.baseline is not None and graph.behind:
        told.append(f"░ {clock_spans(graph.baseline)[-1]}")
    if (gaps := graph.states.count(State.GAP)) and not chosen:
        told.append(f"{plural(gaps, 'part')} not known")
    if (cut := cut_words(graph.why_cut)) and not chosen:
        told.append(f"{', '.join(cut)}: rows may be missing")
    if (differs := _difference(graph)) and not chosen:
        told.append(f"{ASKED_AXIS} adds up to {differs} of the rows")
    rest = told[0] + "".join(_APART + one for one in told[1:])
    if hint and cell_width(begun + rest) + len(_APART) + len(hint) < width:
        rest += " " * (width - 1 - cell_width(begun + rest) - len(hint)) + hint
    return ((begun, "title"), (fitted(rest, max(1, width - 1 - len(begun))), "quiet"))


def _difference(graph: Graph) -> str:
    """Return the sum over the timeline parts as a percentage of the snapshot's total, for example `97.2 %`.

    Return an empty string if it is 100 % apart from rounding, or if it is not known.
    """
    if graph.added_up is None or abs(graph.added_up - 1) < _MOST_ROUNDED:
        return ""
    return f"{100 * graph.added_up:.1f} %"


def _one_line(graph: Graph, width: int, chosen: range) -> Line:
    """Return the graph as one line of text: the metric's name, a sparkline, its scale and its time window."""
    begun, rows, columns, told = _one_line_parts(graph, width, chosen)
    top, counts = own_top(graph.points, graph.metric), graph.metric.accumulates
    line = sparkline(graph.points, columns, top=top, last_is_open=graph.last_is_open, counts=counts)
    return ((begun, "title"), (rows, "quiet"), (line, "bar"), (told, "quiet"))


def _one_line_parts(graph: Graph, width: int, chosen: range) -> tuple[str, str, int, str]:
    """Return the texts of the one-line graph.

    Returns:
        Two texts before the sparkline, the width of the sparkline in terminal columns, and the text after the
        sparkline.
    """
    begun, signs = f" {graph.metric.label} ", len(graph.points) + 1
    most = f" {graph.levels}" if graph.levels else ""
    spans = clock_spans(graph.window)
    differs = _difference(graph)
    ways = [
        *((rows, f"{most}, parts are {differs} of rows  {spans[-1]}") for rows in (f"{graph.rows} ", "") if differs),
        *((rows, f"{most}  {span}") for span in spans for rows in (f"{graph.rows} ", "")),
        ("", f"  {spans[-1]}"),
        ("", most),
    ]
    if chosen:
        ways = [(rows, f" {told}") for told in _chosen_ways(graph, chosen) for rows in (f"{graph.rows} ", "")]
    for rows, told in ways:
        room = width - 1 - len(begun) - len(rows) - cell_width(told)
        if room >= min(_NARROWEST_SPARKLINE, signs):
            return begun, rows, min(room, signs), told
    room = max(1, min(_NARROWEST_SPARKLINE, signs, width - 1 - len(begun)))
    return begun, "", room, fitted(told, max(1, width - 1 - len(begun) - room))


def part_at(graph: Graph, width: int, height: int, x: int, chosen: range) -> int:
    """Return the position of the timeline part that is drawn at terminal column `x` of the pane, counted from 0.

    If no part is drawn there, return the position of the nearest part.
    """
    if height >= _LEAST_LINES:
        chart = graph.chart()
        return chart.columns(width - 1).part_at(x - chart.label_width)
    begun, rows, columns, _told = _one_line_parts(graph, width, chosen)
    closed = len(graph.points) - graph.last_is_open
    room = columns - 2 * graph.last_is_open
    at = x - len(begun) - len(rows)
    if graph.last_is_open and at >= min(room, closed):
        return closed
    return PartColumns(closed, min(room, closed)).part_at(at)


def _chosen_ways(graph: Graph, chosen: range) -> list[str]:
    """Return several texts that describe the chosen parts, longest text first, so that the longest fitting one is
    used.

    Each text contains the time window of the parts. It also contains their number in the metric, or the smallest
    and the largest number.
    """
    points = [graph.points[part] for part in chosen]
    numbers = [point for point in points if not isinstance(point, Missing)]
    if numbers:
        least, most = (figure_text(graph.metric, number) for number in (min(numbers), max(numbers)))
        is_open = graph.last_is_open and len(graph.points) - 1 in chosen
        told = (most if least == most else f"{least} to {most}") + (" so far, not over" if is_open else "")
    else:
        missing, why = points[0], graph.why_cut[chosen[0]]
        told = _MISSING[missing].format(why=why) if isinstance(missing, Missing) else ""
    return [f"{span}: {told}" for span in clock_spans(graph.span(chosen))]


_MISSING: Final = {
    Missing.GAP: "not known",
    Missing.CUT: "not known, {why}",
    Missing.NO_TRAFFIC: "no traffic",
    Missing.TOO_FEW: "too little to tell",
}


def clock_spans(window: Window) -> list[str]:
    """Return texts for the start and end of a time window, longest first, for example `10:00–14:00Z (11:00–15:00
    CET)`.

    If the window contains midnight, the texts include dates. The second text contains only the times in UTC.
    """
    form = "%m-%d %H:%M" if utc(window.start).date() != utc(window.end - 1).date() else "%H:%M"
    told = f"{utc(window.start).strftime(form)}–{utc(window.end).strftime(form)}Z"
    zone = zone_name(*window)
    if not zone:
        return [told]
    return [f"{told} ({local(window.start).strftime(form)}–{local(window.end).strftime(form)} {zone})", told]
