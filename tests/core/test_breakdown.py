"""Test the breakdown, which groups rows by the values of one column.

Every row must be counted once, and the filter of each group must find exactly the rows of the group.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.breakdown import Breakdown, broken_down
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.text import clean
from cnm_tui.core.units import bar
from tests.builders import a_connection, a_snapshot


def column(table: Table, key: str) -> Column:
    return next(column for column in table.columns if column.key == key)


def by(key: str, snapshot: Snapshot, typed: str = "") -> Breakdown:
    table = arrange(snapshot, Arrangement(row_filter=RowFilter(typed, CONNECTIONS)))
    return broken_down(table, column(table, key))


def figures(division: Breakdown, *, by_rows: bool = False) -> list[tuple[str, int, float]]:
    return [(part.text, part.rows, part.total_bytes) for part in division.ordered(by_rows=by_rows)]


SERVICES = a_snapshot(
    a_connection("1", (("web",), ("store",)), bytes_sent_by_client=5),
    a_connection("2", (("web",), ("mail",)), bytes_sent_by_client=1),
    a_connection("3", (("cron",), ("mail",)), bytes_sent_by_server=9),
    a_connection("4", ((), ("mail",)), bytes_sent_by_client=None, bytes_sent_by_server=None),
)


def test_each_value_has_its_rows_and_bytes_the_largest_first() -> None:
    division = by("client_service", SERVICES)

    assert figures(division) == [("cron", 1, 9), ("web", 2, 6), ("N/A", 1, 0)]
    assert figures(division, by_rows=True) == [("web", 2, 6), ("cron", 1, 9), ("N/A", 1, 0)]
    assert [division.share(part, by_rows=True) for part in division.ordered(by_rows=True)] == [0.5, 0.25, 0.25]
    assert [division.share(part, by_rows=False) for part in division.ordered(by_rows=False)] == [0.6, 0.4, 0.0]


def test_only_rows_that_the_filter_leaves_are_divided() -> None:
    assert figures(by("client_service", SERVICES, "mail")) == [("cron", 1, 9), ("web", 1, 1), ("N/A", 1, 0)]


def test_unresolved_ends_and_several_values_are_said_to_be_so() -> None:
    snapshot = a_snapshot(a_connection("1", (("a", "b"), ("x",))), a_connection("2", ((), ("x",))))

    remarks = {part.text: part.remark for part in by("client_service", snapshot).parts}

    assert remarks == {"a, b": "several values", "N/A": "unresolved"}


def test_a_value_that_is_also_one_of_several_has_the_rows_in_which_it_stands_alone() -> None:
    snapshot = a_snapshot(
        a_connection("1", (("a", "b"), ("x",))),
        a_connection("2", (("a",), ("x",))),
        a_connection("3", (("c",), ("x",))),
    )

    parts = by("client_service", snapshot).parts

    assert {part.condition: parsed_filter(part.condition, CONNECTIONS).positions(snapshot) for part in parts} == {
        'client_service="a, b"': [0],
        "client_service==a": [1],
        "client_service=c": [2],
    }


def test_without_bytes_there_are_no_shares_of_them() -> None:
    division = by("client_service", a_snapshot(a_connection()))

    assert division.share(division.parts[0], by_rows=False) is None


def rtts(*numbers: float | None) -> Snapshot:
    return a_snapshot(*(a_connection(str(at), rtt_micro_seconds=number) for at, number in enumerate(numbers)))


def texts(division: Breakdown) -> list[tuple[str, int]]:
    return [(part.text, part.rows) for part in division.ordered(by_rows=False)]


def test_figures_fall_into_ranges_by_powers_of_ten_in_their_order() -> None:
    division = by("rtt_micro_seconds", rtts(None, 0, 900, 1_000, 9_999, 10_000, 2_500_000))

    assert texts(division) == [
        ("0", 1),
        ("100 µs to <1 ms", 1),
        ("1 ms to <10 ms", 2),
        ("10 ms to <100 ms", 1),
        ("1 s to <10 s", 1),
        ("–", 1),
    ]


def test_figures_close_to_each_other_are_told_apart_by_finer_ranges() -> None:
    assert texts(by("rtt_micro_seconds", rtts(1_000, 1_999, 2_000, 7_000))) == [
        ("1 ms to <2 ms", 2),
        ("2 ms to <5 ms", 1),
        ("5 ms to <10 ms", 1),
    ]


@pytest.mark.parametrize(
    ("key", "counters", "text", "condition"),
    [
        ("total_bytes", {"bytes_sent_by_client": 1_500_000}, "1 MB to <2 MB", "total=1MB..<2MB"),
        ("bytes_per_second", {"bytes_sent_by_client": 900_000}, "1 kB/s to <2 kB/s", "rate=1kB/s..<2kB/s"),
        ("tcp_resets", {"tcp_resets": 12_345}, "10 k to <20 k", "resets=10k..<20k"),
        ("tcp_established_connections", {"tcp_established_connections": 3}, "2 to <5", "estab=2..<5"),
        (
            "retransmit_share",
            {"tcp_retransmits": 7, "packets_sent_by_client": 1_000},
            "0.5 % to <1 %",
            "retrans%=0.5%..<1%",
        ),
        (
            "retransmit_share",
            {"tcp_retransmits": 1, "packets_sent_by_client": 10**9},
            "0 to <0.001 %",
            "retrans%=0..<0.001%",
        ),
        ("tcp_resets", {"tcp_resets": 10**20}, "10000000 T and over", "resets>=10000000T"),
        ("tcp_resets", {"tcp_resets": -1}, "below 0", "resets<0"),
    ],
    ids=str,
)
def test_a_range_is_written_in_the_metric_s_own_units(
    key: str, counters: dict[str, Any], text: str, condition: str
) -> None:
    (part,) = by(key, a_snapshot(a_connection(**counters))).parts

    assert (part.text, part.condition) == (text, condition)


_NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**3), 10**20),
    st.floats(0, 1e20),
    st.integers(0, 20).map(lambda power: 10**power),
    st.integers(0, 30),
)


@given(
    rows=st.lists(
        st.tuples(st.lists(st.text(max_size=20).map(clean), max_size=2), _NUMBERS, _NUMBERS, _NUMBERS), max_size=12
    ),
    key=st.sampled_from(["client_service", *CONNECTIONS.metrics]),
)
def test_each_condition_finds_the_rows_of_its_part_and_no_row_is_lost(
    rows: list[tuple[list[str], float | None, float | None, float | None]], key: str
) -> None:
    snapshot = a_snapshot(
        *(
            a_connection(
                str(at),
                (tuple(names), ("x",)),
                **dict.fromkeys(CONNECTIONS.counted_keys[0:2], first),
                **dict.fromkeys(CONNECTIONS.counted_keys[3:], second),
                packets_sent_by_client=third,
            )
            for at, (names, first, second, third) in enumerate(rows)
        )
    )

    division = by(key, snapshot)

    found = [parsed_filter(part.condition, CONNECTIONS).positions(snapshot) or () for part in division.parts]
    assert list(map(len, found)) == [part.rows for part in division.parts]
    assert sorted(position for positions in found for position in positions) == list(range(len(rows)))


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, ""), (1.0, "████"), (0.5, "██"), (1 / 32, "▏"), (0.28, "█▏"), (1e-9, "▏"), (7.0, "████")]
)
def test_a_bar_is_drawn_to_an_eighth_of_a_column(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 40))
def test_a_larger_share_has_no_shorter_bar(one: float, other: float, columns: int) -> None:
    smaller, larger = (bar(share, columns) for share in sorted((one, other)))

    assert len(smaller) <= len(larger) <= columns
