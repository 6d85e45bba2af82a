"""The fields that were asked for last: a small private file, one a line."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from cnm_tui.core.chosen_fields import MOST_RECENT, used_last
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.group_by import LONGEST_GROUP_BY, checked_group_bys
from cnm_tui.store.files import PRIVATE, beginning_of, private_directory, write_whole

_MOST_BYTES: Final = MOST_RECENT * (LONGEST_GROUP_BY + 1) * 4
"""Of a file that was written here; whatever stands behind it was not."""


class RecentFields:
    """One file; it need not exist, and where it cannot be read or written only the memory is lost."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self) -> tuple[str, ...]:
        """The fields used last, the latest first; lines that hold none are passed over."""
        content = None
        with suppress(StoreFailed):
            content = beginning_of(self._path, _MOST_BYTES)
        lines = (content or b"").decode("utf-8", "replace").splitlines()
        return used_last((line for line in lines if _is_field(line)), ())

    def remember(self, group_bys: tuple[str, ...]) -> tuple[str, ...]:
        """These were asked for; gives all that are remembered now, with what another sitting wrote meanwhile."""
        recent = used_last(group_bys, self.recall())
        with suppress(StoreFailed):
            private_directory(self._path.parent)
            write_whole(self._path, "".join(f"{group_by}\n" for group_by in recent).encode("utf-8"), PRIVATE)
        return recent


def _is_field(line: str) -> bool:
    try:
        return checked_group_bys([line]) == (line,)
    except InvalidQuery:
        return False
