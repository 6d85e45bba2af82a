"""Test how a user chooses, moves, widens, sorts and scrolls columns."""

import pytest
from textual.widgets import Input

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.tui.dialogs.column_picker import ColumnPicker
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring
from tests.tui.three_rows import WIDE, a_source, clients, headings

TO_RETRANSMITS = ("down", "down", "down", "down")


async def open_picker(user: User) -> None:
    await user.sees("3 rows")
    await user.press("c")
    await user.sees("space shows, hides")


async def apply(user: User) -> None:
    await user.press("enter")
    await user.until(lambda: user.app.screen is user.main)
    await user.pilot.pause()


async def test_a_column_is_hidden_and_shown_again_without_a_request() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)
        await user.press(*TO_RETRANSMITS, "space")
        await apply(user)
        assert headings(user)[:6] == ["client_service", "server_service", "FINDING", "TOTAL▾", "B", "RTT"]

        await user.press("c")
        await user.sees("space shows, hides")
        await user.type("retransmit_share")
        await user.until(lambda: "TOTAL" not in picker_list(user))
        await user.press("space")
        await apply(user)

        assert "RETRANS%" in headings(user)
        assert len(user.source.asked) == 1


def picker_list(user: User) -> str:
    """Return the visible lines of the list in the dialog, as one text."""
    picker = user.app.screen
    assert isinstance(picker, ColumnPicker)
    region = picker.query_one("#columns").region
    return "\n".join(line[region.x : region.right] for line in user.screen().splitlines()[region.y : region.bottom])


async def test_a_column_is_moved_past_its_neighbour() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)

        await user.press(*TO_RETRANSMITS, "ctrl+down", "ctrl+down", "ctrl+up")
        await apply(user)

        assert headings(user)[2:6] == ["FINDING", "TOTAL▾", "B", "RTT"]
        assert user.main.exploration.arrangement.columns[:4] == (
            "finding",
            CONNECTIONS.shown_order[0],
            CONNECTIONS.shown_order[2],
            CONNECTIONS.shown_order[1],
        )


async def test_the_first_column_is_not_moved_before_the_group_bys() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)

        await user.press("down", "down", "ctrl+up")
        await apply(user)

        assert headings(user)[:3] == ["client_service", "server_service", "FINDING"]


async def test_a_width_is_given_in_the_dialog_and_told_as_a_number() -> None:
    async with exploring(a_source(), size=WIDE) as user:
        await open_picker(user)
        assert "✓ client_service  16 " in picker_list(user)

        await user.press("ctrl+right")
        await user.sees("✓ client_service  20 +4 ")
        await user.press("down", "ctrl+left")
        await user.sees("✓ server_service  12 -4 ")
        await apply(user)

        assert user.main.exploration.arrangement.widths == (("client_service", 4), ("server_service", -4))


async def test_one_column_alone_is_two_keys_away_and_so_are_all() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)
        await user.press(*TO_RETRANSMITS, "ctrl+right", "ctrl+o")
        await apply(user)
        assert headings(user) == ["client_service", "server_service", "RETRANS%"]

        await user.press("c")
        await user.sees("space shows, hides")
        await user.press("ctrl+x")
        await apply(user)

        assert user.main.exploration.arrangement == Exploration(Query()).arrangement


async def test_escape_changes_nothing() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)

        await user.press(*TO_RETRANSMITS, "space", "ctrl+right", "escape")
        await user.until(lambda: user.app.screen is user.main)

        assert user.main.exploration.arrangement == Exploration(Query()).arrangement


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("space",), "! Group-bys are always shown; b drops one"),
        (("ctrl+down",), "! Group-bys are put in order with b"),
        (("ctrl+o",), "! Select a figure"),
        (("down", "down", "ctrl+o", "space"), "! The last column cannot be hidden"),
    ],
)
async def test_what_cannot_be_is_refused_with_a_sentence_that_goes_with_the_next_move(
    keys: tuple[str, ...], said: str
) -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)

        await user.press(*keys)
        await user.sees(said)

        await user.press("down")
        await user.until(lambda: said not in user.screen())


async def test_what_is_told_of_group_bys_names_the_key_in_force() -> None:
    async with exploring(a_source(), keys={"pick_group_bys": "f7"}) as user:
        await open_picker(user)
        assert "f7 chooses" in user.screen()

        await user.press("space")
        await user.sees("f7 drops one")
        await user.press("ctrl+down")

        await user.sees("put in order with f7")


async def test_what_a_column_means_is_told_with_its_unit() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)
        assert "Group-bys are always shown" in user.screen()

        await user.press(*TO_RETRANSMITS, "down")

        await user.sees("rtt_micro_seconds (microseconds). TCP smoothed round-trip time")


