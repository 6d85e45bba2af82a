"""Test how a user changes the query by keyboard: its search, group-bys, time range and limit."""

import pytest
from textual.widgets import Input, Static

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.limit_picker import LimitPicker
from cnm_tui.tui.widgets.search_box import SearchBox
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import Echo, User, asking, exploring, one_row


async def asked(user: User) -> Query:
    """Wait for the second query that the app sends, and return it."""
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


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_search_that_is_left_by_a_click_is_said_not_to_be_asked(size: tuple[int, int]) -> None:
    async with exploring(one_row(), size=size) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("env")
        await user.sees("enter asks")

        await user.pilot.click("Grid", offset=(1, 1))

        await user.sees("not asked")
        await user.sees("asked: everything")
        assert "enter asks" not in user.screen()


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_escape_shows_the_search_in_force_and_the_draft_is_one_key_away(size: tuple[int, int]) -> None:
    async with exploring(Echo(one_answer(), one_answer()), size=size, exploration=asking(Query(search="env"))) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type(" foo:bar")

        await user.press("escape")

        await user.sees("Not asked. e, then the up arrow, brings your text back.")
        assert user.main.query_one(SearchBox).value == "env"
        await user.press("r")
        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].search == "env"
        await user.press("e", "up")
        assert user.main.query_one(SearchBox).value == "env foo:bar"
        await user.press("enter")
        await user.until(lambda: len(user.source.asked) == 3)
        assert user.source.asked[2].search == "env foo:bar"


async def test_a_draft_gives_way_to_another_search_and_comes_back_with_one_key() -> None:
    async with exploring(Echo(one_answer(), one_answer())) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("draft")
        await user.pilot.click("Grid", offset=(1, 1))
        await user.press("plus")
        await user.until(lambda: "client_service" in user.main.query_one(SearchBox).value)

        await user.press("e", "up")

        assert user.main.query_one(SearchBox).value == "draft"


async def test_an_escape_without_a_draft_says_nothing() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("e", "escape")

        await user.until(lambda: user.main.focused is user.grid)
        assert user.main.notice == ""


def one_answer() -> Snapshot:
    """Return an answer with one row."""
    return a_snapshot(a_connection())


async def test_a_refresh_leaves_the_half_typed_search_alone() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("half")

        await user.main.action_run("ask_now")
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


async def test_the_keys_of_the_limit_stand_on_one_line() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("n")

        await user.sees("enter asks · tab other box · arrows step · esc cancels")


async def test_fewer_rows_are_shown_without_a_request() -> None:
    rows = [a_connection(f"{number}", ((f"svc-{number}",), ("store",))) for number in range(30)]
    async with exploring(FakeSource(a_snapshot(*rows))) as user:
        await user.sees("30 rows")

        await user.press("n", "tab", "2", "0", "enter")

        await user.sees("top 20 of 30 rows")
        assert len(user.source.asked) == 1
        await user.press("n", "tab", "up", "up", "up", "enter")
        await user.until(lambda: "top 20" not in user.screen())
        assert len(user.source.asked) == 1


async def test_what_cannot_be_a_top_keeps_the_dialog_open_and_says_why() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("n", "tab", "x", "enter")

        await user.sees("That top is not a whole number.")


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

        for column in user.app.screen.query(".column"):
            lines = [line for group in column.query(Static) for line in str(group.content).splitlines()]
            assert len(lines) > 20
            assert max(map(len, lines)) < column.region.width


@pytest.mark.parametrize("key", ["b", "t", "ctrl+r"])
async def test_in_a_low_pane_a_dialog_shortens_its_list_and_still_says_its_keys(key: str) -> None:
    async with exploring(one_row(), size=(80, 18)) as user:
        await user.sees("1 row")

        await user.press(key)

        await user.sees("enter asks")


async def test_a_mouse_event_that_comes_late_to_a_covered_dialog_draws_nothing_without_end() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        dialogs = [LimitPicker(limit, None) for limit in (111, 222, 333)]
        for dialog in dialogs:
            await user.app.push_screen(dialog)
        await user.sees("333")

        for dialog in dialogs:
            dialog.refresh(layout=True)
        dialogs[0].get_style_at(0, 0)
        await user.pilot.pause()

        assert "333" in user.screen()
        assert not user.app._exception
