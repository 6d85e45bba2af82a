"""The installed program run as people run it, away from their home, keys and keyring."""

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
    """As little as a program needs, and these variables."""
    return {"HOME": home, "PATH": os.environ.get("PATH", ""), **more}


def run(*arguments: str, environ: Mapping[str, str] = KEYS, typed: str | bytes = "") -> Done:
    """Run it to its end; whatever it says, it says no key."""
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
    """The program while it runs; killed if it still does at the end."""
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
    """What it printed first."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def demo_url(*arguments: str) -> Iterator[str]:
    """Where a demo answers, as long as it is needed."""
    with started("demo", "--port", "0", *arguments) as process:
        yield first_line(process)
