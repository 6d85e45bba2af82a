"""Test an exploration that compares two answers: its rows, columns and cells, and how the comparison is ended."""

import csv
import io
import json

import pytest

from cnm_tui.core.compare.change_words import comparison_sentence, off_sentence
from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import RateLimited
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import empty_answer, sort_sentence, status_remarks
from cnm_tui.core.export.copy_forms import note_lines
from cnm_tui.core.export.rows import export
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.metrics.metric import ChangeForm
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement, Table
from cnm_tui.core.time.time_range import Ago, TimeRange, Window
from cnm_tui.core.views.arrangement_text import deciding
from tests.builders import MOMENT, a_connection, a_snapshot

BY_TEAM = Query(group_bys=("client_team", "server_team"))
HOUR = Query(time_range=TimeRange(Ago(3_600)))
YESTERDAY = Window(MOMENT - 87_300, MOMENT - 86_400)
AN_HOUR = Window(MOMENT - 7_200, MOMENT - 3_600)

NOW = (
    a_connection("steady", bytes_sent_by_client=9_000, rtt_micro_seconds=20_000),
    a_connection("slower", bytes_sent_by_client=8_000, rtt_micro_seconds=60_000),
    a_connection("faster", bytes_sent_by_client=7_000, rtt_micro_seconds=5_000),
    a_connection("new", bytes_sent_by_client=6_000, rtt_micro_seconds=5_000),
)
BEFORE = (
    a_connection("steady", bytes_sent_by_client=9_000, rtt_micro_seconds=20_000),
    a_connection("slower", bytes_sent_by_client=4_000, rtt_micro_seconds=20_000),
    a_connection("faster", bytes_sent_by_client=7_000, rtt_micro_seconds=20_000),
    a_connection("gone", bytes_sent_by_client=5_000, rtt_micro_seconds=30_000),
)


def baseline(*rows: Connection, window: Window = YESTERDAY) -> Snapshot:
    return a_snapshot(*(rows or BEFORE), window=window)


def comparing(*, window: Window = YESTERDAY, arrangement: Arrangement | None = None) -> Exploration:
    shown = Exploration(Query(), arrangement or Arrangement()).received(a_snapshot(*NOW))
    return shown.comparing_with(baseline(window=window))


def table_of(exploration: Exploration) -> Table:
    assert exploration.table is not None
    return exploration.table


def ids(exploration: Exploration) -> list[str]:
    table = table_of(exploration)
    return [table.connection(row).id for row in range(len(table))]


def cells(exploration: Exploration, key: str) -> dict[str, tuple[str, str]]:
    table = table_of(exploration)
    column = next(column for column in table.columns if column.key == key)
    found = {}
    for row in range(len(table)):
        (cell,) = table.cells(row, [column])
        found[table.connection(row).id] = (cell.text.strip(), cell.kind)
    return found


def test_what_is_gone_stands_in_rows_of_its_own_behind_what_is_here() -> None:
    table = table_of(comparing())

    assert ids(comparing()) == ["steady", "slower", "faster", "new", "gone"]
    assert [table.standing(row) for row in range(5)] == ["", "worse", "better", "new", "gone"]
    assert table.row_of("gone") == 4


def test_the_figures_of_what_is_gone_are_those_it_had_and_told_as_gone() -> None:
    assert cells(comparing(), "rtt_micro_seconds")["gone"] == ("30.0 ms", "gone")
    assert cells(comparing(), "client_service")["gone"] == ("web", "gone")
    assert cells(comparing(), "percent.rtt_micro_seconds")["gone"] == ("gone", "gone")


def test_each_figure_has_its_change_beside_it() -> None:
    keys = [column.key for column in table_of(comparing()).columns]

    assert keys[2:6] == ["judged_by", "finding", "total_bytes", "percent.total_bytes"]
    assert keys[6:8] == ["retransmit_share", "percent.retransmit_share"]
    assert cells(comparing(), "percent.rtt_micro_seconds") == {
        "steady": ("0", "zero"),
        "slower": ("+200%", "worse"),
        "faster": ("-75%", "better"),
        "new": ("new", "new"),
        "gone": ("gone", "gone"),
    }
    assert cells(comparing(), "percent.total_bytes")["slower"] == ("+100%", "")


