"""Changing the question by keyboard: search, group-bys, time range, limit."""

import time
from collections.abc import Iterator

import pytest
from textual.widgets import Input, Static

from cnm_tui.core.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.time_range import Fixed, TimeRange, last, parsed_time_range
from cnm_tui.tui.widgets.search_box import SearchBox
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring, one_row


@pytest.fixture
def central_europe(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is an hour ahead of UTC, two in summer; it is put back afterwards."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def asked(user: User) -> Query:
    """The second question."""
    await user.until(lambda: len(user.source.asked) == 2)
    return user.source.asked[1]


async def test_a_search_is_typed_and_asked_with_enter() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("server_env:prod")
        await user.sees("enter asks")

        await user.press("enter")

        assert (await asked(user)).search == "server_env:prod"
        await user.until(lambda: "enter asks" not in user.screen())


async def test_leaving_the_box_asks_nothing_and_keeps_what_was_typed() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("env")

        await user.press("escape", "j")

        assert user.main.query_one(SearchBox).value == "env"
        assert len(user.source.asked) == 1


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_search_that_was_left_is_not_said_to_be_asked_by_enter(size: tuple[int, int]) -> None:
    async with exploring(one_row(), size=size) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("env")
        await user.sees("enter asks")

        await user.press("escape")

        await user.sees("not asked")
        assert "enter asks" not in user.screen()


async def test_a_refresh_leaves_the_half_typed_search_alone() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("half")

        user.main.action_ask_now()
        await user.until(lambda: len(user.source.asked) == 2 and not user.main.exploration.fetching)

        assert user.main.query_one(SearchBox).value == "half"


async def test_a_search_replaces_tags_which_the_endpoint_would_drop() -> None:
    exploration = Exploration(Query(tags=("env:prod",)), refresh_seconds=None)
    async with exploring(one_row(), exploration=exploration) as user:
        await user.sees("tags env:prod (a search replaces them)")
        await user.press("e")
        await user.type("x")

        await user.press("enter")

        assert ((await asked(user)).search, (await asked(user)).tags) == ("x", ())


async def test_cancelling_asks_nothing() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        for key in ("b", "t", "n", "question_mark"):
            await user.press(key)
            await user.until(lambda: user.app.screen is not user.main)

            await user.press("escape")
            await user.until(lambda: user.app.screen is user.main)

        assert len(user.source.asked) == 1


async def test_a_time_range_is_typed_and_says_what_it_becomes() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("15 min, touching")
        user.app.screen.query_one(Input).value = ""

        await user.type("now-2h to now-1h")
        await user.sees("1 h, touching")
        await user.press("enter")

        assert (await asked(user)).time_range == parsed_time_range("now-2h to now-1h")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-03-01T09:00Z to 2026-03-01T09:15Z", "15 min, touching 3 buckets of 5 minutes"),
        ("2026-03-01T09:13:01Z to 2026-03-01T09:28:01Z", "15 min, touching 4 buckets of 5 minutes"),
        ("2026-03-01T09:06Z to 2026-03-01T09:07Z", "1 min, touching 1 bucket of 5 minutes"),
        ("2026-03-01T09:04:59Z to 2026-03-01T09:05:01Z", "2 s, touching 2 buckets of 5 minutes"),
    ],
)
async def test_every_bucket_that_a_window_touches_is_counted(written: str, said: str) -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("touching")

        user.app.screen.query_one(Input).value = written

        await user.sees(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("90s", "1 min 30 s, touching"),
        ("last 4h", "4 h, touching"),
        ("1w", "7 d, touching"),
        ("now-2h to now-1h", "1 h, touching"),
        ("2026-03-01T08:00", "UTC    2026-03-01 07:00Z to 2026-03-01 10:0"),
        ("2026-03-01T08:00 to 2026-03-01T09:30Z", "UTC    2026-03-01 07:00Z to 2026-03-01 09:30Z"),
        ("2026-03-01T08:00+02:00 to 1772352000", "UTC    2026-03-01 06:00Z to 2026-03-01 08:00Z"),
        ("2026-03-01T09:00Z to 2026-03-01T09:15Z", "local  2026-03-01 10:00 to 2026-03-01 10:15 CET"),
    ],
)
@pytest.mark.usefixtures("central_europe")
async def test_every_form_of_the_command_line_is_told_in_utc_and_local_time(written: str, said: str) -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("touching")

        user.app.screen.query_one(Input).value = written

        await user.sees(said)


