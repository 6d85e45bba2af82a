"""Test the error message if the child process of the demo cannot be started."""

import sys
from pathlib import Path

import pytest

from cnm_tui.core.errors import Unreachable
from cnm_tui.demo_process import DemoProcess


def test_a_demo_that_the_system_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = tmp_path / "python"
    interpreter.touch(mode=0o644)
    monkeypatch.setattr(sys, "executable", str(interpreter))

    with pytest.raises(Unreachable, match="The demo did not start: Permission denied"):
        DemoProcess()
