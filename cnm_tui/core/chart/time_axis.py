"""Label the time axis of a chart, in UTC and in local time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from cnm_tui.core.text import fitted

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_STEPS: Final = (
    *(minutes * _MINUTE for minutes in (5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7)),
)
_LABEL: Final = 5
"""Columns of `10:00` or `11-30`."""
_APART: Final = 3


class Tick(NamedTuple):
    """A time that has a label on the axis, and its terminal column."""

    column: int
    time: int
    """Epoch seconds."""


def ticks(start: int, end: int, width: int) -> Sequence[Tick]:
    """Return the labelled times of a time axis: round times between `start` and `end` (epoch seconds).

    The function returns as many times as there is room for their labels on `width` terminal columns.
    """
    if end <= start or width <= 0:
        return ()
    most = max(1, width // (_LABEL + _APART))
    step = next((step for step in _STEPS if (end - start) / step <= most), _STEPS[-1])
    first = -(-start // step) * step
    placed = (Tick((time - start) * width // (end - start), time) for time in range(first, end, step))
    return [tick for tick in placed if tick.column + _LABEL <= width]


def labels_line(of: Sequence[Tick], width: int, clock: Callable[[int], datetime]) -> str:
    """Return one line of text with the label of each tick at its terminal column.

    The label is the time of day, or the date if the time is midnight. The function `clock` converts epoch
    seconds to a datetime.
    """
    line = [" "] * width
    for tick in of:
        moment = clock(tick.time)
        text = moment.strftime("%m-%d" if (moment.hour, moment.minute) == (0, 0) else "%H:%M")
        line[tick.column : tick.column + len(text)] = text
    return "".join(line)


def utc(epoch_seconds: int) -> datetime:
    """Return a time in epoch seconds as a datetime in UTC."""
    return datetime.fromtimestamp(epoch_seconds, UTC)


def local(epoch_seconds: int) -> datetime:
    """Return a time in epoch seconds as a datetime in the local time zone."""
    return datetime.fromtimestamp(epoch_seconds, UTC).astimezone()


def zone_name(start: int, end: int) -> str:
    """Return the short name of the local time zone between two times in epoch seconds, for example `CET`.

    If daylight saving time begins or ends between the two times, return both names, for example `CET/CEST`.
    The text is empty if local time equals UTC.
    """
    moments = local(start), local(end)
    if not any(moment.utcoffset() for moment in moments):
        return ""
    return "/".join(dict.fromkeys(moment.tzname() or "local" for moment in moments))


def axis_name(name: str, room: int) -> str:
    """Return the name of a time axis, aligned to the right in `room` terminal columns.

    If the name is longer than `room`, the word `local` is used in its place.
    """
    return fitted(name if len(name) <= room else "local", room).rjust(room)
