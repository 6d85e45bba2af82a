"""Find out which watched rows turned bad, got worse or recovered in a new response.

A row is bad if it has a finding (problem), or if one of its metrics is beyond a threshold.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis import known_diagnosis
from cnm_tui.core.exploration.remarks import row_words
from cnm_tui.core.findings.rule import Rows, Severity
from cnm_tui.core.metrics.confidence import is_enough
from cnm_tui.core.metrics.health import Health, figure_text, health, sample_of
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import plural

_MOST_TOLD: Final = 2


class Standing(NamedTuple):
    """The last known health of a watched row."""

    metrics: tuple[str, ...] = ()
    """The keys of its bad metrics, and of the one that decides its finding; none for a good row."""
    severity: Severity = Severity.NONE
    """The severity of its finding."""
    finding: str = ""
    """Its finding in words; empty for a good row, or if only a metric is bad."""

    @property
    def is_bad(self) -> bool:
        """True if a metric of the row is bad, or if its finding is at least a warning."""
        return bool(self.metrics)


_GOOD: Final = Standing()
Standings = Mapping[str, Standing]
"""The health of each watched row, by its id."""


class News(NamedTuple):
    """The change of a watched row that turned bad, got worse or recovered."""

    connection: Connection
    verb: str
    finding: str
    """The finding that it has now; empty if it recovered."""
    metrics: tuple[Metric, ...]
    """The metrics that turned bad, or recovered."""

    def sentence(self, snapshot: Snapshot) -> str:
        """Return a sentence about the change of the row, with the current values of its metrics.

        An example is `web ▸ store turned bad: packets are lost, RETRANS% 4.21 %.`
        """
        seconds = snapshot.window.seconds
        told = [self.finding] if self.finding else []
        told += [
            f"{metric.label} {figure_text(metric, metric.value(self.connection.counters, seconds))}"
            for metric in self.metrics
        ]
        return f"{row_words(self.connection)} {self.verb}: {', '.join(told)}."


def watched(before: Standings, snapshot: Snapshot, ids: Sequence[str]) -> tuple[Standings, tuple[News, ...]]:
    """Return the health of the watched rows in a new response, and how it changed since the last response.

    A row that is seen for the first time is not a change. If a row is missing, or has too little traffic for a
    judgement, its last health is kept, because missing traffic does not prove a recovery.
    """
    found = _found(snapshot, [one for one in ids if one in snapshot.position_of], before)
    news: list[News] = []
    for one, standing in found.items():
        known = before.get(one)
        if known is None:
            continue
        connection = snapshot.connections[snapshot.position_of[one]]
        verb = _verb(known, standing)
        if verb:
            metrics = tuple(snapshot.endpoint.metrics[key] for key in standing.metrics or known.metrics)
            news.append(News(connection, verb, standing.finding, metrics))
    return {one: found.get(one, before.get(one, _GOOD)) for one in ids if one in found or one in before}, tuple(news)


def _verb(before: Standing, after: Standing) -> str:
    """Return `turned bad`, `recovered` or `got worse` for the change from one health of a row to another.

    The text is empty if there is no such change.
    """
    if before.is_bad != after.is_bad:
        return "turned bad" if after.is_bad else "recovered"
    return "got worse" if after.is_bad and after.severity > before.severity else ""


def _found(snapshot: Snapshot, ids: Sequence[str], before: Standings) -> dict[str, Standing]:
    """Return the health of these rows in the response.

    A metric keeps its last state if there is too little traffic for a judgement.
    """
    if not ids:
        return {}
    positions = [snapshot.position_of[one] for one in ids]
    findings, diagnosis = snapshot.endpoint.findings(), known_diagnosis(snapshot)
    if diagnosis is None:
        # The findings of thousands of rows take too long for this moment.
        columns = [[column[at] for at in positions] for column in snapshot.columns]
        texts = snapshot.texts
        rows = Rows(columns, snapshot.query.group_bys, lambda group: [texts(group)[at] for at in positions])
        judge, positions = findings.judge(rows), list(range(len(ids)))
    else:
        judge = diagnosis.judge
    share_of = {metric.share_of.key: key for key, metric in snapshot.endpoint.metrics.items() if metric.share_of}
    standings = {}
    for one, at in zip(ids, positions, strict=True):
        known, found = before.get(one, _GOOD), judge.found[at]
        bad = tuple(_bad_keys(snapshot.connections[snapshot.position_of[one]], snapshot, known.metrics))
        if found.severity >= Severity.WARNING:
            decides = judge.ranked(at)[0].metric
            metrics = tuple(dict.fromkeys((share_of.get(decides, decides), *bad)))
            standings[one] = Standing(metrics, found.severity, findings.by_code[found.code].title)
        else:
            standings[one] = known._replace(metrics=bad) if bad else _GOOD
    return standings


def _bad_keys(connection: Connection, snapshot: Snapshot, known: Sequence[str]) -> Iterator[str]:
    """Yield the keys of the metrics that are bad now.

    Metrics that were bad before, and cannot be judged now, are included.
    """
    metrics = snapshot.endpoint.metrics
    # A share says all that its count says.
    told_by_share = {metric.share_of.key for metric in metrics.values() if metric.share_of is not None}
    for key, metric in metrics.items():
        if (threshold := metric.threshold) is None or not threshold.marks or key in told_by_share:
            continue
        found = sample_of(metric, connection.counters)
        if found is None or not is_enough(threshold.of, found):
            if key in known:
                yield key
        elif health(metric, connection.counters) is Health.BAD:
            yield key


def news_sentence(news: Sequence[News], snapshot: Snapshot) -> str:
    """Return a text about the changes of all watched rows.

    The first two changes are described by one sentence each, and the others are only counted.
    """
    told = " ".join(one.sentence(snapshot) for one in news[:_MOST_TOLD])
    more = len(news) - _MOST_TOLD
    return f"{told} Another {plural(more, 'watched row')} changed, too." if more > 0 else told
