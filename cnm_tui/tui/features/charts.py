"""Define the feature that draws charts of one row's metrics over time, in the detail pane."""

from typing import Final

from cnm_tui.core.connections import Connection
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.metrics.metric import Metric
from cnm_tui.core.table.history_columns import TrendColumn
from cnm_tui.core.timeline.row_charts import onset_line, row_lines
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import SectionLine, View

BEGAN: Final = "Began"
SECTION: Final = "Over time"


class ChartsFeature:
    """Displays when the row at the cursor turned bad, and draws charts of its metrics over time."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._shown: tuple[Timeline | None, bool] = (None, False)
        """The timeline of the section, and if its onsets were known."""
        self._all = False

    def show(self, exploration: Exploration) -> None:
        """Update the charts if the timeline of the visible rows has changed."""
        timeline = exploration.timeline_of_rows
        made_of = (timeline, timeline is not None and timeline.onsets_are_known)
        if made_of != self._shown:
            self._shown = made_of
            self._view.show_section(BEGAN, None if timeline is None else self._onset, first=True)
            self._view.show_section(SECTION, None if timeline is None else self._lines)
            self._view.show_trends(None if timeline is None else self._trend)

    def toggle(self) -> None:
        """Switch between charts of all metrics of the row, and charts of its most important metrics."""
        if self._session.exploration.timeline_of_rows is None:
            self._view.say(f"There is no timeline yet; {self._view.key('timeline')} asks one.")
            return
        self._all = not self._all
        self._view.show_detail()
        self._view.show_section(SECTION, self._lines)
        shown = "all figures of the row" if self._all else "the figures that matter for the row"
        self._view.say(f"Charts of {shown}.")

    def _trend(self, connection: Connection, metric: Metric, width: int) -> str:
        timeline = self._shown[0]
        return "" if timeline is None else TrendColumn(timeline, metric).drawn(connection.id, width)

    def _onset(self, connection: Connection, _width: int) -> list[SectionLine]:
        timeline = self._shown[0]
        return [] if timeline is None else [onset_line(timeline, connection.id)]

    def _lines(self, connection: Connection, width: int) -> list[SectionLine]:
        timeline = self._shown[0]
        if timeline is None:
            return []
        return [*row_lines(timeline, connection.id, width, all_metrics=self._all)]
