"""Plan the time windows that a recording requests on a schedule.

Only windows that have ended are requested, each window once. Missing windows are requested later, as long as
Datadog still has their data.
"""

import re
from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import BUCKET_SECONDS, RETENTION_SECONDS, Window, parsed_length

GRACE_SECONDS: Final = 90
"""Seconds after the end of a window until its figures are asked for: Agents report late."""
_SIZES: Final = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE: Final = r"(\d{1,6}(?:\.\d{1,3})?)\s*([KMGT]?B)?"
_SMALLEST_FILE: Final = 10**6


class Schedule(NamedTuple):
    """The schedule of a recording: the interval between requests, and the limits for age and size of the
    recording.
    """

    every_seconds: int
    """The length of each window; windows begin at multiples of it."""
    keep_seconds: int | None = None
    """Age at which answers are removed; None to keep all."""
    most_bytes: int | None = None
    """Size of the file at which the oldest answers are removed; None for any size."""

    def missing(self, now: float, recorded: Container[Window], since: int | None) -> Sequence[Window]:
        """Return the ended time windows that are not recorded but can still be requested, newest first.

        Args:
            now: The current time in seconds since 1970.
            recorded: The time windows that are recorded.
            since: The start of the first recorded time window. None if nothing is recorded. In this case, only the
                last ended window is returned.
        """
        every = self.every_seconds
        last = (int(now) - GRACE_SECONDS) // every * every
        if since is None:
            return [Window(last - every, last)]
        kept = RETENTION_SECONDS if self.keep_seconds is None else min(RETENTION_SECONDS, self.keep_seconds)
        oldest = max(since, int(now) - kept)
        first = -(-oldest // every) * every
        windows = (Window(end - every, end) for end in range(last, first, -every))
        return [window for window in windows if window not in recorded]

    def next_at(self, now: float) -> float:
        """Return the time at which the next time window can be requested, in seconds since 1970."""
        every = self.every_seconds
        return ((int(now) - GRACE_SECONDS) // every + 1) * every + GRACE_SECONDS


def parsed_every(text: str) -> int:
    """Return the interval of a recording in seconds, for a typed text such as `5m` or `1h`.

    Raises:
        InvalidQuery: The text is not a length of time, or the time is too long or not a multiple of 5 minutes.
    """
    seconds = parsed_length(text)
    if seconds % BUCKET_SECONDS or seconds > RETENTION_SECONDS:
        raise InvalidQuery(
            f"{clean(text, 40)!r} is no multiple of 5 minutes, in which figures come.", hint="Write 5m, 15m or 1h."
        )
    return seconds


def parsed_size(text: str) -> int:
    """Return a file size in bytes, for a typed text such as `5GB` or `500 MB`.

    Raises:
        InvalidQuery: The text is not a size, or the size is under 1 MB.
    """
    match = re.fullmatch(_SIZE, text.strip().upper())
    size = 0 if match is None else int(float(match[1]) * _SIZES[match[2] or ""])
    if size < _SMALLEST_FILE:
        raise InvalidQuery(f"{clean(text, 40)!r} is no size of at least 1 MB.", hint="Write 500MB or 5GB.")
    return size
