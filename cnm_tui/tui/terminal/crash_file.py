"""The sentence and the file that tell of an internal error, without values of variables: one could be a key."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path

from textual.worker import WorkerFailed

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean
from cnm_tui.store.private_file import PrivateFile


def crash_sentence(error: BaseException | None, directory: Callable[[], Path] | None) -> str:
    """Return what to say of an error that stops the program; write its details into this directory, if any."""
    if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
        # It says only that one failed; what failed in it has the place.
        error = error.error
    where = ""
    if error is not None and (frames := traceback.extract_tb(error.__traceback__)):
        where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
    kind = type(error).__name__ if error is not None else "unknown"
    sentence = f"cnm-tui stopped by an internal error: {kind}{where}."
    if error is not None and directory is not None and (path := _written(error, directory)) is not None:
        sentence += f" Details, without any values: {path}"
    return clean(sentence)


def _written(error: BaseException, directory: Callable[[], Path]) -> Path | None:
    """Write names and line numbers only: a message could quote what it should not."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    try:
        path = directory() / time.strftime("crash-%Y%m%d-%H%M%S.txt")
        PrivateFile(path).write(f"{type(error).__name__}\n{frames}".encode())
    except StoreFailed:
        return None
    return path
