"""Divide a time span into the parts of a timeline. Each part is a time window of whole 5-minute buckets.

The module also estimates how many requests and how much time a timeline needs.
"""

import math
import re
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.service import Budget, reserved_calls
from cnm_tui.core.time.time_range import (
    BUCKET_SECONDS,
    RETENTION_SECONDS,
    TimeRange,
    Window,
    border_before,
    parsed_time_range,
    time_of_day,
)
from cnm_tui.core.units import plural, seconds_text

MOST_USUAL: Final = 48
MOST_PARTS: Final = 288
"""Maximum number of parts: a day in buckets of 5 minutes."""
USUAL_SECONDS_OF_REQUEST: Final = 0.5
"""Seconds that a request is taken to need until one was measured."""


class Span(NamedTuple):
    """A time span that a menu offers for a timeline, with the text that the user could type for it."""

    written: str
    """The text that `parsed_span` reads."""
    name: str


_DAY: Final = 86_400
_LONG_SPANS: Final = (30, 90, 365)
"""Days of further spans, which a history file may reach."""
SPANS: Final = (Span("1h", "1 h"), Span("4h", "4 h"), Span("24h", "24 h"), Span("7d", "7 d"), Span("14d", "14 d"))
THE_WINDOW: Final = Span("window", "the window itself")
_WINDOW_WORDS: Final = ("window", "the window")


class Plan(NamedTuple):
    """The time windows into which a time span is divided for a timeline. Each window is requested on its own."""

    windows: tuple[Window, ...]
    """Oldest first, each of whole buckets, without holes between them; only the newest may be open."""

    @property
    def window(self) -> Window:
        """Return the time window that all parts cover together."""
        return Window(self.windows[0].start, self.windows[-1].end)

    @property
    def part_seconds(self) -> int:
        """Return the length of each part in seconds. Only the oldest part may be shorter."""
        return self.windows[-1].seconds


def spans_since(kept_since: int | None, now: float) -> tuple[Span, ...]:
    """Return the time spans that a menu offers for a timeline.

    Spans that are longer than Datadog's 14 days are included if a history file begins early enough. A history
    file stores answers longer than Datadog does.

    Args:
        kept_since: The start of the history file in seconds since 1970. None without a history file.
        now: The current time in seconds since 1970.
    """
    days = int(now - _oldest(now, kept_since)) // _DAY
    longer = [*(span for span in _LONG_SPANS if span < days), days] if days > RETENTION_SECONDS // _DAY else []
    return (*SPANS, *(Span(f"{each}d", f"{each} d") for each in longer))


def planned(start: int, end: int, now: float, parts: int | None = None, kept_since: int | None = None) -> Plan:
    """Divide the time from `start` to `end` into parts, and return them. Both times are moved outwards to 5-minute
    borders.

    The parts are limited to the time for which data is kept. They are counted from the end, so the oldest part
    may be shorter.

    Args:
        start: The start in seconds since 1970.
        end: The end in seconds since 1970. It may be in the bucket that is now in progress.
        now: The current time in seconds since 1970.
        parts: The maximum number of parts, from 1 to 288. None for 12 to 48 parts of a round length. There may be
            fewer parts, because a part consists of whole buckets.
        kept_since: The start of a history file in seconds since 1970. None without a history file.

    Raises:
        InvalidQuery: The number of parts is out of range, or the time span is in the future or too old.
    """
    first, last = max(border_before(start), _oldest(now, kept_since)), _border_after(min(end, int(now)))
    if first >= last:
        keeper = "Datadog keeps" if kept_since is None else "Datadog or the history file keeps"
        raise InvalidQuery(
            f"The span has no part that {keeper}: it is older than 14 days, or in the future.",
            hint="Write 4h, for example, or 10:00 to 11:00.",
        )
    return Plan(_windows(first, last, _part_seconds(last - first, parts)))


