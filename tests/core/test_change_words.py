"""Test the sentences about a comparison of two answers: about its baseline, about one row, and about one metric."""

import pytest

from cnm_tui.core.compare.change_words import (
    comparison_sentence,
    differences_sentence,
    figure_words,
    is_gone,
    short_window,
    standing_sentence,
)
from cnm_tui.core.compare.comparison import Compared, compared
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT, a_connection, a_snapshot

BEFORE = Window(MOMENT - 1_800, MOMENT - 900)
AN_HOUR = Window(MOMENT - 7_200, MOMENT - 3_600)
RESETS = CONNECTIONS.metrics["tcp_resets"]
RTT = CONNECTIONS.metrics["rtt_micro_seconds"]
LOSS = CONNECTIONS.metrics["retransmit_share"]


def joined(now: dict[str, int], before: dict[str, int], window: Window = BEFORE) -> Compared:
    return compared(a_snapshot(a_connection("a", **now)), a_snapshot(a_connection("a", **before), window=window))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (BEFORE, "03-01 09:30–09:45Z"),
        (Window(MOMENT - 86_400, MOMENT), "02-28 10:00–03-01 10:00Z"),
        (Window(-(10**14), 10**14), str(Window(-(10**14), 10**14))),
    ],
)
def test_a_window_is_told_with_as_many_dates_as_it_has(window: Window, words: str) -> None:
    assert short_window(window) == words


def test_a_figure_is_told_with_what_it_was_its_change_and_what_that_means() -> None:
    slower = joined({"rtt_micro_seconds": 182_000}, {"rtt_micro_seconds": 62_000})

    assert figure_words(slower, RTT, "a") == "62.0 ms before, +120.0 ms, +194%: worse"


def test_a_share_changes_by_points_and_by_percent_of_what_it_was() -> None:
    packets = 10**6
    now = {"packets_sent_by_client": packets, "tcp_retransmits": 10_000}
    lossy = joined(now, {"packets_sent_by_client": packets, "tcp_retransmits": 40_000})

    assert figure_words(lossy, LOSS, "a") == "4.00 % before, -3.00 pp, -75%: better"


def test_of_zero_no_percentage_is_told() -> None:
    assert figure_words(joined({"tcp_resets": 7}, {"tcp_resets": 0}), RESETS, "a") == "0 before, +7"


def test_what_is_the_same_is_said_to_be() -> None:
    assert figure_words(joined({"tcp_resets": 7}, {"tcp_resets": 7}), RESETS, "a") == "Unchanged."


def test_it_is_said_that_no_row_is_judged_worse_or_better() -> None:
    attempts = {"tcp_established_connections": 1_000, "packets_sent_by_client": 10}
    same, worse = (joined({"tcp_resets": now, **attempts}, {"tcp_resets": 7, **attempts}) for now in (7, 700))

    assert differences_sentence(same) == "No row is judged worse or better."
    assert differences_sentence(worse) == "Rows: 1 worse."
    assert differences_sentence(worse.before) == ""


def test_of_another_length_it_is_said_what_was_counted_for_how_long() -> None:
    # 10 packets for 1,000 connections show that these are counted.
    now, before = ({"tcp_established_connections": opened, "packets_sent_by_client": 10} for opened in (1_000, 4_000))
    fewer = joined({"tcp_resets": 50, **now}, {"tcp_resets": 400, **before}, AN_HOUR)

    assert figure_words(fewer, RESETS, "a") == "100 before (of 1h, per 15m), -50, -50%: better"
    assert comparison_sentence(fewer) == (
        "Compared with 2026-03-01 08:00Z to 2026-03-01 09:00Z, as rates (windows of 15m and 1h)."
    )


def test_nothing_is_said_where_nothing_is_compared_or_the_row_is_not_there() -> None:
    alone = a_snapshot(a_connection("a"))

    assert comparison_sentence(alone) == "Nothing is compared."
    assert (standing_sentence(alone, "a"), figure_words(alone, RESETS, "a"), is_gone(alone, "a")) == ("", "", False)
    assert figure_words(joined({}, {}), RESETS, "unknown") == standing_sentence(joined({}, {}), "unknown") == ""


def test_how_a_row_stands_is_said_with_what_that_means_for_its_figures() -> None:
    came_and_went = compared(a_snapshot(a_connection("came")), a_snapshot(a_connection("went"), window=BEFORE))

    assert standing_sentence(came_and_went, "came") == "New: not in the earlier window."
    assert standing_sentence(came_and_went, "went") == "Gone: its figures are from the earlier window."
    assert (is_gone(came_and_went, "came"), is_gone(came_and_went, "went")) == (False, True)
    assert figure_words(came_and_went, RESETS, "came") == ""


def test_a_row_that_is_worse_names_the_figures_that_are() -> None:
    before = {"rtt_micro_seconds": 62_000, "tcp_resets": 400, "tcp_timeouts": 10, "tcp_refusals": 5}
    before["tcp_established_connections"] = 5_000
    slower = joined({**before, "rtt_micro_seconds": 182_000, "tcp_resets": 50, "tcp_timeouts": 90}, before)
    calmer = joined({**before, "tcp_resets": 50}, before)

    assert standing_sentence(slower, "a") == "Worse than it was then, by rtt_micro_seconds, tcp_timeouts."
    assert standing_sentence(calmer, "a") == "Better than it was then, by tcp_resets."


def test_beyond_a_limit_it_is_said_which_answer_was_cut() -> None:
    one = Query(limit=1)
    cut_then = compared(a_snapshot(a_connection("came")), a_snapshot(a_connection("went"), query=one))
    cut_now = compared(a_snapshot(a_connection("came"), query=one), a_snapshot(a_connection("went")))

    assert standing_sentence(cut_then, "came") == "Not among the 1 row of then: may be beyond the limit."
    assert standing_sentence(cut_now, "went") == "Not among the 1 row of now: may be beyond the limit."
