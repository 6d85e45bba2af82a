"""Store past searches for later runs, in a private file that all running copies of this program share.

Each line of the file is a JSON object.
"""

import json
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.query import LONGEST_SEARCH, MOST_ROWS
from cnm_tui.core.search.past_searches import MOST_KEPT, PastSearch, PastSearches, merged
from cnm_tui.core.text import unseen
from cnm_tui.store.files import path_text
from cnm_tui.store.private_file import PrivateFile

_MOST_BYTES: Final = MOST_KEPT * LONGEST_SEARCH * 4
"""Maximum bytes of the file: the longest searches in the widest characters need less."""
_LATEST: Final = 253_402_300_799.0
"""The end of the year 9999, the largest timestamp that can be formatted."""


class SearchHistory:
    """The past searches in one file. The file is not read or created before a method is called."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = PrivateFile(path)

    def load(self) -> PastSearches:
        """Return the searches in the file. Lines that cannot be read are skipped.

        Raises:
            StoreFailed: The file cannot be read, or is not a search history.
        """
        return self._searches(self._file.read(_MOST_BYTES + 1) or b"")

    def keep(self, past: PastSearch) -> None:
        """Add a search to the file.

        Raises:
            StoreFailed: The file could not be written, or is not a search history. It is unchanged.
        """

        def changed(content: bytes | None) -> bytes:
            kept = merged(self._searches(content or b""), [past])
            return b"".join(_written(one) for one in reversed(kept))

        self._file.update(_MOST_BYTES + 1, changed)

    def _searches(self, content: bytes) -> PastSearches:
        past = [one for line in content.splitlines() if (one := _read(line)) is not None]
        if len(content) > _MOST_BYTES or (content.strip() and not past):
            raise StoreFailed(
                f"{path_text(self._path)} is no history of searches, and is left as it is.",
                hint="Move it away to have searches kept again.",
            )
        return merged(past)


def _written(past: PastSearch) -> bytes:
    fields = {"search": past.search, "answered_at": past.answered_at, "rows": past.rows}
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _read(line: bytes) -> PastSearch | None:
    """Return the search that a line contains. Return None if the line is invalid."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match fields:
        case {"search": str(search), "answered_at": int() | float() as answered_at, "rows": int(rows)}:
            known = 0 < len(search) <= LONGEST_SEARCH and not unseen(search)
            counted = 0 <= answered_at <= _LATEST and 0 <= rows <= MOST_ROWS
            return PastSearch(search, float(answered_at), rows) if known and counted else None
    return None
