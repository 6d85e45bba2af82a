"""Test a complete task with the mouse only. The test sends the bytes that a terminal sends for mouse actions."""

import pytest

from cnm_tui.demo.incidents import INCIDENTS
from tests.pty.conftest import Start
from tests.pty.reading import detail, headings, rows
from tests.pty.terminal import Terminal
from tests.pty.test_drilling import SILENCE_SECONDS, hardest_hit, is_cut_of, when_most_in_force

pytestmark = pytest.mark.pty

REFUSED = next(incident for incident in INCIDENTS if incident.name == "refused since a deploy")
WHEEL_DOWN, WHEEL_DOWN_WITH_SHIFT = 65, 69
FIRST_ROW = 4
"""Screen line of the first row, from 0; one more with breadcrumbs."""


class Mouse:
    """A simulated mouse in a terminal. It can click and turn its wheel."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def click(self, words: str, times: int = 1) -> None:
        """Wait until these words are on the screen, and click on their last occurrence."""
        self._terminal.wait_for(words)
        self._terminal.wait_quiet(SILENCE_SECONDS)
        lines = self._terminal.lines()
        y = max(number for number, line in enumerate(lines) if words in line)
        self.click_at(lines[y].rindex(words), y, times)

    def click_at(self, x: int, y: int, times: int = 1) -> None:
        """Press and release the mouse button at this column and row (from 0). A double click is sent in one packet."""
        at = f"{x + 1};{y + 1}"
        self._terminal.send(f"\x1b[<0;{at}M\x1b[<0;{at}m".encode() * times)

    def wheel_to(self, words: str, code: int, x: int, y: int) -> None:
        """Turn the mouse wheel step by step until the words are visible. `code` is the terminal's code for the
        direction.
        """
        while words not in self._terminal.text():
            self._terminal.send(f"\x1b[<{code};{x + 1};{y + 1}M".encode())
            self._terminal.wait_quiet(SILENCE_SECONDS / 2)


def wait_for_headings(terminal: Terminal, *names: str) -> None:
    """Wait until the screen displays the rows of an answer with these column headings."""
    terminal.wait_until(
        lambda: (
            "previous question" not in terminal.text()
            and all(any(is_cut_of(heading, name) for heading in headings(terminal)) for name in names)
            and rows(terminal)[0]
        )
    )
    terminal.wait_quiet(SILENCE_SECONDS)


def test_from_the_first_screen_to_the_worst_pair_by_mouse_alone(start: Start) -> None:
    begin, end = when_most_in_force(REFUSED)
    terminal = start("--refresh", "off", "--from", str(begin), "--to", str(end), size=(80, 24))
    mouse = Mouse(terminal)

    mouse.click("open the demo")
    wait_for_headings(terminal, "client_service", "server_service")

    # Sideways to the figure that matters, and sort by it.
    mouse.wheel_to("REFUSED", WHEEL_DOWN_WITH_SHIFT, 40, 10)
    mouse.click("REFUSED")
    wait_for_headings(terminal, "REFUSED▾")

    # Down on one end, then on the other.
    mouse.click_at(5, FIRST_ROW, times=2)
    terminal.wait_for("─ Drill down ─")
    first = next(side for side in ("client", "server") if f"{side}_pod_name" in terminal.text())
    mouse.click(f"{first}_pod_name")
    wait_for_headings(terminal, f"{first}_pod_name")
    mouse.click_at(5, FIRST_ROW + 1, times=2)
    terminal.wait_for("─ Drill down ─")
    mouse.click(f"{'server' if first == 'client' else 'client'}_pod_name")
    wait_for_headings(terminal, "client_pod_name", "server_pod_name")

    # Its figures: where the last line has no room for a hint, each line of the help does what it says.
    mouse.click("? help")
    terminal.wait_for("─ Keys ─")
    mouse.wheel_to("Detail pane", WHEEL_DOWN, 20, 10)
    mouse.click("Detail pane")
    client, server = hardest_hit(REFUSED)
    terminal.wait_until(lambda: f"client_pod_name {client} server_pod_name {server} " in detail(terminal))
    mouse.click("esc closes")
    wait_for_headings(terminal, "client_pod_name", "server_pod_name")

    # And the way back.
    mouse.click("everything")
    wait_for_headings(terminal, "client_service", "server_service")
