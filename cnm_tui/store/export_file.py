"""Write rows to a file that the user names. The file is written completely or not at all.

An existing file is not replaced by accident.
"""

from pathlib import Path

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean, unseen
from cnm_tui.store.files import home_directory, mode_of_new_files, path_text, store_failed, write_whole


def whole(path: Path) -> Path:
    """Return the absolute form of a path.

    Raises:
        StoreFailed: The path is relative to the current directory, and the current directory was deleted.
    """
    try:
        return path.absolute()
    except OSError as error:
        raise StoreFailed(
            f"{path_text(path)} has no whole path: the current folder was deleted.", hint="Write it from / on."
        ) from error


def path_of(typed: str) -> Path:
    """Return the absolute path of a file name that the user typed. `~` means the home directory.

    Raises:
        StoreFailed: The text cannot be a file name.
    """
    name = typed.strip()
    if not name:
        raise StoreFailed("The file has no name.", hint="Type one.")
    if unseen(name):
        raise StoreFailed("The name holds a character that cannot be seen.", hint="Type it again.")
    if name.endswith(("/", "/.")):
        raise StoreFailed(f"{clean(name, 300)} is the name of a folder.", hint="Type a name for a file in it.")
    try:
        path = Path(name)
        if path.parts[:1] == ("~",):
            # Not expanduser: with a relative HOME it returns a path in the current directory.
            return home_directory().joinpath(*path.parts[1:])
        return whole(path.expanduser())
    except RuntimeError as error:
        raise StoreFailed(f"{clean(name, 100)} has no whole path.", hint="Write it from / on.") from error


def write_export(path: Path, content: bytes, *, overwriting: bool) -> None:
    """Write the content to a file. A new file gets the permissions that the umask allows.

    Raises:
        FileIsThere: The file exists, and `overwriting` is False.
        StoreFailed: The file could not be written. An existing file is unchanged.
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
