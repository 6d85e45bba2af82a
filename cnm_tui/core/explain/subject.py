"""Choose the metric to explain.

The program tries these in order: the column at the cursor, the row's finding, the sort, and the worst row.
The first of them that leads to a metric is used.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.explain.measure import can_be_explained
from cnm_tui.core.findings.rule import Severity
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.sorting import SortKey


class Subject(NamedTuple):
    """The metric to explain, and whether it is explained for the chosen rows or for the whole query."""

    metric: Metric
    of_rows: bool
    """False if another row has the finding, so that the whole question is to be explained."""


def chosen_subject(
    shown: Snapshot, column: str | None, row_ids: Sequence[str], sort: Sequence[SortKey]
) -> Subject | None:
    """Return the metric to explain.

    Return None if no metric is found from the cursor, the findings and the sort.

    Args:
        shown: The response with the rows.
        column: Key of the column at the cursor.
        row_ids: Ids of the chosen rows. The first row with a finding is used.
        sort: The current sort columns.
    """
    positions = [shown.position_of[row_id] for row_id in row_ids if row_id in shown.position_of]
    sorted_by = [key.column for key in sort]
    of_rows = _first(shown, [column, *_deciding(shown, positions), *sorted_by])
    if of_rows is not None:
        return Subject(of_rows, bool(positions))
    worst = _first(shown, _deciding(shown, diagnosed(shown).worst_first()[:1]))
    return None if worst is None else Subject(worst, of_rows=False)


class FoundSubject(NamedTuple):
    """A finding of the response that can be explained, with the position of the worst row that has this finding."""

    title: str
    """The finding in words."""
    metric: Metric
    position: int
    """Position of its worst row."""


def found_subjects(shown: Snapshot) -> list[FoundSubject]:
    """Return the different findings of a response that can be explained, each only once, the worst first."""
    found: dict[str, FoundSubject] = {}
    diagnosis = diagnosed(shown)
    for position in diagnosis.worst_first():
        code = diagnosis.found[position].code
        if diagnosis.found[position].severity is Severity.NONE:
            break
        ranked = diagnosis.ranked(position)
        metric = _first(shown, [ranked[0].metric]) if ranked else None
        if code not in found and metric is not None:
            found[code] = FoundSubject(diagnosis.rule(position).title, metric, position)
    return list(found.values())


def _deciding(shown: Snapshot, positions: Iterable[int]) -> list[str]:
    """Return the keys of the metrics that caused the findings of these rows."""
    return [ranked[0].metric for position in positions if (ranked := diagnosed(shown).ranked(position))]


def _first(shown: Snapshot, keys: Iterable[str | None]) -> Metric | None:
    metrics = shown.endpoint.metrics
    known = (metrics[key] for key in keys if key is not None and key in metrics)
    return next((metric for metric in known if can_be_explained(metric)), None)
