"""End the processes that cnm-tui started as soon as cnm-tui itself ends for any reason."""

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
    """Yield a function that takes the id of a process group.

    If cnm-tui ends or is killed before the `with` block ends, the processes of this group are killed.
    """
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
    """Start the shell script that kills the process groups. Return None if there is no shell. Some containers have
    none.
    """
    nothing = subprocess.DEVNULL
    try:
        # In its own session: otherwise the hangup of the terminal would end it first.
        return subprocess.Popen(
            _GUARD, env={"PATH": path}, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True
        )
    except OSError:
        return None


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all processes in its process group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
