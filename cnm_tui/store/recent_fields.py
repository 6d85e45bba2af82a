"""The fields that were asked for last, in a small file of the program's own, one a line."""

from contextlib import suppress
from typing import Final

from cnm_tui.core.chosen_fields import MOST_RECENT, used_last
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.group_by import LONGEST_GROUP_BY, checked_group_bys
from cnm_tui.store.files import private_directory, state_directory, write_whole

_FILE: Final = "recent_fields"
_MOST_BYTES: Final = MOST_RECENT * (LONGEST_GROUP_BY + 1) * 4
"""Of a file that this module wrote; whatever stands behind it was not."""


def recall() -> tuple[str, ...]:
    """The fields used last, the latest first; none where the file is missing, and no line that is no field."""
    try:
        with (state_directory() / _FILE).open("rb") as file:
            lines = file.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return used_last((line for line in lines if _is_field(line)), ())


def remember(group_bys: tuple[str, ...]) -> tuple[str, ...]:
    """These were asked for; gives all that are remembered now.

    What another sitting wrote meanwhile is kept. A disk that takes nothing costs the memory and nothing else.
    """
    recent = used_last(group_bys, recall())
    with suppress(StoreFailed):
        directory = private_directory(state_directory())
        write_whole(directory / _FILE, "".join(f"{group_by}\n" for group_by in recent).encode("utf-8"))
    return recent


def _is_field(line: str) -> bool:
    try:
        return checked_group_bys([line]) == (line,)
    except InvalidQuery:
        return False
