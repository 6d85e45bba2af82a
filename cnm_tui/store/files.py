"""Find the folders of this program, and write files so that neither a crash nor a full disk loses the old one."""

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
_XDG: Final = ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "CACHE_HOME", "RUNTIME_DIR")
_TEMPORARY: Final = ".cnm-tui-"
_TEMPORARY_UNLOCKED: Final = ".cnm-tui-new-"
_WRITTEN_LOCKED: Final = rf"{re.escape(_TEMPORARY)}(?:[0-9a-f]{{16}}|[0-9a-z_]{{8}})"
"""Names of temporary files; the shorter ones are of older versions."""
_WRITTEN_UNLOCKED: Final = rf"{re.escape(_TEMPORARY_UNLOCKED)}[0-9a-f]{{16}}"
_MOST_LINKS: Final = 40
_LONGEST_WRITE_SECONDS: Final = 3_600


class NoHome(StoreFailed):
    """There is no home directory to keep or find things in."""


class FileIsThere(StoreFailed):
    """There is a file of this name already."""


def home_directory() -> Path:
    """Return the home directory of this user: HOME, or where that is no absolute path, as the user database says.

    Raises:
        NoHome: Neither names one.
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
    """Return the folder for what people write.

    Raises:
        NoHome: There is none.
    """
    return _directory("XDG_CONFIG_HOME", ".config")


def state_directory() -> Path:
    """Return the folder for what the program remembers.

    Raises:
        NoHome: There is none.
    """
    return _directory("XDG_STATE_HOME", ".local/state")


def _directory(variable: str, in_home: str) -> Path:
    """Return the folder of the application by the XDG Base Directory Specification, and on macOS as Apple has it.

    A relative value is ignored, as the specification says: it would be another folder wherever the program is started,
    so that a repository could bring settings with commands in them.
    """
    above = os.environ.get(variable, "")
    if not os.path.isabs(above):
        in_home = "Library/Application Support" if sys.platform == "darwin" else in_home
        return home_directory() / in_home / _APPLICATION
    return Path(above, _APPLICATION)


def ignore_relative_places(environ: MutableMapping[str, str]) -> None:
    """Remove HOME and folders of the XDG specification that are no absolute paths, for libraries that trust them."""
    for name in ("HOME", *(f"XDG_{kind}" for kind in _XDG)):
        if not os.path.isabs(environ.get(name, "/")):
            del environ[name]


def private_directory(directory: Path) -> Path:
    """Make the directory, and each one above it that is missing, for this user alone; return it.

    Raises:
        StoreFailed: It cannot be made.
    """
    try:
        # First, as a name that is too long is refused here, before half of the way is made.
        if not directory.is_dir():
            for level in reversed((directory, *directory.parents)):
                if not level.is_dir():
                    level.mkdir(mode=0o700, exist_ok=True)
                    # A umask may take rights from ourselves too: `.local` would be of no use to anybody.
                    level.chmod(0o700)
    except OSError as error:
        raise store_failed(directory, "cannot be made", error) from error
    return directory


def beginning_of(path: Path, most_bytes: int) -> bytes | None:
    """Return a file's content, or as much of it as a sound one would have; None if there is no file.

    Raises:
        StoreFailed: It cannot be read.
    """
    try:
        # A pipe that nobody writes to would be waited for without an end.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return content_of(file, most_bytes)
    except FileNotFoundError as error:
        if (link := _link_to_nothing(path)) is not None:
            # What it should lead to may only be out of reach for now: going on without would ask somebody else.
            which = "it" if link == path else path_text(link)
            raise StoreFailed(
                f"{path_text(path)} could not be read: {which} is a link to nothing.",
                hint="Mend the link, or remove it.",
            ) from error
        return None
    except OSError as error:
        raise store_failed(path, "could not be read", error) from error


def _link_to_nothing(path: Path) -> Path | None:
    """Return the link because of which there is no such file; None where there is none."""
    return next((level for level in (path, *path.parents) if level.is_symlink() and not level.exists()), None)


def content_of(file: BinaryIO, most_bytes: int) -> bytes:
    """Return the content of an open file, or as much of it as a sound one would have.

    Raises:
        OSError: It cannot be read, or is a pipe.
    """
    if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
        raise OSError(0, "It is a pipe")
    return file.read(most_bytes)


def write_whole(path: Path, content: bytes, mode: int | None = None, *, replacing: bool = True) -> None:
    """Put a file's whole content in place at once: whoever reads it sees the old one or the new one.

    An existing file keeps its mode unless `mode` is given; a new one is private. A symbolic link of this user or of
    root stays, and what it points to is written.

    Raises:
        FileIsThere: There is a file, and it is not to be replaced.
        StoreFailed: It could not be written; the old file is as it was.
    """
    try:
        target = _end_of_links(path)
        present = _mode_of(target)
        sweep(target.parent, is_locked=False)
        put_in_place(None, target, content, present if mode is None else mode, replacing=replacing)
    except FileExistsError as error:
        raise FileIsThere(f"{clean(path.name, 300)} is there already.") from error
    except OSError as error:
        raise store_failed(path, "could not be written", error) from error


def _end_of_links(path: Path) -> Path:
    """Return the file that a path leads to.

    Raises:
        OSError: A link belongs to another user. The system follows none of those in /tmp either, but not every system
            is set up so.
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
    """True if it is a link of another user in a folder where everybody may put one, as in /tmp."""
    if not level.is_symlink():
        return False
    folder = level.parent.stat()
    is_for_all = bool(folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH)
    return is_for_all and level.lstat().st_uid not in (os.getuid(), folder.st_uid)


