"""End programs that this one started, together with it, however it ends."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Final

_GUARD: Final = ("sh", "-c", 'read -r group && { read -r over || kill -9 "-$group"; }')
"""A shell script that kills a process group if its stdin ends before it reads "over": its parent has died then."""


@contextmanager
def guarded(path: str) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes a process group, which is killed if this program ends or is killed."""
    guard = _begun_guard(path)
    groups = []

    def guarding(group: int) -> None:
        if guard is not None and guard.stdin is not None:
            groups.append(group)
            with suppress(OSError):
                guard.stdin.write(b"%d\n" % group)
                guard.stdin.flush()

    with guard or nullcontext():
        try:
            yield guarding
        finally:
            if guard is not None:
                guard.communicate(b"over\n" if groups else b"")


def _begun_guard(path: str) -> "subprocess.Popen[bytes] | None":
    """Start the guard; return None without a shell, as in some containers."""
    nothing = subprocess.DEVNULL
    try:
        # In its own session: otherwise the hangup of the terminal would end it first.
        return subprocess.Popen(
            _GUARD, env={"PATH": path}, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True
        )
    except OSError:
        return None


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and everything that it started in its session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
