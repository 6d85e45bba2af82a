"""Test the checks of rows. Missing data must not lead to a conclusion, and tag values must not break a report."""

import json
import random
from xml.etree import ElementTree as Xml

import pytest

from cnm_tui.core.checks.conditions import parsed_conditions
from cnm_tui.core.checks.report import FORMATS, exact, report
from cnm_tui.core.checks.verdict import Check, Result, Verdict, gravest, sampled
from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from tests.builders import a_connection, a_snapshot
from tests.odd_text import ODD

USUAL = Query()


def a_row(server: str = "store", **counters: int | float | None) -> Connection:
    counters = {"packets_sent_by_client": 100_000, "tcp_established_connections": 1_000, **counters}
    return a_connection(server, (("web",), (server,)), raw=b"{}", unclean=None, **counters)


LOSSY = a_row("mail", tcp_retransmits=5_000, rtt_micro_seconds=90_000, tcp_refusals=7)
WELL = a_row("store", tcp_retransmits=10, rtt_micro_seconds=1_000)
UDP = a_row("dns", rtt_micro_seconds=0)
OLD = a_row("old", tcp_retransmits=None, rtt_micro_seconds=None, tcp_refusals=None)


def answer(*rows: Connection, cut: bool = False) -> Snapshot:
    return a_snapshot(*rows, query=Query(limit=max(1, len(rows)) if cut else 7_500))


def a_check(fail_if: str, warn_if: str = "", *, times: int = 1, row_filter: str = "") -> Check:
    warns = parsed_conditions(warn_if, CONNECTIONS) if warn_if else ()
    filtered = parsed_filter(row_filter, CONNECTIONS) if row_filter else RowFilter("")
    return Check("", USUAL, filtered, parsed_conditions(fail_if, CONNECTIONS), warns, times)


def result_of(fail_if: str, *answers: Snapshot, warn_if: str = "", times: int = 1, row_filter: str = "") -> Result:
    check = a_check(fail_if, warn_if, times=times, row_filter=row_filter)
    return Result(check, tuple(sampled(check, one) for one in answers))


WHOLE = answer(LOSSY, WELL, UDP)
CUT = answer(LOSSY, WELL, UDP, cut=True)
HEALTHY = answer(WELL, UDP)
HEALTHY_CUT = answer(WELL, UDP, cut=True)
ABSENT = answer(WELL, OLD)


@pytest.mark.parametrize(
    ("fail_if", "shown", "verdict"),
    [
        ("retransmits%>2", WHOLE, Verdict.FAILED),
        ("retransmits%>2", HEALTHY, Verdict.PASSED),
        ("retransmits%>5", WHOLE, Verdict.PASSED),
        ("retransmits%>=5", WHOLE, Verdict.FAILED),
        ("critical", WHOLE, Verdict.FAILED),
        ("critical", HEALTHY, Verdict.PASSED),
        ("finding=loss", WHOLE, Verdict.FAILED),
        ("rtt>1s or critical", WHOLE, Verdict.FAILED),
        ("rtt>1s or refusals>100", WHOLE, Verdict.PASSED),
        ("rtt>50ms retransmits%>2", WHOLE, Verdict.FAILED),
        ("rtt>50ms and server_service=store", WHOLE, Verdict.PASSED),
        ("any(rtt>50ms)", WHOLE, Verdict.FAILED),
        ("all(rtt<1s)", answer(LOSSY, WELL), Verdict.FAILED),
        ("all(rtt<50ms)", answer(LOSSY, WELL), Verdict.PASSED),
        ("count(retransmits%>2)>=1", WHOLE, Verdict.FAILED),
        ("count(critical)>1", WHOLE, Verdict.PASSED),
        ("count()<3", WHOLE, Verdict.PASSED),
        ("sum(refusals)>6", WHOLE, Verdict.FAILED),
        ("sum(refusals)>7", WHOLE, Verdict.PASSED),
        ("total(retransmits%)>1", WHOLE, Verdict.FAILED),
        ("p95(rtt)>50ms", WHOLE, Verdict.FAILED),
        ("p50(rtt)>50ms", WHOLE, Verdict.PASSED),
        ("median(rtt)=1ms", WHOLE, Verdict.FAILED),
        ("mean(rtt)>45ms and sum(refusals)>6", WHOLE, Verdict.FAILED),
        ("max(rtt)>50ms and max(refusals)>100", WHOLE, Verdict.PASSED),
        ('server_service="mail" or "and or"', WHOLE, Verdict.FAILED),
        ("/^(a or b)$/ or any(server_service=mail)", WHOLE, Verdict.FAILED),
    ],
)
def test_conditions_are_judged_on_whole_answers(fail_if: str, shown: Snapshot, verdict: Verdict) -> None:
    assert result_of(fail_if, shown).verdict is verdict


