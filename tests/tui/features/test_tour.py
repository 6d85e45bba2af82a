"""Test the guided tour for new users, without a Textual app."""

from cnm_tui.core.text import cell_width
from cnm_tui.tui.commands import COMMANDS
from cnm_tui.tui.features.tour import STEPS, TourFeature
from tests.tui.fake_view import FakeView, a_sitting


def started() -> tuple[TourFeature, FakeView]:
    """Return the guided tour at its first step, and its fake screen."""
    session, view, _ = a_sitting()
    tour = TourFeature(session, view)
    tour.start()
    return tour, view


def test_each_step_follows_the_key_of_the_one_before_and_fits_a_small_screen() -> None:
    tour, view = started()

    offered = []
    for step in STEPS:
        offered.append(view.offered)
        tour.on_command("sort")
        assert view.offered == offered[-1]
        tour.on_command(step.command)

    assert [text[:4] for text in offered] == ["1/5 ", "2/5 ", "3/5 ", "4/5 ", "5/5 "]
    assert max(map(cell_width, offered)) <= 78
    assert (tour.is_on, view.offered) == (False, "")
    assert view.notice.startswith("That was the tour.")


def test_it_can_be_skipped_and_other_commands_do_not_bring_it_back() -> None:
    tour, view = started()

    tour.skip()
    tour.on_command(STEPS[0].command)

    assert (tour.is_on, view.offered) == (False, "")
    assert view.notice == "The tour is over; ?, then t starts it again."


def test_the_steps_are_commands() -> None:
    assert {step.command for step in STEPS} <= {one.id for one in COMMANDS}
