"""Test the remarks in the status bar, which tell the user only what is unusual or important about the rows."""

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import QueryRefused, RateLimited, Unreachable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import (
    empty_answer,
    left_out_sentence,
    liveness_sentence,
    sort_sentence,
    status_remarks,
)
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.table.sorting import SortKey, first_sort_of, parsed_sort
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import Ago, TimeRange
from tests.builders import MOMENT, a_connection, a_snapshot

YESTERDAY = Query(time_range=TimeRange(Ago(90_000), Ago(86_400)))
ONE_ROW = Exploration(Query()).received(a_snapshot(a_connection("a")))


def test_before_the_first_answer_there_is_nothing_to_remark() -> None:
    assert status_remarks(Exploration(Query())) == ()


def test_an_ordinary_answer_is_remarked_by_its_rows() -> None:
    assert status_remarks(ONE_ROW) == ("1 row",)
    assert status_remarks(Exploration(Query()).received(a_snapshot())) == ("0 rows",)


def test_everything_unusual_is_remarked_the_most_important_first() -> None:
    query = Query(limit=3)
    snapshot = a_snapshot(
        a_connection("new"), query=query, unreadable=2, warning="Too early.", budget=Budget(limit=100, remaining=20)
    )
    exploration = Exploration(query).received(a_snapshot(a_connection("old"), query=query)).received(snapshot)

    remarks = status_remarks(exploration.toggled_mark("new").queued(Query()))

    assert remarks == (
        "1 row",
        "answer to the previous question",
        "cut at the limit",
        "2 rows could not be read",
        "1 marked",
        "1 gone",
        "Too early.",
        "only 20 requests left",
    )


@pytest.mark.parametrize(
    ("budget", "remarks"),
    [
        (Budget(limit=100), ()),
        (Budget(remaining=1), ("1 request left",)),
        (Budget(limit=100, remaining=21), ("21 requests left",)),
        (Budget(limit=100, remaining=21, reset_at=MOMENT + 9.2), ("21 requests left until 10:00:10Z",)),
        (Budget(limit=100, remaining=0), ("no requests left",)),
        (Budget(limit=100, remaining=0, reset_at=MOMENT + 9.2), ("no requests left until 10:00:10Z",)),
    ],
)
def test_requests_left_are_remarked_where_they_are_known(budget: Budget, remarks: tuple[str, ...]) -> None:
    assert status_remarks(Exploration(Query(), budget=budget)) == remarks


def test_what_orders_rows_is_remarked_only_where_no_heading_says_it() -> None:
    by_resets = ONE_ROW.sorted_by("tcp_resets")
    without_resets = by_resets.with_columns(("total_bytes",), ())

    assert status_remarks(by_resets) == ("1 row",)
    assert status_remarks(without_resets) == ("1 row", "sorted by RESETS ▾")
    assert status_remarks(without_resets.flipped()) == ("1 row", "sorted by RESETS ▴")
    assert status_remarks(without_resets.sorted_by("client_service")) == ("1 row", "ties by RESETS ▾2")
    assert status_remarks(without_resets.sorted_only_by("client_service")) == ("1 row",)


@pytest.mark.parametrize(
    ("sorted_by", "sentence"),
    [
        ("rtt_micro_seconds", "Sorted by RTT ▾ alone. S flips; s elsewhere keeps it for ties."),
        ("client_service:desc", "Sorted by client_service ▾ alone. S flips; s elsewhere keeps it for ties."),
        (
            "retransmit_share,rtt_micro_seconds",
            "Sorted by RETRANS% ▾, RTT ▾2. S flips; = one only.",
        ),
        (
            "tcp_resets,client_service,total_bytes:asc",
            "Sorted by RESETS ▾, client_service ▴2, TOTAL ▴3. S flips; = one only.",
        ),
    ],
)
def test_sorting_says_by_what_and_how_that_goes_on(sorted_by: str, sentence: str) -> None:
    exploration = Exploration(Query(), Arrangement(parsed_sort(sorted_by, Query().group_bys, CONNECTIONS)))

    assert sort_sentence(exploration) == sentence


