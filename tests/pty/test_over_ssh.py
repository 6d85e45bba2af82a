"""Test cnm-tui over a connection to a real sshd."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import environment
from tests.pty.terminal import Terminal, runs
from tests.ssh_server import MISSING, SshServer, ssh_server

pytestmark = pytest.mark.pty


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    if MISSING:
        reason = f"not installed: {', '.join(MISSING)}"
        if os.environ.get("CNM_TUI_TESTS_NEVER_SKIP"):
            pytest.fail(reason)
        pytest.skip(reason)
    with ssh_server(tmp_path) as server:
        yield server


@pytest.fixture
def explorer(server: SshServer, tmp_path: Path) -> Iterator[Terminal]:
    command = server.explorer("--demo", "--refresh", "off")
    with Terminal(command, env=environment(str(tmp_path), {}), modern=False) as terminal:
        terminal.wait_for(" rows ")
        yield terminal


def test_it_is_looked_at_moved_in_and_left(explorer: Terminal, server: SshServer) -> None:
    first, *_ = explorer.key_latency("down")
    assert first.written
    sessions = server.sessions()

    explorer.press("q")

    assert explorer.wait_exit() == 0
    assert explorer.given_back() == []
    assert explorer.text().strip() == ""
    explorer.wait_until(lambda: not any(map(runs, sessions)))


def test_a_killed_client_leaves_no_process_behind(explorer: Terminal, server: SshServer) -> None:
    sessions = server.sessions()
    assert len(sessions) >= 3  # The server's for this client, the explorer, the demo.

    explorer.send_signal(signal.SIGKILL)

    assert explorer.wait_exit() == -signal.SIGKILL
    explorer.wait_until(lambda: not any(map(runs, sessions)))


def test_the_explorer_there_knows_that_it_is_far_away(explorer: Terminal) -> None:
    explorer.press("y")

    explorer.wait_for("sent to the terminal's clipboard")
