"""Define a part of a timeline. It contains the rows of one short time window.

Also define the object with the ids of the rows, which all parts of a timeline share.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import Final

from cnm_tui.core.connections import Connections, Exact, GroupValues
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.metric import Counters, Metric, Number, Total, total_of
from cnm_tui.core.snapshot import Picked, Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.columns import Column, compact
from cnm_tui.core.timeline.excess import Excess, excess_of
from cnm_tui.core.units import plural

MOST_ROWS_OF_ALL_PARTS: Final = 20_000
"""Maximum number of rows that are known by their id: 30 MB with their names."""
_ABSENT: Final = -1
CUT_AT_LIMIT: Final = "cut at the limit"


class State(Enum):
    """The state of a timeline part: complete, open, gap or cut. The command `query --timeline` prints these words."""

    COMPLETE = "complete"
    """Answered in whole: a row that is not in it had no traffic."""
    OPEN = "open"
    """Answered before its end: its counts still grow."""
    GAP = "gap"
    """Not asked yet, or failed: nothing is known of any row."""
    CUT = "cut"
    """Rows may be missing, as the limit was reached or some could not be read: of a row not in it nothing is known."""


class Rows:
    """The rows that occur in any timeline part of one query. Each row has a number, in the order of first
    appearance.

    Rows are only added and never removed, so that all parts can share one object.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        """The number of each row, by its id."""
        self.ids: list[str] = []
        """The ids by number."""
        self.groups: list[tuple[GroupValues, ...]] = []
        """The group values by number."""
        self.unclean: dict[int, Exact] = {}
        """Id and group values before cleaning, by number; only where cleaning changed something."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def full(self) -> bool:
        """True if the maximum number of rows is reached, so that no more rows can be added."""
        return len(self) >= MOST_ROWS_OF_ALL_PARTS

    def exact(self, number: int) -> Exact:
        """Return the id and the group values of a row exactly as the API returned them."""
        return self.unclean.get(number) or Exact(self.ids[number], self.groups[number])

    def numbered(self, connections: Connections) -> list[int | None]:
        """Return the row number of each connection. A new connection is added and gets the next number.

        If the maximum number of rows is reached, the list contains None for a new connection.
        """
        numbers, ids = self.numbers, connections.ids
        for position, connection_id in enumerate(ids):
            if connection_id not in numbers and not self.full:
                number = len(self)
                self.groups.append(tuple([values[position] for values in connections.groups]))
                if (exact := connections.unclean.get(position)) is not None:
                    self.unclean[number] = exact
                self.ids.append(connection_id)
                numbers[connection_id] = number
        return [numbers.get(connection_id) for connection_id in ids]


class RowOfPart(Sequence[Number | None]):
    """The counters of one row in a timeline part, as a sequence. Each counter is read from the part when it is
    used.
    """

    __slots__ = ("_columns", "_position")

    def __init__(self, columns: Sequence[Column], position: int) -> None:
        self._columns = columns
        self._position = position

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, counter: int) -> Number | None:  # type: ignore[override]  # counters are never sliced
        return self._columns[counter][self._position]

    def __iter__(self) -> Iterator[Number | None]:
        return (column[self._position] for column in self._columns)


class Part:
    """One part of a timeline, with the rows of a short time window, without the raw JSON. A part is never changed."""

    def __init__(self, snapshot: Snapshot, window: Window, rows: Rows) -> None:
        """Create the part from the columns of a snapshot, which are copied.

        This takes up to 30 ms for 7,500 rows, so call it in a thread.

        Args:
            snapshot: The API response for this part.
            window: The time window of the part.
            rows: The rows that all parts share. New rows are added to them.
        """
        self.window = window
        self.endpoint = snapshot.endpoint
        self.seconds = snapshot.window.seconds
        """Length of the window that was answered: an open part is shorter than its window."""
        self.clock_ahead_seconds = snapshot.budget.clock_ahead_seconds
        """Seconds by which this machine's clock was ahead of the service's; 0 if about the same."""
        self.fetched_at = snapshot.fetched_at - self.clock_ahead_seconds
        """Time of the answer by the clock of the service, in epoch seconds."""
        self.is_open = window.end > self.fetched_at
        """True if it was answered before its end."""
        self.why_cut = _why_cut(snapshot)
        """Why rows may be missing, in words; empty if none can be."""
        self.columns: Sequence[Column] = [compact(column) for column in snapshot.columns]
        self.length = len(snapshot.connections)
        numbers = rows.numbered(snapshot.connections)
        self._position_of = self._positions(numbers, len(rows))
        self.excess: Mapping[str, Excess] = {
            key: excess.numbered(numbers, self._position_of) for key, excess in excess_of(snapshot).items()
        }
        """For each judged metric the numbers of the rows above its threshold."""

    @staticmethod
    def _positions(numbers: Sequence[int | None], length: int) -> "array[int]":
        """Return an array that contains, for each row number, the position of the row in this part.

        If several connections have the same id, it is the position of the first one.
        """
        positions = array("h" if len(numbers) < 1 << 15 else "i", [_ABSENT]) * length
        for position in range(len(numbers) - 1, -1, -1):
            number = numbers[position]
            if number is not None:
                positions[number] = position
        return positions

    @property
    def is_cut(self) -> bool:
        """True if rows may be missing."""
        return bool(self.why_cut)

    @property
    def state(self) -> State:
        """Return the state of the part. A part that is open and also cut at the row limit has the state CUT."""
        return State.CUT if self.is_cut else State.OPEN if self.is_open else State.COMPLETE

    def position(self, number: int | None) -> int | None:
        """Return the position in this part of the row with this number. Return None if the part does not contain
        the row.
        """
        if number is None or number >= len(self._position_of):
            return None
        position = self._position_of[number]
        return None if position == _ABSENT else position

    @property
    def numbers(self) -> Iterable[int]:
        """Return the row numbers of the rows in this part."""
        return (number for number, position in enumerate(self._position_of) if position != _ABSENT)

    def counters(self, number: int | None) -> Counters | None:
        """Return the counters of the row with this number.

        If the part does not contain the row, return the counters of a row without traffic. If the part is incomplete
        because of the row limit, return None, because the counters are unknown.
        """
        position = self.position(number)
        if position is not None:
            return RowOfPart(self.columns, position)
        return None if self.is_cut else without_traffic(self.endpoint)

    def total(self, numbers: Sequence[int] | None, metric: Metric) -> Number | None:
        """Return one metric calculated for these rows together, for example the sum of their bytes.

        Rows that an incomplete part does not contain are ignored.

        Args:
            numbers: The numbers of the rows. None for all rows of the part, with or without a number.
            metric: The metric.
        """
        if numbers is None:
            return self._total_of_all(metric)
        found = [position for number in numbers if (position := self.position(number)) is not None]
        if not found:
            counters = None if self.is_cut and numbers else without_traffic(self.endpoint)
            return None if counters is None else metric.value(counters, self.seconds)
        return total_of(metric, Picked(self.columns, found), self.seconds)

    def _total_of_all(self, metric: Metric) -> Number | None:
        if metric.key not in self._totals:
            if self.length:
                self._totals[metric.key] = total_of(metric, self.columns, self.seconds)
            else:
                self._totals[metric.key] = metric.value(without_traffic(self.endpoint), self.seconds)
        return self._totals[metric.key]

    @cached_property
    def _totals(self) -> dict[str, Number | None]:
        return {}


def _why_cut(snapshot: Snapshot) -> str:
    if snapshot.cut:
        return CUT_AT_LIMIT if snapshot.remainder is None else snapshot.remainder.told
    return f"{plural(snapshot.unreadable, 'row')} could not be read" if snapshot.unreadable else ""


def without_traffic(endpoint: Endpoint) -> Counters:
    """Return the counters of a row without traffic, which are 0 for counts and None for means."""
    return tuple(None if metric.total is Total.WEIGHTED_MEAN else 0 for metric in endpoint.counted)


def together(endpoint: Endpoint, parts: Iterable[Counters]) -> Counters:
    """Return counters that combine the counters of several parts or rows. Counts are summed, and means are
    weighted.
    """
    rows = list(parts)
    if not rows:
        return without_traffic(endpoint)
    columns: Sequence[Column] = list(zip(*rows, strict=True))
    return tuple(total_of(metric, columns, 0) for metric in endpoint.counted)