def test_a_group_by_that_is_called_as_a_column_of_comparisons_shows_its_values() -> None:
    query = Query(group_bys=("judged_by",))
    row = a_connection("row", groups=(("web",),))
    now, before = a_snapshot(row, query=query), a_snapshot(row, query=query, window=YESTERDAY)

    exploration = Exploration(query).received(now).comparing_with(before)

    assert cells(exploration, "group_bys.judged_by")["row"][0] == "web"


def test_changes_are_told_in_figures_alone_or_not_at_all() -> None:
    shown = comparing()

    in_figures = shown.with_change_form(ChangeForm.CHANGE)
    alone = shown.with_change_form(ChangeForm.ALONE)
    untold = shown.with_change_form(ChangeForm.UNTOLD)

    assert cells(in_figures, "change.rtt_micro_seconds")["slower"] == ("+40.0 ms", "worse")
    assert cells(in_figures, "change.total_bytes")["slower"] == ("+4.0 kB", "")
    assert [column.key for column in table_of(alone).columns][4:6] == [
        "percent.total_bytes",
        "percent.retransmit_share",
    ]
    assert len(table_of(untold).columns) == 4 + len(CONNECTIONS.metrics)
    assert ids(untold) == ids(shown)


def test_rows_sort_by_change_and_those_without_one_stand_last() -> None:
    by_change = comparing().sorted_by("percent.rtt_micro_seconds")

    assert ids(by_change) == ["slower", "steady", "faster", "new", "gone"]
    assert ids(by_change.flipped()) == ["faster", "steady", "slower", "new", "gone"]
    assert sort_sentence(by_change) == "Sorted by ΔRTT ▾, TOTAL ▾2. S flips; = one only."


def test_a_figure_that_was_zero_changed_by_more_than_any_percentage() -> None:
    rows = [a_connection("from zero", tcp_resets=1), a_connection("tenfold", tcp_resets=10)]
    shown = Exploration(Query()).received(a_snapshot(*rows))
    before = baseline(a_connection("from zero"), a_connection("tenfold", tcp_resets=1))

    by_change = shown.comparing_with(before).sorted_by("percent.tcp_resets")

    assert ids(by_change) == ["from zero", "tenfold"]
    assert cells(by_change, "percent.tcp_resets")["from zero"] == ("from 0", "thin")


def test_what_is_sorted_by_changes_stays_so_in_another_form() -> None:
    by_change = comparing().sorted_by("percent.rtt_micro_seconds").with_change_form(ChangeForm.CHANGE)

    assert by_change.arrangement.sort[0] == SortKey("change.rtt_micro_seconds", descending=True, worst=True)
    assert ids(by_change) == ["slower", "steady", "faster", "new", "gone"]


@pytest.mark.parametrize(
    ("typed", "matching"),
    [
        ("new", ["new"]),
        ("gone", ["gone"]),
        ("worse", ["slower"]),
        ("better", ["faster"]),
        ("!gone", ["steady", "slower", "faster", "new"]),
        ("Δrtt>20%", ["slower"]),
        ("d:rtt>20%", ["slower"]),
        ("change.rtt>20%", ["slower"]),
        ("Δrtt<=-15ms", ["faster"]),
        ("Δ rtt >= 40 ms", ["slower"]),
        ("Δtotal=0", ["steady", "faster"]),
        ("Δbytes>3kB worse", ["slower"]),
        ('"gone"', ["gone"]),
        ("rtt>25ms", ["slower"]),
    ],
)
def test_the_filter_reads_what_a_comparison_tells(typed: str, matching: list[str]) -> None:
    assert ids(comparing().filtered(parsed_filter(typed, CONNECTIONS))) == matching


