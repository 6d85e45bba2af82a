"""What could not be copied, in a file instead."""

from pathlib import Path

from cnm_tui.store.private_file import PrivateFile


def write_copied(path: Path, text: str) -> Path:
    """Write it for this user alone, in the place of the one before; return the path.

    Raises:
        StoreFailed: It could not be written.
    """
    PrivateFile(path).write(f"{text}\n".encode())
    return path
