"""Where files live on each system, and writing them so that neither a crash nor a full disk loses the old one.

Libraries are imported where they are used: `query` mostly touches no file, and would wait 4 ms for them.
"""

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean

_APPLICATION: Final = "cnm-tui"
PRIVATE: Final = 0o600


def config_directory() -> Path:
    """For what people write."""
    if sys.platform != "linux":
        import platformdirs

        return platformdirs.user_config_path(_APPLICATION, appauthor=False)
    # As platformdirs says, which takes 4 ms to import: settings are looked for before the first frame.
    home = os.environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")
    return Path(home, _APPLICATION)


def state_directory() -> Path:
    """For what the program remembers."""
    import platformdirs

    return platformdirs.user_state_path(_APPLICATION, appauthor=False)


def private_directory(directory: Path) -> Path:
    """The directory, made for this user alone where it is missing.

    Raises:
        StoreFailed: It cannot be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise store_failed(directory, "cannot be made", error) from error
    return directory


def beginning_of(path: Path, most_bytes: int) -> bytes | None:
    """A file's content, or as much of it as a sound one would have; None if there is no file.

    Raises:
        StoreFailed: It cannot be read.
    """
    try:
        # A pipe that nobody writes to would be waited for without an end.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            if stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
                raise OSError(0, "It is a pipe")
            return file.read(most_bytes)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise store_failed(path, "could not be read", error) from error


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Put a file's whole content in place at once: whoever reads it sees the old one or the new one.

    An existing file keeps its mode unless `mode` is given; a new one is private. A symbolic link stays, and what it
    points to is written.

    Raises:
        StoreFailed: It could not be written; the old file is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        present = _mode_of(target)
        _replace(target, content, present if mode is None else mode)
    except OSError as error:
        raise store_failed(path, "could not be written", error) from error


def mode_of_new_files() -> int:
    """What the umask leaves of a file that is no secret; it can only be read by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def path_text(path: Path) -> str:
    """The path, safe to show in a sentence."""
    return clean(str(path), 300)


def store_failed(path: Path, what: str, error: OSError) -> StoreFailed:
    """The failure of one file, with the system's reason."""
    return StoreFailed(f"{path_text(path)} {what}: {clean(error.strerror or type(error).__name__, 200)}.")


def _mode_of(target: Path) -> int:
    try:
        status = target.stat()
    except FileNotFoundError:
        return PRIVATE
    if not stat.S_ISREG(status.st_mode):
        # A rename would put a file where a device, a pipe or a directory was.
        raise OSError(0, "It is not a regular file")
    return stat.S_IMODE(status.st_mode)


def _replace(target: Path, content: bytes, mode: int) -> None:
    import tempfile

    descriptor, temporary = tempfile.mkstemp(prefix=".cnm-tui-", dir=target.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        # Whatever ends it, be it ctrl+c: half a file is left lying under no name.
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_directory(target.parent)


def _sync_directory(directory: Path) -> None:
    """Make the rename outlive a power cut, where the system lets a directory be synced; the file is written anyway."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
