"""The link to the same question in the web pages, and pasted links, which may hold anything."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.web_link import read_web_link, web_link
from cnm_tui.core.query import DEFAULT_TIME_RANGE, LONGEST_SEARCH, Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.service.sites import SITES
from cnm_tui.core.time.time_range import Fixed, TimeRange, Window, last
from tests.questions import all_is_seen

WINDOW = Window(1_772_358_300, 1_772_359_200)
FIXED = TimeRange(Fixed(WINDOW.start), Fixed(WINDOW.end))
PAGE = "https://app.datadoghq.com/network"
TIMES = "from_ts=1772358300000&to_ts=1772359200000"


def test_a_link_follows_the_one_template() -> None:
    link = web_link(Query(search="client_service:web AND env:prod"), WINDOW, "datadoghq.com")

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
    assert urlsplit(web_link(Query(), WINDOW, site)).hostname == host


def test_there_is_no_link_for_an_unknown_site() -> None:
    with pytest.raises(InvalidQuery, match=r"'example\.com' is no Datadog site"):
        web_link(Query(), WINDOW, "example.com")


def test_tags_become_a_search_that_means_them() -> None:
    query = Query(tags=("env:prod", "team:web shop", "url:http://a", "canary"))

    said = dict(parse_qsl(urlsplit(web_link(query, WINDOW, "datadoghq.com")).query))

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
    assert read_web_link(link) == (query.search, TimeRange(Fixed(start), Fixed(end)))


def test_the_longest_search_survives() -> None:
    query = Query(search="東" * LONGEST_SEARCH)

    assert read_web_link(web_link(query, WINDOW, "datadoghq.eu")) == (query.search, FIXED)


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
    assert read_web_link(link) == ("a b", FIXED)


def test_a_live_link_keeps_its_length_and_ends_now() -> None:
    assert read_web_link(f"{PAGE}?query=a&{TIMES}&live=true") == ("a", last(900))


def test_a_link_without_a_window_has_the_usual_one() -> None:
    assert read_web_link(f"{PAGE}?query=a") == ("a", DEFAULT_TIME_RANGE)


def test_a_link_without_a_search_asks_for_everything() -> None:
    assert read_web_link(f"{PAGE}?{TIMES}") == ("", FIXED)


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
        f"https://app.datadoghq.com/network/dns?query=a&{TIMES}",
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
HOSTILE = st.text(st.characters()) | st.lists(PIECES | st.characters(), max_size=20).map("".join)


@given(st.sampled_from(["", f"{PAGE}?", f"{PAGE}?query=", f"{PAGE}?{TIMES}&query="]), HOSTILE)
def test_nothing_that_is_pasted_raises_more_than_a_refusal(beginning: str, text: str) -> None:
    asked, refused = None, ""
    try:
        asked = read_web_link(beginning + text)
    except InvalidQuery as refusal:
        refused = refusal.sentence

    assert refused.isprintable()
    if asked is not None:
        search, time_range = asked
        assert Query(search=search, time_range=time_range).search == search
