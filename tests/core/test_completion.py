"""Test the suggestions for the word at the cursor of a search: tag names and tag values.

The tests also check that the search has the right meaning after a suggestion was accepted.
"""

import random
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.connections import Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import Pattern, Term, quoted, term
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.suggestions.completion import MOST_COMPLETIONS, MOST_EARLIER, Known, completions, known, nothing_seen
from cnm_tui.core.text import unseen
from tests.builders import a_connection, a_snapshot

NOTHING_SEEN = nothing_seen(CONNECTIONS)


def seen(
    *values: str | tuple[str, ...],
    field: str = "client_service",
    sent: tuple[int, ...] = (),
    before: Known = NOTHING_SEEN,
    searches: Sequence[str] = (),
) -> Known:
    """Return the known values of one tag after an answer with one row per item of `values`.

    Args:
        values: The tag value of each row, or several values for one row.
        field: The name of the tag.
        sent: The bytes of each row. By default each row has 1,000 bytes less than the row before it.
        before: The values that are known already.
        searches: Past searches.
    """
    sent = sent or tuple(range(len(values) * 1_000, 0, -1_000))
    rows = [
        a_connection(str(number), [(value,) if isinstance(value, str) else value], bytes_sent_by_client=count)
        for number, (value, count) in enumerate(zip(values, sent, strict=True))
    ]
    return known(a_snapshot(*rows, query=Query(group_bys=(field,))), before, searches)


def shown(marked: str, known: Known = NOTHING_SEEN) -> list[str]:
    """Return the suggestions for a text in which the character `|` marks the cursor."""
    return [one.shown for one in completions(marked.replace("|", "", 1), marked.index("|"), known)]


def taken(marked: str, known: Known = NOTHING_SEEN) -> str:
    """Accept the first suggestion, and return the text afterwards. The character `|` marks the cursor in both
    texts.
    """
    one = completions(marked.replace("|", "", 1), marked.index("|"), known)[0]
    return f"{one.text_after[: one.cursor_after]}|{one.text_after[one.cursor_after :]}"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("server_e|", "server_env"),
        ("SERVER_E|", "server_env"),
        ("pod|", "client_pod_name"),
        ("spod|", "server_pod_name"),
        ("tls_v|", "tls_version"),
        ("env:prod AND -server_t|", "server_team"),
        ("(env:prod OR server_t|)", "server_team"),
    ],
)
def test_a_field_is_found_by_its_beginning_its_tag_or_its_letters(typed: str, first: str) -> None:
    assert shown(typed)[0] == first


def test_fields_of_the_rows_at_hand_come_first_also_custom_ones() -> None:
    assert shown("client_te|", seen("x", field="client_tenant"))[:2] == ["client_tenant", "client_team"]
    assert shown("server_|", seen("x", field="server_region"))[0] == "server_region"


@pytest.mark.parametrize(
    "typed",
    [
        "|",
        "a:b |",
        "s|",
        "(|",
        "-|",
        '"serv|',
        "serv*|",
        "A|",
        "AND|",
        "client_service:x|",
        "CIDR(|",
        "a:b)|",
        "serv|(a",
    ],
)
def test_nothing_is_offered_where_no_word_is_begun_or_the_word_is_something_else(typed: str) -> None:
    known = seen("web")

    assert [one for one in shown(typed, known) if not one.startswith(typed.strip("|") or " ")] == []


def test_a_field_is_taken_with_its_colon_and_replaces_the_one_around_the_cursor() -> None:
    assert taken("server_en|") == "server_env:|"
    assert taken("a server_t|x:web b") == "a server_team:|web b"
    assert taken("a (server_t|) b") == "a (server_team:|) b"


def test_values_stand_with_their_rows_and_bytes_those_with_most_bytes_first() -> None:
    known = seen("web", "store", "web", sent=(1_000, 3_400_000_000, 500))

    offered = completions("client_service:", 15, known)

    assert [(one.shown, one.remark) for one in offered] == [("store", "1 row, 3.4 GB"), ("web", "2 rows, 1.5 kB")]


def test_a_value_is_found_by_its_beginning_then_by_any_part_then_by_its_letters() -> None:
    known = seen("p-a-y", "prepay", "payments", "web")

    assert shown("client_service:pay|", known) == ["payments", "prepay", "p-a-y"]
    assert shown("client_service:|", known)[0] == "p-a-y"


def test_values_of_earlier_answers_come_after_those_at_hand_and_say_so() -> None:
    before = seen("mail", "web", sent=(9_000_000, 2_000))
    now = seen("web", sent=(500,), before=seen("wiki", field="client_team", before=before))

    offered = completions("client_service:", 15, now)

    assert [(one.shown, one.remark) for one in offered] == [
        ("web", "1 row, 500 B"),
        ("mail", "earlier 1 row, 9 MB"),
    ]
    assert shown("client_team:|", now) == ["wiki"]


