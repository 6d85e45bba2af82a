"""Test the parser of the search language: its syntax trees, and its messages about incomplete text."""

import pytest

from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import (
    ANY_CHARACTER,
    ANY_TEXT,
    AllOf,
    AnyOf,
    Expression,
    InNetworks,
    Not,
    Pattern,
    Term,
    Wildcard,
)
from cnm_tui.core.search.words import TokenKind


def a_term(field: str | None, *parts: str | Wildcard) -> Term:
    return Term(field, Pattern(parts))


A, B, C, D = (a_term(None, letter) for letter in "abcd")


def sentences(text: str) -> list[str]:
    return [problem.sentence for problem in read(text).problems]


def drawn(text: str) -> list[tuple[str, str]]:
    return [(token.kind.name, text[token.start : token.end]) for token in read(text).tokens]


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("client_service:web", a_term("client_service", "web")),
        ("web", a_term(None, "web")),
        ("a b", AllOf((A, B))),
        ("a AND b", AllOf((A, B))),
        ("a OR b", AnyOf((A, B))),
        ("NOT a", Not(A)),
        ("-a", Not(A)),
        ("-client_service:web", Not(a_term("client_service", "web"))),
        ("-(a b)", Not(AllOf((A, B)))),
        ("NOT(a)AND(b)", AllOf((Not(A), B))),
        ("kube-labels/app.name_1@x:y", a_term("kube-labels/app.name_1@x", "y")),
        ("service:web-store", a_term("service", "web-store")),
        ("service:-web", a_term("service", "-web")),
        ("service:AND", a_term("service", "AND")),
        ("AND:x", a_term("AND", "x")),
    ],
)
def test_every_construct_has_its_tree(text: str, expression: Expression) -> None:
    reading = read(text)

    assert reading.expression == expression
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("a OR b c", AnyOf((A, AllOf((B, C))))),
        ("a b OR c AND d", AnyOf((AllOf((A, B)), AllOf((C, D))))),
        ("NOT a b", AllOf((Not(A), B))),
        ("NOT a OR b", AnyOf((Not(A), B))),
        ("a AND NOT b OR c", AnyOf((AllOf((A, Not(B))), C))),
        ("a AND (b OR c)", AllOf((A, AnyOf((B, C))))),
        ("NOT (a OR b)", Not(AnyOf((A, B)))),
    ],
)
def test_not_binds_more_than_and_and_and_more_than_or(text: str, expression: Expression) -> None:
    assert read(text).expression == expression


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("a (b c) d", "a b c d"),
        ("a OR (b OR (c))", "a OR b OR c"),
        ("((a))", "a"),
        ("NOT NOT a", "a"),
        ("-(-(a))", "a"),
        ("NOT NOT NOT a", "NOT a"),
        ("service:a**b", "service:a*b"),
    ],
)
def test_texts_that_mean_the_same_have_the_same_tree(text: str, same_as: str) -> None:
    assert read(text).expression == read(same_as).expression


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("service:(a OR b)", "service:a OR service:b"),
        ("service:(a b*)", "service:a service:b*"),
        ("-service:(a OR NOT b)", "NOT (service:a OR NOT service:b)"),
        ('service:((a OR "b c") d)', '(service:a OR service:"b c") service:d'),
        ("service:(a OR env:b)", "service:a OR env:b"),
    ],
)
def test_a_group_of_values_gives_its_field_to_each(text: str, same_as: str) -> None:
    assert read(text).expression == read(same_as).expression
    assert sentences(text) == []


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("web*", ("web", ANY_TEXT)),
        ("*web", (ANY_TEXT, "web")),
        ("*web*", (ANY_TEXT, "web", ANY_TEXT)),
        ("w?b", ("w", ANY_CHARACTER, "b")),
        ("*", (ANY_TEXT,)),
        ("*?*", (ANY_TEXT, ANY_CHARACTER, ANY_TEXT)),
        (r"web\*", ("web*",)),
        (r"web\ store", ("web store",)),
        (r"a\:b\\c\"d\(e", ('a:b\\c"d(e',)),
        ('"web*"', ("web*",)),
        ('"a b"', ("a b",)),
        ('""', ()),
        (r'"say \"hi\" to C:\\"', ('say "hi" to C:\\',)),
        ('"(a AND b)"', ("(a AND b)",)),
    ],
)
def test_wildcards_stand_outside_quotes_and_a_backslash_takes_meaning_away(
    value: str, parts: tuple[str | Wildcard, ...]
) -> None:
    reading = read(f"service:{value}")

    assert reading.expression == a_term("service", *parts)
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("CIDR(network.client.ip, 10.0.0.0/8)", ("10.0.0.0/8",)),
        ("CIDR(network.client.ip,10.0.0.0/8,192.168.0.0/16)", ("10.0.0.0/8", "192.168.0.0/16")),
        ("CIDR( network.client.ip , 2001:DB8::/32 )", ("2001:db8::/32",)),
        ("CIDR(network.client.ip, 10.1.2.3/8)", ("10.0.0.0/8",)),
        ("CIDR(network.client.ip, 0.0.0.0/0, ::/0)", ("0.0.0.0/0", "::/0")),
    ],
)
def test_cidr_reads_networks_of_both_families(text: str, networks: tuple[str, ...]) -> None:
    reading = read(text)

    assert reading.expression == InNetworks("network.client.ip", networks)
    assert reading.problems == ()


