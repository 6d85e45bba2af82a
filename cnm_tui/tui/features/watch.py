"""Watch rows that the user has chosen. They are displayed above all other rows.

The user is notified when a watched row becomes bad or recovers.
"""

import os
from typing import Final

from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.exploration.remarks import row_words
from cnm_tui.core.exploration.selection import chosen_ids
from cnm_tui.core.exploration.watching import Standings, news_sentence, watched
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.pins import MOST_PINS, pin_of, pinned_ids, toggled_pins
from cnm_tui.core.units import plural
from cnm_tui.tui.session import Session
from cnm_tui.tui.terminal.notifications import notification
from cnm_tui.tui.view import View

NEWS_SECONDS: Final = 60.0
"""News stay this long, as nobody pressed a key for them."""


class WatchFeature:
    """Pins watched rows above the other rows, and notifies the user when their health changes."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._standings: Standings = {}
        self._query: Query | None = None
        """The query for which `_standings` are known: other rows of another query are no news."""
        self._snapshot: Snapshot | None = None
        """The answer that `_standings` are about."""
        session.source_changed.connect(lambda _had_one: self._forget())

    def toggle(self) -> None:
        """Watch the marked rows, or the row at the cursor if no row is marked.

        If all of these rows are watched already, stop watching them.
        """
        exploration, row = self._session.exploration, self._view.row
        ids = chosen_ids(exploration, None if row is None else row.id)
        snapshot = exploration.snapshot
        if not ids or snapshot is None:
            self._view.say("There is no row to watch.")
            return
        before = exploration.arrangement.pins
        pins = toggled_pins(before, [pin_of(snapshot.query, one) for one in ids])
        if len(pins) > max(MOST_PINS, len(before)):
            self._view.say(f"At most {MOST_PINS} rows can be watched.")
            return
        self._session.update(lambda exploration: exploration.with_pins(pins))
        what = row_words(row) if row is not None and ids == (row.id,) else plural(len(ids), "row")
        if len(pins) < len(before):
            self._view.say(f"No longer watching {what}.")
        else:
            self._view.say(f"Watching {what}: on top until {self._view.key('watch')} is pressed again.")

    def show(self, exploration: Exploration) -> None:
        """Update the remark about watched rows, and notify the user of health changes in a new response."""
        snapshot = exploration.snapshot
        ids = () if snapshot is None else pinned_ids(exploration.arrangement.pins, snapshot.query)
        if snapshot is None or not ids:
            self._forget()
        else:
            self._look_at(snapshot.answer, ids)
        self._view.show_remark("watch", self._remark(ids))

    def _look_at(self, answer: Snapshot, ids: tuple[str, ...]) -> None:
        if answer is self._snapshot and self._standings.keys() >= set(ids):
            return
        known = self._standings if answer.query == self._query else {}
        is_later = self._snapshot is None or answer.fetched_at >= self._snapshot.fetched_at
        self._standings, news = watched(known, answer, ids)
        self._snapshot, self._query = answer, answer.query
        if news and is_later:
            self._tell(news_sentence(news, answer))

    def _tell(self, sentence: str) -> None:
        self._view.say(sentence, NEWS_SECONDS)
        if sequence := notification(sentence, self._view.settings.notify, os.environ):
            self._view.terminal.write_to_terminal(sequence)

    def _remark(self, ids: tuple[str, ...]) -> str:
        """Return a text with the number of watched rows, and how many of them are bad or missing.

        Return an empty text if no row is watched.
        """
        if not ids:
            return ""
        bad = sum(1 for one in ids if (standing := self._standings.get(one)) is not None and standing.is_bad)
        missing = 0 if self._snapshot is None else sum(one not in self._snapshot.position_of for one in ids)
        told = [f"{len(ids):,} watched"]
        told += [f"{bad:,} bad"] if bad else []
        told += [f"{missing:,} not in this answer"] if missing else []
        return ", ".join(told)

    def _forget(self) -> None:
        self._standings, self._snapshot, self._query = {}, None, None
