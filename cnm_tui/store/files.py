"""Find the folders of cnm-tui, and write files safely.

A crash or a full disk does not destroy the old content of a file.
"""

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
    """Raised when there is no home directory, so that cnm-tui has no place to store its files."""


class FileIsThere(StoreFailed):
    """Raised when a file must not be replaced, but a file with this name exists already."""


def home_directory() -> Path:
    """Return the home directory from the environment variable HOME.

    If HOME is not an absolute path, return the home directory from the system's user database.

    Raises:
        NoHome: Neither HOME nor the user database contains an absolute path.
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
    """Return the folder for files that users write, such as settings.toml.

    Raises:
        NoHome: There is no home directory.
    """
    return _directory("XDG_CONFIG_HOME", ".config")


def state_directory() -> Path:
    """Return the folder for files in which cnm-tui stores its state between runs.

    Raises:
        NoHome: There is no home directory.
    """
    return _directory("XDG_STATE_HOME", ".local/state")


def _directory(variable: str, in_home: str) -> Path:
    """Return the folder of cnm-tui for one kind of file, for example settings.

    The XDG Base Directory Specification decides the folder, or on macOS Apple's convention. A relative path in
    the environment variable `variable` is ignored, because the specification requires this. A relative path would
    depend on the current directory, so a downloaded repository could contain settings that run commands.

    Args:
        variable: The name of the environment variable that contains the parent folder.
        in_home: The parent folder in the home directory, which is used if the environment variable has no path.
    """
    above = os.environ.get(variable, "")
    if not os.path.isabs(above):
        in_home = "Library/Application Support" if sys.platform == "darwin" else in_home
        return home_directory() / in_home / _APPLICATION
    return Path(above, _APPLICATION)


def ignore_relative_places(environ: MutableMapping[str, str]) -> None:
    """Remove HOME and XDG variables that are not absolute paths from the environment.

    Some libraries use these variables without a check.
    """
    for name in ("HOME", *(f"XDG_{kind}" for kind in _XDG)):
        if not os.path.isabs(environ.get(name, "/")):
            del environ[name]


def private_directory(directory: Path) -> Path:
    """Create the directory and its missing parents, with access for this user only. Return the directory.

    Raises:
        StoreFailed: The directory cannot be created.
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
    """Return at most the first `most_bytes` bytes of a file. Return None if the file does not exist.

    Raises:
        StoreFailed: The file cannot be read, or is a symbolic link whose target does not exist.
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
    """Return the first symbolic link in the path whose target does not exist. Return None if there is no such
    link.
    """
    return next((level for level in (path, *path.parents) if level.is_symlink() and not level.exists()), None)


def content_of(file: BinaryIO, most_bytes: int) -> bytes:
    """Return at most the first `most_bytes` bytes of an open file.

    Raises:
        OSError: The file cannot be read, or it is a pipe.
    """
    if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        raise OSError(0, "It is a pipe")
    return file.read(most_bytes)


def write_whole(path: Path, content: bytes, mode: int | None = None, *, replacing: bool = True) -> None:
    """Replace a file's content atomically, so that readers get either the old content or the new content.

    An existing file keeps its permissions unless `mode` is given. A new file can be read by this user only. If
    the path is a symbolic link of this user or of root, the target of the link is written.

    Raises:
        FileIsThere: The file exists, and `replacing` is False.
        StoreFailed: The file could not be written. The old file is unchanged.
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
    """Follow symbolic links, and return the path of the file at the end.

    Raises:
        OSError: A link belongs to another user. In /tmp, Linux refuses such links too, but not on every
            system.
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
    """True if the path is another user's symbolic link in a folder where everybody may write, such as /tmp."""
    if not level.is_symlink():
        return False
    folder = level.parent.stat()
    is_for_all = bool(folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH)
    return is_for_all and level.lstat().st_uid not in (os.getuid(), folder.st_uid)


def put_in_place(folder: int | None, target: Path, content: bytes, mode: int, *, replacing: bool = True) -> None:
    """Write a temporary file in the target's folder, and rename it to the target.

    Args:
        folder: The file descriptor of the target's folder, which must be locked. None to use the path without
            a lock.
        target: The file to write.
        content: The whole content of the file.
        mode: The permissions of the file.
        replacing: False to keep a file that exists already.

    Raises:
        FileExistsError: The file exists, and `replacing` is False.
        OSError: The file could not be written. The old file is unchanged.
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
    """Rename the temporary file to the name `free`, which must not exist yet, and return True.

    On file systems without hard links, only create an empty file with this name and return False. The caller must
    then rename the temporary file.

    Raises:
        FileExistsError: A file with the name `free` exists.
        OSError: The file could not be renamed or created.
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
    """Remove temporary files that remained in a folder because a run of cnm-tui was killed.

    Args:
        folder: The folder, or its file descriptor.
        is_locked: True if the folder belongs to cnm-tui and is locked. Then no other process writes such files
            now, so they are removed immediately. Other temporary files are removed when they are one hour old.
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
    """Return the permissions that the umask gives to a new file without secrets.

    The umask can be read only by setting it, so it is set twice.
    """
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def path_text(path: Path) -> str:
    """Return the path as text without control characters, which is safe to display."""
    return clean(str(path), 300)


def store_failed(path: Path, what: str, error: OSError) -> StoreFailed:
    """Return an error about one file. Its message contains the path, the text `what` and the operating system's
    reason.
    """
    return StoreFailed(f"{path_text(path)} {what}: {reason_text(error)}.")


def reason_text(error: OSError) -> str:
    """Return the operating system's reason for an error, as text without control characters."""
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
    """Write the directory entry of a renamed file to the disk, so that the new name survives a power failure.

    Errors are ignored, because the content of the file is already on the disk.
    """
    with contextlib.suppress(OSError):
        if isinstance(directory, int):
            os.fsync(directory)
            return
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
