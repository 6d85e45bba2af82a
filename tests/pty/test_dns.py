"""Test that the user can go from a connection to its DNS data and back, and from an insight to its rows.

The tests use the demo.
"""

import pytest

from tests.pty.conftest import WIDE, Start
from tests.pty.reading import headings, rows

pytestmark = pytest.mark.pty

CARDS = "client_service:payments AND server_domain:cards.example"


def test_d_shows_the_dns_of_the_client_and_backspace_comes_back(start: Start) -> None:
    explorer = start("--demo", "-g", "client_service,server_domain", "-q", CARDS, size=WIDE)
    explorer.wait_until(lambda: rows(explorer))
    before = headings(explorer)

    explorer.press("D")
    explorer.wait_for("DNS of the same client; backspace goes back.")
    explorer.wait_until(lambda: headings(explorer)[:2] == ["network.dns_query", "server_dns_server"])
    # The name, and what the search path makes of it.
    explorer.wait_for("cards.example.svc.cluster.local")

    explorer.press("backspace")
    explorer.wait_until(lambda: headings(explorer) == before)


def test_dns_is_drilled_filtered_and_resumed(start: Start) -> None:
    explorer = start("--demo", "--dns", "-g", "server_dns_server", size=WIDE)
    explorer.wait_for("coredns")
    explorer.press("/")
    explorer.type("requests>1")
    explorer.press("enter")
    explorer.press("enter")
    explorer.wait_for("─ Drill down ─")
    explorer.press("enter")
    explorer.wait_until(lambda: headings(explorer)[:1] == ["network.dns_query"])
    explorer.wait_for("server_dns_server:coredns")
    explorer.press("q")
    explorer.wait_exit()

    again = start("--demo", "--resume", size=WIDE)

    again.wait_until(lambda: headings(again)[:1] == ["network.dns_query"])
    again.wait_for("server_dns_server:coredns")


def test_h_lists_network_health_and_enter_shows_the_rows_of_one(start: Start) -> None:
    explorer = start("--demo", size=WIDE)
    explorer.wait_for("client_service")
    explorer.wait_until(lambda: rows(explorer))

    explorer.press("H")
    explorer.wait_for("─ Network health: ")
    explorer.type("security-group")
    explorer.wait_for("are denied by a security group")
    explorer.press("enter")

    explorer.wait_for("backspace goes back, H lists them again.")
    explorer.wait_for("server_service:bank-gateway")
