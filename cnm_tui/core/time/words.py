"""Parse the names of days and the times of day that people type, for example `yesterday` and `9:05`."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

_DATE: Final = r"\d{4}-\d{2}-\d{2}"
_DAYS_AGO: Final = {"today": 0, "yesterday": 1}


class CalendarDay(NamedTuple):
    """A day in local time, from midnight to midnight, in seconds since 1970.

    The length of the day varies with daylight saving time.
    """

    start: int
    end: int


def read_day(text: str, now: float | None) -> CalendarDay | None:
    """Return the day that a text names. Return None if the text does not name a day.

    Args:
        text: The typed text.
        now: The current time in seconds since 1970. None to refuse relative days such as `today`.

    Raises:
        ValueError, OverflowError, OSError: The day does not exist in the calendar.
    """
    written = text.strip().lower()
    if re.fullmatch(_DATE, written, re.ASCII):
        return _day(date.fromisoformat(written))
    if written not in _DAYS_AGO or now is None:
        return None
    return _day(datetime.fromtimestamp(now).date() - timedelta(days=_DAYS_AGO[written]))


def is_relative_day(text: str) -> bool:
    """True if the text is a word such as `yesterday`, which means a different day every day."""
    return text.strip().lower() in _DAYS_AGO


def _day(day: date) -> CalendarDay:
    return CalendarDay(_midnight(day), _midnight(day + timedelta(days=1)))


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day).timestamp())  # noqa: DTZ001  # local, as people mean it


_WRITTEN: Final = r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\s*(Z?)"


class ClockTime(NamedTuple):
    """A time of day, in local time or in UTC."""

    hour: int
    minute: int
    second: int
    utc: bool

    def last_before(self, now: float) -> int:
        """Return the point in time at which it was last this time of day, not later than `now`, in seconds since 1970.

        Raises:
            ValueError, OverflowError, OSError: The result is outside the range of the calendar.
        """
        today = self._on_the_day_of(now)
        return today if today <= now else self._on_the_day_of(now, days_later=-1)

    def first_from(self, moment: float) -> int:
        """Return the first point in time, not earlier than `moment`, at which it is this time of day.

        Both points in time are in seconds since 1970.

        Raises:
            ValueError, OverflowError, OSError: The result is outside the range of the calendar.
        """
        same_day = self._on_the_day_of(moment)
        return same_day if same_day >= moment else self._on_the_day_of(moment, days_later=1)

    def _on_the_day_of(self, moment: float, days_later: int = 0) -> int:
        day = datetime.fromtimestamp(moment, UTC if self.utc else None) + timedelta(days=days_later)
        # Without a zone it is local time, where days have different lengths.
        return int(
            day.replace(hour=self.hour, minute=self.minute, second=self.second, microsecond=0, fold=0).timestamp()
        )


def read_clock_time(text: str) -> ClockTime | None:
    """Return the time of day that a text names. Return None if the text has another form.

    The forms are `10:00` and `9:05:30` for local time, and `10:00Z` for UTC.
    """
    match = re.fullmatch(_WRITTEN, text.strip(), re.ASCII | re.IGNORECASE)
    if match is None:
        return None
    return ClockTime(int(match[1]), int(match[2]), int(match[3] or 0), utc=bool(match[4]))
