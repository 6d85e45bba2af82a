import pytest

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.demo.rate_limit import RateLimit, parsed_rate_limit
from cnm_tui.demo.server import DemoServer
from tests.demo.asking import AGGREGATE, KEYS, get


def test_calls_beyond_the_limit_are_refused_until_the_next_period_of_the_calendar() -> None:
    limit = RateLimit(2, 60)

    allowed = [limit.ask(moment).allowed for moment in (1_030, 1_040, 1_050, 1_079.9, 1_080)]

    assert allowed == [True, True, False, False, True]


def test_the_headers_say_what_is_left_and_when_it_begins_anew() -> None:
    limit = RateLimit(2, 60)

    headers = limit.ask(1_030.5).headers

    assert headers["X-RateLimit-Limit"] == "2"
    assert headers["X-RateLimit-Period"] == "60"
    assert headers["X-RateLimit-Remaining"] == "1"
    assert headers["X-RateLimit-Reset"] == "50"
    assert headers["X-RateLimit-Name"]


def test_who_waits_as_long_as_told_is_let_through() -> None:
    limit = RateLimit(1, 60)
    limit.ask(1_030.4)

    seconds = int(limit.ask(1_030.4).headers["X-RateLimit-Reset"])

    assert limit.ask(1_030.4 + seconds).allowed


def test_answers_refusals_and_rate_limiting_all_carry_the_headers() -> None:
    with DemoServer(rate_limit=(2, 60), clock=lambda: 1_790_001_000) as server:
        replies = [get(server.url, limit=limit) for limit in (1, 0, 1)]

    assert [reply.status for reply in replies] == [200, 400, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["1", "0", "0"]
    assert {reply.headers["X-RateLimit-Reset"] for reply in replies} == {"60"}
    said = "Rate limit of 2 requests in 60 seconds reached. Please try again later."
    assert replies[-1].content == {"errors": [said]}


def test_refused_keys_cost_nothing() -> None:
    with DemoServer(rate_limit=(1, 60), clock=lambda: 1_790_001_000) as server:
        get(server.url, headers={}, limit=1)
        reply = get(server.url, headers=KEYS, limit=1)

    assert reply.status == 200


@pytest.mark.parametrize(
    ("path", "headers", "method", "status"),
    [
        (AGGREGATE, {}, "GET", 403),
        (AGGREGATE, KEYS | {"Host": "example.com"}, "GET", 403),
        ("/elsewhere", KEYS, "GET", 404),
        (AGGREGATE, KEYS, "POST", 405),
        ("/api/v1/validate", KEYS, "GET", 200),
    ],
)
def test_what_costs_no_call_tells_what_is_left_too(
    path: str, headers: dict[str, str], method: str, status: int
) -> None:
    with DemoServer(rate_limit=(2, 60), clock=lambda: 1_790_001_000) as server:
        get(server.url, limit=1)
        reply = get(server.url, path, headers=headers, method=method)

    assert reply.status == status
    assert reply.headers["X-RateLimit-Remaining"] == "1"
    assert reply.headers["X-RateLimit-Reset"] == "60"


def test_looking_at_what_is_left_counts_no_call_and_sees_a_new_period() -> None:
    limit = RateLimit(2, 60)
    limit.ask(1_030)

    assert [limit.headers(moment)["X-RateLimit-Remaining"] for moment in (1_030, 1_031, 1_080)] == ["1", "1", "2"]


def test_a_rate_limit_is_written_as_calls_per_seconds() -> None:
    assert parsed_rate_limit("120/60") == (120, 60.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "120",
        "120/",
        "/60",
        "a/b",
        "1/0",
        "1/90000",
        "-1/60",
        "1.5/60",
        "0/60",
        f"9/{'9' * 5_000}",
        f"{'9' * 5_000}/9",
    ],
)
def test_other_texts_are_no_rate_limit(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parsed_rate_limit(text)
