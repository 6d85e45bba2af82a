"""Test that the row filter shows only matching rows, and that an invalid filter text is explained."""

import gc
import weakref
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.reader import LONGEST_MATCHED
from cnm_tui.core.filter.row_filter import LONGEST_FILTER, RowFilter, parsed_filter
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Window
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.core.conftest import ids_matching


def matching(text: str, *connections: Connection) -> list[str]:
    """Return the ids of the connections that match this filter text."""
    return ids_matching(text, a_snapshot(*connections))


def matches(text: str, row: Connection) -> bool:
    return matching(text, row) == [row.id]


def named(*values: str) -> list[Connection]:
    """Return one connection for each of these client names. The ids are 0, 1, 2 and so on."""
    return [a_connection(str(number), [(value,), ("db",)]) for number, value in enumerate(values)]


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_nothing_typed_filters_nothing(text: str) -> None:
    assert parsed_filter(text, CONNECTIONS).positions(a_snapshot(a_connection())) is None


def test_a_filter_is_what_was_typed_without_space_around_it() -> None:
    typed = parsed_filter("  Web  rtt>5ms ", CONNECTIONS)

    assert typed.text == "Web  rtt>5ms"
    assert typed == RowFilter("Web  rtt>5ms", CONNECTIONS)
    assert typed != parsed_filter("web", CONNECTIONS)


def test_rows_keep_the_order_of_the_snapshot() -> None:
    assert matching("web", *named("web-b", "store", "web-a")) == ["0", "2"]


def test_an_answer_without_rows_has_none_that_match() -> None:
    assert parsed_filter("web", CONNECTIONS).positions(a_snapshot()) == []


def test_all_words_must_match_each_in_any_column() -> None:
    both = a_connection("1", [("web",), ("store",)])
    one = a_connection("2", [("web",), ("auth",)])

    assert matching("store web", both, one) == ["1"]


def test_a_word_is_found_in_the_id() -> None:
    assert matching("9f2", a_connection("id-9f2", [("web",), ("db",)])) == ["id-9f2"]


@pytest.mark.parametrize("text", ["WEB-a", "web-A", "straße", "STRASSE"])
def test_case_does_not_matter_to_words(text: str) -> None:
    assert matching(text, *named("Web-A in der Straße")) == ["0"]


def test_an_unresolved_end_is_found_as_it_is_shown() -> None:
    assert matching("n/a", a_connection("1", [(), ("db",)]), a_connection("2", [("web",), ("db",)])) == ["1"]


def test_a_word_is_not_found_across_two_columns() -> None:
    assert matching("webdb", *named("web")) == []


def test_a_word_after_an_exclamation_mark_must_not_match() -> None:
    assert matching("!web", *named("web", "store")) == ["1"]
    assert matching("!!web", *named("web", "store")) == ["0"]


def test_words_in_quotes_are_found_as_they_stand() -> None:
    assert matching('"web front"', *named("web front", "front web")) == ["0"]
    assert matching('!"web front"', *named("web front", "front web")) == ["1"]


def test_in_quotes_nothing_has_a_meaning_of_its_own() -> None:
    assert matching('"rtt>50ms" "!" "/x/"', *named("rtt>50ms ! /x/", "rtt")) == ["0"]


@pytest.mark.parametrize("text", ["rtt", "bytes", "web(", "[x]", "a!b", "k8s!", "50ms", "a/b/c", "*"])
def test_without_an_operator_anything_is_a_word(text: str) -> None:
    assert matching(text, *named(f"<{text}>", "store")) == ["0"]


def test_a_pattern_is_searched_in_each_text_whatever_its_case() -> None:
    assert matching("/^WEB-[0-9]$/", *named("web-1", "web-10", "my-web-1")) == ["0"]
    assert matching("/^id-1/", a_connection("id-1"), a_connection("id-2")) == ["id-1"]


def test_a_pattern_after_an_exclamation_mark_must_match_in_no_text() -> None:
    assert matching("!/^web/", *named("web", "store", "my-web")) == ["1", "2"]


def test_a_pattern_ends_at_the_slash_before_a_space() -> None:
    assert matching("/io/lib rary/ web", *named("docker.io/lib rary web", "docker.io web")) == ["0"]
    assert matching(r"/a\/ b/", *named("a/ b", "a b")) == ["0"]


