"""Show hints about clients and servers without a name.

The hints come from known address ranges, known ports, the user's own MaxMind file and, on request, the DNS
resolver.
"""

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from cnm_tui.core.address_hints import Hint, address_of, hints, is_public
from cnm_tui.core.connections import Connection
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.selection import chosen_connections
from cnm_tui.core.row_values import values_of
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural
from cnm_tui.daemon import in_daemon_thread, result_within
from cnm_tui.store.geoip_file import GeoipFile
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import SectionLine, View

SECTION: Final = "Addresses"
MOST_NAMES: Final = 20
"""Maximum number of addresses whose names are looked up at once."""
NAME_SECONDS: Final = 3.0
"""Timeout of one look-up."""
_ALL_SECONDS: Final = 15.0


def _name_by_system(address: str) -> str:
    """Return the host name of an address, as found by the DNS resolver of this machine.

    Raises:
        OSError: The address has no name.
    """
    return socket.gethostbyaddr(address)[0]


class HintsFeature:
    """Adds hints about clients and servers without a name to the detail pane.

    It queries the DNS resolver only when the user requests it.
    """

    def __init__(self, session: Session, view: View, name_of: Callable[[str], str] = _name_by_system) -> None:
        self._session = session
        self._view = view
        self._name_of = name_of
        self._names: dict[str, str] = {}
        """Outcomes of look-ups, by address."""
        self._geoip: GeoipFile | None = None
        self._is_open = False

    def show(self) -> None:
        """Add the section with hints to the detail pane, if the detail pane does not contain it yet."""
        if self._is_open:
            return
        self._is_open = True
        if path := self._view.settings.geoip:
            file = Path(path)
            try:
                file = file.expanduser()
                self._geoip = GeoipFile(file)
            except (StoreFailed, RuntimeError) as problem:
                self._view.say(self._session.about_file(f"geoip: {problem}", file, ""))
        self._view.show_section(SECTION, self._lines)

    def _lines(self, connection: Connection, _width: int) -> list[SectionLine]:
        return [(self._line(hint), "quiet") for hint in self._hints(connection)]

    def _hints(self, connection: Connection) -> list[Hint]:
        shown = self._session.exploration.snapshot
        if shown is None or len(shown.query.group_bys) != len(connection.groups):
            return []
        return list(hints(values_of(connection, shown.query), of_aliases=self._session.redacts))

    def _line(self, hint: Hint) -> str:
        said = [hint.text]
        address = address_of(hint.address) if hint.address else None
        if self._geoip is not None and address is not None and is_public(address):
            said.append(self._geoip.told(hint.address))
        said.append(self._names.get(hint.address, ""))
        return f"{hint.field} {hint.value}: {', '.join(filter(None, said))}"

    # Reverse DNS, only when asked for

    def look_up_names(self) -> None:
        """Look up the names of the addresses in the marked rows with the DNS resolver of this machine.

        If no row is marked, look up the addresses of the row at the cursor.
        """
        rows = chosen_connections(self._session.exploration, self._view.row)
        wanted = dict.fromkeys(hint.address for row in rows for hint in self._hints(row) if hint.address)
        if not wanted and self._session.redacts:
            self._view.say("Names are aliases: there is no address to look up.")
            return
        if not wanted:
            groups = self._view.key("pick_group_bys")
            self._view.say(f"No address to look up: every end has a name, or no field is an address ({groups}).")
            return
        self.show()
        asked = list(wanted)[:MOST_NAMES]
        self._view.say(f"Asking this machine's resolver for {plural(len(asked), 'name')} …")
        self._session.scheduler.start_work(partial(self._look_up, asked, len(wanted) - len(asked)))

    async def _look_up(self, addresses: list[str], left_out: int) -> None:
        found = await in_daemon_thread(partial(self._all_names, addresses))
        self._names |= found
        self._view.show_section(SECTION, self._lines)
        self._view.show_detail()
        names = sum(name.startswith("named ") for name in found.values())
        more = f" {left_out:,} more were not asked for: at most {MOST_NAMES} at once." if left_out else ""
        told = next(iter(found.values())) if len(found) == 1 else f"{names:,} of {plural(len(found), 'address')} named"
        self._view.say(f"Reverse DNS: {told.removeprefix('named ')}.{more}".replace("addresss", "addresses"))

    def _all_names(self, addresses: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        end = self._session.now() + _ALL_SECONDS
        for address in addresses:
            if self._session.now() > end:
                found[address] = "not asked: the resolver is too slow"
                continue
            try:
                found[address] = f"named {clean(result_within(NAME_SECONDS, partial(self._name_of, address)), 253)}"
            except TimeoutError:
                found[address] = f"no answer from the resolver in {NAME_SECONDS:g} s"
            except (OSError, UnicodeError):
                found[address] = "no name in DNS"
        return found
