"""Keys from a password manager: the first line that its command prints."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from cnm_tui.core.credentials import Secret
from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.text import clean
from cnm_tui.core.units import seconds_text

PATIENCE_SECONDS: Final = 20.0
_MOST_BYTES: Final = 64 * 1024
_LONGEST_SAID: Final = 200
_NOT_FOR_IT: Final = ("DD_API_KEY", "DD_APP_KEY", "DD_ACCESS_TOKEN", "GPG_TTY")
"""Keys are none of its business; and with this terminal in hand gpg would ask for a password over the screen."""


def printed_key(
    setting: str, command: Sequence[str], environ: Mapping[str, str], *, seconds: float = PATIENCE_SECONDS
) -> Secret:
    """What the command of a setting prints on its first line.

    It runs without a shell, in a session of its own: without a terminal it can neither draw over the screen nor take
    keys from it.

    Raises:
        CredentialsMissing: It could not be run, failed, or printed nothing in time; its output is never repeated.
    """
    program = clean(os.path.basename(command[0]), 60)
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: text for name, text in environ.items() if name not in _NOT_FOR_IT},
            start_new_session=True,
        )
    except OSError as error:
        raise _failed(f"{setting}: {program} cannot be run: {error.strerror}.") from error
    with process:
        try:
            output, said = process.communicate(timeout=seconds)
            in_time = True
        except subprocess.TimeoutExpired:
            _end(process)
            in_time = False
    if not in_time:
        # Not from that failure, whose traceback would lead to the output.
        raise _failed(
            f"{setting}: {program} printed no key in {seconds_text(seconds)}; it may be waiting for a password."
        )
    if process.returncode:
        raise _failed(f"{setting}: {program} failed with exit status {process.returncode}{_last_line(said)}.")
    first = output[:_MOST_BYTES].partition(b"\n")[0].decode("utf-8", "replace").strip()
    if not first:
        raise _failed(f"{setting}: {program} printed nothing on its first line.")
    return Secret(first)


def _end(process: subprocess.Popen[bytes]) -> None:
    """It and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return f": {clean(lines[-1].strip().rstrip('.'), _LONGEST_SAID)}" if lines else ""


def _failed(what: str) -> CredentialsMissing:
    return CredentialsMissing(what, hint="Try the command by itself in a shell, or set DD_API_KEY and DD_APP_KEY.")
