"""All that is true of one endpoint as one value, so that another kind of rows is another value and no other code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final

from cnm_tui.core.fields.group_by import CATALOGUE, PRESETS, USUAL, Field, Ladders, Preset
from cnm_tui.core.metrics.connections import COUNTED, DERIVED, SHORT_NAMES, SHOWN_ORDER
from cnm_tui.core.metrics.health import is_judged
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, ChangeForm, Columns, Metric, Number, totals


@dataclass(frozen=True, eq=False)
class Endpoint:
    """Where rows come from, which figures they have, and by which fields they can be grouped."""

    path: str
    """Below the root of the API."""
    counted: tuple[Metric, ...]
    """Figures that the endpoint sends, by whose keys rows are decoded; the position of each is its `counter`."""
    shown_order: tuple[str, ...]
    """Keys of the columns from left to right."""
    volume: str
    """Key of the figure that says how much a row matters: by it rows are sorted at first, and shares are taken."""
    fields: Mapping[str, Field]
    """Every documented field by its name, those used most first on each side."""
    group_bys: tuple[str, ...]
    """Fields that are asked for at first."""
    derived: tuple[Metric, ...] = ()
    """Figures that follow from the counted ones."""
    short_names: Mapping[str, Metric] = field(default_factory=lambda: MappingProxyType({}))
    """What people call figures, beside their keys and headings."""
    presets: tuple[Preset, ...] = ()
    """Groupings asked for most, the first under the digit 1."""
    drill_paths: Ladders = field(default_factory=lambda: MappingProxyType({}))
    """By a field, the next finer ones."""

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Return all figures by their keys."""
        return {metric.key: metric for metric in (*self.counted, *self.derived)}

    @cached_property
    def counted_keys(self) -> tuple[str, ...]:
        """Return the names of the figures in a row's JSON."""
        return tuple(metric.key for metric in self.counted)

    @cached_property
    def judged(self) -> Sequence[Metric]:
        """Return the figures by which a row can be worse or better, in the order of the columns."""
        return tuple(metric for key in self.shown_order if is_judged(metric := self.metrics[key]))

    @cached_property
    def names(self) -> Mapping[str, Metric]:
        """Return the figures by all that people call them, in lower case, with underscores for spaces."""
        by_heading = {metric.label.casefold().replace(" ", "_"): metric for metric in self.metrics.values()}
        return {**self.metrics, **by_heading, **self.short_names}

    def change_form_of(self, key: str) -> ChangeForm | None:
        """Return how a column with this key tells a change; None where it is no such column."""
        form, _, metric_key = key.partition(".")
        told = (ChangeForm.PERCENT.value, ChangeForm.CHANGE.value)
        return ChangeForm(form) if form in told and metric_key in self.metrics else None

    def of_comparison(self, key: str) -> bool:
        """True for the key of a column that only a comparison has."""
        return key == JUDGED_BY_KEY or self.change_form_of(key) is not None

    def totals(self, columns: Columns, window_seconds: float) -> Mapping[str, Number | None]:
        """Return each figure for all rows together, by its key; None where none of them has it."""
        return totals(self.counted, self.derived, columns, window_seconds)


CONNECTIONS: Final = Endpoint(
    path="/api/v2/network/connections/aggregate",
    counted=COUNTED,
    shown_order=SHOWN_ORDER,
    volume="total_bytes",
    fields=CATALOGUE,
    group_bys=("client_service", "server_service"),
    derived=DERIVED,
    short_names=SHORT_NAMES,
    presets=PRESETS,
    drill_paths=USUAL,
)
"""Aggregated connections. Source: API reference v2, "Get all aggregated connections"."""
