"""Test the output streams of cnm-tui, stdout and stderr.

If writing to stdout fails, there must be one error message and exit code 4. If writing to stderr fails,
nothing else must change.
"""

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.program import PROGRAM, environment

pytestmark = pytest.mark.slow

COMMANDS = [
    "--help",
    "--version",
    "query --demo -n 3",
    "doctor --demo",
    "doctor --demo --json",
    "auth status --no-keyring",
    "demo",
]


def terminal_that_went() -> int:
    """Return a file descriptor of a pseudo-terminal that was closed. Writing to it fails with EIO."""
    window, terminal = pty.openpty()
    os.close(window)
    return terminal


def full_pipe() -> int:
    """Return a file descriptor of a full pipe that nobody reads. Writing to it fails with EAGAIN."""
    _, into = os.pipe()
    os.set_blocking(into, False)
    try:
        while True:
            os.write(into, b"." * 4_096)
    except BlockingIOError:
        return into


def read_only() -> int:
    """Return a file descriptor that is open only for reading. Writing to it fails with EBADF."""
    return os.open(os.devnull, os.O_RDONLY)


def run(command: str, home: Path, stream: str, failing: int) -> tuple[int, str]:
    """Run cnm-tui with one output stream that fails.

    Returns:
        The exit code, and the text that cnm-tui wrote to the other output stream.
    """
    other = "stderr" if stream == "stdout" else "stdout"
    streams = {stream: failing, other: subprocess.PIPE}
    done = subprocess.run(  # type: ignore[call-overload]
        [PROGRAM, *command.split()],
        env=environment(str(home)),
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=60,
        **streams,
    )
    os.close(failing)
    return done.returncode, getattr(done, other)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("failing", "why"),
    [
        (terminal_that_went, "Input/output error"),
        (read_only, "Bad file descriptor"),
        (full_pipe, "write could not complete without blocking|Resource temporarily unavailable"),
    ],
    ids=["EIO", "EBADF", "EAGAIN"],
)
def test_a_stdout_that_fails_is_said_in_one_sentence(
    tmp_path: Path, command: str, failing: Callable[[], int], why: str
) -> None:
    code, said = run(command, tmp_path, "stdout", failing())

    assert code == 4
    assert re.fullmatch(f"cnm-tui: stdout could not be written: ({why})\\.\n", said)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_may_not_grow_is_said_in_one_sentence(tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        # EFBIG, which comes on the same way as the EDQUOT of a quota.
        ["/bin/sh", "-c", f'ulimit -f 0; exec "$0" {command} > out', PROGRAM],
        cwd=tmp_path, env=environment(str(tmp_path)), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (4, "cnm-tui: stdout could not be written: File too large.\n")


@pytest.mark.parametrize("command", [command for command in COMMANDS if "query" not in command])
def test_a_stdout_that_is_closed_is_said_in_one_sentence(tmp_path: Path, command: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" {command} >&-', PROGRAM],
        env=environment(str(tmp_path)), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (4, "cnm-tui: There is no stdout to write to.\n")


@pytest.mark.parametrize("failing", [terminal_that_went, read_only, full_pipe], ids=["EIO", "EBADF", "EAGAIN"])
def test_where_stderr_fails_all_is_done_without_it(tmp_path: Path, failing: Callable[[], int]) -> None:
    settings = tmp_path / ".config" / "cnm-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("unknown = 1\n")

    rows = run("query --demo -n 3", tmp_path, "stderr", failing())
    file = run(f"query --demo -n 3 -f csv -o {tmp_path / 'rows.json'}", tmp_path, "stderr", failing())
    doctor = run("doctor --demo", tmp_path, "stderr", failing())
    logout = run("auth logout --no-keyring", tmp_path, "stderr", failing())

    assert (rows[0], rows[1].count("\n")) == (0, 3)
    assert (file[0], (tmp_path / "rows.json").read_text().count("\n")) == (0, 4)
    assert (doctor[0], "A question could be asked." in doctor[1]) == (0, True)
    assert logout == (0, "")


@pytest.mark.parametrize("command", [command for command in COMMANDS if not command.startswith("auth")])
def test_whoever_reads_nothing_of_it_sees_no_failure(tmp_path: Path, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)

    code, said = run(command, tmp_path, "stdout", writing)

    assert code == 0
    assert "stdout" not in said
    assert "roken" not in said


@pytest.mark.parametrize(
    ("command", "code"),
    [("check --demo --fail-if total_bytes>1", 5), ("auth status --no-keyring", 3), ("doctor --no-keyring", 3)],
)
def test_a_reader_that_leaves_early_turns_no_failure_into_success(command: str, code: int, tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as stdout:
        environ = environment(str(tmp_path), {})
        done = subprocess.run([PROGRAM, *command.split()], env=environ, stdout=stdout, stderr=subprocess.PIPE)

    assert done.returncode == code, done.stderr
