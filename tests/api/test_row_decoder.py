import json
import math
import tracemalloc
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnm_tui.api import lenient_decoder
from cnm_tui.api.row_decoder import RowDecoder
from cnm_tui.core.connections import Connection, Exact
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError, ReplyNotJson, ReplyTooLarge, ReplyTruncated
from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.core.export.rows import export
from cnm_tui.core.fields.group_by import checked_group_bys
from cnm_tui.core.navigation.drilling import drilled
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement, arrange
from tests.api.decoded import decoded
from tests.builders import a_snapshot

REPLIES = Path(__file__).parents[1] / "replies"
SIDES = ("client_service", "server_service")
RESETS = CONNECTIONS.counted_keys.index("tcp_resets")


def a_row(number: int, **attributes: Any) -> dict[str, Any]:
    group_bys = {"client_service": [f"web-{number}"], "server_service": ["api"]}
    return {
        "id": f"client_service:web-{number}, server_service:api",
        "type": "aggregated_connection",
        "attributes": {"group_bys": group_bys, **dict.fromkeys(CONNECTIONS.counted_keys, number), **attributes},
    }


def a_body(*rows: Any, compact: bool = True) -> bytes:
    separators = (",", ":") if compact else None
    return json.dumps({"data": list(rows)}, separators=separators, indent=None if compact else 1).encode()


def only(body: bytes, group_bys: tuple[str, ...] = SIDES) -> Connection:
    rows = decoded(body, group_bys)
    assert (len(rows.connections), rows.unreadable) == (1, 0)
    return rows.connections[0]


def test_a_recorded_reply_is_read_whole() -> None:
    body = (REPLIES / "two_rows.json").read_bytes()

    rows = decoded(body, SIDES)

    assert rows.unreadable == 0
    assert [connection.groups for connection in rows.connections] == [
        (("web",), ("checkout",)),
        (("checkout",), ("postgres",)),
    ]
    assert rows.connections[0].id == "client_service:web, server_service:checkout"
    assert rows.connections[0].counters == tuple(range(100, 117))
    assert json.loads(bytes(rows.connections[1].raw))["attributes"]["tcp_to_come"] == 7


def test_strange_rows_keep_what_can_be_understood() -> None:
    rows = decoded((REPLIES / "strange_rows.json").read_bytes(), SIDES)

    assert rows.unreadable == 4
    assert [(connection.id, connection.groups) for connection in rows.connections] == [
        ("client_service:web, server_service:checkout", (("web",), ("checkout",))),
        ("null groups", ((), ())),
        ("no groups", ((), ())),
        ("bare texts", (("web",), ("5",))),
        ("nulls within", (("web", "api", "true"), ())),
        ("a list of pairs", (("web",), ("dns",))),
        ("client_service:web, server_service:N/A", (("web",), ("N/A",))),
        ("client_service:a, b, server_service:N/A", (("a", "b"), ())),
        ("odd figures", (("web",), ("api",))),
    ]
    assert [connection.counters[RESETS] for connection in rows.connections] == [108, 1, 2, 3, 4, 5, 6, 7, 8]
    assert rows.connections[-1].counters[:10] == (None, 1.5, 12, None, -3, None, None, None, 8, 2.5)


@pytest.mark.parametrize("compact", [True, False])
def test_thousands_of_rows_stay_in_their_order(compact: bool) -> None:
    rows = decoded(a_body(*map(a_row, range(1_500)), compact=compact), SIDES)

    assert [connection.counters[0] for connection in rows.connections] == list(range(1_500))
    assert json.loads(bytes(rows.connections[1_234].raw)) == a_row(1_234)


def test_a_cut_seen_within_a_text_does_not_lose_rows() -> None:
    tricky = [a_row(number) for number in range(1_500)]
    for row in tricky:
        row["note"] = [{"id": 'x"},{"id":'}, {"id": "y"}]

    rows = decoded(a_body(*tricky), SIDES)

    assert [connection.counters[0] for connection in rows.connections] == list(range(1_500))
    assert json.loads(bytes(rows.connections[1_499].raw)) == tricky[1_499]


def test_one_bad_row_among_thousands_is_counted_and_the_others_kept() -> None:
    entries: list[Any] = [a_row(number) for number in range(1_000)]
    entries[500] = {"id": 5}

    rows = decoded(a_body(*entries), SIDES)

    assert (len(rows.connections), rows.unreadable) == (999, 1)


