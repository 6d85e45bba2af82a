"""Test which rows are visible after the user went back in the history. The window size may have changed
meanwhile.
"""

from cnm_tui.tui.widgets.viewport import Viewport

LEFT = Viewport(row=19, top=2, left_at=2)


def test_what_was_left_stands_as_it_did_once_there_is_the_room_of_then() -> None:
    with_less_room = LEFT.within(100, 10)

    assert with_less_room.top == 10
    assert with_less_room.within(100, 18).top == 2


def test_who_has_moved_meanwhile_stays_where_that_led() -> None:
    moved = LEFT.within(100, 10).moved_to(18, 100, 10)

    assert moved.within(100, 18).top == 10


def test_another_answer_leaves_the_rows_where_they_are_by_then() -> None:
    answered_anew = LEFT.within(100, 10).following(19, 100, 10)

    assert answered_anew.within(100, 18).top == 10


def test_left_once_more_without_a_move_it_is_kept_as_it_was() -> None:
    assert LEFT.within(100, 10).wanted_top == 2
