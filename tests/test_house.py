"""Test which libraries each command imports. `python -m tests.lint` checks the other coding rules."""

import subprocess
import sys

import pytest

HEAVY = {"textual", "rich", "httpx", "keyring"}


@pytest.mark.parametrize("module", ["cnm_tui.cli", "cnm_tui.headless"])
def test_the_command_line_starts_without_screen_network_or_keyring(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_asking_needs_no_toolkit_for_terminals() -> None:
    unused = {"textual", "rich", "pygments"}
    program = f"import sys, cnm_tui.api.client; print(*sorted({unused!r} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
