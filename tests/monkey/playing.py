"""Run the installed cnm-tui in a terminal, and do random steps until a fault is found."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cache
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from tests.monkey.steps import Resize, Step, steps
from tests.program import PROGRAM, environment
from tests.pty.emulator import Emulator
from tests.pty.terminal import PATIENCE_SECONDS, Terminal

MOST_MEMORY_BYTES: Final = 150_000_000
_ADDRESS_SPACE_KIB: Final = 1024 * 1024
_LONGEST_BUSY_SECONDS: Final = 2.0
"""Maximum seconds of processor time for one step: on a busy machine it takes longer by the clock."""
_LOOK_SECONDS: Final = 0.004
_IDLE_SHARE: Final = 0.1
"""Maximum share of processor time between two checks that counts as idle."""
_KEYS_BETWEEN_CHECKS: Final = 250
_LOOKS_AT_SCREEN: Final = 6
_BETWEEN_LOOKS_SECONDS: Final = 0.4
_UNREAD_SECONDS: Final = 0.1
_UNREAD_SHARE: Final = 0.3
_TAKEN_BY_LINE: Final = 2_000
"""Bytes that a terminal buffers for a program that is not reading."""
_MOST_ESCAPES: Final = 12
_LONGEST_ESCAPE_SECONDS: Final = 3.0
_USUAL_SIZE: Final = (80, 24)
_RECORDING: Final = "answers.cnm"
_RECORDED: Final = (("--last", "15m"), ("--dns",), ("-g", "client_pod_name,server_pod_name"), ("--timeline", "1h"))
"""The questions of the recording that is replayed."""
USUAL: Final = ("--demo",)
WAYS: Final = (
    USUAL,
    ("--demo", "--timeline", "2h", "--refresh", "5s"),
    ("replay", _RECORDING),
    ("--demo", "--dns", "--record", "kept.cnm"),
    ("--demo", "-n", "7500", "-g", "client_pod_name,server_pod_name", "--redact"),
)
"""The arguments of each start, one after the other."""
_OUTSIDE: Final = {
    # Whatever is typed as keys of Datadog, nobody there is asked.
    **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), "http://127.0.0.1:9"),
    "NO_PROXY": "127.0.0.1,localhost",
}


class Wrong(Exception):
    """Raised when a fault of cnm-tui is found.

    It contains the command line arguments of the start, and all steps since the start.
    """

    def __init__(self, what: str, since_start: Sequence[Step], way: Sequence[str] = USUAL) -> None:
        super().__init__(what)
        self.since_start = since_start
        self.way = way


class Left(Exception):
    """Raised when a random key has quit cnm-tui. This is allowed."""


class Played(NamedTuple):
    """The result of a random test: the number of keys, the number of starts, and the peak memory in bytes."""

    keys: int
    starts: int
    most_memory_bytes: int


class Cage:
    """A terminal in which cnm-tui runs, with limited memory and with its own home folder and current folder."""

    def __init__(
        self,
        size: tuple[int, int] = _USUAL_SIZE,
        *,
        modern: bool = False,
        mirrored: bool = False,
        way: Sequence[str] = USUAL,
    ) -> None:
        self._open = ExitStack()
        self.home = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="monkey-")))
        limited = f'ulimit -v {_ADDRESS_SPACE_KIB}; exec "$0" "$@"'
        program = [sys.executable, "-m", "tests.monkey.mirrored"] if mirrored else [PROGRAM]
        argv = ["/bin/sh", "-c", limited, *program, *way]
        self._mirror = self.home / "mirror"
        env = environment(str(self.home), {**_OUTSIDE, "MIRROR": str(self._mirror), "PYTHONPATH": os.getcwd()})
        if _RECORDING in way:
            (self.home / _RECORDING).write_bytes(_recording())
        self.way = way
        self.terminal = self._open.enter_context(Terminal(argv, size, env, self.home, modern=modern))
        self.done: list[Step] = []
        self.terminal.wait_for(" rows")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._open.close()

    def do(self, *together: Step) -> bool:
        """Do these steps without a pause, and wait until cnm-tui is idle.

        Return True if cnm-tui still runs, and False if a key has quit it.

        Raises:
            Wrong: cnm-tui crashed or hangs.
        """
        for step in together:
            self.done.append(step)
            if isinstance(step, Resize):
                self.terminal.resize(step.columns, step.rows)
            else:
                self._send(step.encode())
        if self._rests():
            return True
        self._ended()
        return False

    def _ended(self) -> None:
        code, left = self.terminal.wait_exit(), self.terminal.given_back()
        if code or left:
            raise self.wrong(f"it ended with {code}, leaving {left or 'nothing'} behind: {self._last_words()}")

    def _send(self, written: bytes) -> None:
        try:
            self.terminal.send(written)
        except TimeoutError as error:
            raise self.wrong(str(error)) from None
        except OSError:
            # It has ended, which is looked at next.
            return

    def _rests(self) -> bool:
        """Wait until cnm-tui is idle, and return True. Return False if cnm-tui has ended."""
        began, began_at = self._busy_seconds(), time.monotonic()
        before, quiet = began, 0
        while quiet < 3:
            time.sleep(_LOOK_SECONDS)
            if self.terminal.process.poll() is not None:
                return False
            now = self._busy_seconds()
            quiet = quiet + 1 if now - before < _LOOK_SECONDS * _IDLE_SHARE and not self._wants_to_run() else 0
            before = now
            if now - began > _LONGEST_BUSY_SECONDS and time.monotonic() - began_at > _LONGEST_BUSY_SECONDS:
                raise self.wrong(f"it was busy for more than {_LONGEST_BUSY_SECONDS:g} s after one step")
        return True

    def _busy_seconds(self) -> float:
        try:
            text = Path(f"/proc/{self.terminal.process.pid}/schedstat").read_text()
        except OSError:
            return 0.0
        return int(text.split()[0]) / 1e9 if text else 0.0

    def _wants_to_run(self) -> bool:
        """Return True if a thread of cnm-tui is running or waiting for a processor."""
        threads = Path(f"/proc/{self.terminal.process.pid}/task").glob("*/stat")
        with suppress(OSError):
            return any(thread.read_text().rpartition(")")[2].split()[0] != "S" for thread in threads)
        return False

    def check(self) -> int:
        """Resize the terminal, close all dialogs with Esc, and return the memory that cnm-tui uses, in bytes.

        Raises:
            Wrong: The rows are not visible, or cnm-tui uses too much memory.
            Left: An earlier key has quit cnm-tui.
        """
        self.terminal.forget()
        self.terminal.resize(79, 24)
        self._settled()
        self.terminal.resize(*_USUAL_SIZE)
        self._settled()
        self.back_to_rows()
        memory = self.terminal.usage().rss_bytes
        if memory > MOST_MEMORY_BYTES:
            raise self.wrong(f"it takes {memory / 1e6:.0f} MB of memory")
        return memory

    def do_unread(self, step: Step) -> bool:
        """Do a step while the terminal accepts no output, which simulates a slow network line.

        Return True if cnm-tui still runs, and False if a key has quit it.
        """
        self.terminal.stall()
        self.done.append(step)
        try:
            if isinstance(step, Resize):
                self.terminal.resize(step.columns, step.rows)
            elif len(step) < _TAKEN_BY_LINE:
                self._send(step.encode())
            time.sleep(_UNREAD_SECONDS)
        finally:
            self.terminal.go_on()
        return self.do()

    def check_screen(self) -> None:
        """Compare the screen of the terminal with the internal copy of the screen in cnm-tui.

        Raises:
            Wrong: Both still differ after the longest allowed delay.
            Left: An earlier key has quit cnm-tui.
        """
        for looks_left in reversed(range(_LOOKS_AT_SCREEN)):
            believed = self._believed()
            if believed is None:
                return
            differing = [
                f"believed {believed.lines()[y]!r}\non it    {line!r}"
                for y, line in enumerate(self.terminal.lines())
                if believed.cells(y) != self.terminal.cells(y)
            ]
            if not differing:
                return
            if not looks_left:
                raise self.wrong("\n".join(["the screen is not what the program believes:", *differing]))
            time.sleep(_BETWEEN_LOOKS_SECONDS)

    def _believed(self) -> Emulator | None:
        """Return the internal copy of the screen in cnm-tui. Return None if cnm-tui has ended or is busy again."""
        self._settled()
        self._mirror.unlink(missing_ok=True)
        with suppress(ProcessLookupError):
            self.terminal.send_signal(signal.SIGUSR1)
        end = time.monotonic() + _LONGEST_ESCAPE_SECONDS
        while not self._mirror.exists():
            if self.terminal.process.poll() is not None or time.monotonic() > end:
                return None
            time.sleep(_LOOK_SECONDS)
        self._settled()
        believed = Emulator(self.terminal.columns, self.terminal.rows)
        believed.feed(self._mirror.read_bytes())
        return believed

    def back_to_rows(self) -> None:
        """Close all dialogs with Esc.

        Raises:
            Wrong: The rows are still not visible afterwards.
            Left: An earlier key has quit cnm-tui.
        """
        for _ in range(_MOST_ESCAPES):
            if not self.covered():
                return
            self._escape()
        if covered := self.covered():
            raise self.wrong(f"esc does not lead back to the rows ({covered}):\n{self.terminal.text()}")

    def _escape(self) -> None:
        # The clock in the first line changes by itself.
        before = self.terminal.lines()[1:]
        self.terminal.press("esc")
        with suppress(TimeoutError):
            self.terminal.wait_until(lambda: self.terminal.lines()[1:] != before, _LONGEST_ESCAPE_SECONDS)
        self._settled()

    def _settled(self) -> None:
        if not self._rests():
            self._ended()
            raise Left

    def covered(self) -> str:
        """Return a name for what covers the rows on the screen, such as `a dialog`. Return an empty text if
        nothing does.
        """
        lines = self.terminal.lines()
        if not lines[0].startswith(" cnm-tui"):
            return "no title"
        return "a dialog" if any("╭" in line for line in lines) else ""

    def leave(self) -> None:
        """Quit cnm-tui with Ctrl+Q, as a user does.

        Raises:
            Wrong: The exit code is not 0, or the terminal is not restored.
        """
        self.terminal.press("ctrl+q")
        code, left = self.terminal.wait_exit(PATIENCE_SECONDS), self.terminal.given_back()
        if code or left:
            raise self.wrong(f"left with ctrl+q it ended with {code}, leaving {left or 'nothing'} behind")

    def _last_words(self) -> str:
        crashes = sorted(self.home.rglob("crash-*.txt"))
        written = crashes[-1].read_text() if crashes else ""
        tail = self.terminal.raw[-400:].decode(errors="replace")
        return f"{written}\n{tail!r}"

    def wrong(self, what: str) -> Wrong:
        """Return an exception that contains a description of the fault, and all steps that led to the fault."""
        return Wrong(what, tuple(self.done), self.way)


@cache
def _recording() -> bytes:
    """Return the content of a recording file that was made with the demo."""
    with tempfile.TemporaryDirectory() as home:
        for question in _RECORDED:
            asked = [PROGRAM, "query", "--demo", "--record", _RECORDING, *question]
            subprocess.run(asked, env=environment(home), cwd=home, capture_output=True, check=True)
        return (Path(home) / _RECORDING).read_bytes()


def play(seed: int, keys: int, *, mirrored: bool = False) -> Played:
    """Do the random steps of a seed until this many keys have been pressed. Restart cnm-tui when a key has quit it.

    If `mirrored` is True, the screen is compared after each step with the internal copy of the screen in cnm-tui.
    The terminal then sometimes accepts no output for a while.

    Raises:
        Wrong: A step caused a fault.
    """
    coming, pressed, starts, most, checked = steps(seed), 0, 0, 0, 0
    chance = random.Random(seed)
    for way in cycle(_from(seed)):
        if pressed >= keys:
            break
        starts += 1
        with Cage(modern=bool(seed % 2), mirrored=mirrored, way=way) as cage, suppress(Left):
            runs = True
            while runs and pressed < keys:
                step, count = next(coming)
                pressed += count
                runs = cage.do_unread(step) if mirrored and chance.random() < _UNREAD_SHARE else cage.do(step)
                if runs and mirrored:
                    cage.check_screen()
                if runs and pressed - checked >= _KEYS_BETWEEN_CHECKS:
                    checked = pressed
                    most = max(most, cage.check())
            if runs:
                cage.leave()
    return Played(pressed, starts, most)


def _from(seed: int) -> Sequence[Sequence[str]]:
    """Return the command line arguments for each start of cnm-tui. The seed decides which arguments are used
    first.
    """
    first = seed % len(WAYS)
    return *WAYS[first:], *WAYS[:first]


def fails(program_steps: Sequence[Step], *, modern: bool, way: Sequence[str] = USUAL) -> str:
    """Start cnm-tui and do these steps. Return the fault as text, or an empty text if there is no fault."""
    try:
        with Cage(modern=modern, way=way) as cage, suppress(Left):
            if all(cage.do(step) for step in program_steps):
                cage.check()
    except Wrong as wrong:
        return str(wrong)
    return ""


def shortest(wrong: Wrong, *, modern: bool) -> Sequence[Step]:
    """Return the shortest sequence of steps that still causes the fault, as far as a limited search finds one."""
    found = wrong.since_start
    for last in (1, 3, 10, 30, 100):
        if last < len(found) and fails(found[-last:], modern=modern, way=wrong.way):
            found = found[-last:]
            break
    place = 0
    while place < len(found) and len(found) <= 30:
        without = (*found[:place], *found[place + 1 :])
        if without and fails(without, modern=modern, way=wrong.way):
            found = without
        else:
            place += 1
    return found
