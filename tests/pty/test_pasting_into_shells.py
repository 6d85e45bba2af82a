"""Test that a copied command has no side effects when it is pasted into a shell."""

import os
import pty
import select
import signal
import time
from pathlib import Path

import pytest

from cnm_tui.core.shell import joined, shell_lines
from tests.pty.terminal import PATIENCE_SECONDS
from tests.shells import HOSTILE, Commands, found

pytestmark = pytest.mark.pty


def type_into(argv: list[str], environ: dict[str, str], folder: Path, lines: list[str], commands: Commands) -> None:
    """Type the lines into an interactive shell. Each line is typed after the line before has run."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(argv[0], argv, environ)
    try:
        for number, line in enumerate(["say ready", *lines]):
            os.write(terminal, line.encode() + b"\r")
            give_up = time.monotonic() + PATIENCE_SECONDS
            while len(commands.told()) <= number:
                if select.select([terminal], [], [], 0.002)[0]:
                    os.read(terminal, 65_536)
                assert time.monotonic() < give_up, line
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_nothing_in_a_command_is_expanded_where_one_types(shell: str, tmp_path: Path) -> None:
    commands = Commands(tmp_path, "say", "touch")
    values = [value for value in HOSTILE if set(value) & set("!\\'=~^%")]
    lines = [joined(["say", value]) for value in values]
    folded = ["\r".join(shell_lines(joined(["say", f"{value}!! 東" * 9]), 41)) for value in values[::9]]

    type_into([*found(shell), "-i"], commands.environ, tmp_path / "empty", lines + folded, commands)

    wanted = [["ready"], *([value] for value in values), *([f"{value}!! 東" * 9] for value in values[::9])]
    assert (commands.told(), commands.acted()) == (wanted, [])
