"""Test how a user drills down to more detailed rows step by step, and goes back without new requests."""

from dataclasses import replace

import pytest

from cnm_tui.core.errors import TimedOut
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.settings import Settings
from cnm_tui.tui.widgets.breadcrumbs import Breadcrumbs
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import Echo, User, asking, exploring
from tests.tui.estate import Estate

PODS = Query(group_bys=("client_pod_name", "server_pod_name"))


async def answered(user: User, *keys: str) -> Query:
    """Press these keys, wait for the answer, and return the query that the app has sent."""
    before = len(user.source.asked)
    await user.press(*keys)
    await user.until(lambda: len(user.source.asked) > before and not user.main.exploration.fetching)
    assert len(user.source.asked) == before + 1
    await user.pilot.pause()
    return user.source.asked[-1]


def seen(user: User) -> tuple[object, ...]:
    """Return everything that going back must restore: query, arrangement, table, marked rows and cursor."""
    exploration = user.main.exploration
    return exploration.query, exploration.arrangement, exploration.table, exploration.marked, user.grid.cursor


def breadcrumbs(user: User) -> str:
    """Return the displayed breadcrumbs, which list the earlier queries. Return an empty text if they are not
    visible.
    """
    shown = [line for line in user.main.query(Breadcrumbs) if line.display]
    return shown[0].render_line(0).text.strip() if shown else ""


async def test_four_rungs_down_and_all_the_way_back_costs_four_questions() -> None:
    async with exploring(Estate()) as user:
        await user.sees("4 rows")
        places = [seen(user)]

        await user.press("enter")
        await user.sees("From client_service on to:")
        for keys, fields in (
            (("1",), ("client_kube_deployment", "server_service")),
            (("enter", "1"), ("client_kube_deployment", "server_kube_deployment")),
            (("enter",), ("client_pod_name", "server_kube_deployment")),
            (("enter",), ("client_pod_name", "server_pod_name")),
        ):
            assert (await answered(user, *keys)).group_bys == fields
            places.append(seen(user))
        assert breadcrumbs(user) == "everything » … » checkout-deploy → » → payments-deploy » checkout-0 →"
        asked = len(user.source.asked)

        for place in reversed(places[:-1]):
            await user.press("backspace")
            assert seen(user) == place
        assert breadcrumbs(user) == "everything » checkout → payments » checkout-deploy → » → payments-deploy » …"
        for place in places[1:]:
            await user.press("right_square_bracket")
            assert seen(user) == place

        assert len(user.source.asked) == asked == 5


async def test_the_row_becomes_part_of_the_search_and_its_values_are_quoted() -> None:
    row = a_connection("1", (("mail relay",), ("store",)))
    async with exploring(FakeSource(a_snapshot(row), a_snapshot())) as user:
        await user.sees("1 row")

        query = await answered(user, "enter", "enter")

        assert query.search == 'client_service:"mail relay" AND server_service:store'


async def test_enter_in_the_dialog_takes_the_first_rung_a_digit_any_and_escape_none() -> None:
    async with exploring(Estate()) as user:
        await user.sees("4 rows")

        await user.press("enter", "escape", "enter", "7", "escape")
        assert len(user.source.asked) == 1
        assert (await answered(user, "enter", "enter")).group_bys[0] == "client_kube_deployment"
        await user.press("backspace")
        assert (await answered(user, "enter", "2")).group_bys[0] == "client_kube_namespace"


async def test_the_end_under_the_cursor_goes_down_and_then_the_cursor_is_on_the_other() -> None:
    async with exploring(Estate(), exploration=asking(PODS)) as user:
        await user.sees("7 rows")

        assert (await answered(user, "l", "enter")).group_bys == ("client_pod_name", "server_host")
        assert user.grid.cursor_column == "client_pod_name"
        assert (await answered(user, "enter")).group_bys == ("client_host", "server_host")
        assert user.grid.cursor_column == "server_host"


async def test_with_the_cursor_on_a_figure_it_stays_there_and_the_ends_take_turns() -> None:
    async with exploring(Estate(), exploration=asking(PODS)) as user:
        await user.sees("7 rows")

        assert (await answered(user, *["l"] * 4, "enter")).group_bys == ("client_host", "server_pod_name")
        assert user.grid.cursor_column == "retransmit_share"
        assert (await answered(user, "enter")).group_bys == ("client_host", "server_host")


async def test_the_sort_stays_the_cursor_is_in_the_first_row_and_the_filter_has_done_its_part() -> None:
    async with exploring(Estate(), exploration=asking(PODS)) as user:
        await user.sees("7 rows")
        await user.press(*["l"] * 4, "s", "slash", *"checkout", "enter", "j", "j")
        await user.sees("5 of 7 rows")

        await answered(user, "enter")

        assert user.main.exploration.arrangement.deciding == "retransmit_share"
        assert user.main.exploration.arrangement.row_filter.text == ""
        assert (user.grid.cursor.top, user.grid.table and user.grid.table.row_of(str(user.highlighted))) == (0, 0)
        await user.press("backspace")
        await user.sees("5 of 7 rows")


