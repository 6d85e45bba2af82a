"""Test the graph above the grid, which shows sums or means of the displayed rows over time.

The tests also check the remarks about missing data, and which time window each column of the graph shows.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.chart.points import Missing
from cnm_tui.core.compare.comparison import compared
from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.graph import Graph, graph_of, limits_of, overlapping
from cnm_tui.core.timeline.graph_lines import graph_lines, part_at
from cnm_tui.core.timeline.timeline import Timeline
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.core.timelines import QUERY, a_timeline, windows

RETRANSMITS = CONNECTIONS.metrics["retransmit_share"]
BYTES = CONNECTIONS.metrics["total_bytes"]
RTT = CONNECTIONS.metrics["rtt_micro_seconds"]
NOTHING = range(0)


def row(id: str, sent: int, packets: int = 10_000, retransmits: int = 0, rtt: int = 0) -> Connection:
    return a_connection(
        id,
        ((id,), ("store",)),
        bytes_sent_by_client=sent,
        packets_sent_by_client=packets,
        tcp_retransmits=retransmits,
        rtt_micro_seconds=rtt,
    )


TIMELINE = a_timeline(
    [
        [row("a", 10, 10_000, 100, 1_000), row("b", 30, 30_000, 100, 3_000)],
        None,
        [row("a", 50, 10_000, 900), row("b", 50, 10_000, 100)],
        [],
        [row("a", 5, 10)],
    ]
)
SHOWN = a_snapshot(row("a", 5), row("b", 0), query=QUERY, window=Window(MOMENT - 600, MOMENT))


def graph(timeline: Timeline = TIMELINE, metric: object = BYTES, ids: list[str] | None = None) -> Graph:
    assert isinstance(metric, type(BYTES))
    return graph_of(timeline, metric, SHOWN, ids, "all rows" if ids is None else "1 of 2 rows")


def texts(graph: Graph, width: int, height: int, chosen: range = NOTHING, hint: str = "") -> list[str]:
    return ["".join(text for text, _ in line) for line in graph_lines(graph, width, height, chosen, hint)]


def test_counts_are_added_and_a_gap_is_none() -> None:
    assert graph().points == [40, Missing.GAP, 100, 0, 5]
    assert graph(ids=["a"]).points == [10, Missing.GAP, 50, 0, 5]


def test_shares_and_times_are_not_added() -> None:
    assert graph(metric=RETRANSMITS).points == [200 / 40_000, Missing.GAP, 0.05, Missing.NO_TRAFFIC, 0]
    assert graph(metric=RTT).points[0] == (1_000 * 10_000 + 3_000 * 30_000) / 40_000
    assert (graph().way, graph(metric=RETRANSMITS).way, graph(metric=RTT).way) == ("sum", "together", "weighted mean")


def test_parts_beyond_a_limit_are_judged_by_their_evidence() -> None:
    assert graph(metric=RETRANSMITS).kinds == ["", "", "bad", "", "thin"]
    assert graph().kinds == [""] * 5


def test_only_shares_and_times_have_limits_in_their_own_unit() -> None:
    assert limits_of(RETRANSMITS) == (0.01, 0.03)
    assert limits_of(CONNECTIONS.metrics["tcp_resets"]) == ()


def test_of_rows_that_a_cut_part_lacks_nothing_is_claimed() -> None:
    cut = a_timeline([[row("a", 10)], [row("a", 10)]], cut=[1])

    assert graph(cut, ids=["b"]).points == [0, Missing.CUT]


def test_the_asked_window_is_where_it_reaches_to() -> None:
    parts = windows(5)

    assert graph().asked == range(3, 5)
    assert overlapping(parts, Window(MOMENT - 301, MOMENT - 299)) == range(3, 5)
    assert overlapping(parts, Window(0, 10)) == NOTHING


def test_the_baseline_is_its_own_parts_where_they_are_known() -> None:
    before = a_snapshot(row("a", 999), query=QUERY, window=Window(MOMENT - 900, MOMENT - 600))
    shown = replace(SHOWN, window=Window(MOMENT - 600, MOMENT - 300))

    drawn = graph_of(TIMELINE, BYTES, compared(shown, before), None, "all rows")

    assert drawn.behind == [Missing.GAP, Missing.GAP, Missing.GAP, 100, Missing.GAP]


def test_elsewhere_it_is_the_mean_over_its_window() -> None:
    before = a_snapshot(row("a", 900, rtt=5_000), query=QUERY, window=Window(MOMENT - 86_400, MOMENT - 85_500))

    sums = graph_of(TIMELINE, BYTES, compared(SHOWN, before), None, "all rows")
    means = graph_of(TIMELINE, RTT, compared(SHOWN, before), ["a"], "1 of 2 rows")

    assert sums.behind == [Missing.GAP] * 3 + [300, 300]
    assert means.behind == [Missing.GAP] * 3 + [5_000, 5_000]


def test_the_lines_are_heading_columns_axis_and_times() -> None:
    lines = texts(graph(), 80, 7, hint="press something")

    assert len(lines) == 7
    assert lines[0].startswith(" TOTAL of all rows, sum: 0 to 100 B · 1 part not known")
    assert lines[0].endswith("press something")
    assert lines[1].startswith("100 B│")
    assert lines[-1].split()[:2] == ["UTC", "09:35"]


def test_chosen_parts_are_told_with_their_figures() -> None:
    assert "09:45–09:50Z: 100 B" in texts(graph(), 90, 7, range(2, 3))[0]
    assert "09:35–09:50Z: 40 B to 100 B" in texts(graph(), 90, 7, range(3))[0]
    assert "09:40–09:45Z: not known" in texts(graph(), 90, 7, range(1, 2))[0]
    assert "no traffic" in texts(graph(metric=RETRANSMITS), 90, 7, range(3, 4))[0]


def test_the_part_that_is_not_over_says_so() -> None:
    open_part = a_timeline([[row("a", 10)], [row("a", 10)]], now=MOMENT - 60)

    assert "10 B so far, not over" in texts(graph(open_part), 90, 7, range(1, 2))[0]


def test_one_line_has_all_that_fits() -> None:
    assert texts(graph(), 80, 1) == [" TOTAL all rows ▄ █▁▂ 0 to 100 B  09:35–10:00Z"]
    assert texts(graph(), 40, 1) == [" TOTAL ▄ █▁▂ 0 to 100 B  09:35–10:00Z"]
    assert texts(graph(), 40, 1, range(2, 3)) == [" TOTAL ▄ █▁▂ 09:45–09:50Z: 100 B"]


@given(st.integers(2, 120), st.integers(30, 200), st.sampled_from([1, 5, 6, 8]), st.booleans(), st.data())
def test_the_part_under_the_mouse_is_the_one_that_is_drawn_there(
    parts: int, width: int, height: int, is_open: bool, data: st.DataObject
) -> None:
    peak = data.draw(st.integers(0, parts - 1))
    now = MOMENT - 60 if is_open else MOMENT
    timeline = a_timeline([[row("a", 1_000 if at == peak else 0)] for at in range(parts)], now=now)
    drawn = graph(timeline)

    lines = texts(drawn, width, height)

    assert all(len(line) <= width for line in lines)
    sign = "▒" if is_open and peak == parts - 1 and height > 1 else "█"
    line = lines[1 if height > 1 else 0]
    x = line.index(sign)
    at = part_at(drawn, width, height, x, NOTHING)
    columns = 1 if height == 1 else max(1, drawn.chart().columns(width - 1).folded)
    assert abs(at - peak) < max(columns, 1 if height > 1 else -(-parts // max(1, line.count("▁") + 1)) + 1)


def test_even_figures_are_half_as_high_and_their_level_is_told() -> None:
    even = graph(a_timeline([[row("a", 1_000)]] * 6))

    assert texts(even, 60, 1) == [" TOTAL all rows ▅▅▅▅▅▅ 1.0 kB  09:30–10:00Z"]
    heading, *columns = texts(even, 60, 7)
    assert heading.startswith(" TOTAL of all rows, sum: 1.0 kB")
    assert ["█" in line for line in columns[:4]] == [False, False, True, True]


def test_beside_the_columns_it_is_the_nearest_part() -> None:
    assert part_at(graph(), 60, 7, -5, NOTHING) == 0
    assert part_at(graph(), 60, 7, 500, NOTHING) == 4


@pytest.mark.parametrize("height", [1, 7])
def test_all_parts_can_be_reached_by_the_mouse(height: int) -> None:
    assert {part_at(graph(), 60, height, x, NOTHING) for x in range(60)} == set(range(5))


def test_where_the_parts_do_not_add_up_to_the_rows_the_graph_says_so() -> None:
    parts = [[row("a", 30), row("b", 28)], [row("a", 30), row("b", 30)]]
    timeline = a_timeline([*[[row("a", 9)]] * 4, *parts])

    answer = a_snapshot(row("a", 60), row("b", 60), query=QUERY, window=SHOWN.window)

    of_all, of_one = (graph_of(timeline, BYTES, answer, ids, "all rows") for ids in (None, ["a"]))

    assert of_all.added_up == pytest.approx(118 / 120)
    assert "═ adds up to 98.3 % of the rows" in texts(of_all, 120, 8)[0]
    assert "to 60 B, parts are 98.3 % of rows  09:30–10:00Z" in texts(of_all, 80, 1)[0]
    assert of_one.added_up == 1
    assert "%" not in texts(of_one, 120, 8)[0] + texts(of_one, 80, 1)[0]


@pytest.mark.parametrize(
    "timeline",
    [
        a_timeline([[row("a", 9)]] * 4 + [None, [row("a", 9)]]),
        a_timeline([[row("a", 9)]] * 6, cut=[5]),
        a_timeline([[row("a", 9)]] * 6, now=MOMENT - 1),
        a_timeline([[row("a", 9)]]),
    ],
    ids=["gap", "cut", "open", "other borders"],
)
def test_parts_that_cannot_be_compared_with_the_rows_are_not(timeline: Timeline) -> None:
    assert graph(timeline).added_up is None
