"""Searches kept between runs: a private file of JSON lines, shared by all programs that run at once."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.past_searches import MOST_KEPT, PastSearch, PastSearches, merged
from cnm_tui.core.query import LONGEST_SEARCH, MOST_ROWS
from cnm_tui.core.text import unseen
from cnm_tui.store.files import PRIVATE, beginning_of, path_text, private_directory, store_failed, write_whole

_MOST_BYTES: Final = MOST_KEPT * LONGEST_SEARCH * 4
"""More than the longest searches in the widest characters would take."""
_LATEST: Final = 253_402_300_799.0
"""The end of the year 9999, after which no moment can be written."""
_LOCK_TRIES: Final = 40
_LOCK_PAUSE_SECONDS: Final = 0.05


class SearchHistory:
    """The searches in one file; nothing is read or made before it is asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> PastSearches:
        """The searches in the file; lines that cannot be read are passed over.

        Raises:
            StoreFailed: The file cannot be read, or is something else.
        """
        content = beginning_of(self._path, _MOST_BYTES + 1) or b""
        past = [one for line in content.splitlines() if (one := _read(line)) is not None]
        if len(content) > _MOST_BYTES or (content.strip() and not past):
            raise StoreFailed(
                f"{path_text(self._path)} is no history of searches, and is left as it is.",
                hint="Move it away to have searches kept again.",
            )
        return merged(past)

    def keep(self, past: PastSearch) -> None:
        """Add one to what the file holds by now, and write it whole.

        Raises:
            StoreFailed: It could not be written, or the file is something else; it is as it was.
        """
        private_directory(self._path.parent)
        with self._locked():
            lines = [_written(one) for one in reversed(merged(self.load(), [past]))]
            write_whole(self._path, b"".join(lines), PRIVATE)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among all programs, by a file beside it: the file itself is another one after each write."""
        beside = self._path.with_name(f"{self._path.name}.lock")
        try:
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        except OSError as error:
            raise store_failed(beside, "could not be opened", error) from error
        try:
            self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        for _ in range(_LOCK_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(_LOCK_PAUSE_SECONDS)
        raise StoreFailed(
            f"{path_text(self._path)} is being written by another program all the time.",
            hint="Searches of this run are known until it ends, and not kept.",
        )


def _written(past: PastSearch) -> bytes:
    fields = {"search": past.search, "answered_at": past.answered_at, "rows": past.rows}
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def _read(line: bytes) -> PastSearch | None:
    """The search of a line; None where it holds none."""
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
