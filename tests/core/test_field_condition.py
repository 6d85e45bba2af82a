"""A condition on one field finds exactly the rows of one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.field_condition import field_term
from cnm_tui.core.filter.row_filter import parsed_filter
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Connection, Exact, Snapshot
from cnm_tui.core.text import clean
from tests.builders import a_connection, a_snapshot
from tests.core.conftest import ids_matching
from tests.questions import all_is_seen


def pairs(*names: tuple[str, str]) -> Snapshot:
    """Connections between these, their ids counting them."""
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
        parsed_filter(text)


@pytest.mark.parametrize("text", ["bogus=1", "clientservice=web", "rtx=5ms"])
def test_a_misspelt_figure_is_still_none(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is no figure"):
        parsed_filter(text)


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
        found = ids_matching(field_term(field, text, alone=alone), snapshot)
        others = ids_matching(f"!{field_term(field, text, alone=alone)}", snapshot)

        assert found == (["0", "1"] if snapshot.texts(0)[1] == text else ["0"])
        assert sorted([*found, *others]) == ["0", "1"]
