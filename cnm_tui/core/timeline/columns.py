"""Define compact columns, which store the numbers of many rows in little memory.

For example, a timeline of 288 time windows with 7,500 rows and 17 counters has 37 million numbers.
"""

from abc import abstractmethod
from array import array
from collections.abc import Iterator, Sequence
from typing import Final, overload

from cnm_tui.core.metrics.metric import Number

Column = Sequence[Number | None]

_WIDTHS: Final = (("B", 1 << 8), ("H", 1 << 16), ("I", 1 << 32), ("Q", 1 << 64))
"""The type codes of `array`, and the number that is too large for each."""


class _Compact(Sequence[Number | None]):
    """The base class of compact columns. It is a read-only sequence that contains one number or None for each row."""

    __slots__ = ()

    @overload
    def __getitem__(self, position: int) -> Number | None: ...

    @overload
    def __getitem__(self, position: slice) -> Column: ...

    def __getitem__(self, position: int | slice) -> Number | None | Column:
        if isinstance(position, slice):
            return [self._at(at) for at in range(len(self))[position]]
        return self._at(position)

    @abstractmethod
    def _at(self, position: int) -> Number | None:
        """Return the number of the row at this position. Return None if the number is missing."""


class _Repeated(_Compact):
    """A compact column in which all rows have the same number. For example, a rare counter is usually 0 in all
    rows.
    """

    __slots__ = ("_length", "_value")

    def __init__(self, value: Number | None, length: int) -> None:
        self._value = value
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Number | None]:
        return iter([self._value] * self._length)

    def __contains__(self, value: object) -> bool:
        return self._length > 0 and value == self._value

    def _at(self, position: int) -> Number | None:
        return self._value


class _WithAbsent(_Compact):
    """A compact column in which the numbers of some rows are missing."""

    __slots__ = ("_absent", "_numbers")

    def __init__(self, numbers: Column, absent: frozenset[int]) -> None:
        self._numbers = numbers
        self._absent = absent

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Number | None]:
        return (None if at in self._absent else number for at, number in enumerate(self._numbers))

    def _at(self, position: int) -> Number | None:
        return None if position in self._absent else self._numbers[position]


def compact(column: Column) -> Column:
    """Return the numbers of a column in the form that needs the least memory. No number is rounded."""
    if not any(column):
        if None not in column:
            return _Repeated(0, len(column))
        if 0 not in column:
            return _Repeated(None, len(column))
    if None in column:
        absent = frozenset(at for at, number in enumerate(column) if number is None)
        return _WithAbsent(_numbers([number or 0 for number in column]), absent)
    return _numbers([number for number in column if number is not None])


def _numbers(numbers: list[Number]) -> Column:
    try:
        most = max(numbers)
        code = next((code for code, beyond in _WIDTHS if most < beyond), "Q")
        return array(code, numbers)
    except (TypeError, OverflowError):
        # No counter is negative or has a fraction; a broken reply may hold any number.
        return tuple(numbers)
