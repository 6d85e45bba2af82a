"""Lend the terminal to another program: it reads the keyboard, and ctrl+c ends only that program."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_TERMINAL: Final = 0
"""stdin, where keys come from."""
_PROCESSES: Final = Path("/proc")
_ASKING: Final = "pinentry"
_PATIENCE_SECONDS: Final = 1.0


def terminal_name() -> str:
    """Return the name of the terminal; empty where there is none."""
    try:
        return os.ttyname(_TERMINAL)
    except OSError:
        return ""


@contextmanager
def in_foreground(group: int) -> Iterator[None]:
    """Have a process group in the foreground of the terminal, as a shell does, for as long as this is open."""
    _bring(group)
    with suppress(ProcessLookupError):
        # It may have wanted to read before, for which the system stopped it.
        os.killpg(group, signal.SIGCONT)
    try:
        yield
    finally:
        end_asking()
        _bring(os.getpgrp())


def end_asking(processes: Path = _PROCESSES) -> None:
    """End what still asks for a passphrase on this terminal, as newer agents of GnuPG do when their client is gone.

    It is a child of the agent, so that it outlives the program that wanted to know, and would read the keys that are
    typed next. Only Linux tells which programs have a terminal open.

    A process that the system cannot kill, as it waits for a disk that is gone, is left alone after two seconds: it
    reads nothing before it ends.
    """
    terminal = terminal_name()
    for told in (signal.SIGINT, signal.SIGKILL):
        end = time.monotonic() + _PATIENCE_SECONDS
        while (asking := _asking_on(terminal, processes)) and time.monotonic() < end:
            for number in asking:
                with suppress(OSError):
                    os.kill(number, told)
            time.sleep(0.02)


def _asking_on(terminal: str, processes: Path) -> list[int]:
    """Return the numbers of this user's processes that may ask for a passphrase on the terminal."""
    found = []
    for process in processes.glob("[0-9]*") if terminal else ():
        # It may have ended meanwhile, or be somebody else's.
        with suppress(OSError):
            name = (process / "comm").read_text(encoding="utf-8", errors="replace")
            if name.startswith(_ASKING) and any(os.readlink(file) == terminal for file in (process / "fd").iterdir()):
                found.append(int(process.name))
    return found


def _bring(group: int) -> None:
    # Whoever is in the background is stopped when it does this, unless it has that put off.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with suppress(OSError):
            os.tcsetpgrp(_TERMINAL, group)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
