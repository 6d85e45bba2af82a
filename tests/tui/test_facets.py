"""Test the facets, which list the most important values of each group-by beside the rows on a wide screen.

The tests check how facets are displayed, folded, filtered and searched.
"""

import pytest

from cnm_tui.core.query import Query
from cnm_tui.tui.widgets.facet_list import FacetList
from tests.builders import a_connection, a_snapshot
from tests.tui.conftest import Echo, User, exploring

WIDE = (200, 50)


def answer() -> object:
    return a_snapshot(
        *(
            a_connection(f"{client}-{server}", ((client,), (server,)), bytes_sent_by_client=size)
            for client, server, size in (("web", "store", 60), ("web", "cart", 20), ("mail", "store", 10))
        )
    )


def facets_of(user: User) -> list[str]:
    """Return the visible lines of the pane with the facets."""
    region = user.main.query_one(FacetList).region
    lines = user.screen().splitlines()[region.y : region.bottom]
    return [line[region.x : region.right].rstrip() for line in lines]


async def focus(user: User) -> None:
    """Move the focus to the pane with the facets, and its cursor to the first line below the heading."""
    user.main.set_focus(user.main.query_one(FacetList))
    await user.press("home", "down")


def source() -> Echo:
    return Echo(*(answer() for _ in range(3)))  # type: ignore[arg-type]


async def test_a_wide_screen_lists_the_values_of_each_group_by() -> None:
    async with exploring(source(), size=WIDE) as user:
        await user.sees("▾ server_service")

        assert [line.split() for line in facets_of(user) if line] == [
            ["GROUP", "BY", "b", "bytes", "rows"],
            ["▾", "client_service", "2"],
            ["web", "█████", "2"],
            ["mail", "▋", "1"],
            ["▾", "server_service", "2"],
            ["store", "█████", "2"],
            ["cart", "█▍", "1"],
        ]


async def test_a_narrow_screen_has_none_until_it_gets_wide() -> None:
    async with exploring(source()) as user:
        await user.sees("3 rows")
        assert not user.main.query(FacetList)

        await user.pilot.resize_terminal(*WIDE)
        await user.sees("▾ server_service")
        await user.pilot.resize_terminal(80, 24)

        await user.until(lambda: not user.main.query_one(FacetList).display)


async def test_space_narrows_the_rows_to_a_value_and_shows_all_again() -> None:
    async with exploring(source(), size=WIDE) as user:
        await user.sees("▾ server_service")
        await focus(user)

        await user.press("down", "down", "space")
        await user.sees("✓ mail")

        assert user.main.exploration.arrangement.row_filter.text == "client_service=mail"
        assert len(user.source.asked) == 1

        await user.press("space")
        await user.sees("  web")
        assert user.main.exploration.arrangement.row_filter.text == ""


async def test_a_click_narrows_the_rows_as_well() -> None:
    async with exploring(source(), size=WIDE) as user:
        await user.sees("▾ server_service")

        await user.pilot.click(FacetList, offset=(6, 6))

        await user.sees("✓ cart")
        assert user.main.exploration.arrangement.row_filter.text == "server_service=cart"


async def test_plus_and_minus_ask_for_a_value_or_without_it() -> None:
    async with exploring(source(), size=WIDE) as user:
        await user.sees("▾ server_service")
        await focus(user)

        await user.press("down", "plus")
        await user.until(lambda: user.source.asked[-1] == Query(search="client_service:web"))

        await user.sees("▾ server_service")
        await user.press("down", "minus")
        await user.until(lambda: user.source.asked[-1].search == "client_service:web AND NOT client_service:mail")


async def test_a_field_is_folded_and_unfolded() -> None:
    async with exploring(source(), size=WIDE) as user:
        await user.sees("▾ server_service")
        await focus(user)

        await user.press("down", "left")
        await user.sees("▸ client_service")
        assert not any("mail" in line for line in facets_of(user))

        await user.press("right")
        await user.sees("▾ client_service")
        assert any("mail" in line for line in facets_of(user))


@pytest.mark.parametrize("by_mouse", [True, False])
async def test_the_heading_opens_the_list_of_fields(by_mouse: bool) -> None:
    async with exploring(source(), size=WIDE) as user:
        await user.sees("▾ server_service")

        if by_mouse:
            await user.pilot.click(FacetList, offset=(3, 0))
        else:
            await focus(user)
            await user.press("up", "enter")

        await user.until(lambda: type(user.app.screen).__name__ == "GroupByPicker")
