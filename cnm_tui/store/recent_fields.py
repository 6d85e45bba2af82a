"""Keep the fields that were asked for last: in a small private file, one a line."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.fields.field_search import MOST_RECENT, used_last
from cnm_tui.core.fields.group_by import LONGEST_GROUP_BY, checked_group_bys
from cnm_tui.store.private_file import PrivateFile

_MOST_BYTES: Final = MOST_RECENT * (LONGEST_GROUP_BY + 1) * 4
"""Of a file that was written here; whatever stands behind it was not."""


class RecentFields:
    """One file, which need not exist; if it cannot be read or written, only the memory is lost."""

    def __init__(self, path: Path) -> None:
        self._file = PrivateFile(path)

    def recall(self) -> tuple[str, ...]:
        """Return the fields used last, the latest first; lines that hold none are passed over."""
        content = None
        with suppress(StoreFailed):
            content = self._file.read(_MOST_BYTES)
        return _fields(content)

    def remember(self, group_bys: tuple[str, ...]) -> tuple[str, ...]:
        """Remember fields that were asked for; return all that are known now, with what other programs wrote."""
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
