"""Test that a comparison of two answers neither loses nor invents a row, and that the changes of the rows add
up.
"""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.compare.change_metrics import changes
from cnm_tui.core.compare.comparison import Compared, Pair, comparable, compared
from cnm_tui.core.connections import Connection, Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.metrics.metric import ChangeForm, Number
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Ago, TimeRange, Window
from tests.builders import MOMENT, a_connection, a_snapshot

RESETS = CONNECTIONS.metrics["tcp_resets"]
RTT = CONNECTIONS.metrics["rtt_micro_seconds"]
AN_HOUR = Window(MOMENT - 7_200, MOMENT - 3_600)
SUMMED = ("bytes_sent_by_client", "tcp_resets", "tcp_established_connections")

_FIGURES = st.none() | st.integers(0, 10**6)
_CONNECTIONS = st.builds(
    lambda name, sent, resets, rtt, established: a_connection(
        name,
        [(name,), ("store",)],
        bytes_sent_by_client=sent,
        tcp_resets=resets,
        rtt_micro_seconds=rtt,
        tcp_established_connections=established,
    ),
    st.sampled_from("abcdefgh"),
    *[_FIGURES] * 4,
)
_SNAPSHOTS = st.lists(_CONNECTIONS, max_size=10).map(lambda connections: a_snapshot(*connections))


def of(now: list[Connection], before: list[Connection], *, window: Window | None = None) -> Compared:
    return compared(a_snapshot(*now), a_snapshot(*before, window=window))


def standings(joined: Compared) -> dict[str, str]:
    return {row.id: joined.standing(position) for position, row in enumerate(joined.connections)}


def change(joined: Snapshot, key: str, form: ChangeForm = ChangeForm.CHANGE) -> list[Number | None]:
    return list(joined.figures(changes(CONNECTIONS)[form.key(key)].metric))


@given(now=_SNAPSHOTS, before=_SNAPSHOTS)
def test_no_row_is_lost_and_none_invented(now: Snapshot, before: Snapshot) -> None:
    joined = compared(now, before)

    here, there = (Counter(row.id for row in answer.connections) for answer in (now, before))
    assert Counter(row.id for row in joined.connections) == here | there
    assert list(joined.connections)[: len(now.connections)] == list(now.connections)
    counts = Counter(standings_of(joined))
    assert (counts["new"], counts["gone"]) == ((here - there).total(), (there - here).total())


def standings_of(joined: Compared) -> list[str]:
    return [joined.standing(position) for position in range(len(joined.connections))]


@given(now=_SNAPSHOTS, before=_SNAPSHOTS, key=st.sampled_from(SUMMED))
def test_the_sums_differ_by_the_changes_and_by_what_came_and_went(now: Snapshot, before: Snapshot, key: str) -> None:
    joined = compared(now, before)

    sums = [sum(figure or 0 for figure in answer.figures(CONNECTIONS.metrics[key])) for answer in (now, before)]
    # A value that only one answer has shows no change, but counts in full for the sum.
    pairs = [joined.pair(CONNECTIONS.metrics[key], position) for position in range(len(joined.connections))]
    one_sided = sum((pair.number or 0) - (pair.before or 0) for pair in pairs if pair.change is None)
    assert sums[0] - sums[1] == sum(figure or 0 for figure in change(joined, key)) + one_sided


@given(snapshot=_SNAPSHOTS)
def test_joined_with_itself_nothing_has_changed(snapshot: Snapshot) -> None:
    joined = compared(snapshot, snapshot)

    assert joined.connections == snapshot.connections
    assert set(standings_of(joined)) <= {""}
    assert all(
        not figure for key in changes(CONNECTIONS) for figure in joined.figures(changes(CONNECTIONS)[key].metric)
    )


@given(one=_SNAPSHOTS, other=_SNAPSHOTS, key=st.sampled_from([*SUMMED, "rtt_micro_seconds"]))
def test_swapped_all_that_is_said_is_the_opposite(one: Snapshot, other: Snapshot, key: str) -> None:
    there, back = compared(one, other), compared(other, one)

    opposite = {"new": "gone", "gone": "new", "worse": "better", "better": "worse", "": ""}
    for row, standing in numbered(there).items():
        # Worse in one figure and better in another is worse, either way.
        assert numbered(back)[row] in (opposite[standing], *(["worse"] if standing == "worse" else []))
    changes = Counter(figure for figure in change(there, key) if figure is not None)
    assert changes == Counter(-figure for figure in change(back, key) if figure is not None)


def numbered(joined: Compared) -> dict[tuple[str, int], str]:
    """Return for each row how it changed in the comparison, for example `new`.

    The dictionary key is the id of the row and a number from 0, because several rows can have the same id.
    """
    seen = Counter[str]()
    told = {}
    for row, standing in zip(joined.connections, standings_of(joined), strict=True):
        told[row.id, seen[row.id]] = standing
        seen[row.id] += 1
    return told