def put_in_place(folder: int | None, target: Path, content: bytes, mode: int, *, replacing: bool = True) -> None:
    """Write a temporary file beside the target and give it the target's name.

    Args:
        folder: A descriptor of the target's folder, whose lock is held; None to go by the path, without a lock.
        target: The file.
        content: All of it.
        mode: The permissions of the file.
        replacing: False to leave a file that has the name by then.

    Raises:
        FileExistsError: There is one, and it is left.
        OSError: It could not be written; the old file is as it was.
    """
    prefix = _TEMPORARY if folder is not None else _TEMPORARY_UNLOCKED
    # Not by tempfile, which takes 3 ms to import and knows no descriptors of folders.
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
        # Whatever ends it, be it ctrl+c: half a file is left lying under no name.
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    _sync_directory(target.parent if folder is None else folder)


def _is_linked(temporary: Path, free: Path, folder: int | None) -> bool:
    """Give the file a name that must be free instead of its own; return False if the name is only taken so far.

    Raises:
        FileExistsError: The name is not free.
        OSError: It cannot be taken.
    """
    try:
        os.link(temporary, free, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some file systems over the network have no links.
        os.close(os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE, dir_fd=folder))
        return False
    os.unlink(temporary, dir_fd=folder)
    return True


def sweep(folder: int | Path, *, is_locked: bool) -> None:
    """Remove temporary files of ours that programs left which were killed while they wrote.

    Args:
        folder: The folder, or a descriptor of it.
        is_locked: True if the folder is ours and its lock is held: then no other program is writing the files that
            need it. Others are removed once they are an hour old.
    """
    long_ago = time.time() - _LONGEST_WRITE_SECONDS
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_ours_alone = is_locked and re.fullmatch(_WRITTEN_LOCKED, entry.name) is not None
            # Elsewhere people may have files of their own that are called alike.
            if not is_ours_alone and re.fullmatch(_WRITTEN_UNLOCKED, entry.name) is None:
                continue
            # Another program may be sweeping as well.
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid()
                if is_ours and (is_ours_alone or status.st_mtime < long_ago):
                    os.unlink(entry.path, dir_fd=folder if isinstance(folder, int) else None)


def mode_of_new_files() -> int:
    """Return the mode that the umask leaves to a file that is no secret; it can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def path_text(path: Path) -> str:
    """Return the path, safe to show in a sentence."""
    return clean(str(path), 300)


def store_failed(path: Path, what: str, error: OSError) -> StoreFailed:
    """Return the failure of one file, with the system's reason."""
    return StoreFailed(f"{path_text(path)} {what}: {reason_text(error)}.")


def reason_text(error: OSError) -> str:
    """Return the system's reason, safe to show in a sentence."""
    return clean(error.strerror or type(error).__name__, 200)


def _mode_of(target: Path) -> int:
    try:
        status = target.stat()
    except FileNotFoundError:
        return PRIVATE
    if not stat.S_ISREG(status.st_mode):
        # A rename would put a file where a device, a pipe or a directory was.
        raise OSError(0, "It is not a regular file")
    return stat.S_IMODE(status.st_mode)


def _sync_directory(directory: int | Path) -> None:
    """Make the rename outlive a power cut, where the system lets a directory be synced; the file is written anyway."""
    with contextlib.suppress(OSError):
        if isinstance(directory, int):
            os.fsync(directory)
            return
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