@pytest.mark.parametrize(
    ("fail_if", "shown", "verdict"),
    [
        # It holds whatever was cut.
        ("retransmits%>2", CUT, Verdict.FAILED),
        ("sum(refusals)>6", CUT, Verdict.FAILED),
        ("max(rtt)>50ms", CUT, Verdict.FAILED),
        ("min(rtt)<2ms", CUT, Verdict.FAILED),
        ("count(retransmits%>2)>=1", CUT, Verdict.FAILED),
        # It cannot hold any more.
        ("all(retransmits%>2)", CUT, Verdict.PASSED),
        ("sum(refusals)<5", CUT, Verdict.PASSED),
        ("count()<3", CUT, Verdict.PASSED),
        # Uncertain, as rows are missing.
        ("retransmits%>2", HEALTHY_CUT, Verdict.UNCERTAIN),
        ("critical", HEALTHY_CUT, Verdict.UNCERTAIN),
        ("sum(refusals)>7", CUT, Verdict.UNCERTAIN),
        ("p95(rtt)>50ms", CUT, Verdict.UNCERTAIN),
        ("total(retransmits%)>1", CUT, Verdict.UNCERTAIN),
        ("all(rtt<1s)", answer(WELL, cut=True), Verdict.UNCERTAIN),
        ("retransmits%>2 or rtt>50ms", CUT, Verdict.FAILED),
    ],
)
def test_no_verdict_on_cut_rows_unless_it_holds_whatever_was_cut(
    fail_if: str, shown: Snapshot, verdict: Verdict
) -> None:
    assert result_of(fail_if, shown).verdict is verdict


ZONED = ("client_availability-zone", "server_availability-zone", "server_service")


def zoned(name: str, rtt: int | None, **counters: int | None) -> Connection:
    """Return a row between two zones, with its round-trip time in microseconds."""
    counters = {"packets_sent_by_client": 100_000, "tcp_established_connections": 1_000, **counters}
    groups = (("z1",), ("z2",), (name,))
    return a_connection(name, groups, raw=b"{}", unclean=None, rtt_micro_seconds=rtt, **counters)


def zoned_answer(*rows: Connection, cut: bool = False) -> Snapshot:
    return a_snapshot(*rows, query=Query(ZONED, limit=len(rows) if cut else 7_500))


@pytest.mark.parametrize(
    ("fail_if", "verdict"),
    [
        ("critical", Verdict.UNCERTAIN),
        ("any(critical)", Verdict.UNCERTAIN),
        ("all(!critical)", Verdict.UNCERTAIN),
        ("finding=slow_path rtt>100ms", Verdict.UNCERTAIN),
        ("critical server_service=lossy", Verdict.FAILED),
    ],
)
def test_a_path_that_is_slow_beside_the_rows_at_hand_may_be_usual_beside_those_that_were_cut(
    fail_if: str, verdict: Verdict
) -> None:
    at_hand = [zoned("far", 300_000), *(zoned(f"near-{number}", 1_000) for number in range(5))]
    cut_away = [zoned(f"far-{number}", 290_000) for number in range(20)]
    lossy = [zoned("lossy", 1_000, tcp_retransmits=50_000)] if "lossy" in fail_if else []

    whole = result_of(fail_if.replace("all(!critical)", "any(critical)"), zoned_answer(*at_hand, *cut_away, *lossy))
    cut = result_of(fail_if, zoned_answer(*at_hand, *lossy, cut=True))

    assert whole.verdict is (Verdict.FAILED if lossy else Verdict.PASSED)
    assert cut.verdict is verdict


