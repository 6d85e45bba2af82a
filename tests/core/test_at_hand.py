"""Answers to compare with are kept within a bound, and reach back to the first."""

from cnm_tui.core.exploration.at_hand import MOST_AT_HAND, MOST_ROWS_AT_HAND, AtHand
from tests.builders import a_connection, a_snapshot


def test_an_answer_is_kept_without_the_reply_that_it_came_in() -> None:
    (kept,) = AtHand().keeping(a_snapshot(a_connection("a", raw=b"a reply"))).answers

    assert bytes(kept.connections[0].raw) == b"{}"


def test_of_hundreds_of_refreshes_the_first_and_the_latest_are_there_and_some_between() -> None:
    at_hand = AtHand()

    for moment in range(500):
        at_hand = at_hand.keeping(a_snapshot(fetched_at=moment))

    moments = [answer.fetched_at for answer in at_hand.answers]
    assert len(moments) <= MOST_AT_HAND
    assert moments == sorted(moments)
    assert (moments[0], moments[-1]) == (0, 499)
    assert any(100 < moment < 400 for moment in moments)


def test_the_rows_of_all_of_them_are_bounded() -> None:
    large = tuple(a_connection(str(number)) for number in range(7_500))
    at_hand = AtHand()

    for moment in range(8):
        at_hand = at_hand.keeping(a_snapshot(*large, fetched_at=moment))
        assert sum(len(answer.connections) for answer in at_hand.answers) <= MOST_ROWS_AT_HAND

    assert [at_hand.answers[0].fetched_at, at_hand.answers[-1].fetched_at] == [0, 7]
