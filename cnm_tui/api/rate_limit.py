"""Read the rate limit and the waiting time from the headers of a response.

A missing or malformed header counts as unknown.
"""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from cnm_tui.core.service import Budget

LONGEST_WAIT_SECONDS: Final = 3_600.0
SHORTEST_WAIT_SECONDS: Final = 1.0
_DEFAULT_WAIT_SECONDS: Final = 60.0
_LONGEST_PERIOD_SECONDS: Final = 31 * 86_400.0
_LEAST_SKEW_SECONDS: Final = 30.0
"""Clocks that differ by less are about the same: headers have whole seconds, and replies take some."""
_MOST_CALLS: Final = 10**9
_EPOCH_SECONDS: Final = 10**9
"""Values from here on are points in time, not durations: as a duration they are over 30 years."""

_HEADERS: Final = (
    *(f"x-ratelimit-{name}" for name in ("limit", "period", "remaining", "reset")),
    "retry-after",
)


def budget(headers: Mapping[str, str], now: float) -> Budget:
    """Return the rate limit that the headers of a response contain.

    `now` is the local time in epoch seconds.
    """
    period = _period_seconds(headers)
    reset = _until_reset(headers, now, period)
    return Budget(
        limit=_whole(headers, "x-ratelimit-limit"),
        period_seconds=period,
        remaining=_whole(headers, "x-ratelimit-remaining"),
        reset_at=None if reset is None or reset > _LONGEST_PERIOD_SECONDS else now + reset,
        clock_ahead_seconds=_clock_ahead(headers, now),
    )


def _clock_ahead(headers: Mapping[str, str], now: float) -> float:
    try:
        ahead = now - parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return 0.0
    return ahead if abs(ahead) > _LEAST_SKEW_SECONDS else 0.0


def stated_limits(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the rate limit headers whose values are numbers, as a dict of header name to number text."""
    found = {name: _number_in(headers[name]) for name in _HEADERS if name in headers}
    return {name: f"{number:.15g}" for name, number in found.items() if number is not None}


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float:
    """Return the number of seconds to wait before the next request.

    The number is read from the header `X-RateLimit-Reset`, or from `Retry-After` if the first header is missing.
    If both headers are missing, return 60.
    """
    period = _period_seconds(headers)
    for seconds in (_until_reset(headers, now, period), _retry_after(headers, now)):
        if seconds is not None:
            return min(max(seconds, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)
    return _DEFAULT_WAIT_SECONDS


def _period_seconds(headers: Mapping[str, str]) -> float | None:
    return _number(headers, "x-ratelimit-period", _LONGEST_PERIOD_SECONDS) or None


def _until_reset(headers: Mapping[str, str], now: float, period_seconds: float | None) -> float | None:
    """Return the number of seconds until the rate limit resets, or None if this is unknown.

    The number is at most one period of the rate limit. Some servers send the time of the reset in epoch seconds
    or milliseconds. If this time is past, return None.
    """
    reset = _number(headers, "x-ratelimit-reset", math.inf)
    if reset is not None and reset >= _EPOCH_SECONDS:
        reset = reset / (1_000 if reset >= 1_000 * _EPOCH_SECONDS else 1) - now
        if not 0 <= reset <= _LONGEST_PERIOD_SECONDS:
            return None
    if reset is None or period_seconds is None:
        return reset
    return min(reset, period_seconds)


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the waiting time in seconds from the `Retry-After` header, or None without a valid header.

    The header contains a number of seconds or a date (RFC 9110, 10.2.3). If it contains a date, return the
    seconds from `now` to this date.
    """
    seconds = _number(headers, "retry-after", math.inf)
    if seconds is not None or "retry-after" not in headers:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - now)
    except (ValueError, OverflowError, OSError):
        return None


def _number(headers: Mapping[str, str], name: str, largest: float) -> float | None:
    """Return the number in a header. Numbers above `largest` are ignored.

    A repeated header arrives as a list with commas. In this case the largest number is returned. Return None if
    the header contains no such number.
    """
    numbers = [number for text in headers.get(name, "").split(",") if (number := _number_in(text)) is not None]
    return max((number for number in numbers if number <= largest), default=None)


def _number_in(text: str) -> float | None:
    text = text.strip()
    # float() alone would accept "1_0", "١" and "nan".
    if not text.isascii() or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number >= 0 and math.isfinite(number) else None


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    number = _number(headers, name, _MOST_CALLS)
    return None if number is None or number != int(number) else int(number)