CONDITIONS = (
    *("critical", "warning", "finding=slow_path", "!critical", "retransmits%>2", "retransmits%=1%..<3%", "rtt>50ms"),
    *("!rtt>50ms", "all(rtt>1ms)", "all(!critical)", "all(rtt=1ms..<1s)", "count(critical)>2", "count(warning)<2"),
    *("count()=4", "count(rtt>5ms)!=1", "sum(refusals)>6", "sum(refusals)<3", "max(rtt)>50ms", "min(rtt)<2ms"),
    *("p95(rtt)>50ms", "mean(rtt)<5ms", "total(retransmits%)>1", "median(refusals)>=0", "refusals=0", "rtt=none"),
    *("critical and sum(refusals)>6", "rtt>50ms retransmits%>2 or finding=refused", "server_service=r3 rtt>5ms"),
)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("row_filter", ["", "retransmits%=1%..<9%", "!rtt<5ms", "critical", "!finding=slow_path"])
def test_no_verdict_on_cut_rows_is_another_one_than_that_on_all_rows(condition: str, row_filter: str) -> None:
    rng = random.Random(f"{condition} {row_filter}")
    for _ in range(60):
        rows = [
            zoned(
                f"r{number}",
                rng.choice([None, 0, 1_000, 3_000, 6_000, 60_000, 400_000]),
                tcp_retransmits=rng.choice([None, 0, 0, 0, 1_500, 5_000]),
                tcp_refusals=rng.choice([None, 0, 0, 0, 2, 500]),
                tcp_delivered_ce=rng.choice([0, 0, 0, 60_000]),
            )
            for number in range(rng.randrange(1, 12))
        ]
        truth = result_of(condition, zoned_answer(*rows), row_filter=row_filter).verdict

        said = result_of(
            condition, zoned_answer(*rows[: rng.randrange(1, len(rows) + 1)], cut=True), row_filter=row_filter
        )

        # All rows may have absent figures; then nothing may be concluded from some of them either.
        assert said.verdict in (truth, Verdict.UNCERTAIN)


@pytest.mark.parametrize(
    ("fail_if", "row_filter", "verdict"),
    [
        ("retransmits%=2%..<9%", "", Verdict.UNCERTAIN),
        ("count()>1", "retransmits%>=0", Verdict.UNCERTAIN),
        ("count()>0", "retransmits%>=0", Verdict.FAILED),
        ("sum(total_bytes)>1TB", "retransmits%<50", Verdict.UNCERTAIN),
        ("count()>5", "retransmits%>50", Verdict.UNCERTAIN),
        ("count()>1", "server_service=store", Verdict.PASSED),
    ],
)
def test_a_row_without_a_figure_may_be_in_a_range_and_match_the_filter(
    fail_if: str, row_filter: str, verdict: Verdict
) -> None:
    assert result_of(fail_if, ABSENT, row_filter=row_filter).verdict is verdict


@pytest.mark.parametrize(
    ("fail_if", "verdict"),
    [
        ("retransmits%>2", Verdict.UNCERTAIN),
        ("!retransmits%<2", Verdict.UNCERTAIN),
        ("rtt>50ms", Verdict.UNCERTAIN),
        ("critical", Verdict.UNCERTAIN),
        ("sum(refusals)>0", Verdict.UNCERTAIN),
        ("rtt>500us", Verdict.FAILED),
        ("retransmits%>2 server_service=store", Verdict.PASSED),
        ("all(retransmits%>2)", Verdict.PASSED),
        ("total_bytes>1TB", Verdict.PASSED),
    ],
)
def test_absent_is_not_zero(fail_if: str, verdict: Verdict) -> None:
    assert result_of(fail_if, ABSENT).verdict is verdict


