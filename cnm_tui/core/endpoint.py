"""Store all facts about an API endpoint in one object.

To support a further API endpoint, only another object is needed, and no new code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from cnm_tui.core import fields, findings
from cnm_tui.core.fields.group_by import CATALOGUE, PRESETS, USUAL, Field, Ladders, Preset
from cnm_tui.core.metrics.connection_limits import shows_counts
from cnm_tui.core.metrics.connections import COUNTED, DERIVED, SHORT_NAMES, SHOWN_ORDER
from cnm_tui.core.metrics.extra import BEGAN, FINDING, TREND, ExtraName
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, ChangeForm, Columns, Metric, Number, totals
from cnm_tui.core.units import BYTES, bytes_text

if TYPE_CHECKING:
    from cnm_tui.core.fields.recommended_view import RecommendedView
    from cnm_tui.core.findings.rule import Findings


class Examples(NamedTuple):
    """Example texts for hints, with metrics and fields of one API endpoint."""

    conditions: str
    change: str
    names: str
    figure: str
    between: tuple[str, str]
    absent: str
    worse: str
    """A figure of which more is worse."""
    both_ends: str
    check: str
    """A condition of a check on rows."""
    on_rows: str
    on_all: str
    """Conditions of a check on all rows together."""


FigureGroups = tuple[tuple[str, tuple[str, ...]], ...]
"""Headings of the detail pane, each with the keys of its figures."""
_FIGURE_GROUPS: Final[FigureGroups] = (
    ("Speed", ("rtt_micro_seconds",)),
    ("Failures", ("tcp_refusals", "tcp_resets", "tcp_timeouts")),
    ("TCP", tuple(key for key in SHOWN_ORDER if key.startswith("tcp_") or key == "retransmit_share")),
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Endpoint:
    """An API endpoint, for example the one for connections or the one for DNS traffic.

    The object contains the URL path, the metrics and the fields, and how they are displayed and judged.
    """

    name: str
    """Its name in files and options."""
    path: str
    """Path below the root of the API."""
    row_type: str
    """The JSON `type` of its rows."""
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
    rows_noun: str
    """The noun for what its rows are made of, for sentences."""
    row_noun: str
    """The noun for one row, as a title."""
    title: str
    """The title of exported rows."""
    examples: Examples
    """Examples for hints."""
    client_method: str
    """The method of Datadog's Python client for this endpoint."""
    web_path: str
    """The path of Datadog's web page about it."""
    beside: str
    """The name of the endpoint that is one key away."""
    name_field: str
    """The field with the name that a client looks up, or connects to."""
    name_group_bys: tuple[str, ...]
    """Group-bys for rows about one name."""
    label: str = ""
    """A short name beside questions; empty for the usual endpoint, which needs none."""
    option: str = ""
    """The command-line option for this endpoint; empty for the default one."""
    needed_by: str = ""
    """The features that need it, for who may not ask it; empty for the usual endpoint, which all need."""
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
    check_group_bys: Callable[[tuple[str, ...]], None] = lambda _group_bys: None
    """Raises InvalidQuery for fields that the endpoint does not group by together."""
    lists_pairs: bool = False
    """True if group-bys and metrics of a row are lists of {key, value}; False for objects."""
    id_joint: str = ", "
    """The text between two groups in a row's id."""
    figure_groups: FigureGroups = ()
    """Groups of figures in the detail pane, after one for all other figures; a figure belongs to its first group."""
    has_monitors: bool = False
    """True if a monitor of Datadog can watch its figures."""
    has_longer_names: bool = False
    """True if a name may also be there with more behind it, as Kubernetes' search path makes them."""
    has_reverse_rows: bool = False
    """True if a row from A to B may have one from B to A."""
    constant_groups: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Fields that do not split the rows, each with the constant text for its column."""
    shows_counts: Callable[[Columns, float], bool] | None = None
    """Returns True if an answer proves that metrics with `may_be_rate` are counts; None without such metrics."""
    recommended_views: "Callable[[], Sequence[RecommendedView]]" = lambda: ()
    """Returns the recommended views, the most useful ones first; imported on the first call, as few runs need them."""
    findings: "Callable[[], Findings]" = lambda: findings.NO_FINDINGS
    """Returns the rules of what can be wrong with a row; imported on the first call."""

    @cached_property
    def metrics(self) -> Mapping[str, Metric]:
        """Return all metrics as a dict from the metric's key to the metric."""
        return {metric.key: metric for metric in (*self.counted, *self.derived)}

    @cached_property
    def volume_metric(self) -> Metric:
        """Return the metric that measures the size of a row, for example bytes."""
        return self.metrics[self.volume]

    def volume_text(self, number: Number) -> str:
        """Return a size as text for a sentence, for example `1.2 GB` or `1,200 requests`."""
        metric = self.volume_metric
        return bytes_text(number) if metric.scale is BYTES else f"{metric.scale.text(number)} {metric.unit}"

    @cached_property
    def extras(self) -> Mapping[str, ExtraName]:
        """Return the names of the additional columns (such as FINDING and TREND), as a dict from column key to name."""
        return {name.key: name for name in self.extra_names}

    @cached_property
    def counted_keys(self) -> tuple[str, ...]:
        """Return the JSON names of the metrics that the API sends in each row."""
        return tuple(metric.key for metric in self.counted)

    @cached_property
    def judged(self) -> Sequence[Metric]:
        """Return the metrics by which a row can be judged worse or better, in the order of the columns."""
        return tuple(metric for key in self.shown_order if (metric := self.metrics[key]).is_judged)

    @cached_property
    def names(self) -> Mapping[str, Metric]:
        """Return a dict that maps each name of a metric to the metric.

        A metric has several names: its key, its column heading and its short name. Headings are in lower case, with
        underscores in place of blanks.
        """
        by_heading = {metric.label.casefold().replace(" ", "_"): metric for metric in self.metrics.values()}
        return {**self.metrics, **by_heading, **self.short_names}

    def change_form_of(self, key: str) -> ChangeForm | None:
        """Return the form in which a column shows changes: as a number or in percent.

        Return None if the key belongs to a column that shows no changes.
        """
        form, _, metric_key = key.partition(".")
        told = (ChangeForm.PERCENT.value, ChangeForm.CHANGE.value)
        return ChangeForm(form) if form in told and metric_key in self.metrics else None

    def of_comparison(self, key: str) -> bool:
        """True if `key` is the key of a column that exists only in a comparison with a baseline."""
        return key == JUDGED_BY_KEY or self.change_form_of(key) is not None

    def is_ranked_by_evidence(self, key: str) -> bool:
        """True if `key` is the key of a column in which little traffic alone can cause a large value.

        Examples are percentages and their changes. The result is False for the change of a count as a number,
        because such a change needs no minimum traffic.
        """
        form = self.change_form_of(key)
        metric = self.metrics.get(key if form is None else key.partition(".")[2])
        if metric is None:
            return False
        return metric.is_judged if form is ChangeForm.PERCENT else metric.ranked_by_evidence

    def totals(self, columns: Columns, window_seconds: float) -> Mapping[str, Number | None]:
        """Return the number of each metric for all rows together, as a dict from metric key to number.

        The number is None if no row has a value for the metric.
        """
        return totals(self.counted, self.derived, columns, window_seconds)