def test_cidr_stands_wherever_a_term_does() -> None:
    inside = InNetworks("network.server.ip", ("10.0.0.0/8",))

    reading = read("a -CIDR(network.server.ip, 10.0.0.0/8) OR (CIDR(network.server.ip, 10.0.0.0/8))")

    assert reading.expression == AnyOf((AllOf((A, Not(inside))), inside))


@pytest.mark.parametrize(
    ("text", "kept", "said"),
    [
        ("", None, []),
        (" \t\n", None, []),
        ("client_service:", None, ["Expected a value after client_service:."]),
        ("a AND client_service:", A, ["Expected a value after client_service:."]),
        ("client_service: AND a", A, ["Expected a value after client_service:."]),
        (":a", A, ["Expected a field before the colon."]),
        (":", None, ["Expected a field before the colon.", "Expected a value after the colon."]),
        ("(a AND", A, ["This parenthesis is never closed.", "Expected a term after AND."]),
        ("(a OR b", AnyOf((A, B)), ["This parenthesis is never closed."]),
        ("service:(", None, ["This parenthesis is never closed."]),
        ("a)", A, ["This parenthesis was never opened."]),
        ("a) b", AllOf((A, B)), ["This parenthesis was never opened."]),
        ("()", None, ["Expected a term within these parentheses."]),
        ("a service:()", A, ["Expected a term within these parentheses."]),
        ('"open quote', a_term(None, "open quote"), ["This quotation mark is never closed."]),
        ('service:"', a_term("service"), ["This quotation mark is never closed."]),
        ("a AND AND b", AllOf((A, B)), ["Expected a term after AND."]),
        ("a OR OR b", AnyOf((A, B)), ["Expected a term after OR."]),
        ("AND a", A, ["Expected a term before AND."]),
        ("OR a", A, ["Expected a term before OR."]),
        ("a OR", A, ["Expected a term after OR."]),
        ("a NOT", A, ["Expected a term after NOT."]),
        ("a -", A, ["Expected a term after -."]),
        ("a AND OR b", AnyOf((A, B)), ["Expected a term after AND."]),
        ("(a OR) b", AllOf((A, B)), ["Expected a term after OR."]),
        ("a\\", A, ["Expected a character after the backslash."]),
        ('"a\\', A, ["This quotation mark is never closed."]),
        ("NOT AND a", A, ["Expected a term after NOT."]),
    ],
)
def test_half_typed_text_keeps_what_can_be_read(text: str, kept: Expression | None, said: list[str]) -> None:
    reading = read(text)

    assert reading.expression == kept
    assert [problem.sentence for problem in reading.problems] == said
    assert not any(problem.doubt for problem in reading.problems)


@pytest.mark.parametrize(
    ("text", "kept", "said"),
    [
        ("CIDR(", None, ["Expected a field first", "This parenthesis is never closed."]),
        ("CIDR()", None, ["Expected a field first"]),
        ("CIDR(10.0.0.0/8)", None, ["Expected a field first"]),
        ("CIDR(network.client.ip)", None, ["Expected a network after network.client.ip"]),
        ("CIDR(network.client.ip,", None, ["Expected a network", "This parenthesis is never closed."]),
        ("CIDR(network.client.ip, 10.0.0.", None, ["never closed", "10.0.0. is not a network; write 10.0.0.0/8."]),
        ("CIDR(network.client.ip, 10.0.0.0/33)", None, ["10.0.0.0/33 is not a network; write 10.0.0.0/8."]),
        ("CIDR(network.client.ip, 2001:db8::/129)", None, ["not a network; write 2001:db8::/32."]),
        ("CIDR(network.client.ip, 10.0.0.1)", ("10.0.0.1/32",), ["has no prefix length; write 10.0.0.1/32."]),
        ("CIDR(network.client.ip 10.0.0.0/8)", ("10.0.0.0/8",), ["Expected a comma before 10.0.0.0/8."]),
        ("CIDR(network.client.ip,, 10.0.0.0/8)", ("10.0.0.0/8",), ["Expected something before this comma."]),
        ("CIDR(network.client.ip, x, 10.0.0.0/8)", ("10.0.0.0/8",), ["x is not a network"]),
    ],
)
def test_half_typed_cidr_keeps_the_networks_that_are_some(
    text: str, kept: tuple[str, ...] | None, said: list[str]
) -> None:
    reading = read(text)

    assert reading.expression == (InNetworks("network.client.ip", kept) if kept else None)
    for sentence, words in zip(sentences(text), said, strict=True):
        assert words in sentence


