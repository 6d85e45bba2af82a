"""Test shell completion for the command line of cnm-tui in real shells. The tests press Tab and read the screen."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.shells import SHELLS, found

pytestmark = pytest.mark.pty

SETTINGS = '[profiles.prod-eu]\nsite = "datadoghq.eu"\n[checks.payments]\nfail_if = "critical"\n'
USE = {
    "bash": 'eval "$(cnm-tui completion bash)"',
    "zsh": 'eval "$(cnm-tui completion zsh)"',
    "fish": "cnm-tui completion fish | source",
}


@pytest.fixture(params=USE)
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """Yield a terminal with a shell that has no user configuration, in which the completion is installed.

    The current folder contains one file.
    """
    shell = str(request.param)
    config = tmp_path / "config" / "cnm-tui"
    config.mkdir(parents=True)
    (config / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "certificates.pem").touch()
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    with Terminal([*found(shell), "-i"], (100, 30), environ, folder, modern=False) as opened:
        opened.type(f"{USE[shell]}; echo com''pleted\r")
        opened.wait_for("completed")
        yield opened


assert set(USE) < set(SHELLS)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("cnm-tui doc", "cnm-tui doctor"),
        ("cnm-tui --profile pro", "--profile prod-eu"),
        ("cnm-tui --site datadoghq.e", "--site datadoghq.eu"),
        ("cnm-tui -g client_service,server_doma", "-g client_service,server_domain"),
        ("cnm-tui --sort retransmit_", "--sort retransmit_share"),
        ("cnm-tui query --columns rtt_micro_seconds,tcp_ref", "--columns rtt_micro_seconds,tcp_refusals"),
        ("cnm-tui explain --metric tcp_ref", "--metric tcp_refusals"),
        ("cnm-tui check pay", "check payments"),
        ("cnm-tui --ca-bundle cert", "--ca-bundle certificates.pem"),
        ("cnm-tui query -o cert", "-o certificates.pem"),
    ],
)
def test_tab_completes(terminal: Terminal, typed: str, completed: str) -> None:
    terminal.type(f"{typed}\t")

    terminal.wait_for(completed)


def test_a_view_with_blanks_in_its_name_is_one_word(terminal: Terminal) -> None:
    terminal.type("cnm-tui query --demo --top 1 -f csv --view Slowest\t")
    terminal.wait_for("trips")
    terminal.type("\r")

    # The header of the rows: the shell has passed the whole name.
    terminal.wait_for("rtt_micro_seconds")