CONNECTIONS: Final = Endpoint(
    name="connections",
    path="/api/v2/network/connections/aggregate",
    row_type="aggregated_connection",
    counted=COUNTED,
    shown_order=SHOWN_ORDER,
    volume="total_bytes",
    fields=CATALOGUE,
    group_bys=("client_service", "server_service"),
    rows_noun="connections",
    row_noun="Connection",
    title="Network connections",
    examples=Examples(
        conditions="rtt>50ms · bytes>=1.5GB",
        change="d:rtt>20%",
        names="rtt, bytes, rate, retrans%, refusals",
        figure="rtt>50ms",
        between=("rtt=1..5ms", "from 1 to 5"),
        absent="rtt=none",
        worse="RTT",
        both_ends="client_service,server_service",
        check="retransmits%>2 or critical",
        on_rows="any(rtt>1s), all(rtt>1s) or count(critical)>3",
        on_all="sum(refusals)>100 or p95(rtt)>200ms",
    ),
    client_method="get_aggregated_connections",
    web_path="/network",
    beside="dns",
    name_field="server_domain",
    name_group_bys=("client_service", "server_service", "server_domain"),
    has_monitors=True,
    has_reverse_rows=True,
    derived=DERIVED,
    extra_names=(FINDING, TREND, BEGAN),
    figure_groups=_FIGURE_GROUPS,
    short_names=SHORT_NAMES,
    presets=PRESETS,
    drill_paths=USUAL,
    shows_counts=shows_counts,
    recommended_views=lambda: fields.CONNECTION_VIEWS,
    findings=lambda: findings.CONNECTION_FINDINGS,
)
"""Aggregated connections. Source: API reference v2, "Get all aggregated connections"."""
