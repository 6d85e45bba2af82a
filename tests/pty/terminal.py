"""A program in a pseudo-terminal, driven by keys and read from the screen; times are those at which its output came."""

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
"""Silence before output is read, so that reading it takes no time from the program or the stamps."""
_LONGEST_PUT_OFF_SECONDS: Final = 0.25
_LOOK_SECONDS: Final = 0.02
_MOST_PIXELS: Final = 65_535
"""More than that cannot be told."""
_TERMIOS_PARTS: Final = ("iflag", "oflag", "cflag", "lflag")
_OF_ANOTHER_TERMINAL: Final = {"LINES", "COLUMNS", "NO_COLOR", "TMUX", "STY"}
_TAKE_THE_TERMINAL: Final = ': <>"$0"; exec "$@"'
"""The leader of a new session gets its controlling terminal by opening it, and with it the signal of a resize."""


class Chunk(NamedTuple):
    """What one read gave."""

    at: float
    """CLOCK_MONOTONIC, in seconds."""
    written: bytes


class Mark(NamedTuple):
    """A moment in a program's life."""

    seconds: float
    """Since the start."""
    written: int
    """Bytes written by then."""


class KeyLatency(NamedTuple):
    """How long a key took to be seen, and what it cost."""

    first_seconds: float
    """To the first output that changed the screen."""
    settled_seconds: float
    """To the last one before the silence."""
    written: int
    """Bytes until the silence."""


class Usage(NamedTuple):
    """What the program takes."""

    rss_bytes: int
    cpu_seconds: float
    """User and system."""


