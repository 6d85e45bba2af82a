"""Test the position of the cursor after a sort, a filter and a refresh.

Also test the symbols that show where more rows are outside the visible area.
"""

import pytest

from cnm_tui.core.connections import Connection
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.settings import Look
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import Echo, User, asking, exploring

SIZES = [(80, 24), (200, 50)]


def numbered(number: int, total: int, rtt: int = 0) -> Connection:
    """Return a connection whose client name contains this number."""
    return a_connection(groups=((f"web-{number:03}",), ("store",)), bytes_sent_by_client=total, rtt_micro_seconds=rtt)


def many(count: int = 100, *, last: int | None = None) -> Snapshot:
    """Return an answer with this number of connections.

    The first has the most bytes and the shortest round-trip time.

    Args:
        count: The number of connections.
        last: The number of the connection that has no bytes. None if all have bytes.
    """
    return a_snapshot(*(numbered(n, 0 if n == last else (count - n) * 1_000_000, rtt=n) for n in range(count)))


def number(user: User) -> int:
    """Return the number of the connection at the cursor."""
    assert user.grid.highlighted is not None
    return int(user.grid.highlighted.groups[0][0][-3:])


def first_line(user: User) -> str:
    """Return the text of the first visible grid row."""
    return user.grid.render_line(1).text


async def refreshed(user: User, answer: Snapshot) -> None:
    """Refresh the rows, and wait until this answer is displayed."""
    shown = user.grid.table
    user.source.will_answer(answer)
    await user.press("r")
    await user.until(lambda: user.grid.table is not shown and not user.main.exploration.fetching)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rearranging", [(*["l"] * 5, "s"), ("S",), ("equals_sign",), ("slash", *"web", "enter")])
async def test_a_sort_a_flip_and_a_filter_show_the_first_row(
    rearranging: tuple[str, ...], size: tuple[int, int]
) -> None:
    async with exploring(FakeSource(many()), size=size) as user:
        await user.sees("100 rows")
        await user.press("end")
        assert number(user) == 99

        await user.press(*rearranging)

        await user.until(lambda: user.grid.cursor.top == 0)
        table = user.grid.table
        assert table is not None
        assert user.grid.highlighted == table.connection(0)
        assert table.connection(0).groups[0][0] in first_line(user)


async def test_other_columns_show_the_first_row_and_a_wider_one_moves_nothing() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("end", "ctrl+right")
        await user.pilot.pause()
        assert number(user) == 99

        await user.press("c")
        await user.sees("type to filter")
        await user.press("ctrl+o", "enter")

        await user.press("c")
        await user.sees("type to filter")
        await user.press("down", "down", "down", "space", "enter")
        await user.until(lambda: number(user) == 0)


async def test_where_rows_are_marked_a_sort_keeps_the_row_of_the_cursor_in_sight() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("j", "space")
        assert number(user) == 2

        await user.press("S")

        await user.sees("TOTAL▴")
        assert number(user) == 2
        assert "web-002" in user.screen()


async def test_who_stands_at_the_top_and_has_not_moved_stays_there_on_a_refresh() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")

        await refreshed(user, many(last=0))

        assert number(user) == 1
        assert user.grid.cursor.top == 0
        assert "web-001" in first_line(user)


async def test_the_first_row_asked_for_by_its_key_is_the_top_again() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("end", "g")

        await refreshed(user, many(last=0))

        assert number(user) == 1


async def test_who_has_moved_keeps_the_row_and_is_told_where_it_went() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("j", "k")
        assert number(user) == 0

        await refreshed(user, many(last=0))

        await user.sees("web-000 ▸ store went from row 1 to row 100 of 100.")
        assert number(user) == 0


async def test_a_row_that_moves_within_the_window_is_kept_without_a_word() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("j")
        answer = a_snapshot(*(numbered(n, 95_500_000 if n == 1 else (100 - n) * 1_000_000) for n in range(100)))

        await refreshed(user, answer)
        await user.pilot.pause()

        assert number(user) == 1
        assert "row 5 of 100" in user.screen()
        assert user.main.notice == ""


