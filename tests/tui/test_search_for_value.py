"""Test the keyboard keys that add a tag value of a row to the search, or exclude this value.

Also test how the user goes back and forward.
"""

import pytest

from cnm_tui.core.connections import Exact
from cnm_tui.core.errors import TimedOut
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import LONGEST_SEARCH, Query
from cnm_tui.core.snapshot import Snapshot
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.tui.conftest import Echo, User, exploring
from tests.tui.painted import painted

WEB = a_connection("web", (("web",), ("store",)), bytes_sent_by_client=3_000)
MAIL = a_connection("mail", (("mail relay",), ()), bytes_sent_by_client=2_000)
BOTH = a_connection("both", (("x", "y"), ("N/A",)), bytes_sent_by_client=1_000)
ANSWER = a_snapshot(WEB, MAIL, BOTH)


def many(count: int) -> Snapshot:
    """Return an answer with this number of rows. The first row has the most bytes."""
    rows = [
        a_connection(f"{number:03}", ((f"web-{number:03}",), ("store",)), bytes_sent_by_client=10_000 - number)
        for number in range(count)
    ]
    return a_snapshot(*rows)


async def asked(user: User, *keys: str) -> str:
    """Press these keys, wait for the answer, and return the search of the query that the app has sent."""
    before = len(user.source.asked)
    await user.press(*keys)
    await user.until(lambda: len(user.source.asked) > before and not user.main.exploration.fetching)
    return user.source.asked[-1].search


async def test_plus_asks_for_the_value_under_the_cursor_and_the_box_shows_it() -> None:
    async with exploring(Echo(*[ANSWER] * 3)) as user:
        await user.sees("3 rows")

        assert await asked(user, "plus") == "client_service:web"
        await user.sees("⌕ client_service:web")
        assert await asked(user, "j", "plus") == 'client_service:web AND client_service:"mail relay"'


async def test_a_field_that_is_called_as_a_figure_is_told_from_it() -> None:
    query = Query(group_bys=("total_bytes",))
    answer = a_snapshot(a_connection("1", (("much",),), bytes_sent_by_client=1), query=query)
    async with exploring(Echo(answer, answer), exploration=Exploration(query)) as user:
        await user.sees("1 row")

        await user.press("l", "plus")
        await user.sees("To search for a value, move to total_bytes.")
        assert await asked(user, "h", "plus") == "total_bytes:much"


async def test_of_several_values_all_are_added() -> None:
    async with exploring(Echo(*[ANSWER] * 2)) as user:
        await user.sees("3 rows")

        assert await asked(user, "end", "plus") == "client_service:x AND client_service:y"


async def test_an_unresolved_end_is_asked_and_what_that_relies_on_is_said() -> None:
    async with exploring(Echo(*[ANSWER] * 3)) as user:
        await user.sees("3 rows")

        assert await asked(user, "j", "l", "minus") == "server_service:*"
        await user.sees("N/A is asked by server_service:*, if the service reads that as any value.")


@pytest.mark.parametrize(("key", "search"), [("plus", "client_service:a?b"), ("minus", "NOT client_service:a?b")])
async def test_a_value_that_cannot_be_seen_whole_is_asked_by_a_sign_for_what_is_hidden(key: str, search: str) -> None:
    sent = Exact("1", (("a\ufe0fb",), ("store",)))
    answer = a_snapshot(a_connection("1", (("ab",), ("store",)), unclean=sent))
    async with exploring(Echo(answer, answer)) as user:
        await user.sees("1 row")

        assert await asked(user, key) == search

        await user.sees("? stands for a character that cannot be seen, and finds any other.")


async def test_tags_of_the_command_line_become_part_of_the_search() -> None:
    exploration = Exploration(Query(tags=("env:prod",)), refresh_seconds=None)
    async with exploring(Echo(*[ANSWER] * 2), exploration=exploration) as user:
        await user.sees("3 rows")

        assert await asked(user, "plus") == "env:prod AND client_service:web"


async def test_what_the_search_says_already_costs_no_request() -> None:
    async with exploring(Echo(*[ANSWER] * 2)) as user:
        await user.sees("3 rows")
        await asked(user, "plus")

        await user.press("plus")

        await user.sees("The search already contains this.")
        assert len(user.source.asked) == 2


async def test_a_search_that_would_become_too_long_is_refused_and_stays() -> None:
    long = Query(search="x" * (LONGEST_SEARCH - 5))
    async with exploring(Echo(ANSWER), exploration=Exploration(long, refresh_seconds=None)) as user:
        await user.sees("3 rows")

        await user.press("plus")

        await user.sees("Shorten it")
        assert user.main.exploration.query == long


async def test_back_shows_the_question_before_as_it_was_left_and_asks_nobody() -> None:
    async with exploring(Echo(many(100), ANSWER)) as user:
        await user.sees("100 rows")
        await user.press("l", "s", "end", "k", "space")
        await user.until(lambda: "web-098" in user.screen() and "1 marked" in user.screen())
        table, place, shown = user.grid.table, user.grid.cursor, unmarked_lines(user)
        await user.press("b", "escape")
        assert await asked(user, "plus") == "server_service:store"
        await user.sees("3 rows")
        await user.press("h", "s", "slash")
        await user.type("web")
        await user.press("enter")
        await user.sees("1 of 3 rows")

        await user.press("backspace")

        await user.until(lambda: unmarked_lines(user) == shown)
        assert user.grid.table is table
        assert user.grid.cursor == place
        assert user.main.exploration.marked == {"098"}
        assert len(user.source.asked) == 2
        await user.press("right_square_bracket")
        await user.sees("1 of 3 rows")
        await user.sees("/ web")
        await user.sees("⌕ server_service:store")
        assert len(user.source.asked) == 2


