"""Write rows to a file that somebody named: whole or not at all, and over nothing unless that is meant."""

from pathlib import Path

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean, unseen
from cnm_tui.store.files import home_directory, mode_of_new_files, path_text, store_failed, write_whole


def whole(path: Path) -> Path:
    """Return the path from the root on.

    Raises:
        StoreFailed: It begins in the current folder, and that was deleted.
    """
    try:
        return path.absolute()
    except OSError as error:
        raise StoreFailed(
            f"{path_text(path)} has no whole path: the current folder was deleted.", hint="Write it from / on."
        ) from error


def path_of(typed: str) -> Path:
    """Return the whole path of a name as typed, from the current directory; `~` is somebody's home.

    Raises:
        StoreFailed: It cannot be a file's name.
    """
    name = typed.strip()
    if not name:
        raise StoreFailed("The file has no name.", hint="Type one.")
    if unseen(name):
        raise StoreFailed("The name holds a character that cannot be seen.", hint="Type it again.")
    try:
        path = Path(name)
        if path.parts[:1] == ("~",):
            # Not by expanduser: a relative HOME would put it into the current folder.
            return home_directory().joinpath(*path.parts[1:])
        return whole(path.expanduser())
    except RuntimeError as error:
        raise StoreFailed(f"{clean(name, 100)} has no whole path.", hint="Write it from / on.") from error


def write_export(path: Path, content: bytes, *, overwriting: bool) -> None:
    """Write the file; a new one has the mode that the umask leaves, like any that people make.

    Raises:
        FileIsThere: There is one by the time it is written, and it is not to be overwritten.
        StoreFailed: It could not be written; what was there is as it was.
    """
    shown = path_text(path)
    try:
        is_there = path.exists()
        if path.is_dir():
            raise StoreFailed(f"{shown} is a folder.", hint="Type a name for a file in it.")
        if not path.parent.is_dir():
            raise StoreFailed(f"There is no folder {path_text(path.parent)}.", hint="Make it, or choose another.")
    except OSError as error:
        raise store_failed(path, "could not be written", error) from error
    write_whole(path, content, mode=None if is_there else mode_of_new_files(), replacing=overwriting)
