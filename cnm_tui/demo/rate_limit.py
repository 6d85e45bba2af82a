"""How many calls may be made in a period of the calendar, and what headers say about it."""

import math
import threading
from dataclasses import dataclass
from typing import Final

from cnm_tui.core.errors import InvalidQuery

_NAME: Final = "network_connections_aggregate"


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a call is let through, and what is left."""

    allowed: bool
    headers: dict[str, str]


class RateLimit:
    """Counts calls in periods aligned to the calendar, as the service does."""

    def __init__(self, calls: int, period_seconds: float) -> None:
        self.calls: Final = calls
        self.period_seconds: Final = period_seconds
        self._period = -math.inf
        self._made = 0
        self._lock = threading.Lock()

    def ask(self, now: float) -> Ruling:
        """Count a call at this moment, if it is let through."""
        with self._lock:
            made = self._made_in_period(now)
            allowed = made < self.calls
            self._made += allowed
            return Ruling(allowed, self._headers(now))

    def headers(self, now: float) -> dict[str, str]:
        """What is left at this moment, for a reply that costs no call."""
        with self._lock:
            self._made_in_period(now)
            return self._headers(now)

    def _made_in_period(self, now: float) -> int:
        period = now // self.period_seconds
        if period > self._period:
            self._period, self._made = period, 0
        return self._made

    def _headers(self, now: float) -> dict[str, str]:
        until_next = (now // self.period_seconds + 1) * self.period_seconds - now
        return {
            "X-RateLimit-Limit": str(self.calls),
            "X-RateLimit-Period": f"{self.period_seconds:g}",
            "X-RateLimit-Remaining": str(self.calls - self._made),
            # Rounded up: who waits that long is let through.
            "X-RateLimit-Reset": str(max(1, math.ceil(until_next))),
            "X-RateLimit-Name": _NAME,
        }

    @property
    def refusal(self) -> str:
        """What the body of a 429 says."""
        return (
            f"Rate limit of {self.calls} requests in {self.period_seconds:g} seconds reached. Please try again later."
        )


def parsed_rate_limit(text: str) -> tuple[int, float]:
    """Calls and seconds of `120/60`.

    Raises:
        InvalidQuery: It is none.
    """
    calls, slash, seconds = text.partition("/")
    if not (slash and calls.isascii() and calls.isdigit() and seconds.isascii() and seconds.isdigit()):
        raise InvalidQuery("That rate limit is not N/S.", hint="Write calls per seconds: 120/60.")
    # Lengths first: int() refuses thousands of digits with an error of its own.
    if len(calls) > 9 or len(seconds) > 5 or not int(calls) or not 0 < int(seconds) <= 86_400:
        raise InvalidQuery(
            "That rate limit is out of bounds.", hint="At least 1 call in a period of 1 to 86,400 seconds."
        )
    return int(calls), float(seconds)
