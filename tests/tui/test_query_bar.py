"""Test the query bar, which describes the query in words above or beside the grid, at any width of the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from cnm_tui.core.query import LONGEST_SEARCH, Query
from cnm_tui.core.text import cell_width
from cnm_tui.core.time.time_range import parsed_time_range
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.query_lines import column_lines, shrunk
from cnm_tui.tui.widgets.search_box import SearchBox
from tests.builders import a_connection, a_snapshot
from tests.tui.conftest import Echo, User, asking, exploring, one_row

SMALLEST, NARROW, MEDIUM, WIDE = (60, 15), (80, 24), (120, 30), (200, 50)
TEN = tuple(f"{side}_{tag}" for side in ("client", "server") for tag in ("service", "env", "team", "region", "host"))
LONG_SEARCH = "server_env:prod AND NOT server_service:kafka*"


def bar_of(user: User) -> list[str]:
    """Return the visible lines of the query bar."""
    bar = user.main.query_one(QueryBar).region
    lines = user.screen().splitlines()[bar.y : bar.bottom]
    return [line[bar.x : bar.right].rstrip() for line in lines]


async def bar_at_start(size: tuple[int, int], query: Query) -> list[str]:
    """Start the app at this terminal size, and return the lines of the query bar."""
    async with exploring(one_row(), size=size, exploration=asking(query)) as user:
        await user.sees("bytes  rows" if size == WIDE else "1 row")
        return bar_of(user)


async def paste(user: User, text: str) -> None:
    """Paste a text into the focused widget."""
    assert user.main.focused is not None
    user.main.focused.post_message(events.Paste(text))
    await user.pilot.pause()


@pytest.mark.parametrize(
    "query",
    [Query(), Query(group_bys=TEN), Query(group_bys=("tls_version",), search=LONG_SEARCH)],
    ids=["two", "ten", "one"],
)
async def test_after_any_resize_the_question_reads_as_after_a_start_at_that_size(query: Query) -> None:
    for sizes in ((WIDE, NARROW, WIDE), (NARROW, WIDE, MEDIUM, NARROW)):
        async with exploring(one_row(), size=sizes[0], exploration=asking(query)) as user:
            await user.sees("1 row")

            for size in sizes[1:]:
                await user.pilot.resize_terminal(*size)
                at_start = await bar_at_start(size, query)

                await user.until(lambda expected=at_start: bar_of(user) == expected)  # type: ignore[misc]


@pytest.mark.parametrize("columns", [60, 80, 120])
async def test_however_many_group_bys_both_sides_the_limit_and_the_time_range_stay_in_sight(columns: int) -> None:
    async with exploring(one_row(), size=(columns, 24), exploration=asking(Query(group_bys=TEN))) as user:
        await user.sees("1 row")

        first, second = bar_of(user)

        assert first.endswith("last 15 min")
        assert second.endswith("limit 1,000")
        assert "client_" in second
        assert "▸ server_" in second
        assert "…" in second


async def test_a_short_side_leaves_its_room_to_the_long_one() -> None:
    query = Query(group_bys=("client_env", "server_service", "server_kube_namespace", "server_team"))
    async with exploring(one_row(), exploration=asking(query)) as user:
        await user.sees("1 row")

        assert "client_env ▸ server_service, server_kube_namespace, server_team" in bar_of(user)[1]


@given(texts=st.lists(st.text("ab日", max_size=60), max_size=4), columns=st.integers(0, 200))
def test_shrunk_texts_fit_together_and_nothing_is_cut_without_need(texts: list[str], columns: int) -> None:
    cut = shrunk(texts, columns)

    taken = sum(cell_width(text) for text in cut)
    assert taken <= columns
    assert cut == texts or sum(cell_width(text) for text in texts) > columns


def dialog_of(user: User) -> str | None:
    """Return the title of the open dialog. Return None if no dialog is open."""
    titles = [str(widget.border_title) for widget in user.app.screen.query(".dialog") if widget.border_title]
    return titles[0] if titles else None


@pytest.mark.parametrize(
    ("size", "parts"), [(NARROW, {"Time range", "Limit", "Group by"}), (WIDE, {"Time range", "Limit"})]
)
async def test_tab_reaches_the_bar_and_arrows_each_of_its_parts(size: tuple[int, int], parts: set[str]) -> None:
    async with exploring(one_row(), size=size, exploration=asking(Query(group_bys=("tls_version",)))) as user:
        await user.sees("bytes  rows" if size == WIDE else "1 row")
        opened = set()

        for steps in range(1, 7):
            user.main.set_focus(user.main.query_one(QueryBar))
            await user.press(*["left"] * 6, *["right"] * steps, "enter")
            await user.until(lambda: dialog_of(user))
            opened.add(dialog_of(user))
            await user.press("escape")
            await user.until(lambda: dialog_of(user) is None)

        assert parts <= opened


async def test_enter_on_the_search_puts_the_keyboard_into_its_box() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        await user.press("shift+tab", "enter")
        await user.type("env")

        assert user.main.query_one(SearchBox).value == "env"


@pytest.mark.parametrize(("words", "title"), [("last 15 min", "Time range"), ("limit 1,000", "Limit")])
async def test_a_click_on_a_part_opens_what_changes_it(words: str, title: str) -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        y, line = next((y, line) for y, line in enumerate(user.screen().splitlines()) if words in line)

        await user.pilot.click(offset=(line.index(words) + 1, y))

        await user.until(lambda: dialog_of(user) == title)


async def test_a_field_of_the_whole_flow_stands_in_the_strip() -> None:
    async with exploring(one_row(), exploration=asking(Query(group_bys=("client_env", "tls_version")))) as user:
        await user.sees("client_env ▸ any server · tls_version")


async def test_nothing_of_the_search_box_is_made_before_it_is_needed() -> None:
    async with exploring(one_row()) as user:
        await user.sees("everything")
        assert "e.g." not in user.screen()
        assert not user.main.query(SearchBox)

        await user.press("e")

        assert user.main.query_one(SearchBox).has_focus


async def test_pasted_lines_become_one() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("e")

        await paste(user, "server_env:prod\r\n  AND client_team:web\n")

        assert user.main.query_one(SearchBox).value == "server_env:prod AND client_team:web"


async def test_a_paste_goes_where_the_cursor_is_and_over_what_is_selected() -> None:
    async with exploring(one_row(), exploration=asking(Query(search="env:prod"))) as user:
        await user.sees("1 row")
        await user.press("e", *["shift+left"] * 4)

        await paste(user, "(a\nOR b)")

        assert user.main.query_one(SearchBox).value == "env:(a OR b)"


async def test_a_search_too_long_to_send_is_refused_with_a_sentence_and_kept() -> None:
    too_long = "x" * (LONGEST_SEARCH + 1)
    async with exploring(one_row()) as user:
        await user.sees("1 row")
        await user.press("e")
        await paste(user, too_long)

        await user.press("enter")

        await user.sees("The search has 8,001 characters; at most 8,000 can be sent.")
        await user.type("q")
        assert user.main.query_one(SearchBox).has_focus
        assert user.main.query_one(SearchBox).value == f"{too_long}q"
        assert len(user.source.asked) == 1


async def test_above_the_grid_a_long_search_shows_its_beginning_and_that_it_goes_on() -> None:
    async with exploring(one_row(), size=SMALLEST, exploration=asking(Query(search=LONG_SEARCH))) as user:
        await user.sees("1 row")
        assert "⌕ server_env:prod AND NOT server_service:kaf…" in user.screen()

        await user.press("e")
        await user.sees("server_service:kafka*")
        await user.press("escape")

        await user.sees("⌕ server_env:prod AND NOT server_service:kaf…")


async def test_in_a_search_cut_at_its_end_a_click_puts_the_cursor_where_it_points() -> None:
    async with exploring(one_row(), size=SMALLEST, exploration=asking(Query(search=LONG_SEARCH))) as user:
        await user.sees("1 row")
        await user.press("e", "escape")
        await user.sees("server_service:kaf…")

        await user.pilot.click(SearchBox, offset=(7, 0))

        assert user.main.query_one(SearchBox).cursor_position == 7


async def test_tab_into_a_long_search_shows_its_cursor() -> None:
    async with exploring(one_row(), size=SMALLEST, exploration=asking(Query(search=LONG_SEARCH))) as user:
        await user.sees("1 row")
        await user.press("e", "escape")
        await user.sees("server_service:kaf…")

        user.main.query_one(SearchBox).focus()

        await user.sees("server_service:kafka*")


async def test_beside_the_grid_a_long_search_goes_on_in_further_lines() -> None:
    async with exploring(one_row(), size=WIDE, exploration=asking(Query(search=LONG_SEARCH))) as user:
        await user.sees("1 row")

        assert bar_of(user)[2:5] == [" server_env:prod AND NOT", " server_service:kafka*", ""]
        assert "TIME RANGE" in bar_of(user)[5]


@pytest.mark.parametrize(("size", "lines"), [(WIDE, 8), ((200, 24), 8), ((200, 15), 3)])
async def test_a_very_long_search_leaves_room_for_the_other_parts(size: tuple[int, int], lines: int) -> None:
    query = Query(search=" OR ".join(["server_service:kafka*"] * 20))
    async with exploring(one_row(), size=size, exploration=asking(query)) as user:
        await user.sees("1 row")

        bar = bar_of(user)

        assert bar[2 + lines - 1].endswith("…")
        assert "TIME RANGE" in bar[2 + lines + 1]


async def test_beside_a_very_long_search_nothing_that_is_asked_is_out_of_sight() -> None:
    query = Query(search=" OR ".join(["server_service:kafka*"] * 20), group_bys=("client_team", "tls_version"))
    async with exploring(
        Echo(a_snapshot(a_connection(groups=(("web",), ("yes",))))), size=(200, 24), exploration=asking(query)
    ) as user:
        await user.sees("▾ tls_version")


async def test_in_further_lines_the_cursor_is_always_in_sight() -> None:
    query = Query(search=" OR ".join(f"client_service:web-{number}" for number in range(40)))
    async with exploring(one_row(), size=WIDE, exploration=asking(query)) as user:
        await user.sees("1 row")

        await user.press("e")
        await user.sees("client_service:web-39")
        assert "web-0" not in user.screen()
        await user.press("home")

        await user.until(lambda: bar_of(user)[2] == " client_service:web-0 OR")


async def test_a_line_that_the_search_fills_leaves_the_cursor_the_next_one() -> None:
    async with exploring(one_row(), size=WIDE, exploration=asking(Query(search="x" * 28))) as user:
        await user.sees("x" * 28)
        await user.press("e")
        await user.type("y")

        await user.until(lambda: bar_of(user)[2:4] == [" " + "x" * 28, " y"])


@pytest.mark.parametrize(("line", "column", "position"), [(0, 7, 7), (0, 27, 23), (1, 3, 27), (1, 27, 45)])
async def test_a_click_into_a_further_line_puts_the_cursor_where_it_points(
    line: int, column: int, position: int
) -> None:
    async with exploring(one_row(), size=WIDE, exploration=asking(Query(search=LONG_SEARCH))) as user:
        await user.sees("server_service:kafka*")
        box = user.main.query_one(SearchBox)
        await user.press("e")
        x, y = box.region.offset

        await user.pilot.mouse_down(offset=(x + column, y + line))

        await user.until(lambda: box.cursor_position == position)


async def test_a_selection_goes_on_into_further_lines() -> None:
    async with exploring(one_row(), size=WIDE, exploration=asking(Query(search=LONG_SEARCH))) as user:
        await user.sees("server_service:kafka*")
        box = user.main.query_one(SearchBox)
        x, y = box.region.offset

        await user.pilot.mouse_down(offset=(x + 11, y))
        await user.pilot.hover(offset=(x + 14, y + 1))
        await user.pilot.mouse_up(offset=(x + 14, y + 1))

        await user.until(lambda: box.selected_text == "prod AND NOT server_service")


async def test_while_a_search_is_typed_what_stands_under_it_does_not_move() -> None:
    async with exploring(one_row(), size=WIDE) as user:
        await user.sees("1 row")
        await user.press("e")
        await user.type("server_service:web AND ")
        await user.sees("enter asks")

        tops = []
        for typed in "s", "e", "rvice", "_", "zz", "zzzz", " AND ", "client", "_service":
            await user.type(typed)
            await user.pilot.pause()
            tops.append(next(y for y, line in enumerate(bar_of(user)) if "TIME RANGE" in line))

        assert tops == sorted(tops)


async def test_a_long_time_range_stays_whole_at_80_columns() -> None:
    query = Query(time_range=parsed_time_range("2026-03-01T09:00Z to 2026-03-01T10:00Z"), search=LONG_SEARCH)
    async with exploring(one_row(), exploration=asking(query)) as user:
        await user.sees("1 row")

        assert "2026-03-01 09:00Z to 2026-03-01 10:00Z" in bar_of(user)[0]


@pytest.mark.parametrize(("trend", "under"), [("▁▂▃ TOTAL, 4 h", "▁▂▃ TOTAL, 4 h"), ("", "")])
def test_beside_the_rows_the_trend_of_a_timeline_stands_under_the_time_range(trend: str, under: str) -> None:
    lines = column_lines(Query(), 30, 1, (), unasked="", chosen="", keys={}, trend=trend)
    texts = ["".join(text for text, _ in line.runs).strip() for line in lines]

    assert texts[texts.index("last 15 min") + 1] == under
