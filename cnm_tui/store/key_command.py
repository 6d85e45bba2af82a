"""Run a program that the settings name, for example `pass show datadog/api`, to get an API key from its output."""

import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Final, NamedTuple

from cnm_tui.core.redaction import FRAGMENT, Redaction, without_lookalikes
from cnm_tui.core.service import Secret, without_keys
from cnm_tui.core.text import clean
from cnm_tui.core.units import seconds_text
from cnm_tui.store.child_process import end_group, guarded
from cnm_tui.store.key_names import KEYS, KeyCommandFailed, TerminalMayHelp, TerminalUse
from cnm_tui.store.lent_terminal import in_foreground, terminal_name

COMMAND_SECONDS: Final = 20.0
"""Timeout of a command; long enough to unlock something on another device."""
LENT_SECONDS: Final = 180.0
"""Timeout of a command with the terminal; long enough to find and type a passphrase."""
_MOST_BYTES: Final = 65_536
_LOOK_SECONDS: Final = 0.05


def key_by(
    setting: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    seconds: float = COMMAND_SECONDS,
    terminal_use: TerminalUse = TerminalUse.NOT_DRAWN_ON,
) -> Secret:
    """Run a program that prints an API key, and return the first line that it prints. The program runs without a shell,
    and its environment contains no Datadog keys. It can use the terminal only if `terminal_use` allows this, and
    then has more time. The program is killed when cnm-tui ends. If cnm-tui itself is killed on a machine without a
    shell, the program may continue to run.

    Raises:
        KeyCommandFailed: The program failed, printed nothing, or was killed because it took too long.
    """
    # Some people write the key itself as the command.
    program = clean(without_lookalikes(Path(words[0]).name or words[0]), 100)
    if terminal_use is TerminalUse.LENT:
        seconds = max(seconds, LENT_SECONDS)
    # Start the guard first: the time in which nobody would kill the program is as short as possible.
    with (
        guarded(environ.get("PATH", os.defpath)) as guarding,
        _started(words, environ, setting, program, terminal_use) as process,
    ):
        try:
            guarding(process.pid)
            with in_foreground(process.pid) if terminal_use is TerminalUse.LENT else nullcontext():
                answer = _answer(process, time.monotonic() + seconds, environ, is_seen=terminal_use is TerminalUse.LENT)
        except TimeoutError:
            answer = None
            end_group(process)
        except BaseException:
            # ctrl+c does not reach it in its own session.
            end_group(process)
            raise
    if answer is None:
        raise KeyCommandFailed(
            f"{setting}: {program} gave no answer in {seconds_text(max(1, seconds))}.",
            hint="It may be waiting for a password: unlock what it reads from first, for example by running it once.",
        )
    if process.returncode:
        why = f": {answer.complaint}" if answer.complaint else ""
        sentence = f"{setting}: {program} failed with exit status {process.returncode}{why}."
        if terminal_use is TerminalUse.DRAWN_ON:
            raise TerminalMayHelp(sentence, hint=_CORRECT, setting=setting, program=program)
        raise KeyCommandFailed(sentence, hint=_CORRECT)
    if not answer.key.reveal():
        raise KeyCommandFailed(f"{setting}: {program} printed nothing.", hint=_CORRECT)
    return answer.key


_CORRECT: Final = "Try it in a shell, and correct it in settings.toml, which is read at the start."


class _Answer(NamedTuple):
    """The output of a program that prints an API key. The key is stored as a `Secret`, so that tracebacks do not
    display it."""

    key: Secret
    complaint: str


def _answer(
    process: subprocess.Popen[bytes], end: float, environ: Mapping[str, str], *, is_seen: bool = False
) -> _Answer:
    """Wait until the program ends, and return the first line of its stdout and the last line of its stderr. If
    `is_seen` is True, its stderr is also copied to the terminal immediately.

    Raises:
        TimeoutError: The time `end` (seconds of the monotonic clock) has passed.
    """
    read: dict[IO[bytes], bytes] = {pipe: b"" for pipe in (process.stdout, process.stderr) if pipe is not None}
    with selectors.DefaultSelector() as selector:
        for pipe in read:
            selector.register(pipe, selectors.EVENT_READ, pipe)
        while selector.get_map():
            if time.monotonic() > end:
                raise TimeoutError
            ready = selector.select(_LOOK_SECONDS)
            # A background process that it started, such as an agent, may keep the pipes open.
            if not ready and process.poll() is not None:
                break
            for chosen, _ in ready:
                piece = os.read(chosen.fd, _MOST_BYTES)
                read[chosen.data] = (read[chosen.data] + piece)[:_MOST_BYTES]
                if is_seen and chosen.fileobj is process.stderr:
                    os.write(2, piece)
                if not piece:
                    selector.unregister(chosen.fileobj)
    try:
        process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    printed, complained = read.values()
    lines = [Secret(line.strip()) for line in printed.decode("utf-8", "replace").split("\n")]
    return _Answer(lines[0], _last_line(complained, _hiding(lines, environ)))


def _started(
    words: Sequence[str], environ: Mapping[str, str], setting: str, program: str, terminal_use: TerminalUse
) -> "subprocess.Popen[bytes]":
    env, is_lent = without_keys(environ), terminal_use is TerminalUse.LENT
    if terminal_use is TerminalUse.DRAWN_ON:
        # An agent in the background would prompt on the terminal that GPG_TTY names.
        env.pop("GPG_TTY", None)
    elif is_lent and (name := terminal_name()):
        env["GPG_TTY"] = name
    try:
        return subprocess.Popen(
            words,
            env=env,
            stdin=None if is_lent else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Without a terminal it can neither draw over the screen nor read the keyboard.
            start_new_session=not is_lent,
            process_group=0 if is_lent else None,
        )
    except FileNotFoundError as error:
        raise KeyCommandFailed(f"{setting}: there is no program {program}.", hint=_CORRECT) from error
    except (OSError, ValueError) as error:
        why = clean(getattr(error, "strerror", None) or type(error).__name__, 100)
        raise KeyCommandFailed(f"{setting}: {program} cannot be run: {why}.", hint=_CORRECT) from error


def _hiding(lines: Sequence[Secret], environ: Mapping[str, str]) -> Redaction:
    """Return an object that hides keys in text. It hides the lines that the program printed, and keys in the
    environment. A line of several words is not hidden, because it cannot be a key."""
    printed = [line for line in lines if len(line.reveal().split()) == 1]
    known = [Secret(text) for what in KEYS if (text := what.in_environment(environ))]
    return Redaction(secret for secret in (*printed, *known) if len(secret.reveal()) >= FRAGMENT)


def _last_line(complained: bytes, hiding: Redaction) -> str:
    """Return the last line of a program's stderr, with API keys hidden. Some programs repeat their output or the
    requested key in an error message."""
    lines = complained.decode("utf-8", "replace").strip().splitlines()
    last = lines[-1].strip().rstrip(".") if lines else ""
    return clean(without_lookalikes(hiding.hide(last)), 200)