def test_an_earlier_value_is_remembered_as_it_was_seen_last() -> None:
    now = seen("x", before=seen("web", sent=(700,), before=seen("web", "mail", sent=(9_000, 10))))

    assert [(one.shown, one.remark) for one in completions("client_service:", 15, now)][1:] == [
        ("web", "earlier 1 row, 700 B"),
        ("mail", "earlier 1 row, 10 B"),
    ]


def test_values_searched_for_before_are_offered_last_the_latest_first() -> None:
    searches = ['team:a NOT client_service:("web shop" OR wiki)', "client_service:web AND client_service:w*", "wiki"]

    now = seen("web", searches=searches)

    assert [(one.shown, one.remark) for one in completions("client_service:w", 16, now)] == [
        ("web", "1 row, 1 kB"),
        ("web shop", "searched for before"),
        ("wiki", "searched for before"),
    ]
    assert taken("tea|", now) == "team:|"
    assert shown("team:|", now) == ["a"]


def test_fields_say_whether_they_are_of_the_rows_at_hand_or_of_before() -> None:
    now = seen("x", field="tenant", before=seen("y", field="tenant_of_old"), searches=["tenant_searched:z"])

    assert [(one.shown, one.remark) for one in completions("tenant", 6, now)] == [
        ("tenant", "a tag of the rows at hand"),
        ("tenant_of_old", "a tag of earlier rows or searches"),
        ("tenant_searched", "a tag of earlier rows or searches"),
    ]


def test_no_more_than_so_many_values_are_remembered_the_heaviest_of_the_latest_answer_first() -> None:
    many = seen(*(f"pod-{number}" for number in range(MOST_EARLIER + 100)))

    remembered = seen("x", before=many).seen["client_service"].earlier

    assert len(remembered) == MOST_EARLIER
    assert list(remembered)[:2] == ["pod-0", "pod-1"]


def test_each_value_of_a_tag_counts_and_unresolved_ends_do_not() -> None:
    assert shown("client_service:|", seen(("a", "b"), "N/A", "", "NA", ())) == ["a", "b"]


def test_a_value_that_no_query_may_hold_is_not_offered() -> None:
    assert shown("client_service:|", seen("a\nb", "a\x1bb", "a\ufe0fb", "web")) == ["web"]


def test_a_colon_too_many_that_was_searched_for_once_is_not_offered_as_a_value() -> None:
    learnt = known(a_snapshot(), searches=["client_team::", "client_team:::", "client_team:a:b"])

    assert shown("client_team:|", learnt) == ["a:b"]


def test_what_cleaning_left_of_a_value_is_not_offered_in_its_place() -> None:
    row = a_connection("1", [("ab",)], unclean=Exact("1", (("a\ufe0fb",),)))
    known_of_row = known(a_snapshot(row, query=Query(group_bys=("client_service",))))

    assert completions("client_service:", 15, known_of_row) == []


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("client_service:we|", 'client_service:"web store"|'),
        ('client_service:"we|', 'client_service:"web store"|'),
        ('client_service:"we|"', 'client_service:"web store"|'),
        ('client_service:"we| AND env:"x y"', 'client_service:"web store"| AND env:"x y"'),
        ("client_service:web\\ s|", 'client_service:"web store"|'),
        ("client_service:we|b AND b", 'client_service:"web store"| AND b'),
        ("client_service:(we|)", 'client_service:("web store"|)'),
        ("client_service:(a OR (|", 'client_service:(a OR ("web store"|'),
        ("-client_service:|", '-client_service:"web store"|'),
    ],
)
def test_a_value_is_quoted_and_replaces_what_was_typed_of_it(typed: str, after: str) -> None:
    assert taken(typed, seen("web store")) == after


@pytest.mark.parametrize(
    "typed",
    [
        "client_service:w*|",
        'client_service:"web store"|',
        'client_service:"we|b store"',
        "client_service:|(a OR b)",
        "client_service:(a) w|",
        "env:|",
    ],
)
def test_a_value_is_left_alone_where_taking_one_would_spoil_what_stands_there(typed: str) -> None:
    assert shown(typed, seen("web store")) == []


def test_what_is_typed_to_its_end_is_not_offered_and_only_longer_ones_are() -> None:
    known = seen("my-web", "web", "web-api")

    assert shown("client_service:web|", known) == ["web-api"]
    assert shown("client_service:web-api|", known) == []


