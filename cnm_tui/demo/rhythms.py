"""Define the rhythms of the demo. A rhythm is a formula for the load of a flow over time.

The load varies with day and night, weekends and random noise. A rhythm returns the total work done since
1970. The result is exact at multiples of 5 minutes, and linear between them. Therefore a time window of 14
days takes no longer to calculate than one of 15 minutes. The results for consecutive windows add up to the
result for the whole time.
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
    """The daily pattern of a service's load: the hour of its peak, the change between day and night, and the
    weekend.
    """

    PEOPLE = (20, 0.42, 0.0)
    OFFICE = (14, 0.42, 0.16)
    NIGHTLY = (3, 0.52, 0.0)
    STEADY = (12, 0.06, 0.02)

    @property
    def peak_hour(self) -> int:
        """Return the hour of the day with the highest load, in local time, from 0 to 23."""
        return self.value[0]

    @property
    def swing(self) -> float:
        """Return how far the load rises and falls around its mean during a day, as a share of the mean load."""
        return self.value[1]

    @property
    def weekend_dip(self) -> float:
        """Return by how much the load is lower on Saturday and Sunday, as a share of the mean load."""
        return self.value[2]


TEMPERS: Final = tuple(Temper)
VARIANTS: Final = 4
"""Number of rhythms with the same place and temper; they differ in noise only."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The load of flows over time, as a factor by which the rates of the flows are multiplied. Its mean is about
    1.
    """

    temper: Temper
    utc_offset_hours: int
    salt: int

    def work(self, moment: float) -> float:
        """Return the load summed from 1970 to `moment`, which is in seconds since 1970. The mean increase is 1 per
        second.
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
    """Return the integral of a cosine wave with this period and with the amplitude `height`."""
    turn = 2 * math.pi / period
    return height / turn * math.sin(turn * since_crest)


def _noise(bucket: int, salt: int) -> float:
    """Return a pseudo-random number from 0 to 1 for a time bucket. The constants are from the splitmix64
    algorithm.
    """
    mixed = (bucket * 0x9E3779B97F4A7C15 + salt) & _MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ mixed >> 31) / _MASK


def rhythms_of(seed: int, utc_offsets: Sequence[int]) -> tuple[Rhythm, ...]:
    """Return all rhythms of all sites as a tuple. The function `rhythm_number` returns positions in this tuple.

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
    """Return the position of the rhythm with an almost constant load, for the same site and variant as this rhythm.

    Both numbers are positions in the result of `rhythms_of`.
    """
    return rhythm_number(number // (len(TEMPERS) * VARIANTS), Temper.STEADY, number)


def rhythm_number(place: int, temper: Temper, variant: int) -> int:
    """Return the position in the result of `rhythms_of` of the rhythm with this site, daily pattern and variant.

    `place` is the number of the site, from 0.
    """
    return (place * len(TEMPERS) + TEMPERS.index(temper)) * VARIANTS + variant % VARIANTS