@pytest.mark.parametrize("count", [1, 2, 3])
def test_sorting_by_any_figures_and_a_usual_group_by_is_said_on_one_line_of_80(count: int) -> None:
    figures = (
        sorted(CONNECTIONS.metrics, key=lambda key: len(CONNECTIONS.metrics[key].label))[1 - count :]
        if count > 1
        else []
    )
    exploration = Exploration(
        Query(), Arrangement(tuple(first_sort_of(key, CONNECTIONS) for key in ["client_service", *figures]))
    )

    assert len(sort_sentence(exploration)) <= 80 - 2


def test_rows_in_no_order_of_ours_are_said_to_be_in_the_services_own() -> None:
    assert sort_sentence(Exploration(Query(), Arrangement(sort=()))).startswith("In the order of the answer; s sorts")


def test_a_sort_by_what_is_named_oddly_is_told_safely_and_briefly() -> None:
    sentence = sort_sentence(Exploration(Query(), Arrangement((SortKey("tag\x1b" * 50, descending=False),))))

    assert "\x1b" not in sentence
    assert len(sentence) < 100


@pytest.mark.parametrize(
    ("exploration", "sentence"),
    [
        (Exploration(Query(), refresh_seconds=90), "Live: asks every 1 min 30 s."),
        (Exploration(Query(), paused=True), "Paused: the figures stay as they are; p resumes, r asks once."),
        (Exploration(Query(), refresh_seconds=None), "Started with --refresh off: r asks again."),
        (Exploration(Query(), problem=QueryRefused("No.")), "Stopped, since this question was refused; r asks again."),
        (
            Exploration(YESTERDAY),
            "The window does not end now, so there is nothing to refresh; r asks again.",
        ),
    ],
)
def test_pausing_says_what_it_did(exploration: Exploration, sentence: str) -> None:
    assert liveness_sentence(exploration) == sentence


def test_where_there_are_rows_nothing_stands_in_their_place() -> None:
    assert empty_answer(ONE_ROW, "DEMO") == ""


def test_while_the_first_answer_is_on_its_way_it_says_who_is_asked() -> None:
    assert empty_answer(Exploration(Query()), "datadoghq.eu") == "Starting …"
    assert empty_answer(Exploration(Query()).asking(Query()), "datadoghq.eu") == "Asking datadoghq.eu …"


def test_a_first_failure_stands_where_rows_would_with_what_to_do() -> None:
    problem = Unreachable("No answer from here.", hint="Check the network.")

    text = empty_answer(Exploration(Query()).failed(problem, MOMENT), "DEMO")

    assert text == "No answer from here.\n\nCheck the network.\n\nr asks again."


def test_a_first_question_that_is_refused_names_the_keys_that_change_it() -> None:
    problem = QueryRefused("DEMO would not answer: Invalid query.", hint="Change the query.")

    text = empty_answer(Exploration(Query()).failed(problem, MOMENT), "DEMO")

    assert text.splitlines()[-1] == "e edits the search, b groups by other fields. r asks again."


def test_a_first_failure_without_a_hint_leaves_no_hole() -> None:
    text = empty_answer(Exploration(Query()).failed(Unreachable("No answer from here."), MOMENT), "DEMO")

    assert text == "No answer from here.\n\nr asks again."


@pytest.mark.parametrize(
    ("exploration", "way_on"),
    [
        (Exploration(Query()), "It is asked again by itself; r asks as soon as that is allowed."),
        (Exploration(Query(), refresh_seconds=None), "r asks as soon as that is allowed."),
    ],
)
def test_too_many_calls_at_first_say_when_it_is_asked_again(exploration: Exploration, way_on: str) -> None:
    problem = RateLimited("Too many calls.", retry_after_seconds=26)

    assert empty_answer(exploration.failed(problem, MOMENT), "DEMO") == f"Too many calls.\n\n{way_on}"


def test_an_empty_answer_says_why_that_may_be() -> None:
    text = empty_answer(Exploration(Query()).received(a_snapshot()), "DEMO")

    assert text.splitlines()[0] == "No connections from 2026-03-01 09:45Z to 2026-03-01 10:00Z."
    assert "· Nothing happened in that time (last 15 min)" in text
    assert "· No Agent reports client_service, server_service" in text
    assert "Nothing matches" not in text
    assert "could not be read" not in text


@pytest.mark.parametrize("query", [Query(search="env:prod"), Query(tags=("env:prod",))])
def test_an_empty_answer_to_a_filter_names_the_filter_first(query: Query) -> None:
    text = empty_answer(Exploration(query).received(a_snapshot(query=query)), "DEMO")

    assert text.splitlines()[4] == "· Nothing matches env:prod: e edits the search."