def test_a_pattern_sees_only_the_beginning_of_a_long_text() -> None:
    assert matching("/x/", *named("." * (LONGEST_MATCHED - 1) + "x", "." * LONGEST_MATCHED + "x")) == ["0"]


@pytest.mark.parametrize(
    "pattern",
    [
        "web.*prod.*store",
        r"\d+\.\d+\.\d+\.\d+",
        r"(\d{1,3}\.){3}\d{1,3}",
        r"^ip-\d+-\d+-\d+-\d+$",
        "(web|api|shop)-.*-(eu|us)",
        ".*web.*eu",
        "web.*eu.*db|store.*eu.*db|auth.*",
        "([a-z]+-)+x",
        "^(?!web)[a-z]+[0-9]+$",
        "x(ab)*",
        r"\[a]\+\\",
        "[]()|*+?{2}]",
        "a{,2}b{x}",
        "[[a]",
        "é+ü",
    ],
)
def test_patterns_that_people_write_are_read(pattern: str) -> None:
    assert parsed_filter(f"/{pattern}/", CONNECTIONS).positions(a_snapshot(a_connection())) is not None


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=", "!="])
@pytest.mark.parametrize("bytes_sent", [1, 2, 3])
def test_operators_compare_as_in_mathematics(operator: str, bytes_sent: int) -> None:
    truth = {
        "<": bytes_sent < 2,
        "<=": bytes_sent <= 2,
        ">": bytes_sent > 2,
        ">=": bytes_sent >= 2,
        "=": bytes_sent == 2,
        "!=": bytes_sent != 2,
    }

    assert matches(f"sent{operator}2", a_connection(bytes_sent_by_client=bytes_sent)) == truth[operator]


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=", "!="])
def test_an_absent_figure_matches_no_comparison(operator: str) -> None:
    assert not matches(f"refusals{operator}0", a_connection(tcp_refusals=None))


def test_what_has_no_figure_is_found_by_that() -> None:
    rows = [a_connection(str(number), tcp_refusals=number) for number in (0, None)]

    assert matching("refusals=none", *rows) == ["None"]
    assert matching("!refusals=None", *rows) == ["0"]
    assert matching("refusals = none web", *rows) == ["None"]


@pytest.mark.parametrize(
    "text", ["rtt=1ms..<2ms", "rtt = 1 ms..<2 ms", "rtt=1000us..<2ms", "rtt=1ms..< 2ms", "!!rtt=1.0ms..<2.0ms"]
)
def test_a_range_has_its_beginning_and_not_its_end(text: str) -> None:
    rows = [a_connection(str(number), rtt_micro_seconds=number) for number in (999, 1_000, 1_999, 2_000, None)]

    assert matching(text, *rows) == ["1000", "1999"]
    assert matching(f"!{text}", *rows) == ["999", "2000", "None"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("rtt=1ms..<", "Nothing follows"), ("rtt=1ms..<2", "has no unit"), ("rtt=1..<2ms", "no unit")],
)
def test_both_ends_of_a_range_are_numbers_with_units(text: str, said: str) -> None:
    with pytest.raises(InvalidQuery, match=said):
        parsed_filter(text, CONNECTIONS)


def test_an_exclamation_mark_turns_a_comparison_round_absent_figures_too() -> None:
    rows = [a_connection(str(number), tcp_refusals=number) for number in (0, 5)]

    assert matching("!refusals>1", *rows, a_connection("absent", tcp_refusals=None)) == ["0", "absent"]


@pytest.mark.parametrize(
    "text", ["rtt>50ms", "rtt > 50ms", "rtt> 50 ms", "rtt >50 MS", "web rtt>50ms", "rtt>50 ms web"]
)
def test_space_around_operator_and_unit_changes_nothing(text: str) -> None:
    assert matches(text, a_connection(rtt_micro_seconds=50_001))
    assert not matches(text, a_connection(rtt_micro_seconds=50_000))


def test_the_word_after_a_number_is_a_word_unless_it_is_a_unit() -> None:
    assert matching("sent>=0 web", *named("web", "auth")) == ["0"]
    assert matching("sent>=0 kB", *named("web", "auth")) == ["0", "1"]


