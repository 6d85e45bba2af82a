"""Divide a span into parts of whole buckets, and tell what asking for them costs."""

import math
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
    short_length,
    time_of_day,
)
from cnm_tui.core.units import plural, seconds_text

FEWEST_USUAL: Final = 12
MOST_USUAL: Final = 48
MOST_PARTS: Final = 288
"""Maximum number of parts: a day in buckets of 5 minutes."""
USUAL_SECONDS_OF_REQUEST: Final = 0.5
"""Seconds that a request is taken to need until one was measured."""


class Span(NamedTuple):
    """A span to choose."""

    name: str
    seconds: int


SPANS: Final = (
    Span("1 h", 3_600),
    Span("4 h", 4 * 3_600),
    Span("24 h", 86_400),
    Span("7 d", 7 * 86_400),
    Span("14 d", RETENTION_SECONDS),
)


class Plan(NamedTuple):
    """The parts of a span."""

    windows: tuple[Window, ...]
    """Oldest first, each of whole buckets, without holes between them; only the newest may be open."""

    @property
    def window(self) -> Window:
        """The whole span."""
        return Window(self.windows[0].start, self.windows[-1].end)

    @property
    def part_seconds(self) -> int:
        """Length of each part but the oldest, which may be shorter."""
        return self.windows[-1].seconds


def planned(start: float, end: float, now: float, parts: int | None = None) -> Plan:
    """Return the parts from `start` to `end`: both moved outwards to the borders of buckets, kept within the retention.

    The end may reach into the bucket that is open now. Parts are counted from the end, so the oldest may be shorter.

    Args:
        start: Epoch seconds.
        end: Epoch seconds.
        now: Epoch seconds.
        parts: Wished number of parts, 1 to 288; None for 12 to 48 of them, as many as make a round length. As parts are
            whole buckets, there may be fewer.

    Raises:
        InvalidQuery: The number of parts is out of range, or the span is in the future or older than the retention.
    """
    if parts is not None and not 1 <= parts <= MOST_PARTS:
        raise InvalidQuery(
            f"{parts:,} parts are asked for; 1 to {MOST_PARTS} are possible.", hint="Write 24, for example."
        )
    oldest = -(-(int(now) - RETENTION_SECONDS) // BUCKET_SECONDS) * BUCKET_SECONDS
    last = -(-min(int(end), int(now)) // BUCKET_SECONDS) * BUCKET_SECONDS
    first = max(border_before(int(start)), oldest)
    if first >= last:
        raise InvalidQuery(
            "The span has no part that Datadog keeps: it is older than 14 days, or in the future.",
            hint="Write 4h, for example, or 10:00 to 11:00.",
        )
    buckets = (last - first) // BUCKET_SECONDS
    length = BUCKET_SECONDS * (_usual_buckets(buckets) if parts is None else -(-buckets // parts))
    ends = range(last, first, -length)
    return Plan(tuple(Window(max(first, part_end - length), part_end) for part_end in reversed(ends)))


_ROUND: Final = (1, 2, 3, 6, 12, 24, 36, 48, 72, 96, 144, 288)
"""Lengths of parts in buckets that people read easily: 5, 10, 15, 30 minutes, 1, 2, 3, 4, 6, 8, 12 hours, a day."""


def _usual_buckets(buckets: int) -> int:
    """Return the shortest round length of a part with which there are at most 48."""
    return next((length for length in _ROUND if buckets <= length * MOST_USUAL), -(-buckets // MOST_USUAL))


def parsed_span(text: str, now: float, asked: TimeRange | None = None, parts: int | None = None) -> Plan:
    """Return the parts of a typed span: `4h`, `yesterday`, `10:00 to 11:00`, or `window` for the asked window.

    A length relative to now ends with the bucket that is open now.

    Raises:
        InvalidQuery: It has another form, or no parts.
    """
    written = text.strip().lower()
    if asked is not None and written in ("", "window", "the window"):
        return plan_of_window(asked.window(now), now, parts)
    time_range = parsed_time_range(text, now)
    start, end = time_range.start.at(now), min(time_range.end.at(now), int(now))
    if start >= end:
        raise InvalidQuery("The span is empty, or in the future.", hint="Write 4h, for example, or 10:00 to 11:00.")
    return plan_of_length(end - start, now, parts) if time_range.live else planned(start, end, now, parts)


def plan_of_length(seconds: int, now: float, parts: int | None = None) -> Plan:
    """Return the parts of a span of this length that ends with the bucket that is open now."""
    end = border_before(int(now) + BUCKET_SECONDS - 1)
    return planned(end - max(BUCKET_SECONDS, min(seconds, RETENTION_SECONDS)), end, now, parts)


def plan_of_window(window: Window, now: float, parts: int | None = None) -> Plan:
    """Return the parts of the window itself."""
    return planned(window.start, window.end, now, parts)


def written_span(plan: Plan) -> str:
    """Return `4h in parts of 5m`."""
    return f"{short_length(plan.window.seconds)} in parts of {short_length(plan.part_seconds)}"


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
