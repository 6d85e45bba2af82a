"""Test facts about Datadog's service: its sites and URLs, the API keys, the request parameters, and the rate
limit.
"""

import copy
import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnm_tui.core.errors import CredentialsMalformed, InvalidQuery
from cnm_tui.core.query import Query
from cnm_tui.core.service import (
    DEFAULT_SITE,
    SITES,
    AccessToken,
    Budget,
    KeyPair,
    Secret,
    checked_api_url,
    checked_secret,
    checked_site,
    is_loopback,
    parameters,
    pause_seconds,
    site_url,
    wait_seconds,
    without_keys,
)
from cnm_tui.core.time.time_range import Window

KEY = "0123456789abcdef-not-a-key"


def test_the_sites_are_datadogs_nine() -> None:
    assert set(SITES) == {
        "datadoghq.com",
        "us3.datadoghq.com",
        "us5.datadoghq.com",
        "datadoghq.eu",
        "ap1.datadoghq.com",
        "ap2.datadoghq.com",
        "uk1.datadoghq.com",
        "ddog-gov.com",
        "us2.ddog-gov.com",
    }
    assert len(SITES) == 9
    assert DEFAULT_SITE == "datadoghq.com"


@pytest.mark.parametrize("site", SITES)
def test_each_site_is_accepted_however_it_is_typed(site: str) -> None:
    assert checked_site(f" {site.upper()}\n") == site
    assert site_url(site) == f"https://api.{site}"


@pytest.mark.parametrize(
    "text", ["", "datadog.com", "api.datadoghq.com", "https://datadoghq.com", "datadoghq.com.evil.com", "us1"]
)
def test_another_site_is_refused_with_the_list_of_sites(text: str) -> None:
    with pytest.raises(InvalidQuery, match="is no Datadog site") as refused:
        checked_site(text)

    assert "us5.datadoghq.com" in refused.value.hint
    assert "--api-url" in refused.value.hint


def test_a_refused_site_is_repeated_cleaned() -> None:
    with pytest.raises(InvalidQuery) as refused:
        checked_site("\x1b]0;x\x07" + "y" * 500)

    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        (" https://API.example.com:8443/datadog/ ", "https://api.example.com:8443/datadog"),
        ("HTTPS://api.example.com", "https://api.example.com"),
        ("https://dd_proxy", "https://dd_proxy"),
        ("https://10.1.2.3", "https://10.1.2.3"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://localhost:8080/api", "http://localhost:8080/api"),
        ("http://LocalHost", "http://localhost"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_api_of_ones_own_is_https_or_on_this_machine(text: str, url: str) -> None:
    assert checked_api_url(text) == url
    assert checked_api_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com",
        "http://127.0.0.1.evil.com",
        "http://localhost.evil.com",
        "http://128.0.0.1",
        "http://0.0.0.0:80",
        "http://[2001:db8::1]",
        "http://2130706433",
    ],
)
def test_keys_are_not_sent_in_the_clear_to_another_machine(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        checked_api_url(text)

    assert "Use https" in refused.value.hint or "HOST" in refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "https://me@example.com",
        "https://me:secret@example.com",
        "https://:@example.com",
        "https://me:secret/1@example.com",
        "https://me:1#secret@example.com",
        "https://me:secret[@example.com",
        "ftp://me:secret@example.com",
        "me:secret@example.com",
    ],
)
def test_a_url_carries_no_user_name_or_password(text: str) -> None:
    with pytest.raises(InvalidQuery, match="user name or password") as refused:
        checked_api_url(text)

    assert "secret" not in refused.value.sentence
    assert "headers" in refused.value.hint


@pytest.mark.parametrize("text", ["https://example.com?a=b", "https://example.com/#top", "https://example.com/a b"])
def test_a_url_has_no_more_than_a_host_and_a_path(text: str) -> None:
    with pytest.raises(InvalidQuery, match="more than a host and a path"):
        checked_api_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "https:///path",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://example.com:99999",
        "https://example.com:-1",
        "https://example.com:port",
        "https://[::1",
        "https://[example.com]",
        "https://exam\nple.com",
        "https://example.com\x00",
        "https://example.com/\x1b[0m",
        "https://a..b",
        "https://.example.com",
        "https://" + "a" * 64 + ".com",
        "https://" + "a." * 130 + "com",
        "https://exa mple.com",
        "https://example.com\\.evil.com",
        'https://exam"ple.com',
        "https://exam%70le.com",
        "https://999.1.1.1",
        "https://☃.example.com",
        "https://example.com/" + "x" * 2_000,
    ],
)
def test_what_is_no_url_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        checked_api_url(text)

    assert "https://HOST[:PORT][/PATH]" in refused.value.hint
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


@given(st.text(st.characters()) | st.text(st.sampled_from("htps:/[]@.?#%1aà")).map(lambda rest: f"https://{rest}"))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        url = checked_api_url(text)
    except InvalidQuery:
        return

    assert checked_api_url(url) == url


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1.evil.com", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_only_names_that_can_mean_nothing_else_are_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_a_key_is_stripped_of_what_pasting_adds() -> None:
    assert checked_secret(f" {KEY}\r\n", "API key").reveal() == KEY


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_key_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(CredentialsMalformed, match="The API key is empty"):
        checked_secret(text, "API key")


@pytest.mark.parametrize("text", [f"{KEY} {KEY}", f"{KEY}\n{KEY}", f"{KEY}\x1b[0m", f"{KEY}é", KEY * 1_000])
def test_what_cannot_stand_in_a_header_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(CredentialsMalformed, match="That is no API key") as refused:
        checked_secret(text, "API key")

    assert KEY not in refused.value.sentence


