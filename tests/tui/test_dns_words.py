"""Test that the screens for DNS data use no words that fit only connections.

Each command is run, and its screen is read.
"""

import re

import pytest

from cnm_tui.core.connections import Connection, Connections
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.endpoints.dns.fields import DNS_SERVER
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.insights.insight import Insights
from cnm_tui.core.query import Query, usual_query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import usual_arrangement
from cnm_tui.core.time.time_range import Window
from cnm_tui.tui.commands import COMMANDS, Command
from tests.builders import MOMENT, FakeSource
from tests.tui.conftest import User, exploring

OF_CONNECTIONS = re.compile(r"\b(connections?|bytes|tcp|retrans\w*|rtt|refusals?|throughput)\b", re.IGNORECASE)
NEITHER = frozenset({"quit", "app.quit", "app.suspend", "sign_in", "pick_profile", "app.mouse", "dns", "pick_view"})
"""Commands that leave the program or go to connections, and the list of views, which has those of both."""
LEAVES_FILES = frozenset({"write", "record", "copy_as", "copy_link", "run_on_row", "pick_theme"})
"""Commands whose dialogs are only looked at."""
PATH = re.compile(r"/[\w/.-]*")
BY_NAME = usual_query(DNS)
BY_ENDS = Query(("client_service", DNS_SERVER), endpoint=DNS)
GROUPS = tuple(dict.fromkeys(one.group for one in COMMANDS))


class DnsSource(FakeSource):
    """A fake data source that answers every query with this number of DNS rows, each with this number of failures."""

    def __init__(self, rows: int, failures: int) -> None:
        super().__init__()
        self._rows = rows
        self._figures = {"dns_total_requests": 1_000, "dns_success_latency_percentile": 7}
        self._failures = failures

    async def fetch(self, query: Query) -> Snapshot:
        """Return rows that have a value for each group-by of the query."""
        self.asked.append(query)
        figures = tuple(self._figures.get(key, self._failures) for key in query.endpoint.counted_keys)
        rows = [
            Connection(f"row {at}", tuple((f"{name.rpartition('_')[2]}-{at}",) for name in query.group_bys), figures)
            for at in range(self._rows)
        ]
        return Snapshot(query, Window(MOMENT - 900, MOMENT), MOMENT, Connections.of(rows))

    async def insights(self, window: Window) -> Insights:
        """Return an empty list of insights."""
        return Insights(window, ())


def told(user: User) -> list[str]:
    """Return the screen lines that contain a word which fits only connections. File paths and addresses are
    ignored.
    """
    lines = [line for line in user.screen().splitlines() if OF_CONNECTIONS.search(PATH.sub("", line))]
    return [" ".join(line.split()) for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "rows", "failures", "group"),
    [
        *((BY_ENDS, 12, 100, group) for group in GROUPS),
        *((BY_NAME, 12, 100, group) for group in ("Investigate", "Compare", "Take away")),
        *((BY_NAME, 0, 0, group) for group in ("Investigate", "Compare", "Take away")),
        (BY_ENDS, 12, 0, "Investigate"),
    ],
)
async def test_no_command_speaks_of_connections(query: Query, rows: int, failures: int, group: str) -> None:
    found: dict[str, list[str]] = {}
    start = Exploration(query, usual_arrangement(DNS), refresh_seconds=None)
    async with exploring(DnsSource(rows, failures), size=(200, 60), exploration=start) as user:
        await user.until(lambda: user.main.session.exploration.snapshot is not None)
        for command in COMMANDS:
            if command.group == group and command.id and command.id not in NEITHER:
                await tried(user, command, found)

    assert not found


async def tried(user: User, command: Command, found: dict[str, list[str]]) -> None:
    """Press the keyboard key of a command and then Enter. Close what was opened.

    Words on the screen that fit only connections are added to `found`.
    """
    for key in (command.keys.partition(",")[0], "enter"):
        if key == "enter" and len(user.app.screen_stack) == 1:
            break
        await user.press(key)
        await user.pilot.pause()
        if user.main.session.exploration.query.endpoint is DNS and (said := told(user)):
            found[f"{command.id} {key}"] = said
        if command.id in LEAVES_FILES:
            break
    for _ in range(3):
        await user.press("escape")