def test_what_stands_beside_the_rows_is_ignored() -> None:
    body = json.dumps({"meta": {"page": [1]}, "data": [a_row(1)], "links": None}).encode()

    assert only(body).counters[0] == 1


def test_two_rows_with_one_id_both_survive() -> None:
    assert len(decoded(a_body(a_row(1), a_row(1)), SIDES).connections) == 2


def test_null_missing_and_empty_groups_are_unresolved() -> None:
    group_bys: dict[str, Any] = {"client_service": None, "server_service": []}

    connection = only(a_body(a_row(1, group_bys=group_bys)), (*SIDES, "client_team"))

    assert connection.groups == ((), (), ())


def test_a_query_without_group_bys_is_answered_too() -> None:
    assert only(a_body(a_row(1)), ()).groups == ()


def field_names() -> st.SearchStrategy[str]:
    """Return a Hypothesis strategy that generates any allowed tag name, because custom tags can have almost any
    name.
    """

    def is_allowed(name: str) -> bool:
        with suppress(CnmError):
            return checked_group_bys([name]) == (name,)
        return False

    return st.text(st.sampled_from("ab\"\\'`$*:=[]{}()<>#~-.é支") | st.characters(), min_size=1, max_size=8).filter(
        is_allowed
    )


@pytest.mark.parametrize("keeps_json", [True, False])
@given(names=st.lists(field_names(), min_size=1, max_size=4, unique=True))
def test_a_field_of_any_name_that_may_be_asked_for_is_read_and_written(names: list[str], keeps_json: bool) -> None:
    asked = tuple(names)
    body = a_body(a_row(1, group_bys={name: [f"of {name}"] for name in reversed(asked)}))

    rows = decoded(body, asked, keeps_json=keeps_json)

    (connection,) = rows.connections
    assert connection.exact.groups == tuple((f"of {name}",) for name in asked)
    snapshot = a_snapshot(connection, query=Query(group_bys=asked))
    for format_name in FORMATS:
        written = b"".join(export(arrange(snapshot, Arrangement()), format_name, source="test")).decode()
        if format_name == "jsonl":
            assert json.loads(written)["group_bys"] == {name: [f"of {name}"] for name in asked}
    assert drilled(snapshot, [connection], ("server_service",)).search


def test_a_value_with_control_characters_is_cleaned_and_kept_exactly() -> None:
    clipboard = "web\x1b]52;c;aGk=\x07"
    row = a_row(1, group_bys={"client_service": [clipboard], "server_service": ["api"]})

    connection = only(a_body(row))

    assert connection.groups == (("web␛]52;c;aGk=␇",), ("api",))
    assert connection.unclean == Exact(row["id"], ((clipboard,), ("api",)))


def test_a_raw_delete_or_c1_character_is_found_without_any_backslash() -> None:
    row = a_row(1, group_bys={"client_service": ["a\x7f"], "server_service": ["b\x9b"]})

    connection = only(json.dumps({"data": [row]}, ensure_ascii=False).encode())

    assert connection.groups == (("a␡",), ("b\ufffd",))


def test_clean_values_of_other_scripts_carry_no_second_copy() -> None:
    row = a_row(1, group_bys={"client_service": ["支払い"], "server_service": ["Zürich"]})

    connection = only(json.dumps({"data": [row]}, ensure_ascii=False).encode())

    assert connection.groups == (("支払い",), ("Zürich",))
    assert connection.unclean is None


def test_an_endless_value_is_shortened_and_kept_exactly() -> None:
    row = a_row(1, group_bys={"client_service": ["x" * 100_000], "server_service": ["api"]})

    connection = only(a_body(row))

    assert len(connection.groups[0][0]) == 16_384
    assert connection.exact.groups[0] == ("x" * 100_000,)


@pytest.mark.parametrize(
    ("figure", "read"),
    [
        ("NaN", None),
        ("Infinity", None),
        ("1e999", None),
        ("1e300", None),
        ("9" * 5_000, None),
        ("-5", -5),
        ("2.5", 2.5),
        ('"\\ud800"', None),
    ],
)
def test_a_figure_is_a_sensible_number_or_absent(figure: str, read: float | None) -> None:
    body = a_body(a_row(1, tcp_resets="HERE")).replace(b'"HERE"', figure.encode())

    assert only(body).counters[RESETS] == read


@pytest.mark.parametrize("text", ["half \\ud800 pair", "a\x01control"])
def test_texts_that_are_not_strictly_json_are_read_and_can_be_written_again(text: str) -> None:
    connection = only(a_body(a_row(1)).replace(b"web-1", text.encode()))

    assert connection.groups[0][0]
    connection.exact.groups[0][0].encode()


