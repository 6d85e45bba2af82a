"""Test the comparison with an earlier answer, which shows worse, new and missing rows."""

from functools import partial

import pytest

from cnm_tui.core.errors import RateLimited, Unreachable
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Ago, Fixed, TimeRange, Window
from cnm_tui.tui.dialogs.compare_picker import ComparePicker
from tests.builders import MOMENT, FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring

BEFORE = Window(MOMENT - 1_800, MOMENT - 900)
YESTERDAY = Window(MOMENT - 900 - 86_400, MOMENT - 86_400)


def now(*, fetched_at: float = MOMENT, slow: int = 60_000) -> Snapshot:
    return a_snapshot(
        a_connection("steady", (("web",), ("store",)), bytes_sent_by_client=9_000, rtt_micro_seconds=20_000),
        a_connection("slower", (("mail",), ("store",)), bytes_sent_by_client=8_000, rtt_micro_seconds=slow),
        a_connection("new", (("auth",), ("store",)), bytes_sent_by_client=7_000, rtt_micro_seconds=20_000),
        fetched_at=fetched_at,
    )


def before(window: Window = BEFORE) -> Snapshot:
    return a_snapshot(
        a_connection("steady", (("web",), ("store",)), bytes_sent_by_client=9_000, rtt_micro_seconds=20_000),
        a_connection("slower", (("mail",), ("store",)), bytes_sent_by_client=8_000, rtt_micro_seconds=20_000),
        a_connection("gone", (("old",), ("store",)), bytes_sent_by_client=5_000, rtt_micro_seconds=30_000),
        window=window,
        fetched_at=MOMENT + 1,
    )


def _answered(user: User, times: int) -> bool:
    return len(user.source.asked) == times and not user.main.exploration.fetching


async def compares(user: User, *keys: str) -> None:
    """Open the dialog for comparisons, press these keys to select a baseline, and choose it with Enter."""
    await user.press("m")
    await user.until(lambda: isinstance(user.app.screen, ComparePicker))
    await user.press(*keys, "enter")


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (60, 15)])
async def test_the_window_before_is_asked_once_and_what_changed_is_in_sight(size: tuple[int, int]) -> None:
    async with exploring(FakeSource(now(), before()), size=size) as user:
        await user.sees("3 rows")

        await compares(user)

        await user.until(lambda: "next. Compared with 03-01 09:30–09:45Z." in " ".join(user.screen().split()))
        assert user.source.asked[1].time_range.window(MOMENT) == BEFORE
        signs = {name: user.line_with(f"{name} ").partition(name)[0][-1] for name in ("web", "mail", "auth", "old")}
        assert signs == {"web": " ", "mail": "!", "auth": "+", "old": "-"}
        assert user.main.exploration.baseline is not None


async def test_each_metric_tells_its_change_beside_its_figure() -> None:
    async with exploring(FakeSource(now(), before()), size=(240, 50)) as user:
        await user.sees("3 rows")

        await compares(user)

        await user.sees("ΔRTT")
        assert "60.0 ! +200%" in " ".join(user.line_with("mail ").split())
        assert "30.0 gone" in " ".join(user.line_with("old ").split())
        assert "20.0 new" in " ".join(user.line_with("auth ").split())


async def test_on_a_change_the_key_that_divides_says_where_to_go() -> None:
    async with exploring(FakeSource(now(), before())) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Compared with")

        await user.press(*["right"] * 5, "f")

        await user.sees("Changes have no breakdown: move to a group or a figure; M shows the figures.")


async def test_the_dialog_says_exactly_which_windows_and_what_they_cost() -> None:
    async with exploring(FakeSource(now())) as user:
        await user.sees("3 rows")

        await user.press("m")

        await user.sees("same time yesterday   02-28 09:45–10:00Z  1 request")
        await user.sees("same time a week ago  02-22 09:45–10:00Z  1 request")
        await user.sees("with   2026-03-01 09:30Z to 2026-03-01 09:45Z")
        await user.sees("shown  2026-03-01 09:45Z to 2026-03-01 10:00Z")
        await user.press("escape")
        await user.until(lambda: not isinstance(user.app.screen, ComparePicker))
        assert len(user.source.asked) == 1


async def test_on_a_small_screen_the_keys_of_the_dialog_are_in_sight_however_many_answers_there_are() -> None:
    answers = [now(fetched_at=MOMENT - 60 * number) for number in range(9)]
    async with exploring(FakeSource(*answers), size=(60, 15)) as user:
        await user.sees("3 rows")
        for number in range(1, 9):
            await user.press("r")
            await user.until(partial(_answered, user, number + 1))

        await user.press("m")

        await user.sees("enter compares · esc cancels")
        await user.sees("previous window       03-01 09:30–09:45Z  1 request")


