"""Test the status bar, which shows problems, messages, and remarks about the rows."""

from dataclasses import replace

import pytest

from cnm_tui.core.errors import TimedOut
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.options import WORST_FIRST
from cnm_tui.tui.widgets.facet_list import FacetList
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

ROW = a_connection(groups=(("web",), ("store",)))
FAILURE = TimedOut("No answer from FAKE within 30 s.", hint="Check the network.")
WORDY = TimedOut("No answer from FAKE. " + "It was asked again and again, and again. " * 8, hint="Check the network.")


def a_source(failure: TimedOut = FAILURE) -> FakeSource:
    """Return a fake data source that answers the first query with one row. Later queries fail with this error."""
    return FakeSource(a_snapshot(ROW), failure)


def bar_of(user: User) -> list[str]:
    """Return the visible lines of the status bar."""
    bar = user.main.query_one("StatusBar").region
    return [line.strip() for line in user.screen().splitlines()[bar.y : bar.bottom]]


async def test_a_fresh_failure_takes_the_place_of_an_older_notice() -> None:
    async with exploring(a_source()) as user:
        await user.sees("1 row")
        user.main.say("1 id copied.")
        await user.sees("1 id copied.")

        await user.press("r")
        await user.until(lambda: user.main.exploration.problem is not None)
        await user.pilot.pause()

        assert "! No answer from FAKE within 30 s. Check the network." in user.screen()
        assert "1 id copied." not in user.screen()


async def test_a_remark_of_a_feature_stays_until_it_is_removed() -> None:
    async with exploring(a_source()) as user:
        await user.sees("1 row")

        user.main.show_remark("trend", "2 rows with a trend")
        await user.sees("2 rows with a trend")
        user.main.show_remark("trend", "")

        await user.until(lambda: "trend" not in user.screen())


async def test_under_a_problem_the_remarks_stay() -> None:
    async with exploring(a_source()) as user:
        await user.sees("1 row")

        await user.press("r")
        await user.sees("! No answer")

        problem, remarks = bar_of(user)
        assert problem == "! No answer from FAKE within 30 s. Check the network."
        assert remarks.startswith("1 row")


async def test_what_a_key_did_stands_under_a_problem_and_moves_nothing() -> None:
    async with exploring(a_source()) as user:
        await user.sees("1 row")
        await user.press("r")
        await user.sees("! No answer")
        height = len(bar_of(user))

        user.main.say("1 id copied.")
        await user.sees("1 id copied.")

        assert len(bar_of(user)) == height
        assert "! No answer" in bar_of(user)[0]


async def test_a_long_notice_gets_the_lines_that_it_needs_and_gives_them_back() -> None:
    async with exploring(a_source()) as user:
        await user.sees("1 row")

        user.main.say("It went on and on. " * 6)
        await user.until(lambda: len(bar_of(user)) == 2)

        user.main.say("1 id copied.")
        await user.until(lambda: bar_of(user) == ["1 id copied."])


LONG = "A sentence of more than one line goes on and on and on in the next one, and ends there."


async def test_a_notice_that_a_dialog_stands_over_begins_in_the_line_that_is_left_and_is_whole_again_after_it() -> None:
    async with exploring(a_source(), size=(60, 15)) as user:
        await user.sees("1 row")
        user.main.say(LONG)
        await user.until(lambda: bar_of(user)[0].startswith("A sentence"))

        await user.press("b")
        await user.until(lambda: bar_of(user)[-1].startswith("A sentence of more"))
        assert bar_of(user)[-1].endswith("…")
        await user.press("escape")

        await user.until(lambda: " ".join(bar_of(user)) == LONG)


async def test_a_notice_is_whole_beside_a_dialog_that_leaves_room_for_it() -> None:
    async with exploring(a_source()) as user:
        await user.sees("1 row")
        await user.press("n")
        await user.sees("Rows to ask for")

        user.main.say(LONG)

        await user.until(lambda: " ".join(bar_of(user)) == LONG)


async def test_a_notice_does_not_end_before_it_can_be_read() -> None:
    async with exploring(a_source(), size=(60, 15)) as user:
        await user.sees("1 row")
        await user.press("b")
        await user.sees("Group by")
        user.main.say(LONG, seconds=0.001)
        await user.until(lambda: user.main._notice_end is None)

        await user.press("escape")

        await user.until(lambda: " ".join(bar_of(user)) == LONG)


async def test_a_notice_that_was_seen_does_not_wait_for_a_dialog_to_close() -> None:
    async with exploring(a_source()) as user:
        await user.sees("1 row")
        user.main.say("1 id copied.")
        await user.press("n")
        await user.sees("Rows to ask for")

        user.main._end_notice()

        assert not user.main.notice


async def test_a_wordy_problem_leaves_room_for_the_rows() -> None:
    lines_of_bar = {}
    for size in ((80, 24), (80, 50), (60, 15)):
        async with exploring(a_source(WORDY), size=size) as user:
            await user.sees("1 row")

            await user.press("r")
            await user.sees("! No answer")

            lines_of_bar[size] = bar_of(user)

    assert [len(lines) for lines in lines_of_bar.values()] == [3, 4, 3]
    assert lines_of_bar[80, 24][-1].startswith("1 row")
    assert lines_of_bar[80, 50][-1].startswith("1 row")
    assert lines_of_bar[60, 15][-2].endswith("…")


