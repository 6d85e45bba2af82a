"""Find the folders of this program, and write files so that neither a crash nor a full disk loses the old content."""

import contextlib
import os
import pwd
import re
import stat
import sys
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import BinaryIO, Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean

_APPLICATION: Final = "cnm-tui"
PRIVATE: Final = 0o600
DATABASE_HEADER: Final = b"SQLite format 3\0"
"""The first bytes of every SQLite file (sqlite.org/fileformat.html)."""
_XDG: Final = ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR")
_TEMPORARY: Final = ".cnm-tui-"
_TEMPORARY_UNLOCKED: Final = ".cnm-tui-new-"
_WRITTEN_LOCKED: Final = rf"{re.escape(_TEMPORARY)}(?:[0-9a-f]{{16}}|[0-9a-z_]{{8}})"
"""Names of temporary files written under a lock; the 8-character names are from older versions."""
_WRITTEN_UNLOCKED: Final = rf"{re.escape(_TEMPORARY_UNLOCKED)}[0-9a-f]{{16}}"
_MOST_LINKS: Final = 40
_LONGEST_WRITE_SECONDS: Final = 3_600


class NoHome(StoreFailed):
    """There is no home directory for the program's files."""


class FileIsThere(StoreFailed):
    """A file of this name exists."""


def home_directory() -> Path:
    """Return the home directory: HOME, or the user database's entry if HOME is not an absolute path.

    Raises:
        NoHome: Neither gives an absolute path.
    """
    home = os.environ.get("HOME", "")
    if not os.path.isabs(home):
        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            home = ""
    if not os.path.isabs(home):
        raise NoHome("There is no home directory to remember things in.", hint="Set HOME to a folder of yours.")
    return Path(home)


def config_directory() -> Path:
    """Return the folder for files that users write.

    Raises:
        NoHome: There is no home directory.
    """
    return _directory("XDG_CONFIG_HOME", ".config")


def state_directory() -> Path:
    """Return the folder for files that the program writes between runs.

    Raises:
        NoHome: There is no home directory.
    """
    return _directory("XDG_STATE_HOME", ".local/state")


def _directory(variable: str, in_home: str) -> Path:
    """Return this program's folder by the XDG Base Directory Specification, on macOS by Apple's convention.

    A relative value is ignored, as the specification says: it would depend on the current directory, so that a
    repository could bring settings with commands in them.
    """
    above = os.environ.get(variable, "")
    if not os.path.isabs(above):
        in_home = "Library/Application Support" if sys.platform == "darwin" else in_home
        return home_directory() / in_home / _APPLICATION
    return Path(above, _APPLICATION)


def ignore_relative_places(environ: MutableMapping[str, str]) -> None:
    """Remove HOME and XDG variables that are not absolute paths, for libraries that do not check them."""
    for name in ("HOME", *(f"XDG_{kind}" for kind in _XDG)):
        if not os.path.isabs(environ.get(name, "/")):
            del environ[name]


def private_directory(directory: Path) -> Path:
    """Create the directory and its missing parents, private to this user; return it.

    Raises:
        StoreFailed: It cannot be created.
    """
    try:
        # Checked first: a name that is too long fails here, before any parent is created.
        if not directory.is_dir():
            for level in reversed((directory, *directory.parents)):
                if not level.is_dir():
                    level.mkdir(mode=0o700, exist_ok=True)
                    # A umask may remove our own rights too, and make a new `.local` unusable.
                    level.chmod(0o700)
    except OSError as error:
        raise store_failed(directory, "cannot be made", error) from error
    return directory


def beginning_of(path: Path, most_bytes: int) -> bytes | None:
    """Return a file's first `most_bytes` bytes; None if there is no file.

    Raises:
        StoreFailed: It cannot be read.
    """
    try:
        # Non-blocking: opening a pipe without a writer would wait for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return content_of(file, most_bytes)
    except FileNotFoundError as error:
        if (link := _link_to_nothing(path)) is not None:
            # The target may only be temporarily missing; continuing without settings could ask another service.
            which = "it" if link == path else path_text(link)
            raise StoreFailed(
                f"{path_text(path)} could not be read: {which} is a link to nothing.",
                hint="Mend the link, or remove it.",
            ) from error
        return None
    except OSError as error:
        raise store_failed(path, "could not be read", error) from error


def _link_to_nothing(path: Path) -> Path | None:
    """Return the first dangling link in the path; None if there is none."""
    return next((level for level in (path, *path.parents) if level.is_symlink() and not level.exists()), None)


def content_of(file: BinaryIO, most_bytes: int) -> bytes:
    """Return the first `most_bytes` bytes of an open file.

    Raises:
        OSError: It cannot be read, or is a pipe.
    """
    if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        raise OSError(0, "It is a pipe")
    return file.read(most_bytes)