async def test_a_refresh_before_is_compared_with_and_nobody_is_asked() -> None:
    async with exploring(FakeSource(now(fetched_at=MOMENT - 60, slow=20_000), now())) as user:
        await user.sees("3 rows")
        await user.press("r")
        await user.until(lambda: user.main.exploration.recent_answers is not None)

        await user.press("m", "end")
        await user.sees("answer of 09:59:00Z")
        await user.sees("3 rows, no request")
        await user.press("enter")

        await user.until(lambda: user.main.exploration.baseline is not None)
        assert user.line_with("mail ").startswith(" !mail")
        assert len(user.source.asked) == 2


async def test_what_was_asked_for_once_is_at_hand_the_next_time() -> None:
    async with exploring(FakeSource(now(), before())) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Compared with")

        await compares(user, "home")
        await user.sees("The comparison is off.")
        await user.press("m")
        await user.sees("previous window       03-01 09:30–09:45Z  at hand")
        await user.press("enter")

        await user.until(lambda: user.main.exploration.baseline is not None)
        assert len(user.source.asked) == 2


async def test_another_choice_takes_the_place_of_one_on_its_way() -> None:
    async with exploring(FakeSource(now())) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.until(lambda: user.source.waiting == 1)

        await compares(user, "down")

        await user.until(lambda: len(user.source.asked) == 3 and user.source.waiting == 1)
        user.source.answer(before(YESTERDAY))
        await user.until(lambda: user.main.exploration.baseline is not None)
        assert user.source.asked[2].time_range.window(MOMENT) == YESTERDAY


async def test_a_refresh_keeps_the_comparison_with_the_same_answer() -> None:
    async with exploring(FakeSource(now(), before(), now(slow=90_000))) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Compared with")
        compared_with = user.main.exploration.baseline

        await user.press("r")

        await user.until(lambda: "+350%" in str(user.grid.table and user.grid.table.cells(1, user.grid.table.columns)))
        assert user.main.exploration.baseline is compared_with
        assert len(user.source.asked) == 3


async def test_the_status_line_says_with_what_and_as_rates() -> None:
    hour = Exploration(Query(time_range=TimeRange(Fixed(MOMENT - 3_600), Ago(0))), refresh_seconds=None)
    shown = a_snapshot(a_connection("a"), window=Window(MOMENT - 3_600, MOMENT), query=hour.query)
    async with exploring(FakeSource(shown, before(YESTERDAY)), exploration=hour, size=(200, 50)) as user:
        await user.sees("1 row")

        await compares(user)

        await user.sees("as rates (windows of 1h and 15m)")
        user.main.notice = ""
        await user.sees("vs 02-28 09:45–10:00Z · as rates (1h vs 15m)")


async def test_rows_are_sorted_by_change_with_the_key_that_sorts() -> None:
    async with exploring(FakeSource(now(), before()), size=(240, 50)) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("ΔRTT")

        await user.press(*["l"] * 9, "s")

        await user.sees("ΔRTT▾")
        assert user.grid.table is not None
        assert user.grid.table.connection(0).id == "slower"


async def test_changes_are_told_otherwise_with_one_key() -> None:
    async with exploring(FakeSource(now(), before()), size=(240, 50)) as user:
        await user.sees("3 rows")
        await user.press("M")
        await user.sees("Nothing is compared; m compares.")
        await compares(user)
        await user.sees(" +200%")

        await user.press("M")
        await user.sees(" +40.0 ms")
        await user.press("M")
        await user.sees("Changes in percent, in place of the figures.")
        assert "60.0" not in user.line_with("mail ").partition("│")[0]
        await user.press("M")
        await user.until(lambda: "ΔRTT" not in user.screen())

        assert user.line_with("mail ").find("!mail") > 0


async def test_the_detail_pane_tells_before_change_and_percentage_of_each_figure() -> None:
    async with exploring(FakeSource(now(), before()), size=(200, 50)) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Neither worse nor better than before.")

        await user.press("j")

        await user.sees("20.0 ms before, +40.0 ms, +200%: worse")
        await user.sees("Worse than it was then, by ")
        await compares(user)
        await user.until(lambda: "it was then" not in user.screen())


async def test_the_detail_pane_tells_the_figures_of_what_is_gone() -> None:
    async with exploring(FakeSource(now(), before()), size=(200, 50)) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Compared with")

        await user.press("end")

        await user.sees("Gone: its figures are from the earlier window.")
        await user.sees("30.0 ms before")
        assert "Row as it came" not in user.screen()


