"""Describe which values explain a metric, in sentences for people and in dicts for programs."""

from collections.abc import Iterator
from typing import Any, Final

from cnm_tui.core.explain.answers import Term
from cnm_tui.core.explain.investigation import Cost, Explanation, Scope
from cnm_tui.core.explain.measure import Measure
from cnm_tui.core.explain.ranking import Value
from cnm_tui.core.service import Budget
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import iso_window, window_facts
from cnm_tui.core.units import COUNT, plural

_ANY_TIME: Final = 2**40
"""A time for windows that do not move."""
_LARGE_LIFT: Final = 100
_COMPARED_WITH: Final = {
    Scope.QUESTION: "of everything in the question",
    Scope.ROWS: "of the chosen rows",
    Scope.ROWS_IN_QUESTION: "of the question without the chosen rows, by values that these rows have",
}


def cost_sentence(cost: Cost, fields: tuple[str, ...], budget: Budget) -> str:
    """Return a sentence about the planned requests.

    It contains the number of requests, how many requests the rate limit still allows, and the fields.
    """
    number = plural(cost.least, "request")
    if cost.most > cost.least:
        number = f"{cost.least} to {plural(cost.most, 'request')}"
    left = "how many are left is not known" if budget.remaining is None else f"{budget.remaining:,} left"
    return f"{number} ({left}), by {', '.join(map(clean, fields))}."


def value_sentence(value: Value, measure: Measure) -> str:
    """Return a sentence about a tag value, with its lift, its share of the events and its share of the base."""
    have = "have" if len(value.terms) > 1 else "has"
    return (
        f"{lift_text(value.lift)}: {clean(value.text)} {have} {percent_text(value.share)} of the {measure.noun} on "
        f"{percent_text(value.base_share)} of the {measure.base_noun}."
    )


def folded_sentence(value: Value) -> str:
    """Return a sentence that lists other tag values which belong to the same connections as this value.

    The text is empty if there are no such values.
    """
    if not value.folded:
        return ""
    names = ", ".join(clean(one.text) for one in value.folded[:3])
    more = len(value.folded) - 3
    return f"Says as much: {names}{f' and {more} more' if more > 0 else ''}."


def result_sentence(explained: Explanation) -> str:
    """Return a sentence about the value that explains the metric best, or that no value explains it."""
    values, measure = explained.ranking.values, explained.measure
    if values:
        return value_sentence(values[0], measure)
    if not explained.finished:
        return "Stopped before any value explained it."
    if not explained.ranking.total.events:
        what = "A round-trip time is not measured" if measure.is_time else f"There are no {measure.noun}"
        return f"{what} here, so there is nothing to explain."
    nearest = explained.ranking.nearest
    beside = "" if nearest is None else f" The nearest is {value_sentence(nearest, measure)}"
    return f"No value explains it: the {measure.noun} are spread over all of them.{beside}".replace(
        "waiting time are", "waiting time is"
    )


def remarks(explained: Explanation) -> Iterator[str]:
    """Yield sentences about the data that an explanation is based on, and about the limitations of the explanation."""
    ranking = explained.ranking
    total = ranking.total
    noun = explained.measure.noun
    if total.events and not explained.measure.is_time:
        of = f"{COUNT.text(total.base)} {explained.measure.base_noun}"
        yield f"{COUNT.text(total.events)} {noun} of {of}, {_COMPARED_WITH[explained.scope]}."
    elif total.events:
        yield f"Compared by the mean round-trip time {_COMPARED_WITH[explained.scope]}."
    if not explained.finished:
        yield f"Given up after {plural(explained.asked, 'answer')}: fields not asked yet may explain more."
    if ranking.cut:
        fields = ", ".join(map(clean, dict.fromkeys(ranking.cut)))
        yield f"Answers by {fields} were cut: values with little traffic are missing; the shares are of the whole."
    if ranking.unresolved:
        yield f"No end has a value of {', '.join(map(clean, ranking.unresolved))}."
    if explained.absent:
        verb = "does" if explained.absent == 1 else "do"
        yield f"{plural(explained.absent, 'row')} without this figure {verb} not count."


def lift_text(lift: float) -> str:
    """Return a lift as text, for example `5.2x`."""
    return f"{lift:,.0f}x" if lift >= _LARGE_LIFT else f"{lift:.1f}x"


def percent_text(share: float) -> str:
    """Return a share as text in percent. The text has one decimal below 10 %, and no decimals from 10 % on.

    Shares below 0.1 % are written as `<0.1 %`.
    """
    if share and share < 0.001:
        return "<0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 or not share else f"{100 * share:.1f} %"


def evidence_sentence(explained: Explanation, source: str) -> str:
    """Return a sentence with the time window, the name of the service and the search of the query."""
    query = explained.query
    asked = " and ".join(filter(None, (query.search, ", ".join(query.tags)))) or "everything"
    return f"{iso_window(query.time_range.window(_ANY_TIME))}, from {clean(source)}, asked: {clean(asked)}."


def facts(explained: Explanation, source: str) -> dict[str, Any]:
    """Return the whole explanation as a dict for JSON."""
    ranking, query = explained.ranking, explained.query
    window = query.time_range.window(_ANY_TIME)
    return {
        "metric": explained.measure.metric.key,
        "divided_by": explained.measure.of.value,
        "source": source,
        "search": query.search,
        "tags": list(query.tags),
        "from": window.start,
        "to": window.end,
        "window": window_facts(window),
        "scope": explained.scope.value,
        "fields": list(explained.fields),
        "requests": explained.asked,
        "finished": explained.finished,
        "total": {"events": ranking.total.events, "base": ranking.total.base},
        "explained": bool(ranking.values),
        "sentence": result_sentence(explained),
        "values": [_value_facts(value, explained.measure) for value in ranking.values],
        "others": [_value_facts(value, explained.measure) for value in ranking.others],
        "cut_fields": list(dict.fromkeys(ranking.cut)),
        "unresolved_fields": list(ranking.unresolved),
        "rows_without_figure": explained.absent,
    }


def _value_facts(value: Value, measure: Measure) -> dict[str, Any]:
    return {
        "terms": [_term_facts(term) for term in value.terms],
        "lift": value.lift,
        "lift_at_least": value.least_lift,
        "share": value.share,
        "base_share": value.base_share,
        "explains": value.explained,
        "events": value.tally.events,
        "base": value.tally.base,
        "sentence": value_sentence(value, measure),
        "says_as_much": [[_term_facts(term) for term in one.terms] for one in value.folded],
    }


def _term_facts(term: Term) -> dict[str, str]:
    return {"field": term.field, "value": term.value}
