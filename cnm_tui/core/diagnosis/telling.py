"""The finding of a row as labelled sentences, for the detail pane, notes and files."""

from collections.abc import Iterator
from typing import NamedTuple

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.diagnosis.words import Explanation, explained
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.findings.rule import GONE, Severity
from cnm_tui.core.metrics.health import share_of
from cnm_tui.core.metrics.metric import Kind, Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import ABSENT, SHARE


class Told(NamedTuple):
    """One thing to say about a finding."""

    label: str
    """A word for its part: `evidence`; empty for the first sentences."""
    text: str
    kind: str = ""
    short: bool = False
    """True if it is told also where there is little room."""


def finding_of(snapshot: Snapshot, connection_id: str) -> Explanation | None:
    """Return the explanation of a connection's finding; None if the answer has no such connection or no finding."""
    position = snapshot.position_of.get(connection_id)
    if position is None or not snapshot.endpoint.extras or diagnosed(snapshot).found[position] == GONE:
        return None
    return explained(snapshot, position)


def title_of(found: Explanation) -> str:
    """Return sign, severity and words of a finding: `▲▲ critical: connections are refused`."""
    severity = found.found.severity
    words = f"{severity.word}: {found.rule.title}" if severity is not Severity.NONE else found.rule.title
    return f"{severity.sign} {words}".strip()


def told_of(found: Explanation, connection: Connection, endpoint: Endpoint) -> Iterator[Told]:
    """Yield everything to say about a finding, the most important first."""
    yield Told("", title_of(found), found.found.severity.kind, short=True)
    yield Told("", found.sentence, short=True)
    if found.both_ends:
        yield Told("", found.both_ends, short=True)
    rules = endpoint.findings().by_code
    if found.decided_by is not None and found.decided_by.takes_in:
        yield Told("explains", "; ".join(rules[code].title for code in found.decided_by.takes_in))
    if found.others:
        others = (f"{other.severity.sign} {rules[other.code].title}".strip() for other in found.others)
        yield Told("also", "; ".join(others), short=True)
    if figures := [_figure_text(endpoint.metrics[key], connection) for key in found.figures if key in endpoint.metrics]:
        yield Told("evidence", "; ".join(figures))
    for doubt in found.doubts:
        yield Told("but", doubt, short=True)
    if found.rule.mistaken:
        yield Told("but", found.rule.mistaken, "quiet")
    if found.rule.ask:
        yield Told("ask", found.rule.ask)
    if found.rule.source:
        yield Told("source", found.rule.source, "quiet")


def _figure_text(metric: Metric, connection: Connection) -> str:
    """Return a figure with its share and its thresholds: `TIMEOUTS 316 (6.4 %; odd from 1 %, bad from 5 %)`."""
    number = metric.value(connection.counters, 0)
    text = ABSENT if number is None else metric.scale.text(number)
    threshold = metric.threshold
    if threshold is None:
        return f"{metric.label} {text}"
    if threshold.of.kind is Kind.ITSELF:
        odd, bad = metric.scale.text(threshold.odd), metric.scale.text(threshold.bad)
        return f"{metric.label} {text} (odd from {odd}, bad from {bad})"
    share = share_of(metric, connection.counters)
    if threshold.of.kind is Kind.EVENTS:
        limits = f"odd from {threshold.odd:g}, bad from {threshold.bad:g} each"
        told = "" if share is None else f"{share:.2g} each; "
    else:
        limits = f"odd from {SHARE.text(threshold.odd)}, bad from {SHARE.text(threshold.bad)}"
        told = "" if share is None else f"{SHARE.text(share)}; "
    return f"{metric.label} {text} ({told}{limits})"