def test_bytes_that_are_no_utf_8_make_one_row_unreadable_and_no_other() -> None:
    body = a_body(a_row(1), a_row(2)).replace(b"web-2", b"web-\xff")

    rows = decoded(body, SIDES)

    assert (len(rows.connections), rows.unreadable) == (1, 1)


def test_a_byte_order_mark_is_ignored() -> None:
    assert only(b"\xef\xbb\xbf" + a_body(a_row(1))).counters[0] == 1


@pytest.mark.parametrize("body", [b'{"data":[]}', b'{"data":null}', b' { "data" : [ ] } '])
def test_an_empty_answer_is_an_answer(body: bytes) -> None:
    rows = decoded(body, SIDES)

    assert (list(rows.connections), rows.unreadable) == ([], 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"null", b'"data"', b"<html></html>", b'{"data":{}}', b'{"data":5}', b'{"data":[]} x', b"\xff"],
)
def test_what_is_not_the_document_is_refused(body: bytes) -> None:
    with pytest.raises(ReplyNotJson):
        decoded(body, SIDES)


@pytest.mark.parametrize("kept", [40, 200, -1, -2])
def test_the_beginning_of_a_document_is_told_as_such(kept: int) -> None:
    with pytest.raises(ReplyTruncated, match="ended in the middle of its JSON"):
        decoded(a_body(a_row(1))[:kept], SIDES)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_deeply_nested_reply_is_refused(opening: bytes) -> None:
    nested = opening * 100_000 + b"1" + (b"]" if opening == b"[" else b"}") * 100_000

    with pytest.raises(ReplyNotJson):
        decoded(nested, SIDES)
    with pytest.raises(ReplyNotJson):
        decoded(b'{"data":[%b]}' % nested, SIDES)


def test_more_rows_than_any_answer_has_are_refused() -> None:
    with pytest.raises(ReplyTooLarge, match=r"more than 30,000 rows"):
        decoded(a_body(*[1] * 40_000), SIDES)


def test_millions_of_tiny_entries_are_refused_before_they_become_objects() -> None:
    with pytest.raises(ReplyTooLarge, match="far more entries"):
        decoded(b'{"data":[' + b"0," * 5_000_000 + b"0]}", SIDES)


def test_millions_of_values_are_refused_before_all_of_them_became_objects() -> None:
    body = a_body(*[a_row(1, group_bys={SIDES[0]: ["a"] * 5_000})] * 1_000)
    decoder = RowDecoder(SIDES, CONNECTIONS.counted_keys, whole=lambda: body)

    with pytest.raises(ReplyTooLarge, match="far more entries"):
        decoder.feed(body)

    assert decoder.so_far < 1_000