@pytest.mark.parametrize("text", [f'"{KEY}"', f"'{KEY}'", f"“{KEY}”", f'"{KEY}', f" `{KEY}` ", f"{KEY}'", '"'])
def test_a_key_that_was_pasted_with_its_quotes_is_told_so(text: str) -> None:
    with pytest.raises(CredentialsMalformed, match="The API key stands in quotes") as refused:
        checked_secret(text, "API key")

    assert KEY not in refused.value.sentence


def test_a_secret_never_shows_itself() -> None:
    secret = Secret(KEY)
    pair = KeyPair(secret, secret)
    token = AccessToken(secret)

    shown = [f"{secret}", f"{secret!r}", str(secret), repr(secret), f"{secret}", f"{[secret]}", f"{pair}", f"{token!r}"]

    assert not any(KEY in text for text in shown)
    assert all("***" in text for text in shown)


def test_a_secret_does_not_show_in_a_traceback() -> None:
    secret = Secret(KEY)

    with pytest.raises(TypeError) as failed:
        f"{secret:>40}"

    assert KEY not in "".join(traceback.TracebackException.from_exception(failed.value, capture_locals=True).format())


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_neither_pickled_nor_copied(copied: object) -> None:
    assert callable(copied)

    with pytest.raises(TypeError, match="not pickled") as refused:
        copied(KeyPair(Secret(KEY), Secret(KEY)) if copied is not copy.copy else Secret(KEY))

    assert KEY not in str(refused.value)


def test_secrets_compare_by_their_text_and_never_with_a_text() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret("another")
    assert Secret(KEY) != KEY
    assert len({Secret(KEY), Secret(KEY)}) == 1
    assert Secret(KEY).reveal() == KEY


def test_another_program_gets_no_variable_that_may_hold_a_key() -> None:
    environ = {"PATH": "/bin", "DD_API_KEY": "a", "DD_APP_KEY": "b", "DD_ACCESS_TOKEN": "c", "HOME": "/home"}

    assert without_keys(environ) == {"PATH": "/bin", "HOME": "/home"}


@pytest.mark.parametrize("key", ["0123456789abcdef0123456789abcdef", "ddpat_mine"])
def test_a_key_in_the_place_of_a_site_is_not_repeated(key: str) -> None:
    for check in (checked_site, checked_api_url):
        with pytest.raises(InvalidQuery) as refused:
            check(key)

        assert key not in refused.value.sentence
        assert "***" in refused.value.sentence


def test_a_query_is_sent_under_the_endpoint_s_names() -> None:
    query = Query(group_bys=("client_team", "server_service"), search="env:prod AND team:web", limit=50)

    assert parameters(query, Window(600, 1_500)) == [
        ("from", "600"),
        ("to", "1500"),
        ("group_by", "client_team,server_service"),
        ("query", "env:prod AND team:web"),
        ("limit", "50"),
    ]


def test_tags_are_sent_as_tags_and_no_group_by_as_none() -> None:
    sent = dict(parameters(Query(group_bys=(), tags=("env:prod", "team:web")), Window(600, 1_500)))

    assert sent["tags"] == "env:prod,team:web"
    assert "group_by" not in sent
    assert "query" not in sent


NOW = 1_000_000.0


def a_budget(limit: int | None, remaining: int | None, resets_in: float | None, period: float | None = 60) -> Budget:
    return Budget(limit, period, remaining, None if resets_in is None else NOW + resets_in)


def test_without_headers_the_wished_pause_stays() -> None:
    assert pause_seconds(30, Budget(), NOW) == 30


def test_what_is_left_beyond_the_user_s_third_is_spread_over_the_rest_of_the_period() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=12, resets_in=24), NOW) == 12


def test_the_pause_is_never_shorter_than_wished() -> None:
    assert pause_seconds(30, a_budget(limit=600, remaining=590, resets_in=60), NOW) == 30


@pytest.mark.parametrize("remaining", [10, 4, 0])
def test_with_only_the_user_s_third_left_refreshes_wait_for_the_reset(remaining: int) -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=remaining, resets_in=50), NOW) == 50


def test_at_least_three_calls_are_the_user_s() -> None:
    assert pause_seconds(5, a_budget(limit=4, remaining=3, resets_in=50), NOW) == 50
    assert pause_seconds(5, a_budget(limit=None, remaining=4, resets_in=50), NOW) == 50


def test_a_period_that_is_over_stretches_nothing() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=-1), NOW) == 5


def test_without_a_moment_of_reset_the_whole_period_counts() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=None), NOW) == 60
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=None, period=None), NOW) == 5


def test_a_clock_set_back_stretches_a_pause_by_no_more_than_a_period() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=7_200), NOW) == 60


def test_waiting_ends_at_its_moment() -> None:
    assert wait_seconds(NOW + 12.5, Budget(), NOW) == 12.5
    assert wait_seconds(NOW - 1, Budget(), NOW) == 0
    assert wait_seconds(None, Budget(), NOW) == 0


def test_a_budget_used_up_is_waited_for_and_the_later_of_two_moments_counts() -> None:
    used_up = a_budget(limit=30, remaining=0, resets_in=20)

    assert wait_seconds(None, used_up, NOW) == 20
    assert wait_seconds(NOW + 12, used_up, NOW) == 20
    assert wait_seconds(NOW + 30, used_up, NOW) == 30


def test_a_clock_set_back_forbids_asking_for_no_more_than_a_period() -> None:
    assert wait_seconds(None, a_budget(limit=30, remaining=0, resets_in=7_200), NOW) == 60