@given(now=_SNAPSHOTS, before=_SNAPSHOTS)
def test_one_figure_looked_up_is_that_of_its_column(now: Snapshot, before: Snapshot) -> None:
    joined = compared(now, a_snapshot(*before.connections, window=AN_HOUR))

    for key, told in changes(CONNECTIONS).items():
        column = joined.figures(changes(CONNECTIONS)[key].metric)
        for position in range(len(joined.connections)):
            assert joined.pair(told.of, position).in_form(told.form) == column[position]


def test_a_row_that_was_absent_is_not_a_zero() -> None:
    joined = of([a_connection("new", tcp_resets=7)], [a_connection("gone", tcp_resets=5)])

    assert standings(joined) == {"new": "new", "gone": "gone"}
    assert change(joined, "tcp_resets") == [None, None]
    assert joined.pair(RESETS, 1) == Pair(None, 5)


def test_a_figure_that_was_zero_has_a_change_and_more_than_any_percentage() -> None:
    joined = of([a_connection("a", tcp_resets=7)], [a_connection("a", tcp_resets=0)])

    assert change(joined, "tcp_resets") == [7]
    assert change(joined, "tcp_resets", ChangeForm.PERCENT) == [math.inf]


def test_a_percentage_is_of_what_it_was() -> None:
    joined = of([a_connection("a", tcp_resets=30)], [a_connection("a", tcp_resets=40)])

    assert change(joined, "tcp_resets", ChangeForm.PERCENT) == [-0.25]


def test_a_round_trip_time_of_zero_was_not_measured() -> None:
    joined = of([a_connection("a", rtt_micro_seconds=9_000)], [a_connection("a", rtt_micro_seconds=0)])

    assert change(joined, "rtt_micro_seconds") == [None]
    assert standings(joined) == {"a": ""}


def test_more_trouble_is_worse_and_more_traffic_is_neither() -> None:
    before = [a_connection(name, rtt_micro_seconds=9_000, bytes_sent_by_client=5) for name in "abc"]
    now = [
        a_connection("a", rtt_micro_seconds=19_000, bytes_sent_by_client=5),
        a_connection("b", rtt_micro_seconds=4_000, bytes_sent_by_client=5),
        a_connection("c", rtt_micro_seconds=9_000, bytes_sent_by_client=5_000),
    ]

    assert standings(of(now, before)) == {"a": "worse", "b": "better", "c": ""}


def test_a_row_that_is_worse_in_one_figure_is_worse_whatever_the_others() -> None:
    before = [a_connection("a", rtt_micro_seconds=9_000, tcp_resets=500)]

    assert standings(of([a_connection("a", rtt_micro_seconds=19_000)], before)) == {"a": "worse"}


@pytest.mark.parametrize(("losses_now", "standing"), [(2_000, "better"), (10_000, "worse"), (20_000, "worse")])
def test_packets_that_are_marked_for_congestion_instead_of_lost_are_no_harm(losses_now: int, standing: str) -> None:
    lost = a_connection("a", packets_sent_by_client=10**6, tcp_retransmits=10_000, tcp_delivered_ce=0)
    marked = a_connection("a", packets_sent_by_client=10**6, tcp_retransmits=losses_now, tcp_delivered_ce=50_000)

    assert standings(of([marked], [lost])) == {"a": standing}


def test_a_share_of_few_packets_is_no_worse_for_one_loss_more() -> None:
    few = [a_connection("a", packets_sent_by_client=100, tcp_retransmits=losses) for losses in (3, 1)]
    many = [a_connection("a", packets_sent_by_client=10**6, tcp_retransmits=losses) for losses in (30_000, 10_000)]

    def verdict(joined: Compared) -> str:
        return joined.verdict(share, 0)

    share = CONNECTIONS.metrics["retransmit_share"]
    assert verdict(of(few[:1], few[1:])) == ""
    assert verdict(of(many[:1], many[1:])) == "worse"
    assert verdict(of(many[1:], many[:1])) == "better"


def test_a_count_is_no_worse_where_nobody_would_notice_it_among_the_packets() -> None:
    was, more, many = (
        a_connection("a", packets_sent_by_client=10**6, tcp_retransmits=losses) for losses in (1_000, 1_900, 2_100)
    )

    assert standings(of([more], [was])) == {"a": ""}
    assert standings(of([many], [was])) == {"a": "worse"}
    assert standings(of([was], [many])) == {"a": "better"}


def test_windows_of_different_lengths_are_compared_as_rates() -> None:
    # 15 minutes now, an hour before.
    now = [a_connection("a", tcp_resets=100, rtt_micro_seconds=5_000, tcp_established_connections=8)]
    before = [a_connection("a", tcp_resets=400, rtt_micro_seconds=5_000, tcp_established_connections=8)]

    joined = of(now, before, window=AN_HOUR)

    assert joined.as_rates
    assert change(joined, "tcp_resets") == [0]
    assert change(joined, "rtt_micro_seconds") == [0]
    assert joined.totals(None)["change.tcp_resets"] == 0


