"""Test how queries are sent and rows are refreshed, and what happens if a request fails."""

import base64
from dataclasses import replace

from cnm_tui.core.errors import QueryRefused, RateLimited, TimedOut
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Fixed, TimeRange
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import exploring

WEB = a_connection(groups=(("web",), ("store",)), bytes_sent_by_client=2_000)
MAIL = a_connection(groups=(("mail",), ("relay",)), bytes_sent_by_client=1_000)


async def test_the_first_answer_is_asked_for_without_a_key_press() -> None:
    async with exploring(FakeSource(a_snapshot(WEB, MAIL))) as user:
        await user.sees("2 rows")

        assert "web" in user.screen()
        assert user.source.asked == [Query()]


async def test_r_asks_the_same_again() -> None:
    async with exploring(FakeSource(a_snapshot(WEB), a_snapshot(WEB, MAIL))) as user:
        await user.sees("1 row")

        await user.press("r")

        await user.sees("2 rows")
        assert user.source.asked == [Query(), Query()]


async def test_a_failed_refresh_keeps_the_rows_and_says_what_happened() -> None:
    failure = TimedOut("No answer from FAKE within 30 s.", hint="Check the network.")
    async with exploring(FakeSource(a_snapshot(WEB, fetched_at=MOMENT - 300), failure)) as user:
        await user.sees("web")

        await user.press("r")

        await user.sees("! No answer from FAKE within 30 s. Check the network.")
        assert "web" in user.screen()
        assert "5 min old" in user.screen()


async def test_a_good_answer_takes_the_problem_away() -> None:
    failure = TimedOut("No answer from FAKE within 30 s.", hint="Check the network.")
    async with exploring(FakeSource(a_snapshot(WEB), failure, a_snapshot(WEB))) as user:
        await user.sees("web")
        await user.press("r")
        await user.sees("No answer")

        await user.press("r")

        await user.until(lambda: "No answer" not in user.screen())


async def test_a_first_failure_is_told_where_the_rows_would_be() -> None:
    failure = TimedOut("No answer from FAKE within 30 s.", hint="Check the network.")
    async with exploring(FakeSource(failure)) as user:
        await user.sees("r asks again.")

        assert "Check the network." in user.screen()


async def test_a_rate_limit_is_obeyed_and_a_key_press_says_how_long() -> None:
    limited = RateLimited("Too many requests.", retry_after_seconds=40, hint="Wait.")
    async with exploring(FakeSource(a_snapshot(WEB), limited), clock=lambda: MOMENT) as user:
        await user.sees("web")
        await user.press("r")
        await user.sees("Too many requests.")

        await user.press("r")

        await user.sees("The rate limit allows the next request in 40 s")
        assert len(user.source.asked) == 2


async def test_what_was_asked_during_a_rate_limit_is_asked_when_it_ends() -> None:
    limited = RateLimited("Too many requests.", retry_after_seconds=1, hint="Wait.")
    async with exploring(FakeSource(a_snapshot(WEB), limited, a_snapshot(MAIL))) as user:
        await user.sees("web")
        await user.press("r")
        await user.sees("Too many requests.")

        await user.press("r")

        await user.sees("mail")


async def test_live_figures_are_asked_for_again_by_themselves() -> None:
    source = FakeSource(a_snapshot(WEB), a_snapshot(MAIL))
    async with exploring(source, exploration=Exploration(Query(), refresh_seconds=0.1)) as user:
        await user.sees("mail")

        assert "live" in user.screen()


async def test_p_pauses_and_resumes() -> None:
    source = FakeSource(a_snapshot(WEB))
    async with exploring(source, exploration=Exploration(Query(), refresh_seconds=1.0)) as user:
        await user.sees("web")

        await user.press("p")
        await user.sees("Paused")
        assert user.main.session.requests.next_refresh_at is None

        user.source.will_answer(a_snapshot(MAIL))
        await user.press("p")
        await user.sees("mail")


async def test_a_window_that_does_not_end_now_is_not_refreshed() -> None:
    query = Query(time_range=TimeRange(Fixed(MOMENT - 7200), Fixed(MOMENT - 3600)))
    source = FakeSource(a_snapshot(WEB, query=query))
    async with exploring(source, exploration=Exploration(query, refresh_seconds=0.05)) as user:
        await user.sees("web")

        assert "fixed" in user.screen()
        assert user.main.session.requests.next_refresh_at is None


async def test_a_low_budget_stretches_the_pause() -> None:
    budget = Budget(limit=30, period_seconds=60, remaining=2, reset_at=MOMENT + 50)
    source = FakeSource(a_snapshot(WEB, budget=budget))
    async with exploring(source, exploration=Exploration(Query(), refresh_seconds=5), clock=lambda: MOMENT) as user:
        await user.sees("only 2 requests left")

        await user.sees("next in 50 s")


async def test_an_answer_waits_while_a_dialog_is_open() -> None:
    async with exploring(FakeSource(a_snapshot(WEB))) as user:
        await user.sees("web")
        await user.press("r")
        await user.press("n")
        await user.until(lambda: user.source.waiting == 1)

        user.source.answer(a_snapshot(MAIL))
        for _ in range(20):
            await user.pilot.pause()
        assert "mail" not in _grid_text(user.grid.table)

        await user.press("escape")
        await user.sees("mail")


