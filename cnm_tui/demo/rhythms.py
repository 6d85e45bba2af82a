"""The load of a flow over time: day and night, weekends and noise, in closed form.

A rhythm returns the work done since the epoch, exact at the edges of 5-minute buckets and linear between them. So a
window of 14 days costs no more than one of 15 minutes, and the parts of a window add up to the whole.
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
    """The daily load of a service: hour of its peak, depth of its night, quietness of its weekend."""

    PEOPLE = (20, 0.42, 0.0)
    OFFICE = (14, 0.42, 0.16)
    NIGHTLY = (3, 0.52, 0.0)
    STEADY = (12, 0.06, 0.02)

    @property
    def peak_hour(self) -> int:
        """Hour of the peak, in local time."""
        return self.value[0]

    @property
    def swing(self) -> float:
        """Daily amplitude above and below the mean."""
        return self.value[1]

    @property
    def weekend_dip(self) -> float:
        """Reduction on Saturday and Sunday."""
        return self.value[2]


TEMPERS: Final = tuple(Temper)
VARIANTS: Final = 4
"""Number of rhythms with the same place and temper; they differ in noise only."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The load of flows over time; its mean is about 1."""

    temper: Temper
    utc_offset_hours: int
    salt: int

    def work(self, moment: float) -> float:
        """Return the work from the epoch to a moment (epoch seconds); on average 1 per second."""
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
    """Return the integral of a cosine of this height."""
    turn = 2 * math.pi / period
    return height / turn * math.sin(turn * since_crest)


def _noise(bucket: int, salt: int) -> float:
    """Return a pseudo-random number from 0 to 1. Source of the constants: splitmix64."""
    mixed = (bucket * 0x9E3779B97F4A7C15 + salt) & _MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ mixed >> 31) / _MASK


def rhythms_of(seed: int, utc_offsets: Sequence[int]) -> tuple[Rhythm, ...]:
    """Return every rhythm of every place, in the order of `rhythm_number`."""
    return tuple(
        Rhythm(temper, utc_offset, (seed * 0x2545F4914F6CDD1D + 7_919 * place + 131 * variant + number) & _MASK)
        for place, utc_offset in enumerate(utc_offsets)
        for number, temper in enumerate(TEMPERS)
        for variant in range(VARIANTS)
    )


def steadied(number: int) -> int:
    """Return the number of the steady rhythm with the same place and variant."""
    return rhythm_number(number // (len(TEMPERS) * VARIANTS), Temper.STEADY, number)


def rhythm_number(place: int, temper: Temper, variant: int) -> int:
    """Return a rhythm's position in `rhythms_of`."""
    return (place * len(TEMPERS) + TEMPERS.index(temper)) * VARIANTS + variant % VARIANTS
