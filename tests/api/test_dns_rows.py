"""Test the decoding of DNS rows. A row contains lists of `{key, value}` objects, and any of them may be missing."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.api.row_decoder import DecodedRows, RowDecoder
from cnm_tui.core.connections import Connection
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import CnmError, ReplyNotJson
from cnm_tui.core.query import Query

REPLIES = Path(__file__).parents[1] / "replies"
GROUP_BYS = ("client_service", "network.dns_query")
QUERY = Query(GROUP_BYS, endpoint=DNS)


def decoded(body: bytes) -> DecodedRows:
    """Return the decoded rows of a DNS response.

    Raises:
        CnmError: The body is not a response of the API endpoint.
    """
    decoder = RowDecoder.of(QUERY, "the endpoint", whole=lambda: body)
    decoder.feed(body)
    return decoder.rows()


def row(group_bys: Any = (), metrics: Any = (), **more: Any) -> dict[str, Any]:
    """Return one JSON row of a DNS response with these lists of group-bys and metrics."""
    return {"attributes": {"group_bys": group_bys, "metrics": metrics}, **more}


def only(*entries: Any) -> Connection:
    """Return the first decoded connection of a DNS response that contains these JSON rows."""
    return decoded(json.dumps({"data": entries}).encode()).connections[0]


def of(connection: Connection) -> dict[str, Any]:
    """Return the metrics of a DNS row as a dictionary from metric name to number. Unknown metrics are left out."""
    figures = zip(DNS.counted_keys, connection.counters, strict=True)
    return {key: number for key, number in figures if number is not None}


def test_the_documented_example_is_read() -> None:
    body = (REPLIES / "dns_documented.json").read_bytes()

    (found,) = decoded(body).connections

    assert found.id == "client_service:example-service,network.dns_query:example.com"
    assert found.groups == (("example-service",), ("example.com",))
    assert found.counters == (100, 7, 93, 5, 2, 1, 1, 3, 50, 75)
    assert json.loads(bytes(found.raw)) == json.loads(body)["data"][0]


REQUESTS = {"key": "dns_total_requests", "value": 9}
NAME = {"key": "network.dns_query", "value": "a.example"}
WEB = {"key": "client_service", "value": "web"}
NAMED = ((), ("a.example",))
NINE = {"dns_total_requests": 9}
NOTHING: tuple[Any, Any] = (((), ()), {})


@pytest.mark.parametrize(
    ("entry", "read"),
    [
        (row(), NOTHING),
        (row(None, None), NOTHING),
        ({"attributes": {}}, NOTHING),
        (row([NAME], [REQUESTS]), (NAMED, NINE)),
        # In another order, twice, or with more than is known.
        (row([NAME, WEB], [REQUESTS]), ((("web",), ("a.example",)), NINE)),
        (row([NAME, {"key": "new", "value": "x"}], [{"key": "dns_new", "value": 1}, REQUESTS]), (NAMED, NINE)),
        (row([NAME | {"more": 1}], [REQUESTS | {"value": 3}, REQUESTS]), (NAMED, NINE)),
        # Half a pair.
        (row([{"key": "network.dns_query"}, {"value": "x"}, {}], [{"key": "dns_total_requests"}, {}]), NOTHING),
        (row([NAME | {"value": None}], [REQUESTS | {"value": None}]), NOTHING),
        # Other types, which only the lenient decoder reads.
        (row([NAME | {"value": ["a", "b"]}], [REQUESTS | {"value": "9"}]), (((), ("a", "b")), NINE)),
        (row([NAME | {"value": 7}], [REQUESTS | {"value": True}]), (((), ("7",)), {})),
        (row(["x", 1, NAME], ["y", None, REQUESTS]), (NAMED, NINE)),
        (row({"network.dns_query": ["a.example"]}, {"dns_total_requests": 9}), (NAMED, NINE)),
        (row("x", 3), NOTHING),
        (row([NAME], [REQUESTS | {"value": 10**30}]), (NAMED, {})),
    ],
)
def test_what_is_readable_of_a_row_is_read_alone_and_beside_others(
    entry: Any, read: tuple[Any, dict[str, int]]
) -> None:
    for beside in ((), (row([NAME], [REQUESTS]),)):
        found = only(entry, *beside)

        assert (found.groups, of(found)) == read


def test_a_row_without_an_id_gets_one_as_the_endpoint_writes_it() -> None:
    made = only(row([NAME, {"key": "client_service", "value": "web"}]))

    assert made.id == "client_service:web,network.dns_query:a.example"


@pytest.mark.parametrize("entry", [3, None, "x", {}, {"attributes": None}, {"attributes": [1]}])
def test_what_is_no_row_is_counted_as_unreadable(entry: Any) -> None:
    rows = decoded(json.dumps({"data": [entry, row([NAME], [REQUESTS])]}).encode())

    assert (len(rows.connections), rows.unreadable) == (1, 1)
    with pytest.raises(ReplyNotJson):
        decoded(json.dumps({"data": [entry]}).encode())


def test_hostile_texts_are_cleaned_and_kept_beside() -> None:
    found = only(row([{"key": "network.dns_query", "value": "\x1b[31mred‮"}], id="\x1b]52;c;x\x07"))

    assert "\x1b" not in found.id + found.group_text(1)
    assert found.exact.groups[1] == ("\x1b[31mred‮",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "value", "id"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"attributes": st.fixed_dictionaries({"group_bys": json_values, "metrics": json_values})}
        ),
        max_size=4,
    )
)
def test_any_json_in_the_place_of_pairs_is_rows_or_a_named_error(entries: list[Any]) -> None:
    body = json.dumps({"data": entries}).encode()

    try:
        rows = decoded(body)
    except CnmError:
        return

    assert len(rows.connections) + rows.unreadable == len(entries)
    assert all(len(one.groups) == 2 and len(one.counters) == 10 for one in rows.connections)
