"""Describe the finding of a row in labelled sentences, for the detail pane, notes and files."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.diagnosis.words import Explanation, explained
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.findings.rule import GONE, Severity, share_text, short_word
from cnm_tui.core.metrics.health import share_of
from cnm_tui.core.metrics.metric import Kind, Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import ABSENT, SHARE, seconds_text

_LEAST_SECONDS: Final = 1.0
"""A cost below this is not told."""


class Told(NamedTuple):
    """One sentence about the finding of a row, with a label such as `evidence`."""

    label: str
    """A word for its part: `evidence`; empty for the first sentences."""
    text: str
    kind: str = ""
    short: bool = False
    """True if it is told also where there is little room."""


def finding_of(snapshot: Snapshot, connection_id: str) -> Explanation | None:
    """Return the explanation of a connection's finding.

    Return None if the response does not contain the connection, or if there is no finding for it.
    """
    position = snapshot.position_of.get(connection_id)
    if position is None or not snapshot.endpoint.extras or diagnosed(snapshot).found[position] == GONE:
        return None
    return explained(snapshot, position)


def title_of(found: Explanation) -> str:
    """Return the symbol, the severity and the words of a finding.

    An example is `▲▲ critical: connections are refused`.
    """
    severity = found.found.severity
    words = f"{severity.word}: {found.rule.title}" if severity is not Severity.NONE else found.rule.title
    return f"{severity.sign} {words}".strip()


def told_of(found: Explanation, connection: Connection, endpoint: Endpoint) -> Iterator[Told]:
    """Yield labelled sentences about a finding, the most important sentence first."""
    yield Told("", title_of(found), found.found.severity.kind, short=True)
    if found.found.severity is not Severity.NONE:
        yield Told("", found.rule.meaning)
    yield Told("", found.sentence, short=True)
    if found.both_ends:
        yield Told("", found.both_ends, short=True)
    rules = endpoint.findings().by_code
    if found.decided_by is not None and found.decided_by.takes_in:
        yield Told("explains", "; ".join(rules[code].title for code in found.decided_by.takes_in))
    if found.others:
        others = (f"{other.severity.sign} {short_word(other.code)}".strip() for other in found.others)
        yield Told("also", "; ".join(others), short=True)
    if figures := [_figure_text(key, found, connection, endpoint) for key in found.figures]:
        yield Told("evidence", "; ".join(figures))
    if found.found.seconds_lost >= _LEAST_SECONDS:
        lost = seconds_text(found.found.seconds_lost)
        yield Told("cost", f"about {lost} of waiting, over all its {endpoint.rows_noun} (an estimate)")
    for doubt in found.doubts:
        yield Told("but", doubt, short=True)
    if found.rule.mistaken:
        yield Told("but", found.rule.mistaken, "quiet")
    for question in found.questions:
        yield Told("ask", f"{question.text} Group by {', '.join(question.by)}." if question.by else question.text)
    if found.rule.source:
        yield Told("source", found.rule.source, "quiet")


def _figure_text(key: str, found: Explanation, connection: Connection, endpoint: Endpoint) -> str:
    """Return the value of a metric as text, with its percentage and its limits.

    An example is `TIMEOUTS 316 (6.4 %; warning from 1 %, critical from 5 %)`.
    """
    metric = endpoint.metrics[key]
    number = metric.value(connection.counters, 0)
    text = ABSENT if number is None else metric.scale.text(number)
    share = share_of(metric, connection.counters)
    told = [] if share is None else [f"{share:.2g} each" if _is_of_events(metric) else SHARE.text(share)]
    if limits := _limits_text(metric, found, endpoint):
        told.append(limits)
    return f"{metric.label} {text} ({'; '.join(told)})" if told else f"{metric.label} {text}"


def _limits_text(metric: Metric, found: Explanation, endpoint: Endpoint) -> str:
    """Return the limits that the rules set for a metric, as text.

    The text is empty if no rule judges this metric alone.
    """
    decided = found.decided_by
    if decided is not None and decided.metric == metric.key and not found.rule.levels:
        # Judged beside other rows, so that the limit is another one in each answer.
        return f"{decided.severity.word} from {metric.scale.text(decided.limit)}"
    rules = (found.rule, *endpoint.findings().rules)
    levels = next(
        (levels for rule in rules if (levels := [one for one in rule.levels if one.metric == metric.key])), []
    )
    each = " each" if levels and _is_of_events(metric) else ""
    limit = "{:g}".format if each else share_text
    return ", ".join(f"{level.severity.word} from {limit(level.limit)}" for level in reversed(levels)) + each


def _is_of_events(metric: Metric) -> bool:
    return metric.threshold is not None and metric.threshold.of.kind is Kind.EVENTS
