"""How soon to ask again: what the rate-limit headers said, and the pauses that follow from it."""

import math
from typing import Final, NamedTuple

_LEAST_CALLS_KEPT: Final = 3


class Budget(NamedTuple):
    """What the rate-limit headers said; every part may be missing."""

    limit: int | None = None
    """Calls per period."""
    period_seconds: float | None = None
    remaining: int | None = None
    reset_at: float | None = None
    """Epoch seconds at which a new period begins."""


def pause_seconds(refresh_seconds: float, budget: Budget, now: float) -> float:
    """The pause until the next automatic refresh, counted from the end of the last fetch.

    A third of the period's calls, and at least three, are kept for what the user asks by hand; the other calls
    that remain are spread over the rest of the period. With 30 calls per minute, 12 of them remaining and 24 s to
    the reset, 10 are the user's and 2 are left for refreshes: one every 12 s, even if 5 s were wished for. With 10
    or fewer remaining, refreshes wait for the reset. Never less than `refresh_seconds`.
    """
    until_reset = _seconds_until_reset(budget, now)
    if budget.remaining is None or until_reset is None:
        return refresh_seconds
    left = budget.remaining - _calls_kept(budget.limit)
    return max(refresh_seconds, until_reset / left if left > 0 else until_reset)


def wait_seconds(not_before: float | None, budget: Budget, now: float) -> float:
    """For how long nothing may be asked: until `not_before`, and until the reset of a budget that is used up.

    Args:
        not_before: In epoch seconds; None where the service said no such thing.
    """
    told = 0.0 if not_before is None else max(0.0, not_before - now)
    used_up = budget.remaining == 0 and budget.reset_at is not None
    return max(told, _seconds_until_reset(budget, now) or 0.0) if used_up else told


def _calls_kept(limit: int | None) -> int:
    return max(_LEAST_CALLS_KEPT, math.ceil((limit or 0) / 3))


def _seconds_until_reset(budget: Budget, now: float) -> float | None:
    if budget.reset_at is None:
        return budget.period_seconds
    until_reset = max(0.0, budget.reset_at - now)
    # No reset is further away than a period: what says so is a clock that was set back.
    return until_reset if budget.period_seconds is None else min(until_reset, budget.period_seconds)