@pytest.mark.parametrize(
    ("size", "number"),
    [
        ("999", 999),
        ("999B", 999),
        ("1,500", 1_500),
        ("1kB", 10**3),
        ("1.5MB", 1_500_000),
        ("1.1GB", 1_100_000_000),
        (".5tb", 5 * 10**11),
        ("2M", 2_000_000),
        ("1KiB", 2**10),
        ("1MiB", 2**20),
        ("1GiB", 2**30),
        ("1TiB", 2**40),
    ],
)
def test_sizes_have_decimal_and_binary_units(size: str, number: int) -> None:
    assert matches(f"bytes={size}", a_connection(bytes_sent_by_client=number - 1, bytes_sent_by_server=1))


@pytest.mark.parametrize(
    ("time", "micro_seconds"),
    [("5us", 5), ("5µs", 5), ("5\u03bcs", 5), ("1.5ms", 1_500), ("2s", 2_000_000), ("0", 0)],
)
def test_times_have_units_from_microseconds_to_seconds(time: str, micro_seconds: int) -> None:
    assert matches(f"rtt={time}", a_connection(rtt_micro_seconds=micro_seconds))


def test_a_time_needs_no_unit_where_the_name_says_it() -> None:
    assert matches("rtt_micro_seconds=50", a_connection(rtt_micro_seconds=50))


@pytest.mark.parametrize(("count", "number"), [("7", 7), ("2k", 2_000), ("1.5M", 1_500_000), ("1G", 10**9)])
def test_counts_have_thousands_millions_and_billions(count: str, number: int) -> None:
    assert matches(f"retransmits={count}", a_connection(tcp_retransmits=number))


@pytest.mark.parametrize("share", ["0.7", "0.7%", "0.70 %"])
def test_shares_are_in_percent_with_or_without_the_sign(share: str) -> None:
    assert matches(f"retransmits%={share}", a_connection(tcp_retransmits=7, packets_sent_by_client=1_000))


@pytest.mark.parametrize("rate", ["10MB/s", "10MB", "10000kB/s", "10M/s", "10,000,000"])
def test_rates_are_written_with_or_without_per_second(rate: str) -> None:
    snapshot = a_snapshot(a_connection("1", bytes_sent_by_client=6 * 10**8), window=Window(MOMENT - 60, MOMENT))

    assert ids_matching(f"rate={rate}", snapshot) == ["1"]


def test_connections_are_not_said_to_be_per_second() -> None:
    row = a_connection(tcp_established_connections=2_000, tcp_closed_connections=2)

    assert matches("established=2k closed=2", row)
    with pytest.raises(InvalidQuery, match="no unit of ESTAB"):
        matches("established=2k/s", row)


def test_packets_are_those_of_both_sides_as_bytes_are() -> None:
    assert matches("packets=5", a_connection(packets_sent_by_client=2, packets_sent_by_server=3))
    assert matches("packets=2", a_connection(packets_sent_by_client=2, packets_sent_by_server=None))
    assert not matches("packets>=0", a_connection(packets_sent_by_client=None, packets_sent_by_server=None))


@pytest.mark.parametrize("metric", CONNECTIONS.metrics.values(), ids=CONNECTIONS.metrics)
def test_each_metric_is_known_by_its_key_and_by_its_heading_in_any_case(metric: Metric) -> None:
    key, label = metric.key, metric.label
    row = a_connection(packets_sent_by_client=1)

    for name in (key, key.upper(), label, label.lower(), label.replace(" ", "_"), label.replace(" ", "-")):
        assert CONNECTIONS.names[name.lower().replace(" ", "_").replace("-", "_")] is metric
        assert matching(f"{name}>=0", row) == [row.id]


