"""Use the desktop of this machine: its browser, and its clipboard through the package pyperclip.

pyperclip calls another tool to copy a text. It does not check the exit status of the tool, and it waits
without a timeout. The tool may also write to the terminal. With a closed DISPLAY pyperclip reports
success, and the tool writes over the screen. Therefore pyperclip runs in its own process, without a
terminal and with a timeout. Success counts only if the clipboard returns the text.
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
    """The exit status of the process that copies a text. It says whether the clipboard contains the text."""

    YES = 0
    NO = 1
    NO_TOOL = 3


def put(text: str, environ: Mapping[str, str], patience_seconds: float = PATIENCE_SECONDS) -> Held:
    """Copy a text to the clipboard of the desktop, and stop after `patience_seconds`."""
    # Imported here: the child process, which runs this file, does not need it.
    from cnm_tui.core.service import without_keys

    nothing = subprocess.DEVNULL
    command = [sys.executable, "-P", __file__, str(patience_seconds)]
    try:
        # No pipe except for the text: the tool that serves the clipboard would keep it open. In a session of its own it
        # has no terminal to write to, and outlives this program.
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
    """Kill the process and its child processes. The clipboard tool, which may hang, is one of the child processes."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _end_in_time(patience_seconds: float) -> None:
    """Kill this process and its tool after a timeout, in case the parent process no longer exists."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda _number, _frame: os.killpg(0, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, patience_seconds)


def _put_here(text: str) -> Held:
    import pyperclip

    try:
        pyperclip.copy(text)
        # The tool runs in the background, and may not have set the clipboard yet.
        for _look in range(_LOOKS):
            if pyperclip.paste() == text:
                return Held.YES
            time.sleep(_LOOK_SECONDS)
    except pyperclip.PyperclipException:
        return Held.NO_TOOL
    return Held.NO


def open_page(link: str) -> bool:
    """Open a URL with the tool of the operating system. Return True if the tool accepted the URL.

    The module `webbrowser` of the standard library is not used. It may start a browser that draws on this
    terminal, or let a browser print errors over the screen.
    """
    command = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if command is None:
        return False
    nothing = subprocess.DEVNULL
    try:
        # In a session of its own it has no terminal to draw on.
        tool = subprocess.Popen([command, link], stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
        return tool.wait(_BROWSER_PATIENCE_SECONDS) == 0
    except subprocess.TimeoutExpired:
        # A tool may run until the browser is closed.
        return True
    except OSError:
        return False


if __name__ == "__main__":
    _end_in_time(float(sys.argv[1]))
    raise SystemExit(_put_here(sys.stdin.buffer.read().decode()))
