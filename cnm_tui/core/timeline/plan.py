"""Divide a span into parts of whole buckets, and tell what asking for them costs."""

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
    """A span to choose."""

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
    """The parts of a span."""

    windows: tuple[Window, ...]
    """Oldest first, each of whole buckets, without holes between them; only the newest may be open."""

    @property
    def window(self) -> Window:
        """The time span of all parts together."""
        return Window(self.windows[0].start, self.windows[-1].end)

    @property
    def part_seconds(self) -> int:
        """Length of each part but the oldest, which may be shorter."""
        return self.windows[-1].seconds


def spans_since(kept_since: int | None, now: float) -> tuple[Span, ...]:
    """Return the spans to choose; longer ones than the retention if a history file begins at `kept_since`."""
    days = int(now - _oldest(now, kept_since)) // _DAY
    longer = [*(span for span in _LONG_SPANS if span < days), days] if days > RETENTION_SECONDS // _DAY else []
    return (*SPANS, *(Span(f"{each}d", f"{each} d") for each in longer))


def planned(start: int, end: int, now: float, parts: int | None = None, kept_since: int | None = None) -> Plan:
    """Return the parts from `start` to `end`: both moved outwards to the borders of buckets, kept within the retention.

    Parts are counted from the end, so the oldest may be shorter.

    Args:
        start: Epoch seconds.
        end: Epoch seconds.
        now: Epoch seconds; the end may reach into the bucket that is open now.
        parts: Most parts, 1 to 288; None for 12 to 48, as many as make parts of a round length. As parts are whole
            buckets, there may be fewer.
        kept_since: Start of a history file, in epoch seconds, if it may reach further back than the retention.

    Raises:
        InvalidQuery: The number of parts is out of range, or the span is in the future or older than the retention.
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
    """Return the parts of a span of this length whose newest part is open now, as in `planned`.

    Parts of a round length begin at round times, so that a later timeline shares them.

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
    """Return the length of a part: the shortest with at most `parts` parts, or a round one without.

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
    """Return the first border of a bucket that is still kept in whole, by the service or in a file."""
    oldest = int(now) - RETENTION_SECONDS
    return _border_after(oldest if kept_since is None else min(oldest, kept_since))


def is_beyond_retention(window: Window, now: float) -> bool:
    """True if the service does not have all of a part any more, so that only a file can tell of it."""
    return window.start < _oldest(now)


_ROUND: Final = (1, 2, 3, 6, 12, 24, 36, 48, 72, 96, 144, 288)
"""Lengths of parts in buckets that people read easily: 5, 10, 15, 30 minutes, 1, 2, 3, 4, 6, 8, 12 hours, a day."""


def _usual_buckets(buckets: int) -> int:
    """Return the shortest round length of a part with which there are at most 48."""
    return next((length for length in _ROUND if buckets <= length * MOST_USUAL), -(-buckets // MOST_USUAL))


def parsed_span(
    text: str, now: float, asked: TimeRange, parts: int | None = None, kept_since: int | None = None
) -> Plan:
    """Return the parts of a typed span: `4h`, `4h in 16`, `yesterday`, `10:00 to 11:00`, or `window` for the asked one.

    Args:
        text: The typed span.
        now: Epoch seconds.
        asked: The time range of the query.
        parts: Maximum number of parts, unless the text names one; None for the default.
        kept_since: Start of a history file, in epoch seconds; None without one.

    Raises:
        InvalidQuery: It has another form, or no parts.
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
    """Return `48 parts of 5 min`."""
    return f"{plural(len(plan.windows), 'part')} of {seconds_text(plan.part_seconds)}"


def cost_sentence(
    requests: int, budget: Budget, now: float, seconds_of_request: float = USUAL_SECONDS_OF_REQUEST
) -> str:
    """Return `24 requests; 96 of 120 left until 10:20:00Z; about 12 s.`; parts that are not known are left out.

    The time includes waiting for the reset, as background requests leave some calls of each period to the user.

    Args:
        requests: Number of requests to send.
        budget: The rate limit, as stated by the last answer.
        now: Epoch seconds.
        seconds_of_request: Time that one request takes.
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