def unmarked_lines(user: User) -> list[str]:
    """Return the screen lines of the rows and totals, without the symbols that show the scroll position."""
    return [line.rstrip("↑↓┃").rstrip() for line in user.screen().splitlines()[5:-2]]


async def test_what_is_shown_again_says_of_when_it_is_and_r_asks_anew() -> None:
    source = Echo(a_snapshot(WEB, fetched_at=MOMENT - 300), ANSWER, ANSWER)
    async with exploring(source) as user:
        await user.sees("1 row")
        await asked(user, "plus")

        await user.press("left_square_bracket")

        await user.sees("Rows from 09:55:00Z; r asks again.")
        await user.sees("5 min old")
        assert await asked(user, "r") == ""
        await user.sees("3 rows")


@pytest.mark.parametrize(
    ("columns", "told"),
    [(80, "· 07:25:00Z (2 h 35 min old) "), (60, "07:25:00Z (2 h 35 min old) ")],
)
async def test_an_old_answer_says_how_old_it_is_before_it_says_when_the_next_comes(columns: int, told: str) -> None:
    source = Echo(a_snapshot(WEB, fetched_at=MOMENT - 9_300), ANSWER)
    live = Exploration(Query(), refresh_seconds=60.0)
    async with exploring(source, size=(columns, 24), exploration=live) as user:
        await user.sees("1 row")
        await asked(user, "plus")

        await user.press("left_square_bracket")

        await user.until(lambda: painted(user.app)[0].text.endswith(f" {told}"))


async def test_what_a_key_did_before_is_no_longer_said_of_the_next_question() -> None:
    async with exploring(Echo(*[ANSWER] * 3)) as user:
        await user.sees("3 rows")
        await asked(user, "plus")
        await user.press("left_square_bracket")
        await user.sees("Rows from")

        await asked(user, "minus")

        assert user.main.notice == ""


async def test_an_answer_gone_back_to_is_of_the_same_second_in_the_first_line_and_in_the_last() -> None:
    rows = a_snapshot(WEB, fetched_at=MOMENT + 0.5)
    async with exploring(Echo(rows, ANSWER)) as user:
        await user.sees("1 row")
        await asked(user, "plus")

        await user.press("left_square_bracket")

        await user.sees("Rows from 10:00:00Z")
        assert "10:00:00Z" in user.screen().splitlines()[0]


async def test_back_gives_up_a_question_that_is_on_its_way() -> None:
    async with exploring(Echo(ANSWER)) as user:
        await user.sees("3 rows")
        await user.press("plus")
        await user.until(lambda: user.source.waiting == 1)

        await user.press("backspace")

        await user.until(lambda: user.source.waiting == 0)
        assert (user.main.exploration.query, user.main.exploration.fetching) == (Query(), False)
        await user.until(lambda: "client_service:web" not in user.screen())


async def test_back_from_a_question_that_failed_leads_to_the_rows_that_are_shown() -> None:
    source = Echo(ANSWER, TimedOut("No answer from FAKE within 30 s.", hint="Check the network."))
    async with exploring(source) as user:
        await user.sees("3 rows")
        await user.press("plus")
        await user.sees("No answer from FAKE")

        await user.press("backspace")

        await user.until(lambda: "No answer" not in user.screen())
        assert user.main.exploration.query == Query()


async def test_an_older_answer_is_refreshed_after_the_usual_pause_and_not_at_once() -> None:
    source = Echo(ANSWER, ANSWER)
    async with exploring(source, exploration=Exploration(Query(), refresh_seconds=60)) as user:
        await user.sees("3 rows")
        await asked(user, "plus")

        await user.press("backspace")

        await user.sees("live, next in 1 min")
        assert user.main.session.requests.next_refresh_at is not None
        assert user.main.session.requests.next_refresh_at - user.main.session.now() > 55
        assert len(source.asked) == 2


async def test_a_view_is_left_for_rows_in_the_order_that_they_had_before() -> None:
    by_port = a_snapshot(a_connection("1", (("web",), ("store",), ("443",))))
    async with exploring(Echo(ANSWER, by_port), size=(200, 50)) as user:
        await user.sees("TOTAL▾")
        await user.press("v")
        await user.type("refused")
        await asked(user, "enter")
        await user.sees("REFUSED▾")

        await user.press("backspace")

        await user.sees("TOTAL▾")
        assert "REFUSED▾" not in user.screen()


async def test_when_other_things_stand_in_the_rows_the_cursor_is_on_the_first() -> None:
    by_port = a_snapshot(*[a_connection(f"{n}", (("web",), ("store",), (f"{n}",))) for n in range(50)])
    async with exploring(Echo(many(50), by_port)) as user:
        await user.sees("50 rows")
        await user.press("end")
        await user.press("v")
        await user.type("refused")

        await asked(user, "enter")

        await user.until(lambda: user.highlighted == "0")
        assert user.grid.cursor.top == 0


async def test_in_a_box_backspace_and_signs_are_typed() -> None:
    async with exploring(Echo(ANSWER)) as user:
        await user.sees("3 rows")
        await user.press("e")
        await user.type("ab")

        await user.press("backspace", "minus", "plus", "left_square_bracket")

        await user.sees("⌕ a-+[")
        assert len(user.source.asked) == 1