async def test_a_row_that_is_gone_is_named_where_another_one_has_its_place() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("j")

        await refreshed(user, a_snapshot(*many().connections[2:]))

        await user.sees("web-001 ▸ store is not in this answer; the cursor is on another row.")


async def test_a_row_that_the_filter_hides_by_now_is_named() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("slash", *"bytes", "greater_than_sign", *"50MB", "enter", "j")
        await user.sees("of 100 rows")

        await refreshed(user, many(last=1))

        await user.sees("web-001 ▸ store no longer matches the filter; the cursor is on another row.")


async def test_a_row_that_is_followed_keeps_the_cursor_in_sorts_filters_and_refreshes() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("j", "j", "F")
        await user.sees("A move of the cursor, or F, ends it.")
        await user.sees("following web-002 ▸ store")

        await user.press("S")
        await user.sees("TOTAL▴")
        assert number(user) == 2
        assert "web-002 " in user.screen()

        await user.press("slash", *"web-09", "enter")
        await user.sees("following web-002 ▸ store (hidden by the filter)")
        assert number(user) == 99

        await user.press("slash", "escape")
        await user.until(lambda: number(user) == 2)

        await refreshed(user, many(last=2))
        assert number(user) == 2
        assert "row 1 of 100" in user.screen()


async def test_a_row_that_was_followed_out_of_a_filter_is_kept_when_nothing_is_followed_any_more() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("end", "F", "slash", *"web-00", "enter")
        await user.until(lambda: number(user) == 0)
        await user.press("escape")
        await user.until(lambda: number(user) == 99)

        await user.press("F")
        await refreshed(user, many())

        assert number(user) == 99


@pytest.mark.parametrize("ending", ["j", "F"])
async def test_a_move_or_the_key_ends_the_following(ending: str) -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("j", "F")
        await user.sees("following web-001 ▸ store")

        await user.press(ending)

        await user.sees("No longer following")
        await user.until(lambda: "following web-001" not in user.screen())
        await user.press("S")
        assert number(user) == 99


async def test_a_question_gone_back_to_is_as_it_was_left_whatever_is_followed_by_then() -> None:
    async with exploring(Echo(many(), many())) as user:
        await user.sees("100 rows")
        await user.press("j", "j")
        await user.press("comma")
        await user.until(lambda: len(user.source.asked) == 2 and not user.main.exploration.fetching)
        await user.press("end", "F")
        await user.sees("following web-099 ▸ store")

        await user.press("backspace")

        await user.until(lambda: number(user) == 2)
        await user.until(lambda: "following" not in user.screen())


async def test_there_may_be_no_row_to_follow() -> None:
    async with exploring(FakeSource(a_snapshot())) as user:
        await user.sees("No connections")

        await user.press("F")

        await user.sees("There is no row to follow.")


@pytest.mark.parametrize("size", SIZES)
async def test_rows_out_of_sight_are_visible_at_a_glance(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(many()), size=size) as user:
        await user.sees("row 1 of 100")
        height = user.grid.size.height - 2
        assert edge(user)[0] == "┃"
        assert edge(user)[-1] == "↓"

        await user.press("pagedown")
        await user.sees(f"row {height + 1} of 100")
        assert (edge(user)[0], edge(user)[-1]) == ("↑", "↓")

        await user.press("end")
        await user.sees("row 100 of 100")
        assert (edge(user)[0], edge(user)[-1]) == ("↑", "┃")


async def test_in_ascii_too() -> None:
    async with exploring(FakeSource(many()), look=Look(ascii=True)) as user:
        await user.sees("row 1 of 100")
        await user.press("pagedown")
        await user.sees("row 19 of 100")

        lines = [line for line in user.screen().splitlines() if " web-" in line]
        assert (lines[0][-1], lines[-1][-1]) == ("^", "v")
        assert any(line[-1] == "|" for line in lines[1:-1])


async def test_where_all_rows_are_in_sight_there_is_no_mark_and_their_count() -> None:
    async with exploring(FakeSource(many(18))) as user:
        await user.sees("18 rows")

        assert set(edge(user)) <= {" "}
        assert user.grid.render_line(user.grid.size.height - 1).text.startswith("  18 rows")


