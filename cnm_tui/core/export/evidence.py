"""Collect the facts about exported rows: their query, time window and service.

The facts also say which rows of the response were exported.
"""

from collections.abc import Mapping
from typing import Any

from cnm_tui.core import export as forms
from cnm_tui.core.compare.change_words import comparison_words, gone_fact
from cnm_tui.core.metrics.extra import BEGAN
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.extra import extra_called
from cnm_tui.core.table.row_words import cut_fact
from cnm_tui.core.table.table import Table
from cnm_tui.core.time.time_range import iso_text, iso_window, window_facts
from cnm_tui.core.units import AS_IT_COMES, plural, seconds_text
from cnm_tui.core.views.arrangement_text import sort_texts


def facts(table: Table, source: str) -> Mapping[str, str]:
    """Return the facts as a dict from name to text, for people. The texts may be unsafe to display.

    Args:
        table: The rows.
        source: Name of the service that sent the rows.
    """
    snapshot, arrangement = table.snapshot, table.arrangement
    query = snapshot.query
    with_what = comparison_words(snapshot, iso_window)
    said = {
        "window": f"{iso_window(snapshot.window)} ({seconds_text(snapshot.window.seconds)})",
        "grouped": ", ".join(query.group_bys) or "not at all",
        "search": query.search,
        "tags": ", ".join(query.tags),
        "filter": arrangement.row_filter.text,
        "chosen": _chosen(table),
        "sorted": ", ".join(sort_texts(table.sort, snapshot.endpoint)) or "in the order of the answer",
        "top": f"{len(table):,} of {plural(len(table.matching), 'row')}" if table.topped else "",
        "timeline": _timeline(table),
        "compared": with_what and f"with {with_what}",
        "gone": gone_fact(snapshot, table.order),
        "fetched": f"{iso_text(snapshot.fetched_at)} from {source}",
        "cut": cut_fact(table),
        "units": _units(table),
        "evidence": _little_evidence(table),
        "unread": f"{plural(snapshot.unreadable, 'row')} of the reply" if snapshot.unreadable else "",
        "warning": snapshot.warning,
    }
    return {name: text for name, text in said.items() if text}


def _connections_are(snapshot: Snapshot) -> Mapping[str, str]:
    """Return a dict for JSON that says if the numbers of connections are known to be counts, and not rates.

    The dict is empty for an API endpoint without numbers of connections.
    """
    if snapshot.endpoint.shows_counts is None:
        return {}
    return {"connections_are": "counts" if snapshot.counts_connections else "not known to be counts or rates"}


def has_timeline(table: Table) -> bool:
    """True if the rows have a timeline, so that their values are known for each time part."""
    return extra_called(BEGAN.key, table.extras, table.snapshot) is not None


def _timeline(table: Table) -> str:
    """Return a text with the time span of the timeline and the number of its time parts.

    The text is empty without a timeline.
    """
    if not has_timeline(table):
        return ""
    timeline = forms.timeline_of(table)
    return "" if timeline is None else forms.timeline_fact(timeline)


def _chosen(table: Table) -> str:
    """Return how many of the displayed rows were chosen for export. The text is empty if all rows are exported."""
    shown = table.chosen_from
    if shown is None or shown in (len(table), len(table.snapshot.connections)):
        return ""
    return f"{len(table):,} of the {plural(shown, 'row')} shown"


def _little_evidence(table: Table) -> str:
    """Return a text about values that are based on too little traffic, with the number of rows for each metric.

    The text is empty if there are no such values. The screen displays them in a muted colour.
    """
    told = []
    for column in table.columns:
        if column.metric is not None and column.metric.ranked_by_evidence:
            thin, figures = table.snapshot.thin(column.key), table.snapshot.figures(column.metric)
            if rows := sum(1 for at in table.order if thin[at] and figures[at]):
                told.append(f"{column.label} of {plural(rows, 'row')}")
    return f"too little to judge {' and '.join(told)}" if told else ""


def _units(table: Table) -> str:
    """Return a sentence about displayed metrics whose unit is unknown. The text is empty if there are none."""
    shown = [
        column.metric
        for column in table.columns
        if column.metric is not None and any(table.snapshot.figures(column.metric))
    ]
    unsure = [] if table.snapshot.counts_connections else [one.label for one in shown if one.may_be_rate]
    as_they_come = [one.label for one in shown if one.scale is AS_IT_COMES]
    told = [f"{' and '.join(unsure)}: count or rate is not known"] if unsure else []
    told += [f"{' and '.join(as_they_come)}: unit not documented"] if as_they_come else []
    return "; ".join(told)


def facts_for_programs(table: Table, source: str) -> dict[str, Any]:
    """Return the facts about exported rows as a dict for JSON.

    The query in the dict has the parameter names of the API.
    """
    snapshot, arrangement = table.snapshot, table.arrangement
    query, window = snapshot.query, snapshot.window
    return {
        "query": {
            "from": window.start,
            "to": window.end,
            "group_by": list(query.group_bys),
            "query": query.search,
            "tags": list(query.tags),
            "limit": query.limit,
        },
        "endpoint": query.endpoint.name,
        "window": window_facts(window),
        "source": source,
        "sort": sort_texts(table.sort, snapshot.endpoint),
        "filter": arrangement.row_filter.text,
        "top": arrangement.top,
        "fetched_at": snapshot.fetched_at,
        "fetched_at_utc": iso_text(snapshot.fetched_at),
        **_compared_with(table),
        "rows": len(table),
        "rows_matching": len(table.matching),
        "rows_of_the_answer": len(snapshot.answer.connections),
        "cut_at_the_limit": snapshot.cut,
        "unreadable_rows": snapshot.unreadable,
        **_connections_are(snapshot),
        "warning": snapshot.warning,
    }


def _compared_with(table: Table) -> dict[str, Any]:
    """Return the facts about the baseline as a dict for JSON. The dict is empty without a comparison."""
    if (baseline := table.snapshot.baseline) is None:
        return {}
    compared = {
        "window": window_facts(baseline.window),
        "fetched_at": baseline.fetched_at,
        "fetched_at_utc": iso_text(baseline.fetched_at),
        "cut_at_the_limit": baseline.cut,
        "up_to_a_bucket_off": table.snapshot.may_be_off,
    }
    return {"compared_with": compared}
