"""Test the search box: its colours, warnings and suggestions, and its keyboard keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style
from textual import events

from cnm_tui.core.suggestions.completion import Completion, Known, known
from cnm_tui.core.text import cell_width
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.search_box import (
    Saying,
    SearchBox,
    offers_in_a_column,
    offers_in_a_line,
    problem_lines,
)
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

NARROW = (80, 24)
WIDE = (200, 50)
ANSWER = a_snapshot(
    a_connection("1", (("web",), ("web store",)), bytes_sent_by_client=2_000_000),
    a_connection("2", (("web",), ("web-api",)), bytes_sent_by_client=3_400_000_000),
    a_connection("3", (("store",), ("a:b*(c)",)), bytes_sent_by_client=1_000),
)


def a_source() -> FakeSource:
    """Return a fake data source that answers each query with the same three rows."""
    return FakeSource(*[ANSWER] * 3)


async def in_the_box(user: User, typed: str = "", learnt: Known | None = None) -> SearchBox:
    """Move the focus to the search box, type a text, and return the box.

    Args:
        typed: The text.
        learnt: The tags and values that are known for suggestions. By default, those of the answer are known.
    """
    await user.sees("3 rows")
    user.main.query_one(QueryBar).known = known(ANSWER) if learnt is None else learnt
    await user.press("e")
    await user.type(typed)
    return user.main.query_one(SearchBox)


def style_of(user: User, text: str) -> Style:
    """Return the style of this text in the search box."""
    box = user.main.query_one(SearchBox)
    at = box.render_line(0).text.index(text)
    segments = list(box.render_line(0).crop(at, at + 1))
    assert segments[0].style is not None
    return segments[0].style


def under_the_box(user: User) -> str:
    """Return the screen line below the search box."""
    return user.screen().splitlines()[user.main.query_one(SearchBox).region.bottom].rstrip()


async def test_each_kind_of_token_looks_different_and_operators_and_errors_do_so_without_colour() -> None:
    async with exploring(a_source()) as user:
        await in_the_box(user, "env:prod AND service:web* zone:[1 ")

        field, value, wildcard = style_of(user, "env"), style_of(user, "prod"), style_of(user, "*")
        operator, error = style_of(user, "AND"), style_of(user, "[1")

        assert len({field.color, value.color, wildcard.color, operator.color, error.color}) >= 4
        assert (operator.bold, wildcard.bold, error.underline) == (True, True, True)
        assert not any((field.bold, value.bold, field.underline, value.underline))


async def test_what_is_wrong_is_said_under_its_place_and_enter_still_asks() -> None:
    async with exploring(a_source()) as user:
        await in_the_box(user, "env:prod AND AND x ")

        await user.sees("^ Expected a term after AND.")
        box = user.main.query_one(SearchBox)
        assert under_the_box(user).index("^") == box.region.x + len("env:prod ")
        await user.press("enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].search == "env:prod AND AND x"
        await user.until(lambda: "Expected" not in user.screen())


async def test_what_is_wrong_out_of_sight_is_not_pointed_at_but_its_side_is() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user)

        box.insert_text_at_cursor("(env:" + "x" * 100)

        await user.until(lambda: under_the_box(user) == "   ‹ This parenthesis is never closed.")
        await user.press("home")
        await user.until(lambda: under_the_box(user) == "   ^ This parenthesis is never closed.")


async def test_the_rows_move_by_one_line_when_something_is_said_and_back_when_the_box_is_left() -> None:
    async with exploring(a_source()) as user:
        await user.sees("3 rows")
        top = user.main.query_one(Grid).region.y
        await in_the_box(user)
        assert user.main.query_one(Grid).region.y == top

        for typed in ("x", " AND ", "ser", "ver_service:", "web", " OR"):
            await user.type(typed.upper() if "OR" in typed else typed)
            await user.pilot.pause()
            assert user.main.query_one(Grid).region.y in (top, top + 1)

        await user.press("escape")
        await user.until(lambda: user.main.query_one(Grid).region.y == top)


async def test_a_word_still_being_typed_is_not_called_wrong() -> None:
    async with exploring(a_source()) as user:
        await in_the_box(user, "server_service:")

        await user.sees("tab web-api 1 row, 3.4 GB")
        assert "Expected" not in user.screen()


async def test_the_best_completion_stands_behind_the_cursor_and_tab_takes_it() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user, "server_serv")
        await user.sees("⌕ server_service:")
        assert box.value == "server_serv"

        await user.press("tab")
        await user.sees("⌕ server_service:web-api")
        await user.press("tab")

        assert (box.value, box.cursor_at_end, box.has_focus) == ("server_service:web-api", True, True)


@pytest.mark.parametrize("colours", [256, 16])
async def test_what_is_only_offered_looks_different_from_what_is_typed(
    monkeypatch: pytest.MonkeyPatch, colours: int
) -> None:
    if colours == 16:
        monkeypatch.setenv("TERM", "linux")
        monkeypatch.delenv("COLORTERM")
    async with exploring(a_source()) as user:
        await in_the_box(user, "server_service:web")
        await user.sees("web-api")

        typed, offered = style_of(user, "web"), style_of(user, "api")

        looks = {
            (style.color and style.color.downgrade(ColorSystem.EIGHT_BIT).number, style.dim)
            for style in (typed, offered)
        }
        assert len(looks) == 2


async def test_the_example_of_a_search_is_cut_with_a_sign_and_shown_in_the_edited_box_only() -> None:
    async with exploring(a_source()) as user:
        await in_the_box(user, "env:prod")
        await user.press("enter", "e", "ctrl+u")

        await user.sees("everything · e.g. server_env:prod NOT server_servi…")

        await user.press("escape")

        await user.until(lambda: "e.g." not in user.screen())


async def test_right_arrow_takes_it_at_the_end_and_moves_elsewhere() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user, "client_service:we")

        await user.press("left", "right")
        assert box.value == "client_service:we"
        await user.press("right")

        assert box.value == "client_service:web"


async def test_tab_goes_on_where_nothing_is_offered() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user)
        await user.press("tab")
        assert not box.has_focus

        box = await in_the_box(user, "client_service:web-x")
        await user.press("tab")

        await user.until(lambda: not box.has_focus)
        assert box.value == "client_service:web-x"


async def test_further_tabs_take_the_other_values_in_turn() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user, "server_service:w")

        taken = []
        for _ in range(3):
            await user.press("tab")
            taken.append(box.value.removeprefix("server_service:"))

        assert taken == ["web-api", '"web store"', "web-api"]
        assert box.has_focus


async def test_after_the_only_value_tab_goes_on_and_what_is_typed_behind_one_ends_the_turn() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user, "client_service:w")
        await user.press("tab", "tab")
        left = box.has_focus

        box = await in_the_box(user, " server_service:")
        await user.press("tab")
        await user.type(" x")
        await user.press("tab")

        assert not left
        assert box.value == "client_service:web server_service:web-api x"


async def test_down_and_up_choose_among_the_offers() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user, "server_service:")

        await user.press("down")
        await user.sees("tab web store 1 row, 2 MB")
        await user.press("down", "up", "tab")

        assert box.value == 'server_service:"web store"'


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=str)
async def test_the_key_that_leads_to_the_other_offers_stands_before_the_next_one(size: tuple[int, int]) -> None:
    async with exploring(a_source(), size=size) as user:
        box = await in_the_box(user, "server_service:")

        await user.sees("tab web-api 1 row, 3.4 GB" + (" · ↓ web store" if size == NARROW else ""))
        if size == WIDE:
            await user.sees("↓   web store 1 row, 2 MB")
        await user.press("down", "tab")

        assert box.value == 'server_service:"web store"'


async def test_a_colon_typed_behind_the_one_that_a_completion_brought_is_not_written_twice() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user, "server_serv")

        await user.press("tab", "colon")
        once = box.value
        await user.press("colon")

        assert (once, box.value) == ("server_service:", "server_service::")


async def test_a_value_full_of_signs_is_quoted_and_asked_as_it_is() -> None:
    async with exploring(a_source()) as user:
        await in_the_box(user, "server_service:a")

        await user.press("tab", "enter")

        await user.until(lambda: len(user.source.asked) == 2)
        assert user.source.asked[1].search == 'server_service:"a:b*(c)"'


async def test_an_answer_that_comes_while_typing_is_offered_from_then_on() -> None:
    async with exploring(FakeSource(a_snapshot(), ANSWER)) as user:
        await user.press("e")
        await user.type("server_service:")
        await user.sees("^ Expected a value after server_service:.")

        user.main.session.ask(user.main.exploration.query)

        await user.sees("tab web-api 1 row, 3.4 GB")


async def test_in_the_column_problems_and_offers_stand_under_the_box() -> None:
    async with exploring(a_source(), size=WIDE) as user:
        await in_the_box(user, "AND server_service:")

        await user.sees("tab web-api 1 row, 3.4 GB")
        assert under_the_box(user).split(" ")[1] == "^"
        await user.sees("Expected a term before AND.")
        await user.sees("↓   web store 1 row, 2 MB")
        await user.press("escape")

        await user.until(lambda: "web store 1 row" not in user.screen())


async def test_after_a_resize_the_hint_stands_under_the_box_again() -> None:
    async with exploring(a_source()) as user:
        await in_the_box(user, "server_service:")
        await user.sees("tab web-api 1 row, 3.4 GB")

        await user.pilot.resize_terminal(*WIDE)
        await user.until(lambda: under_the_box(user).startswith(" tab web-api 1 row, 3.4 GB"))
        await user.pilot.resize_terminal(80, 24)

        await user.until(lambda: under_the_box(user).startswith("   tab web-api 1 row, 3.4 GB"))


@pytest.mark.parametrize("columns", [60, 80])
async def test_the_cursor_stays_in_sight_when_enter_asks_takes_room(columns: int) -> None:
    async with exploring(a_source(), size=(columns, 24)) as user:
        box = await in_the_box(user)
        box.insert_text_at_cursor("x" * (columns - 18))

        await user.sees("enter asks")

        await user.until(lambda: len(box.value) - box.scroll_offset.x < box.size.width)


async def test_a_search_that_fits_again_is_shown_from_its_beginning() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user)
        box.insert_text_at_cursor("x" * 100)
        await user.until(lambda: box.scroll_offset.x > 0)

        await user.press("ctrl+u")
        await user.type("client_team")

        await user.sees("⌕ client_team")


async def test_keys_in_one_burst_take_what_was_offered_before_it_was_seen() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user)

        for key in ("s", "e", "r", "v", "e", "r", "_", "s", "e", "r", "v", "tab", "w", "tab", "space", "O"):
            user.app.post_message(events.Key(key, " " if key == "space" else key if len(key) == 1 else None))

        await user.until(lambda: box.value == "server_service:web-api O")


@pytest.mark.parametrize("key", ["e", "slash"])
async def test_what_is_typed_before_a_box_has_its_place_is_seen_whole(key: str) -> None:
    async with exploring(a_source()) as user:
        await user.sees("3 rows")

        for typed in (key, *"web-store"):
            user.app.post_message(events.Key(typed, typed if len(typed) == 1 else "/"))

        await user.sees({"e": "⌕ web-store", "slash": " / web-store"}[key])


async def test_signs_that_a_terminal_would_obey_are_shown_as_pictures_and_keep_their_places() -> None:
    async with exploring(a_source()) as user:
        box = await in_the_box(user)
        box.value = "a\x1bb\u200dc"
        await user.sees("⌕ a␛b\ufffdc")

        await user.pilot.click(SearchBox, offset=(4, 0))

        assert box.cursor_position == 4


@pytest.mark.parametrize(
    ("caret", "columns", "lines"),
    [
        (2, 30, ["  ^ Not so."]),
        (25, 30, ["                 Not so. ^"]),
        (4, 9, ["    ^", "Not so."]),
        (3, 5, ["   ^", "Not", "so."]),
        (1, 3, [" ^", "Not", "so."]),
    ],
)
def test_a_sentence_stands_beside_its_caret_or_under_it(caret: int, columns: int, lines: list[str]) -> None:
    assert [text_of(line) for line in problem_lines("Not so.", caret, columns, 2)] == lines


OFFERS = st.builds(Completion, st.just(""), st.just(0), st.text("ab日"), st.text("cd本"), st.booleans())


@given(st.lists(OFFERS, max_size=5), st.integers(10, 200))
def test_offers_fit_and_the_first_is_always_there(offers: list[Completion], columns: int) -> None:
    in_line, in_column = offers_in_a_line(offers, columns), offers_in_a_column(offers, columns)

    assert all(cell_width(text_of(line)) <= columns for line in (*in_line, *in_column))
    assert bool(in_line) == bool(in_column) == bool(offers)
    assert len(in_line) <= 1
    assert len(in_column) <= len(offers) + 1


def test_a_figure_is_never_cut() -> None:
    offer = Completion("", 0, "elasticsearch", "5 rows, 15 GB", True)

    in_column = [text_of(line) for line in offers_in_a_column([offer, offer], 28)]

    assert in_column == ["tab elasticsearch", "    5 rows, 15 GB", "↓   elasticsearch"]


def text_of(line: Saying) -> str:
    """Return the text of a line without its styles."""
    return "".join(text for text, _ in line.runs)