def test_the_totals_of_rows_that_are_left_have_their_change() -> None:
    everything, slower = comparing(), comparing().filtered(parsed_filter("slower", CONNECTIONS))

    change = table_of(everything.with_change_form(ChangeForm.CHANGE)).columns[5].metric
    assert change is not None
    assert table_of(everything).total(change) == 30_000 - 25_000
    assert table_of(slower).total(change) == 4_000


def test_the_status_says_with_what_and_how_many() -> None:
    assert status_remarks(comparing())[:6] == (
        "5 rows",
        "vs 02-28 09:45–10:00Z",
        "1 worse",
        "1 better",
        "1 new",
        "1 gone",
    )


def test_that_rows_may_be_missing_and_some_are_marked_is_said_before_how_they_changed() -> None:
    cut = Query(limit=len(NOW))
    shown = Exploration(cut).received(a_snapshot(*NOW, query=cut)).comparing_with(a_snapshot(*BEFORE, query=cut))

    remarks = status_remarks(shown.toggled_mark("slower"))

    assert remarks[1:3] == ("cut at the limit", "1 marked")
    assert remarks.index("1 worse") > 2


def test_the_status_says_that_windows_of_different_lengths_are_compared_as_rates() -> None:
    remarks = status_remarks(comparing(window=AN_HOUR))

    assert remarks[1:3] == ("vs 03-01 08:00–09:00Z", "as rates (15m vs 1h)")


def test_of_answers_about_one_window_the_moment_of_the_earlier_is_told() -> None:
    shown = Exploration(Query()).received(a_snapshot(*NOW))

    refreshed = shown.comparing_with(a_snapshot(*BEFORE, fetched_at=MOMENT - 60))

    assert status_remarks(refreshed)[1] == "vs answer of 09:59:00Z"
    assert refreshed.snapshot is not None
    assert comparison_sentence(refreshed.snapshot) == "Compared with the answer of 09:59:00Z about the same window."


def test_a_refresh_is_compared_with_the_same_answer() -> None:
    shown = comparing()

    later = shown.received(a_snapshot(a_connection("slower", rtt_micro_seconds=90_000), fetched_at=MOMENT + 60))

    assert later.baseline is shown.baseline
    assert cells(later, "percent.rtt_micro_seconds")["slower"] == ("+350%", "worse")
    assert sorted(ids(later)) == ["faster", "gone", "slower", "steady"]


def test_another_window_of_the_question_is_compared_with_the_same_answer() -> None:
    wider = comparing().asking(HOUR).received(a_snapshot(*NOW, query=HOUR, window=Window(MOMENT - 3_600, MOMENT)))

    assert wider.baseline is not None
    assert "as rates (1h vs 15m)" in status_remarks(wider)


def test_a_question_with_other_rows_ends_the_comparison_and_the_sort_by_it() -> None:
    by_change = comparing().sorted_by("percent.rtt_micro_seconds")

    by_team = by_change.asking(BY_TEAM).received(a_snapshot(*NOW, query=BY_TEAM))

    assert by_team.baseline is None
    assert [key.column for key in by_team.arrangement.sort] == ["total_bytes"]
    assert by_team.back().baseline is by_change.baseline
    assert by_team.back().arrangement.deciding == "percent.rtt_micro_seconds"


def test_an_answer_to_another_question_is_not_compared_with() -> None:
    shown = Exploration(Query()).received(a_snapshot(*NOW))

    assert shown.comparing_with(a_snapshot(query=BY_TEAM)) is shown
    assert Exploration(Query()).comparing_with(baseline()).baseline is None


def test_comparing_no_more_shows_the_answer_as_it_was() -> None:
    alone = comparing().sorted_only_by("percent.rtt_micro_seconds").without_comparison()

    assert ids(alone) == ["steady", "slower", "faster", "new"]
    assert alone.baseline is None
    assert alone.arrangement.sort == Arrangement().sort
    assert len(table_of(alone).columns) == 3 + len(CONNECTIONS.metrics)


