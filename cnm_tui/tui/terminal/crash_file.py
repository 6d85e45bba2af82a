"""Report an internal error in one sentence, and write its details into a file.

The file does not contain values of variables, because a value may be an API key.
"""

import time
import traceback
from collections.abc import Callable
from pathlib import Path

from textual.worker import WorkerFailed

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean
from cnm_tui.store.private_file import PrivateFile


def crash_sentence(error: BaseException | None, directory: Callable[[], Path] | None) -> str:
    """Return a sentence about the error that stops the program.

    If there is a directory, write the details of the error into a file in that directory.
    """
    if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
        # An exception group names no place; the error inside it does.
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
    """Write the error type, function names and line numbers into a file, and return its path.

    The error message is left out, because it may contain secrets. Return None if the file cannot be written.
    """
    frames = "".join(traceback.format_tb(error.__traceback__))
    try:
        path = directory() / time.strftime("crash-%Y%m%d-%H%M%S.txt")
        PrivateFile(path).write(f"{type(error).__name__}\n{frames}".encode())
    except StoreFailed:
        return None
    return path
