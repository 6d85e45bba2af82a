"""Run functions in forked processes, also many at the same time. Kill such a process at any moment."""

import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial


def forked(work: Callable[[], object]) -> int:
    """Run the function in another process, and return the process id.

    The exit code of the process is 0, or 1 if the function raised an exception.
    """
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
    """Start all functions at the same moment, each in its own process, and return the exit codes of the processes."""
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
    """Run the function again and again in another process, and kill the process with SIGKILL.

    Args:
        work: The function.
        after_seconds: The seconds between the end of the first run of the function and the kill.
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
