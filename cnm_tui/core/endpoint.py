"""All facts about one endpoint as one value, so that another endpoint is another value and needs no other code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final

from cnm_tui.core.fields.group_by import CATALOGUE, PRESETS, USUAL, Field, Ladders, Preset
from cnm_tui.core.metrics.connections import COUNTED, DERIVED, SHORT_NAMES, SHOWN_ORDER
from cnm_tui.core.metrics.extra import BEGAN, FINDING, TREND, ExtraName
from cnm_tui.core.metrics.health import is_judged
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, ChangeForm, Columns, Metric, Number, totals


@dataclass(frozen=True, eq=False)
class Endpoint:
    """The path of an endpoint, its metrics, and its fields."""

    path: str
    """Path below the root of the API."""
    counted: tuple[Metric, ...]
    """Metrics that the endpoint sends, named as in its JSON; the position of each is its `counter`."""
    shown_order: tuple[str, ...]
    """Keys of the metric columns from left to right."""
    volume: str
    """Key of the metric for the size of a row, used for the default sort and for shares."""
    fields: Mapping[str, Field]
    """Every documented field by name, the most used ones first on each side."""
    group_bys: tuple[str, ...]
    """Default group-bys."""
    derived: tuple[Metric, ...] = ()
    """Metrics computed from the counted ones."""
    extra_names: tuple[ExtraName, ...] = ()
    """Names of further columns, in the order of the screen."""
    short_names: Mapping[str, Metric] = field(default_factory=lambda: MappingProxyType({}))
    """Short names of metrics, beside keys and headings."""
    presets: tuple[Preset, ...] = ()
    """Common combinations of fields; the first has the keyboard key 1."""
    drill_paths: Ladders = field(default_factory=lambda: MappingProxyType({}))
    """For a field the next finer ones."""

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Return all metrics by key."""
        return {metric.key: metric for metric in (*self.counted, *self.derived)}

    @cached_property
    def extras(self) -> Mapping[str, ExtraName]:
        """Return the names of further columns by key."""
        return {name.key: name for name in self.extra_names}

    @cached_property
    def counted_keys(self) -> tuple[str, ...]:
        """Return the names of the counted metrics in a row's JSON."""
        return tuple(metric.key for metric in self.counted)

    @cached_property
    def judged(self) -> Sequence[Metric]:
        """Return the metrics in which a row can be worse or better, in the order of the columns."""
        return tuple(metric for key in self.shown_order if is_judged(metric := self.metrics[key]))

    @cached_property
    def names(self) -> Mapping[str, Metric]:
        """Return the metrics by all their names, in lower case, with underscores for blanks."""
        by_heading = {metric.label.casefold().replace(" ", "_"): metric for metric in self.metrics.values()}
        return {**self.metrics, **by_heading, **self.short_names}

    def change_form_of(self, key: str) -> ChangeForm | None:
        """Return the change form of a column key; None for other columns."""
        form, _, metric_key = key.partition(".")
        told = (ChangeForm.PERCENT.value, ChangeForm.CHANGE.value)
        return ChangeForm(form) if form in told and metric_key in self.metrics else None

    def of_comparison(self, key: str) -> bool:
        """True for the key of a column that exists only in a comparison."""
        return key == JUDGED_BY_KEY or self.change_form_of(key) is not None

    def totals(self, columns: Columns, window_seconds: float) -> Mapping[str, Number | None]:
        """Return each metric for all rows together, by key; None if no row has it."""
        return totals(self.counted, self.derived, columns, window_seconds)


CONNECTIONS: Final = Endpoint(
    path="/api/v2/network/connections/aggregate",
    counted=COUNTED,
    shown_order=SHOWN_ORDER,
    volume="total_bytes",
    fields=CATALOGUE,
    group_bys=("client_service", "server_service"),
    derived=DERIVED,
    extra_names=(FINDING, TREND, BEGAN),
    short_names=SHORT_NAMES,
    presets=PRESETS,
    drill_paths=USUAL,
)
"""Aggregated connections. Source: API reference v2, "Get all aggregated connections"."""
