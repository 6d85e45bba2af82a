"""Store the group-by fields that the user chose recently, in a small private file with one field per line."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.fields.field_search import MOST_RECENT, used_last
from cnm_tui.core.fields.group_by import LONGEST_GROUP_BY, checked_group_bys
from cnm_tui.store.private_file import PrivateFile

_MOST_BYTES: Final = MOST_RECENT * (LONGEST_GROUP_BY + 1) * 4
"""Maximum bytes read; this program never writes more."""


class RecentFields:
    """A file of recently used fields. Errors are ignored, because the fields are only suggestions."""

    def __init__(self, path: Path) -> None:
        self._file = PrivateFile(path)

    def recall(self) -> tuple[str, ...]:
        """Return the recently used fields. The latest field is first, and invalid lines are skipped."""
        content = None
        with suppress(StoreFailed):
            content = self._file.read(_MOST_BYTES)
        return _fields(content)

    def remember(self, group_bys: tuple[str, ...]) -> tuple[str, ...]:
        """Add fields to the file, and return all recently used fields.

        The result includes fields that other running programs added to the file.
        """
        recent = used_last(group_bys, ())

        def changed(content: bytes | None) -> bytes:
            nonlocal recent
            recent = used_last(group_bys, _fields(content))
            return "".join(f"{group_by}\n" for group_by in recent).encode()

        with suppress(StoreFailed):
            self._file.update(_MOST_BYTES, changed)
        return recent


def _fields(content: bytes | None) -> tuple[str, ...]:
    lines = (content or b"").decode("utf-8", "replace").splitlines()
    return used_last((line for line in lines if _is_field(line)), ())


def _is_field(line: str) -> bool:
    try:
        return checked_group_bys([line]) == (line,)
    except InvalidQuery:
        return False
