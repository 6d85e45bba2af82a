"""Read and write the program's state files, in folders that only this user can access. Links are never followed."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.store.file_lock import folder_lock
from cnm_tui.store.files import PRIVATE, content_of, path_text, private_directory, put_in_place, store_failed, sweep

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC

ANOTHER_PLACE: Final = "Put a folder of your own there, or name another place by XDG_STATE_HOME."

Check = Callable[[os.stat_result], None]


class PrivateFile:
    """A file that only this user can access. The file may be missing.

    Its folder must belong to this user and must not be a link. Otherwise another user could put links to this
    user's files into the folder.
    """

    def __init__(self, path: Path, root: Path | None = None, check: Check | None = None) -> None:
        """Prepare the object without reading or creating a file.

        Args:
            path: The path of the file.
            root: The outermost folder that belongs to the program. None means the folder of the file.
            check: A function that receives the stat results of folder and file before they are used. It may raise
                an exception to refuse them.
        """
        self._path = path
        self._root = path.parent if root is None else root
        self._check = check

    def read(self, most_bytes: int) -> bytes | None:
        """Return at most the first `most_bytes` bytes. Return None if there is no file.

        Raises:
            StoreFailed: The file cannot be read or is a link, or its folder belongs to another user.
        """
        try:
            with self._folder() as folder:
                return self._read_in(folder, most_bytes)
        except FileNotFoundError:
            return None

    def write(self, content: bytes) -> None:
        """Replace the content atomically, so that readers get either the old content or the new content.

        Raises:
            StoreFailed: The file could not be written. The old content is kept.
        """
        with self._locked() as folder:
            self._write_in(folder, content)

    def update(self, most_bytes: int, change: Callable[[bytes | None], bytes]) -> bytes | None:
        """Replace the content by the result of the function `change`, whose argument is the old content.

        The folder is locked meanwhile. Return the new content, which is read back from the file.

        Raises:
            StoreFailed: The file could not be read or written. The old content is kept.
        """
        with self._locked() as folder:
            self._write_in(folder, change(self._read_in(folder, most_bytes)))
            return self._read_in(folder, most_bytes)

    def remove(self) -> bool:
        """Remove the file, and temporary files that remained because a run was killed. Return True if the file existed.

        Raises:
            StoreFailed: The file could not be removed.
        """
        if not os.path.lexists(self._path.parent):
            return False
        # Without the check: a file that others can access must be removable.
        with self._locked(check=False) as folder:
            try:
                os.unlink(self._path.name, dir_fd=folder)
            except FileNotFoundError:
                return False
            except OSError as error:
                raise store_failed(self._path, "could not be removed", error) from error
            return True

    def _read_in(self, folder: int, most_bytes: int) -> bytes | None:
        try:
            with open(os.open(self._path.name, _FILE, dir_fd=folder), "rb") as file:
                if self._check is not None:
                    self._check(os.fstat(file.fileno()))
                return content_of(file, most_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(self._path, "could not be read", error) from error

    def _write_in(self, folder: int, content: bytes) -> None:
        try:
            # A rename would replace a device, a pipe, a folder or another user's link.
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(os.stat(self._path.name, dir_fd=folder, follow_symlinks=False).st_mode):
                    raise OSError(0, "It is not a regular file")
            put_in_place(folder, self._path, content, PRIVATE)
        except OSError as error:
            raise _failed(self._path, "could not be written", error) from error

    @contextmanager
    def _locked(self, *, check: bool = True) -> Iterator[int]:
        """Create the folders, lock the innermost folder, and remove old temporary files.

        Yield the folder's file descriptor.
        """
        private_directory(self._path.parent)
        with self._folder(check=check, to_write=True) as folder, folder_lock(folder, self._path.parent) as is_held:
            sweep(folder, is_locked=is_held)
            yield folder

    @contextmanager
    def _folder(self, *, check: bool = True, to_write: bool = False) -> Iterator[int]:
        """Open each folder from the outermost one to the file's folder. Yield the file descriptor of the file's folder.

        Raises:
            FileNotFoundError: A folder does not exist.
            StoreFailed: A folder belongs to another user, or is not a folder.
        """
        inner = self._path.parent.relative_to(self._root).parts
        with ExitStack() as closing:
            path, folder = self._root, _opened(self._root, None, closing)
            folders = [folder]
            for name in inner:
                path /= name
                folder = _opened(path, folder, closing)
                folders.append(folder)
            if check and self._check is not None:
                self._check(os.fstat(folder))
            if to_write:
                _close_to_others(folders)
            yield folder


def write_copied(path: Path, text: str) -> Path:
    """Write a text to a file if it could not be copied to the clipboard. Return the path of the file.

    The text of an earlier call is overwritten.

    Raises:
        StoreFailed: The file could not be written.
    """
    PrivateFile(path).write(f"{text}\n".encode())
    return path


def _opened(path: Path, within: int | None, closing: ExitStack) -> int:
    """Open one folder and return its file descriptor. The exit stack `closing` closes the descriptor later.

    Raises:
        FileNotFoundError: The folder does not exist.
        StoreFailed: The folder belongs to another user, or cannot be opened.
    """
    try:
        folder = os.open(path if within is None else path.name, _FOLDER, dir_fd=within)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _failed(path, "could not be opened", error) from error
    closing.callback(os.close, folder)
    if os.fstat(folder).st_uid != os.getuid():
        raise StoreFailed(f"{path_text(path)} belongs to another user; it is not used.", hint=ANOTHER_PLACE)
    return folder


def _close_to_others(folders: list[int]) -> None:
    """Remove the access rights of other users from the folders.

    An older version of the program, or another tool, may have granted such rights.
    """
    for folder in folders:
        if os.fstat(folder).st_mode & OTHERS:
            with suppress(OSError):
                os.fchmod(folder, stat.S_IRWXU)


def _failed(path: Path, what: str, error: OSError) -> StoreFailed:
    """Return an error whose message contains the path and says what failed.

    If a link was refused, the error has its own message. The system's message "too many links" would be
    misleading.
    """
    if os.path.islink(path):
        return StoreFailed(f"{path_text(path)} is a link; it is not used.", hint=ANOTHER_PLACE)
    return store_failed(path, what, error)
