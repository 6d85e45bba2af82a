"""Keys that a command prints: real programs, run as a password manager would be."""

import os
import sys
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest

from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.store.key_command import printed_key

ENVIRON = {"PATH": os.environ.get("PATH", "")}


def shell(script: str) -> tuple[str, ...]:
    """A password manager of one line."""
    return ("/bin/sh", "-c", script)


def refused(script: str, seconds: float = 20.0) -> str:
    """The sentence about a command that gave no key."""
    with pytest.raises(CredentialsMissing) as caught:
        printed_key("api_key_command", shell(script), ENVIRON, seconds=seconds)
    return str(caught.value)


def test_the_first_line_is_the_key() -> None:
    found = printed_key("api_key_command", shell("printf ' 0123 \\nuser: somebody\\n'"), ENVIRON)

    assert found.reveal() == "0123"


def test_its_arguments_are_no_shell_s(tmp_path: Path) -> None:
    found = printed_key("api_key_command", ("printf", "%s", f"$(touch {tmp_path}/x);`id`"), ENVIRON)

    assert found.reveal() == f"$(touch {tmp_path}/x);`id`"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 0123; echo more >&2; echo 'gpg: No secret key.' >&2; exit 2", "exit status 2: gpg: No secret key."),
        ("echo 0123; exit 3", "sh failed with exit status 3."),
        ("true", "sh printed nothing on its first line."),
        ("printf '\\n0123'", "sh printed nothing on its first line."),
        ("printf '\\033]52;c;x\\007' >&2; exit 1", "exit status 1: ␛]52;c;x␇."),
    ],
)
def test_a_command_that_gives_no_key_is_named_with_what_it_said(script: str, said: str) -> None:
    sentence = refused(script)

    assert sentence.startswith("api_key_command: sh ")
    assert sentence.endswith(said)
    assert "0123" not in sentence


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(CredentialsMissing, match=r"app_key_command: no-such-program cannot be run: No such file"):
        printed_key("app_key_command", ("/opt/no-such-program", "x"), ENVIRON)


def test_one_that_waits_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    sentence = refused(f"sleep 600 & echo $! > {tmp_path}/child; wait", seconds=1.0)

    assert sentence == "api_key_command: sh printed no key in 1 s; it may be waiting for a password."
    assert time.monotonic() - began < 600
    child = int((tmp_path / "child").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_it_has_no_terminal_no_input_and_no_keys() -> None:
    looks = (
        "import os, sys\n"
        "try: os.open('/dev/tty', os.O_RDWR); print('tty')\n"
        "except OSError: print(sys.stdin.read(), *sorted(n for n in os.environ if n[:3] in ('DD_', 'GPG')))"
    )
    environ = {
        **ENVIRON,
        "DD_API_KEY": "a",
        "DD_APP_KEY": "b",
        "DD_ACCESS_TOKEN": "c",
        "GPG_TTY": "/dev/tty",
        "DD_SITE": "datadoghq.eu",
    }

    assert printed_key("api_key_command", (sys.executable, "-c", looks), environ).reveal() == "DD_SITE"
