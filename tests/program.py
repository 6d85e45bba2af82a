"""Run the installed cnm-tui as users do, with its own home folder and without real API keys or a keyring."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROGRAM = str(Path(sys.executable).parent / "cnm-tui")
API_KEY = "0123456789-an-api-key"
APPLICATION_KEY = "9876543210-an-application-key"
KEYS = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APPLICATION_KEY}
_PATIENCE_SECONDS = 60

Done = subprocess.CompletedProcess[str]


def environment(home: str, more: Mapping[str, str] = KEYS) -> dict[str, str]:
    """Return a minimal set of environment variables, with `home` as the home folder and the variables in `more`."""
    return {"HOME": home, "PATH": os.environ.get("PATH", ""), **more}


def run(*arguments: str, environ: Mapping[str, str] = KEYS, typed: str | bytes = "") -> Done:
    """Run cnm-tui until it ends, and check that its output contains no API key.

    Args:
        arguments: The command line arguments.
        environ: Additional environment variables.
        typed: The text or bytes that cnm-tui reads from stdin.
    """
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=environment(home, environ),
            input=typed if isinstance(typed, bytes) else typed.encode(),
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    said = Done(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert API_KEY not in said.stdout + said.stderr
    assert APPLICATION_KEY not in said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    return said


@contextmanager
def started(*arguments: str, environ: Mapping[str, str] = KEYS) -> Iterator[subprocess.Popen[str]]:
    """Yield the running process of cnm-tui. At the end, kill it if it still runs."""
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(
            [PROGRAM, *arguments],
            env=environment(home, environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    """Wait for the first line of the process's output, and return the line."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def demo_url(*arguments: str) -> Iterator[str]:
    """Yield the URL of a running demo server."""
    with started("demo", "--port", "0", *arguments) as process:
        yield first_line(process)
