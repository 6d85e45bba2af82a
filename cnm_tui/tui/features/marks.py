"""Mark rows, and let the cursor follow one row, which means that it stays on the row when the rows change."""

from cnm_tui.core.exploration.selection import with_shown_marked
from cnm_tui.core.units import plural
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class MarksFeature:
    """Marks rows, and lets the cursor follow one row."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def toggle(self) -> None:
        """Mark or unmark the row at the cursor, and move the cursor to the next row."""
        if (row := self._view.row) is not None:
            self._session.update(lambda exploration: exploration.toggled_mark(row.id))
            self._view.move_down()

    def toggle_shown(self) -> None:
        """Mark all displayed rows in addition to the rows already marked. If all of them are marked, unmark them.

        With a filter, the displayed rows are the rows that match the filter.
        """
        table = self._session.exploration.table
        if not table:
            self._view.say("There is no row to mark.")
            return
        self._session.update(with_shown_marked)
        marked = self._session.exploration.marked
        if table.connection_id(0) in marked:
            one = len(table) == 1
            matching = f" that {'matches' if one else 'match'} the filter" if table.arrangement.row_filter.text else ""
            every = "The row" if one else f"All {len(table):,} rows"
            self._view.say(f"{every} shown{matching} marked; {plural(len(marked), 'mark')}.")
        else:
            self._view.say(f"{plural(len(table), 'mark')} taken away; {plural(len(marked), 'mark')} left.")

    def unmark_all(self) -> None:
        """Remove the marks of all rows."""
        marks = len(self._session.exploration.marked)
        self._view.say(f"{plural(marks, 'mark')} taken away." if marks else "Nothing is marked.")
        self._session.update(lambda exploration: exploration.unmarked())

    def follow(self) -> None:
        """Keep the cursor on the current row when the rows are sorted, filtered or refreshed.

        If a row is already followed, stop following it.
        """
        view = self._view
        if view.followed is not None:
            view.follow(None)
            view.say("No longer following: a sort or a filter shows the first row again.")
        elif view.row is None:
            view.say("There is no row to follow.")
        else:
            view.follow(view.row)
            view.say(f"A move of the cursor, or {view.key('follow_row')}, ends it.")