def planned_until_now(seconds: int, now: float, parts: int | None = None, kept_since: int | None = None) -> Plan:
    """Divide a time span of this length that ends now into parts, and return them. The newest part is still in
    progress.

    Parts of a round length begin at round times, so that a later timeline can use the same parts.

    Args:
        seconds: The length of the time span in seconds.
        now: The current time in seconds since 1970.
        parts: The maximum number of parts, as in `planned`.
        kept_since: The start of a history file in seconds since 1970. None without a history file.

    Raises:
        InvalidQuery: The number of parts is out of range.
    """
    oldest = _oldest(now, kept_since)
    seconds = _border_after(max(BUCKET_SECONDS, min(seconds, max(RETENTION_SECONDS, int(now) - oldest))))
    length = _part_seconds(seconds, parts)
    border = length if length // BUCKET_SECONDS in _ROUND else BUCKET_SECONDS
    last = -(-int(now) // border) * border
    # At a border the part that begins now has nothing yet.
    return Plan(_windows(max(last - -(-seconds // length) * length, oldest), last, length))


def _windows(first: int, last: int, length: int) -> tuple[Window, ...]:
    ends = range(last, first, -length)
    return tuple(Window(max(first, end - length), end) for end in reversed(ends))


def _part_seconds(seconds: int, parts: int | None) -> int:
    """Return the length in seconds of each part, for a time span of `seconds` seconds.

    It is the shortest length that gives at most `parts` parts. If `parts` is None, it is a round length.

    Raises:
        InvalidQuery: The number of parts is out of range.
    """
    if parts is not None and not 1 <= parts <= MOST_PARTS:
        raise InvalidQuery(
            f"{parts:,} parts are asked for; 1 to {MOST_PARTS} are possible.", hint="Write 24, for example."
        )
    buckets = -(-seconds // BUCKET_SECONDS)
    return BUCKET_SECONDS * (_usual_buckets(buckets) if parts is None else -(-buckets // parts))


def _border_after(epoch_seconds: int) -> int:
    return -(-epoch_seconds // BUCKET_SECONDS) * BUCKET_SECONDS


def _oldest(now: float, kept_since: int | None = None) -> int:
    """Return the start of the oldest 5-minute bucket that is completely kept by Datadog or in a history file."""
    oldest = int(now) - RETENTION_SECONDS
    return _border_after(oldest if kept_since is None else min(oldest, kept_since))


def is_beyond_retention(window: Window, now: float) -> bool:
    """True if Datadog no longer has data for the whole window, so that only a history file may contain all of it."""
    return window.start < _oldest(now)


_ROUND: Final = (1, 2, 3, 6, 12, 24, 36, 48, 72, 96, 144, 288)
"""Lengths of parts in buckets that people read easily: 5, 10, 15, 30 minutes, 1, 2, 3, 4, 6, 8, 12 hours, a day."""


def _usual_buckets(buckets: int) -> int:
    """Return the shortest round part length that divides `buckets` 5-minute buckets into at most 48 parts.

    The result is a number of 5-minute buckets.
    """
    return next((length for length in _ROUND if buckets <= length * MOST_USUAL), -(-buckets // MOST_USUAL))


def parsed_span(
    text: str, now: float, asked: TimeRange, parts: int | None = None, kept_since: int | None = None
) -> Plan:
    """Divide a typed time span into the parts of a timeline, and return them.

    Examples are `4h`, `4h in 16` for 16 parts, `yesterday` and `10:00 to 11:00`. The text `window` means the time
    range of the query.

    Args:
        text: The typed time span.
        now: The current time in seconds since 1970.
        asked: The time range of the query.
        parts: The maximum number of parts if the text does not contain a number. None for the default.
        kept_since: The start of a history file in seconds since 1970. None without a history file.

    Raises:
        InvalidQuery: The text has another form, or the time span has no parts.
    """
    written = text.strip()
    if (match := re.fullmatch(r"(.*?)\s+in\s+(\d{1,9})(\s+parts?)?", written, re.IGNORECASE)) is not None:
        written, parts = match[1].strip(), int(match[2])
    time_range = asked if written.lower() in _WINDOW_WORDS else parsed_time_range(written, now)
    window = time_range.window(now)
    if time_range.live:
        return planned_until_now(window.seconds, now, parts, kept_since)
    return planned(*window, now, parts, kept_since)


def parts_text(plan: Plan) -> str:
    """Return the number and length of the parts as text, for example `48 parts of 5 min`."""
    return f"{plural(len(plan.windows), 'part')} of {seconds_text(plan.part_seconds)}"


def cost_sentence(
    requests: int, budget: Budget, now: float, seconds_of_request: float = USUAL_SECONDS_OF_REQUEST
) -> str:
    """Return a text that tells how much of the rate limit and how much time a timeline's requests need.

    An example is `24 requests; 96 of 120 left until 10:20:00Z; about 12 s.` Facts that are not known are left
    out. The estimated time includes the wait for the next rate limit period, because background requests reserve
    some calls of each period for the user.

    Args:
        requests: The number of requests to send.
        budget: The rate limit that the last response stated.
        now: The current time in seconds since 1970.
        seconds_of_request: The time that one request takes, in seconds.
    """
    if not requests:
        return "No request: all parts are at hand."
    told = [plural(requests, "request")]
    if budget.remaining is not None:
        of = "" if budget.limit is None else f" of {budget.limit}"
        until = "" if budget.reset_at is None else f" until {time_of_day(budget.reset_at)}"
        told.append(f"{budget.remaining}{of} left{until}")
    told.append(f"about {seconds_text(max(1, math.ceil(_seconds(requests, budget, now, seconds_of_request))))}")
    return f"{'; '.join(told)}."


def _seconds(requests: int, budget: Budget, now: float, seconds_of_request: float) -> float:
    asking = requests * seconds_of_request
    if budget.remaining is None:
        return asking
    # The last calls of each period are left to the user.
    reserved = reserved_calls(budget)
    now_free = max(0, budget.remaining - reserved)
    if requests <= now_free:
        return asking
    until_reset = budget.period_seconds or 60.0
    if budget.reset_at is not None:
        until_reset = max(0.0, budget.reset_at - now)
    if budget.limit is None or budget.period_seconds is None:
        return max(asking, until_reset)
    each_period = max(1, budget.limit - reserved)
    periods, rest = divmod(requests - now_free, each_period)
    if not rest:
        periods, rest = periods - 1, each_period
    return max(asking, until_reset + periods * budget.period_seconds + rest * seconds_of_request)
