"""Test the charts in the detail pane that show the metrics of one row over time. They must be readable without
colours.
"""

import pytest

from cnm_tui.core.chart.chart import Line
from cnm_tui.core.timeline.row_charts import numbered_metrics, onset_line, onset_words, row_lines, telling_metrics
from tests.builders import MOMENT, a_connection
from tests.core.test_history_columns import LEVELS, history, with_onsets
from tests.core.timelines import a_timeline


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_a_sentence_says_when_the_row_began_to_be_bad() -> None:
    timeline = with_onsets(history(*LEVELS))

    assert onset_line(timeline, "a") == ("RETRANS% began 09:50Z (0.0 % → 9.0 %), still on", "bad")


def test_nothing_is_claimed_of_a_row_that_did_not() -> None:
    timeline = history(*LEVELS)

    assert onset_line(timeline, "b") == ("Not known to have turned bad in these 50 min.", "quiet")
    assert onset_words(timeline, "b") == ""


def test_each_metric_that_matters_has_a_chart_over_one_time_axis() -> None:
    lines = texts(row_lines(history(*LEVELS), "c", 60))

    assert [line.split("  ")[0] for line in lines if "│" not in line and "└" not in line] == [
        "RETRANS%",
        "RTT",
        "SENT",
        "RECVD",
        "",
    ]
    assert lines[0].endswith("0.02 % to 8.00 %")
    assert lines[-1].split()[:2] == ["UTC", "09:10"]
    edges = {line.index("│") for line in lines if "│" in line}
    assert len(edges) == 1
    assert max(map(len, lines)) <= 60


def test_a_metric_without_any_number_is_told_in_words() -> None:
    lines = texts(row_lines(history(*LEVELS), "a", 60))

    assert "RTT  no figure in any part" in lines
    assert "SENT  0 B in each part with a figure" in lines


@pytest.mark.parametrize(("newest", "told"), [(3, "40 B to 50 B"), (60, "40 B to 60 B")])
def test_a_count_that_still_grows_is_no_minimum(newest: int, told: str) -> None:
    parts = [[a_connection("a", bytes_sent_by_client=sent)] for sent in (40, 50, newest)]

    lines = texts(row_lines(a_timeline(parts, now=MOMENT - 1), "a", 60))

    assert f"SENT  {told}" in lines


def test_failures_are_shown_as_soon_as_there_is_one() -> None:
    timeline = a_timeline([[a_connection("a", tcp_refusals=0, tcp_resets=1)], [a_connection("a", tcp_resets=2)]])

    assert "tcp_resets" in [metric.key for metric in telling_metrics(timeline, "a")]
    assert "tcp_refusals" not in [metric.key for metric in telling_metrics(timeline, "a")]


def test_all_metrics_are_those_with_a_number() -> None:
    timeline = history(*LEVELS)

    keys = [metric.key for metric in numbered_metrics(timeline, "a")]

    assert {"retransmit_share", "tcp_retransmits", "packets_sent_by_client"} >= set(keys) - {"packets_sent"}
    assert texts(row_lines(timeline, "a", 60, all_metrics=True)) != texts(row_lines(timeline, "a", 60))


def test_of_an_unknown_row_there_is_nothing() -> None:
    assert row_lines(a_timeline([None, None]), "a", 60) == []