def _grid_text(table: object) -> str:
    snapshot = getattr(table, "snapshot", None)
    assert isinstance(snapshot, Snapshot)
    return " ".join(connection.id for connection in snapshot.connections)


async def test_an_empty_answer_says_why_and_what_to_try() -> None:
    query = Query(search="nothing:here")
    async with exploring(FakeSource(a_snapshot(query=query)), exploration=Exploration(query)) as user:
        await user.sees("No connections")

        assert "Nothing matches nothing:here: e edits the search." in user.screen()
        assert "No Agent reports client_service, server_service" in user.screen()


async def test_in_the_smallest_window_all_reasons_for_an_empty_answer_are_in_sight() -> None:
    query = Query(search="nothing:here")
    async with exploring(FakeSource(a_snapshot(query=query)), exploration=Exploration(query), size=(60, 15)) as user:
        await user.sees("No connections")

        assert "this organisation yet." in user.screen()


async def test_an_answer_cut_at_the_limit_says_so() -> None:
    query = replace(Query(), limit=2)
    async with exploring(FakeSource(a_snapshot(WEB, MAIL, query=query)), exploration=Exploration(query)) as user:
        await user.sees("cut at the limit")


async def test_the_connection_is_closed_at_the_end() -> None:
    source = FakeSource(a_snapshot(WEB))
    async with exploring(source) as user:
        await user.sees("web")

        await user.press("q")

    assert source.closed


async def test_a_first_failure_stands_on_the_screen_once() -> None:
    failure = TimedOut("No answer from FAKE within 30 s.", hint="Check the network.")
    async with exploring(FakeSource(failure)) as user:
        await user.sees("r asks again.")

        assert user.screen().count("No answer from FAKE") == 1


async def test_what_is_marked_is_copied_although_it_is_gone() -> None:
    async with exploring(FakeSource(a_snapshot(WEB, MAIL), a_snapshot(MAIL))) as user:
        await user.sees("2 rows")
        await user.press("space", "r")
        await user.sees("1 gone")

        await user.press("y")

        await user.sees("1 id sent to the terminal's clipboard.")
        assert base64.b64decode(user.sent[-1].split(";")[2].rstrip("\x07")).decode() == WEB.id


async def test_with_no_request_left_nothing_is_asked_before_the_reset() -> None:
    budget = Budget(limit=30, period_seconds=60, remaining=0, reset_at=MOMENT + 50)
    async with exploring(FakeSource(a_snapshot(WEB, budget=budget)), clock=lambda: MOMENT) as user:
        await user.sees("no requests left until ")

        await user.press("r")

        await user.sees("The rate limit allows the next request in 50 s; it will be sent then.")
        assert len(user.source.asked) == 1


async def test_a_budget_told_by_an_answer_that_waits_for_a_dialog_is_obeyed() -> None:
    budget = Budget(limit=30, period_seconds=60, remaining=0, reset_at=MOMENT + 50)
    async with exploring(FakeSource(a_snapshot(WEB))) as user:
        await user.sees("web")
        await user.press("r", "n")
        await user.until(lambda: user.source.waiting == 1)
        user.source.answer(a_snapshot(WEB, budget=budget))
        await user.until(lambda: user.source.budget == budget)

        await user.press("up", "enter")

        await user.sees("it will be sent then")
        assert len(user.source.asked) == 2


async def test_a_request_promised_for_later_is_sent_although_the_refreshes_are_paused() -> None:
    limited = RateLimited("Too many requests.", retry_after_seconds=1, hint="Wait.")
    source = FakeSource(a_snapshot(WEB), limited, a_snapshot(MAIL))
    async with exploring(source, exploration=Exploration(Query())) as user:
        await user.sees("web")
        await user.press("r")
        await user.sees("Too many requests.")
        await user.press("r")

        await user.press("p")

        await user.sees("mail")
        assert "paused" in user.screen()


async def test_a_refresh_that_was_planned_does_not_cancel_what_is_asked_by_hand() -> None:
    source = FakeSource(a_snapshot(WEB))
    async with exploring(source, exploration=Exploration(Query(), refresh_seconds=0.5)) as user:
        await user.sees("web")
        await user.press("r")
        await user.until(lambda: source.waiting == 1)

        assert user.main.session.requests.next_refresh_at is None


async def test_p_on_a_fixed_window_changes_nothing_unseen() -> None:
    query = Query(time_range=TimeRange(Fixed(MOMENT - 7200), Fixed(MOMENT - 3600)))
    async with exploring(FakeSource(a_snapshot(WEB, query=query)), exploration=Exploration(query)) as user:
        await user.sees("web")

        await user.press("p")

        await user.sees("The window does not end now")
        assert not user.main.exploration.paused


async def test_a_refused_question_is_not_asked_again_by_itself() -> None:
    source = FakeSource(a_snapshot(WEB), QueryRefused("FAKE would not answer.", hint="Change the query."))
    async with exploring(source, exploration=Exploration(Query(), refresh_seconds=60)) as user:
        await user.sees("web")

        await user.press("r")

        await user.sees("! FAKE would not answer. Change the query.")
        assert "stopped" in user.screen()
        assert user.main.session.requests.next_refresh_at is None
