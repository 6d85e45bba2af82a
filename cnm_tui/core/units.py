"""Format numbers for people, with a unit and with decimal points that align in a column.

A missing number is displayed as a dash.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Final, NamedTuple

ABSENT: Final = "–"
PREFIXES: Final = ("k", "M", "G", "T", "P", "E", "Z", "Y")


class Figure(NamedTuple):
    """A number as text, split into its whole digits, its fraction and its unit.

    The split allows the cells of a table column to align their decimal points.
    """

    whole: str
    fraction: str
    unit: str

    def __str__(self) -> str:
        return f"{self.whole}{self.fraction} {self.unit}".rstrip()


def _scaled(number: float, unit: str) -> Figure:
    """Return the number with one decimal and with a decimal prefix (k, M, G and so on) before its unit.

    The prefix is chosen after rounding, so 999,960 becomes 1.0 M.
    """
    number /= 1000
    prefixes = iter(PREFIXES)
    prefix = next(prefixes)
    while round(abs(number), 1) >= 1000 and (larger := next(prefixes, "")):
        number, prefix = number / 1000, larger
    return _decimals(number, 1, prefix + unit)


def _decimals(number: float, decimals: int, unit: str) -> Figure:
    whole, _, decimal = f"{number:.{decimals}f}".partition(".")
    return Figure(whole, f".{decimal}", unit)


def _bytes(number: float) -> Figure:
    rounded = round(number)
    return Figure(str(rounded), "", "B") if abs(rounded) < 1000 else _scaled(number, "B")


def _bytes_per_second(number: float) -> Figure:
    whole, fraction, unit = _bytes(number)
    return Figure(whole, fraction, f"{unit}/s")


def _count(number: float) -> Figure:
    """Return the exact number if it is below 100,000. Return larger numbers in whole thousands, millions and so on."""
    rounded, prefix = round(number), ""
    prefixes = iter(PREFIXES)
    while abs(rounded) >= 100_000 and (larger := next(prefixes, "")):
        number, prefix = number / 1000, larger
        rounded = round(number)
    return Figure(f"{rounded:,}", "", prefix)


def _per_second(number: float) -> Figure:
    if abs(number) < 1000:
        return _decimals(number, 1, "/s")
    whole, fraction, prefix = _count(number)
    return Figure(whole, fraction, f"{prefix}/s")


def _as_it_comes(number: float) -> Figure:
    return Figure(f"{number:,}" if isinstance(number, int) else f"{number:,.6g}", "", "")


def _micro_seconds(number: float, decimals: int = 1) -> Figure:
    if abs(round(number)) < 1000:
        return Figure(str(round(number)), "", "µs")
    if abs(number) < 999_950:
        return _decimals(number / 1e3, decimals, "ms")
    return _decimals(number / 1e6, decimals, "s")


def _share(ratio: float, decimals: int = 2) -> Figure:
    if abs(ratio) < 10:
        return _decimals(ratio * 100, decimals, "%")
    # No decimals from 1,000 % on, and a prefix from a million on, so that the number fits its column.
    percent, prefix, most = ratio * 100, "", 1_000_000
    prefixes = iter(PREFIXES)
    while abs(round(percent)) >= most and (larger := next(prefixes, "")):
        percent, prefix, most = percent / 1000, larger, 100_000
    return Figure(f"{round(percent)}{prefix}", "", "%")


class Scale(NamedTuple):
    """The format for numbers of one unit in a table column. It contains the width of each piece of the text.

    The pieces are the whole digits, the fraction and the unit. Their widths are in characters.
    """

    figure: Callable[[float], Figure]
    whole: int
    fraction: int
    unit: int
    exactly: Callable[[float, int], Figure] | None = None
    """Returns the number with this many decimals, to tell it from a threshold."""

    @property
    def width(self) -> int:
        """Return the width of a table cell in characters: the digits, the fraction, and the unit with a space
        before it.
        """
        return self.whole + self.fraction + (1 + self.unit if self.unit else 0)

    def cell(self, number: float | None, figure: Figure | None = None) -> str:
        """Return the number as a table cell, with its decimal point aligned with other cells of this scale.

        The text has at least `width` characters. Zero is written as 0 without a unit. So it attracts no attention,
        and nobody takes it for a small number.

        Args:
            number: The number, or None if it is missing.
            figure: The number's formatted parts, to use in place of this scale's own format.
        """
        if number is None or number == 0:
            return (ABSENT if number is None else "0").rjust(self.whole).ljust(self.width)
        whole, fraction, unit = figure or self.figure(number)
        # A large whole number uses the room of its missing decimals.
        text = f"{whole:>{self.whole}}{fraction}".ljust(self.whole + self.fraction)
        return f"{text} {unit:<{self.unit}}" if self.unit else text

    def text(self, number: float | None) -> str:
        """Return the number with its unit, for a sentence or a list. A missing number becomes a dash."""
        return ABSENT if number is None else str(self.figure(number))


BYTES: Final = Scale(_bytes, 3, 2, 2)
"""Bytes, decimal: 1 kB is 1,000 B."""
BYTES_PER_SECOND: Final = Scale(_bytes_per_second, 3, 2, 4)
COUNT: Final = Scale(_count, 6, 0, 1)
PER_SECOND: Final = Scale(_per_second, 6, 2, 3)
AS_IT_COMES: Final = Scale(_as_it_comes, 9, 0, 0)
"""A number whose unit is not known: not shortened, without a unit."""
MICRO_SECONDS: Final = Scale(_micro_seconds, 3, 2, 2, _micro_seconds)
SHARE: Final = Scale(_share, 3, 3, 1, _share)
"""A ratio 0 to 1 as a percentage with two decimals."""


def _milli_seconds(number: float, decimals: int) -> Figure:
    whole, fraction, unit = _decimals(number / 1e3, decimals, "ms")
    return Figure(f"{int(whole):,}", fraction, unit)


_SMALLEST_MICRO_SECONDS: Final = {1: 950, 2: 95, 3: 0}
"""For each number of decimals in milliseconds, the smallest time that shows two digits; with three all are exact."""
_MOST_MICRO_SECONDS: Final = 9_999_950
"""Longer times are shown with a unit each."""


@cache
def _in_milli_seconds(decimals: int, whole: int) -> Scale:
    # The same one each time: two functions made of others are never equal, and all lines would be drawn again.
    return Scale(partial(_milli_seconds, decimals=decimals), whole, 1 + decimals, 0, _milli_seconds)


def in_one_unit(scale: Scale, least: float, most: float) -> tuple[Scale, str] | None:
    """Return a scale that writes numbers without their unit, together with the common unit of these numbers.

    The numbers range from `least` to `most`. Return None if no single unit suits all numbers, because small
    numbers would lose all digits. Times are in milliseconds, with as many decimals as the smallest time needs.
    """
    if scale is MICRO_SECONDS:
        if most >= _MOST_MICRO_SECONDS:
            return None
        decimals = next(number for number, smallest in _SMALLEST_MICRO_SECONDS.items() if least >= smallest)
        whole = max(scale.whole, len(_milli_seconds(most, decimals).whole))
        return _in_milli_seconds(decimals, whole), "ms"
    unit = scale.figure(least).unit
    return (scale._replace(unit=0), unit) if unit == scale.figure(most).unit else None


def bytes_text(number: float) -> str:
    """Return a number of bytes with its unit, for use in a sentence, for example `1.2 GB`.

    A decimal of zero is left out: the text is `1 GB`, where a table would show `1.0 GB`.
    """
    whole, fraction, unit = _bytes(number)
    return f"{whole}{fraction if fraction != '.0' else ''} {unit}"


def seconds_text(seconds: float) -> str:
    """Return a duration in its two largest units. Examples are `42 s`, `15 min`, `4 h` and `2 d 3 h`."""
    remaining = max(0, round(seconds))
    parts: list[str] = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, remaining = divmod(remaining, length)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"


def age_text(seconds: float) -> str:
    """Return an age in its largest unit, for example `3 h ago`. Return `just now` if it is less than a minute."""
    return "just now" if seconds < 60 else f"{' '.join(seconds_text(seconds).split()[:2])} ago"


def plural(number: int, noun: str) -> str:
    """Return a number with a noun, in the singular or plural. Examples are `1 row` and `7,500 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def bar(share: float, columns: int) -> str:
    """Return a horizontal bar of block characters, which fills a share (0 to 1) of the terminal columns.

    The text has no trailing spaces. If the share is above zero, the bar has at least one character.
    """
    eighths = round(max(0.0, min(share, 1.0)) * columns * 8)
    whole, rest = divmod(max(eighths, 1 if share > 0 and columns > 0 else 0), 8)
    return (_EIGHTHS[-1] * whole + _EIGHTHS[rest]).rstrip()