async def test_all_marked_rows_are_gone_into_at_once() -> None:
    async with exploring(Estate(), exploration=asking(PODS)) as user:
        await user.sees("7 rows")

        query = await answered(user, "space", "space", "end", "enter")

        assert query.search == (
            "(client_pod_name:checkout-0 AND server_pod_name:payments-0)"
            " OR (client_pod_name:checkout-1 AND server_pod_name:payments-1)"
        )
        await user.sees("2 rows")
        assert user.main.exploration.marked == frozenset()


async def test_a_choice_of_rungs_says_how_many_marked_rows_are_gone_into() -> None:
    async with exploring(Estate()) as user:
        await user.sees("4 rows")

        await user.press("space", "space", "enter")

        await user.sees("Into 2 marked rows, from client_service on to:")


async def test_marked_rows_that_are_no_longer_there_are_left_out_and_that_is_said() -> None:
    first, second = a_connection("1", (("a",), ("x",))), a_connection("2", (("b",), ("x",)))
    pods = PODS.group_bys
    answers = [replace(a_snapshot(*rows), query=PODS) for rows in ((first, second), (first,))]
    async with exploring(FakeSource(*answers), exploration=asking(PODS)) as user:
        await user.sees("2 rows")
        await user.press("space", "space", "r")
        await user.sees("1 gone")

        await user.press("enter")

        await user.sees("1 marked row not in this answer, and left out.")
        assert user.source.asked[-1].search == "client_pod_name:a AND server_pod_name:x"
        assert user.source.asked[-1].group_bys != pods


async def test_marked_rows_that_the_filter_hides_are_not_gone_into_and_that_is_said() -> None:
    async with exploring(Estate(), exploration=asking(PODS)) as user:
        await user.sees("7 rows")
        await user.press("space", "space", "slash", *"checkout-1", "enter")
        await user.sees("2 of 7 rows")

        await user.press("enter")

        await user.sees("1 marked row hidden, and left out.")
        assert user.source.asked[-1].search == "client_pod_name:checkout-1 AND server_pod_name:payments-1"


async def test_where_the_filter_hides_all_marked_rows_nothing_is_asked() -> None:
    async with exploring(Estate(), exploration=asking(PODS)) as user:
        await user.sees("7 rows")
        await user.press("space", "slash", *"checkout-1", "enter")
        await user.sees("2 of 7 rows")

        await user.press("enter")

        await user.sees("There is no row to drill into. 1 marked row hidden, and left out.")
        assert len(user.source.asked) == 1


async def test_too_many_marked_rows_are_refused_and_nothing_is_asked() -> None:
    rows = [a_connection(str(n), ((f"client-{n:03}",), (f"server-{n:03}",))) for n in range(100)]
    exploration = replace(asking(PODS), marked=frozenset(row.id for row in rows))
    async with exploring(FakeSource(replace(a_snapshot(*rows), query=PODS)), exploration=exploration) as user:
        await user.sees("100 rows")

        await user.press("enter")

        await user.sees("100 rows make a search of")
        assert len(user.source.asked) == 1


async def test_an_unresolved_end_is_asked_and_what_that_relies_on_is_said() -> None:
    async with exploring(Estate()) as user:
        await user.sees("4 rows")

        await user.press("end", "enter", "1")

        await user.sees("N/A is asked by server_service:*")
        assert "NOT server_service:*" in user.source.asked[-1].search


async def test_going_down_from_an_end_without_a_name_offers_to_ask_what_it_is() -> None:
    async with exploring(Estate()) as user:
        await user.sees("4 rows")
        await user.press("enter")
        await user.sees("From client_service on to:")
        await user.press("N")
        assert "From client_service on to:" in user.screen()
        await user.press("escape", "end", "l", "enter")
        await user.sees("From server_service, N/A here, on to:")
        await user.sees("N  what it is: address, port, gateway")

        query = await answered(user, "N")

        assert query.group_bys == ("server_ip", "server_domain", "server_port", "server_gateway_id")
        assert query.search == "client_service:search AND NOT server_service:*"


async def test_without_a_ladder_that_is_said_and_fields_can_be_chosen() -> None:
    by_transport = Query(group_bys=("network.transport",))
    async with exploring(Estate(), exploration=asking(by_transport)) as user:
        await user.sees("1 row")

        await user.press("enter")
        await user.sees("No ladder leads on from network.transport.")
        await user.press("enter")
        await user.sees("Group by")
        await user.type("client_team")
        query = await answered(user, "enter")

        assert query.group_bys == ("network.transport", "client_team")
        assert query.search == ""


async def test_ladders_that_people_set_replace_the_usual_ones() -> None:
    async with exploring(Estate()) as user:
        user.main.settings = Settings(ladders={"service": ("ip",)})
        await user.sees("4 rows")

        assert (await answered(user, "enter")).group_bys == ("client_ip", "server_service")


