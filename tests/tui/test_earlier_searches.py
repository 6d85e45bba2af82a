"""Test past searches in the search box and in their own dialog. They are kept between runs of cnm-tui."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.search.past_searches import PastSearch
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.store.search_history import SearchHistory
from cnm_tui.tui.widgets.search_box import SearchBox
from tests.builders import KEY, MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

ROWS = a_snapshot(a_connection("1", (("web",), ("store",))), a_connection("2", (("mail",), ("relay",))))
OLDEST = PastSearch("client_service:wiki", MOMENT - 3 * 86_400, 7)
OLD = PastSearch('server_service:"web store" OR team:web', MOMENT - 3 * 3_600, 1_312)
LATEST = PastSearch("client_service:web", MOMENT - 120, 2)


class Echo(FakeSource):
    """A fake data source that answers every query with the same two rows."""

    async def fetch(self, query: Query) -> Snapshot:
        """Return an answer to this query."""
        self.will_answer(replace(ROWS, query=query))
        return await super().fetch(query)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "searches.jsonl"


@pytest.fixture
def history(path: Path) -> SearchHistory:
    history = SearchHistory(path)
    for past in (OLDEST, OLD, LATEST):
        history.keep(past)
    return history


async def with_history(user: User, searches: int = 3) -> None:
    """Wait until the rows are displayed and the past searches of earlier runs are loaded."""
    await user.sees("2 rows")
    await user.until(lambda: len(user.main.features.searches.past) == searches)


def box(user: User) -> SearchBox:
    """Return the widget of the search box."""
    return user.main.query_one(SearchBox)


async def asked(user: User, search: str) -> None:
    """Type a search into the search box, send it, and wait for its answer."""
    await user.press("e", "ctrl+u")
    await user.type(search)
    await user.press("enter")
    await user.until(lambda: user.main.exploration.snapshot and user.main.exploration.snapshot.query.search == search)


async def test_up_in_the_empty_box_walks_to_older_searches_and_down_back_to_the_draft(history: SearchHistory) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)
        await user.press("e")

        walked = []
        for key in ("up", "up", "up", "up", "down", "down", "down"):
            await user.press(key)
            walked.append(box(user).value)

        assert walked == [
            LATEST.search,
            OLD.search,
            OLDEST.search,
            OLDEST.search,
            OLD.search,
            LATEST.search,
            "",
        ]
        assert box(user).has_focus


async def test_a_search_that_was_walked_to_is_asked_by_enter(history: SearchHistory) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)

        await user.press("e", "up", "up", "enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].search == OLD.search


async def test_in_a_box_with_what_was_asked_up_goes_to_the_search_before_it(history: SearchHistory) -> None:
    exploration = Exploration(Query(search=LATEST.search), refresh_seconds=None)
    async with exploring(Echo(), keeper=history, exploration=exploration) as user:
        await with_history(user)

        await user.press("e", "up")
        assert box(user).value == OLD.search
        await user.press("down", "down", "down")

        assert box(user).value == LATEST.search


async def test_what_was_changed_is_not_walked_away_from(history: SearchHistory) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)
        await user.press("e", "up")
        await user.type(" x")

        await user.press("up")

        assert box(user).value == f"{LATEST.search} x"


async def test_while_something_is_offered_the_arrows_choose_among_that(history: SearchHistory) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)
        await user.press("e")
        await user.type("client_service:")
        await user.sees("tab web")

        await user.press("down")

        await user.sees("tab mail")
        assert box(user).value == "client_service:"


async def test_the_dialog_lists_searches_with_age_rows_and_the_moment_of_the_highlighted(
    history: SearchHistory,
) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)

        await user.press("ctrl+r")

        await user.sees("─ Earlier searches ─")
        lines = [line.strip("│ ") for line in user.screen().splitlines() if " ago " in line]
        assert [line.split("  ") for line in (" ".join(line.split()) for line in lines)] == [
            [f"2 min ago 2 {LATEST.search}"],
            [f"3 h ago 1,312 {OLD.search}"],
            [f"3 d ago 7 {OLDEST.search}"],
        ]
        await user.press("down")
        await user.sees("answered 2026-03-01 07:00Z with 1,312 rows")
        await user.sees("enter asks it · tab edits it first · esc cancels")


async def test_typed_words_find_a_search_and_enter_asks_it(history: SearchHistory) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)
        await user.press("ctrl+r")

        await user.type("wiki")
        await user.until(lambda: "3 h ago" not in user.screen())
        await user.press("enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].search == OLDEST.search
        await user.sees(f"⌕ {OLDEST.search}")
        assert user.grid.has_focus


async def test_tab_takes_a_search_into_the_box_without_asking(history: SearchHistory) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)

        await user.press("e", "x", "ctrl+r", "down", "tab")

        await user.until(lambda: box(user).value == OLD.search)
        assert box(user).has_focus
        assert box(user).cursor_at_end
        assert len(user.source.asked) == 1


async def test_a_dialog_left_by_escape_changes_nothing(history: SearchHistory) -> None:
    async with exploring(Echo(), keeper=history) as user:
        await with_history(user)

        await user.press("ctrl+r", "escape")

        await user.until(lambda: user.app.screen is user.main)
        assert len(user.source.asked) == 1


async def test_where_nothing_fits_or_nothing_was_searched_for_the_dialog_says_so() -> None:
    async with exploring(Echo()) as user:
        await user.sees("2 rows")
        await user.press("ctrl+r")
        await user.sees("No searches yet")
        await user.press("enter", "tab", "down", "escape")
        await asked(user, "web")

        await user.press("ctrl+r", "z")

        await user.sees("No search matches.")
        await user.press("enter")
        assert len(user.source.asked) == 2


async def test_what_a_file_holds_is_shown_clean(path: Path) -> None:
    path.write_text('{"search": "a[@click=app.quit]x[/]\u202f", "answered_at": 1, "rows": 1}\n'.replace("\u202f", "é"))
    async with exploring(Echo(), keeper=SearchHistory(path)) as user:
        await with_history(user, 1)

        await user.press("ctrl+r")

        await user.sees("a[@click=app.quit]x[/]é")


async def test_a_search_that_was_answered_is_kept_with_its_rows_for_the_next_run(path: Path) -> None:
    async with exploring(Echo(), keeper=SearchHistory(path)) as user:
        await user.sees("2 rows")
        await asked(user, "client_service:web")
        await asked(user, "team:a")
        await asked(user, "team:a")
        await user.until(lambda: len(SearchHistory(path).load()) == 2)

    kept = SearchHistory(path).load()
    assert [(one.search, one.rows) for one in kept] == [("team:a", 2), ("client_service:web", 2)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with exploring(Echo(), keeper=SearchHistory(path)) as user:
        await with_history(user, 2)
        await user.press("e", "up")
        assert box(user).value == "team:a"


@pytest.mark.parametrize(
    "search", ["0123456789abcdef0123456789abcdef", f"x {KEY} y", "ddpat_x", "client_service:0123456789" + "a" * 30]
)
async def test_a_search_with_a_key_is_asked_and_kept_nowhere(path: Path, search: str) -> None:
    exploration = Exploration(Query(search=search), refresh_seconds=None)
    async with exploring(Echo(), keeper=SearchHistory(path), exploration=exploration) as user:
        await user.sees("2 rows")
        await asked(user, "team:a")

        await user.until(path.exists)
        await user.press("ctrl+r")

        await user.sees("just now")
        assert [one.search for one in user.main.features.searches.past] == ["team:a"]
    assert [one.search for one in SearchHistory(path).load()] == ["team:a"]


async def test_a_file_that_is_something_else_is_told_left_alone_and_done_without(path: Path) -> None:
    path.write_text("shopping list\n")
    async with exploring(Echo(), keeper=SearchHistory(path), size=(200, 50)) as user:
        await user.sees("is no history of searches, and is left as it is. Move it away")

        await asked(user, "team:a")
        await user.press("ctrl+r")

        await user.sees("just now")
        assert [one.search for one in user.main.features.searches.past] == ["team:a"]
    assert path.read_text() == "shopping list\n"


async def test_values_of_questions_before_and_of_earlier_searches_are_offered(history: SearchHistory) -> None:
    elsewhere = a_snapshot(a_connection("1", (("wiggle",), ("store",)), bytes_sent_by_client=5_000))
    async with exploring(FakeSource(elsewhere, replace(ROWS, query=Query(limit=2))), keeper=history) as user:
        await user.sees("1 row")
        await user.until(lambda: len(user.main.features.searches.past) == 3)
        await user.press("n", "up", "enter")
        await user.sees("2 rows")

        await user.press("e")
        await user.type("client_service:wi")

        await user.sees("tab wiggle earlier 1 row, 5 kB · ↓ wiki searched for before")
