"""Limit the number of calls of the demo's API per period, and describe the limit in HTTP headers."""

import math
import threading
from dataclasses import dataclass
from typing import Final

from cnm_tui.core.errors import InvalidQuery

_NAME: Final = "network_connections_aggregate"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision about one API call: whether it is allowed, and the HTTP headers that describe the limit."""

    allowed: bool
    headers: dict[str, str]


class RateLimit:
    """Counts the calls of the demo's API in periods. As at Datadog, periods begin at multiples of their length."""

    def __init__(self, calls: int, period_seconds: float) -> None:
        self.calls: Final = calls
        self.period_seconds: Final = period_seconds
        self._period = -math.inf
        self._made = 0
        self._lock = threading.Lock()

    def ask(self, now: float) -> Ruling:
        """Decide if an API call is allowed at the time `now` (epoch seconds), and return the decision.

        The call is counted only if it is allowed.
        """
        with self._lock:
            made = self._made_in_period(now)
            allowed = made < self.calls
            self._made += allowed
            return Ruling(allowed, self._headers(now))

    def headers(self, now: float) -> dict[str, str]:
        """Return the HTTP headers about the rate limit for a reply, without counting a call. `now` is in epoch
        seconds.
        """
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
            # Rounded up, so that a call after this wait is allowed.
            "X-RateLimit-Reset": str(max(1, math.ceil(until_next))),
            "X-RateLimit-Name": _NAME,
        }

    @property
    def refusal(self) -> str:
        """Return the message for the body of a reply with HTTP status 429, which means too many requests."""
        return (
            f"Rate limit of {self.calls} requests in {self.period_seconds:g} seconds reached. Please try again later."
        )


def parsed_rate_limit(text: str) -> tuple[int, float]:
    """Return the number of calls and the length of the period in seconds, for example (120, 60.0) from the text
    `120/60`.

    Raises:
        InvalidQuery: The text has another form, or a number is out of range.
    """
    calls, slash, seconds = text.partition("/")
    if not (slash and calls.isascii() and calls.isdigit() and seconds.isascii() and seconds.isdigit()):
        raise InvalidQuery("That rate limit is not N/S.", hint="Write calls per seconds: 120/60.")
    # Check lengths first: int() refuses thousands of digits with its own error.
    if len(calls) > 9 or len(seconds) > 5 or not int(calls) or not 0 < int(seconds) <= 86_400:
        raise InvalidQuery(
            "That rate limit is out of bounds.", hint="At least 1 call in a period of 1 to 86,400 seconds."
        )
    return int(calls), float(seconds)
