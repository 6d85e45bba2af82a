"""Tell which watched rows turned bad or recovered with a new answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.connections import Connection
from cnm_tui.core.exploration.remarks import row_words
from cnm_tui.core.metrics.confidence import is_enough
from cnm_tui.core.metrics.health import Health, figure_text, health, sample_of
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.units import plural

_MOST_TOLD: Final = 2

Bad = Mapping[str, tuple[str, ...]]
"""For each watched connection the keys of its bad metrics, as last known; none for a good one."""


class News(NamedTuple):
    """A watched row that turned bad, or recovered."""

    connection: Connection
    turned_bad: bool
    metrics: tuple[Metric, ...]
    """The metrics that turned bad, or recovered."""

    def sentence(self, snapshot: Snapshot) -> str:
        """Return the news with the current values: `checkout ▸ payments turned bad: RETRANS% 4.21 %.`"""
        seconds = snapshot.window.seconds
        figures = ", ".join(
            f"{metric.label} {figure_text(metric, metric.value(self.connection.counters, seconds))}"
            for metric in self.metrics
        )
        return f"{row_words(self.connection)} {'turned bad' if self.turned_bad else 'recovered'}: {figures}."


def watched(before: Bad, snapshot: Snapshot, ids: Sequence[str]) -> tuple[Bad, tuple[News, ...]]:
    """Return the bad metrics of watched connections in a new answer, and the news since the last one.

    A connection seen for the first time is no news. One that the answer lacks, or of which it tells too little, stays
    as it was: without traffic nothing has recovered.
    """
    after: dict[str, tuple[str, ...]] = {}
    news: list[News] = []
    for one in ids:
        position, known = snapshot.position_of.get(one), before.get(one)
        if position is None:
            after |= {} if known is None else {one: known}
            continue
        connection = snapshot.connections[position]
        bad = after[one] = tuple(_bad_keys(connection, snapshot, known or ()))
        if known is not None and bool(bad) != bool(known):
            metrics = tuple(snapshot.endpoint.metrics[key] for key in bad or known)
            news.append(News(connection, bool(bad), metrics))
    return after, tuple(news)


def _bad_keys(connection: Connection, snapshot: Snapshot, known: Sequence[str]) -> Iterator[str]:
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
    """Return one sentence for all news, the first ones in full."""
    told = " ".join(one.sentence(snapshot) for one in news[:_MOST_TOLD])
    more = len(news) - _MOST_TOLD
    return f"{told} Another {plural(more, 'watched row')} changed, too." if more > 0 else told
