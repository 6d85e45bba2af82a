"""Measure cnm-tui over a real sshd and a slow network line: the first screen, single key presses, and a held
key.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.bench.figures import Figure, at_most, for_orientation, middle, ms
from tests.bench.slow_line import SlowLine, slow_line
from tests.program import environment
from tests.pty.terminal import Terminal
from tests.ssh_server import MISSING, ssh_server

_ROUND_TRIP_SECONDS: Final = 0.1
_BITS_PER_SECOND: Final = 64_000
_SIZE: Final = (80, 24)
_QUIET_SECONDS: Final = 1.0
"""Longer than a frame and its transfer take."""
_PRESSES: Final = 8
_HELD_SECONDS: Final = 2.0
_REPEATS_A_SECOND: Final = 30
_BOUNDS: Final = {"plain": ((), 14_000, 400, 2_600, 40), "ssh -C": (("-C",), 7_000, 120, 700, 6)}
"""Options of the ssh client, and the maximum traffic: first screen, key down, page down in bytes, a held key in kB."""


def over_ssh() -> Iterator[Figure]:
    """Measure cnm-tui with the demo over ssh, with 256 colours in a terminal of 80x24.

    The measurements are made with and without the compression of ssh.
    """
    if MISSING:
        print(f"ssh: not measured, not installed: {', '.join(MISSING)}", file=sys.stderr)
        return
    for name, (options, start, down, page, held) in _BOUNDS.items():
        with _far_away(options) as (terminal, line):
            seconds = terminal.wait_for(" rows ", timeout=60)
            terminal.wait_quiet(_QUIET_SECONDS)
            yield at_most(f"{name}, bytes on the line: first screen, ssh's hello included", line.brought, start, "B")
            yield for_orientation(f"{name}: from ssh to the rows", ms(seconds))
            for key, most in (("down", down), ("pgdn", page)):
                brought, took = _pressed(terminal, line, key)
                yield at_most(f"{name}, bytes on the line: {key}", brought, most, "B")
                yield for_orientation(f"{name}: {key}, to the last byte", ms(took))
            before = line.brought
            lag = _held(terminal)
            yield at_most(f"{name}, bytes on the line: down held for 2 s", (line.brought - before) / 1e3, held, "kB")
            yield for_orientation(f"{name}: from letting it go to the last byte", ms(lag))


@contextmanager
def _far_away(options: tuple[str, ...]) -> Iterator[tuple[Terminal, SlowLine]]:
    with (
        tempfile.TemporaryDirectory() as directory,
        ssh_server(Path(directory)) as server,
        slow_line(server.port, round_trip_seconds=_ROUND_TRIP_SECONDS, bits_per_second=_BITS_PER_SECOND) as line,
    ):
        command = server.explorer("--demo", "--refresh", "off", port=line.port, options=options)
        with Terminal(command, _SIZE, environment(directory, {}), modern=False) as terminal:
            yield terminal, line


def _pressed(terminal: Terminal, line: SlowLine, key: str) -> tuple[float, float]:
    """Press the key several times. Return the median number of bytes on the network line and the median duration.

    The duration of a key press, in seconds, ends with the last byte of the output.
    """
    brought, took = [], []
    for _ in range(_PRESSES):
        before = line.brought
        (press,) = terminal.key_latency(key, quiet_seconds=_QUIET_SECONDS)
        brought.append(line.brought - before)
        took.append(press.settled_seconds)
    return middle(brought), middle(took)


def _held(terminal: Terminal) -> float:
    """Hold the key Down, release the key, and return the seconds from the release to the end of the output."""
    terminal.press("home")
    terminal.wait_quiet(_QUIET_SECONDS)
    for _ in range(int(_HELD_SECONDS * _REPEATS_A_SECOND)):
        terminal.press("down")
        time.sleep(1 / _REPEATS_A_SECOND)
    let_go = terminal.mark()
    return max(0.0, terminal.wait_quiet(_QUIET_SECONDS, timeout=60) - let_go.seconds)
