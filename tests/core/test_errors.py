"""Test the messages of the exception classes of cnm-tui."""

import inspect

import pytest

from cnm_tui.core import errors
from cnm_tui.core.errors import CnmError, RateLimited, TimedOut, Unreachable

KINDS = [kind for _name, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CnmError)]


def test_a_failure_says_what_happened_and_what_to_do() -> None:
    problem = TimedOut("No answer within 30 s.", hint="Ask for less time.")

    assert str(problem) == "No answer within 30 s."
    assert problem.sentence == "No answer within 30 s. Ask for less time."
    assert isinstance(problem, Unreachable)


def test_a_failure_without_a_hint_is_one_sentence() -> None:
    assert CnmError("It failed.").sentence == "It failed."


def test_a_rate_limit_says_how_long_nothing_may_be_asked() -> None:
    problem = RateLimited("Too many calls.", retry_after_seconds=12.5, hint="It goes on by itself.")

    assert problem.retry_after_seconds == 12.5
    assert problem.sentence == "Too many calls. It goes on by itself."


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_on_the_map_at_the_top_of_the_file(kind: type[CnmError]) -> None:
    assert f" {kind.__name__} " in f" {' '.join((errors.__doc__ or '').split())} "