async def test_no_group_by_moves_when_a_filter_leaves_few_rows() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("row 1 of 100")
        before = first_line(user)[:40]

        await user.press("slash", *"web-000")
        await user.sees("1 of 100 rows")

        assert first_line(user)[:40] == before


def edge(user: User) -> list[str]:
    """Return the last character of each visible grid row, which may be a symbol for the scroll position."""
    return [user.grid.render_line(y).text[-1] for y in range(1, user.grid.size.height - 1)]


def cut(count: int = 30) -> Snapshot:
    """Return an answer with as many rows as its query requests, so that it may have been cut."""
    rows = (numbered(n, (count - n) * 1_000_000, rtt=n) for n in range(count))
    return a_snapshot(*rows, query=Query(limit=count))


async def test_what_a_key_did_never_covers_that_the_answer_was_cut() -> None:
    async with exploring(FakeSource(cut()), exploration=asking(Query(limit=30))) as user:
        await user.sees("30 rows · cut at the limit")

        await user.press("S")
        await user.sees("Sorted by TOTAL ▴ alone.")
        assert "cut at the limit" in user.screen()

        user.main.say("A sentence that is as long as the line is, so that nothing is left beside it ...")
        await user.sees("A sentence")
        assert "cut at the limit" in user.screen()


async def test_a_sort_column_that_is_scrolled_out_of_sight_is_named() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        assert "sorted by" not in user.screen()

        await user.press(*["l"] * 15)
        await user.sees("sorted by TOTAL ▾")
        user.main.say("A key did something.")
        await user.sees("A key did something.")
        assert "sorted by TOTAL ▾" in user.screen()

        await user.press(*["h"] * 15)
        await user.until(lambda: "sorted by" not in user.screen())


async def test_after_a_drill_the_rows_are_sorted_by_what_the_heading_says() -> None:
    async with exploring(Echo(many(), many(), many())) as user:
        await user.sees("100 rows")
        await user.press("s")
        await user.sees("client_service▴")

        await user.press("b")
        await user.sees("type to filter")
        await user.press("2")

        await user.sees("client_pod_name")
        await user.until(lambda: not user.main.exploration.answers_another_query)
        await user.sees("TOTAL▾ ")
        assert "client_service" not in {key.column for key in user.main.exploration.arrangement.sort}


async def test_the_grid_alone_names_the_search_that_hides_rows() -> None:
    query = Query(search="server_env:prod")
    async with exploring(Echo(many()), exploration=asking(query)) as user:
        await user.sees("100 rows")

        await user.press("z")

        await user.sees("asked: server_env:prod")
        user.main.say("A key did something.")
        await user.sees("A key did something.")
        assert "asked: server_env:prod" in user.screen()
        await user.press("z")
        await user.until(lambda: "asked: server_env:prod" not in user.screen())


async def test_what_a_key_did_does_not_cover_that_only_the_top_rows_are_shown() -> None:
    async with exploring(FakeSource(many()), exploration=Exploration(Query(), Arrangement(top=5), None)) as user:
        await user.sees("top 5 of 100 rows")

        await user.press("S")

        await user.sees("Sorted by TOTAL ▴ alone.")
        assert "top 5 of 100 rows" in user.line_with("Sorted by") + user.screen().splitlines()[-1]
        assert number(user) == 99


async def test_the_order_is_named_while_the_detail_pane_covers_the_headings() -> None:
    async with exploring(FakeSource(many())) as user:
        await user.sees("100 rows")
        await user.press("d")
        await user.sees("100 rows · sorted by TOTAL ▾")

        await user.press("escape")
        await user.until(lambda: "sorted by" not in user.screen())


async def test_on_80_columns_a_cut_and_the_order_are_both_said_in_full() -> None:
    sort = (SortKey("tcp_resets", descending=True), SortKey("bytes_sent_by_client", descending=True))
    answer = a_snapshot(*(numbered(n, n) for n in range(20)), query=Query(limit=20))
    exploration = Exploration(Query(limit=20), Arrangement(sort, columns=("rtt_micro_seconds",)))
    async with exploring(FakeSource(answer), exploration=exploration) as user:
        await user.sees("20 rows · cut at the limit · sorted by RESETS ▾, SENT ▾2")
