"""Calculate the findings (problems, such as packet loss) of the rows in a response.

The most important finding of each row is calculated at once, and details are calculated when they are
needed. A finding depends only on the loaded rows and the time window. So the same response always has the
same findings.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from copy import copy
from functools import cached_property
from typing import Final
from weakref import WeakKeyDictionary

from cnm_tui.core.findings.rule import GONE, Found, Held, Rows, Rule, Severity
from cnm_tui.core.metrics.metric import Counters
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import plural

NO_WARNINGS: Final = "no warnings"
_MOST_SECONDS: Final = 1e9
"""More time lost than any row has; small enough that a microsecond still makes a difference beside it."""


class Diagnosis:
    """The findings of all rows of a response, in the order of the rows."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._findings = snapshot.endpoint.findings()
        self._rows = Rows(snapshot.columns, snapshot.query.group_bys, snapshot.group_texts)
        self.judge = self._findings.judge(self._rows)
        self.found: Sequence[Found] = self.judge.found
        """The most important finding of each row."""

    def __len__(self) -> int:
        return len(self.found)

    def beside_gone(self, rows: int) -> "Diagnosis":
        """Return a copy of these findings for a comparison that has `rows` rows.

        The additional rows at the end are only in the baseline of the comparison. They receive the finding `GONE`.
        """
        diagnosis = copy(self)
        diagnosis.found = [*self.found, *[GONE] * (rows - len(self.found))]
        for counted in ("counts", "ranks", "_severities"):
            diagnosis.__dict__.pop(counted, None)
        return diagnosis

    @cached_property
    def _severities(self) -> bytes:
        return bytes(found.severity for found in self.found)

    @cached_property
    def counts(self) -> Mapping[Severity, int]:
        """The number of rows for each severity, as a dict from the severity to the number."""
        return {severity: self._severities.count(severity) for severity in Severity}

    @cached_property
    def ranks(self) -> Sequence[float]:
        """A number for each row, by which rows can be sorted by importance.

        A more severe finding has a larger number. If the severity is equal, more lost time has a larger number.
        One number sorts 100,000 rows four times as fast as a pair.
        """
        return [
            severity * _MOST_SECONDS + (seconds if seconds < _MOST_SECONDS else _MOST_SECONDS - 1)
            for _, severity, seconds in self.found
        ]

    @cached_property
    def unsettled(self) -> Set[int]:
        """The positions of rows whose finding is uncertain, because it could change if more rows were loaded."""
        return self.judge.unsettled()

    @property
    def summary(self) -> str:
        """Return the number of unhealthy rows as text, for example `2 critical · 5 warnings`."""
        return _counted_text(self.counts)

    def summary_of(self, positions: Sequence[int]) -> str:
        """Return the number of unhealthy rows among the rows at these positions, as text."""
        if len(positions) == len(self.found):
            return self.summary
        # For each key in the filter.
        chosen = bytes(map(self._severities.__getitem__, positions))
        return _counted_text({severity: chosen.count(severity) for severity in Severity})

    def is_ill(self, position: int) -> bool:
        """Return True if the finding of the row at this position is a warning or critical."""
        return self.found[position].is_ill

    def worst_first(self) -> list[int]:
        """Return the positions of all rows, sorted by severity and then by lost time, the worst row first.

        Rows with equal severity and equal lost time keep the order of the response.
        """
        found = self.found
        return sorted(range(len(found)), key=lambda at: (-found[at].severity, -found[at].seconds_lost))

    def counters_at(self, position: int) -> Counters:
        """Return the counters of the row at this position."""
        return self._rows.counters_at(position)

    def ranked(self, position: int) -> Sequence[Held]:
        """Return all findings of a row, the most important first.

        A finding that is only the consequence of another finding is left out.
        """
        return self.judge.ranked(position)

    def rule(self, position: int) -> Rule:
        """Return the rule that produced the finding of this row."""
        return self._findings.by_code[self.found[position].code]


def summary_of(found: Iterable[Found]) -> str:
    """Return as text how many of the findings in `found` are critical, and how many are warnings."""
    return _counted_text(Counter(one.severity for one in found))


def _counted_text(counts: Mapping[Severity, int]) -> str:
    critical, warnings = counts.get(Severity.CRITICAL, 0), counts.get(Severity.WARNING, 0)
    parts = [f"{critical:,} critical"] if critical else []
    parts += [plural(warnings, "warning")] if warnings else []
    return " · ".join(parts) or NO_WARNINGS


_diagnoses: Final[WeakKeyDictionary[Snapshot, Diagnosis]] = WeakKeyDictionary()


def diagnosed(snapshot: Snapshot) -> Diagnosis:
    """Return the findings of a response. They are calculated at the first call, and then stored for later calls."""
    known = known_diagnosis(snapshot)
    if known is None:
        answer = snapshot.answer
        of_answer = Diagnosis(snapshot) if answer is snapshot else diagnosed(answer)
        known = of_answer if answer is snapshot else of_answer.beside_gone(len(snapshot.connections))
        _diagnoses[snapshot] = known
    return known


def known_diagnosis(snapshot: Snapshot) -> Diagnosis | None:
    """Return the findings of a response if they were calculated before, or None."""
    return _diagnoses.get(snapshot)


def findings_by_id(snapshot: Snapshot) -> Mapping[str, Found]:
    """Return the finding of each connection, by the id of the connection."""
    return dict(zip(reversed(snapshot.connections.ids), reversed(diagnosed(snapshot).found), strict=True))
