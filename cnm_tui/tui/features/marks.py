"""Mark rows, and follow one."""

from cnm_tui.core.exploration.selection import with_shown_marked
from cnm_tui.core.units import plural
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class MarksFeature:
    """Marks and follows rows."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def toggle(self) -> None:
        """Mark or unmark the row, and go to the next."""
        if (row := self._view.row) is not None:
            self._session.update(lambda exploration: exploration.toggled_mark(row.id))
            self._view.move_down()

    def toggle_shown(self) -> None:
        """Mark all rows shown, besides those marked; unmark them if all are marked. With a filter: those that match."""
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
        """Remove all marks."""
        marks = len(self._session.exploration.marked)
        self._view.say(f"{plural(marks, 'mark')} taken away." if marks else "Nothing is marked.")
        self._session.update(lambda exploration: exploration.unmarked())

    def follow(self) -> None:
        """Make the cursor follow the row through sorts, filters and refreshes; or stop that."""
        view = self._view
        if view.followed is not None:
            view.follow(None)
            view.say("No longer following: a sort or a filter shows the first row again.")
        elif view.row is None:
            view.say("There is no row to follow.")
        else:
            view.follow(view.row)
            view.say(f"A move of the cursor, or {view.key('follow_row')}, ends it.")
