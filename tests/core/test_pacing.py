import pytest

from cnm_tui.core.service.pacing import Budget, pause_seconds, wait_seconds

NOW = 1_000_000.0


def a_budget(limit: int | None, remaining: int | None, resets_in: float | None, period: float | None = 60) -> Budget:
    return Budget(limit, period, remaining, None if resets_in is None else NOW + resets_in)


def test_without_headers_the_wished_pause_stays() -> None:
    assert pause_seconds(30, Budget(), NOW) == 30


def test_what_is_left_beyond_the_user_s_third_is_spread_over_the_rest_of_the_period() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=12, resets_in=24), NOW) == 12


def test_the_pause_is_never_shorter_than_wished() -> None:
    assert pause_seconds(30, a_budget(limit=600, remaining=590, resets_in=60), NOW) == 30


@pytest.mark.parametrize("remaining", [10, 4, 0])
def test_with_only_the_user_s_third_left_refreshes_wait_for_the_reset(remaining: int) -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=remaining, resets_in=50), NOW) == 50


def test_at_least_three_calls_are_the_user_s() -> None:
    assert pause_seconds(5, a_budget(limit=4, remaining=3, resets_in=50), NOW) == 50
    assert pause_seconds(5, a_budget(limit=None, remaining=4, resets_in=50), NOW) == 50


def test_a_period_that_is_over_stretches_nothing() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=-1), NOW) == 5


def test_without_a_moment_of_reset_the_whole_period_counts() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=None), NOW) == 60
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=None, period=None), NOW) == 5


def test_a_clock_set_back_stretches_a_pause_by_no_more_than_a_period() -> None:
    assert pause_seconds(5, a_budget(limit=30, remaining=0, resets_in=7_200), NOW) == 60


def test_waiting_ends_at_its_moment() -> None:
    assert wait_seconds(NOW + 12.5, Budget(), NOW) == 12.5
    assert wait_seconds(NOW - 1, Budget(), NOW) == 0
    assert wait_seconds(None, Budget(), NOW) == 0


def test_a_budget_used_up_is_waited_for_and_the_later_of_two_moments_counts() -> None:
    used_up = a_budget(limit=30, remaining=0, resets_in=20)

    assert wait_seconds(None, used_up, NOW) == 20
    assert wait_seconds(NOW + 12, used_up, NOW) == 20
    assert wait_seconds(NOW + 30, used_up, NOW) == 30


def test_a_clock_set_back_forbids_asking_for_no_more_than_a_period() -> None:
    assert wait_seconds(None, a_budget(limit=30, remaining=0, resets_in=7_200), NOW) == 60