def test_no_name_means_two_metrics() -> None:
    labels = {metric.label.casefold().replace(" ", "_") for metric in CONNECTIONS.metrics.values()}

    assert len(labels) == len(CONNECTIONS.metrics)
    assert not labels & CONNECTIONS.metrics.keys()
    assert not CONNECTIONS.short_names.keys() & (labels | CONNECTIONS.metrics.keys())
    assert all(name == name.casefold() for name in CONNECTIONS.names)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("rtt", "rtt_micro_seconds"),
        ("bytes", "total_bytes"),
        ("sent", "bytes_sent_by_client"),
        ("recvd", "bytes_sent_by_server"),
        ("received", "bytes_sent_by_server"),
        ("retransmits", "tcp_retransmits"),
        ("retransmits%", "retransmit_share"),
        ("retrans%", "retransmit_share"),
        ("refusals", "tcp_refusals"),
        ("resets", "tcp_resets"),
        ("timeouts", "tcp_timeouts"),
        ("rate", "bytes_per_second"),
        ("packets_sent", "packets_sent_by_client"),
        ("packets_received", "packets_sent_by_server"),
    ],
)
def test_short_names_are_those_that_people_use(name: str, key: str) -> None:
    assert CONNECTIONS.names[name] is CONNECTIONS.metrics[key]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rtt>", "Nothing follows 'rtt>'. Write a number: rtt>50ms."),
        ("web bytes <= ", "Nothing follows 'bytes <='. Write a number: bytes<=1.5GB."),
        ("rtt>fast", "'fast' in 'rtt>fast' is no number. Write a number: rtt>50ms."),
        ("rtt>-1ms", "'-1ms' in 'rtt>-1ms' is no number. Write a number: rtt>50ms."),
        ("rtt>5GB", "'GB' in 'rtt>5GB' is no unit of RTT. Write µs, ms or s: rtt>50ms."),
        ("rtt>50", "'rtt>50' has no unit. Write µs, ms or s: rtt>50ms."),
        ("refusals>1ms", "'ms' in 'refusals>1ms' is no unit of REFUSED. Write no unit, k, M or G: refusals>10k."),
        ("retrans%>1k", "'k' in 'retrans%>1k' is no unit of RETRANS%. Write % or no unit: retrans%>1.5%."),
        ("!", "Nothing follows !. Write it directly before a word."),
        ("! web", "Nothing follows !. Write it directly before a word."),
        ("web //", "There is nothing between the slashes of //. Write /web-[0-9]+/."),
        ('"', '" needs words and a closing quote. Write "two words".'),
        ('""', '"" needs words and a closing quote. Write "two words".'),
        ('web "two w', '"two w needs words and a closing quote. Write "two words".'),
        (
            "/web",
            "/web is a regular expression without its closing /. "
            'End it with / before a space; put a word that begins with / in "quotes".',
        ),
        (
            "web /we(b/",
            "/we(b/ is no regular expression: missing ), unterminated subpattern at position 2. "
            "Put a backslash before a sign that is meant as it is.",
        ),
        (
            "latency>5",
            "'latency' in 'latency>5' is no figure. "
            'Write rtt, bytes, rate, retrans%, refusals or another heading; or put all of it in "quotes".',
        ),
        (
            "!=5",
            "What stands before != in '!=5' is no figure. "
            'Write rtt, bytes, rate, retrans%, refusals or another heading; or put all of it in "quotes".',
        ),
        (
            "/(a+)+b/",
            "/(a+)+b/ repeats a group in which something repeats or varies, and might take for ever. "
            "Repeat single characters or sets of them: [ab]+ instead of (a|b)+ or (a+)+.",
        ),
        (
            "/.*.*x/",
            "/.*.*x/ can be matched in too many ways and might take for ever. "
            "Write its parts one after the other: /web.*eu/ /store/.",
        ),
        (
            "/(?i)web/",
            "What begins with (?i in /(?i)web/ is not read here. "
            "There are the groups ( ) (?: ) (?= ) (?! ) (?<= ) (?<! ), nothing refers back; case is ignored.",
        ),
        (
            "x" * (LONGEST_FILTER + 1),
            f"The filter has {LONGEST_FILTER + 1} characters; at most {LONGEST_FILTER} are read. Shorten it.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_with_what_would_be_right(text: str, sentence: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_filter(text, CONNECTIONS)

    assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    "pattern",
    [
        "(a*)*",
        "(a|ab)+",
        "(?:a+b?)*c",
        "((ab)+c)+",
        "(a{1,9}){9}b",
        "([a-z]+)*$",
        "((.)*x)*",
        "a?" * 12 + "a" * 12,
        "(a|a)" * 12 + "b",
        r"\w+\w+x",
        "a+aa+$c",
        "(.)*x(.)*y",
        ".*.*.*x",
        "(()){9999}(){9999}x",
        "a{99999999999}",
        r"(a+)\1",
        "(?P<n>a+)(?P=n)",
        "(?x)(a+ )+ b",
        "(a)(?(1)b|c)",
    ],
)
def test_patterns_that_might_take_for_ever_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidQuery):
        parsed_filter(f"/{pattern}/", CONNECTIONS)


