"""Start the programs to measure: cnm-tui and others.

Each program runs in a terminal of 200x50, with its own home folder and without real API keys.
"""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.bench.answers import GROUP_BYS
from tests.program import PROGRAM, environment
from tests.pty.terminal import Terminal

SIZE: Final = (200, 50)
ROWS: Final = 7_500
GRID_ROWS: Final = range(2, 48)
"""Lines of the screen that contain only the grid's rows."""
A_ROW: Final = "row 1 of "
"""Text that is on the screen with the first rows, and not before."""
_REPOSITORY: Final = Path(__file__).parents[2]
_ANY_KEYS: Final = {"DD_API_KEY": "any", "DD_APP_KEY": "any"}


class Server:
    """A server process that sends prepared API responses."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self._stdout = process.stdout
        self.url = self._stdout.readline().strip()

    def last_byte_at(self) -> float:
        """Wait for the next response of the server, and return the time at which its last byte was sent
        (CLOCK_MONOTONIC).
        """
        return float(self._stdout.readline())

    def answers_within(self, seconds: float) -> bool:
        """Return True if the server sends one more response within this number of seconds, otherwise False."""
        if not select.select([self._stdout], [], [], seconds)[0]:
            return False
        self.last_byte_at()
        return True


@contextmanager
def server(rows: int = ROWS, turns: int = 1, changed_share: float = 1.0, moved: int = 0) -> Iterator[Server]:
    """Yield a server that runs in its own process and is ready to send responses."""
    arguments = [str(argument) for argument in (rows, turns, changed_share, moved)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server", *arguments],
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


@contextmanager
def explorer(url: str, *arguments: str) -> Iterator[Terminal]:
    """Yield a terminal in which cnm-tui runs, connected to the server at this URL. By default it does not refresh."""
    question = ["--api-url", url, "-g", ",".join(GROUP_BYS), "-n", str(ROWS)]
    with (
        tempfile.TemporaryDirectory() as home,
        Terminal([PROGRAM, *question, *(arguments or ("--refresh", "off"))], SIZE, environment(home, _ANY_KEYS)) as it,
    ):
        yield it


@contextmanager
def explorer_with_rows(url: str, *arguments: str) -> Iterator[Terminal]:
    """Yield a terminal in which cnm-tui runs, after all rows are displayed and the detail pane is closed."""
    with explorer(url, *arguments) as terminal:
        terminal.wait_for(A_ROW)
        terminal.wait_quiet(0.5)
        terminal.press("d")
        terminal.wait_quiet(0.5)
        yield terminal


@contextmanager
def module(name: str, *arguments: str) -> Iterator[Terminal]:
    """Yield a terminal in which a Python module of this folder runs as a program."""
    environ = {**os.environ, "PYTHONPATH": str(_REPOSITORY)}
    with Terminal([sys.executable, "-m", name, *arguments], SIZE, environ) as terminal:
        yield terminal


def seconds_of(argv: list[str], url: str) -> float:
    """Run the command, discard its output, and return the duration of the run in seconds."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**environment(home, _ANY_KEYS), "PYTHONPATH": str(_REPOSITORY)}
        started = time.monotonic()
        subprocess.run([*argv, url], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return time.monotonic() - started
