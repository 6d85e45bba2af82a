"""Create a Datadog monitor that watches a metric of the query, as JSON for Datadog's API or as Terraform.

The JSON members are those of `Monitor` in Datadog's official client (API v1). The official client documents
the syntax `formula("…").last("15m") > 1` and the data source `network`. Datadog's page about the monitor
says that a metric is summed, and that formulas are possible. The names of the metrics and of the group-by
fields are not documented anywhere, so the monitor marks them as unproven.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from cnm_tui.core import joined
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.question import tags_as_search
from cnm_tui.core.fields.group_by import AUTO_GROUPS, asked_fields
from cnm_tui.core.metrics.metric import Kind, Metric, Number, Total
from cnm_tui.core.query import Query
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Window

TYPE: Final = "network-performance alert"
UNPROVEN: Final = (
    "compute.metric: Datadog does not document by which name a monitor knows this figure",
    "group_by.facet: Datadog does not document by which name a monitor knows this field",
    "query: Datadog does not document the unit of the figure in a monitor",
)
"""Parts of the monitor that no documentation proves."""
_LARGEST_MINUTES: Final = 2_880
"""The longest window of such a monitor. Source: API reference v1, "Network Performance Alert Query"."""
_LEAST_MINUTES: Final = 5
_MOST_GROUPS: Final = 100
_SUMS: Final[Mapping[str, tuple[str, ...]]] = {
    "total_bytes": ("bytes_sent_by_client", "bytes_sent_by_server"),
    "bytes_per_second": ("bytes_sent_by_client", "bytes_sent_by_server"),
}
"""Derived figures that are sums of counters."""


class Watched(NamedTuple):
    """The metric that a Datadog monitor watches, with its query and time window."""

    query: Query
    window: Window
    metric: Metric
    value: Number | None
    """The value of the row at the cursor, for a figure without limits; None without one."""


class _Condition(NamedTuple):
    formula: str
    figures: tuple[str, ...]
    """Keys of the counters behind query1, query2, …"""
    aggregation: str
    critical: float
    warning: float | None


def monitor_json(watched: Watched) -> list[str]:
    """Return the monitor as lines of JSON, for `POST /api/v1/monitor`.

    Raises:
        InvalidQuery: No alert condition is possible for this metric.
    """
    return json.dumps(_monitor(watched), indent=2, ensure_ascii=False).split("\n")


def monitor_terraform(watched: Watched) -> list[str]:
    """Return the monitor as lines of Terraform, with a `datadog_monitor` resource.

    Raises:
        InvalidQuery: No alert condition is possible for this metric.
    """
    return list(_terraform(_monitor(watched)))


def has_condition(watched: Watched) -> bool:
    """True if a monitor is possible for this metric."""
    try:
        _condition(watched)
    except InvalidQuery:
        return False
    return True


def _condition(watched: Watched) -> _Condition:
    metric, threshold = watched.metric, watched.metric.threshold
    counters = watched.query.endpoint.counted_keys
    if threshold is not None and threshold.of.kind is not Kind.ITSELF:
        below = [counters[at] for at in threshold.of.counters]
        names = [f"query{number}" for number in range(2, len(below) + 2)]
        divisor = names[0] if len(names) == 1 else f"({' + '.join(names)})"
        figures = (metric.counted_by.key, *below)
        return _Condition(f"query1 / {divisor}", figures, "sum", threshold.bad, threshold.odd)
    if threshold is not None:
        return _Condition("query1", (metric.key,), "avg", threshold.bad, threshold.odd)
    if watched.value is None:
        raise InvalidQuery(f"No limit is known of {metric.label}, and this row has no value.")
    figures = _SUMS.get(metric.key, (metric.key,))
    if not set(figures) <= set(counters):
        raise InvalidQuery(f"{metric.label} is made of figures that a monitor cannot add up.")
    formula = " + ".join(f"query{number}" for number in range(1, len(figures) + 1))
    if metric.key == "bytes_per_second":
        formula = f"({formula}) / {60 * _minutes(watched.window)}"
    aggregation = "avg" if metric.total is Total.WEIGHTED_MEAN else "sum"
    return _Condition(formula, figures, aggregation, float(watched.value), None)


def _monitor(watched: Watched) -> dict[str, Any]:
    condition, metric = _condition(watched), watched.metric
    # A monitor belongs to one profile, whose service knows no other one.
    query = joined.without_profile(watched.query)
    fields = asked_fields(query.group_bys)
    if not query.endpoint.has_monitors:
        raise InvalidQuery(f"A monitor is drafted for connections only, not for {query.endpoint.rows_noun}.")
    thresholds = {"critical": condition.critical}
    if condition.warning is not None:
        thresholds["warning"] = condition.warning
    search = clean(query.search or tags_as_search(query.tags))
    return {
        "name": f"Network: {metric.label} of {clean(', '.join(fields), 150) or 'all traffic'}",
        "type": TYPE,
        "query": f'formula("{condition.formula}").last("{_minutes(watched.window)}m") > {_number(condition.critical)}',
        "message": _message(metric, condition, watched.query),
        "tags": ["created_by:cnm-tui"],
        # Nobody is notified by a draft: unproven parts are to be checked first.
        "draft_status": "draft",
        "options": {
            "thresholds": thresholds,
            "variables": [
                _variable(number, key, condition.aggregation, search, fields)
                for number, key in enumerate(condition.figures, 1)
            ],
        },
    }


def _message(metric: Metric, condition: _Condition, query: Query) -> str:
    limit = "" if condition.warning is not None else " The limit is the value of one row when this was written."
    auto = [name for name in query.group_bys if name in AUTO_GROUPS]
    grouped = f" It groups by all fields of {' and '.join(auto)}, where rows have the first one that is there."
    unproven = "; ".join(UNPROVEN)
    # Without the search: an @ in it would notify somebody.
    about = f"{metric.meaning}{limit}{grouped if auto else ''}"
    return f"{about} Made by cnm-tui. Unproven, check before you publish it: {unproven}."


def _number(number: float) -> str:
    """Return a number as text without an exponent, which the syntax of monitors does not allow."""
    return f"{Decimal(repr(number)):f}".removesuffix(".0")


def _variable(number: int, key: str, aggregation: str, search: str, fields: Sequence[str]) -> dict[str, Any]:
    groups = [
        {"facet": field, "limit": _MOST_GROUPS, "sort": {"aggregation": aggregation, "metric": key, "order": "desc"}}
        for field in map(clean, fields)
    ]
    return {
        "data_source": "network",
        "name": f"query{number}",
        "search": {"query": search},
        "indexes": ["*"],
        "compute": {"aggregation": aggregation, "metric": key},
        "group_by": groups,
    }


def _minutes(window: Window) -> int:
    return max(_LEAST_MINUTES, min(round(window.seconds / 60), _LARGEST_MINUTES))


# Terraform. Source: the provider's documentation of `datadog_monitor`; in its language `${` and `%{` begin templates,
# and doubling the sign is ambiguous behind another one.

_TEMPLATE: Final = re.compile(r"[$%](?=\{)")


def _terraform(monitor: Mapping[str, Any]) -> Iterator[str]:
    options = monitor["options"]
    yield from (f"# Unproven, check before you publish it: {part}." for part in UNPROVEN)
    yield 'resource "datadog_monitor" "network" {'
    for name in ("name", "type", "query", "message"):
        yield f"  {name} = {_quoted(monitor[name])}"
    yield f"  tags = [{', '.join(map(_quoted, monitor['tags']))}]"
    yield f"  draft_status = {_quoted(monitor['draft_status'])}"
    yield ""
    yield "  monitor_thresholds {"
    yield from (f"    {name} = {_number(limit)}" for name, limit in options["thresholds"].items())
    yield "  }"
    yield ""
    yield "  variables {"
    for variable in options["variables"]:
        yield from _event_query(variable)
    yield "  }"
    yield "}"


def _event_query(variable: Mapping[str, Any]) -> Iterator[str]:
    yield "    event_query {"
    yield f"      data_source = {_quoted(variable['data_source'])}"
    yield f"      name = {_quoted(variable['name'])}"
    yield f"      indexes = [{', '.join(map(_quoted, variable['indexes']))}]"
    yield f"      search {{ query = {_quoted(variable['search']['query'])} }}"
    yield "      compute {"
    yield f"        aggregation = {_quoted(variable['compute']['aggregation'])}"
    yield f"        metric = {_quoted(variable['compute']['metric'])}"
    yield "      }"
    for group in variable["group_by"]:
        yield "      group_by {"
        yield f"        facet = {_quoted(group['facet'])}"
        yield f"        limit = {group['limit']}"
        yield "        sort {"
        yield from (f"          {name} = {_quoted(group['sort'][name])}" for name in ("aggregation", "metric", "order"))
        yield "        }"
        yield "      }"
    yield "    }"


def _quoted(text: str) -> str:
    """Return a text as a quoted string in Terraform syntax."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _TEMPLATE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", escaped) + '"'
