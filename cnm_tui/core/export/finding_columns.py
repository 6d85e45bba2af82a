"""Define the columns that `query --diagnose` adds to the rows, with the finding of each row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.findings.rule import Severity
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.table.table import Table

_SEVERITY: Final = "severity"
_SEVERITY_WIDTH: Final = max(len(_SEVERITY), *(len(severity.word) for severity in Severity))


class FindingColumns:
    """The columns with the code and the severity of each row's finding."""

    names: Final = (FINDING.key, _SEVERITY)

    def __init__(self, table: Table) -> None:
        self._snapshot = table.snapshot
        self._order = table.order
        self._diagnosis = diagnosed(table.snapshot)

    @property
    def widths(self) -> Sequence[int]:
        """The widths of the columns in a text table, in terminal columns."""
        codes = self._snapshot.endpoint.findings().by_code
        return max(len(FINDING.key), *map(len, codes)), _SEVERITY_WIDTH

    @property
    def summary(self) -> str:
        """The number of unhealthy rows in the whole response as text, for example `2 critical · 5 warnings`."""
        return self._diagnosis.summary

    @property
    def counted(self) -> str:
        """The number of unhealthy rows in the table as text. Rows that the filter hides are not counted."""
        return self._diagnosis.summary_of(self._order)

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of rows in the whole response for each severity, the most severe first."""
        return {severity.word: self._diagnosis.counts.get(severity, 0) for severity in reversed(Severity)}

    def texts(self, position: int) -> tuple[str, ...]:
        """Return the code and the severity of the finding of the row at this position."""
        found = self._diagnosis.found[position]
        return found.code, found.severity.word

    def for_programs(self) -> Sequence[Iterable[Any]]:
        """Return three columns for all rows of the table: code, severity and evidence of the finding."""
        found = [self._diagnosis.found[position] for position in self._order]
        evidence = (explained(self._snapshot, position).evidence for position in self._order)
        return (one.code for one in found), (one.severity.word for one in found), evidence
