"""Calculate the verdict (final result) of a check from one response, or from several consecutive responses."""

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
    """The final result of a check, for example passed or failed. Its number is the exit code of the program."""

    PASSED = 0
    FAILED = 5
    NO_DATA = 6
    UNCERTAIN = 7

    @property
    def words(self) -> str:
        """Return the verdict as a text, for example `no data`."""
        return {"NO_DATA": "no data", "UNCERTAIN": "could not tell"}.get(self.name, self.name.lower())


_GRAVEST_FIRST = (Verdict.FAILED, Verdict.UNCERTAIN, Verdict.NO_DATA, Verdict.PASSED)


class Check(NamedTuple):
    """A query, with conditions that are tested on its rows."""

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
    """One response to the query of a check, with the results of testing all conditions on its rows."""

    ground: Ground
    failing: tuple[Outcome, ...]
    warning: tuple[Outcome, ...]

    @property
    def verdict(self) -> Verdict:
        """Return the verdict (for example passed or failed) that follows from this response alone."""
        truths = {outcome.truth for outcome in self.failing}
        if not self.ground.positions:
            # Rows may be among those that were cut.
            return Verdict.NO_DATA if self.ground.has_all_rows else Verdict.UNCERTAIN
        if Truth.YES in truths:
            return Verdict.FAILED
        return Verdict.UNCERTAIN if Truth.UNKNOWN in truths else Verdict.PASSED

    @property
    def warns(self) -> bool:
        """True if one of the `--warn-if` conditions is true for the rows of this response."""
        return bool(self.ground.positions) and any(outcome.truth is Truth.YES for outcome in self.warning)


class Result(NamedTuple):
    """A check, with the results of all responses so far."""

    check: Check
    samples: tuple[Sample, ...]

    @property
    def last(self) -> Sample:
        """The latest response, with the results of testing all conditions on its rows."""
        return self.samples[-1]

    @property
    def is_decided(self) -> bool:
        """True if no further response is needed for the verdict.

        This is the case if the check has passed, or if the required number of responses has been received.
        """
        return self.last.verdict is Verdict.PASSED or len(self.samples) >= self.check.times

    @property
    def verdict(self) -> Verdict:
        """Return the verdict of all responses. The check fails only if every response fails."""
        if any(sample.verdict is Verdict.PASSED for sample in self.samples):
            return Verdict.PASSED
        seen = {sample.verdict for sample in self.samples}
        return next(verdict for verdict in (Verdict.NO_DATA, Verdict.UNCERTAIN, Verdict.FAILED) if verdict in seen)

    @property
    def warns(self) -> bool:
        """True if every response made at least one `--warn-if` condition true."""
        return all(sample.warns for sample in self.samples)


def sampled(check: Check, answer: Snapshot) -> Sample:
    """Test all conditions of a check on a response, and return the results."""
    filtered = row_parts_of(clean(check.row_filter.text), answer.query.endpoint)
    ground = ground_of(answer, filtered)
    fails, warns = (tuple(judged(one, ground) for one in found) for found in (check.fail_if, check.warn_if))
    return Sample(ground, fails, warns)


def gravest(results: Sequence[Result]) -> Verdict:
    """Return the most serious verdict of several checks."""
    found = {result.verdict for result in results}
    return next(verdict for verdict in _GRAVEST_FIRST if verdict in found)
