"""Test that cnm-tui can use the terminal again after another program has used it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cnm_tui.store.lent_terminal import end_asking

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which programs have a terminal open")


def test_a_program_that_cannot_be_killed_is_left_alone(tmp_path: Path) -> None:
    ours, terminal = os.openpty()
    stdin = os.dup(0)
    program = "trap '' INT; echo ready; read -r never"
    asking = subprocess.Popen(["sh", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert asking.stdout is not None
    asking.stdout.readline()
    # To whoever looks, it is there for ever.
    listed = tmp_path / str(asking.pid)
    (listed / "fd").mkdir(parents=True)
    (listed / "comm").write_text("pinentry-curses\n")
    (listed / "fd" / "0").symlink_to(os.ttyname(terminal))
    try:
        os.dup2(terminal, 0)
        end_asking(tmp_path)
    finally:
        os.dup2(stdin, 0)
        for descriptor in (stdin, ours, terminal):
            os.close(descriptor)

    asking.communicate()
    assert asking.returncode == -signal.SIGKILL
