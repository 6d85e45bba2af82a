"""What could not be copied, in a file instead."""

from pathlib import Path

from cnm_tui.store.files import PRIVATE, private_directory, write_whole


def write_copied(path: Path, text: str) -> Path:
    """Write it for this user alone, in the place of the one before; gives the path.

    Raises:
        StoreFailed: It could not be written.
    """
    private_directory(path.parent)
    write_whole(path, f"{text}\n".encode(), PRIVATE)
    return path
