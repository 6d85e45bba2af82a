"""Test the links about a row. They are made from URL templates, and tag values cannot lead to another address."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.row_links import DOCUMENTED, OWN, TEMPLATES, UNPROVEN, RowLink, checked_template, row_links
from cnm_tui.core.text import clean
from tests.odd_text import ODD

WEB = "app.datadoghq.eu"
ROW = {"client_service": ("web",), "server_service": ("my store",), "server_host": ("i-1",), "client_team": ("a", "b")}


def links(values: dict[str, tuple[str, ...]], **own: str) -> list[RowLink]:
    """Return the links of a row with these tag values. The argument `own` contains the user's own URL templates."""
    return list(row_links(own, values, WEB, 1_000, 2_000))


def test_each_page_is_offered_for_each_end_that_has_what_it_needs() -> None:
    assert [(link.name, link.whose, link.certainty) for link in links(ROW)] == [
        ("logs", "server my store", DOCUMENTED),
        ("logs", "client web", DOCUMENTED),
        ("logs of host", "server i-1", DOCUMENTED),
        ("traces", "server my store", DOCUMENTED),
        ("traces", "client web", DOCUMENTED),
        ("host", "server i-1", "seen"),
        ("processes", "server i-1", "seen"),
        ("network path", "server my store", UNPROVEN),
        ("network path", "client web", UNPROVEN),
    ]


def test_the_address_has_the_value_and_the_window() -> None:
    address = urlsplit(links(ROW)[0].address)

    assert (address.scheme, address.netloc, address.path) == ("https", WEB, "/logs")
    assert parse_qs(address.query) == {
        "query": ['service:"my store"'],
        "from_ts": ["1000"],
        "to_ts": ["2000"],
        "live": ["false"],
    }


def test_own_templates_come_first_and_replace_those_of_their_names() -> None:
    found = links(ROW, logs="https://logs.example.com/{server_service}", team="https://{web}/{client_team}")

    assert [link for link in found if link.name in ("logs", "team")] == [
        RowLink("logs", "my store", "https://logs.example.com/my%20store", OWN)
    ]


@pytest.mark.parametrize(
    "address",
    [
        "http://{web}/x",
        "javascript:alert(1)",
        "https://{server_domain}/x",
        "https://{web}.{server_domain}/x",
        "https://me@{web}/",
        "https:///x",
        "https://{web}/a b",
        "https://[x/",
        "",
    ],
)
def test_a_template_that_could_lead_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(InvalidQuery):
        checked_template("logs", address)


def test_all_templates_pass_their_own_check() -> None:
    assert [checked_template(one.name, one.address) for one in TEMPLATES] == [one.address for one in TEMPLATES]


@given(st.one_of(st.text(max_size=40), st.sampled_from([clean(text) for text in ODD.values()])))
def test_no_value_changes_anything_but_its_own_place(value: str) -> None:
    for link in links(
        {"client_service": (value,), "client_host": (value,)}, own="https://{web}/{service}/x?y={service}"
    ):
        address = urlsplit(link.address)
        asked = parse_qs(address.query, keep_blank_values=True)

        assert (address.scheme, address.netloc, address.fragment) == ("https", WEB, "")
        assert link.address.isascii()
        assert link.address.isprintable()
        assert " " not in link.address
        if link.name == "host":
            assert asked == {"host": [value]}
        if link.name == "own":
            assert (address.path.count("/"), asked) == (2, {"y": [value]})