async def test_the_filter_takes_what_a_comparison_tells_and_says_so() -> None:
    async with exploring(FakeSource(now(), before())) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Compared with")

        await user.press("slash")
        await user.sees("/ worse · new · gone · d:rtt>20% · ")
        await user.press(*"gone", "enter")

        await user.sees("1 of 4 rows")
        assert user.highlighted == "gone"


async def test_that_a_comparison_ends_does_not_hide_what_is_to_know_of_the_question() -> None:
    rows = a_connection("1", (("web",), ())), a_connection("2", (("web",), ("store",)))
    below = a_snapshot(rows[0], query=Query(group_bys=("client_kube_deployment", "server_service")))
    async with exploring(FakeSource(a_snapshot(*rows), a_snapshot(*rows, window=BEFORE), below)) as user:
        await user.sees("2 rows")
        await compares(user)
        await user.sees("Compared with")

        await user.press("enter", "1")

        await user.until(lambda: "The comparison ended" in user.main.notice)
        assert user.main.notice.startswith("N/A is asked by server_service:*")


async def test_another_question_ends_the_comparison_and_going_back_brings_it_back() -> None:
    searched = a_snapshot(a_connection("one"), query=Query(search="client_service:web"))
    async with exploring(FakeSource(now(), before(), searched)) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Compared with")

        await user.press("plus")
        await user.sees("The comparison ended: this question has other rows; m compares.")
        assert user.main.exploration.baseline is None
        await user.press("backspace")
        await user.until(lambda: user.main.exploration.baseline is not None)
        await user.press("right_square_bracket")

        await user.sees("It is not compared, as it was left.")
        assert len(user.source.asked) == 3


async def test_a_window_that_does_not_come_is_told_and_nothing_is_compared() -> None:
    source = FakeSource(now(), Unreachable("No answer from FAKE.", hint="Check the network."))
    async with exploring(source) as user:
        await user.sees("3 rows")

        await compares(user)

        await user.sees("Not compared. No answer from FAKE. Check the network.")
        assert user.main.exploration.baseline is None
        assert user.main.exploration.problem is None


async def test_no_request_is_sent_while_the_rate_limit_forbids_it() -> None:
    spent = Budget(limit=10, remaining=0, reset_at=MOMENT + 3_600)
    shown = a_snapshot(a_connection("a"), budget=spent)
    async with exploring(FakeSource(shown, budget=spent)) as user:
        await user.until(lambda: user.main.exploration.is_queued or user.main.exploration.table is not None)
        await user.press("m")

        await user.sees("There is no answer to compare yet.")
        assert len(user.source.asked) == 0


async def test_a_rate_limit_that_is_hit_by_it_holds_the_refreshes_up_too() -> None:
    limited = RateLimited("Too many requests.", retry_after_seconds=40)
    async with exploring(FakeSource(now(), limited)) as user:
        await user.sees("3 rows")

        await compares(user)
        await user.sees("Not compared. Too many requests.")
        await compares(user)

        await user.sees("press m again then.")
        assert len(user.source.asked) == 2


async def test_a_comparison_that_comes_too_late_is_not_shown() -> None:
    searched = a_snapshot(a_connection("one"), query=Query(search="client_service:web"))
    async with exploring(FakeSource(now())) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.until(lambda: user.source.waiting == 1)
        user.source.will_answer(searched)
        await user.press("plus")
        await user.sees("1 row")

        user.source.answer(before())

        await user.sees("Not compared: you asked something else meanwhile; the answer is kept.")
        assert user.main.exploration.baseline is None
        await user.press("backspace")
        await user.sees("3 rows")
        await compares(user)
        await user.until(lambda: "next. Compared with 03-01 09:30–09:45Z." in " ".join(user.screen().split()))
        assert len(user.source.asked) == 3


async def test_where_nothing_is_kept_any_more_the_dialog_says_so() -> None:
    long_ago = a_snapshot(a_connection("a"), window=Window(MOMENT - 14 * 86_400, MOMENT))
    async with exploring(FakeSource(long_ago)) as user:
        await user.sees("1 row")

        await user.press("m")

        await user.sees("There is no earlier answer")
        await user.press("enter", "escape")
        await user.until(lambda: not isinstance(user.app.screen, ComparePicker))


async def test_the_copied_command_says_that_it_does_not_compare_and_a_file_with_what_it_does() -> None:
    async with exploring(FakeSource(now(), before())) as user:
        await user.sees("3 rows")
        await compares(user)
        await user.sees("Compared with")

        await user.press("Y")
        await user.sees("Copy as")
        await user.press("end", "enter")

        await user.until(lambda: user.main.notice.startswith("1 command"))
        assert user.main.notice.endswith(" Without the comparison.")
        await user.press("w")
        await user.sees("-20260301T0945Z-1000Z-vs-20260301T0930Z-0945Z.csv")