class Terminal:
    """A terminal and the program in it.

    `env` is the whole environment, but for TERM, COLORTERM and LANG, which are those of a usual terminal unless given.
    A `modern` terminal speaks the kitty keyboard protocol and takes synchronized updates and in-band resizes; the other
    is like xterm.
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
        """Bytes written so far."""
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
        """Press keys by name (`down`, `pgdn`, `enter`, `esc`, `ctrl+q`, `f1`) or by their character."""
        for key in keys:
            self._write(self._conversation.key(key))

    def type(self, text: str) -> None:
        """Type a text."""
        self._write(b"".join(self._conversation.key(character) for character in text))

    def send(self, raw: bytes) -> None:
        """Have these bytes come from the keyboard, be they keys or not."""
        self._write(raw)

    def _write(self, written: bytes) -> None:
        """Have this come from the keyboard as fast as the program takes it, but wait for none that has ended.

        Raises:
            OSError: It has ended.
            TimeoutError: It takes nothing more.
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
        """Take nothing of what the program writes any more, as a connection does before it breaks."""
        self._closing = True
        self._reader.join()

    def go_on(self) -> None:
        """Take what the program writes, at the start and after a stall."""
        self._closing = False
        self._reader = threading.Thread(target=self._read, daemon=True, name="terminal")
        self._reader.start()

    def hang_up(self) -> None:
        """Take the terminal away from the program, as a lost connection does."""
        self._closing = True
        self._reader.join()
        os.close(self._master)

    def send_signal(self, number: signal.Signals) -> None:
        """To the program, not to its children."""
        self.process.send_signal(number)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size and tell the program."""
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
        """The numbers of the processes that the program has started and not ended."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def threads(self) -> int:
        """How many threads the program has."""
        return int(psutil.Process(self.process.pid).num_threads())

    # What is on the screen

    @property
    def modes(self) -> set[int]:
        """The numbers of the private modes that are on."""
        return set(self._conversation.modes)

    @property
    def raw(self) -> bytes:
        """All bytes written so far."""
        return b"".join(chunk.written for chunk in self._chunks)

    def lines(self) -> list[str]:
        """The screen after all output so far, without blanks at the ends."""
        with self._lock:
            self._draw()
            return list(self._emulator.lines())

    def cells(self, y: int) -> list[Cell]:
        """Return what the eye sees of a row, as drawn so far."""
        with self._lock:
            return self._emulator.cells(y)

    def text(self) -> str:
        """The screen after all output so far, as one text."""
        return "\n".join(self.lines())

    def line_with(self, text: str) -> str:
        """The first line on the screen that holds this text."""
        for line in self.lines():
            if text in line:
                return line
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}")

    def _draw(self, seen: Callable[[], object] | None = None) -> bool:
        """Draw the chunks not yet drawn, until something is seen after one; whether it was.

        What is seen may itself look at the screen: it then gets the screen as it was after that chunk.
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
        """Show only what is written from now on; what was written before is not kept."""
        with self._lock:
            del self._chunks[:]
            self._drawn = 0
            self._emulator = Emulator(self.columns, self.rows)

    def forget_output(self) -> None:
        """Keep the screen, but not what was written to come to it."""
        with self._lock:
            self._draw()
            del self._chunks[: self._drawn]
            self._drawn = 0

    # Waiting

    def wait_for(self, text: str, timeout: float = PATIENCE_SECONDS) -> float:
        """Seconds from the start to the output that brought this text onto the screen."""
        try:
            return self.wait_until(lambda: any(text in line for line in self._emulator.lines()), timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{text!r} never came; {error}") from None

    def wait_until(self, holds: Callable[[], object], timeout: float = PATIENCE_SECONDS) -> float:
        """Seconds from the start to the output after which this held; asked anew after each output, and now and then.

        Raises:
            TimeoutError: It never held.
        """
        end = time.monotonic() + timeout
        while not (self._holds_now(holds) or self._draw(holds)):
            if time.monotonic() > end:
                raise TimeoutError(f"after {timeout:g} s there is on the screen:\n{self.text()}")
            self._wait_for_output()
        return self._chunks[self._drawn - 1].at - self._started if self._drawn else 0.0

    def _holds_now(self, holds: Callable[[], object]) -> bool:
        """Whether it holds on what is drawn, without drawing more."""
        with self._lock:
            if self._emulator.updating and self.process.poll() is None:
                return False
            self._replaying = True
            try:
                return bool(holds())
            finally:
                self._replaying = False

    def _wait_for_output(self) -> None:
        """A little, or until there is some and it pauses."""
        time.sleep(_LOOK_SECONDS)
        end = time.monotonic() + _LONGEST_PUT_OFF_SECONDS
        while self._drawn < len(self._chunks) and self._silence() < _SETTLED_SECONDS and time.monotonic() < end:
            time.sleep(_SETTLED_SECONDS / 5)

    def _silence(self) -> float:
        return time.monotonic() - (self._chunks[-1].at if self._chunks else self._started)

    def wait_quiet(self, seconds: float, timeout: float = PATIENCE_SECONDS) -> float:
        """Seconds from the start to the last output before so long a silence."""
        end = time.monotonic() + timeout
        asked = time.monotonic()
        while min(self._silence(), time.monotonic() - asked) < seconds:
            if time.monotonic() > end:
                raise TimeoutError(f"never silent for {seconds:g} s")
            time.sleep(_LOOK_SECONDS / 10)
        return self._chunks[-1].at - self._started if self._chunks else 0.0

    def wait_exit(self, timeout: float = PATIENCE_SECONDS) -> int:
        """The exit code; all that was written is there then."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"it still runs after {timeout:g} s:\n{self.text()}") from None
        self._reader.join(timeout)
        return code

    # Measuring

    def mark(self) -> Mark:
        """This moment."""
        return Mark(time.monotonic() - self._started, self.written)

    def key_latency(
        self, key: str, presses: int = 1, *, quiet_seconds: float = 0.15, rows: range | None = None
    ) -> list[KeyLatency]:
        """Press a key so many times, each from silence to silence; only changes in these rows count.

        Raises:
            TimeoutError: A press changed nothing there.
        """
        return [self._one_latency(key, quiet_seconds, rows) for _ in range(presses)]

    def _one_latency(self, key: str, quiet_seconds: float, rows: range | None) -> KeyLatency:
        self.wait_quiet(quiet_seconds)
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
        """Of the program now, and of its children where wanted."""
        program = psutil.Process(self.process.pid)
        processes = [program, *program.children(recursive=True)] if with_children else [program]
        times = [process.cpu_times() for process in processes]
        return Usage(
            sum(process.memory_info().rss for process in processes), sum(spent.user + spent.system for spent in times)
        )

    # The end

    def given_back(self) -> list[str]:
        """What is not as it was before the program: modes of the terminal, and flags of its line."""
        attributes = termios.tcgetattr(self._master)
        changed = [
            name
            for name, before, now in zip(_TERMIOS_PARTS, self._attributes_at_start, attributes, strict=False)
            if before != now
        ]
        return self._conversation.left_behind() + changed

    def kill(self) -> None:
        """End the program and all its children, and close the terminal; once is enough."""
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
    """Whether there is such a process and it has not ended."""
    try:
        return bool(psutil.Process(number).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    if env is None:
        env = {name: text for name, text in os.environ.items() if name not in _OF_ANOTHER_TERMINAL}
    return {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **env}