def test_cidr_left_open_does_not_swallow_what_follows() -> None:
    reading = read("CIDR(network.client.ip, 10.0.0.0/8 AND a")

    assert reading.expression == AllOf((InNetworks("network.client.ip", ("10.0.0.0/8",)), A))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a and b", "Operators are written in capitals: AND."),
        ("a Or b", "Operators are written in capitals: OR."),
        ("not b", "Operators are written in capitals: NOT."),
        ("a && b", "Operators are written in capitals: AND."),
        ("a || b", "Operators are written in capitals: OR."),
        ("port:>1024", "Comparisons are not known to work here"),
        ("port:<=1024", "Comparisons are not known to work here"),
        ("port:[1 TO 5]", "Ranges are not known to work here"),
        ("port:{1 TO *}", "Ranges are not known to work here"),
        ("network.client.ip:2001:db8::1", "Within a value, : needs a backslash"),
        ("service:a=b", "Within a value, = needs a backslash"),
        ("a - b", "Write - directly before what it excludes."),
        ('web"store"', "Expected a space or an operator here."),
        ("CIDR(client_ip, 10.0.0.0/8)", "CIDR reads network.client.ip and network.server.ip."),
        ("sérvice!:a", "sérvice! is no usual name of a field."),
    ],
)
def test_what_the_service_may_not_understand_is_read_with_one_doubt(text: str, said: str) -> None:
    reading = read(text)

    assert reading.expression is not None
    assert len(reading.problems) == 1
    assert said in reading.problems[0].sentence
    assert reading.problems[0].doubt


@pytest.mark.parametrize(
    "text", ["and", "and:x", "service:and", '"and"', "a OR and", "a AND or", "android", "or AND a"]
)
def test_a_small_and_is_a_word_like_any_other_where_no_operator_could_stand(text: str) -> None:
    assert sentences(text) == []


def test_a_small_and_is_searched_for() -> None:
    assert read("a and b").expression == AllOf((A, a_term(None, "and"), B))


def test_a_range_is_one_value_until_the_service_says_otherwise() -> None:
    assert read("port:[1 TO 5] a").expression == AllOf((a_term("port", "[1 TO 5]"), A))


def test_problems_say_where_and_stand_in_order() -> None:
    text = "(a OR client_service: b"

    places = [(text[problem.start : problem.end], problem.sentence) for problem in read(text).problems]

    assert places == [
        ("(", "This parenthesis is never closed."),
        ("client_service:", "Expected a value after client_service:."),
    ]


def test_outside_text_in_a_problem_is_cleaned_and_short() -> None:
    said = sentences(f"\x1b{'x' * 500}:")

    assert "\x1b" not in "".join(said)
    assert max(map(len, said)) < 80


def test_each_part_is_drawn_as_what_it_is() -> None:
    text = 'NOT client_service:we?b* -(a OR "b") CIDR(network.client.ip, 10.0.0.0/8, x) )'

    assert drawn(text) == [
        ("OPERATOR", "NOT"),
        ("FIELD", "client_service"),
        ("COLON", ":"),
        ("VALUE", "we"),
        ("WILDCARD", "?"),
        ("VALUE", "b"),
        ("WILDCARD", "*"),
        ("OPERATOR", "-"),
        ("PARENTHESIS", "("),
        ("VALUE", "a"),
        ("OPERATOR", "OR"),
        ("QUOTED", '"b"'),
        ("PARENTHESIS", ")"),
        ("FUNCTION", "CIDR"),
        ("PARENTHESIS", "("),
        ("FIELD", "network.client.ip"),
        ("COMMA", ","),
        ("VALUE", "10.0.0.0/8"),
        ("COMMA", ","),
        ("ERROR", "x"),
        ("PARENTHESIS", ")"),
        ("ERROR", ")"),
    ]


def test_groups_are_read_forty_deep_and_what_is_deeper_is_left_out() -> None:
    forty = read("(a OR b " * 40 + ")" * 40)
    deeper = read("x " + "(" * 41 + "a" + ")" * 41 + " y")

    assert forty.problems == ()
    assert [problem.sentence for problem in deeper.problems] == [
        "Parentheses are read 40 deep; what stands in this one is left out."
    ]
    assert deeper.expression == AllOf((a_term(None, "x"), a_term(None, "y")))


def test_every_kind_of_token_occurs() -> None:
    text = 'a:b* "c" OR (d) CIDR(network.client.ip, x)'

    assert {token.kind for token in read(text).tokens} == set(TokenKind)
