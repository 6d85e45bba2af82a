"""Test the columns that show changes between two answers. A change has a plus or minus sign, and fits in its
column.

A change must be rounded in the same way as its metric.
"""

import math

import pytest

from cnm_tui.core.compare.change_metrics import PERCENTAGE, changes
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.metric import ChangeForm


def change_text(key: str, number: float) -> str:
    return changes(CONNECTIONS)[ChangeForm.CHANGE.key(key)].metric.scale.text(number)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.2, "+20%"),
        (-0.75, "-75%"),
        (0.004, "0%"),
        (-0.004, "0%"),
        (0, "0%"),
        (98.99, "+9,899%"),
        (123.0, "x124"),
        (1_234_567.0, "x1235k"),
        (math.inf, "from 0"),
    ],
)
def test_percentages_are_whole_and_signed_up_to_a_hundredfold(ratio: float, text: str) -> None:
    assert PERCENTAGE.text(ratio) == text


@pytest.mark.parametrize("ratio", [-1.0, 0.0, 7.0, 98.9999, 99.0, 5_000.0, 99_999.0, 1e6, 1e7, 1e12, math.inf])
def test_a_percentage_fits_into_its_columns(ratio: float) -> None:
    assert len(PERCENTAGE.cell(ratio)) == PERCENTAGE.width


@pytest.mark.parametrize(
    ("key", "number", "text"),
    [
        ("rtt_micro_seconds", 40_000, "+40.0 ms"),
        ("rtt_micro_seconds", -1_500, "-1.5 ms"),
        ("bytes_sent_by_client", -1_200_000_000, "-1.2 GB"),
        ("tcp_resets", 7, "+7"),
        ("tcp_resets", -0.3, "0"),
        ("retransmit_share", 0.0125, "+1.25 pp"),
        ("retransmit_share", -0.0000001, "0"),
    ],
)
def test_changes_are_signed_and_what_rounds_to_nothing_is_a_bare_zero(key: str, number: float, text: str) -> None:
    assert change_text(key, number) == text


def test_the_key_of_a_column_says_what_it_tells() -> None:
    assert CONNECTIONS.change_form_of("percent.rtt_micro_seconds") is ChangeForm.PERCENT
    assert CONNECTIONS.change_form_of("change.rtt_micro_seconds") is ChangeForm.CHANGE
    assert (
        CONNECTIONS.change_form_of("rtt_micro_seconds")
        is CONNECTIONS.change_form_of("change.my_tag")
        is CONNECTIONS.change_form_of("alone.tcp_rto")
        is None
    )


def test_one_answer_alone_knows_no_change() -> None:
    assert all(change.metric.value((None,) * 17, 900) is None for change in changes(CONNECTIONS).values())
    assert {change.of.key for change in changes(CONNECTIONS).values()} == CONNECTIONS.metrics.keys()
