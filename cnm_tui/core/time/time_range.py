"""Define a time range as people write it, for example `last 15m`, and convert it to a fixed time window."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean
from cnm_tui.core.time.words import is_relative_day, read_clock_time, read_day
from cnm_tui.core.units import seconds_text

BUCKET_SECONDS: Final = 300
"""The endpoint's aggregation bucket."""
RETENTION_SECONDS: Final = 14 * 86_400
"""The endpoint keeps data for fourteen days."""
SNAPPED_ABOVE_SECONDS: Final = 30 * 60
"""In a shorter window, rounding would move the ends by too large a part of it."""

_UNIT_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# Compiled on use: the first frame needs none of these.
_LENGTH: Final = r"(\d{1,10})\s*(s|min|m|h|d|w)"
_EPOCH_SECONDS: Final = r"\d{9,11}"
_SHORT_OF_BUCKET: Final = BUCKET_SECONDS - 1
_FORMS: Final = (
    "Write 90s, 15m, 4h, 2d or 1w, now, now-2h, 10:00, today, yesterday, 2026-03-01 or 2026-03-01T10:00 (local), "
    "10:00Z, 2026-03-01T10:00Z or epoch seconds."
)


@dataclass(frozen=True, slots=True)
class Ago:
    """A point in time relative to now, stored as the number of seconds before now."""

    seconds: int

    def at(self, now: float) -> int:
        """Return the point in time in seconds since 1970."""
        return int(now) - self.seconds

    @property
    def written(self) -> str:
        """Return the point in time as text that `parsed_moment` can read."""
        return str(self)

    def __str__(self) -> str:
        return f"now-{short_length(self.seconds)}" if self.seconds else "now"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A fixed point in time, stored in seconds since 1970."""

    epoch_seconds: int

    def at(self, now: float) -> int:
        """Return the point in time in seconds since 1970."""
        return self.epoch_seconds

    @property
    def written(self) -> str:
        """Return the point in time as text, for example `2026-03-01T10:00Z`. The function `parsed_moment` can read the
        text in any time zone."""
        try:
            moment = datetime.fromtimestamp(self.epoch_seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return str(self.epoch_seconds)
        return moment.isoformat(timespec="seconds" if moment.second else "minutes").replace("+00:00", "Z")

    def __str__(self) -> str:
        return utc_text(self.epoch_seconds)


Moment = Ago | Fixed


class Snap(Enum):
    """The setting that decides if the start and end of a time window are rounded to borders of 5-minute buckets."""

    AUTO = "auto"
    """In windows of over 30 minutes with an end relative to now; a time that the user wrote is exact."""
    ON = "on"
    """Always round; a window then has whole, closed buckets only."""
    OFF = "off"
    """Never round the ends of a window."""


class Window(NamedTuple):
    """A time window with a fixed start and end in seconds since 1970. It is never empty."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Return the length of the time window in seconds."""
        return self.end - self.start

    def forgotten_at(self, now: float) -> bool:
        """Return True if, at the time `now`, the API endpoint has no data for this time window any more."""
        return self.end <= int(now) - RETENTION_SECONDS

    def __str__(self) -> str:
        return f"{utc_text(self.start)} to {utc_text(self.end)}"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A time range as the user wrote it. If its start or end is relative to now, the range moves with the clock."""

    start: Moment
    end: Moment = Ago(0)
    snap: Snap = Snap.AUTO

    def __post_init__(self) -> None:
        # If only one end moves, their order depends on the current time, so `window` checks it.
        if type(self.start) is type(self.end) and self.start.at(0) >= self.end.at(0):
            raise _ends_before_it_starts(str(self.start), str(self.end))

    @property
    def live(self) -> bool:
        """True if the time range always ends now, so that each refresh returns newer data."""
        return self.end == Ago(0)

    def window(self, now: float) -> Window:
        """Return the time window of this range at the given time. A window never ends after now.

        Raises:
            InvalidQuery: The range starts in the future or before 1970, or it ends before it starts.
        """
        start, end = self.start.at(now), min(self.end.at(now), int(now))
        if start >= now:
            raise InvalidQuery(
                f"The time range starts in the future, at {utc_text(start)}.", hint=f"It is {utc_text(int(now))} now."
            )
        if start >= end:
            raise _ends_before_it_starts(utc_text(start), utc_text(end))
        window = Window(start, end)
        if self.snaps(window.seconds):
            window = self._on_borders(window, now)
        if window.start < 0:
            raise InvalidQuery(
                "The time range starts before 1970, where epoch seconds begin.", hint="Figures are kept for 14 days."
            )
        return window

    def snaps(self, seconds: int) -> bool:
        """Return True if a window of this length is rounded to buckets."""
        return self.snap is Snap.ON or (self.snap is Snap.AUTO and seconds > SNAPPED_ABOVE_SECONDS)

    def _on_borders(self, asked: Window, now: float) -> Window:
        """Return the time window with its start and end rounded to borders of 5-minute buckets. An end that is relative
        to now is rounded to an earlier time. A start that is relative to now is moved by about as much, so that the
        length stays about the same. Fixed times are rounded only with the setting `Snap.ON`."""
        if self.snap is Snap.ON:
            end = border_before(asked.end if isinstance(self.end, Ago) else min(asked.end + _SHORT_OF_BUCKET, int(now)))
            # An open bucket is left out: the one before it is the last complete one.
            return Window(min(self._start_before(end, asked), end - BUCKET_SECONDS), end)
        if not isinstance(self.end, Ago):
            return asked
        end = border_before(asked.end)
        return Window(self._start_before(end, asked) if isinstance(self.start, Ago) else asked.start, end)

    def _start_before(self, end: int, asked: Window) -> int:
        """Return the rounded start of a time window that ends at `end`. The start is rounded down to a
        5-minute border."""
        return border_before(end - asked.seconds if isinstance(self.start, Ago) else asked.start)

    def warning(self, now: float) -> str:
        """Return a warning about the time range at this point in time, or an empty text if there is none."""
        return " ".join(filter(None, (self._beyond_now(now), self.beyond_retention(now))))

    def _beyond_now(self, now: float) -> str:
        end = self.end.at(now)
        if end <= int(now):
            return ""
        return f"The time range ends in the future ({utc_text(end)}), so it was asked up to now, {utc_text(int(now))}."

    def beyond_retention(self, now: float) -> str:
        """Return a warning if the range starts before the 14 days that Datadog keeps, or an empty text."""
        oldest = int(now) - RETENTION_SECONDS
        if self.end.at(now) <= oldest:
            return "All of the window is older than the 14 days that are kept."
        if self.start.at(now) >= oldest:
            return ""
        return (
            "The window starts before the 14 days that are kept, so its first part is empty; "
            "rates are the mean over all of it."
        )

    @property
    def written(self) -> str:
        """Return the time range as text that `parsed_time_range` can read, for example `15m` or `now-2h to now-1h`. The
        text does not contain the setting for rounding."""
        if isinstance(self.start, Ago) and self.live:
            return short_length(self.start.seconds)
        return f"{self.start.written} to {self.end.written}"

    def __str__(self) -> str:
        if isinstance(self.start, Ago) and self.live:
            return f"last {seconds_text(self.start.seconds)}"
        return f"{self.start} to {self.end}"


def _ends_before_it_starts(start: str, end: str) -> InvalidQuery:
    if start == end:
        return InvalidQuery(
            f"The time range is empty: it starts and ends at {start}.", hint="Give it an earlier start: 15m."
        )
    return InvalidQuery(f"The time range ends ({end}) before it starts ({start}).", hint="Swap them, or change one.")


def last(seconds: int) -> TimeRange:
    """Return the time range that ends now and has this length in seconds."""
    return TimeRange(Ago(seconds))


def parsed_length(text: str) -> int:
    """Parse a duration such as `90s`, `15m`, `4h`, `2d` or `1w`, and return it in seconds.

    Raises:
        InvalidQuery: The text has another form, is zero, or could mean months.
    """
    match = re.fullmatch(_LENGTH, text.strip().lower())
    if match is not None and text.strip().endswith("M"):
        raise InvalidQuery(
            f"{clean(text, 40)!r} could be minutes or months.", hint="Write m for minutes: 1m; the endpoint keeps 14d."
        )
    if match is None or int(match[1]) == 0:
        raise InvalidQuery(f"{clean(text, 40)!r} is not a length of time.", hint="Write 90s, 15m, 4h, 2d or 1w.")
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def parsed_moment(text: str, now: float | None = None) -> Moment:
    """Return the point in time that a text describes. Accepted forms are `now`, `now-2h`, `2h` for two hours ago, ISO
    8601, seconds since 1970, and `10:00`. An ISO 8601 time without a zone is local time. A time of day means its
    latest occurrence before `now`. A day, such as `yesterday` or `2026-03-01`, means the start of this day in local
    time.

    Args:
        text: The text.
        now: The current time in seconds since 1970. None to refuse times of day and words such as `yesterday`. In
            a file, their meaning would change every day.

    Raises:
        InvalidQuery: The text has another form.
    """
    written = text.strip()
    if written.lower() == "now":
        return Ago(0)
    if re.fullmatch(_EPOCH_SECONDS, written):
        return Fixed(int(written))
    length = re.sub(r"^now\s*-\s*", "", written, flags=re.IGNORECASE)
    if re.fullmatch(_LENGTH, length.lower()):
        return Ago(parsed_length(length))
    if now is None and is_relative_day(written.partition(" ")[0]):
        raise InvalidQuery(f"{clean(written, 40)} is another day each day.", hint="Write the date: 2026-03-01.")
    clock_time = read_clock_time(written)
    if clock_time is not None and now is None:
        raise InvalidQuery(f"{written} is a time without its day.", hint="Write the date too: 2026-03-01T10:00.")
    try:
        if (day := read_day(written, now)) is not None:
            return Fixed(day.start)
        if (of_day := _on_a_day(written, now)) is not None:
            return Fixed(of_day)
        if clock_time is not None and now is not None:
            return Fixed(clock_time.last_before(now))
        if written.isdigit():
            # Epoch milliseconds: 1612011200000 would otherwise be an hour of the year 1612.
            raise ValueError("neither seconds nor a date")
        return Fixed(int(datetime.fromisoformat(written).timestamp()))
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidQuery(f"{clean(text, 40)!r} is not a time.", hint=_FORMS) from error


def _on_a_day(text: str, now: float | None) -> int | None:
    """Return the time for a text such as `yesterday 10:00`, in seconds since 1970. Return None for another form."""
    day_text, _, clock_text = text.partition(" ")
    clock_time = read_clock_time(clock_text)
    day = read_day(day_text, now) if clock_time is not None and is_relative_day(day_text) else None
    return None if day is None or clock_time is None else clock_time.first_from(day.start)


def _end_of_day(text: str, now: float | None) -> Moment | None:
    """Return the end of the day that a text names, for example `yesterday`. If the day is today, return the moving time
    "now". Return None if the text does not name a day."""
    day = read_day(text, now)
    if day is None:
        return None
    return Ago(0) if now is not None and day.start <= now < day.end else Fixed(day.end)


def says_a_day(text: str) -> bool:
    """True if the text consists of a day only, for example `yesterday` or `2026-03-01`."""
    try:
        return is_relative_day(text) or read_day(text, None) is not None
    except (ValueError, OverflowError, OSError):
        return False


def parsed_ends(start: str, end: str, now: float | None = None) -> TimeRange:
    """Return the time range between two typed times. If the end is a time of day and the start is fixed, the end is the
    first such time after the start. If the end is a day, the whole day is included. If this day is today, the range
    ends now.

    Raises:
        InvalidQuery: One of the texts is not a time, or the end is before the start.
    """
    first = parsed_moment(start, now)
    clock_time = read_clock_time(end)
    try:
        if (end_of_day := _end_of_day(end, now)) is not None:
            return TimeRange(first, end_of_day)
        if clock_time is None or not isinstance(first, Fixed):
            return TimeRange(first, parsed_moment(end, now))
        return TimeRange(first, Fixed(clock_time.first_from(first.epoch_seconds)))
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidQuery(f"{clean(end, 40)!r} is not a time.", hint=_FORMS) from error


def parsed_time_range(text: str, now: float | None = None) -> TimeRange:
    """Return the time range that a text describes. Examples are `15m`, `last 15m`, `since 10:00`, `now-2h to now-1h`,
    `10:00 to 11:00` and `yesterday`.

    Args:
        text: The typed text.
        now: The current time in seconds since 1970. It is needed for times of day, as in `parsed_moment`.

    Raises:
        InvalidQuery: The text has another form.
    """
    written = re.sub(r"^(since|from)\s+", "", text.strip(), flags=re.IGNORECASE)
    start, separator, end = re.sub(r"\s+(to|until|\.\.)\s+", "\n", written, count=1).partition("\n")
    if separator:
        return parsed_ends(start, end, now)
    if written == text.strip():
        # A day by itself; `since yesterday` continues until now.
        try:
            ends_with_day = _end_of_day(written, now)
        except (ValueError, OverflowError, OSError) as error:
            raise InvalidQuery(f"{clean(text, 40)!r} is not a time.", hint=_FORMS) from error
        if ends_with_day is not None:
            return TimeRange(parsed_moment(written, now), ends_with_day)
    written = re.sub(r"^(the\s+)?(last|past)\s+", "", written, flags=re.IGNORECASE)
    return TimeRange(parsed_moment(written, now))


def border_before(epoch_seconds: int) -> int:
    """Return the start of the 5-minute bucket that contains this time, in seconds since 1970."""
    return epoch_seconds // BUCKET_SECONDS * BUCKET_SECONDS


def utc_text(epoch_seconds: int) -> str:
    """Return a time as text in UTC, for example `2026-03-01 10:00Z`. Seconds are included only if they are not zero."""
    try:
        moment = datetime.fromtimestamp(epoch_seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"epoch {epoch_seconds}"
    return moment.strftime("%Y-%m-%d %H:%M:%SZ" if moment.second else "%Y-%m-%d %H:%MZ")


def iso_text(epoch_seconds: float) -> str:
    """Return a time in the ISO 8601 format for programs, in UTC, for example `2026-03-01T10:00:00Z`."""
    try:
        return datetime.fromtimestamp(int(epoch_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"epoch {int(epoch_seconds)}"


def iso_window(window: Window) -> str:
    """Return the start and end of a time window as one text, both in ISO 8601, with the word `to` between them."""
    return f"{iso_text(window.start)} to {iso_text(window.end)}"


def window_facts(window: Window) -> dict[str, Any]:
    """Return a time window as a dictionary for JSON, with start and end in ISO 8601 and in seconds since 1970."""
    return {
        "from": iso_text(window.start),
        "to": iso_text(window.end),
        "from_epoch_seconds": window.start,
        "to_epoch_seconds": window.end,
        "seconds": window.seconds,
    }


def time_of_day(epoch_seconds: float) -> str:
    """Return the time of day in UTC, for example `10:00:15Z`, for a point in time for which the user waits. Fractions
    of a second are rounded up, so that a user who waits for this time is not too early."""
    return datetime.fromtimestamp(math.ceil(epoch_seconds), UTC).strftime("%H:%M:%SZ")


def short_length(seconds: int) -> str:
    """Return the shortest text that is exact for a duration in seconds, for example `15m`, `4h` or `90s`. The function
    `parsed_length` can read the text."""
    for unit in ("w", "d", "h", "m"):
        if seconds and seconds % _UNIT_SECONDS[unit] == 0:
            return f"{seconds // _UNIT_SECONDS[unit]}{unit}"
    return f"{seconds}s"