def test_what_was_new_since_the_last_refresh_is_known_again_afterwards() -> None:
    refreshed = Exploration(Query()).received(a_snapshot(*NOW[1:])).received(a_snapshot(*NOW))

    again = refreshed.comparing_with(baseline()).without_comparison()

    assert [table_of(again).is_new(row) for row in range(4)] == [True, False, False, False]


def test_refreshes_are_at_hand_to_compare_with() -> None:
    first = Exploration(Query()).received(a_snapshot(*BEFORE, fetched_at=MOMENT - 60))

    second = first.received(a_snapshot(*NOW))

    assert second.recent_answers is not None
    assert [answer.fetched_at for answer in second.recent_answers.answers] == [MOMENT - 60]
    assert second.comparing_with(second.recent_answers.answers[0]).baseline is second.recent_answers.answers[0]


def test_an_answer_that_was_asked_for_to_compare_with_is_held_once_and_without_its_reply() -> None:
    shown = Exploration(Query()).received(a_snapshot(*NOW))

    compared_with = shown.comparing_with(baseline(a_connection("a", raw=b"a reply")), keep=True)

    assert compared_with.recent_answers is not None
    assert compared_with.baseline is compared_with.recent_answers.answers[-1]
    assert bytes(compared_with.baseline.connections[0].raw) == b"{}"


def test_an_answer_to_another_question_stays_on_the_trail_alone() -> None:
    assert comparing().asking(BY_TEAM).received(a_snapshot(query=BY_TEAM)).recent_answers is None


def test_columns_can_be_chosen_while_comparing() -> None:
    shown = comparing()

    assert [column.key for column in shown.all_columns][2:] == [column.key for column in shown.columns][2:]
    chosen = shown.with_columns(("tcp_resets",), ())

    assert [column.key for column in table_of(chosen).columns][3:] == ["tcp_resets", "percent.tcp_resets"]


def test_a_baseline_that_does_not_come_leaves_all_as_it_is_but_the_moment_to_ask_again() -> None:
    shown = Exploration(Query()).received(a_snapshot(*NOW))

    held_up = shown.background_failed(
        RateLimited("Too many calls.", retry_after_seconds=30), MOMENT, Budget(remaining=0)
    )

    assert (held_up.table, held_up.problem, held_up.fetching) == (shown.table, None, False)
    assert held_up.seconds_to_wait(MOMENT) == 30


def test_a_filter_for_changes_says_that_nothing_is_compared() -> None:
    shown = Exploration(Query()).received(a_snapshot(*NOW)).filtered(parsed_filter("Δrtt>20%", CONNECTIONS))

    assert empty_answer(shown, "FAKE").endswith("Nothing is compared; m compares.")
    assert "filter for changes, but nothing is compared (m)" in status_remarks(shown)
    assert "Nothing is compared" not in empty_answer(shown.comparing_with(baseline(*NOW)), "FAKE")


def test_without_a_comparison_its_words_are_words_like_others() -> None:
    shown = Exploration(Query()).received(a_snapshot(*NOW))

    assert ids(shown.filtered(parsed_filter("new", CONNECTIONS))) == ["new"]
    assert ids(shown.filtered(parsed_filter("worse", CONNECTIONS))) == []


def test_a_sort_by_changes_is_not_kept_for_another_sitting() -> None:
    sort = comparing().sorted_by("percent.rtt_micro_seconds").arrangement.sort

    assert [key.column for key in deciding(sort, Query())] == ["total_bytes"]


def test_where_changes_alone_ordered_the_rows_they_are_in_the_usual_order_in_another_sitting() -> None:
    by_change = comparing().sorted_only_by("percent.rtt_micro_seconds").arrangement

    assert deciding(by_change.sort, Query()) == Arrangement().sort
    assert deciding((), Query()) == ()