async def test_from_a_question_that_failed_one_can_go_down_again() -> None:
    rows = replace(a_snapshot(a_connection()), query=PODS)
    failure = TimedOut("No answer from FAKE within 30 s.", hint="Check the network.")
    async with exploring(FakeSource(rows, failure, failure), exploration=asking(PODS)) as user:
        await user.sees("1 row")
        await user.press("enter")
        await user.sees("No answer from FAKE")

        await user.press("enter")

        await user.until(lambda: len(user.source.asked) == 3)
        assert user.source.asked[1] == user.source.asked[2]


async def test_until_the_rate_limit_allows_it_a_step_waits_and_that_is_told() -> None:
    rows = replace(a_snapshot(a_connection(), budget=Budget(remaining=0, reset_at=MOMENT + 50)), query=PODS)
    async with exploring(FakeSource(rows), exploration=asking(PODS)) as user:
        await user.sees("1 row")

        await user.press("enter")

        await user.sees("The rate limit allows the next request in")
        assert user.main.exploration.is_queued


# The way


async def test_a_step_of_the_way_can_be_clicked_and_asks_nobody() -> None:
    async with exploring(Estate(), exploration=asking(PODS), size=(120, 30)) as user:
        await user.sees("7 rows")
        first = seen(user)
        await answered(user, "enter")
        second = seen(user)
        await answered(user, "enter")
        assert breadcrumbs(user) == "everything » checkout-0 → payments-0 » checkout-host-0 →"

        await user.pilot.click(Breadcrumbs, offset=(16, 0))
        assert seen(user) == second
        assert breadcrumbs(user) == "everything » checkout-0 → payments-0 » checkout-host-0 →"
        await user.pilot.click(Breadcrumbs, offset=(40, 0))
        await user.sees("client_host")
        await user.pilot.click(Breadcrumbs, offset=(3, 0))

        assert seen(user) == first
        assert len(user.source.asked) == 3


async def test_a_click_on_where_one_is_or_between_two_steps_does_nothing() -> None:
    async with exploring(Estate(), exploration=asking(PODS)) as user:
        await user.sees("7 rows")
        await answered(user, "enter")
        before = seen(user)

        for x in (0, 12, 16, 70):
            await user.pilot.click(Breadcrumbs, offset=(x, 0))

        assert seen(user) == before
        assert user.main.notice == ""


async def test_before_the_first_step_there_is_no_line_for_the_way() -> None:
    async with exploring(Estate()) as user:
        await user.sees("4 rows")

        assert len(user.main.query(Breadcrumbs)) == 0


async def test_in_a_narrow_terminal_the_middle_of_the_way_gives_room() -> None:
    async with exploring(Estate(), size=(60, 24)) as user:
        await user.sees("4 rows")
        await answered(user, "enter", "1")
        await answered(user, "enter", "1")
        assert breadcrumbs(user) == "everything » checkout → payments » checkout-deploy →"
        await answered(user, "enter")
        assert breadcrumbs(user) == "everything » … » checkout-deploy → » → payments-deploy"

        await user.press("backspace", "backspace")

        assert breadcrumbs(user) == "everything » checkout → payments » checkout-deploy → » …"
        await user.pilot.resize_terminal(30, 24)
        assert breadcrumbs(user).startswith("everything » checkout →")


async def test_at_the_top_the_way_down_stays_in_sight_and_the_first_row_gives_it_room() -> None:
    rows = [a_connection(f"{n:03}", ((f"web-{n:03}",), ("x",)), bytes_sent_by_client=900 - n) for n in range(100)]
    answers = [replace(a_snapshot(*rows), query=PODS), a_snapshot(rows[0])]

    async with exploring(Echo(*answers), exploration=asking(PODS)) as user:
        await user.sees("100 rows")
        await user.press("pagedown", *["j"] * 17)
        heading, _first_row, *rest = unmarked_lines(user, 3)
        before = seen(user)
        await answered(user, "enter")

        await user.press("backspace")

        await user.until(lambda: unmarked_lines(user, 4) == [heading, *rest])
        assert seen(user) == before
        assert breadcrumbs(user) == "everything » web-035 → x"


def unmarked_lines(user: User, first: int) -> list[str]:
    """Return the lines of the grid from screen line `first` on, without the symbols that show the scroll position."""
    return [line.rstrip("↑↓┃").rstrip() for line in user.screen().splitlines()[first:-2]]


@pytest.mark.parametrize("size", [(80, 24), (130, 30), (200, 50)])
async def test_the_grid_alone_has_no_line_for_the_way_either(size: tuple[int, int]) -> None:
    async with exploring(Estate(), exploration=asking(PODS), size=size) as user:
        await user.sees("7 rows")
        await answered(user, "enter")
        await user.sees("everything » ")

        await user.press("z")

        await user.until(lambda: "everything » " not in user.screen())


async def test_beside_an_open_detail_pane_the_line_for_the_way_comes_with_other_fields() -> None:
    async with exploring(Estate(), size=(200, 50)) as user:
        await user.sees("esc closes")

        await user.press("enter", "b")
        await user.sees("Group by")
        await user.type("client_team")
        await answered(user, "enter")

        await user.sees("everything » checkout → payments")
        await user.sees("client_team")
        await user.until(lambda: user.screen().count("client_team") >= 3)