def test_what_adds_up_over_a_window_is_what_is_counted_in_it() -> None:
    steady = {"rtt_micro_seconds", "bytes_per_second", "retransmit_share"}

    assert {key for key, metric in CONNECTIONS.metrics.items() if not metric.accumulates} == steady


def test_throughput_is_that_of_each_window() -> None:
    now, before = a_connection("a", bytes_sent_by_client=900), a_connection("a", bytes_sent_by_client=7_200)

    assert change(of([now], [before], window=AN_HOUR), "bytes_per_second") == [1.0 - 2.0]


@pytest.mark.parametrize("cut", ["now", "before"])
def test_beyond_the_limit_of_an_answer_nothing_is_known_to_be_new_or_gone(cut: str) -> None:
    cut_at_one = Query(limit=1)
    now = a_snapshot(a_connection("came"), query=cut_at_one if cut == "now" else None)
    before = a_snapshot(a_connection("went"), query=cut_at_one if cut == "before" else None)

    told = standings(compared(now, before))

    assert told == ({"came": "new", "went": "unsure"} if cut == "now" else {"came": "unsure", "went": "gone"})


def test_rows_that_are_gone_do_not_make_an_answer_cut() -> None:
    query = Query(limit=2)

    assert not compared(a_snapshot(a_connection("a"), query=query), a_snapshot(a_connection("b"))).cut
    assert compared(a_snapshot(a_connection("a"), a_connection("b"), query=query), a_snapshot()).cut


def test_the_busiest_of_what_is_gone_stands_first_and_behind_what_is_here() -> None:
    quiet, busy = (a_connection(name, bytes_sent_by_server=sent) for name, sent in (("quiet", 1), ("busy", 9)))

    assert list(standings(of([a_connection("here")], [quiet, busy]))) == ["here", "busy", "quiet"]


def test_rows_are_joined_by_ids_as_they_were_sent() -> None:
    one = a_connection("ab", unclean=Exact("a\u200bb", (("web",), ("store",))), tcp_resets=1)
    other = a_connection("ab", unclean=Exact("ab\u200b", (("web",), ("store",))), tcp_resets=2)

    joined = of([one, other], [other, one])

    assert change(joined, "tcp_resets") == [0, 0]


def test_an_id_that_comes_twice_is_compared_twice_and_not_more() -> None:
    twice = [a_connection("a", tcp_resets=1), a_connection("a", tcp_resets=2)]

    joined = of(twice, [a_connection("a", tcp_resets=1)])

    assert [joined.standing(0), joined.standing(1)] == ["", "new"]
    assert change(joined, "tcp_resets") == [0, None]


def test_the_total_of_changes_is_that_of_all_rows_of_both_answers() -> None:
    now = [a_connection("both", tcp_resets=5), a_connection("new", tcp_resets=3)]
    before = [a_connection("both", tcp_resets=1), a_connection("gone", tcp_resets=10)]

    joined = of(now, before)

    assert joined.totals(None)["change.tcp_resets"] == 8 - 11
    assert joined.totals([0])["change.tcp_resets"] == 5 - 1
    assert joined.totals([2])["change.tcp_resets"] is None


def test_only_questions_with_the_same_rows_can_be_compared() -> None:
    hour = Query(time_range=TimeRange(Ago(3_600)), limit=7)

    assert comparable(Query(), hour)
    assert not comparable(Query(), Query(search="web"))
    assert not comparable(Query(), Query(group_bys=("client_team",)))


def test_comparing_a_comparison_compares_the_answer_alone() -> None:
    once = of([a_connection("a")], [a_connection("b")])

    twice = compared(once, a_snapshot(a_connection("a")))

    assert standings(twice) == {"a": ""}
    assert twice.answer is once.now


def test_an_answer_without_its_reply_has_the_same_figures() -> None:
    snapshot = a_snapshot(a_connection("a", tcp_resets=3, raw=b"a long reply"), unreadable=2)

    kept = snapshot.without_reply

    assert (kept.query, kept.window, kept.fetched_at, kept.unreadable) == (Query(), snapshot.window, MOMENT, 2)
    (row,) = kept.connections
    assert (row.id, row.counters, bytes(row.raw)) == ("a", snapshot.connections[0].counters, b"{}")


def test_every_metric_has_a_change_and_a_percentage() -> None:
    assert len(changes(CONNECTIONS)) == 2 * len(CONNECTIONS.metrics)
    assert len(CONNECTIONS.metrics) > len(CONNECTIONS.counted)


def test_a_round_trip_time_measured_on_one_side_alone_is_left_out_of_the_total_change() -> None:
    measured_twice = [a_connection("a", rtt_micro_seconds=9_000)]
    now = [*measured_twice, a_connection("b", rtt_micro_seconds=900_000)]
    before = [*measured_twice, a_connection("b", rtt_micro_seconds=0, packets_sent_by_client=1_000)]

    joined = of(now, before)

    assert joined.totals(None)[changes(CONNECTIONS)[ChangeForm.CHANGE.key("rtt_micro_seconds")].metric.key] == 0
    assert joined.totals(None)["rtt_micro_seconds"] == 454_500