NEST = b"[" * 400 + b"]" * 400 + b","


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[' + NEST * 25_000 + b"NaN]}",
        b'{"data":[' + NEST * 2_000 + b"NaN]}",
        b'{"data":[],"meta":[' + b"[]," * 1_000_000 + b"NaN]}",
        b'{"data":[' + b"[]," * 1_000_000 + b"[]]}",
        b'{"data":[' + b"{}," * 1_000_000 + b"NaN]}",
        b'{"data":[{"x":[' + b"0," * 2_000_000 + b"NaN]}]}",
    ],
    ids=["nested, 20 MB", "nested, 1.6 MB", "beside the rows", "lists", "objects", "one row"],
)
def test_a_reply_that_would_take_gigabytes_is_refused_before_it_does(body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises((ReplyTooLarge, ReplyNotJson)):
            decoded(body, SIDES)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 120_000_000


def test_a_row_that_no_endpoint_sends_is_unreadable_and_no_other() -> None:
    endless = {"id": 5, "attributes": {"group_bys": {}, "x": ["x"] * 100_000}}

    rows = decoded(a_body(a_row(1), endless, a_row(2)), SIDES)

    assert (len(rows.connections), rows.unreadable) == (2, 1)


@pytest.mark.parametrize("body", [b'{"data":[1]}', b'{"data":[{},[],null]}', b'{"data":[{"attributes":5}]}'])
def test_a_reply_without_any_row_that_can_be_read_is_a_failure(body: bytes) -> None:
    with pytest.raises(ReplyNotJson, match=r"^(1 of 1 row|(\d) of \2 rows) in the reply of .* could not be read"):
        decoded(body, SIDES)


def test_a_nan_in_any_row_leaves_all_others_as_they_are() -> None:
    many = [a_row(number) for number in range(3_000)]
    body = a_body(*many, {**a_row(3_000), "note": math.nan}, *many)

    rows = decoded(body, SIDES)

    assert [connection.counters[0] for connection in rows.connections] == [*range(3_001), *range(3_000)]


@pytest.mark.parametrize("length", [1, 8_100, 8_150, 8_192, 65_400, 65_536, 200_000])
def test_an_entry_of_any_length_is_read_whole_whatever_stands_at_the_end_of_a_window(length: int) -> None:
    for behind in ("12345678901234567890", "NaN", '"x\\ud83d\\ude00"', "true", "-1e5"):
        text = (
            f'{{"data": [{{"attributes": {{"group_bys": {{}}, "n": "{"y" * length}", "tcp_resets": {behind}}}}}, NaN]}}'
        )
        connections, unreadable, _odd = lenient_decoder.rows(
            text.encode(), SIDES, CONNECTIONS.counted_keys, "the endpoint", lambda _groups: ""
        )

        (connection,) = connections
        assert unreadable == 1
        assert json.loads(bytes(connection.raw), parse_constant=str) == json.loads(text, parse_constant=str)["data"][0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["id", "key", "value"]), inner),
    max_leaves=10,
)
groups = st.dictionaries(st.sampled_from(SIDES), json_values) | json_values
attributes = st.fixed_dictionaries(
    {},
    optional={"group_bys": groups, "metrics": json_values, **dict.fromkeys(CONNECTIONS.counted_keys[:3], json_values)},
)
entries = st.fixed_dictionaries({}, optional={"id": json_values, "attributes": attributes | json_values}) | json_values
documents = st.fixed_dictionaries({}, optional={"data": st.lists(entries) | json_values})


@given(documents | json_values)
def test_any_json_becomes_safe_connections_or_a_named_failure(document: Any) -> None:
    body = json.dumps(document).encode()
    try:
        rows = decoded(body, SIDES)
    except CnmError:
        return
    for connection in rows.connections:
        assert len(connection.groups) == 2
        assert all(text.isprintable() for values in connection.groups for text in (connection.id, *values))
        assert all(figure is None or math.isfinite(figure) for figure in connection.counters)
        json.loads(bytes(connection.raw))


@given(st.binary())
def test_any_bytes_become_rows_or_a_named_failure(body: bytes) -> None:
    with suppress(CnmError):
        decoded(body, SIDES)


MANY = [a_row(number, note='}, {"id": "x') for number in range(4_000)]
BODIES = {
    "compact": a_body(*MANY),
    "spaced": a_body(*MANY, compact=False),
    "with a row that makes no sense": a_body(*MANY[:3_000], {"id": 1, "attributes": 2}, *MANY[3_000:]),
    "in another order": json.dumps({"meta": {}, "data": MANY}).encode(),
    "with more behind the rows": json.dumps({"data": MANY, "meta": {"note": "  , "}}, indent=1).encode(),
    "that a strict reader refuses at its end": a_body(*MANY, {**a_row(9), "note": math.nan}),
}
WHOLE = {body: decoded(body, SIDES) for body in BODIES.values()}


@pytest.mark.slow
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@settings(max_examples=15)
@given(ends=st.lists(st.integers(0, 2_500_000), max_size=12))
def test_rows_are_the_same_in_whatever_pieces_they_come(body: bytes, ends: list[int]) -> None:
    cuts = [0, *sorted(min(end, len(body)) for end in ends), len(body)]

    decoder = RowDecoder(SIDES, CONNECTIONS.counted_keys, whole=lambda: body)
    for start, end in pairwise(cuts):
        decoder.feed(body[start:end])
    rows = decoder.rows()

    whole = WHOLE[body]
    assert rows.unreadable == whole.unreadable
    assert [row[:3] for row in rows.connections] == [row[:3] for row in whole.connections]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_rows_without_json_are_the_same_otherwise(body: bytes) -> None:
    rows, whole = decoded(body, SIDES, keeps_json=False), WHOLE[body]

    assert [row[:3] for row in rows.connections] == [row[:3] for row in whole.connections]
    assert rows.unreadable == whole.unreadable


def test_most_rows_are_decoded_before_the_last_of_them_came() -> None:
    body = BODIES["compact"]
    decoder = RowDecoder(SIDES, CONNECTIONS.counted_keys, whole=lambda: body)

    decoder.feed(body[:-1_000])

    assert decoder.so_far > 0.5 * len(MANY)