async def test_a_resize_gives_the_problem_the_lines_of_the_new_size() -> None:
    async with exploring(a_source(WORDY), size=(80, 24)) as user:
        await user.sees("1 row")
        await user.press("r")
        await user.sees("! No answer")

        await user.pilot.resize_terminal(80, 50)

        await user.until(lambda: len(bar_of(user)) == 4)


async def test_a_remark_that_there_is_no_room_for_is_left_out_whole() -> None:
    nameless = a_connection(groups=((), ()), bytes_sent_by_client=1)
    async with exploring(FakeSource(a_snapshot(nameless)), size=(84, 24)) as user:
        await user.sees("1 row · N/A: client 100 %, server 100 % of bytes")

        await user.press("space")

        await user.until(lambda: "of bytes" not in user.screen())
        assert bar_of(user)[0].split("  ")[0] == "1 row · 1 marked"


ILL = a_connection(
    groups=(("cart",), ("pricing",)),
    tcp_refusals=900,
    tcp_established_connections=100,
    packets_sent_by_client=5_000,
    rtt_micro_seconds=900,
)
NAMELESS = a_connection(groups=((), ("mail",)))


async def test_the_first_hint_is_the_key_that_matters_for_the_row_and_the_others_stay_in_place() -> None:
    source = FakeSource(a_snapshot(*(ILL, NAMELESS, ROW)))
    async with exploring(source, exploration=worst_first(), size=(80, 24)) as user:
        await user.sees("3 rows · 1 critical")
        await user.sees("a why   ? help")
        at_first = bar_of(user)[-1]
        await user.press("down")
        await user.sees("N name  ? help")
        of_nameless = bar_of(user)[-1]
        await user.press("down")
        await user.until(lambda: "name  ?" not in user.screen())

        rest = at_first.partition("? help")[2]
        assert rest
        assert of_nameless.endswith(f"? help{rest}")
        assert bar_of(user)[-1].endswith(f"? help{rest}")


async def test_the_hints_change_with_the_pane_in_use() -> None:
    async with exploring(FakeSource(a_snapshot(ILL)), size=(80, 24)) as user:
        await user.sees("a why   ? help")

        await user.press("d")
        await user.sees("a ask   esc close")
        await user.press("escape", "e")
        await user.sees("enter ask  tab complete  esc leave")
        await user.press("escape", "slash")
        await user.sees("enter to the rows  esc clear")
        await user.press("escape")

        await user.sees("a why   ? help")


async def test_without_rows_the_keys_that_may_bring_some_come_first() -> None:
    async with exploring(FakeSource(a_snapshot(ILL)), size=(80, 24)) as user:
        await user.sees("a why   ? help")

        await user.press("slash", *"nothing", "enter")
        await user.sees("esc clear filter  / filter  ? help")

        user.source.will_answer(a_snapshot())
        await user.press("escape", "r")
        await user.sees("e search  t time  b by  ? help")


async def test_after_a_failure_without_rows_the_key_that_asks_again_comes_first() -> None:
    async with exploring(FakeSource(FAILURE), size=(80, 24)) as user:
        await user.sees("r ask again  e search  t time  b by  ? help")


async def test_a_cut_answer_tells_how_many_rows_are_ill_and_why_is_the_first_key() -> None:
    query = Query(limit=1)
    cut = a_snapshot(ILL, query=query)
    assert cut.cut

    async with exploring(FakeSource(cut), exploration=replace(worst_first(), query=query), size=(80, 24)) as user:
        await user.sees("1 row · 1▲▲ · cut at the limit")

        assert "a why   ? help" in bar_of(user)[-1]


async def test_in_the_facets_the_last_line_has_their_keys() -> None:
    async with exploring(FakeSource(a_snapshot(ILL)), size=(200, 50)) as user:
        await user.sees("1 row")
        await user.sees("▾ client_service")

        for _ in range(6):
            if not isinstance(user.main.focused, FacetList):
                await user.press("tab")

        await user.sees("space only these  + search  - exclude")


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_the_last_line_is_never_only_the_key_of_the_help(size: tuple[int, int]) -> None:
    rows = [a_connection(str(number), groups=((f"web-{number}",), ())) for number in range(300)]
    async with exploring(FakeSource(a_snapshot(ILL, *rows)), size=size) as user:
        await user.sees("301 rows · 1 critical")

        keys = bar_of(user)[-1].partition("1 critical")[2].split("  ")
        assert len(list(filter(None, keys))) >= 3


def worst_first() -> Exploration:
    """Return the state of an exploration without automatic refresh.

    Its rows are sorted by the severity of their findings, most severe first.
    """
    return Exploration(Query(), WORST_FIRST.arrangement, refresh_seconds=None)


async def test_a_long_remark_leaves_room_for_the_keys_that_matter_now() -> None:
    source = FakeSource(a_snapshot(ILL, *(a_connection(f"web-{number}") for number in range(400))))
    async with exploring(source, exploration=worst_first(), size=(80, 24)) as user:
        await user.sees("a why   ? help")

        user.main.show_remark("watched", "96 trends on one scale, with gaps")

        await user.sees("401 rows · 1▲▲ · 96 trends on one scale, with gaps")
        assert "a why   ? help  b by" in bar_of(user)[-1]


async def test_no_remark_touches_the_first_key() -> None:
    async with exploring(FakeSource(a_snapshot(ILL)), exploration=worst_first(), size=(120, 24)) as user:
        await user.sees("a why   ? help")

        for length in range(1, 90):
            remark = "x" * length
            user.main.show_remark("watched", remark)
            await user.sees(f"{remark}  " if length < 60 else "? help")
            line = bar_of(user)[-1]
            assert f"{remark}  " in line or "x" not in line
