"""Define the table columns that show data of a timeline, which contains the numbers of each row over time.

One column shows the trend of a metric. The other column shows when a row turned bad.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from cnm_tui.core import diagnosis
from cnm_tui.core.chart.points import Number
from cnm_tui.core.chart.sparkline import sparkline
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.metrics.extra import BEGAN, FINDING, TREND, ExtraName
from cnm_tui.core.metrics.health import threshold_of
from cnm_tui.core.metrics.metric import ChangeForm, Metric
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.columns import Cell
from cnm_tui.core.table.extra import Extras
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.time.time_range import iso_text
from cnm_tui.core.timeline.drawn import history_points, least_top, own_top
from cnm_tui.core.timeline.onset import Onset
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.timeline.words import level_text

MOST_SIGNS: Final = 12
"""Parts that have a sign of their own by default; more share signs evenly."""
_OPEN_SIGNS: Final = 2
"""Columns for the open part, and the sign before it."""
_DAY: Final = 86_400
_BAD: Final = 1.0
"""Severity of an onset from which it is bad, not only odd."""


def trend_metric(arrangement: Arrangement, endpoint: Endpoint) -> Metric:
    """Return the metric whose trend is displayed: the first metric that the rows are sorted by.

    If the rows are sorted by the change of a metric, return this metric. If they are sorted by no metric, return
    the metric for the volume.
    """
    for key in arrangement.sort:
        if (metric := endpoint.metrics.get(key.column.rpartition(".")[2])) is not None:
            return metric
    return endpoint.metrics[endpoint.volume]


@dataclass(frozen=True)
class TrendColumn:
    """The table column that shows each row's metric over time as a sparkline, which is a chart of one line."""

    timeline: Timeline
    metric: Metric
    one_scale: bool = False
    """True to draw all rows on one scale; False for a scale of each row's own."""
    widened: int = 0
    """Terminal columns added or removed by the user."""
    of_onsets: Timeline | None = None
    """Draws each row's metric that turned bad in this timeline, if any; None to draw `metric` only."""
    of_findings: bool = False
    """True to draw the figure of each row's finding; a row without one has no trend."""
    decides: bool = True
    """True if the rows are sorted by what is drawn, so that the column before it names that."""

    @cached_property
    def name(self) -> ExtraName:
        """Return its name, with the width that the number of parts needs, beside what it draws.

        The heading names the metric unless the rows are sorted by what is drawn.
        """
        parts = len(self.timeline.windows)
        signs = -(-parts // -(-parts // MOST_SIGNS)) if parts else 0
        beside = FINDING.key if self.of_findings else self.metric.key if self.of_onsets is None else BEGAN.key
        label = TREND.label if self.decides else f"{TREND.label} {self.metric.label}"
        return TREND._replace(width=signs + _OPEN_SIGNS, beside=beside, label=label)

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the timeline contains data for the query of this snapshot."""
        return self.timeline.answers(snapshot.query)

    def top_of(self, metric: Metric) -> Number | None:
        """Return the number at which a bar of the sparklines has its full height. Return None if each row has its own
        scale.

        For a share or a time with limits, this number is the limit for bad values. Therefore a single extreme row
        does not make all other sparklines flat.
        """
        if not self.one_scale:
            return None
        if metric.ranked_by_evidence:
            return threshold_of(metric).bad
        if metric.key not in self._tops:
            self._tops[metric.key] = max(_largest_of_parts(self.timeline, metric), default=0)
        return self._tops[metric.key]

    @cached_property
    def _tops(self) -> dict[str, Number]:
        return {}

    def cell(self, snapshot: Snapshot, position: int) -> Cell:
        """Return the sparkline of one row."""
        connection_id, code = snapshot.connections.ids[position], self._code(snapshot, position)
        text = self._cells.get((connection_id, code))
        if text is None:
            width = self.name.width + self.widened
            metric = self._figure(snapshot, position) if code else None
            text = "" if self.of_findings and metric is None else self.drawn(connection_id, width, metric)
            self._cells[connection_id, code] = text
        return Cell(text, "trend")

    def _code(self, snapshot: Snapshot, position: int) -> str:
        """Return the code of a row's finding, if the figures of findings are drawn and it is known."""
        known = diagnosis.known_diagnosis(snapshot) if self.of_findings else None
        return "" if known is None else known.found[position].code

    def _figure(self, snapshot: Snapshot, position: int) -> Metric | None:
        """Return the deciding metric of a row's finding; None without one."""
        if position >= len(snapshot.answer.connections):
            return None
        held = diagnosis.diagnosed(snapshot).ranked(position)
        return self.timeline.endpoint.metrics[held[0].metric] if held else None

    def drawn(self, connection_id: str, width: int, metric: Metric | None = None) -> str:
        """Return the sparkline of a row in at most this many columns; `metric` is another one to draw."""
        onset = None if self.of_onsets is None else self.of_onsets.onset(connection_id)
        if metric is None:
            metric = self.metric if onset is None else onset.metric
        points, top = history_points(self.timeline, connection_id, metric), self.top_of(metric)
        if top is None:
            top = own_top(points, metric)
        return sparkline(points, width, top=top, last_is_open=self.timeline.open[-1], counts=metric.accumulates)

    @cached_property
    def _cells(self) -> dict[tuple[str, str], str]:
        """Sparklines by id and finding: a refresh of the rows changes few."""
        return {}

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return each row's number in the metric of this column, by which rows are sorted."""
        return self.metric.measured(snapshot.figures(self.metric))

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the sparkline of one row as text, for output that programs read."""
        return self.cell(snapshot, position).text


def _largest_of_parts(timeline: Timeline, metric: Metric) -> Iterator[Number]:
    for part in timeline.parts:
        if part is not None and part.length:
            column = metric.column(part.columns, part.seconds)
            yield max((number for number in column if number is not None), default=0)


@dataclass(frozen=True)
class BeganColumn:
    """The table column that shows when each row turned bad, and if the row is still bad."""

    timeline: Timeline
    beside: str
    """Key of the metric after which it is shown; its own key if it is the first column."""
    known: Timeline | None = None
    """The latest timeline with all onsets known, as finding them takes longer than a frame; None before the first."""

    @cached_property
    def name(self) -> ExtraName:
        """Return the description of the column. The column is wider for a timeline of more than a day, which needs
        dates.
        """
        width = BEGAN.width + (len("11-29 ") if self._has_days else 0)
        return BEGAN._replace(width=width, beside=self.beside)

    @property
    def _has_days(self) -> bool:
        return self.timeline.window.seconds > _DAY

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the timeline contains data for the query of this snapshot."""
        return self.timeline.answers(snapshot.query)

    def _onset(self, snapshot: Snapshot, position: int) -> Onset | None:
        return None if self.known is None else self.known.onset(snapshot.connections.ids[position])

    def cell(self, snapshot: Snapshot, position: int) -> Cell:
        """Return the cell of a row, for example `10:35Z on 4.1 % RETRANS%`.

        The word `on` means that the row is still bad. The word `over` means that the row has recovered. A `?` means
        that it is not known if the row has recovered.
        """
        onset = self._onset(snapshot, position)
        if onset is None:
            return Cell("")
        moment = datetime.fromtimestamp(onset.began, UTC).strftime("%m-%d %H:%MZ" if self._has_days else "%H:%MZ")
        state = "on" if onset.still_on else "?" if onset.ended is None else "over"
        kind = "thin" if not onset.still_on else "bad" if onset.severity >= _BAD else "odd"
        return Cell(f"{moment} {state} {level_text(onset, onset.after)} {onset.metric.label}", kind)

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return the time at which each row turned bad, by which rows are sorted. It is None if a row did not turn
        bad.
        """
        if self.known is None:
            return [None] * len(snapshot.connections)
        onsets = self.known.onsets
        return [
            None if (onset := onsets.get(one)) is None else (onset.began, onset.severity)
            for one in snapshot.connections.ids
        ]

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the time at which the row turned bad, in ISO 8601. Return None if it did not turn bad."""
        onset = self._onset(snapshot, position)
        return None if onset is None else iso_text(onset.began)


def history_columns(
    extras: Extras, timeline: Timeline, arrangement: Arrangement
) -> tuple[TrendColumn | BeganColumn, ...]:
    """Return the timeline's columns that are not in `extras` yet, or are there with other content."""
    known = {extra.name.key: extra for extra in extras}
    metric = trend_metric(arrangement, timeline.endpoint)
    before, latest = known.get(BEGAN.key), None
    if timeline.onsets_are_known:
        latest = timeline
    elif isinstance(before, BeganColumn) and before.timeline.rows is timeline.rows:
        # While parts arrive, rows and cells stay as they were known.
        latest = before.known
    is_deciding = arrangement.deciding == BEGAN.key and latest is not None
    of_findings = arrangement.deciding == FINDING.key and FINDING.key not in arrangement.hidden
    began = BeganColumn(timeline, BEGAN.key if is_deciding else FINDING.key if of_findings else metric.key, latest)
    widened, of_onsets = dict(arrangement.widths).get(TREND.key, 0), latest if is_deciding else None
    decides = of_findings or is_deciding or arrangement.deciding in (metric.key, *_changes_of(metric))
    trend = TrendColumn(timeline, metric, arrangement.one_scale, widened, of_onsets, of_findings, decides)
    return tuple(column for column in (trend, began) if known.get(column.name.key) != column)


def _changes_of(metric: Metric) -> tuple[str, ...]:
    """Return the keys of a metric's changes, by which a comparison can be sorted."""
    return tuple(form.key(metric.key) for form in ChangeForm)


def scale_sentence(extras: Extras) -> str:
    """Return a sentence that states which number the highest bar of a trend means. It is empty if no trends are
    shown.
    """
    trend = next((extra for extra in extras if isinstance(extra, TrendColumn)), None)
    if trend is None:
        return ""
    metric = trend.metric
    if trend.of_findings or trend.of_onsets is not None:
        own = "All trends of one figure on one scale." if trend.one_scale else "Each trend on its own scale."
        return f"{own} It is the figure of the row's {'finding' if trend.of_findings else 'beginning'}."
    if (top := trend.top_of(metric)) is None:
        least = f", at least {metric.scale.text(least_top(metric))}" if least_top(metric) else ""
        return f"Each trend on its own scale: █ is the row's largest part or twice its median{least}."
    more = " or more" if metric.ranked_by_evidence else ""
    return f"All trends on one scale: █ is {metric.scale.text(top)}{more} of {metric.label}."
