"""Let another program use the terminal for a while. During this time, that program reads the keyboard.

ctrl+c then ends only that program.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_TERMINAL: Final = 0
"""stdin, which reads the keyboard."""
_PROCESSES: Final = Path("/proc")
_ASKING: Final = "pinentry"
_PATIENCE_SECONDS: Final = 1.0


def terminal_name() -> str:
    """Return the device name of the terminal. Return an empty text if there is no terminal."""
    try:
        return os.ttyname(_TERMINAL)
    except OSError:
        return ""


@contextmanager
def in_foreground(group: int) -> Iterator[None]:
    """Give the terminal's foreground to a process group for the duration of the `with` block, as a shell does."""
    _bring(group)
    with suppress(ProcessLookupError):
        # The system stops a background process that reads the terminal; continue it.
        os.killpg(group, signal.SIGCONT)
    try:
        yield
    finally:
        end_asking()
        _bring(os.getpgrp())


def end_asking(processes: Path = _PROCESSES) -> None:
    """End passphrase prompts (pinentry) that remained on this terminal after a command that prints a key ended.

    A prompt is a child process of the GnuPG agent, so it does not end with the command. It would receive the
    next keys that the user presses. Only Linux shows which programs have a terminal open, so this function does
    nothing on other systems.

    A process that waits for a lost disk cannot be killed. This function stops trying after two seconds, because
    such a process cannot read the keyboard.
    """
    terminal = terminal_name()
    for ending in (signal.SIGINT, signal.SIGKILL):
        end = time.monotonic() + _PATIENCE_SECONDS
        while (asking := _asking_on(terminal, processes)) and time.monotonic() < end:
            for number in asking:
                with suppress(OSError):
                    os.kill(number, ending)
            time.sleep(0.02)


def _asking_on(terminal: str, processes: Path) -> list[int]:
    """Return the process ids of passphrase prompts that belong to this user and have the terminal open."""
    found = []
    for process in processes.glob("[0-9]*") if terminal else ():
        # The process may have ended, or belong to another user.
        with suppress(OSError):
            name = (process / "comm").read_text(encoding="utf-8", errors="replace")
            if name.startswith(_ASKING) and any(os.readlink(file) == terminal for file in (process / "fd").iterdir()):
                found.append(int(process.name))
    return found


def _bring(group: int) -> None:
    # tcsetpgrp stops a background process unless SIGTTOU is blocked.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with suppress(OSError):
            os.tcsetpgrp(_TERMINAL, group)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
