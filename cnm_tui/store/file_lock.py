"""Lock a folder, so that only one running copy of cnm-tui at a time changes the files in it."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.store.files import PRIVATE, path_text, store_failed

LOCK_NAME: Final = ".cnm-tui.lock"
_PATIENCE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.005
_HELD_BY_ANOTHER: Final = (errno.EWOULDBLOCK, errno.EACCES)
_NOT_WRITABLE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
"""Errors after which there is no lock: a write then fails with its own message, and removing a file needs no lock."""


@contextmanager
def folder_lock(folder: int, shown: Path) -> Iterator[bool]:
    """Lock an open folder for the duration of the `with` block, and yield True.

    If the folder is not writable, or its file system has no locks, yield False. The lock file is removed at the
    end of the `with` block. Therefore it does not remain in folders that people keep in git.

    Args:
        folder: The file descriptor of the folder.
        shown: The folder's path, for messages.

    Raises:
        StoreFailed: The folder is writable but its lock file cannot be opened, or another process holds the lock
            for 10 seconds.
    """
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        descriptor = _opened(folder, shown)
        if descriptor is None:
            yield False
            return
        try:
            is_held = _lock(descriptor, shown, give_up)
            if not is_held or _is_there(folder, descriptor):
                try:
                    yield is_held
                finally:
                    # Remove it while the lock is held: a waiting program notices, and opens a new lock file.
                    if is_held:
                        with suppress(OSError):
                            os.unlink(LOCK_NAME, dir_fd=folder)
                return
        finally:
            os.close(descriptor)


@contextmanager
def lock_beside(path: Path) -> Iterator[None]:
    """Lock the folder that contains a file, for the duration of the `with` block.

    If the file is a symbolic link, the folder of the link's target is locked.

    Raises:
        StoreFailed: The folder or its lock file cannot be opened, or another program holds the lock for 10
            seconds.
    """
    try:
        folder = Path(os.path.realpath(path)).parent
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise store_failed(path, "could not be written", error) from error
    try:
        with folder_lock(descriptor, folder):
            yield
    finally:
        os.close(descriptor)


def _opened(folder: int, shown: Path) -> int | None:
    """Open the lock file in the folder and return its file descriptor. Return None if the folder is not writable."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(LOCK_NAME, flags, PRIVATE, dir_fd=folder)
    except OSError as error:
        if error.errno in _NOT_WRITABLE:
            return None
        raise store_failed(shown / LOCK_NAME, "could not be opened", error) from error


def _lock(descriptor: int, shown: Path, give_up: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _HELD_BY_ANOTHER:
                return False
        else:
            return True
        if time.monotonic() > give_up:
            raise StoreFailed(
                f"{path_text(shown)} is being written by another program all the time.", hint="Nothing was written."
            )
        time.sleep(_PAUSE_SECONDS)


def _is_there(folder: int, descriptor: int) -> bool:
    """True if the folder still contains the lock file that this file descriptor belongs to.

    The process that held the lock before may have removed the lock file.
    """
    try:
        named = os.stat(LOCK_NAME, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(descriptor))
