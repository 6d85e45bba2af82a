"""The desktop of this machine: its browser, and its clipboard, by pyperclip in a process of its own.

pyperclip asks no tool for its exit status, waits for it without an end, and leaves it the terminal to complain on: with
a DISPLAY that is gone it reports success and writes over the screen. So it runs where there is no terminal, is given
up after a while, and is believed once the clipboard gives back what was put there.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

PATIENCE_SECONDS: Final = 3.0
_BROWSER_PATIENCE_SECONDS: Final = 5.0
_LOOKS: Final = 10
_LOOK_SECONDS: Final = 0.05


class Held(IntEnum):
    """Whether the clipboard holds the text; the exit status of the process that tried."""

    YES = 0
    NO = 1
    NO_TOOL = 3


def put(text: str, environ: Mapping[str, str], patience_seconds: float = PATIENCE_SECONDS) -> Held:
    """Put a text into the clipboard; takes no longer than the patience."""
    # Imported here: the process of its own, which runs this file, has no use for it.
    from cnm_tui.core.service import without_keys

    nothing = subprocess.DEVNULL
    command = [sys.executable, "-P", __file__, str(patience_seconds)]
    try:
        # No pipe but for the text: the tool that goes on to hold it would keep that open. In a session of its own it
        # has no terminal to write to, and outlives this one.
        with subprocess.Popen(
            command,
            env=without_keys(environ),
            stdin=subprocess.PIPE,
            stdout=nothing,
            stderr=nothing,
            start_new_session=True,
        ) as process:
            try:
                process.communicate(text.encode(), patience_seconds)
            except subprocess.TimeoutExpired:
                _end_with_children(process)
    except OSError:
        return Held.NO
    return Held(process.returncode) if process.returncode in list(Held) else Held.NO


def _end_with_children(process: "subprocess.Popen[bytes]") -> None:
    """The tool that hangs is a child of it."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _end_in_time(patience_seconds: float) -> None:
    """End by itself, with the tool, where whoever would have ended it is no more."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda _number, _frame: os.killpg(0, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, patience_seconds)


def _put_here(text: str) -> Held:
    import pyperclip

    try:
        pyperclip.copy(text)
        # The tool goes on by itself, and may not have told the desktop yet.
        for _look in range(_LOOKS):
            if pyperclip.paste() == text:
                return Held.YES
            time.sleep(_LOOK_SECONDS)
    except pyperclip.PyperclipException:
        return Held.NO_TOOL
    return Held.NO


def open_page(link: str) -> bool:
    """Open a page by the system's own tool; return True if it took it.

    Not by the standard library's `webbrowser`: that may start a browser that draws on this terminal, and lets others
    write their complaints over the screen.
    """
    command = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if command is None:
        return False
    nothing = subprocess.DEVNULL
    try:
        # In a session of its own there is no terminal to draw on.
        tool = subprocess.Popen([command, link], stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
        return tool.wait(_BROWSER_PATIENCE_SECONDS) == 0
    except subprocess.TimeoutExpired:
        # It stays until the browser is closed.
        return True
    except OSError:
        return False


if __name__ == "__main__":
    _end_in_time(float(sys.argv[1]))
    raise SystemExit(_put_here(sys.stdin.buffer.read().decode()))
