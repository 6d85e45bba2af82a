"""Show the DNS of a connection's client, and the connections of a client that asks for a name."""

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
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
    """Goes from one endpoint to the other; the history leads back."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def switch(self) -> None:
        """Ask the other endpoint about the client of the row at the cursor, or about all clients without a row."""
        exploration = self._session.exploration
        row = None if exploration.answers_another_query else self._view.row
        target = CONNECTIONS if exploration.query.endpoint is DNS else DNS
        try:
            found = passage(exploration.query, target, exploration.snapshot, row)
        except InvalidQuery as refusal:
            self._view.say(refusal.sentence)
            return
        if not self._session.open(
            lambda _query: found.query, Arrangement(worst_first_sort(target)), lambda _answer: NOWHERE
        ):
            return
        of = "all clients" if row is None else "the same client"
        what = "DNS" if target is DNS else "Connections"
        said = f"{what} of {of}; {self._view.key('go_back')} goes back."
        if found.left_out:
            left_out = clean(" AND ".join(found.left_out), _LONGEST_LEFT_OUT)
            said += f" Not searched for, as DNS has other servers: {left_out}."
        self._view.say(said)