def write_whole(path: Path, content: bytes, mode: int | None = None, *, replacing: bool = True) -> None:
    """Replace a file's content atomically: readers see the old content or the new one.

    An existing file keeps its mode unless `mode` is given; a new one is private. A symbolic link of this user or of
    root is followed, and its target is written.

    Raises:
        FileIsThere: The file exists, and `replacing` is False.
        StoreFailed: It could not be written; the old file is unchanged.
    """
    try:
        target = end_of_links(path)
        present = _mode_of(target)
        sweep(target.parent, is_locked=False)
        put_in_place(None, target, content, present if mode is None else mode, replacing=replacing)
    except FileExistsError as error:
        raise FileIsThere(f"{clean(path.name, 300)} is there already.") from error
    except OSError as error:
        raise store_failed(path, "could not be written", error) from error


def end_of_links(path: Path) -> Path:
    """Return the file that a path leads to, following links.

    Raises:
        OSError: A link belongs to another user. Linux refuses such links in /tmp too, but not on every system.
    """
    for _ in range(_MOST_LINKS):
        if any(map(_is_planted, path.parents)):
            raise OSError(0, "A folder on the way is a link of another user")
        status = path.lstat() if os.path.lexists(path) else None
        if status is None or not stat.S_ISLNK(status.st_mode):
            break
        if status.st_uid not in (os.getuid(), 0):
            raise OSError(0, "It is a link of another user")
        path = path.parent / os.readlink(path)
    return path


def _is_planted(level: Path) -> bool:
    """True if it is another user's link in a folder that everybody may write, such as /tmp."""
    if not level.is_symlink():
        return False
    folder = level.parent.stat()
    is_for_all = bool(folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH)
    return is_for_all and level.lstat().st_uid not in (os.getuid(), folder.st_uid)


def put_in_place(folder: int | None, target: Path, content: bytes, mode: int, *, replacing: bool = True) -> None:
    """Write a temporary file beside the target and rename it to the target.

    Args:
        folder: A descriptor of the target's folder, whose lock is held; None to use the path, without a lock.
        target: The file.
        content: Its whole content.
        mode: The permissions of the file.
        replacing: False to keep a file that exists by then.

    Raises:
        FileExistsError: The file exists, and `replacing` is False.
        OSError: It could not be written; the old file is unchanged.
    """
    prefix = _TEMPORARY if folder is not None else _TEMPORARY_UNLOCKED
    # Not tempfile, which takes 3 ms to import and does not support descriptors of folders.
    name = f"{prefix}{os.urandom(8).hex()}"
    temporary, named = (target.parent / name, target) if folder is None else (Path(name), Path(target.name))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, PRIVATE, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        if replacing or not _is_linked(temporary, named, folder):
            os.replace(temporary, named, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        # Remove the half-written file after any error, including ctrl+c.
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    _sync_directory(target.parent if folder is None else folder)


def _is_linked(temporary: Path, free: Path, folder: int | None) -> bool:
    """Rename the file to `free`, which must not exist; return False if that name is only reserved so far.

    Raises:
        FileExistsError: `free` exists.
        OSError: The link could not be made.
    """
    try:
        os.link(temporary, free, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network file systems have no hard links.
        os.close(os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE, dir_fd=folder))
        return False
    os.unlink(temporary, dir_fd=folder)
    return True


def sweep(folder: int | Path, *, is_locked: bool) -> None:
    """Remove our temporary files that killed programs left.

    Args:
        folder: The folder, or a descriptor of it.
        is_locked: True if the folder is ours and its lock is held: no other program is then writing files that need
            the lock. Other temporary files are removed once they are an hour old.
    """
    long_ago = time.time() - _LONGEST_WRITE_SECONDS
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_ours_alone = is_locked and re.fullmatch(_WRITTEN_LOCKED, entry.name) is not None
            # In other folders people may have files with similar names.
            if not is_ours_alone and re.fullmatch(_WRITTEN_UNLOCKED, entry.name) is None:
                continue
            # Another program may be sweeping at the same time.
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid()
                if is_ours and (is_ours_alone or status.st_mtime < long_ago):
                    os.unlink(entry.path, dir_fd=folder if isinstance(folder, int) else None)


def mode_of_new_files() -> int:
    """Return the mode that the umask gives to a file without secrets. The umask can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def path_text(path: Path) -> str:
    """Return the path as text that is safe to show."""
    return clean(str(path), 300)


def store_failed(path: Path, what: str, error: OSError) -> StoreFailed:
    """Return an error about one file, with the system's reason."""
    return StoreFailed(f"{path_text(path)} {what}: {reason_text(error)}.")


def reason_text(error: OSError) -> str:
    """Return the system's reason as text that is safe to show."""
    return clean(error.strerror or type(error).__name__, 200)


def _mode_of(target: Path) -> int:
    try:
        status = target.stat()
    except FileNotFoundError:
        return PRIVATE
    if not stat.S_ISREG(status.st_mode):
        # A rename would replace a device, a pipe or a directory by a file.
        raise OSError(0, "It is not a regular file")
    return stat.S_IMODE(status.st_mode)


def _sync_directory(directory: int | Path) -> None:
    """Sync the directory, so that the rename survives a power failure; errors are ignored, as the file is written."""
    with contextlib.suppress(OSError):
        if isinstance(directory, int):
            os.fsync(directory)
            return
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
