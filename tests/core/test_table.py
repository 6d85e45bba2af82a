"""Test that a table shows an answer in the chosen order, and marks what changed since the previous answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.query import Query
from cnm_tui.core.table.columns import NARROWEST_GROUP, WIDEST_GROUP, Column
from cnm_tui.core.table.sorting import SortKey, first_sort_of, parsed_sort, sort_arrows
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT, a_connection, a_snapshot


def sorted_by(sort: str, *connections: Connection) -> list[str]:
    table = arrange(a_snapshot(*connections), Arrangement(parsed_sort(sort, Query().group_bys, CONNECTIONS)))
    return [table.connection(row).id for row in range(len(table))]


def column_of(table: Table, key: str) -> Column:
    return next(column for column in table.columns if column.key == key)


def kind_of(table: Table, key: str) -> str:
    return table.cells(0, [column_of(table, key)])[0].kind


def total(key: str, *connections: Connection) -> Number | None:
    return arrange(a_snapshot(*connections), Arrangement()).total(CONNECTIONS.metrics[key])


def test_sizes_sort_as_numbers_not_as_text() -> None:
    small = a_connection("small", bytes_sent_by_client=9_000)
    large = a_connection("large", bytes_sent_by_client=10_000)

    assert sorted_by("bytes_sent_by_client", small, large) == ["large", "small"]
    assert sorted_by("bytes_sent_by_client:asc", large, small) == ["small", "large"]


def test_derived_figures_sort_by_what_they_are_and_not_by_what_they_come_from() -> None:
    lossy = a_connection("lossy", tcp_retransmits=1, packets_sent_by_client=2)
    busy = a_connection("busy", tcp_retransmits=10, packets_sent_by_client=1_000)

    assert sorted_by("retransmit_share", busy, lossy) == ["lossy", "busy"]


def test_names_sort_from_a_to_z_whatever_their_case() -> None:
    names = [a_connection(name, [(name,), ("store",)]) for name in ("beta", "Alpha", "gamma")]

    assert sorted_by("client_service", *names) == ["Alpha", "beta", "gamma"]
    assert sorted_by("client_service:desc", *names) == ["gamma", "beta", "Alpha"]


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("unresolved", [(), ("",), ("N/A",), ("NA",)])
def test_unresolved_ends_stand_last_in_both_directions(direction: str, unresolved: tuple[str, ...]) -> None:
    nobody = a_connection("nobody", [unresolved, ("store",)])
    web = a_connection("web", [("web",), ("store",)])

    assert sorted_by(f"client_service:{direction}", nobody, web) == ["web", "nobody"]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_absent_figures_stand_last_in_both_directions_even_behind_zero(direction: str) -> None:
    absent = a_connection("absent", tcp_resets=None)
    zero = a_connection("zero", tcp_resets=0)

    assert sorted_by(f"tcp_resets:{direction}", absent, zero) == ["zero", "absent"]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_ties_keep_the_order_of_the_endpoint(direction: str) -> None:
    assert sorted_by(f"tcp_resets:{direction}", *map(a_connection, "bca")) == ["b", "c", "a"]


def test_where_the_first_key_ties_the_second_decides_and_then_the_third() -> None:
    first = a_connection("first", [("a",), ("x",)], tcp_resets=1, tcp_timeouts=2)
    second = a_connection("second", [("b",), ("x",)], tcp_resets=1, tcp_timeouts=2)
    third = a_connection("third", [("a",), ("x",)], tcp_resets=1, tcp_timeouts=1)
    fourth = a_connection("fourth", [("a",), ("x",)], tcp_resets=0, tcp_timeouts=9)

    order = sorted_by("tcp_resets, tcp_timeouts:desc, client_service", fourth, third, second, first)

    assert order == ["first", "second", "third", "fourth"]


def test_a_key_that_the_snapshot_does_not_have_changes_nothing() -> None:
    snapshot = a_snapshot(a_connection("b"), a_connection("a"))

    table = arrange(snapshot, Arrangement((SortKey("server_team", descending=False),)))

    assert list(table.order) == [0, 1]


_FIGURES = st.none() | st.integers(0, 3)


@given(
    figures=st.lists(st.tuples(_FIGURES, _FIGURES), max_size=12),
    sort=st.lists(
        st.builds(SortKey, st.sampled_from(["rtt_micro_seconds", "tcp_resets", "total_bytes"]), st.booleans()),
        max_size=3,
    ),
)
def test_each_row_stands_once_and_in_order_with_its_neighbour(
    figures: list[tuple[int | None, int | None]], sort: list[SortKey]
) -> None:
    connections = [a_connection(str(n), rtt_micro_seconds=a, tcp_resets=b) for n, (a, b) in enumerate(figures)]

    table = arrange(a_snapshot(*connections), Arrangement(tuple(sort)))

    ranks = [(*(_rank(table, row, key) for key in sort), table.order[row]) for row in range(len(table))]
    assert sorted(table.order) == list(range(len(figures)))
    assert ranks == sorted(ranks)


def _rank(table: Table, row: int, key: SortKey) -> tuple[bool, Number]:
    metric = CONNECTIONS.metrics[key.column]
    (number,) = metric.measured([metric.value(table.connection(row).counters, 900)])
    return (number is None, 0 if number is None else -number if key.descending else number)


def test_figures_sort_the_largest_first_and_names_from_a_to_z_unless_told() -> None:
    assert first_sort_of("tcp_resets", CONNECTIONS) == SortKey("tcp_resets", descending=True)
    assert first_sort_of("client_service", CONNECTIONS) == SortKey("client_service", descending=False)


@pytest.mark.parametrize(
    ("text", "column", "descending"),
    [
        ("tcp_resets", "tcp_resets", True),
        (" tcp_resets:asc ", "tcp_resets", False),
        ("server_availability-zone", "server_availability-zone", False),
        ("network.server.ip:desc", "network.server.ip", True),
        ("a:b", "a:b", False),
        ("a:b:desc", "a:b", True),
        ("odd:desc", "odd:desc", False),
        ("odd:desc:desc", "odd:desc", True),
    ],
)
def test_a_sort_is_read_with_names_of_any_spelling(text: str, column: str, descending: bool) -> None:
    group_bys = ("server_availability-zone", "network.server.ip", "a:b", "odd:desc")

    assert parsed_sort(text, group_bys, CONNECTIONS) == (SortKey(column, descending),)


@pytest.mark.parametrize("text", ["", "packets", "tcp_resets:up", ":desc", "tcp_resets,", "client_team", "\x1b[0m"])
def test_a_column_that_is_none_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is no column to sort by") as refused:
        parsed_sort(text, ("client_service",), CONNECTIONS)

    assert refused.value.hint.startswith("Columns: client_service, total_bytes, ")
    assert refused.value.sentence.isprintable()


def test_a_row_is_found_by_its_id_the_first_where_it_is_repeated() -> None:
    table = arrange(
        a_snapshot(a_connection("twice"), a_connection("top", tcp_resets=5), a_connection("twice")),
        Arrangement((SortKey("tcp_resets", descending=True),)),
    )

    assert table.row_of("top") == 0
    assert table.row_of("twice") == 1
    assert table.row_of("nobody") is None


def test_a_refresh_says_what_is_new_changed_and_gone() -> None:
    before = arrange(a_snapshot(a_connection("kept", tcp_closed_connections=1), a_connection("gone")), Arrangement())

    after = arrange(
        a_snapshot(a_connection("kept", tcp_closed_connections=2), a_connection("new")), Arrangement(), after=before
    )

    assert [after.is_new(row) for row in range(2)] == [False, True]
    assert kind_of(after, "tcp_closed_connections") == "changed"
    assert kind_of(after, "tcp_established_connections") == "zero"
    assert after.gone == 1


def test_the_first_answer_has_nothing_new() -> None:
    table = arrange(a_snapshot(a_connection()), Arrangement())

    assert (table.is_new(0), table.gone, kind_of(table, "tcp_resets")) == (False, 0, "zero")


def test_a_figure_that_reads_the_same_did_not_change() -> None:
    before = arrange(a_snapshot(a_connection(bytes_sent_by_client=1_000_000)), Arrangement())

    after = arrange(a_snapshot(a_connection(bytes_sent_by_client=1_000_001)), Arrangement(), after=before)

    assert kind_of(after, "bytes_sent_by_client") == ""


def test_another_question_has_nothing_to_compare_with() -> None:
    before = arrange(a_snapshot(a_connection("old")), Arrangement())

    after = arrange(a_snapshot(a_connection("new"), query=Query(search="service:web")), Arrangement(), after=before)

    assert (after.previous, after.is_new(0), after.gone) == (None, False, 0)


def test_sorting_again_keeps_what_changed() -> None:
    before = arrange(a_snapshot(a_connection("gone")), Arrangement())
    refreshed = arrange(a_snapshot(a_connection("new")), Arrangement(), after=before)

    again = arrange(refreshed.snapshot, Arrangement((SortKey("tcp_resets", True),)), after=refreshed)

    assert (again.is_new(0), again.gone) == (True, 1)
    assert again.columns == refreshed.columns


@pytest.mark.parametrize("length", [0, 1, 20, 1_000])
@pytest.mark.parametrize("character", ["x", "東"])
def test_a_group_column_is_neither_too_narrow_nor_too_wide(length: int, character: str) -> None:
    table = arrange(a_snapshot(a_connection(groups=[(character * length,), ("s",)])), Arrangement())

    assert NARROWEST_GROUP <= column_of(table, "client_service").width <= WIDEST_GROUP


def test_columns_never_shrink_from_one_refresh_to_the_next() -> None:
    wide = arrange(a_snapshot(a_connection(groups=[("x" * 30,), ("s",)])), Arrangement())

    narrow = arrange(a_snapshot(a_connection(groups=[("x",), ("s",)])), Arrangement(), after=wide)
    wider = arrange(a_snapshot(a_connection(groups=[("x" * 40,), ("s",)])), Arrangement(), after=narrow)

    assert [column_of(table, "client_service").width for table in (wide, narrow, wider)] == [30, 30, 40]


def test_what_the_user_gave_a_column_does_not_add_up_from_one_refresh_to_the_next() -> None:
    wider = Arrangement(widths=(("client_service", 6),))
    table = arrange(a_snapshot(a_connection()), wider)
    own = column_of(table, "client_service").own_width

    for _ in range(3):
        table = arrange(a_snapshot(a_connection()), wider, after=table)

    assert column_of(table, "client_service").width == own + 6


def test_hidden_columns_come_back_in_their_own_widths() -> None:
    all_of_them = arrange(a_snapshot(a_connection(groups=[("x" * 30,), ("s",)])), Arrangement())

    few = arrange(all_of_them.snapshot, Arrangement(columns=("tcp_resets",)), after=all_of_them)

    assert [column.key for column in few.columns] == ["client_service", "server_service", "tcp_resets"]
    assert arrange(few.snapshot, Arrangement(), after=few).columns == all_of_them.columns


def test_other_columns_leave_the_rows_as_they_were_worked_out() -> None:
    old = arrange(a_snapshot(a_connection("gone"), a_connection("stays", tcp_resets=20)), Arrangement())
    table = arrange(a_snapshot(a_connection("stays", tcp_resets=22), a_connection("new")), Arrangement(), after=old)

    other = arrange(table.snapshot, Arrangement(columns=("tcp_resets",)), after=table)

    assert other.order is table.order
    assert (other.gone, other.is_new(0), other.total(CONNECTIONS.metrics["tcp_resets"])) == (1, table.is_new(0), 22)
    assert [cell.kind for cell in other.cells(other.row_of("stays") or 0, other.columns)][-1] == "bad changed"
    assert column_of(table, "total_bytes") not in other.columns


def test_a_column_that_is_not_shown_can_decide_the_order() -> None:
    few = a_connection("few", tcp_resets=1)
    many = a_connection("many", tcp_resets=2)

    table = arrange(
        a_snapshot(few, many), Arrangement(parsed_sort("tcp_resets", (), CONNECTIONS), columns=("total_bytes",))
    )

    assert [table.connection(row).id for row in range(2)] == ["many", "few"]
    assert table.deciding is None
    assert table.total(CONNECTIONS.metrics["tcp_resets"]) == 3


def test_the_column_that_decides_is_told_by_its_place() -> None:
    table = arrange(
        a_snapshot(a_connection()), Arrangement(parsed_sort("tcp_resets", (), CONNECTIONS), columns=("tcp_resets",))
    )

    assert table.deciding == 2
    assert arrange(table.snapshot, Arrangement(sort=()), after=table).deciding is None


def test_each_sort_key_has_its_sign() -> None:
    sort = parsed_sort("tcp_resets, client_service, total_bytes:asc", Query().group_bys, CONNECTIONS)

    assert sort_arrows(sort, CONNECTIONS) == {"tcp_resets": "▾", "client_service": "▴2", "total_bytes": "▴3"}


@pytest.mark.parametrize("count", [0, 1, 10])
@pytest.mark.parametrize("rows", [0, 2])
def test_any_number_of_group_bys_and_rows_makes_a_table(count: int, rows: int) -> None:
    query = Query(group_bys=tuple(f"tag_{number}" for number in range(count)))
    connections = [a_connection(str(row), [("v",)] * count) for row in range(rows)]

    table = arrange(a_snapshot(*connections, query=query), Arrangement())

    assert len(table.columns) == count + len(CONNECTIONS.metrics)
    assert len([cell for row in range(rows) for cell in table.cells(row, table.columns)]) == rows * len(table.columns)
    assert table.total(CONNECTIONS.metrics["total_bytes"]) == (0 if rows else None)


def test_counts_are_summed_over_what_is_known() -> None:
    assert total("tcp_resets", a_connection("a", tcp_resets=1), a_connection("b", tcp_resets=None)) == 1


def test_round_trip_times_are_weighted_by_packets() -> None:
    quick = a_connection("quick", rtt_micro_seconds=100, packets_sent_by_client=3)
    slow = a_connection("slow", rtt_micro_seconds=500, packets_sent_by_client=1)
    unmeasured = a_connection("udp", rtt_micro_seconds=0, packets_sent_by_client=1_000)

    assert total("rtt_micro_seconds", quick, slow, unmeasured) == 200


def test_a_share_is_computed_from_the_sums() -> None:
    lossy = a_connection("lossy", tcp_retransmits=1, packets_sent_by_client=2)
    busy = a_connection("busy", tcp_retransmits=0, packets_sent_by_client=98)

    assert total("retransmit_share", lossy, busy) == 0.01


@pytest.mark.parametrize("key", CONNECTIONS.metrics)
def test_what_nobody_knows_has_no_total(key: str) -> None:
    assert total(key, a_connection()._replace(counters=(None,) * len(CONNECTIONS.counted_keys))) is None


def test_throughput_is_over_the_window_of_its_own_answer() -> None:
    snapshot = a_snapshot(a_connection(bytes_sent_by_client=600), window=Window(MOMENT - 60, MOMENT))

    assert arrange(snapshot, Arrangement()).total(CONNECTIONS.metrics["bytes_per_second"]) == 10


def test_the_largest_figure_of_the_deciding_column_fills_its_bar() -> None:
    table = arrange(
        a_snapshot(a_connection("a", bytes_sent_by_client=50), a_connection("b", bytes_sent_by_client=200)),
        Arrangement((SortKey("total_bytes", descending=False),)),
    )

    shares = [table.share_of_largest(row, column_of(table, "total_bytes")) for row in range(2)]

    assert shares == [0.25, 1.0]
    assert table.share_of_largest(0, column_of(table, "tcp_resets")) == 0


FIGURES = st.one_of(st.none(), st.integers(0, 9))
SORTS = st.lists(
    st.builds(SortKey, st.sampled_from(["total_bytes", "tcp_resets", "client_service"]), st.booleans()), max_size=3
)
FILTERS = st.sampled_from(["", "a", "b", "!a", "resets>3", "a b"])


@given(
    figures=st.lists(st.tuples(st.sampled_from("abc"), FIGURES, FIGURES), max_size=8),
    steps=st.lists(st.tuples(SORTS, FILTERS), min_size=1, max_size=5),
)
def test_however_it_came_about_an_arrangement_shows_the_same_rows_and_totals(
    figures: list[tuple[str, Number | None, Number | None]], steps: list[tuple[list[SortKey], str]]
) -> None:
    snapshot = a_snapshot(
        *(
            a_connection(str(number), ((name,), ("store",)), bytes_sent_by_client=sent, tcp_resets=resets)
            for number, (name, sent, resets) in enumerate(figures)
        )
    )
    table = arrange(snapshot, Arrangement())
    for sort, text in steps:
        arrangement = Arrangement(tuple(sort), RowFilter(text, CONNECTIONS))

        table = arrange(snapshot, arrangement, after=table)

        at_once = arrange(snapshot, arrangement)
        assert list(table.order) == list(at_once.order)
        assert [table.total(metric) for metric in CONNECTIONS.metrics.values()] == [
            at_once.total(metric) for metric in CONNECTIONS.metrics.values()
        ]


def test_some_rows_alone_are_a_table_in_their_order() -> None:
    first, second, third = (a_connection(str(number), bytes_sent_by_client=number) for number in (3, 2, 1))
    table = arrange(a_snapshot(first, second, third), Arrangement())
    table.prepare()

    some = table.only([2, 0])

    assert [some.connection(row) for row in range(len(some))] == [third, first]
    assert some.total(CONNECTIONS.metrics["total_bytes"]) == 4
    assert (some.row_of("1"), some.row_of("2"), some.row_of("3")) == (0, None, 1)
    assert (len(table), table.total(CONNECTIONS.metrics["total_bytes"])) == (3, 6)


def rtt_column(table: Table) -> Column:
    return next(column for column in table.shown_columns if column.key == "rtt_micro_seconds")


def test_the_unit_that_all_rows_share_is_in_the_heading() -> None:
    table = arrange(
        a_snapshot(a_connection("a", rtt_micro_seconds=120_260), a_connection("b", rtt_micro_seconds=965)),
        Arrangement(parsed_sort("rtt_micro_seconds", (), CONNECTIONS)),
    )

    rtt = rtt_column(table)

    assert rtt.label + rtt.told_unit == "RTT ms"
    assert [table.cells(row, [rtt])[0].text.strip() for row in (0, 1)] == ["120.3", "1.0"]


def test_a_refresh_does_not_take_decimals_away_again() -> None:
    fast, slow = (a_snapshot(a_connection(rtt_micro_seconds=rtt)) for rtt in (480, 1_000))

    refreshed = arrange(slow, Arrangement(), after=arrange(fast, Arrangement()))

    assert refreshed.cells(0, [rtt_column(refreshed)])[0].text.strip() == "1.00"


def test_other_columns_have_the_unit_in_their_heading_too() -> None:
    table = arrange(a_snapshot(a_connection(bytes_sent_by_client=1_200_000)), Arrangement())
    assert [
        column.label + column.told_unit for column in table.shown_columns if column.key == "bytes_sent_by_client"
    ] == ["SENT MB"]

    narrowed = arrange(
        table.snapshot, Arrangement(columns=("bytes_sent_by_client", "retransmit_share")), after=table
    ).shown_columns

    assert [column.label + column.told_unit for column in narrowed if column.metric is not None] == [
        "SENT MB",
        "RETRANS%",
    ]
