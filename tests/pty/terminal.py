"""Run a program in a pseudo-terminal, press keyboard keys, and read its screen. Measure the times of its output."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.pty.conversation import CELL_HEIGHT, CELL_WIDTH, IN_BAND_RESIZE, Conversation
from tests.pty.emulator import Cell, Emulator

PATIENCE_SECONDS: Final = 60.0
_SETTLED_SECONDS: Final = 0.015
"""Silence before output is read, so that reading does not disturb the program or the timestamps."""
_LONGEST_PUT_OFF_SECONDS: Final = 0.25
_LOOK_SECONDS: Final = 0.02
_MOST_PIXELS: Final = 65_535
"""A larger size cannot be reported."""
_TERMIOS_PARTS: Final = ("iflag", "oflag", "cflag", "lflag")
_OF_ANOTHER_TERMINAL: Final = {"LINES", "COLUMNS", "NO_COLOR", "TMUX", "STY"}
_TAKE_THE_TERMINAL: Final = ': <>"$0"; exec "$@"'
"""The leader of a new session opens the terminal to get it as controlling terminal, and resize signals with it."""


class Chunk(NamedTuple):
    """The bytes that one read of the program's output returned, and the time of the read."""

    at: float
    """CLOCK_MONOTONIC, in seconds."""
    written: bytes


class Mark(NamedTuple):
    """A moment during the run: the seconds since the start, and the number of bytes written so far."""

    seconds: float
    """Seconds since the start."""
    written: int
    """Number of bytes written so far."""


class KeyLatency(NamedTuple):
    """The reaction of a program to one key press: seconds to the first change, seconds to the last change, bytes
    written.
    """

    first_seconds: float
    """Seconds to the first output that changed the screen."""
    settled_seconds: float
    """Seconds to the last output before silence."""
    written: int
    """Bytes until silence."""


class Usage(NamedTuple):
    """The memory (in bytes) and the processor time (in seconds) that a program has used."""

    rss_bytes: int
    cpu_seconds: float
    """User and system time."""