def test_a_round_trip_time_that_was_not_measured_is_beyond_no_limit() -> None:
    assert result_of("rtt>50ms", answer(UDP, WELL)).verdict is Verdict.PASSED


def test_a_part_of_the_reply_that_could_not_be_read_counts_as_cut() -> None:
    shown = a_snapshot(WELL, query=Query(limit=7_500), unreadable=3)

    assert result_of("retransmits%>2", shown).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize(
    ("shown", "row_filter", "verdict"),
    [
        (answer(), "", Verdict.NO_DATA),
        (WHOLE, "server_service=nothing", Verdict.NO_DATA),
        (CUT, "server_service=nothing", Verdict.UNCERTAIN),
        (WHOLE, "server_service=store", Verdict.PASSED),
    ],
)
def test_without_rows_there_is_no_data(shown: Snapshot, row_filter: str, verdict: Verdict) -> None:
    assert result_of("retransmits%>2", shown, row_filter=row_filter).verdict is verdict


@pytest.mark.parametrize(
    ("answers", "is_decided", "verdict"),
    [
        ((WHOLE,), False, Verdict.FAILED),
        ((HEALTHY,), True, Verdict.PASSED),
        ((WHOLE, HEALTHY), True, Verdict.PASSED),
        ((WHOLE, WHOLE, WHOLE), True, Verdict.FAILED),
        ((WHOLE, HEALTHY_CUT, WHOLE), True, Verdict.UNCERTAIN),
        ((WHOLE, answer(), WHOLE), True, Verdict.NO_DATA),
    ],
)
def test_it_fails_only_if_every_answer_fails(answers: tuple[Snapshot, ...], is_decided: bool, verdict: Verdict) -> None:
    result = result_of("retransmits%>2", *answers, times=3)

    assert (result.is_decided, result.verdict) == (is_decided, verdict)


def test_a_warning_does_not_fail() -> None:
    result = result_of("rtt>1s", WHOLE, warn_if="critical")

    assert (result.verdict, result.warns) == (Verdict.PASSED, True)


def test_the_gravest_verdict_of_several_checks_counts() -> None:
    passed, failed = result_of("rtt>1s", WHOLE), result_of("critical", WHOLE)

    assert gravest([passed, result_of("rtt>1s", answer())]) is Verdict.NO_DATA
    assert gravest([result_of("critical", HEALTHY_CUT), passed, failed]) is Verdict.FAILED