def test_in_a_long_text_the_last_word_is_still_completed() -> None:
    long = 'env:"a b" AND ' * 200

    assert taken(f"{long}client_service:w|", seen("web")) == f"{long}client_service:web|"
    assert taken(f'{long}client_service:"w|', seen("web x")) == f'{long}client_service:"web x"|'


VALUES = st.text(st.characters() | st.sampled_from('ab :"*?()\\-'), min_size=1)
FIELDS = st.sampled_from(sorted(CONNECTIONS.fields)) | st.text('abc_.:(-\\"é', min_size=1)


@given(FIELDS, VALUES.filter(lambda value: value not in ("NA", "N/A")), st.integers(0, 5), st.data())
def test_a_completed_value_is_read_as_exactly_this_field_and_value(
    field: str, value: str, typed: int, data: st.DataObject
) -> None:
    begun = term(field, "x").removesuffix("x")
    before = data.draw(st.sampled_from(["", "env:prod AND ", "(a OR ", "NOT "]))
    written = data.draw(st.sampled_from([quoted(value)[:typed], ""]))

    text = f"{before}{begun}{written}"

    offered = completions(text, len(text), seen(value, field=field))

    assert offered or written or unseen(value)
    for one in offered:
        assert read(one.text_after[len(before) :]).expression == Term(field, Pattern((value,)))
        assert one.cursor_after == len(one.text_after)


@given(FIELDS)
def test_a_completed_field_is_read_as_exactly_this_field(field: str) -> None:
    begun = term(field, "x").removesuffix("x")
    known = seen("x", field=field)

    for end in range(1, len(begun)):
        for one in completions(begun[:end], end, known):
            if one.shown == field and not one.whole:
                assert read(f"{one.text_after}y").expression == Term(field, Pattern(("y",)))


WORDS = st.sampled_from([*'ab:()"\\*?-,[]> ', "AND ", "client_service:", "client_", "CIDR(", "web", "a:("])


@given(st.text() | st.lists(WORDS, max_size=20).map("".join), st.integers(-3, 60))
def test_any_text_and_cursor_are_borne_and_a_completion_changes_something(text: str, cursor: int) -> None:
    offered = completions(text, cursor, seen("web store", "a(b", "\n"))

    assert len(offered) <= MOST_COMPLETIONS
    assert all(one.text_after != text and 0 <= one.cursor_after <= len(one.text_after) for one in offered)


def an_answer_of_pods(rows: int) -> Snapshot:
    """Return an answer with this number of rows, in which no pod name occurs twice. It has ten columns, the maximum."""
    names = random.Random(1)
    group_bys = tuple(list(CONNECTIONS.fields)[:10])
    pods = (
        a_connection(str(number), [(f"pod-{names.getrandbits(64):016x}-{number}",) for _ in group_bys])
        for number in range(rows)
    )
    return a_snapshot(*pods, query=Query(group_bys=group_bys))


def steps(work: Callable[[], object]) -> int:
    """Return the number of bytecode instructions that Python executes when it calls the function.

    Unlike a time, this number is the same on every machine. Searching a text counts as one instruction, however
    long the text is.
    """
    taken = 0

    def note(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal taken
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        taken += event == "opcode"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        work()
    finally:
        sys.settrace(before)
    return taken


def test_four_times_the_rows_are_learnt_in_four_times_the_steps() -> None:
    few, many = an_answer_of_pods(300), an_answer_of_pods(1_200)

    steps_for_few = steps(lambda: known(few, known(few)))
    steps_for_many = steps(lambda: known(many, known(many)))

    assert steps_for_many < 4.2 * steps_for_few


@pytest.mark.parametrize("typed", ["client_service:", "client_service:p", "client_service:zzzz", "client_service:pd9f"])
def test_among_ten_times_the_values_a_completion_is_found_in_no_more_steps(typed: str) -> None:
    few, many = (known(an_answer_of_pods(rows)) for rows in (750, 7_500))
    for learnt in (few, many):
        # Only the first one after an answer puts its values in order.
        completions(typed, len(typed), learnt)

    steps_among_few = steps(lambda: completions(typed, len(typed), few))
    steps_among_many = steps(lambda: completions(typed, len(typed), many))

    assert steps_among_many < 1.1 * steps_among_few


def test_scattered_letters_are_looked_for_in_the_heaviest_of_very_many_values_only() -> None:
    many = [f"pod-{number}" for number in range(8_000)]

    assert shown("client_service:qx|", seen(*many[:10], "q-x")) == ["q-x"]
    assert shown("client_service:qx|", seen(*many, "q-x")) == []


def test_of_a_long_text_only_the_last_word_is_read() -> None:
    long = "x " * 2_000
    completions("env:w", 5, NOTHING_SEEN)

    assert steps(lambda: completions(f"{long}env:w", len(long) + 5, NOTHING_SEEN)) < len(long)
