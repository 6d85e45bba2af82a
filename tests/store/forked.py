"""Pieces of the program in processes of their own, many at once, and killed at any moment."""

import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial


def forked(work: Callable[[], object]) -> int:
    """Begin the work in another process, which ends with 0 if it raised nothing; return its id."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def at_once(several: Sequence[Callable[[], object]]) -> list[int]:
    """Begin all at the same moment, each in its own process; return their exit codes."""
    gate, opened = os.pipe()

    def waiting(work: Callable[[], object]) -> object:
        os.close(opened)
        os.read(gate, 1)
        return work()

    processes = [forked(partial(waiting, work)) for work in several]
    os.close(gate)
    os.close(opened)
    return [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]


def killed(work: Callable[[], object], after_seconds: float) -> None:
    """Begin the work in another process, and kill it (SIGKILL) so long after it did its first part.

    The work is done again and again until then.
    """
    ready, say_ready = os.pipe()

    def endless() -> None:
        work()
        os.write(say_ready, b".")
        while True:
            work()

    process = forked(endless)
    os.close(say_ready)
    os.read(ready, 1)
    os.close(ready)
    time.sleep(after_seconds)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
