"""Test how a user moves in rows, and sorts, marks and copies them. Rows must stay in place at a refresh."""

import base64

import pytest

from cnm_tui.core.connections import Connection, Exact
from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring
from tests.tui.painted import painted

pytestmark = pytest.mark.usefixtures("plain_terminal")


def numbered(
    number: int, *, bytes_sent_by_client: int = 0, rtt_micro_seconds: int | None = 0, tcp_refusals: int = 0
) -> Connection:
    """Return a connection whose client name contains this number."""
    return a_connection(
        groups=((f"web-{number:03}",), ("store",)),
        bytes_sent_by_client=bytes_sent_by_client,
        rtt_micro_seconds=rtt_micro_seconds,
        tcp_refusals=tcp_refusals,
    )


def many(count: int, *, more: int = 0) -> Snapshot:
    """Return an answer with this number of connections. The first connection has the most bytes."""
    return a_snapshot(*(numbered(n, bytes_sent_by_client=(count - n) * 1_000_000 + more) for n in range(count)))


async def test_keys_move_the_cursor() -> None:
    async with exploring(FakeSource(many(100))) as user:
        await user.sees("100 rows")

        places = []
        for key in ("j", "down", "k", "end", "g", "pagedown", "pageup", "end", "home"):
            await user.press(key)
            places.append((user.highlighted or "")[19:22])

        assert places == ["001", "002", "001", "099", "000", "018", "000", "099", "000"]


async def test_the_cursor_is_always_in_sight() -> None:
    async with exploring(FakeSource(many(100))) as user:
        await user.sees("100 rows")

        for _ in range(40):
            await user.press("down")
            assert (user.highlighted or "")[15:22] in user.screen()


async def test_s_sorts_by_the_column_under_the_cursor_and_flips_when_pressed_again() -> None:
    source = FakeSource(
        a_snapshot(numbered(1, rtt_micro_seconds=5), numbered(2, rtt_micro_seconds=9), numbered(3, rtt_micro_seconds=7))
    )
    async with exploring(source) as user:
        await user.sees("3 rows")
        await user.press(*["l"] * 5)

        await user.press("s")
        await user.sees("RTT▾")
        assert shown_order(user) == ["web-002", "web-003", "web-001"]

        await user.press("S")
        await user.sees("RTT▴")
        assert shown_order(user) == ["web-001", "web-003", "web-002"]


async def test_absent_values_are_last_in_both_directions() -> None:
    source = FakeSource(
        a_snapshot(
            numbered(1, rtt_micro_seconds=5),
            numbered(2, rtt_micro_seconds=None),
            numbered(3, rtt_micro_seconds=7),
        )
    )
    async with exploring(source) as user:
        await user.sees("3 rows")
        await user.press(*["l"] * 5, "s")
        await user.sees("RTT▾")
        descending = shown_order(user)

        await user.press("S")
        await user.sees("RTT▴")

        assert (descending, shown_order(user)) == (
            ["web-003", "web-001", "web-002"],
            ["web-001", "web-003", "web-002"],
        )


def shown_order(user: User) -> list[str]:
    """Return the client names of the visible rows from top to bottom."""
    return [line.split()[0] for line in user.screen().splitlines() if line.lstrip().startswith("web-")]


async def test_a_click_on_a_heading_sorts() -> None:
    async with exploring(FakeSource(many(5)), size=(120, 30)) as user:
        await user.sees("5 rows")
        heading = user.line_with("RETRANS%")

        await user.pilot.click("Grid", offset=(heading.index("SENT"), 0))

        await user.sees("SENT▾")


async def test_a_refresh_keeps_cursor_sort_marks_and_scroll() -> None:
    async with exploring(FakeSource(many(100))) as user:
        await user.sees("100 rows")
        await user.press("pagedown", "space", "l", "l", "l", "S")
        before = (user.grid.cursor, user.main.exploration.marked)

        user.source.will_answer(many(100, more=400_000))
        await user.press("r")
        await user.until(lambda: len(user.source.asked) == 2 and user.main.exploration.table is user.grid.table)
        await user.until(lambda: not user.main.exploration.fetching)

        assert (user.grid.cursor, user.main.exploration.marked) == before


