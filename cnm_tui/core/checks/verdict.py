"""The verdict of a check, from its conditions in one answer or in several ones after each other."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from cnm_tui.core.checks.conditions import Condition, row_parts_of
from cnm_tui.core.checks.judging import Ground, Outcome, Truth, ground_of, judged
from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean


class Verdict(Enum):
    """The end of a check; its value is the exit code of the program."""

    PASSED = 0
    FAILED = 5
    NO_DATA = 6
    UNCERTAIN = 7

    @property
    def words(self) -> str:
        """Return the verdict in words."""
        return {"NO_DATA": "no data", "UNCERTAIN": "could not tell"}.get(self.name, self.name.lower())


_GRAVEST_FIRST = (Verdict.FAILED, Verdict.UNCERTAIN, Verdict.NO_DATA, Verdict.PASSED)


class Check(NamedTuple):
    """A question with conditions on its rows."""

    name: str
    """Its name in settings.toml; empty for one of the command line."""
    query: Query
    row_filter: RowFilter
    fail_if: tuple[Condition, ...]
    warn_if: tuple[Condition, ...]
    times: int = 1
    """Number of answers, one after the other, in which it must fail."""
    every_seconds: float = 0
    """Seconds between two questions."""


class Sample(NamedTuple):
    """The conditions of a check, judged on one answer."""

    ground: Ground
    failing: tuple[Outcome, ...]
    warning: tuple[Outcome, ...]

    @property
    def verdict(self) -> Verdict:
        """Return the verdict of this answer alone."""
        truths = {outcome.truth for outcome in self.failing}
        if not self.ground.positions:
            # Rows may be among those that were cut.
            return Verdict.NO_DATA if self.ground.has_all_rows else Verdict.UNCERTAIN
        if Truth.YES in truths:
            return Verdict.FAILED
        return Verdict.UNCERTAIN if Truth.UNKNOWN in truths else Verdict.PASSED

    @property
    def warns(self) -> bool:
        """True if a condition for a warning holds."""
        return bool(self.ground.positions) and any(outcome.truth is Truth.YES for outcome in self.warning)


class Result(NamedTuple):
    """A check with its answers so far."""

    check: Check
    samples: tuple[Sample, ...]

    @property
    def last(self) -> Sample:
        """The latest answer, judged."""
        return self.samples[-1]

    @property
    def is_decided(self) -> bool:
        """True if no further answer is needed: it passed, or enough answers are there."""
        return self.last.verdict is Verdict.PASSED or len(self.samples) >= self.check.times

    @property
    def verdict(self) -> Verdict:
        """Return the verdict: failed only if every answer failed."""
        if any(sample.verdict is Verdict.PASSED for sample in self.samples):
            return Verdict.PASSED
        seen = {sample.verdict for sample in self.samples}
        return next(verdict for verdict in (Verdict.NO_DATA, Verdict.UNCERTAIN, Verdict.FAILED) if verdict in seen)

    @property
    def warns(self) -> bool:
        """True if a condition for a warning holds in every answer."""
        return all(sample.warns for sample in self.samples)


def sampled(check: Check, answer: Snapshot) -> Sample:
    """Return the conditions of a check, judged on an answer."""
    filtered = row_parts_of(clean(check.row_filter.text), answer.query.endpoint)
    ground = ground_of(answer, filtered)
    fails, warns = (tuple(judged(one, ground) for one in found) for found in (check.fail_if, check.warn_if))
    return Sample(ground, fails, warns)


def gravest(results: Sequence[Result]) -> Verdict:
    """Return the gravest verdict of several checks."""
    found = {result.verdict for result in results}
    return next(verdict for verdict in _GRAVEST_FIRST if verdict in found)
