"""Test the keyboard key H, which lists network health insights.

Enter must show the rows that belong to an insight, and the user must be able to return to the list.
"""

import asyncio
from dataclasses import replace
from typing import Any

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.endpoints.dns import DNS
from cnm_tui.core.errors import CnmError, CredentialsRefused
from cnm_tui.core.insights.insight import Insights, insights_in
from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window
from cnm_tui.tui.dialogs.time_range_picker import TimeRangePicker
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import Echo, exploring
from tests.tui.features.test_dns import answer

DNS_TIMES_OUT = {"type": "dns", "failure_type": "timeout", "client_service": "web", "dns_query": "api.example"}
NEW = {"type": "bgp", "client_service": "web", "server_service": "store", "peer": "10.0.0.1"}


class Healthy(Echo):
    """A fake data source that also has network health insights."""

    def __init__(self, *ready: Any, insights: list[Any] | CnmError) -> None:
        super().__init__(*ready)
        self._insights = insights
        self.windows: list[Window] = []

    async def insights(self, window: Window) -> Insights:
        """Return the prepared insights. If the test prepared an error instead, raise the error."""
        self.windows.append(window)
        if isinstance(self._insights, CnmError):
            raise self._insights
        entries = [{"id": str(at), "attributes": one} for at, one in enumerate(self._insights)]
        found = insights_in({"data": entries}, window)
        assert found is not None
        return found


def rows() -> Any:
    """Return an answer with one connection."""
    return a_snapshot(a_connection("web → store"))


async def test_the_list_leads_to_dns_and_back_and_is_shown_again_without_a_request() -> None:
    dns = answer(
        Query(("client_service", "network.dns_query", "server_dns_server"), endpoint=DNS), "web", "api.example", "x"
    )
    source = Healthy(rows(), dns, insights=[DNS_TIMES_OUT, NEW])
    async with exploring(source, size=(120, 40)) as user:
        await user.sees("TOTAL")
        await user.press("H")
        await user.sees("get no answer")
        await user.sees("dns_query api.example")
        await user.press("enter")
        await user.sees("The DNS requests of this insight")
        await user.until(lambda: len(source.asked) == 2)
        assert source.asked[1].endpoint is DNS

        await user.press("backspace")
        await user.until(lambda: user.main.session.exploration.query.endpoint is CONNECTIONS)
        await user.press("H")
        await user.sees("Network health: 2 insights")
        # What is not known is shown as well.
        await user.press("down")
        await user.sees("peer 10.0.0.1")

    assert len(source.windows) == 1


async def test_a_list_that_comes_late_takes_no_key_from_what_is_open_meanwhile() -> None:
    arrives = asyncio.Event()

    class Slow(Healthy):
        async def insights(self, window: Window) -> Insights:
            await arrives.wait()
            return await super().insights(window)

    async with exploring(Slow(rows(), insights=[NEW])) as user:
        await user.sees("TOTAL")
        await user.press("H", "t")
        await user.until(lambda: isinstance(user.app.screen, TimeRangePicker))
        picker = user.app.screen

        arrives.set()
        await user.sees("Network health is here: H shows it.")
        assert user.app.screen is picker

        await user.press("escape", "H")
        await user.sees("Network health: 1 insight")


async def test_a_missing_scope_is_one_sentence_and_leaves_the_rows() -> None:
    source = Healthy(
        rows(), insights=CredentialsRefused("Refused.", hint="Give it the scope network_health_insights_read.")
    )
    async with exploring(source, size=(120, 30)) as user:
        await user.sees("TOTAL")
        await user.press("H")
        await user.sees("network_health_insights_read")

        assert user.main.session.exploration.problem is None
        assert user.main.session.exploration.snapshot is not None


async def test_a_source_without_insights_says_so() -> None:
    async with exploring(FakeSource(rows()), size=(120, 30)) as user:
        await user.sees("TOTAL")
        await user.press("H")
        await user.sees("This source has no network health insights.")


async def test_nothing_wrong_is_said_too() -> None:
    source = Healthy(rows(), replace(rows()), insights=[])
    async with exploring(source, size=(120, 30)) as user:
        await user.sees("TOTAL")
        await user.press("H")
        await user.sees("Datadog finds nothing wrong in this window")
