"""Test the statistics of a column, such as its median.

Also test the search for columns in which all rows have the same value.
"""

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.table.agreement import agreed_columns
from cnm_tui.core.table.spread import spread_of
from cnm_tui.core.table.table import Arrangement, Table, arrange
from tests.builders import a_connection, a_snapshot


def table(*rows: dict[str, int | None], text: str = "") -> Table:
    """Return a table with one row for each dictionary of counters. The rows are filtered by the filter text
    `text`.
    """
    made = (a_connection(f"{n}", ((f"web{n}",), ("store",)), **row) for n, row in enumerate(rows))  # type: ignore[arg-type]
    return arrange(a_snapshot(*made), Arrangement(row_filter=parsed_filter(text, CONNECTIONS)))


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ([5], "min 5 B · median 5 B · p95 5 B · max 5 B · sum 5 B"),
        ([1, 2, 3, 10], "min 1 B · median 2 B · p95 10 B · max 10 B · sum 16 B"),
        (range(1, 101), "min 1 B · median 50 B · p95 95 B · max 100 B · sum 5.0 kB"),
        (
            [7, None, 9],
            "min 7 B · median 8 B · p95 9 B · max 9 B · sum 16 B · of 2 of 3 rows, the others are not measured",
        ),
    ],
)
def test_the_spread_is_that_of_the_rows_with_a_value(sent: list[int | None], text: str) -> None:
    shown = table(*({"bytes_sent_by_client": one} for one in sent))

    spread = spread_of(shown, shown.snapshot.endpoint.metrics["bytes_sent_by_client"])

    assert spread is not None
    assert spread.text == text


def test_a_share_is_not_summed() -> None:
    lossy: dict[str, int | None] = {"packets_sent_by_client": 1_000, "tcp_retransmits": 10}
    shown = table(lossy, {"packets_sent_by_client": 9_000, "tcp_retransmits": 0})

    spread = spread_of(shown, shown.snapshot.endpoint.metrics["retransmit_share"])

    assert spread is not None
    assert spread.text.endswith("max 1.00 % · all together 0.10 %")


def test_the_filter_decides_which_rows_count_and_without_a_value_there_is_no_spread() -> None:
    shown = table({"bytes_sent_by_client": 5}, {"bytes_sent_by_client": None}, text="client_service=web1")

    assert spread_of(shown, shown.snapshot.endpoint.metrics["bytes_sent_by_client"]) is None


def test_columns_in_which_all_rows_agree_are_found_with_their_value() -> None:
    shown = table({"tcp_resets": 3, "tcp_refusals": 0}, {"tcp_resets": 3, "tcp_refusals": 1}, {"tcp_resets": 3})

    agreed = {one.column.key: one.text for one in agreed_columns(shown)}

    assert (agreed["server_service"], agreed["tcp_resets"], agreed["tcp_timeouts"]) == ("store", "3", "0")
    assert not {"client_service", "tcp_refusals"} & agreed.keys()


def test_absent_and_zero_do_not_agree() -> None:
    shown = table({"tcp_resets": None}, {"tcp_resets": 0})

    assert "tcp_resets" not in {one.column.key for one in agreed_columns(shown)}


def test_one_row_agrees_with_nothing() -> None:
    assert agreed_columns(table({})) == []