@pytest.mark.usefixtures("central_europe")
async def test_local_time_tells_both_zones_where_summer_time_begins_in_between() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("touching")

        user.app.screen.query_one(Input).value = "2025-03-29T09:00Z to 2025-03-30T09:00Z"

        await user.sees("local  2025-03-29 10:00 CET to 2025-03-30 11:00 CEST")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("15d", "The window starts before the 14 days that are kept"),
        ("20d to 15d", "All of the window is older than the 14 days that are kept."),
    ],
)
async def test_a_range_that_leaves_the_14_days_is_told_before_it_is_asked(written: str, said: str) -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("touching")
        assert "14 days" not in user.screen()

        user.app.screen.query_one(Input).value = written

        await user.sees(said)


async def test_presets_go_from_15_minutes_to_the_14_days_that_are_kept() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("t")

        await user.sees("last 14 d")
        for length in ("15 min", "30 min", "1 h", "4 h", "12 h", "1 d", "2 d", "7 d"):
            assert f"│ last {length} " in user.screen()


async def test_the_preset_under_the_cursor_says_what_it_becomes() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        user.app.screen.query_one(Input).value = "2026-03-01T09:00Z to 2026-03-01T09:15Z"
        await user.sees("15 min, touching 3 buckets")

        await user.press("down", "down", "end")
        await user.sees("14 d, touching")
        assert "that are kept" not in user.screen()

        await user.press("shift+tab")
        await user.sees("15 min, touching 3 buckets")


async def test_a_preset_is_picked_from_the_list() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("last 4 h")

        await user.press("down", "down", "down", "down", "enter")

        assert (await asked(user)).time_range == last(4 * 3600)


async def test_a_time_that_cannot_be_read_is_refused_and_kept() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("t")
        user.app.screen.query_one(Input).value = "yesterdayish"

        await user.press("enter")

        await user.sees("'yesterdayish' is not a time.")
        assert user.app.screen.query_one(Input).value == "yesterdayish"
        assert len(user.source.asked) == 1


async def test_a_fixed_range_can_be_edited_as_it_stands() -> None:
    fixed = TimeRange(Fixed(1_772_350_000), Fixed(1_772_353_600))
    async with exploring(one_row(), exploration=Exploration(Query(time_range=fixed))) as user:
        await user.sees("1 row")
        await user.press("t")
        await user.sees("touching 13 buckets")

        await user.press("enter")

        assert (await asked(user)).time_range == fixed


async def test_the_keys_of_the_limit_stand_on_one_line() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("n")

        await user.sees("enter asks · arrows take 100, 1,000, 7,500 · esc cancels")


async def test_a_limit_is_stepped_through_its_presets() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("n")
        await user.sees("Rows to ask for")

        await user.press("up", "enter")

        assert (await asked(user)).limit == 7_500


async def test_a_wrong_limit_is_refused_and_kept() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("n")
        await user.sees("Rows to ask for")
        user.app.screen.query_one(Input).value = "7501"

        await user.press("enter")

        await user.sees("The limit is 7,501; the endpoint takes 1 to")
        assert "--limit" not in user.screen()
        assert user.app.screen.query_one(Input).value == "7501"
        assert len(user.source.asked) == 1


async def test_the_first_key_after_a_dialog_is_taken_at_once() -> None:
    rows = a_snapshot(a_connection(groups=(("web",), ("store",))), a_connection(groups=(("mail",), ("store",))))
    async with exploring(FakeSource(rows, rows)) as user:
        await user.sees("2 rows")
        await user.press("n")
        await user.sees("Rows to ask for")
        await user.press("enter")
        await user.until(lambda: user.app.screen is user.main)
        first = user.highlighted

        await user.press("j")

        assert user.highlighted != first


async def test_what_a_key_does_never_touches_the_keys_beside_it() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("question_mark")
        await user.sees("Keys")

        first = user.app.screen.query(".column").first()
        group = first.query_one(".group", Static)
        lines = str(group.content).splitlines()
        assert len(lines) > 20
        assert max(map(len, lines)) < first.region.width


@pytest.mark.parametrize("key", ["b", "t", "ctrl+r"])
async def test_in_a_low_pane_a_dialog_shortens_its_list_and_still_says_its_keys(key: str) -> None:
    async with exploring(one_row(), size=(80, 18)) as user:
        await user.sees("1 row")

        await user.press(key)

        await user.sees("enter asks")