def test_what_is_quoted_in_an_error_is_safe_to_show() -> None:
    with pytest.raises(InvalidQuery) as refused:
        parsed_filter("\x1b[31m>5\u202e", CONNECTIONS)

    assert refused.value.sentence.isprintable()


def test_an_answer_that_nobody_shows_any_more_is_forgotten() -> None:
    snapshot = a_snapshot(a_connection())
    parsed_filter("web", CONNECTIONS).positions(snapshot)
    gone = weakref.ref(snapshot)

    del snapshot
    gc.collect()

    assert gone() is None


PARTS = st.sampled_from(
    [
        *'!"/ <>=().*+?[]{}|^$\\,019%',
        *(
            "rtt",
            "bytes",
            "RETRANS%",
            "pkts sent",
            "ms",
            "GB",
            "/s",
            "µs",
            "web",
            "(?",
            "{2,}",
            "\\d",
            "\u0131",
            "\u212a",
        ),
    ]
)
TEXTS = st.text() | st.lists(PARTS, max_size=20).map("".join)
ROWS = a_snapshot(
    a_connection("1", [("web",), ()], rtt_micro_seconds=5_000),
    a_connection("2", [("Store", "a/b"), ("(x)",)], rtt_micro_seconds=None, tcp_refusals=2),
    a_connection("3", [("",), ("straße 10.0.0.1",)], bytes_sent_by_client=10**9),
)


PATTERNS = st.lists(PARTS | st.characters(), max_size=12).map(lambda parts: f"/{''.join(parts)}/")


@given(TEXTS | PATTERNS)
def test_any_text_is_a_filter_or_an_invalid_query_that_is_safe_to_show(text: str) -> None:
    sentence = ""
    positions: Sequence[int] | None = None
    try:
        positions = parsed_filter(text, CONNECTIONS).positions(ROWS)
    except InvalidQuery as error:
        sentence = error.sentence

    assert clean(sentence) == sentence
    assert positions is None or list(positions) == sorted(set(positions) & {0, 1, 2})


NAMES = st.text("abAB-ßſ", max_size=5)
WORDS = st.text("abAB-ßſ", min_size=1, max_size=3)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=8), st.lists(st.tuples(st.booleans(), WORDS), min_size=1, max_size=3))
def test_words_match_as_when_each_text_of_each_row_is_looked_at(
    names: list[tuple[str, str]], words: list[tuple[bool, str]]
) -> None:
    rows = [a_connection(f"{number}", [(one,), (other,)]) for number, (one, other) in enumerate(names)]
    expected = [
        row.id
        for row in rows
        if all(
            wanted == any(word.casefold() in text.casefold() for text in (row.group_text(0), row.group_text(1), row.id))
            for wanted, word in words
        )
    ]

    assert matching(" ".join(word if wanted else f"!{word}" for wanted, word in words), *rows) == expected


CONDITIONS = (
    WORDS
    | WORDS.map('"{}"'.format)
    | st.sampled_from(["/^a/", "/[ab]-/", "/ß$/"])
    | st.tuples(st.sampled_from(["rtt", "refusals"]), st.sampled_from(["<", "<=", ">", ">=", "=", "!="])).map(
        lambda pair: f"{pair[0]}{pair[1]}{'1us' if pair[0] == 'rtt' else '1'}"
    )
)
FIGURES = st.none() | st.integers(0, 2)


@given(st.lists(st.tuples(NAMES, FIGURES), max_size=8), CONDITIONS)
def test_a_condition_and_its_opposite_split_the_rows(rows: list[tuple[str, int | None]], condition: str) -> None:
    snapshot = a_snapshot(
        *(
            a_connection(str(number), [(name,), ("b",)], rtt_micro_seconds=figure, tcp_refusals=figure)
            for number, (name, figure) in enumerate(rows)
        )
    )

    matched, others = ids_matching(condition, snapshot), ids_matching(f"!{condition}", snapshot)

    assert sorted(matched + others, key=int) == [row.id for row in snapshot.connections]
    assert not set(matched) & set(others)
