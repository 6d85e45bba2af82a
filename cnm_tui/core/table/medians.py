"""Calculate the median of each metric over all rows of a snapshot. Single rows are compared with these medians."""

from collections.abc import Mapping
from typing import Final
from weakref import WeakKeyDictionary

from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.snapshot import Snapshot

LEAST_ROWS: Final = 3
"""Minimum number of rows for a useful median."""

_known: Final[WeakKeyDictionary[Snapshot, Mapping[str, Number]]] = WeakKeyDictionary()


def medians(snapshot: Snapshot) -> Mapping[str, Number]:
    """Return the median of each metric over the rows in which it was measured. The dictionary keys are the metric
    keys.

    A metric is left out if too few rows have a number for it. The result is computed once and cached.
    """
    answer = snapshot.answer
    known = _known.get(answer)
    if known is None:
        known = _known[answer] = _medians(answer)
    return known


def _medians(snapshot: Snapshot) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for key, metric in snapshot.endpoint.metrics.items():
        measured = metric.measured(snapshot.figures(metric))
        numbers = [number for number in measured if number is not None]
        if len(numbers) >= LEAST_ROWS:
            # Not by the module `statistics`, whose import takes longer.
            found[key] = sorted(numbers)[(len(numbers) - 1) // 2]
    return found
