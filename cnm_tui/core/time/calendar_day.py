"""A whole local day, as people say it: `today`, `yesterday`, `2026-03-01`."""

import re
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

_DATE: Final = r"\d{4}-\d{2}-\d{2}"
_DAYS_AGO: Final = {"today": 0, "yesterday": 1}


class CalendarDay(NamedTuple):
    """From midnight to midnight here, in epoch seconds; as long as summer time makes it."""

    start: int
    end: int


def read_day(text: str, now: float | None) -> CalendarDay | None:
    """Return the day that a text says; None where it says none.

    Args:
        text: What was typed.
        now: Epoch seconds; without them `today` says no day.

    Raises:
        ValueError, OverflowError, OSError: It is not in the calendar.
    """
    written = text.strip().lower()
    if re.fullmatch(_DATE, written, re.ASCII):
        return _day(date.fromisoformat(written))
    if written not in _DAYS_AGO or now is None:
        return None
    return _day(datetime.fromtimestamp(now).date() - timedelta(days=_DAYS_AGO[written]))


def is_relative_day(text: str) -> bool:
    """True if the text says another day each day."""
    return text.strip().lower() in _DAYS_AGO


def _day(day: date) -> CalendarDay:
    return CalendarDay(_midnight(day), _midnight(day + timedelta(days=1)))


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day).timestamp())  # noqa: DTZ001  # local, as people mean it