async def test_changed_figures_and_new_rows_are_marked_for_one_refresh() -> None:
    first = a_snapshot(numbered(1, tcp_refusals=1), numbered(2, tcp_refusals=1))
    second = a_snapshot(numbered(1, tcp_refusals=50), numbered(2, tcp_refusals=1), numbered(3))
    third = a_snapshot(*second.connections)
    async with exploring(FakeSource(first, second, third), size=(150, 30)) as user:
        await user.sees("2 rows")
        await user.press("r")

        await user.sees("+web-003")
        assert [text.split() for text in changed_texts(user, "web-001")] == [["▲▲", "refused"], ["▲▲", "50"]]
        assert changed_texts(user, "web-002") == []

        await user.press("r")
        await user.until(lambda: "+web-003" not in user.screen())
        assert changed_texts(user, "web-001") == []


def changed_texts(user: User, row: str) -> list[str]:
    """Return the texts in a row that are bold because they changed, without symbols."""
    for strip in painted(user.app):
        if row in strip.text and "of" not in strip.text:
            segments = [segment for segment in strip if segment.style is not None and segment.style.bold]
            return [segment.text.strip() for segment in segments if segment.text.strip() not in ("", "+", "●")]
    raise AssertionError(f"{row} is not on the screen")


async def test_y_copies_the_id_under_the_cursor() -> None:
    async with exploring(FakeSource(many(3))) as user:
        await user.sees("3 rows")

        await user.press("y")

        await user.sees("1 id sent to the terminal's clipboard.")
        assert copied(user) == "client_service:web-000, server_service:store"


async def test_y_copies_all_marked_ids_in_the_order_shown() -> None:
    async with exploring(FakeSource(many(5))) as user:
        await user.sees("5 rows")
        await user.press("j", "j", "space", "g", "space")
        await user.sees("2 marked")

        await user.press("y")

        await user.sees("2 ids sent to the terminal's clipboard.")
        assert [line[15:22] for line in copied(user).splitlines()] == ["web-000", "web-002"]


async def test_u_takes_all_marks_away() -> None:
    async with exploring(FakeSource(many(5))) as user:
        await user.sees("5 rows")
        await user.press("space", "space")
        assert "●" in user.screen()

        await user.press("u")

        await user.sees("2 marks taken away")
        assert "●" not in user.screen()


async def test_a_copied_id_is_one_line_whatever_it_holds() -> None:
    hostile = a_connection(id="a⏎rm -rf /", unclean=Exact("a\nrm -rf /", (("web",), ("store",))))
    async with exploring(FakeSource(a_snapshot(hostile))) as user:
        await user.sees("1 row")

        await user.press("y")

        await user.sees("1 id sent to the terminal's clipboard.")
        assert copied(user) == "a⏎rm -rf /"


async def test_there_may_be_nothing_to_copy() -> None:
    async with exploring(FakeSource(a_snapshot())) as user:
        await user.sees("No connections")

        await user.press("y")

        await user.sees("no row to copy")
        assert user.sent == []


def copied(user: User) -> str:
    """Return the text that was sent to the terminal's clipboard."""
    (sequence,) = user.sent
    assert sequence.startswith("\x1b]52;c;")
    return base64.b64decode(sequence.removeprefix("\x1b]52;c;").split("\x07")[0]).decode()


async def test_columns_out_of_sight_come_in_when_the_cursor_moves_to_them() -> None:
    async with exploring(FakeSource(many(3))) as user:
        await user.sees("›")
        assert "ZERO WIN" not in user.screen()

        for _ in range(30):
            await user.press("l")

        assert "ZERO WIN" in user.screen()
        assert "‹" in user.screen()
        assert "web-000" in user.screen()


async def test_the_grid_can_have_the_whole_screen() -> None:
    async with exploring(FakeSource(many(3)), size=(200, 50)) as user:
        await user.sees("RETRANS%")
        shared = user.line_with("RETRANS%")

        await user.press("z")
        await user.until(lambda: "TIME RANGE" not in user.screen())
        assert "TIMEOUTS" in user.line_with("RETRANS%")
        assert "TIMEOUTS" not in shared

        await user.press("z")
        await user.sees("TIME RANGE")