async def test_columns_are_found_by_what_they_mean_and_may_not_be_found() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)

        await user.type("firewall")
        await user.until(lambda: len(picker_list(user).split("\n")) and "TOTAL" not in picker_list(user))
        assert "REFUSED" in picker_list(user)
        assert "TIMEOUTS" in picker_list(user)

        user.app.screen.query_one(Input).value = "nonsense"
        await user.sees("No column matches.")
        await user.press("space", "ctrl+right", "ctrl+up", "down")
        user.app.screen.query_one(Input).value = ""
        await user.until(lambda: "TOTAL" in picker_list(user))
        await apply(user)

        assert user.main.exploration.arrangement == Exploration(Query()).arrangement


async def test_among_those_found_a_column_is_moved_past_the_next_one_found() -> None:
    async with exploring(a_source(), size=WIDE) as user:
        await open_picker(user)
        await user.type("firewall")
        await user.until(lambda: "TOTAL" not in picker_list(user))

        await user.press("ctrl+down")
        await apply(user)

        shown = headings(user)
        assert shown.index("REFUSED") == shown.index("TIMEOUTS") + 1


async def test_a_chosen_arrangement_stays_across_a_refresh_and_another_question() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)
        await user.press(*TO_RETRANSMITS, "ctrl+o")
        await apply(user)

        await user.press("r")
        await user.until(lambda: len(user.source.asked) == 2 and not user.main.exploration.fetching)
        await user.press("e", "x", "enter")
        await user.until(lambda: len(user.source.asked) == 3 and not user.main.exploration.fetching)

        assert headings(user) == ["client_service", "server_service", "RETRANS%"]


async def test_ctrl_right_and_left_widen_and_narrow_the_column_under_the_cursor_for_good() -> None:
    async with exploring(a_source()) as user:
        await user.sees("3 rows")
        before = place_of_server(user)

        await user.press("ctrl+right", "ctrl+right", "ctrl+left")
        await user.until(lambda: place_of_server(user) == before + 4)
        await user.press("r")
        await user.until(lambda: len(user.source.asked) == 2 and not user.main.exploration.fetching)

        assert place_of_server(user) == before + 4
        assert user.main.exploration.arrangement.widths == (("client_service", 4),)


def place_of_server(user: User) -> int:
    """Return the position of the column `server_service` on the screen, in terminal columns from 0."""
    return user.grid.render_line(0).text.index("server_service")


async def test_a_column_that_cannot_get_narrower_remembers_no_key_pressed_in_vain() -> None:
    async with exploring(a_source()) as user:
        await user.sees("3 rows")

        await user.press(*["ctrl+left"] * 10, "ctrl+right")
        await user.pilot.pause()

        assert user.main.exploration.columns[0].width == 4 + 4


async def test_sorting_by_what_is_hidden_afterwards_is_remarked() -> None:
    async with exploring(a_source()) as user:
        await user.sees("3 rows")
        await user.press("l", "l", "l", "l", "l", "s")
        await user.sees("RTT▾")
        assert clients(user)[0] == "mail"

        await user.press("c")
        await user.sees("space shows, hides")
        await user.press(*TO_RETRANSMITS, "ctrl+o")
        await apply(user)

        assert clients(user)[0] == "mail"
        user.main.say("")
        await user.sees("3 rows · sorted by RTT ▾")


async def test_four_long_group_bys_leave_room_for_figures_on_80_columns() -> None:
    group_bys = ("client_service", "client_pod_name", "server_service", "server_pod_name")
    query = Query(group_bys=group_bys)
    row = a_connection(groups=[(letter * 44,) for letter in "abcd"])
    exploration = Exploration(query, refresh_seconds=None)
    async with exploring(FakeSource(a_snapshot(row, query=query)), exploration=exploration) as user:
        await user.sees("1 row")

        shown = user.grid.render_line(1).text

        assert all(letter in shown for letter in "abcd")
        assert {"FINDING", "TOTAL▾"} <= set(headings(user))


async def test_on_a_narrow_terminal_what_a_column_means_is_said_whole() -> None:
    last = CONNECTIONS.metrics[CONNECTIONS.shown_order[-1]]
    async with exploring(a_source(), size=(60, 15)) as user:
        await open_picker(user)

        await user.press("pagedown", "pagedown", "pagedown", "end")

        await user.sees(f"{last.key} ({last.unit}).")
        assert last.meaning.split()[-1] in user.screen()
        assert "enter applies" in user.screen()


async def test_on_a_low_terminal_the_list_of_columns_gives_way_and_not_the_keys() -> None:
    async with exploring(a_source(), size=(60, 20)) as user:
        await open_picker(user)

        await user.press("pagedown", "pagedown", "pagedown")

        await user.sees("ctrl+x resets · esc cancels")
        await user.until(lambda: CONNECTIONS.metrics[CONNECTIONS.shown_order[-1]].label in picker_list(user))


async def test_letters_that_no_column_has_keep_the_dialog_open() -> None:
    async with exploring(a_source()) as user:
        await open_picker(user)
        await user.type("nowhere")

        await user.press("enter")
        await user.sees("! No column matches. Delete some letters.")
        await user.press("q")

        await user.until(lambda: user.app.screen.query_one(Input).value == "nowhereq")
        assert isinstance(user.app.screen, ColumnPicker)