def exported(format_name: str) -> str:
    return b"".join(export(table_of(comparing()), format_name, source="FAKE")).decode()


def test_a_table_for_people_has_the_changes_as_they_are_seen() -> None:
    written = exported("markdown")
    heading, _, steady, slower, *_ = written[written.index("\n| ") + 1 :].splitlines()

    assert "ΔRTT" in heading
    assert "+200%" in slower
    assert [line.split("|")[-2].strip() for line in (heading, steady, slower)] == ["standing", "", "worse"]


@pytest.mark.parametrize(("format_name", "separator"), [("csv", ","), ("tsv", "\t")])
def test_separated_values_have_now_then_and_change_beside_each_other(format_name: str, separator: str) -> None:
    shown = comparing(arrangement=Arrangement(columns=("rtt_micro_seconds", "tcp_resets")))

    text = b"".join(export(table_of(shown), format_name, source="FAKE")).decode()

    heading, *rows = csv.reader(io.StringIO(text), delimiter=separator)
    assert heading[3:5] == ["standing", "judged_by"]
    assert heading[5:8] == ["rtt_micro_seconds", "before.rtt_micro_seconds", "change.rtt_micro_seconds"]
    assert heading[8:] == ["tcp_resets", "before.tcp_resets", "change.tcp_resets"]
    assert {row[2]: row[3:8] for row in rows} == {
        "steady": ["", "", "20000", "20000", "0"],
        "slower": ["worse", "rtt_micro_seconds", "60000", "20000", "40000"],
        "faster": ["better", "rtt_micro_seconds", "5000", "20000", "-15000"],
        "new": ["new", "", "5000", "", ""],
        "gone": ["gone", "", "", "30000", ""],
    }


def test_what_was_of_a_longer_window_is_written_for_as_long_a_one_as_now() -> None:
    text = b"".join(export(table_of(comparing(window=AN_HOUR)), "csv", source="FAKE")).decode()

    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert float(rows["slower"]["before.bytes_sent_by_client"]) == 1_000
    assert float(rows["slower"]["change.bytes_sent_by_client"]) == 7_000


def test_a_round_trip_that_was_never_measured_is_written_as_it_came_and_has_no_change() -> None:
    udp = a_connection("udp", rtt_micro_seconds=0)
    shown = Exploration(Query()).received(a_snapshot(udp)).comparing_with(baseline(udp))

    (row,) = csv.DictReader(io.StringIO(b"".join(export(table_of(shown), "csv", source="FAKE")).decode()))

    of_rtt = ("rtt_micro_seconds", "before.rtt_micro_seconds", "change.rtt_micro_seconds")
    assert [row[name] for name in of_rtt] == ["0", "0", ""]


def test_json_says_with_what_is_compared_and_what_is_absent() -> None:
    document = json.loads(exported("json"))

    slower, *_, gone = document["connections"][1:]
    assert document["compared_with"]["window"]["from"] == "2026-02-28T09:45:00Z"
    of_rtt = ("standing", "judged_by", "rtt_micro_seconds", "before.rtt_micro_seconds", "change.rtt_micro_seconds")
    assert [slower[name] for name in of_rtt] == ["worse", ["rtt_micro_seconds"], 60_000, 20_000, 40_000]
    assert [gone[name] for name in of_rtt] == ["gone", [], None, 30_000, None]
    assert document["rows_of_the_answer"] == len(document["connections"]) - 1


RESETS_AND_TIMES = (
    a_connection("both", rtt_micro_seconds=60_000, tcp_resets=900, tcp_established_connections=9_000),
    a_connection("resets", rtt_micro_seconds=20_000, tcp_resets=900, tcp_established_connections=9_000),
    a_connection("calmer", rtt_micro_seconds=20_000, tcp_resets=100, tcp_established_connections=9_000),
    a_connection("busier", rtt_micro_seconds=20_000, tcp_resets=378, tcp_established_connections=11_160),
    a_connection("new", rtt_micro_seconds=20_000),
)


