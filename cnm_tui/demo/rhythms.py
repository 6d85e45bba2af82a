"""Calculate the load of a flow over time with a formula: day and night, weekends and random noise.

A rhythm returns the work done since the epoch. The result is exact at multiples of 5 minutes, and linear
between them. So a time window of 14 days costs no more than a time window of 15 minutes. The results for the
parts of a time window add up to the result for the whole time window.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cnm_tui.core.time.time_range import BUCKET_SECONDS

_DAY: Final = 86_400
_WEEK: Final = 7 * _DAY
_FIRST_SATURDAY: Final = 2 * _DAY  # 3 January 1970
_MASK: Final = (1 << 64) - 1
_NOISE: Final = 0.09
"""Share of a bucket's work that noise may move to its neighbour; the waves leave at least 0.1, so work never falls."""


class Temper(Enum):
    """The daily load of a service: the hour of its peak, the change between day and night, and the drop at weekends."""

    PEOPLE = (20, 0.42, 0.0)
    OFFICE = (14, 0.42, 0.16)
    NIGHTLY = (3, 0.52, 0.0)
    STEADY = (12, 0.06, 0.02)

    @property
    def peak_hour(self) -> int:
        """The hour of the day with the highest load, in local time."""
        return self.value[0]

    @property
    def swing(self) -> float:
        """The rise and fall of the load during a day, as a share of the mean load."""
        return self.value[1]

    @property
    def weekend_dip(self) -> float:
        """The share of the mean load that is missing on Saturday and Sunday."""
        return self.value[2]


TEMPERS: Final = tuple(Temper)
VARIANTS: Final = 4
"""Number of rhythms with the same place and temper; they differ in noise only."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The load of flows over time, as a factor with a mean of about 1."""

    temper: Temper
    utc_offset_hours: int
    salt: int

    def work(self, moment: float) -> float:
        """Return the total work from the epoch to `moment`, which is in epoch seconds. The mean is 1
        unit per second.
        """
        bucket, into = divmod(moment, BUCKET_SECONDS)
        number = int(bucket)
        done = self._work_before(number)
        return done + (self._work_before(number + 1) - done) * into / BUCKET_SECONDS if into else done

    def _work_before(self, bucket: int) -> float:
        local = bucket * BUCKET_SECONDS + self.utc_offset_hours * 3_600
        weeks, into_week = divmod(local - _FIRST_SATURDAY, _WEEK)
        weekend = weeks * 2 * _DAY + min(into_week, 2 * _DAY)
        peak = self.temper.peak_hour * 3_600
        return (
            local
            + _wave(local - peak, _DAY, self.temper.swing)
            + _wave(local - peak, _DAY / 2, 0.08)
            + _wave(local + self.salt % 9_973, 8_400 + self.salt % 1_201, 0.07)
            + _wave(local + self.salt % 7_919, 2_300 + self.salt % 701, 0.05)
            - self.temper.weekend_dip * weekend
            + _NOISE * BUCKET_SECONDS * _noise(bucket, self.salt)
        )


def _wave(since_crest: float, period: float, height: float) -> float:
    """Return the integral of a cosine with this amplitude (`height`) and this period."""
    turn = 2 * math.pi / period
    return height / turn * math.sin(turn * since_crest)


def _noise(bucket: int, salt: int) -> float:
    """Return a pseudo-random number from 0 to 1. The constants are from the splitmix64 algorithm."""
    mixed = (bucket * 0x9E3779B97F4A7C15 + salt) & _MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ mixed >> 31) / _MASK


def rhythms_of(seed: int, utc_offsets: Sequence[int]) -> tuple[Rhythm, ...]:
    """Return all rhythms of all sites, in the order that `rhythm_number` uses.

    Args:
        seed: The seed of the random noise.
        utc_offsets: The difference from UTC of each site, in hours.
    """
    return tuple(
        Rhythm(temper, utc_offset, (seed * 0x2545F4914F6CDD1D + 7_919 * place + 131 * variant + number) & _MASK)
        for place, utc_offset in enumerate(utc_offsets)
        for number, temper in enumerate(TEMPERS)
        for variant in range(VARIANTS)
    )


def steadied(number: int) -> int:
    """Return the number of the rhythm with a nearly constant load that has the same site and variant."""
    return rhythm_number(number // (len(TEMPERS) * VARIANTS), Temper.STEADY, number)


def rhythm_number(place: int, temper: Temper, variant: int) -> int:
    """Return the index of a rhythm in the result of `rhythms_of`."""
    return (place * len(TEMPERS) + TEMPERS.index(temper)) * VARIANTS + variant % VARIANTS
