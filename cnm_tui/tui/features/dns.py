"""Show the DNS queries of a connection's client, or the connections of a client that queries a DNS name."""

from cnm_tui.core.endpoints.known import endpoint_called
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.history import NOWHERE
from cnm_tui.core.navigation.endpoints import passage
from cnm_tui.core.table.sorting import worst_first_sort
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.text import clean
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

_LONGEST_LEFT_OUT = 60


class DnsFeature:
    """Switches between the API endpoints for connections and for DNS. The user can return with the query history."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def switch(self) -> None:
        """Request the DNS queries of the client in the row at the cursor.

        If the row is a DNS row, request the connections of its client. Without a row, request the data of all
        clients.
        """
        exploration = self._session.exploration
        row = None if exploration.answers_another_query else self._view.row
        target = endpoint_called(exploration.query.endpoint.beside)
        try:
            found = passage(exploration.query, target, exploration.snapshot, row)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if not self._session.open(
            lambda _query: found.query, Arrangement(worst_first_sort(target)), lambda _answer: NOWHERE
        ):
            return
        what = target.label or target.rows_noun.capitalize()
        said = f"{what} of {found.clients}; {self._view.key('go_back')} goes back."
        if found.left_out:
            left_out = clean(" AND ".join(found.left_out), _LONGEST_LEFT_OUT)
            said += f" Not searched for, as the servers are others there: {left_out}."
        self._view.say(said)