def judging() -> Exploration:
    before = [
        a_connection(name, rtt_micro_seconds=20_000, tcp_resets=300, tcp_established_connections=9_000)
        for name in ("both", "resets", "calmer", "busier")
    ]
    return Exploration(Query()).received(a_snapshot(*RESETS_AND_TIMES)).comparing_with(baseline(*before))


def test_a_column_says_by_which_figures_a_row_is_worse_or_better() -> None:
    assert cells(judging(), "judged_by") == {
        "both": ("RTT +200%", "by worse"),
        "resets": ("RESETS +200%", "by worse"),
        "calmer": ("RESETS -67%", "by better"),
        # Resets + 26 %, connections + 24 %.
        "busier": ("", ""),
        "new": ("", ""),
    }


def test_sorted_by_that_column_what_is_worse_in_most_stands_first() -> None:
    by_figures = judging().sorted_by("judged_by")

    assert ids(by_figures) == ["both", "resets", "busier", "calmer", "new"]
    assert sort_sentence(by_figures).startswith("Sorted by JUDGED BY ▾")
    assert [key.column for key in by_figures.without_comparison().arrangement.sort] == ["total_bytes"]


@pytest.mark.parametrize("form", ChangeForm)
def test_however_changes_are_told_it_is_said_by_which_figures(form: ChangeForm) -> None:
    assert [column.key for column in table_of(judging().with_change_form(form)).columns][2] == "judged_by"


def test_what_is_told_on_the_screen_is_told_in_markdown_and_by_the_filter() -> None:
    shown = judging()

    text = b"".join(export(table_of(shown), "markdown", source="FAKE")).decode()
    lines = [line for line in text.splitlines() if line.startswith("|")]

    assert [line for line in lines if "JUDGED BY" in line and "| standing |" in line]
    assert [line for line in lines if "RTT +200%" in line and line.endswith("| worse |")]
    assert ids(shown.filtered(parsed_filter("worse", CONNECTIONS))) == ["both", "resets"]
    assert ids(shown.filtered(parsed_filter("better", CONNECTIONS))) == ["calmer"]
    assert "2 worse" in status_remarks(shown)


def test_shares_of_connections_are_not_judged_where_those_may_be_rates() -> None:
    def row(resets: int) -> Connection:
        return a_connection("a", tcp_resets=resets, tcp_established_connections=100, packets_sent_by_client=10**8)

    # Four times as many in four times as long: nothing is worse, but against a rate it would look so.
    shown = Exploration(Query()).received(a_snapshot(row(500)))

    assert table_of(shown.comparing_with(baseline(row(100), window=AN_HOUR))).standing(0) == ""
    assert table_of(shown.comparing_with(baseline(row(100)))).standing(0) == "worse"


def test_sorted_by_the_change_of_a_share_pairs_with_few_packets_stand_last() -> None:
    def of(name: str, lost: int, packets: int) -> Connection:
        return a_connection(name, tcp_retransmits=lost, packets_sent_by_client=packets)

    shown = Exploration(Query()).received(a_snapshot(of("tiny", 90, 100), of("culprit", 9_000, 10**5)))
    compared = shown.comparing_with(baseline(of("tiny", 1, 100), of("culprit", 1_000, 10**5)))

    by_change = compared.sorted_by("percent.retransmit_share")

    assert ids(by_change) == ["culprit", "tiny"]
    assert cells(by_change, "percent.retransmit_share")["tiny"] == ("+8,900%", "thin")
    assert ids(by_change.toggled_weak_evidence_last()) == ["tiny", "culprit"]


