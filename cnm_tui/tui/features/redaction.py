"""Show aliases instead of real names, or show the real names again."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from cnm_tui.core.filter.row_filter import RowFilter
from cnm_tui.core.query import Query
from cnm_tui.tui.session import NOT_CONNECTED, Session
from cnm_tui.tui.view import View

_MODE: Final = "redaction"


class RedactionFeature:
    """Replaces the names in the responses with aliases.

    If a query contains aliases, they are replaced by the real names before the query is sent.
    """

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        services = view.services
        self._redaction = None if services.redaction is None else services.redaction()
        # A recording that was made with aliases has no names to show.
        self._only_aliases = services.redaction is None and _MODE in services.modes
        session.as_shown = self._as_shown
        session.as_asked = self._as_asked
        session.about_file = self._about_file
        self._show()

    def _as_shown(self, query: Query) -> Query:
        """Return a query that the user typed in the form in which it may be displayed.

        While names are replaced by aliases, this form contains aliases.
        """
        redaction = self._redaction
        return query if redaction is None or not redaction.on else redaction.redacting.redacted_query(query)

    def _as_asked(self, query: Query) -> Query:
        redaction = self._redaction
        return query if redaction is None or not redaction.on else redaction.redacting.asked_query(query)

    def _about_file(self, sentence: str, path: Path, proposed: str) -> str:
        redaction = self._redaction
        return sentence if redaction is None or not redaction.on else redaction.about_file(sentence, path, proposed)

    def toggle(self) -> None:
        """Switch the redaction of names on or off, and request the rows again."""
        redaction, source = self._redaction, self._session.source
        if redaction is None and source is not None:
            self._view.say("This recording holds aliases only, and no names.")
            return
        if redaction is None or source is None:
            self._view.say(NOT_CONNECTED)
            return
        query = self._session.exploration.query
        inner = getattr(source, "source", source)
        shown = redaction.redacting.asked_query(query) if redaction.on else redaction.redacting.redacted_query(query)
        redaction.on = not redaction.on
        arrangement = replace(self._session.exploration.arrangement, row_filter=RowFilter(""))
        self._session.update(lambda exploration: replace(exploration, query=shown, arrangement=arrangement))
        self._view.show_filter("")
        # Also drops the history and all answers in memory, which have the other names.
        self._session.connect(redaction.wrapped(inner))
        self._show()
        self._view.search_box.show_asked()
        self._view.say(
            "From now on names are aliases, also in copies and files. The history was cleared."
            if redaction.on
            else "Names are shown again."
        )

    def _show(self) -> None:
        is_on = self._only_aliases or (self._redaction is not None and self._redaction.on)
        self._session.redacts = is_on
        self._view.show_mode(_MODE, "REDACTED" if is_on else "")
