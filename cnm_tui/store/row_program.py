"""Run a program that the user has configured in settings.toml for a row of the grid.

The program runs without a shell, and without Datadog's keys in its environment. It ends when cnm-tui ends.
"""

import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from cnm_tui.core.program_output import ProgramOutput
from cnm_tui.core.service import without_keys
from cnm_tui.core.text import clean

# Not on Windows, where nothing lends a terminal.
if sys.platform != "win32":
    import termios
    import tty
from cnm_tui.store.child_process import end_group, guarded
from cnm_tui.store.lent_terminal import in_foreground

MOST_BYTES: Final = 1_000_000
"""Maximum output that is read; a program that prints more is ended."""
_PIECE: Final = 16_384
_LOOK_SECONDS: Final = 0.05
_TERMINAL: Final = 2
"""stderr, on which the screen is drawn."""


def run_in_background(
    words: Sequence[str],
    environ: Mapping[str, str],
    heard: Callable[[Sequence[str]], object],
    stop: threading.Event,
) -> str:
    """Run a program without a terminal, and return a sentence that says how it ended.

    Args:
        words: The program and its arguments.
        environ: The environment variables, from which keys are removed.
        heard: A function that is called with new lines of output, without control characters.
        stop: An event that ends the program when it is set.
    """
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with guarded(environ.get("PATH", os.defpath)) as guarding:
        try:
            process = _started(words, environ, start_new_session=True, **streams)
        except OSError as error:
            return _not_started(words, error)
        with process:
            try:
                guarding(process.pid)
                return _read(process, heard, stop) or _ending(process.wait())
            finally:
                # Children in the background would go on, and hold the pipe.
                end_group(process)


def _read(process: "subprocess.Popen[bytes]", heard: Callable[[Sequence[str]], object], stop: threading.Event) -> str:
    """Read the output of the program until the program ends, and pass each line to the function `heard`.

    Return the reason why the program has to be stopped. Return an empty text if the program ended by itself.
    """
    assert process.stdout is not None, "its output goes nowhere"
    output, read = ProgramOutput(), 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if stop.is_set():
                heard(list(output.rest()))
                return "Stopped."
            if not selector.select(_LOOK_SECONDS):
                if process.poll() is None:
                    continue
                # It ended, and a child that it left behind keeps the pipe open.
                break
            piece = os.read(process.stdout.fileno(), _PIECE)
            read += len(piece)
            heard(list(output.lines(piece)))
            if not piece:
                break
            if read > MOST_BYTES:
                return f"Stopped: it printed more than {MOST_BYTES:,} bytes."
    heard(list(output.rest()))
    while process.poll() is None and not stop.wait(_LOOK_SECONDS):
        pass
    return "Stopped." if process.poll() is None else ""


def run_on_terminal(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Run a program on the terminal, and return a sentence that says how it ended.

    Callers must suspend the screen of cnm-tui first. ctrl+c ends only that program. Its last lines stay visible
    until the user presses a key.
    """
    with guarded(environ.get("PATH", os.defpath)) as guarding:
        try:
            process = _started(words, environ, process_group=0, stdout=_TERMINAL, stderr=_TERMINAL)
        except OSError as error:
            return _not_started(words, error)
        guarding(process.pid)
        try:
            with in_foreground(process.pid):
                said = _ending(process.wait())
        finally:
            end_group(process)
    os.write(_TERMINAL, f"\r\n{said} Press a key to go back to cnm-tui.\r\n".encode())
    _wait_for_key()
    return said


def _started(words: Sequence[str], environ: Mapping[str, str], **streams: Any) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(list(words), env=without_keys(environ), **streams)
    except ValueError as error:
        # A zero byte in an argument, or half a character: neither is left in clean values.
        raise OSError(str(error)) from error


def _not_started(words: Sequence[str], error: OSError) -> str:
    return f"{_called(words)} cannot be run: {clean(error.strerror or str(error), 200)}."


def _called(words: Sequence[str]) -> str:
    return clean(PurePath(words[0]).name or words[0], 60)


def _ending(status: int) -> str:
    if status < 0:
        return f"Ended by signal {-status}."
    return f"Ended with exit status {status}."


def _wait_for_key() -> None:
    """Wait until the user presses a key, which is not displayed. ctrl+c counts as a key like any other."""
    stdin = 0
    try:
        before = termios.tcgetattr(stdin)
    except termios.error:
        return
    try:
        tty.setraw(stdin)
        os.read(stdin, 64)
    finally:
        termios.tcsetattr(stdin, termios.TCSADRAIN, before)