@pytest.mark.parametrize(
    "text",
    [
        *("", " or critical", "critical or", "rtt>", "any()", "all()", "any(rtt>1s)>3", "count(critical)", "x" * 500),
        *("sum(rtt)>1s", "sum(retransmits%)>1", "p95(rtt)", "p95()>3", "sum(nothing)>3", "sum(refusals)>x"),
        *("count(critical)>many", "sum(packets)>3", "worse", "critical and", "rtt>1s and any(", "p95(rtt)>200"),
    ],
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parsed_conditions(text, CONNECTIONS)


@pytest.mark.parametrize(
    ("number", "key", "text"),
    [
        (0.07352310834320869, "retransmit_share", "7.352310834320869%"),
        (0.02, "retransmit_share", "2%"),
        (34511, "rtt_micro_seconds", "34511 µs"),
        (1234567890123, "total_bytes", "1234567890123 B"),
        (0, "tcp_refusals", "0"),
        (None, "tcp_refusals", "none"),
    ],
)
def test_numbers_are_told_unrounded(number: float | None, key: str, text: str) -> None:
    assert exact(number, CONNECTIONS.metrics[key]) == text


def test_the_text_has_each_condition_with_value_and_limit_and_the_rows_that_broke_it() -> None:
    text = report([result_of("retransmits%>2 or sum(refusals)>100", WHOLE, warn_if="rtt>50ms")], "text", "TEST")

    assert text.splitlines()[:6] == [
        "check: failed",
        "- FAILED: retransmits%>2: worst 5%, limit 2%",
        "  - web → mail: 5%",
        "- ok: sum(refusals)>100: value 7, limit 100",
        "- WARNING: rtt>50ms: worst 90000 µs, limit 50000 µs",
        "  - web → mail: 90000 µs",
    ]


def test_what_is_not_known_says_why() -> None:
    text = report([result_of("retransmits%>2", answer(WELL, OLD, cut=True))], "text", "TEST")

    assert "- unknown: retransmits%>2: value 0.01%, limit 2%, not known, as rows were cut and the figure" in text


def test_json_has_the_exact_numbers_and_rows() -> None:
    said = json.loads(report([result_of("retransmits%>2", WHOLE)], "json", "TEST"))

    (condition,) = said["checks"][0]["conditions"]
    (part,) = condition["parts"]
    assert (said["verdict"], said["exit_code"], condition["state"]) == ("failed", 5, "broken")
    assert (part["metric"], part["value"], part["limit"]) == ("retransmit_share", 0.05, 0.02)
    assert [row["group_bys"]["server_service"] for row in part["rows"]] == [["mail"]]


@pytest.mark.parametrize(
    ("shown", "times", "element"),
    [
        (WHOLE, 1, "failure"),
        (HEALTHY, 1, "system-out"),
        (HEALTHY_CUT, 1, "error"),
        (answer(), 1, "skipped"),
    ],
)
def test_junit_has_one_test_case_for_each_condition(shown: Snapshot, times: int, element: str) -> None:
    suites = Xml.fromstring(report([result_of("retransmits%>2", shown, times=times)], "junit", "TEST"))

    (case,) = suites.iter("testcase")
    assert [child.tag for child in case] == [element]


_NASTY = (
    *ODD.values(),
    "::error::x",
    "::set-output name=a::b",
    "x\n::stop-commands::y",
    "##[error]x",
    "]]></failure>",
    "<!--",
    "a|b=1;2",
    "$(id)`id`",
    "%0A::error::x",
    "\ufffe\ud800",
)


@pytest.mark.parametrize("value", _NASTY, ids=range(len(_NASTY)))
@pytest.mark.parametrize("format_name", FORMATS)
def test_no_tag_value_breaks_a_report(format_name: str, value: str) -> None:
    row = a_connection(value, (("web",), (value,)), tcp_retransmits=50_000, packets_sent_by_client=100_000)

    text = report([result_of("retransmits%>2", answer(row))], format_name, "TEST")

    assert text.isprintable() or set(text) - {"\n"} == {sign for sign in text if sign.isprintable()}
    text.encode()
    lines = text.splitlines()
    match format_name:
        case "text":
            assert all(line.lstrip().startswith("- ") for line in lines[1:])
        case "json":
            assert json.loads(text)["exit_code"] == 5
        case "junit":
            assert len(list(Xml.fromstring(text).iter("failure"))) == 1
        case "github":
            assert [line.split(" ")[0] for line in lines] == ["::error", "::notice"]
        case "nagios":
            assert len(lines) == 1
            assert lines[0].count("|") == 1
            assert not set('`$&<>"\\') & set(lines[0])


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("critcal", "critical"),
        ("rtt>1s and warnings", "warning"),
        ("any(refused)", "finding=refused"),
        ("!crtical", "critical"),
    ],
)
def test_a_misspelt_severity_does_not_pass_as_a_name_that_no_row_has(text: str, instead: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_conditions(text, CONNECTIONS)

    assert f"Write {instead}, or" in refused.value.hint


@pytest.mark.parametrize("text", ['"critcal"', "web", "client_service=web", "critical or warning", "finding=refused"])
def test_names_and_findings_are_conditions(text: str) -> None:
    assert parsed_conditions(text, CONNECTIONS)
