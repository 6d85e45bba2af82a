"""Test the conditions of the row filter, for example a condition on the value of one tag."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.compare.change_metrics import changes
from cnm_tui.core.connections import Connection, Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.rows import export
from cnm_tui.core.filter.conditions import column_called, field_term
from cnm_tui.core.filter.reader import with_fields
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY
from cnm_tui.core.query import Query, column_key, column_keys, field_of
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.breakdown import broken_down
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.sorting import SortKey, first_sort_of, parsed_sort
from cnm_tui.core.table.table import Arrangement, Table, arrange
from cnm_tui.core.text import clean
from cnm_tui.core.units import MICRO_SECONDS
from cnm_tui.core.views.arrangement_text import parsed_columns
from cnm_tui.core.views.saved_view import SavedView, entry_of, view_of
from tests.builders import a_connection, a_snapshot
from tests.core.conftest import ids_matching
from tests.questions import all_is_seen


def pairs(*names: tuple[str, str]) -> Snapshot:
    """Return an answer with one connection for each pair of client and server name. The ids are 0, 1, 2 and so on."""
    return a_snapshot(*(a_connection(str(at), ((client,), (server,))) for at, (client, server) in enumerate(names)))


SNAPSHOT = pairs(("web", "store"), ("web-2", "web"), ("Web", "store"), ("two words", "store"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("client_service=web", ["0"]),
        ("client_service!=web", ["1", "2", "3"]),
        ("!client_service=web", ["1", "2", "3"]),
        ("server_service=web", ["1"]),
        ('client_service="two words"', ["3"]),
        ('"client_service"="web"', ["0"]),
        ("client_service=web rtt=0", ["0"]),
        ("server_service=store words", ["3"]),
        ("client_service=we", []),
    ],
)
def test_it_is_the_whole_value_of_that_field(text: str, found: list[str]) -> None:
    assert ids_matching(text, SNAPSHOT) == found


def test_an_unresolved_end_is_found_as_it_is_shown() -> None:
    snapshot = a_snapshot(a_connection("0", ((), ("store",))), a_connection("1", (("NA",), ("store",))))

    assert ids_matching("client_service=N/A", snapshot) == ["0", "1"]


SEVERAL = a_snapshot(
    a_connection("0", (("web", "api"), ("store",))),
    a_connection("1", (("api",), ("store",))),
    a_connection("2", (("api-2",), ("store",))),
    a_connection("3", ((), ("store",))),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("client_service=api", ["0", "1"]),
        ("client_service!=api", ["2", "3"]),
        ("!client_service=api", ["2", "3"]),
        ('client_service="web, api"', ["0"]),
        ("client_service==api", ["1"]),
        ("client_service!==api", ["0", "2", "3"]),
        ('client_service=="web, api"', ["0"]),
        ("client_service=N/A", ["3"]),
        ("/^api$/", ["0", "1"]),
        ("/^web, api$/", ["0"]),
        ("!/^api$/", ["2", "3"]),
    ],
)
def test_one_of_several_values_is_enough_unless_it_is_to_stand_alone(text: str, found: list[str]) -> None:
    assert ids_matching(text, SEVERAL) == found


def test_what_cannot_be_seen_is_found_as_it_is_shown() -> None:
    sent = "web\napi"
    snapshot = a_snapshot(
        a_connection("0", ((clean(sent),), ("store",)), unclean=Exact("0", ((sent,), ("store",)))), a_connection("1")
    )

    assert ids_matching("client_service=web⏎api", snapshot) == ["0"]
    assert ids_matching(f"client_service={sent}", snapshot) == ["0"]
    assert ids_matching("client_service!=web⏎api", snapshot) == ["1"]


@pytest.mark.parametrize("text", ["client_service=web", "client_service!=web", "client_service==web", "/web/"])
def test_without_rows_nothing_is_found(text: str) -> None:
    assert ids_matching(text, a_snapshot()) == []


def test_an_answer_without_the_field_has_no_row_with_a_value_of_it() -> None:
    assert ids_matching("client_team=web", SNAPSHOT) == []
    assert ids_matching("client_team!=web", SNAPSHOT) == ["0", "1", "2", "3"]


@pytest.mark.parametrize("text", ["client_service=", "client_service= web", 'client_service="web', 'client_x="a"b'])
def test_a_field_needs_a_value(text: str) -> None:
    with pytest.raises(InvalidQuery, match="needs a value"):
        parsed_filter(text, CONNECTIONS)


@pytest.mark.parametrize("text", ["bogus=1", "clientservice=web", "rtx=5ms"])
def test_a_misspelt_figure_is_still_none(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is no figure"):
        parsed_filter(text, CONNECTIONS)


_FIELDS = st.one_of(
    st.sampled_from(["client_service", "tls_version", "my_tag", 'a"b', "a\\", "rtt", "x=y", "!", "/a/"]),
    st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=","), min_size=1, max_size=12).filter(
        all_is_seen
    ),
)


@given(field=_FIELDS, value=st.text(max_size=60).map(clean).filter(bool), other=st.text(max_size=60).map(clean))
def test_a_term_finds_the_rows_of_its_value_and_no_others(field: str, value: str, other: str) -> None:
    def named(id: str, text: str) -> Connection:
        return a_connection(id, ((text,),))

    snapshot = a_snapshot(named("0", value), named("1", other), query=Query(group_bys=(field,)))
    text = snapshot.texts(0)[0]

    for alone in (False, True):
        found = ids_matching(field_term(field, text, CONNECTIONS.fields, alone=alone), snapshot)
        others = ids_matching(f"!{field_term(field, text, CONNECTIONS.fields, alone=alone)}", snapshot)

        assert found == (["0", "1"] if snapshot.texts(0)[1] == text else ["0"])
        assert sorted([*found, *others]) == ["0", "1"]


COLUMNS = [name for name, metric in CONNECTIONS.names.items() if metric.key in CONNECTIONS.metrics]


@pytest.mark.parametrize("name", COLUMNS)
def test_each_name_is_understood_by_sorts_columns_and_filters_alike(name: str) -> None:
    key = CONNECTIONS.names[name].key
    unit = "ms" if CONNECTIONS.names[name].scale is MICRO_SECONDS else ""

    assert parsed_columns(name.upper(), CONNECTIONS) == (key,)
    assert [(sort.column, sort.descending) for sort in parsed_sort(f"{name.upper()}:asc", (), CONNECTIONS)] == [
        (key, False)
    ]
    assert parsed_filter(f"{name.upper()}>0{unit}", CONNECTIONS).text


@pytest.mark.parametrize("name", ["PKTS SENT", "pkts-sent", "Pkts_Sent", " packets_sent ", "packets_sent_by_client"])
def test_case_and_blanks_do_not_matter(name: str) -> None:
    assert column_called(name, CONNECTIONS) == "packets_sent_by_client"


def test_two_names_of_one_column_are_the_same_column_twice() -> None:
    with pytest.raises(InvalidQuery, match="The column rtt_micro_seconds is there twice"):
        parsed_columns("RTT,rtt_micro_seconds", CONNECTIONS)


def test_a_group_by_goes_before_a_figure_of_the_same_name() -> None:
    (by_tag,), (by_figure,) = parsed_sort("rtt", ["rtt"], CONNECTIONS), parsed_sort("RTT", ["rtt"], CONNECTIONS)

    assert (by_tag.column, by_figure.column) == ("rtt", "rtt_micro_seconds")


@pytest.mark.parametrize("name", ["packets", "size", "", "r tt"])
def test_what_no_column_shows_is_refused(name: str) -> None:
    with pytest.raises(InvalidQuery, match="is no column of figures"):
        parsed_columns(f"rtt,{name}", CONNECTIONS)


FIELDS = ("total_bytes", "id", "client_service")
ROWS = (
    a_connection("1", [("b",), ("x",), ("web",)], bytes_sent_by_client=30),
    a_connection("2", [("a",), ("y",), ("web",)], bytes_sent_by_client=20),
    a_connection("3", [("c",), ("z",), ("web",)], bytes_sent_by_client=10),
)


def table(arrangement: Arrangement, fields: tuple[str, ...] = FIELDS) -> Table:
    return arrange(a_snapshot(*ROWS, query=Query(group_bys=fields)), arrangement)


def ids(shown: Table) -> list[str]:
    return [shown.connection_id(row) for row in range(len(shown))]


def column(shown: Table, key: str) -> Column:
    return next(column for column in shown.columns if column.key == key)


@pytest.mark.parametrize(
    "figure", [*CONNECTIONS.metrics, *changes(CONNECTIONS), JUDGED_BY_KEY, "group_bys.total_bytes"]
)
def test_no_field_has_the_key_of_a_figure_or_of_another_field(figure: str) -> None:
    fields = (figure, f"group_bys.{figure}", "client_service")

    assert len({figure, *column_keys(fields, CONNECTIONS)}) == 4
    assert [field_of(key, Query(fields)) for key in column_keys(fields, CONNECTIONS)] == list(fields)


def test_a_field_keeps_its_name_where_no_figure_has_it() -> None:
    assert column_keys(("client_service", "id", "bytes"), CONNECTIONS) == ("client_service", "id", "bytes")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("total_bytes:asc", ["3", "2", "1"]),
        ("total_bytes", ["1", "2", "3"]),
        ("group_bys.total_bytes", ["2", "1", "3"]),
        ("group_bys.total_bytes:desc", ["3", "1", "2"]),
        ("id:desc", ["3", "2", "1"]),
    ],
)
def test_rows_are_sorted_by_the_one_that_is_named(text: str, order: list[str]) -> None:
    assert ids(table(Arrangement(sort=parsed_sort(text, FIELDS, CONNECTIONS)))) == order


def test_a_field_called_as_a_change_is_sorted_by_its_values() -> None:
    fields = ("percent.tcp_resets", "id", "client_service")
    (key,) = parsed_sort("percent.tcp_resets", fields, CONNECTIONS)

    assert key == SortKey("group_bys.percent.tcp_resets", descending=False)
    assert ids(table(Arrangement(sort=(key,)), fields)) == ["2", "1", "3"]
    assert table(Arrangement(sort=(key,)).without_changes(CONNECTIONS), fields).sort == (key,)


def test_each_has_a_width_and_cells_of_its_own() -> None:
    key = column_key("total_bytes", CONNECTIONS)
    shown = table(Arrangement(widths=((key, 7), ("total_bytes", 3))))

    group, figure = column(shown, key), column(shown, "total_bytes")

    assert (group.widened, figure.widened, group.label) == (7, 3, "total_bytes")
    assert [cell.text.split() for cell in shown.cells(0, [group, figure])] == [["b"], ["30", "B"]]
    wider = arrange(shown.snapshot, Arrangement(widths=((key, 9),)), after=shown)
    assert column(wider, key).own_width == group.own_width


def test_a_filter_tells_the_field_in_quotes_from_the_figure() -> None:
    assert ids(table(Arrangement(row_filter=RowFilter('"total_bytes"=c', CONNECTIONS)))) == ["3"]
    assert ids(table(Arrangement(row_filter=RowFilter("total_bytes>15", CONNECTIONS)))) == ["1", "2"]


def test_rows_are_divided_by_the_values_of_the_field() -> None:
    shown = table(Arrangement())

    parts = broken_down(shown, column(shown, column_key("total_bytes", CONNECTIONS))).parts

    assert [(part.text, part.condition) for part in parts] == [(text, f'"total_bytes"={text}') for text in "bac"]


def test_a_saved_view_keeps_which_of_them_it_means() -> None:
    key = column_key("total_bytes", CONNECTIONS)
    sort = (first_sort_of(key, CONNECTIONS), first_sort_of("total_bytes", CONNECTIONS))
    view = SavedView("x", Query(group_bys=FIELDS), Arrangement(sort=sort, widths=((key, 2), ("total_bytes", 1))))

    assert view_of(entry_of(view)) == view
    assert entry_of(view)["sort"] == ["group_bys.total_bytes:asc", "total_bytes:desc"]


@pytest.mark.parametrize(
    ("columns", "headings"),
    [
        ((), ["group_bys.total_bytes", "group_bys.id", "client_service", "id", *CONNECTIONS.metrics]),
        (("tcp_resets",), ["total_bytes", "group_bys.id", "client_service", "id", "tcp_resets"]),
    ],
)
def test_the_headings_of_a_file_are_all_different(columns: tuple[str, ...], headings: list[str]) -> None:
    text = b"".join(export(table(Arrangement(columns=columns)), "csv", source="FAKE")).decode()

    written, first, *_ = csv.reader(io.StringIO(text))

    assert written == headings
    assert len(set(written)) == len(written)
    assert first[:4] == ["b", "x", "web", "1"]


TRAPS = a_snapshot(
    a_connection("1", [("kafka",), ("web",)], tcp_resets=9),
    a_connection("2", [("kafka",), ("brand",)], tcp_resets=1),
    a_connection("3", [("AND",), ("web",)]),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kafka AND web", ["1"]),
        ("kafka  AND  resets>5", ["1"]),
        ("kafka AND !web", ["2"]),
        ("kafka AND NOT web", ["2"]),
        ("NOT kafka", ["3"]),
        ("NOT NOT kafka", ["1", "2"]),
        ("!NOT kafka", ["1", "2"]),
        ("NOT client_service=kafka", ["3"]),
        ('"AND"', ["2", "3"]),
        ("and", ["2", "3"]),
        ("client_service=AND", ["3"]),
    ],
)
def test_operators_of_the_search_language_join_and_negate(text: str, found: list[str]) -> None:
    assert ids_matching(text, TRAPS) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("kafka OR web", "The filter has no OR"),
        ("OR", "The filter has no OR"),
        ("AND kafka", "AND needs a condition before and behind it"),
        ("kafka AND", "AND needs a condition before and behind it"),
        ("kafka AND AND web", "AND needs a condition before and behind it"),
        ("kafka NOT", "NOT needs a condition behind it"),
        ("web*", "no wildcard"),
        ("client_service=web*", "no wildcard"),
    ],
)
def test_what_the_filter_has_not_is_refused_with_what_it_has(text: str, why: str) -> None:
    with pytest.raises(InvalidQuery, match=why) as refused:
        parsed_filter(text, CONNECTIONS)

    assert '"' in refused.value.hint or "quotes" in refused.value.hint


def test_a_filter_with_operators_follows_to_the_other_end() -> None:
    text = "kafka AND NOT client_service=web AND resets>5"

    assert (
        with_fields(text, lambda _field: "server_service", CONNECTIONS)
        == "kafka AND NOT server_service=web AND resets>5"
    )


@pytest.mark.parametrize(
    "text", ["worse", "NEW", "!gone", "web better", "unsure", "Δrtt>20%", "d:rtt>5ms", "web AND worse"]
)
def test_a_filter_names_what_only_a_comparison_tells(text: str) -> None:
    assert parsed_filter(text, CONNECTIONS).change
    assert parsed_filter(f'web "{text}"', CONNECTIONS).change == ""


def test_a_share_of_a_count_is_told_by_the_name_of_the_share() -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_filter("retransmits>1%", CONNECTIONS)

    assert refused.value.hint.startswith("Write retransmits%>1 for the share of packets")
    assert parsed_filter("retransmits%>1", CONNECTIONS).text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rtt<5ms", ["fast"]),
        ("rtt=0us..<5ms", ["fast"]),
        ("rtt!=2ms", ["slow"]),
        ("rtt=none", ["udp", "absent"]),
        ("rtt=0", ["udp"]),
        ("rtt>0", ["fast", "slow"]),
    ],
)
def test_a_round_trip_time_that_was_not_measured_is_not_a_fast_one(text: str, found: list[str]) -> None:
    times = {"udp": 0, "fast": 2_000, "slow": 9_000, "absent": None}
    rows = a_snapshot(*(a_connection(name, rtt_micro_seconds=time) for name, time in times.items()))

    assert ids_matching(text, rows) == found
