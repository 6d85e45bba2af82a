"""When: a time range as people say it ("the last 15 minutes"), and the window of seconds it becomes."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final, NamedTuple

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean
from cnm_tui.core.time.words import is_relative_day, read_clock_time, read_day
from cnm_tui.core.units import seconds_text

BUCKET_SECONDS: Final = 300
"""The endpoint aggregates in buckets of five minutes."""
RETENTION_SECONDS: Final = 14 * 86_400
"""The endpoint keeps fourteen days."""
SNAPPED_ABOVE_SECONDS: Final = 30 * 60
"""In a shorter window a border would move the ends by too much of it."""

_UNIT_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# Compiled where they are used: the first frame shows a range that nobody has written.
_LENGTH: Final = r"(\d{1,10})\s*(s|min|m|h|d|w)"
_EPOCH_SECONDS: Final = r"\d{9,11}"
_SHORT_OF_BUCKET: Final = BUCKET_SECONDS - 1
_FORMS: Final = (
    "Write 90s, 15m, 4h, 2d or 1w, now, now-2h, 10:00, today, yesterday, 2026-03-01 or 2026-03-01T10:00 (local), "
    "10:00Z, 2026-03-01T10:00Z or epoch seconds."
)


@dataclass(frozen=True, slots=True)
class Ago:
    """A moment that moves along: so many seconds before now."""

    seconds: int

    def at(self, now: float) -> int:
        """This moment in epoch seconds."""
        return int(now) - self.seconds

    @property
    def written(self) -> str:
        """In a form that `parsed_moment` reads as this moment."""
        return str(self)

    def __str__(self) -> str:
        return f"now-{short_length(self.seconds)}" if self.seconds else "now"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A moment that stays, in epoch seconds."""

    epoch_seconds: int

    def at(self, now: float) -> int:
        """This moment in epoch seconds."""
        return self.epoch_seconds

    @property
    def written(self) -> str:
        """In a form that `parsed_moment` reads as this moment, in any time zone: `2026-03-01T10:00Z`."""
        try:
            moment = datetime.fromtimestamp(self.epoch_seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return str(self.epoch_seconds)
        return moment.isoformat(timespec="seconds" if moment.second else "minutes").replace("+00:00", "Z")

    def __str__(self) -> str:
        return utc_text(self.epoch_seconds)


Moment = Ago | Fixed


class Snap(Enum):
    """Whether the ends of a window are put on the borders of buckets, so that two windows compare."""

    AUTO = "auto"
    """In a window of over 30 minutes whose end moves with now; a moment that somebody wrote stays to the second."""
    ON = "on"
    """In every window, which then is made of whole buckets that have closed."""
    OFF = "off"
    """In none."""


class Window(NamedTuple):
    """A fixed start and end in epoch seconds; never empty."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start

    def forgotten_at(self, now: float) -> bool:
        """Whether all of it is older than the endpoint keeps."""
        return self.end <= int(now) - RETENTION_SECONDS

    def __str__(self) -> str:
        return f"{utc_text(self.start)} to {utc_text(self.end)}"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """What the user asked for; slides along where an end is relative to now."""

    start: Moment
    end: Moment = Ago(0)
    snap: Snap = Snap.AUTO

    def __post_init__(self) -> None:
        # Where one end moves and the other stays, only `window` can tell which comes first.
        if type(self.start) is type(self.end) and self.start.at(0) >= self.end.at(0):
            raise _ends_before_it_starts(str(self.start), str(self.end))

    @property
    def live(self) -> bool:
        """Whether it ends now, so that asking again brings news."""
        return self.end == Ago(0)

    def window(self, now: float) -> Window:
        """The seconds it stands for at this moment; an end in the future is now, up to which there are figures.

        Raises:
            InvalidQuery: It starts in the future or before 1970, or ends before it starts.
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
        """Whether ends go to borders in a window that is so long."""
        return self.snap is Snap.ON or (self.snap is Snap.AUTO and seconds > SNAPPED_ABOVE_SECONDS)

    def _on_borders(self, asked: Window, now: float) -> Window:
        """An end that moves goes back, and a start that moves keeps the length; fixed ones stay unless all snap."""
        if self.snap is Snap.ON:
            end = border_before(asked.end if isinstance(self.end, Ago) else min(asked.end + _SHORT_OF_BUCKET, int(now)))
            # Of a bucket that has not closed nothing is left: the one before it is the last that is known.
            return Window(min(self._start_before(end, asked), end - BUCKET_SECONDS), end)
        if not isinstance(self.end, Ago):
            return asked
        end = border_before(asked.end)
        return Window(self._start_before(end, asked) if isinstance(self.start, Ago) else asked.start, end)

    def _start_before(self, end: int, asked: Window) -> int:
        """The border where the window starts that ends there."""
        return border_before(end - asked.seconds if isinstance(self.start, Ago) else asked.start)

    def warning(self, now: float) -> str:
        """What to know of the range at this moment; empty where there is nothing."""
        return " ".join(filter(None, (self._beyond_now(now), self.beyond_retention(now))))

    def _beyond_now(self, now: float) -> str:
        end = self.end.at(now)
        if end <= int(now):
            return ""
        return f"The time range ends in the future ({utc_text(end)}), so it was asked up to now, {utc_text(int(now))}."

    def beyond_retention(self, now: float) -> str:
        """A warning where the range reaches back further than data are kept; empty otherwise."""
        oldest = int(now) - RETENTION_SECONDS
        if self.end.at(now) <= oldest:
            return "All of the window is older than the 14 days that are kept."
        if self.start.at(now) >= oldest:
            return ""
        return (
            "The window starts before the 14 days that are kept, so its first part is empty; "
            "throughput is the mean over all of it."
        )

    @property
    def written(self) -> str:
        """In a form that `parsed_time_range` reads as this range, but for its snap: `15m`, `now-2h to now-1h`."""
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
    """The range that ends now and is so long."""
    return TimeRange(Ago(seconds))


def parsed_length(text: str) -> int:
    """Seconds of `90s`, `15m`, `4h`, `2d` or `1w`.

    Raises:
        InvalidQuery: It is none of these, or zero, or could be meant in months.
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
    """A moment: `now`, `now-2h`, `2h` (ago), ISO 8601 (without a zone: local time), epoch seconds, or `10:00`.

    A time of day is the latest one at `now`, a day (`yesterday`, `2026-03-01`) its beginning here. Without `now` both
    are refused, but for a date: kept in a file, they would mean another day each time.

    Raises:
        InvalidQuery: It is none of these.
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
            # Milliseconds: 1612011200000 would be read as an hour of the year 1612.
            raise ValueError("neither seconds nor a date")
        return Fixed(int(datetime.fromisoformat(written).timestamp()))
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidQuery(f"{clean(text, 40)!r} is not a time.", hint=_FORMS) from error


def _on_a_day(text: str, now: float | None) -> int | None:
    """The moment of `yesterday 10:00`; None where the text says none."""
    day_text, _, clock_text = text.partition(" ")
    clock_time = read_clock_time(clock_text)
    day = read_day(day_text, now) if clock_time is not None and is_relative_day(day_text) else None
    return None if day is None or clock_time is None else clock_time.first_from(day.start)


def _end_of_day(text: str, now: float | None) -> Moment | None:
    """Return the end of the day that a text names, or now while it lasts; None if it names none."""
    day = read_day(text, now)
    if day is None:
        return None
    return Ago(0) if now is not None and day.start <= now < day.end else Fixed(day.end)


def says_a_day(text: str) -> bool:
    """True if the text is a day by itself: `yesterday`, `2026-03-01`."""
    try:
        return is_relative_day(text) or read_day(text, None) is not None
    except (ValueError, OverflowError, OSError):
        return False


def parsed_ends(start: str, end: str, now: float | None = None) -> TimeRange:
    """The range between two moments; a time of day after a moment that stays is the first one from there on.

    A day as the end is all of it; of today, what there is until now.

    Raises:
        InvalidQuery: One is no moment, or they stand the other way round.
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
    """A whole range in one text: `15m`, `last 15m`, `since 10:00`, `now-2h to now-1h`, `10:00 to 11:00`, `yesterday`.

    `now` is for times of day, as in `parsed_moment`.

    Raises:
        InvalidQuery: It is none of these.
    """
    written = re.sub(r"^(since|from)\s+", "", text.strip(), flags=re.IGNORECASE)
    start, separator, end = re.sub(r"\s+(to|until|\.\.)\s+", "\n", written, count=1).partition("\n")
    if separator:
        return parsed_ends(start, end, now)
    if written == text.strip():
        # A day by itself; `since yesterday` goes on until now.
        try:
            ends_with_day = _end_of_day(written, now)
        except (ValueError, OverflowError, OSError) as error:
            raise InvalidQuery(f"{clean(text, 40)!r} is not a time.", hint=_FORMS) from error
        if ends_with_day is not None:
            return TimeRange(parsed_moment(written, now), ends_with_day)
    written = re.sub(r"^(the\s+)?(last|past)\s+", "", written, flags=re.IGNORECASE)
    return TimeRange(parsed_moment(written, now))


def border_before(epoch_seconds: int) -> int:
    """The last border of buckets that is not after this."""
    return epoch_seconds // BUCKET_SECONDS * BUCKET_SECONDS


def utc_text(epoch_seconds: int) -> str:
    """`2026-03-01 10:00Z`, with seconds only where there are some."""
    try:
        moment = datetime.fromtimestamp(epoch_seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"epoch {epoch_seconds}"
    return moment.strftime("%Y-%m-%d %H:%M:%SZ" if moment.second else "%Y-%m-%d %H:%MZ")


def iso_text(epoch_seconds: float) -> str:
    """Return `2026-03-01T10:00:00Z` (ISO 8601, UTC), as programs read it."""
    try:
        return datetime.fromtimestamp(int(epoch_seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"epoch {int(epoch_seconds)}"


def iso_window(window: Window) -> str:
    """Return both ends of a window so."""
    return f"{iso_text(window.start)} to {iso_text(window.end)}"


def time_of_day(epoch_seconds: float) -> str:
    """`10:00:15Z`, for a moment that is near; rounded up, so that who waits for it is not early."""
    return datetime.fromtimestamp(math.ceil(epoch_seconds), UTC).strftime("%H:%M:%SZ")


def short_length(seconds: int) -> str:
    """The shortest exact form that `parsed_length` reads: `15m`, `4h`, `90s`."""
    for unit in ("w", "d", "h", "m"):
        if seconds and seconds % _UNIT_SECONDS[unit] == 0:
            return f"{seconds // _UNIT_SECONDS[unit]}{unit}"
    return f"{seconds}s"
