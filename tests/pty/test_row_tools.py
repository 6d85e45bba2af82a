"""Test commands for a row: running programs that the user configured, showing neighbours, and creating monitors."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from tests.program import KEYS
from tests.pty.conftest import Start
from tests.pty.reading import copied, rows
from tests.pty.test_outside import answering
from tests.store.maxmind import maxmind

pytestmark = pytest.mark.pty

SETTINGS = r"""
[commands.show]
run = ["printf", "%s %s\\n", "seen:{server_ip}", "{server_port}"]
key = "f5"
[commands.page]
run = ["cat", "-"]
output = "terminal"
confirm = true
"""


def one_row(groups: Mapping[str, Sequence[str]]) -> bytes:
    """Return an answer with one row of these groups."""
    counters = dict.fromkeys(CONNECTIONS.counted_keys, 1_000)
    attributes = {"group_bys": groups, **counters}
    return json.dumps({"data": [{"id": "1", "type": "aggregated_connection", "attributes": attributes}]}).encode()


@pytest.fixture
def settings(tmp_path: Path) -> None:
    path = tmp_path / ".config" / "cnm-tui" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text(SETTINGS, encoding="utf-8")


def test_neighbours_are_walked_through_drilled_into_and_written(start: Start, tmp_path: Path) -> None:
    terminal = start("--demo", "--filter", "cart")
    terminal.wait_for("redis-cart")

    terminal.press("G")
    terminal.wait_for("Neighbours of ")
    terminal.press("tab")
    terminal.wait_until(lambda: "▾" in terminal.text())
    terminal.press("w")
    terminal.wait_for("Write to a file")
    terminal.press("ctrl+u")
    terminal.type(f"{tmp_path}/graph\r")
    terminal.wait_until(lambda: "Write to a file" not in terminal.text())
    # The same key twice in a row would count as one.
    terminal.press("down")
    terminal.press("enter")

    terminal.wait_for("Drill down")
    assert "digraph connections {" in (tmp_path / "graph.dot").read_text(encoding="utf-8")


def test_a_figure_tells_its_spread_and_all_rows_of_a_filter_are_marked(start: Start) -> None:
    terminal = start("--demo", "--filter", "cart", "--columns", "total_bytes,tcp_resets")
    terminal.wait_for("redis-cart")

    terminal.press("right", "right", "f")
    terminal.wait_for(" · p95 ")
    terminal.press("esc")
    terminal.wait_until(lambda: " · p95 " not in terminal.text())
    terminal.press("*")

    terminal.wait_for("that match the filter marked")


def test_a_monitor_of_the_figure_at_the_cursor_is_copied(start: Start) -> None:
    terminal = start("--demo")
    terminal.wait_until(lambda: rows(terminal))

    terminal.press("right", "right", "right", "Y")
    terminal.wait_for("monitor")
    while not any("POST" in line or '"name": "Network' in line for line in terminal.lines()):
        terminal.press("down")
        terminal.wait_quiet(0.1)
    terminal.press("enter")
    terminal.wait_for("1 monitor")

    assert "network-performance alert" in "".join(copied(terminal))


@pytest.mark.usefixtures("settings")
def test_a_program_runs_for_the_row_and_its_output_is_shown(start: Start) -> None:
    terminal = start("--demo", "-g", "client_service,server_ip,server_port")
    terminal.wait_until(lambda: rows(terminal))
    found = re.search(r"(\d+\.\d+\.\d+\.\d+) +(\d+)", rows(terminal)[0])
    assert found is not None
    address, port = found.groups()

    terminal.press("f5")
    terminal.wait_for(f"seen:{address} {port}")
    terminal.press("enter")
    terminal.wait_for("Ended with exit status 0. 1 line.")

    assert f"seen:{address} {port}" in terminal.lines()
    terminal.press("esc")
    terminal.wait_until(lambda: rows(terminal))


@pytest.mark.usefixtures("settings")
def test_a_program_gets_the_terminal_and_gives_it_back(start: Start) -> None:
    terminal = start("--demo")
    terminal.wait_until(lambda: rows(terminal))

    terminal.press("!", "enter")
    terminal.wait_for("Run page?")
    terminal.press("y")
    terminal.wait_until(lambda: "cat -" in terminal.text() and "Run page?" not in terminal.text())
    terminal.type("typed into cat\r")
    terminal.wait_until(lambda: terminal.text().count("typed into cat") == 2)
    terminal.press("ctrl+c")
    terminal.wait_for("Ended by signal 2. Press a key")
    terminal.press("space")

    terminal.wait_until(lambda: rows(terminal))
    terminal.wait_for("page: Ended by signal 2.")


def test_an_address_without_a_name_is_told_in_the_detail_pane(start: Start) -> None:
    terminal = start("--demo", "-g", "client_service,server_ip,server_port")
    terminal.wait_until(lambda: rows(terminal))

    terminal.press("d")

    terminal.wait_for("private (RFC 1918)")
    assert "Reverse DNS" not in terminal.text()
    terminal.press("O")
    terminal.wait_for("Reverse DNS: ")


def test_country_and_network_are_told_from_ones_own_file(start: Start, tmp_path: Path) -> None:
    pytest.importorskip("maxminddb")
    path = tmp_path / ".config" / "cnm-tui" / "settings.toml"
    path.parent.mkdir(parents=True)
    (tmp_path / "own.mmdb").write_bytes(
        maxmind({"country": {"names": {"en": "France"}}, "autonomous_system_number": 64_500})
    )
    path.write_text(f'geoip = "{tmp_path / "own.mmdb"}"\n', encoding="utf-8")
    groups = {"network.client.ip": ["8.8.8.8"], "server_ip": ["10.0.0.7"]}
    with answering((200, one_row(groups))) as url:
        terminal = start("--api-url", url, "-g", ",".join(groups), environ=KEYS)
        terminal.wait_until(lambda: rows(terminal))

        terminal.press("d")

        terminal.wait_until(lambda: "8.8.8.8: a public address, France, AS64500" in " ".join(terminal.text().split()))
        assert "10.0.0.7: private (RFC 1918)" in " ".join(terminal.text().split())
        # Reverse DNS is asked for by a key only.
        assert "named" not in terminal.text()


def test_a_theme_is_shown_while_one_chooses_and_goes_with_esc(start: Start) -> None:
    terminal = start("--demo")
    terminal.wait_until(lambda: rows(terminal))
    terminal.press("ctrl+t")
    terminal.wait_for("white on black")

    terminal.forget_output()
    terminal.press("down", "down")
    terminal.wait_until(lambda: b"48;2;0;0;0" in terminal.raw or b"48;5;16m" in terminal.raw)
    terminal.press("esc")

    terminal.wait_until(lambda: "white on black" not in terminal.text())


def test_a_tour_leads_from_key_to_key(start: Start) -> None:
    terminal = start("--demo", "--tour")
    terminal.wait_for("1/5  d shows")
    terminal.wait_until(lambda: rows(terminal))

    terminal.press("d")
    terminal.wait_for("2/5  f tells")
    terminal.press("d", "f")
    terminal.wait_for("Breakdown")
    terminal.press("esc")
    terminal.wait_for("3/5  G shows")
    terminal.press("esc")

    terminal.wait_for("The tour is over")
