"""Test the dialog that groups the loaded rows by the values of a column. It must not send a request."""

import pytest
from textual.widgets import OptionList

from cnm_tui.core.snapshot import Snapshot
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring


def five() -> Snapshot:
    """Return an answer with five rows of three clients. One client is unresolved, and one row is slow."""
    return a_snapshot(
        a_connection("1", (("web",), ("store",)), bytes_sent_by_client=500, rtt_micro_seconds=1_000),
        a_connection("2", (("web-2",), ("store",)), bytes_sent_by_client=9_000, rtt_micro_seconds=1_500),
        a_connection("3", (("web",), ("mail",)), bytes_sent_by_client=500, rtt_micro_seconds=300_000),
        a_connection("4", (("web",), ("auth",)), bytes_sent_by_client=0, rtt_micro_seconds=None),
        a_connection("5", ((), ("auth",)), bytes_sent_by_client=0, rtt_micro_seconds=0),
    )


def listed(user: User) -> list[list[str]]:
    """Return the words of each line of the list in the dialog."""
    options = user.app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(at).prompt).split() for at in range(options.option_count)]


async def opened(user: User, *keys: str) -> None:
    """Press these keys to move the cursor to a column, and open the breakdown dialog for this column."""
    await user.until(lambda: user.main.exploration.table)
    await user.press(*keys, "f")
    await user.sees(" of 5 rows")


async def test_values_are_listed_with_their_rows_and_bytes_the_largest_first() -> None:
    async with exploring(FakeSource(five())) as user:
        await opened(user)

        await user.sees("3 values of 5 rows, 10 kB")
        assert [line[:8] for line in listed(user)] == [
            ["web-2", "1", "20.00", "%", "9.0", "kB", "90.00", "%"],
            ["web", "3", "60.00", "%", "1.0", "kB", "10.00", "%"],
            ["N/A", "(unresolved)", "1", "20.00", "%", "0", "0"],
        ]
        assert [len(line[-1]) if "█" in line[-1] else 0 for line in listed(user)][0] > 5


async def test_a_key_orders_by_rows_instead() -> None:
    async with exploring(FakeSource(five())) as user:
        await opened(user)

        await user.press("tab")

        await user.sees("rows ▾")
        assert [line[0] for line in listed(user)] == ["web", "web-2", "N/A"]
        assert "/ client_service=web-2" in user.screen()


async def test_enter_shows_exactly_the_rows_of_the_value_and_asks_nobody() -> None:
    async with exploring(FakeSource(five())) as user:
        await opened(user)
        await user.press("down")
        await user.sees("/ client_service=web")

        await user.press("enter")

        await user.sees("3 of 5 rows")
        assert user.line_with(" /").split() == ["/", "client_service=web"]
        assert len(user.source.asked) == 1
        await user.press("escape")
        await user.until(lambda: "3 of 5" not in user.screen())


async def test_a_dash_shows_all_others_and_adds_to_the_filter_that_there_is() -> None:
    async with exploring(FakeSource(five())) as user:
        await user.press("slash", *"store", "enter")
        await user.sees("2 of 5 rows")
        await user.press("f")
        await user.sees("2 values of 2 rows")

        await user.press("minus")

        await user.sees("1 of 5 rows")
        assert user.line_with(" /").split() == ["/", "store", "!client_service=web-2"]
        assert user.highlighted == "1"


async def test_figures_are_divided_into_ranges_and_a_range_is_shown() -> None:
    async with exploring(FakeSource(five())) as user:
        await opened(user, *["l"] * 5)
        await user.sees("5 rows, 10 kB")
        assert [" ".join(line[:5]) for line in listed(user)][1:3] == ["1 ms to <2 ms", "200 ms to <500 ms"]

        await user.press("down", "down", "enter")

        await user.sees("1 of 5 rows")
        assert user.line_with(" /").split() == ["/", "rtt=200ms..<500ms"]
        assert user.highlighted == "3"


async def test_letters_find_a_value_and_a_dash_in_it_need_not_be_typed() -> None:
    async with exploring(FakeSource(five())) as user:
        await opened(user)

        await user.press(*"eb2")

        await user.until(lambda: len(listed(user)) == 1)
        assert listed(user)[0][0] == "web-2"
        await user.press("x")
        await user.sees("No value matches. Delete some letters.")
        await user.press("enter", "minus")
        assert user.app.screen is not user.main


async def test_keys_typed_ahead_of_the_list_mean_what_they_would_mean_in_it() -> None:
    async with exploring(FakeSource(five())) as user:
        await user.until(lambda: user.main.exploration.table)

        await user.press("f", *"eb2", "enter")

        await user.sees("1 of 5 rows")
        assert user.line_with(" /").split() == ["/", "client_service=web-2"]


async def test_thousands_of_values_are_listed_in_part_and_all_are_found() -> None:
    rows = [a_connection(str(at), ((f"pod-{at:04}",), ("x",)), bytes_sent_by_client=9_999 - at) for at in range(2_000)]
    async with exploring(FakeSource(a_snapshot(*rows))) as user:
        await user.sees("2,000 rows")
        await user.press("f")
        await user.sees("2,000 values of 2,000 rows")
        assert listed(user)[-1] == ["…", "and", "1,700", "more:", "type", "to", "find", "one"]

        await user.press(*"1999", "enter")

        await user.sees("1 of 2,000 rows")
        assert user.highlighted == "1999"


async def test_a_value_too_long_to_filter_by_is_said_to_be() -> None:
    async with exploring(FakeSource(a_snapshot(a_connection("1", (("x" * 10_000,), ("y",)))))) as user:
        await user.sees("1 row")
        await user.press("f")
        await user.sees("1 value of 1 row")
        assert len(user.line_with("…").rstrip()) <= 80

        await user.press("enter")

        await user.until(lambda: user.main.notice.startswith("The filter has 10,"))
        assert user.main.exploration.arrangement.row_filter.text == ""


async def test_a_resize_keeps_what_was_typed_and_highlighted() -> None:
    async with exploring(FakeSource(five())) as user:
        await opened(user)
        await user.press(*"web", "down")
        await user.sees("/ client_service=web ")

        await user.pilot.resize_terminal(60, 15)

        await user.until(lambda: "share            █" not in user.screen() and user.app.size.width == 60)
        await user.sees("/ client_service=web ")
        assert [line[0] for line in listed(user)] == ["web-2", "web"]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
async def test_the_list_and_the_keys_are_in_sight_at_any_size(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(five()), size=size) as user:
        await opened(user)

        assert "N/A (unresolved)" in user.screen()
        assert "/ client_service=web-2" in user.screen()
        assert "esc cancels" in user.line_with("enter shows")
        assert "█" in user.line_with("90.00 %")