def test_an_empty_answer_without_group_bys_blames_none() -> None:
    query = Query(group_bys=())

    assert "No Agent reports" not in empty_answer(Exploration(query).received(a_snapshot(query=query)), "DEMO")


def test_an_answer_of_unreadable_rows_says_that_some_came() -> None:
    text = empty_answer(Exploration(Query()).received(a_snapshot(unreadable=1)), "DEMO")

    assert text.endswith("· 1 row came, but could not be read.")


def test_an_endless_search_does_not_fill_the_page() -> None:
    query = Query(search="client_service:web OR " * 300 + "x")

    text = empty_answer(Exploration(query).received(a_snapshot(query=query)), "DEMO")

    assert max(map(len, text.splitlines())) < 120
    assert "· Nothing matches client_service:web OR" in text


def test_a_window_of_which_nothing_is_kept_is_the_first_reason() -> None:
    query = Query(search="env:prod", time_range=TimeRange(Ago(20 * 86_400), Ago(15 * 86_400)))
    snapshot = a_snapshot(query=query, window=query.time_range.window(MOMENT))

    text = empty_answer(Exploration(query).received(snapshot), "DEMO")

    assert text.splitlines()[4] == "· All of it is older than the 14 days that are kept: t takes a later one."


@pytest.mark.parametrize(
    ("unresolved", "resolved", "remark"),
    [
        (0, 100, None),
        (4, 96, "N/A: server 4 % of bytes"),
        (1, 999, "N/A: server <1 % of bytes"),
        (999, 1, "N/A: server 99 % of bytes"),
        (100, 0, "N/A: server 100 % of bytes"),
    ],
)
def test_how_much_flows_to_ends_without_a_name_is_remarked(unresolved: int, resolved: int, remark: str | None) -> None:
    rows = [
        a_connection("a", (("web",), ("N/A",)), bytes_sent_by_client=unresolved),
        a_connection("b", (("web",), ("store",)), bytes_sent_by_client=resolved),
    ]

    remarks = status_remarks(Exploration(Query()).received(a_snapshot(*rows)))

    assert remarks == (("2 rows",) if remark is None else ("2 rows", remark))


def test_the_share_of_ends_without_a_name_is_said_to_be_of_all_rows_where_a_filter_hides_some() -> None:
    rows = (a_connection(groups=((name,), ("store",)), bytes_sent_by_client=1) for name in ("N/A", "web", "web", "web"))
    exploration = Exploration(Query()).received(a_snapshot(*rows)).filtered(RowFilter("web", CONNECTIONS))

    assert status_remarks(exploration) == ("3 of 4 rows", "N/A: client 25 % of all bytes")


@pytest.mark.parametrize(
    ("remaining", "remarks"),
    [
        (90, ("1 row", "N/A: server 100 % of bytes", "90 requests left")),
        (9, ("1 row", "only 9 requests left", "N/A: server 100 % of bytes")),
    ],
)
def test_requests_left_come_last_unless_they_are_few(remaining: int, remarks: tuple[str, ...]) -> None:
    row = a_connection("a", (("web",), ("N/A",)), bytes_sent_by_client=1)
    answer = a_snapshot(row, budget=Budget(limit=100, remaining=remaining))

    assert status_remarks(Exploration(Query()).received(answer)) == remarks


def test_both_ends_have_their_share_of_what_has_no_name() -> None:
    row = a_connection("a", ((), ()), bytes_sent_by_client=1)

    remarks = status_remarks(Exploration(Query()).received(a_snapshot(row)))

    assert remarks == ("1 row", "N/A: client 100 %, server 100 % of bytes")


def test_what_an_action_leaves_out_is_told_with_the_reason() -> None:
    shown = Exploration(Query()).received(a_snapshot(a_connection("web"), a_connection("mail")))
    both = shown.toggled_mark("web").toggled_mark("mail").toggled_mark("gone")
    filtered = both.filtered(RowFilter("mail", CONNECTIONS))

    assert left_out_sentence(shown) == left_out_sentence(shown.toggled_mark("web")) == ""
    assert left_out_sentence(both) == "1 marked row not in this answer, and left out."
    assert left_out_sentence(filtered) == "1 marked row hidden, 1 not in this answer, and left out."
    assert left_out_sentence(filtered, ids_alone=True) == "1 marked row hidden, and left out."
