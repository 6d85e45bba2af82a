"""Calculate a breakdown, which groups the loaded rows by the values of one column.

For each group, the number of rows and the bytes of the rows are summed.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from decimal import Decimal
from itertools import chain
from typing import Final, NamedTuple, TypeVar

from cnm_tui.core.connections import UNRESOLVED, GroupValues
from cnm_tui.core.filter.conditions import field_term
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.snapshot import Snapshot, picked
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.extra import ExtraColumn
from cnm_tui.core.table.table import Table
from cnm_tui.core.units import ABSENT, BYTES, BYTES_PER_SECOND, COUNT, MICRO_SECONDS, SHARE, Scale

_FINE_DECADES: Final = 2
"""Values over at most two powers of ten get ranges at 1, 2 and 5; others at powers only."""
_LEAST: Final = Decimal("0.001")
"""The smallest limit, in the first unit; smaller values count with zero."""
_LARGEST_POWER: Final = 18

_UNITS: Final[Mapping[Scale, tuple[str, ...]]] = {
    BYTES: ("B", "kB", "MB", "GB", "TB"),
    BYTES_PER_SECOND: ("B/s", "kB/s", "MB/s", "GB/s", "TB/s"),
    COUNT: ("", "k", "M", "G", "T"),
    MICRO_SECONDS: ("µs", "ms", "s"),
    SHARE: ("%",),
}
"""Each unit is 1,000 of the one before."""


class Bucket(NamedTuple):
    """A range of numbers of a metric. It contains a text to display and a filter condition that matches the range."""

    text: str
    condition: str
    """Filter text that matches exactly this range."""


class Buckets:
    """The ranges into which the numbers of a metric are divided, smallest first. Rows without a number come last."""

    def __init__(self, metric: Metric, numbers: Iterable[Number | None]) -> None:
        self._name = metric.label.casefold().replace(" ", "_")
        self._units = _UNITS[metric.scale]
        self._first_unit = Decimal("0.01") if metric.scale is SHARE else Decimal(1)
        known = {number for number in numbers if number is not None}
        self._decimals = self._borders_around([number for number in known if number > 0])
        self._borders: Sequence[float] = list(map(float, self._decimals))
        least = self._borders[0] if self._borders else float("inf")
        self._has_tiny = any(0 < number < least for number in known)

    def _borders_around(self, positive: Sequence[Number]) -> Sequence[Decimal]:
        least = _LEAST * self._first_unit
        largest = max(positive, default=0)
        if largest < least:
            return [least] if positive else []
        first = Decimal(max(min(positive), float(least))).adjusted()
        last = min(Decimal(largest).adjusted() if largest < 10**_LARGEST_POWER else _LARGEST_POWER, _LARGEST_POWER)
        steps = (1, 2, 5) if last - first <= _FINE_DECADES else (1,)
        borders = [Decimal(step).scaleb(power) for power in range(first, last + 1) for step in steps]
        borders = [border for border in (*borders, Decimal(1).scaleb(last + 1)) if border >= least]
        # From the last limit not above the smallest value to the first above the largest.
        start = max(0, bisect_right(borders, Decimal(min(positive))) - 1)
        return borders[start : bisect_right(borders, Decimal(largest)) + 1]

    def position(self, number: Number | None) -> int:
        """Return the position of the range that contains the number. It is a position in the list `all`."""
        if number is None:
            return len(self._borders) + 2
        return 0 if number < 0 else bisect_right(self._borders, number) + 1

    @property
    def all(self) -> Sequence[Bucket]:
        """Return all ranges: below zero, zero, each range above zero, and the range for rows without a number.

        A range may have no rows.
        """
        name = self._name
        written = [(self._written(border, " "), self._written(border, "")) for border in self._decimals]
        zero = Bucket("0", f"{name}=0")
        if self._has_tiny:
            zero = Bucket(f"0 to <{written[0][0]}", f"{name}=0..<{written[0][1]}")
        ranges = [
            Bucket(f"{least[0]} to <{limit[0]}", f"{name}={least[1]}..<{limit[1]}")
            for least, limit in zip(written, written[1:], strict=False)
        ]
        over = [Bucket(f"{shown} and over", f"{name}>={typed}") for shown, typed in written[-1:]]
        return [Bucket("below 0", f"{name}<0"), zero, *ranges, *over, Bucket(ABSENT, f"{name}=none")]

    def _written(self, border: Decimal, gap: str) -> str:
        number, units = border / self._first_unit, list(self._units)
        unit = units.pop(0)
        while number >= 1_000 and units:
            number, unit = number / 1_000, units.pop(0)
        return f"{number.normalize():f}{gap}{unit}".rstrip()


Key = TypeVar("Key")


class Part(NamedTuple):
    """One group of a breakdown: the rows that have the same value, or numbers in the same range, and their bytes."""

    text: str
    condition: str
    """Filter text that matches exactly these rows."""
    rows: int
    total_bytes: Number
    remark: str = ""


class Breakdown(NamedTuple):
    """The rows of a table grouped by the values of one column. Each row belongs to exactly one group."""

    parts: tuple[Part, ...]
    rows: int
    total_bytes: Number
    in_order: bool
    """True if the parts are ranges, which keep their own order."""

    def ordered(self, *, by_rows: bool) -> Sequence[Part]:
        """Return the groups sorted by rows or by bytes, largest group first. Ranges of numbers keep their order.

        Args:
            by_rows: True to sort by the number of rows, False to sort by bytes.
        """
        if self.in_order:
            return self.parts
        if by_rows:
            return sorted(self.parts, key=lambda part: (-part.rows, -part.total_bytes))
        return sorted(self.parts, key=lambda part: (-part.total_bytes, -part.rows))

    def share(self, part: Part, *, by_rows: bool) -> float | None:
        """Return the share of one group in the rows or bytes of all groups, from 0 to 1. Return None if the total
        is zero.
        """
        number, of = (part.rows, self.rows) if by_rows else (part.total_bytes, self.total_bytes)
        return number / of if of else None


def broken_down(table: Table, column: Column) -> Breakdown:
    """Return the rows that match the table's filter, grouped by the values of this column.

    Rows that the table hides because of its maximum number of rows are included.
    """
    snapshot, order = table.snapshot, table.matching
    sizes = [size or 0 for size in picked(snapshot.volumes, order)]
    if column.extra is not None:
        return _of_cells(column.extra, table, sizes)
    if column.metric is None:
        position = column.group or 0
        field = snapshot.query.group_bys[position]
        texts = picked(snapshot.texts(position), order)
        several = _several(snapshot, position, order)
        shared = set(chain.from_iterable(several.values()))
        parts = tuple(
            Part(
                text,
                field_term(field, text, snapshot.endpoint.fields, alone=text in shared),
                rows,
                total,
                _remark(text, several),
            )
            for text, (rows, total) in summed(texts, sizes).items()
        )
    else:
        figures = picked(snapshot.figures(column.metric), order)
        buckets = Buckets(column.metric, figures)
        in_range = summed(list(map(buckets.position, figures)), sizes)
        named: list[Bucket] = list(buckets.all)
        parts = tuple(Part(*named[at], *in_range[at]) for at in sorted(in_range))
    return Breakdown(parts, len(order), sum(sizes), in_order=column.metric is not None)


def _of_cells(extra: ExtraColumn, table: Table, sizes: Sequence[Number]) -> Breakdown:
    """Return the rows grouped by the values of an extra column. An extra column is neither a group-by nor a
    metric.
    """
    snapshot, order = table.snapshot, table.matching
    values = [extra.value(snapshot, position) for position in order]
    parts = tuple(
        Part(ABSENT if value is None else str(value), f"{extra.name.key}={value}", rows, total)
        for value, (rows, total) in summed(values, sizes).items()
    )
    return Breakdown(parts, len(order), sum(sizes), in_order=False)


def summed(keys: Sequence[Key], sizes: Sequence[Number]) -> dict[Key, tuple[int, Number]]:
    """Return a dictionary from each item of `keys` to a pair: how often it occurs, and the sum of its sizes.

    The items of `keys` and `sizes` at the same position belong together.
    """
    sums: dict[Key, tuple[int, Number]] = {}
    for key, size in zip(keys, sizes, strict=True):
        rows, total = sums.get(key, (0, 0))
        sums[key] = rows + 1, total + size
    return sums


def shared_values(snapshot: Snapshot, position: int, rows: Sequence[int]) -> Set[str]:
    """Return the values of a group-by that occur together with a second value in at least one of these rows.

    A row with several values forms its own group in a breakdown. Therefore the group of one single value does not
    contain this row.
    """
    return set(chain.from_iterable(_several(snapshot, position, rows).values()))


def _several(snapshot: Snapshot, position: int, rows: Sequence[int]) -> Mapping[str, GroupValues]:
    """Return the values of a group-by for those rows that have several values in it.

    The dictionary keys are the displayed texts. The dictionary values are the separate values of the group-by.
    """
    values = snapshot.connections.groups[position] if rows else ()
    texts = snapshot.texts(position)
    return {texts[at]: values[at] for at in rows if len(values[at]) > 1}


def _remark(text: str, several: Container[str]) -> str:
    if text == UNRESOLVED:
        return "unresolved"
    return "several values" if text in several else ""
