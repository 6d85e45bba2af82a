"""Test the command that swaps client and server, and the display of both directions of a connection."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cnm_tui.core.errors import RateLimited, TimedOut
from cnm_tui.core.navigation.reverse import ReverseRow
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.table.sorting import SortKey
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import Window
from cnm_tui.tui.widgets.detail_lines import Shown, lines_of
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, asking, exploring
from tests.tui.estate import Estate

WEB = Query(search="client_service:web")
THERE = a_connection("there", (("web",), ("store",)), bytes_sent_by_client=9_000)
ELSEWHERE = a_connection("elsewhere", (("web",), ("mail",)), bytes_sent_by_client=5_000)
BACK = a_connection("back", (("store",), ("web",)), bytes_sent_by_client=700)
FROM_MAIL = a_connection("from mail", (("mail",), ("web",)), bytes_sent_by_client=800)
FIGURES_OF_BOTH: Mapping[str, str] = {"TOTAL": "9.0 kB 700 B", "SENT": "9.0 kB 700 B"}


async def test_client_and_server_change_and_the_cursor_goes_to_the_connection_the_other_way() -> None:
    source = FakeSource(
        replace(a_snapshot(THERE, ELSEWHERE), query=WEB),
        replace(a_snapshot(FROM_MAIL, BACK), query=Query(search="server_service:web")),
    )
    async with exploring(source, exploration=asking(WEB)) as user:
        await user.sees("2 rows")
        assert user.highlighted == "there"

        await user.press("i")

        await user.until(lambda: user.highlighted == "back")
        assert user.source.asked[-1] == Query(search="server_service:web")
        await user.press("backspace")
        assert user.highlighted == "there"
        assert len(user.source.asked) == 2


async def test_the_sort_goes_along_with_the_fields() -> None:
    query = Query(group_bys=("client_service", "server_team"))
    arrangement = Arrangement(sort=(SortKey("client_service", descending=False),))
    exploration = replace(asking(query), arrangement=arrangement)
    async with exploring(Estate(), exploration=exploration) as user:
        await user.sees("3 rows")

        await user.press("i")

        await user.until(lambda: user.source.asked[-1].group_bys == ("client_team", "server_service"))
        assert user.main.exploration.arrangement.deciding == "server_service"


async def test_the_filter_goes_along_too_and_hides_nothing_that_it_did_not_mean() -> None:
    source = FakeSource(
        replace(a_snapshot(THERE, ELSEWHERE), query=WEB),
        replace(a_snapshot(FROM_MAIL, BACK), query=Query(search="server_service:web")),
    )
    async with exploring(source, exploration=asking(WEB)) as user:
        await user.sees("2 rows")
        await user.press("slash", *"server", "underscore", *"service", "equals_sign", *"store", "enter")
        await user.sees("1 of 2 rows")

        await user.press("i")

        await user.sees("/ client_service=store")
        await user.sees("1 of 2 rows")
        assert user.highlighted == "back"


async def test_where_nothing_goes_the_other_way_the_cursor_stays_and_that_is_said() -> None:
    async with exploring(FakeSource(a_snapshot(ELSEWHERE))) as user:
        await user.sees("1 row")

        await user.press("i")

        await user.sees("No connection in the other direction.")


@pytest.mark.parametrize(("keys", "back_key"), [({}, "backspace"), ({"go_back": "f7"}, "f7")], ids=["usual", "chosen"])
async def test_a_question_in_which_nothing_goes_the_other_way_says_so_and_how_to_return(
    keys: dict[str, str], back_key: str
) -> None:
    back = replace(a_snapshot(FROM_MAIL), query=Query(search="server_service:web"))
    source = FakeSource(replace(a_snapshot(THERE), query=WEB), back)
    async with exploring(source, exploration=asking(WEB), keys=keys) as user:
        await user.sees("1 row")

        await user.press("i")

        await user.sees(f"No connection goes in the other direction; {back_key} goes back.")
        assert user.highlighted == "from mail"
        await user.press(back_key)
        assert user.highlighted == "there"


async def test_a_filter_that_hides_the_other_way_is_named() -> None:
    async with exploring(FakeSource(a_snapshot(THERE, BACK))) as user:
        await user.sees("2 rows")
        await user.press("slash", *"bytes", "greater_than_sign", *"1kB", "enter")
        await user.sees("1 of 2 rows")

        await user.press("i")

        await user.sees("The filter hides the other direction of this row; esc clears it.")
        assert user.highlighted == "there"


def test_figures_of_both_ways_stand_beside_each_other() -> None:
    text = pane(ReverseRow(BACK))

    assert "this way other way" in " ".join(text.split())
    for key, figures in FIGURES_OF_BOTH.items():
        line, *_ = [line.split() for line in text.splitlines() if line.split()[:1] == [key]]
        assert " ".join(line[1:]) == figures


def test_the_pane_without_another_way_is_as_wide_and_as_long_as_with_it() -> None:
    alone, both = pane(None).splitlines(), pane(ReverseRow(BACK)).splitlines()

    assert len(alone) == len(both)
    assert max(map(len, both)) <= 50


def shows_both(user: User) -> bool:
    """Return True if one line of the detail pane contains the bytes of both directions."""
    in_pane = (line.rpartition("│")[2].split() for line in user.screen().splitlines())
    return any(words[:1] == ["TOTAL"] and words[-2:] == ["700", "B"] for words in in_pane)


def pane(reverse_row: ReverseRow | None) -> str:
    lines = lines_of(THERE, a_snapshot(THERE), 50, Shown(reverse_row))
    return "\n".join("".join(text for text, _ in line) for line in lines)


async def test_the_other_way_among_the_rows_is_shown_without_asking() -> None:
    async with exploring(FakeSource(a_snapshot(THERE, BACK)), size=(200, 50)) as user:
        await user.sees("other way")

        await user.press("I")

        assert len(user.source.asked) == 1
        assert shows_both(user)


async def test_the_other_way_that_is_not_there_is_asked_for_once_and_the_rows_stay() -> None:
    first = replace(a_snapshot(THERE, ELSEWHERE), query=WEB)
    source = FakeSource(first, a_snapshot(BACK), a_snapshot())
    async with exploring(source, exploration=asking(WEB), size=(200, 50)) as user:
        await user.sees("shift+i asks for the other way")

        await user.press("I")

        await user.until(lambda: shows_both(user))
        assert user.source.asked[1].search == "server_service:web AND client_service:store"
        await user.press("j")
        await user.sees("shift+i asks for the other way")
        await user.press("I")
        await user.sees("nothing the other way")
        await user.press("I", "k", "I")
        await user.until(lambda: shows_both(user))
        assert len(user.source.asked) == 3
        assert user.main.exploration.query == WEB
        assert user.grid.table is not None
        assert user.grid.table.snapshot is first


async def test_what_was_asked_for_is_known_whatever_the_answer_is_compared_with() -> None:
    shown = replace(a_snapshot(THERE), query=WEB)
    earlier = replace(shown, window=Window(MOMENT - 1_800, MOMENT - 900))
    source = FakeSource(shown, a_snapshot(BACK), earlier)
    async with exploring(source, size=(200, 50), exploration=asking(WEB)) as user:
        await user.sees("shift+i asks for the other way")
        await user.press("I")
        await user.sees("this way")

        await user.press("m")
        await user.sees("enter compares")
        await user.press("enter")

        await user.sees("Neither worse nor better")
        await user.press("I")
        await user.pilot.pause()
        assert len(source.asked) == 3
        assert "this way" in user.screen()


async def test_on_a_small_terminal_the_key_opens_the_pane() -> None:
    async with exploring(FakeSource(a_snapshot(THERE, BACK))) as user:
        await user.sees("2 rows")

        await user.press("I")

        await user.sees("other way")
        assert user.main.has_class("-detail")


async def test_where_the_grid_stands_alone_the_key_brings_the_pane_back() -> None:
    async with exploring(FakeSource(a_snapshot(THERE, BACK)), size=(200, 50)) as user:
        await user.sees("2 rows")
        await user.press("z")
        await user.until(lambda: "Traffic" not in user.screen())

        await user.press("I")

        await user.sees("this way")


async def test_a_failure_is_said_leaves_the_rows_and_can_be_tried_again() -> None:
    failure = TimedOut("No answer from FAKE within 30 s.", hint="Check the network.")
    source = FakeSource(replace(a_snapshot(THERE), query=WEB), failure, a_snapshot(BACK))
    async with exploring(source, exploration=asking(WEB), size=(200, 50)) as user:
        await user.sees("shift+i asks for the other way")
        await user.press("I")
        await user.sees("No answer from FAKE within 30 s. Check the network.")
        assert user.main.exploration.problem is None

        await user.press("I")

        await user.until(lambda: shows_both(user))


async def test_the_rate_limit_holds_for_the_other_way_too() -> None:
    rows = replace(a_snapshot(THERE, budget=Budget(remaining=0, reset_at=MOMENT + 50)), query=WEB)
    async with exploring(FakeSource(rows), exploration=asking(WEB)) as user:
        await user.sees("1 row")

        await user.press("I")

        await user.sees("press shift+i again then.")
        assert len(user.source.asked) == 1


async def test_a_rate_limit_that_is_hit_by_it_holds_the_refreshes_up_too() -> None:
    limited = RateLimited("Too many requests.", retry_after_seconds=40)
    source = FakeSource(replace(a_snapshot(THERE), query=WEB), limited)
    async with exploring(source, exploration=asking(WEB)) as user:
        await user.sees("1 row")
        await user.press("I")
        await user.sees("Too many requests.")

        await user.press("r")

        await user.sees("it will be sent then.")
        assert len(user.source.asked) == 2


async def test_rows_that_have_no_other_way_say_nothing_of_one_but_when_asked() -> None:
    query = Query(group_bys=("client_service", "server_domain"))
    rows = replace(a_snapshot(THERE), query=query)
    async with exploring(FakeSource(rows), exploration=asking(query), size=(200, 50)) as user:
        await user.sees("Traffic")
        assert "other way" not in user.screen()

        await user.press("I")

        await user.sees("server_domain is of one end only")
        assert len(user.source.asked) == 1
