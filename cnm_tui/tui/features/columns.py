"""Choose, order and widen the columns."""

from cnm_tui.tui.dialogs.column_picker import ColumnChoice, ColumnPicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class ColumnsFeature:
    """Changes the columns of the answer shown."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def pick(self) -> None:
        """Choose, order and widen the columns."""
        exploration = self._session.exploration
        groups = self._view.key("pick_group_bys")
        endpoint = exploration.query.endpoint
        self._view.ask(ColumnPicker(exploration.all_columns, exploration.columns, endpoint, groups), self._show)

    def _show(self, chosen: ColumnChoice | None) -> None:
        if chosen is not None:
            self._session.update(lambda exploration: exploration.with_columns(chosen.shown, chosen.widened))
