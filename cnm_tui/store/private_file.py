"""Read and write what the program remembers: in folders of this user alone, and never through a link."""

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
    """One file, which need not exist.

    Its folder has to belong to this user and must be no link: whoever else owns it could put links to other files of
    this user there.
    """

    def __init__(self, path: Path, root: Path | None = None, check: Check | None = None) -> None:
        """Nothing is read or made yet.

        Args:
            path: The file.
            root: The outermost folder that is ours; the folder of the file if it is left out.
            check: Is given the status of the file's folder and of the file before they are used; what it raises goes
                through.
        """
        self._path = path
        self._root = path.parent if root is None else root
        self._check = check

    def read(self, most_bytes: int) -> bytes | None:
        """Return the content, or as much of it as a sound file would have; None if there is no file.

        Raises:
            StoreFailed: It cannot be read, is a link, or stands in a folder of somebody else.
        """
        try:
            with self._folder() as folder:
                return self._read_in(folder, most_bytes)
        except FileNotFoundError:
            return None

    def write(self, content: bytes) -> None:
        """Replace the content at once; whoever reads it sees the old one or the new one.

        Raises:
            StoreFailed: It could not be written; what was there stays.
        """
        with self._locked() as folder:
            self._write_in(folder, content)

    def update(self, most_bytes: int, change: Callable[[bytes | None], bytes]) -> bytes | None:
        """Replace the content by what `change` makes of it, under the lock; return it as read back.

        Raises:
            StoreFailed: It could not be read or written; what was there stays.
        """
        with self._locked() as folder:
            self._write_in(folder, change(self._read_in(folder, most_bytes)))
            return self._read_in(folder, most_bytes)

    def remove(self) -> bool:
        """Remove the file, and what programs that were killed left of it; True if it was there.

        Raises:
            StoreFailed: It stays.
        """
        if not os.path.lexists(self._path.parent):
            return False
        # Whoever could reach it besides: it has to go.
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
            # A rename would put a file where a device, a pipe, a folder or somebody's link was.
            with suppress(FileNotFoundError):
                if not stat.S_ISREG(os.stat(self._path.name, dir_fd=folder, follow_symlinks=False).st_mode):
                    raise OSError(0, "It is not a regular file")
            put_in_place(folder, self._path, content, PRIVATE)
        except OSError as error:
            raise _failed(self._path, "could not be written", error) from error

    @contextmanager
    def _locked(self, *, check: bool = True) -> Iterator[int]:
        """Make the folders, lock the innermost, and remove what programs that were killed left there."""
        private_directory(self._path.parent)
        with self._folder(check=check, to_write=True) as folder, folder_lock(folder, self._path.parent) as is_held:
            sweep(folder, is_locked=is_held)
            yield folder

    @contextmanager
    def _folder(self, *, check: bool = True, to_write: bool = False) -> Iterator[int]:
        """Open each folder from the root to that of the file.

        Raises:
            FileNotFoundError: There is none.
            StoreFailed: One is no folder of this user.
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
    """Write what could not be copied, in the place of the one before; return the path.

    Raises:
        StoreFailed: It could not be written.
    """
    PrivateFile(path).write(f"{text}\n".encode())
    return path


def _opened(path: Path, within: int | None, closing: ExitStack) -> int:
    """Open one folder, until `closing` ends.

    Raises:
        FileNotFoundError: There is none.
        StoreFailed: It is none of this user.
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
    """Take the rights of others away, where the file system has any; an older version or a tool may have left them."""
    for folder in folders:
        if os.fstat(folder).st_mode & OTHERS:
            with suppress(OSError):
                os.fchmod(folder, stat.S_IRWXU)


def _failed(path: Path, what: str, error: OSError) -> StoreFailed:
    """Return the failure; the system's word for a link that was not followed would tell of too many."""
    if os.path.islink(path):
        return StoreFailed(f"{path_text(path)} is a link; it is not used.", hint=ANOTHER_PLACE)
    return store_failed(path, what, error)