def test_the_change_of_a_share_of_all_rows_leaves_out_those_in_which_a_part_is_absent() -> None:
    def of(name: str, lost: int | None) -> Connection:
        return a_connection(name, tcp_retransmits=lost, packets_sent_by_client=10**6)

    shown = Exploration(Query()).received(a_snapshot(of("a", 20_000), of("b", None)))

    total = table_of(shown.comparing_with(baseline(of("a", 10_000), of("b", None)))).snapshot.totals(None)

    assert (total["retransmit_share"], total["change.retransmit_share"]) == (0.02, 0.01)
    assert total["percent.retransmit_share"] == 1


LIVE = Window(MOMENT - 780, MOMENT + 120)
"""A live window of 15 minutes, which ends between two bucket edges."""


def compared_off_the_borders() -> Exploration:
    shown = Exploration(Query()).received(a_snapshot(*NOW, window=LIVE))
    return shown.comparing_with(baseline(window=YESTERDAY))


def test_windows_that_do_not_fit_the_buckets_are_said_to_be_off_wherever_they_are_compared() -> None:
    shown = compared_off_the_borders()
    table = table_of(shown)
    snapshot = table.snapshot

    markdown, note = (b"".join(export(table, "markdown", source="FAKE")).decode(), "\n".join(note_lines(table, "FAKE")))
    document = json.loads(b"".join(export(table, "json", source="FAKE")))

    off = "up to 5 minutes off (not both windows are on 5-minute boundaries)"
    assert "vs 02-28 09:45–10:00Z, up to 5 min off" in status_remarks(shown)
    assert off in comparison_sentence(snapshot)
    assert off in off_sentence(snapshot)
    assert off in markdown.replace("\\", "")
    assert off in note
    assert document["compared_with"]["up_to_a_bucket_off"] is True


@pytest.mark.parametrize(
    "shown",
    [comparing(), comparing(window=AN_HOUR), comparing(window=Window(MOMENT - 900, MOMENT)), Exploration(Query())],
    ids=["on borders", "as rates", "the same window", "not compared"],
)
def test_of_windows_that_fit_nothing_is_said(shown: Exploration) -> None:
    remarks = status_remarks(shown)

    assert not any(" off" in remark for remark in remarks)
    if shown.snapshot is not None:
        assert off_sentence(shown.snapshot) == ""
        assert " off" not in comparison_sentence(shown.snapshot)


def test_an_earlier_answer_about_the_same_live_window_is_not_off() -> None:
    shown = Exploration(Query()).received(a_snapshot(*NOW, window=LIVE))

    compared = shown.comparing_with(a_snapshot(*BEFORE, window=LIVE, fetched_at=MOMENT - 9))

    assert off_sentence(compared.table.snapshot if compared.table else a_snapshot()) == ""


def test_the_change_of_all_rows_leaves_out_what_is_absent_on_one_side_of_a_row() -> None:
    shown = Exploration(Query()).received(a_snapshot(a_connection("a", tcp_resets=5), a_connection("b", tcp_resets=70)))
    before = baseline(a_connection("a", tcp_resets=2), a_connection("b", tcp_resets=None))

    total = table_of(shown.comparing_with(before)).snapshot.totals(None)

    assert (total["tcp_resets"], total["change.tcp_resets"]) == (75, 3)


def test_sorted_by_the_percentage_of_a_count_what_is_within_noise_stands_last() -> None:
    def of(name: str, resets: int) -> Connection:
        return a_connection(name, tcp_resets=resets, tcp_established_connections=10_000)

    shown = Exploration(Query()).received(a_snapshot(of("from zero", 1), of("culprit", 900), of("same", 5)))

    by_change = shown.comparing_with(baseline(of("from zero", 0), of("culprit", 90), of("same", 5))).sorted_by(
        "percent.tcp_resets"
    )

    assert ids(by_change) == ["culprit", "same", "from zero"]
    assert ids(by_change.toggled_weak_evidence_last()) == ["from zero", "culprit", "same"]
    assert ids(by_change.sorted_only_by("change.tcp_resets")) == ["culprit", "from zero", "same"]
    assert "1 within noise last" in status_remarks(by_change)
