"""What the local filter says of a comparison: `new`, `gone`, `worse`, `better`, `unsure`, and `Δrtt>20%`."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from cnm_tui.core.compare.change_metrics import CHANGE_METRICS
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.metrics.catalogue import METRICS, ChangeForm, Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import SHARE

CHANGE_SIGN: Final = r"Δ\s*|δ\s*|d:|change\."
"""What stands before a figure where its change is meant, as a pattern; the last two for keyboards without Greek."""
STANDINGS: Final = frozenset({"new", "gone", "worse", "better", "unsure"})
"""Words for rows that stand so; in quotes, or where nothing is compared, they are words like all others."""

_PERCENT: Final = "%"
_POINTS: Final = {"pp": Decimal("0.01"), "": Decimal("0.01")}
_Condition = Callable[[Snapshot, Sequence[int]], list[int]]


def standing_so(word: str, holding: _Condition) -> _Condition:
    """The condition that a row stands as this word says; `holding` is for answers that are not compared."""
    wanted = word.casefold()

    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        if snapshot.baseline is None:
            return holding(snapshot, positions)
        return [position for position in positions if snapshot.standing(position) == wanted]

    return matching


def change_units(metric: Metric, units: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    """Those of a change: those of the figure, and percent of what it was; of a share, percentage points."""
    return {**(_POINTS if metric.scale is SHARE else units), _PERCENT: Decimal("0.01")}


def change_metric(metric: Metric, unit: str) -> Metric:
    """The change that is meant with this unit.

    Raises:
        InvalidQuery: Nothing tells the change of this figure.
    """
    if metric.key not in METRICS:
        raise InvalidQuery(f"No change is told of {metric.key}.", hint="Write one of its parts: Δpackets_sent>20%.")
    return CHANGE_METRICS[(ChangeForm.PERCENT if unit == _PERCENT else ChangeForm.CHANGE).key(metric.key)]