class Terminal:
    """A pseudo-terminal and the program that runs in it.

    `env` contains all environment variables of the program. If TERM, COLORTERM and LANG are not in `env`, they
    get usual values. A `modern` terminal supports the kitty keyboard protocol, synchronized updates, and resize
    reports on the input stream. Any other terminal behaves like xterm.
    """

    def __init__(
        self,
        argv: Sequence[str],
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        *,
        modern: bool = True,
    ) -> None:
        self.columns, self.rows = size
        self._emulator = Emulator(*size)
        self._conversation = Conversation(*size, self._cursor, modern=modern)
        self._chunks: list[Chunk] = []
        self._drawn = 0
        self._replaying = False
        self._lock = threading.RLock()
        self.written = 0
        """Number of bytes written so far."""
        self._master, slave = pty.openpty()
        self._set_size()
        self._attributes_at_start = termios.tcgetattr(slave)
        self._started = time.monotonic()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", _TAKE_THE_TERMINAL, os.ttyname(slave), *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=_environment(env),
            start_new_session=True,
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.go_on()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.kill()

    # The reader's thread

    def _read(self) -> None:
        readable = select.poll()
        readable.register(self._master, select.POLLIN)
        while not self._closing:
            if not readable.poll(100):
                continue
            try:
                written = os.read(self._master, 65_536)
            except OSError:
                return
            if not written:
                return
            self._chunks.append(Chunk(time.monotonic(), written))
            self.written += len(written)
            if answers := self._conversation.answers(written):
                self._write(answers)

    def _cursor(self) -> tuple[int, int]:
        self._draw()
        return self._emulator.cursor

    # Keys, signals, size

    def press(self, *keys: str) -> None:
        """Press keyboard keys, given by name (for example `down`, `pgdn`, `enter`, `esc`, `ctrl+q`, `f1`) or by
        character.
        """
        for key in keys:
            self._write(self._conversation.key(key))

    def type(self, text: str) -> None:
        """Type a text, character by character."""
        self._write(b"".join(self._conversation.key(character) for character in text))

    def send(self, raw: bytes) -> None:
        """Send these raw bytes as keyboard input, even if they are not valid keys."""
        self._write(raw)

    def _write(self, written: bytes) -> None:
        """Write bytes as keyboard input, as fast as the program reads them.

        Raises:
            OSError: The program has ended.
            TimeoutError: The program has stopped reading its input.
        """
        end = time.monotonic() + PATIENCE_SECONDS
        while written:
            try:
                written = written[os.write(self._master, written) :]
            except BlockingIOError:
                if self.process.poll() is not None:
                    raise
                if time.monotonic() > end:
                    raise TimeoutError(f"it takes no more than all but {len(written):,} bytes") from None
                time.sleep(_LOOK_SECONDS / 10)

    def stall(self) -> None:
        """Stop reading the program's output, which simulates a broken connection."""
        self._closing = True
        self._reader.join()

    def go_on(self) -> None:
        """Start to read the program's output for the first time, or read it again after `stall`."""
        self._closing = False
        self._reader = threading.Thread(target=self._read, daemon=True, name="terminal")
        self._reader.start()

    def hang_up(self) -> None:
        """Close the terminal, which simulates that the user's connection was lost."""
        self._closing = True
        self._reader.join()
        os.close(self._master)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the program only, without its child processes."""
        self.process.send_signal(number)

    def resize(self, columns: int, rows: int) -> None:
        """Resize the terminal window, and inform the program of the new size."""
        with self._lock:
            self._draw()
            self.columns, self.rows = columns, rows
            self._conversation.columns, self._conversation.rows = columns, rows
            self._emulator.resize(columns, rows)
        self._set_size()
        if IN_BAND_RESIZE in self._conversation.modes:
            self._write(self._conversation.size_report())

    def _set_size(self) -> None:
        pixels = min(self.columns * CELL_WIDTH, _MOST_PIXELS), min(self.rows * CELL_HEIGHT, _MOST_PIXELS)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, *pixels))

    def children(self) -> list[int]:
        """Return the process ids of all running child processes of the program."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def threads(self) -> int:
        """Return the number of threads of the program."""
        return int(psutil.Process(self.process.pid).num_threads())

    # What is on the screen

    @property
    def modes(self) -> set[int]:
        """Return the numbers of the private terminal modes that the program has switched on."""
        return set(self._conversation.modes)

    @property
    def raw(self) -> bytes:
        """Return all bytes that the program has written so far."""
        return b"".join(chunk.written for chunk in self._chunks)

    def lines(self) -> list[str]:
        """Return the lines of the screen after all output so far, without blanks at the end of a line."""
        with self._lock:
            self._draw()
            return list(self._emulator.lines())

    def cells(self, y: int) -> list[Cell]:
        """Return the visible cells of screen line `y`, counted from 0 at the top."""
        with self._lock:
            return self._emulator.cells(y)

    def text(self) -> str:
        """Return the whole screen after all output so far, as one text."""
        return "\n".join(self.lines())

    def line_with(self, text: str) -> str:
        """Return the first line on the screen that contains this text."""
        for line in self.lines():
            if text in line:
                return line
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")

    def _draw(self, seen: Callable[[], object] | None = None) -> bool:
        """Draw the waiting output on the emulated screen, piece by piece. After each piece, call `seen`.

        Stop and return True as soon as `seen` returns True. Return False if it never does. The function `seen` may
        read the screen as it is after that piece.
        """
        with self._lock:
            if self._replaying:
                return False
            self._replaying = True
            try:
                while self._drawn < len(self._chunks):
                    self._emulator.feed(self._chunks[self._drawn].written)
                    self._drawn += 1
                    if seen is not None and not self._emulator.updating and seen():
                        return True
            finally:
                self._replaying = False
        return False

    def forget(self) -> None:
        """Clear the emulated screen and discard all earlier output, so that a test sees only new output."""
        with self._lock:
            del self._chunks[:]
            self._drawn = 0
            self._emulator = Emulator(self.columns, self.rows)

    def forget_output(self) -> None:
        """Discard all output that was recorded so far. The emulated screen stays unchanged."""
        with self._lock:
            self._draw()
            del self._chunks[: self._drawn]
            self._drawn = 0

    # Waiting

    def wait_for(self, text: str, timeout: float = PATIENCE_SECONDS) -> float:
        """Wait until this text is on the screen. Return the time at which the output with this text came.

        The time is in seconds since the start of the program.
        """
        try:
            return self.wait_until(lambda: any(text in line for line in self._emulator.lines()), timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{text!r} never came; {error}") from None

    def wait_until(self, holds: Callable[[], object], timeout: float = PATIENCE_SECONDS) -> float:
        """Wait until the function `holds` returns a true value. The function is called after each piece of output.

        Returns:
            The seconds from the start of the program to the output after which the result was true.

        Raises:
            TimeoutError: The result was not true within the timeout.
        """
        end = time.monotonic() + timeout
        while not (self._holds_now(holds) or self._draw(holds)):
            if time.monotonic() > end:
                raise TimeoutError(f"after {timeout:g} s there is on the screen:\n{self.text()}")
            self._wait_for_output()
        return self._chunks[self._drawn - 1].at - self._started if self._drawn else 0.0

    def _holds_now(self, holds: Callable[[], object]) -> bool:
        """Return True if the function `holds` returns a true value for the current screen."""
        with self._lock:
            if self._emulator.updating and self.process.poll() is None:
                return False
            self._replaying = True
            try:
                return bool(holds())
            finally:
                self._replaying = False

    def _wait_for_output(self) -> None:
        """Wait a short time for new output. If there is new output, wait until it pauses, up to a maximum time."""
        time.sleep(_LOOK_SECONDS)
        end = time.monotonic() + _LONGEST_PUT_OFF_SECONDS
        while self._drawn < len(self._chunks) and self._silence() < _SETTLED_SECONDS and time.monotonic() < end:
            time.sleep(_SETTLED_SECONDS / 5)

    def _silence(self) -> float:
        return time.monotonic() - (self._chunks[-1].at if self._chunks else self._started)

    def wait_quiet(self, seconds: float, timeout: float = PATIENCE_SECONDS) -> float:
        """Wait until there was no output for this many seconds. Return the time of the last output, in seconds
        since the start of the program.
        """
        end = time.monotonic() + timeout
        asked = time.monotonic()
        while min(self._silence(), time.monotonic() - asked) < seconds:
            if time.monotonic() > end:
                raise TimeoutError(f"never silent for {seconds:g} s")
            time.sleep(_LOOK_SECONDS / 10)
        return self._chunks[-1].at - self._started if self._chunks else 0.0

    def wait_exit(self, timeout: float = PATIENCE_SECONDS) -> int:
        """Wait until the program has ended and all its output is read. Return the exit code."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"it still runs after {timeout:g} s:\n{self.text()}") from None
        self._reader.join(timeout)
        return code

    # Measuring

    def mark(self) -> Mark:
        """Return the current moment: the seconds since the start of the program, and the number of bytes written
        so far.
        """
        return Mark(time.monotonic() - self._started, self.written)

    def key_latency(
        self, key: str, presses: int = 1, *, quiet_seconds: float = 0.15, rows: range | None = None
    ) -> list[KeyLatency]:
        """Press a key several times, and return the latency of each press.

        Before the first press, wait until there is no output. Each press ends with silence.

        Args:
            key: The name or character of the key.
            presses: The number of presses.
            quiet_seconds: The seconds without output after which a press is finished.
            rows: The screen lines in which a change counts. Changes in other lines are ignored.

        Raises:
            TimeoutError: A press changed nothing in these lines.
        """
        self.wait_quiet(quiet_seconds)
        return [self._one_latency(key, quiet_seconds, rows) for _ in range(presses)]

    def _one_latency(self, key: str, quiet_seconds: float, rows: range | None) -> KeyLatency:
        self._draw()
        watched = rows or range(self.rows)
        shown = [self._emulator.cells(y) for y in watched]
        changed_at: list[float] = []
        sent = self._conversation.key(key)
        before, chunks, pressed_at = self.written, len(self._chunks), time.monotonic()
        self._write(sent)

        def note_change() -> bool:
            nonlocal shown
            now = [self._emulator.cells(y) for y in watched]
            if now != shown:
                shown = now
                changed_at.append(self._chunks[self._drawn - 1].at - pressed_at)
            return False

        while not changed_at:
            if time.monotonic() - pressed_at > PATIENCE_SECONDS:
                raise TimeoutError(f"{key} changed nothing on the screen:\n{self.text()}")
            if len(self._chunks) > chunks and self._silence() >= quiet_seconds:
                self._draw(note_change)
            time.sleep(_LOOK_SECONDS / 10)
        return KeyLatency(changed_at[0], changed_at[-1], self.written - before)

    def usage(self, *, with_children: bool = False) -> Usage:
        """Return the memory and processor time of the program. If `with_children` is True, child processes are
        included.
        """
        program = psutil.Process(self.process.pid)
        processes = [program, *program.children(recursive=True)] if with_children else [program]
        times = [process.cpu_times() for process in processes]
        return Usage(
            sum(process.memory_info().rss for process in processes), sum(spent.user + spent.system for spent in times)
        )

    # The end

    def given_back(self) -> list[str]:
        """Return the names of all terminal modes and line settings that the program has changed and not restored."""
        attributes = termios.tcgetattr(self._master)
        changed = [
            name
            for name, before, now in zip(_TERMIOS_PARTS, self._attributes_at_start, attributes, strict=False)
            if before != now
        ]
        return self._conversation.left_behind() + changed

    def kill(self) -> None:
        """Kill the program and its child processes, and close the terminal. The method may be called twice."""
        if self.process.poll() is None:
            children = self.children()
            for number in (self.process.pid, *children):
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            self.process.wait()
            self.wait_until(lambda: not any(map(runs, children)))
        if not self._closing:
            self.hang_up()


def runs(number: int) -> bool:
    """Return True if there is a process with this id that has not ended."""
    try:
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    if env is None:
        env = {name: text for name, text in os.environ.items() if name not in _OF_ANOTHER_TERMINAL}
    return {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **env}
