"""Test the texts in which users copy a query to other programs: as a command, as an HTTP request and as a link."""

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.question import curl_line, python_lines, read_web_link, web_link
from cnm_tui.core.query import DEFAULT_TIME_RANGE, LONGEST_SEARCH, Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.service import SITES, Address, parameters
from cnm_tui.core.time.time_range import Fixed, TimeRange, Window, last
from tests.questions import all_is_seen, queries

WINDOW = Window(1_790_000_100, 1_790_001_000)
DATADOG = Address("https://api.datadoghq.eu")
VARIABLES = {"DD_API_KEY": "one key", "DD_APP_KEY": "another", "DD_ACCESS_TOKEN": "a token"}
HOSTILE = (
    "$(touch seen) `touch seen` ${HOME} !! ; touch seen | & > seen",
    """it's "quoted" \\ and \\' so on""",
    "'; touch seen; '",
    '"""\' + open("seen") + """',
    "@seen",
    "-o seen",
    "%00%27 a=b&c=d#e",
    "检索 OR prüfung",
)


@pytest.fixture(scope="module")
def no_curl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a fake program `curl`, which only prints its arguments."""
    folder = tmp_path_factory.mktemp("path")
    curl = folder / "curl"
    curl.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n", encoding="utf-8")
    curl.chmod(0o755)
    return folder


def arguments(line: str, folder: Path) -> list[str]:
    """Run the command line in a shell, and return the arguments that the fake `curl` receives."""
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        env={"PATH": str(folder), **VARIABLES},
        cwd=folder,
        capture_output=True,
        check=True,
    )
    assert (done.stderr, os.listdir(folder)) == (b"", ["curl"])
    return done.stdout.decode().split("\0")[:-1]


def said_by_curl(line: str, folder: Path) -> list[tuple[str, str]]:
    """Return the names and values of the parameters that curl would send if the user ran this command line."""
    words = arguments(line, folder)
    pairs = [words[at + 1] for at, word in enumerate(words) if word == "--data-urlencode"]
    return [(name, value) for name, _, value in (pair.partition("=") for pair in pairs)]


def said_by_python(lines: list[str]) -> Mapping[str, Any]:
    """Return the parameters with which the generated Python code calls the official client."""
    (call,) = (
        node
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("get_aggregated_connections")
    )
    return {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in call.keywords}


@settings(max_examples=40)
@given(query=st.one_of(queries(), st.sampled_from(HOSTILE).map(lambda search: Query(search=search))))
def test_a_shell_hands_curl_what_was_asked_whatever_stands_in_it(no_curl: Path, query: Query) -> None:
    line = curl_line(query, WINDOW, DATADOG)

    assert said_by_curl(line, no_curl) == parameters(query, WINDOW)
    assert "\n" not in line


@given(query=st.one_of(queries(), st.sampled_from(HOSTILE).map(lambda search: Query(search=search))))
def test_python_is_told_what_was_asked_whatever_stands_in_it(query: Query) -> None:
    said = said_by_python(python_lines(query, WINDOW, DATADOG))

    named = {"_from" if name == "from" else name: value for name, value in parameters(query, WINDOW)}
    assert {name: str(value) for name, value in said.items()} == named
    assert [type(said[name]) for name in ("_from", "to", "limit")] == [int] * 3


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        (DATADOG, ["DD-API-KEY: one key", "DD-APPLICATION-KEY: another"]),
        (Address("https://api.datadoghq.eu", "token"), ["Authorization: Bearer a token"]),
        (Address("http://127.0.0.1:8080", "nothing"), []),
    ],
    ids=str,
)
def test_curl_takes_the_keys_from_the_variables(no_curl: Path, address: Address, headers: list[str]) -> None:
    words = arguments(curl_line(Query(), WINDOW, address), no_curl)

    assert [words[at + 1] for at, word in enumerate(words) if word == "-H"] == headers
    assert f"{address.url}/api/v2/network/connections/aggregate" in words


LINKED_WINDOW = Window(1_772_358_300, 1_772_359_200)
FIXED = TimeRange(Fixed(LINKED_WINDOW.start), Fixed(LINKED_WINDOW.end))
PAGE = "https://app.datadoghq.com/network"
TIMES = "from_ts=1772358300000&to_ts=1772359200000"


def test_a_link_follows_the_one_template() -> None:
    link = web_link(Query(search="client_service:web AND env:prod"), LINKED_WINDOW, "datadoghq.com")

    assert link == (
        "https://app.datadoghq.com/network?query=client_service%3Aweb%20AND%20env%3Aprod"
        "&from_ts=1772358300000&to_ts=1772359200000&live=false"
    )


@pytest.mark.parametrize(
    ("site", "host"),
    [
        ("datadoghq.com", "app.datadoghq.com"),
        ("datadoghq.eu", "app.datadoghq.eu"),
        ("ddog-gov.com", "app.ddog-gov.com"),
        ("us3.datadoghq.com", "us3.datadoghq.com"),
        ("us2.ddog-gov.com", "us2.ddog-gov.com"),
    ],
)
def test_a_site_has_its_own_web_host(site: str, host: str) -> None:
    assert urlsplit(web_link(Query(), LINKED_WINDOW, site)).hostname == host


def test_there_is_no_link_for_an_unknown_site() -> None:
    with pytest.raises(InvalidQuery, match=r"'example\.com' is no Datadog site"):
        web_link(Query(), LINKED_WINDOW, "example.com")


def test_tags_become_a_search_that_means_them() -> None:
    query = Query(tags=("env:prod", "team:web shop", "url:http://a", "canary"))

    said = dict(parse_qsl(urlsplit(web_link(query, LINKED_WINDOW, "datadoghq.com")).query))

    assert said["query"] == 'env:prod AND team:"web shop" AND url:"http://a" AND canary'
    assert read(said["query"]).problems == ()


SEARCHES = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "), max_size=200).filter(
    all_is_seen
)
MOMENTS = st.integers(0, 99_999_999_999)


@given(SEARCHES, MOMENTS, MOMENTS, st.sampled_from(SITES))
def test_a_link_reads_back_as_the_same_search_and_window(search: str, start: int, end: int, site: str) -> None:
    assume(start < end)
    query = Query(search=search)

    link = web_link(query, Window(start, end), site)

    assert link.isascii()
    assert link.isprintable()
    assert read_web_link(link) == (query.search, TimeRange(Fixed(start), Fixed(end)), CONNECTIONS)


def test_the_longest_search_survives() -> None:
    query = Query(search="東" * LONGEST_SEARCH)

    assert read_web_link(web_link(query, LINKED_WINDOW, "datadoghq.eu")) == (query.search, FIXED, CONNECTIONS)


@pytest.mark.parametrize(
    "link",
    [
        f"  {PAGE}?query=a+b&{TIMES}&live=false\n",
        f"{PAGE}/?{TIMES}&query=a%20b",
        f"HTTPS://App.DataDogHQ.com:443/network?query=a%20b&{TIMES}&srcG=service&destG=service#here",
        f"https://acme.datadoghq.com/network?query=a%20b&{TIMES}&query=c",
        f"{PAGE}?query=%20a%20b%20&from_ts=1772358300999&to_ts=1772359200123",
    ],
)
def test_a_link_as_people_paste_it_is_read(link: str) -> None:
    assert read_web_link(link) == ("a b", FIXED, CONNECTIONS)


def test_a_live_link_keeps_its_length_and_ends_now() -> None:
    assert read_web_link(f"{PAGE}?query=a&{TIMES}&live=true") == ("a", last(900), CONNECTIONS)


def test_a_link_without_a_window_has_the_usual_one() -> None:
    assert read_web_link(f"{PAGE}?query=a") == ("a", DEFAULT_TIME_RANGE, CONNECTIONS)


def test_a_link_without_a_search_asks_for_everything() -> None:
    assert read_web_link(f"{PAGE}?{TIMES}") == ("", FIXED, CONNECTIONS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "client_service:web",
        "https://",
        "https://[",
        "https://[::1/network",
        "https://a℀b/network",
        f"http://app.datadoghq.com/network?{TIMES}",
        f"//app.datadoghq.com/network?{TIMES}",
        f"app.datadoghq.com/network?{TIMES}",
        f"https://example.com/network?{TIMES}",
        f"https://app.datadoghq.com.example.com/network?{TIMES}",
        f"https://app.datadoghq.com@example.com/network?{TIMES}",
        f"https://notdatadoghq.com/network?{TIMES}",
        f"https://app.datadoghq.com/logs?query=a&{TIMES}",
        f"https://app.datadoghq.com/network/lookups?query=a&{TIMES}",
        f"url:{PAGE}?{TIMES}",
        f"{PAGE}?query=a OR b&{TIMES}",
        f"NOT {PAGE}?{TIMES}",
    ],
)
def test_what_is_no_link_to_the_network_page_is_none(text: str) -> None:
    assert read_web_link(text) is None


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("from_ts=1772358300000", "The link's to_ts is no time in milliseconds"),
        ("to_ts=1772358300000", "The link's from_ts is no time in milliseconds"),
        ("from_ts=now&to_ts=1772358300000", "The link's from_ts is no time"),
        ("from_ts=-1&to_ts=1772358300000", "The link's from_ts is no time"),
        ("from_ts=٣&to_ts=1772358300000", "The link's from_ts is no time"),
        (f"from_ts=0&to_ts={'9' * 5_000}", "The link's to_ts is no time"),
        ("from_ts=1772359200000&to_ts=1772358300000", "ends .* before it starts"),
        ("from_ts=1772358300000&to_ts=1772358300000", "is empty"),
        ("from_ts=1772359200000&to_ts=1772358300000&live=true", "ends .* before it starts"),
        (f"query=a%1b&{TIMES}", "cannot be seen"),
        (f"query=a%0ab&{TIMES}", "cannot be seen"),
        (f"query={'a' * 8_001}&{TIMES}", "at most 8,000"),
        ("&".join(f"a{number}=1" for number in range(101)), "more than 100 parameters"),
    ],
)
def test_a_link_that_asks_the_impossible_is_refused(parameters: str, said: str) -> None:
    with pytest.raises(InvalidQuery, match=said) as refused:
        read_web_link(f"{PAGE}?{parameters}")

    assert refused.value.sentence.isprintable()


PIECES = st.sampled_from(
    [PAGE, "https://", "?", "&", "=", "%", "%ff", "%ed%a0%80", ";", "[", "]", "@", "#", "query=", "from_ts=", "to_ts="]
    + ["1772358300000", "1772359200000", "live=true", "/network", "datadoghq.com", ":", "\x00", "\ud800", "℀"]
)
HOSTILE_PAGES = st.text(st.characters()) | st.lists(PIECES | st.characters(), max_size=20).map("".join)


@given(st.sampled_from(["", f"{PAGE}?", f"{PAGE}?query=", f"{PAGE}?{TIMES}&query="]), HOSTILE_PAGES)
def test_nothing_that_is_pasted_raises_more_than_a_refusal(beginning: str, text: str) -> None:
    asked, refused = None, ""
    try:
        asked = read_web_link(beginning + text)
    except InvalidQuery as refusal:
        refused = refusal.sentence

    assert refused.isprintable()
    if asked is not None:
        search, time_range, _endpoint = asked
        assert Query(search=search, time_range=time_range).search == search
