"""Draw a graph above the rows, which shows how all displayed rows together changed over time."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

from cnm_tui.core.chart.sparkline import sparkline
from cnm_tui.core.errors import CnmError
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.metrics.extra import BEGAN
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.history_columns import scale_sentence, trend_metric
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.time.time_range import RETENTION_SECONDS, Fixed, Snap, TimeRange, Window
from cnm_tui.core.timeline.drawn import own_top
from cnm_tui.core.timeline.graph import Graph, graph_of
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.timeline.words import beginnings_sentence
from cnm_tui.core.units import seconds_text
from cnm_tui.tui.requests import Purpose
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View
from cnm_tui.tui.widgets.graph_pane import GraphPane

_TREND: Final = 12
"""Columns of the trend under the time range."""
SPAN_BEFORE: Final = Purpose("the span before the chosen one")


class GraphFeature:
    """Draws a graph of the displayed rows over time.

    If the user chooses a span of time in the graph, this span becomes the time range of the query.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._pane: GraphPane | None = None
        self._drawn: tuple[object, ...] = ()
        """All that the graph is made of, as it is drawn or being drawn."""
        self._compares: Query | None = None
        """The query whose answer is to be compared with the span before it."""
        view.listen(GraphPane.Asked, self._on_asked)
        view.listen(GraphPane.Left, lambda _message: view.focus_rows())
        session.answered.connect(self._on_answer)

    def show(self, exploration: Exploration) -> None:
        """Draw the graph again if the data or the settings that it shows have changed."""
        timeline, table = exploration.timeline_of_rows, exploration.table
        if timeline is None or table is None:
            self._drawn = ()
            if self._pane is not None:
                self._pane.graph = None
                self._view.show_time_trend("")
            return
        metric = trend_metric(exploration.arrangement, timeline.endpoint)
        arrangement = table.arrangement
        order = arrangement.sort if table.topped else ()
        made_of = (timeline, table.snapshot, metric.key, arrangement.row_filter, arrangement.top, order)
        if made_of == self._drawn:
            return
        self._drawn = made_of
        if self._pane is None:
            self._pane = GraphPane()
            self._view.show(self._pane, "above rows")
        self._session.scheduler.start_work(partial(self._draw, made_of, timeline, table, metric))

    async def _draw(self, made_of: tuple[object, ...], timeline: Timeline, table: Table, metric: Metric) -> None:
        graph = await asyncio.to_thread(_graph, timeline, table, metric)
        if self._pane is not None and made_of == self._drawn:
            self._pane.graph = graph
            self._view.show_time_trend(_trend_words(graph, timeline))

    def sort_by_beginning(self) -> None:
        """Sort the rows by the time when each row became bad, with the latest time first.

        A second call reverses the order.
        """
        if (timeline := self._timeline) is None:
            return
        self._session.update(lambda exploration: exploration.sorted_by(BEGAN.key))
        if timeline.onsets_are_known:
            self._view.say(beginnings_sentence(timeline, asks_again=self._view.key("timeline")))
        else:
            self._view.say("The rows are sorted once all parts are there.")

    @property
    def _timeline(self) -> Timeline | None:
        """Return the timeline of the displayed rows. If there is none, notify the user and return None."""
        if (timeline := self._session.exploration.timeline_of_rows) is None:
            self._view.say(f"There is no timeline yet; {self._view.key('timeline')} asks one.")
        return timeline

    def toggle_scale(self) -> None:
        """Switch the vertical scale of the trends between one common scale and a separate scale for each row."""
        if self._timeline is None:
            return
        before = self._session.exploration.arrangement
        arrangement = replace(before, one_scale=not before.one_scale)
        self._session.update(lambda exploration: exploration.arranged(arrangement))
        self._view.say(scale_sentence(self._session.exploration.extras))

    # A chosen span

    def _on_asked(self, message: GraphPane.Asked) -> None:
        window = _up_to(message.window, self._session.now())
        time_range = TimeRange(Fixed(window.start), Fixed(window.end), Snap.OFF)
        before = _span_before(window)
        if message.compared and before.start < self._session.now() - RETENTION_SECONDS:
            self._view.say("There is no data before this span: Datadog keeps 14 days.")
            return
        asked = query_for(self._session.exploration.query, window)
        if not self._session.ask_changed(lambda _query: asked):
            return
        self._compares = asked if message.compared else None
        self._view.focus_rows()
        what = f"{time_range}, compared with the same span before" if message.compared else str(time_range)
        self._view.say(f"Asking {what}; {self._view.key('go_back')} goes back.")

    def _on_answer(self, _before: Exploration, answer: Snapshot) -> None:
        if self._compares is None or answer.query != self._compares:
            return
        self._compares = None
        self._session.requests.run(
            SPAN_BEFORE, partial(self._compare, query_for(answer.query, _span_before(answer.window)))
        )

    async def _compare(self, query: Query) -> None:
        try:
            baseline = await self._session.fetch_besides(SPAN_BEFORE, query)
        except CnmError as problem:
            self._view.say(f"Not compared. {problem.sentence}")
            return
        await self._session.apply_when_idle(lambda exploration: exploration.comparing_with(baseline, keep=True))


def _graph(timeline: Timeline, table: Table, metric: Metric) -> Graph:
    """Return the graph of the rows in a table.

    If the table is filtered, only the rows that match are included.
    """
    if not table.filtered:
        return graph_of(timeline, metric, table.snapshot, None, "all rows")
    ids = table.snapshot.connections.ids
    return graph_of(timeline, metric, table.snapshot, [ids[at] for at in table.order], row_count(table))


def _trend_words(graph: Graph, timeline: Timeline) -> str:
    """Return a text that shows the trend of the rows.

    It contains a sparkline, the label of the metric, and the length of the time span.
    """
    top, counts = own_top(graph.points, graph.metric), graph.metric.accumulates
    drawn = sparkline(graph.points, _TREND, top=top, last_is_open=timeline.open[-1], counts=counts)
    return f"{drawn} {graph.metric.label}, {seconds_text(timeline.window.seconds)}"


def _up_to(window: Window, now: float) -> Window:
    """Return the time window, shortened so that it ends at the time `now` at the latest."""
    return Window(window.start, max(window.start + 1, min(window.end, int(now))))


def _span_before(window: Window) -> Window:
    """Return the time window directly before this time window, with the same length."""
    return Window(window.start - window.seconds, window.start)
