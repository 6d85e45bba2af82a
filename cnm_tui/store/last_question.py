"""Store the last query of a run, so that the next run can resume it.

The query is stored in a small file that only this user can access, and that contains no keys.
"""

import json
import threading
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.views.saved_view import SavedView, entry_of, view_of
from cnm_tui.store.files import path_text
from cnm_tui.store.private_file import PrivateFile

LARGEST_BYTES: Final = 65_536
_PATIENCE_SECONDS: Final = 2.0
"""Maximum time that quitting waits for the disk."""
_NAME: Final = "last question"


class LastQuestion:
    """A file that contains the last query. The file may be missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = PrivateFile(path)

    def load(self) -> SavedView | None:
        """Return the last query as a saved view. Return None if there is no file.

        Raises:
            StoreFailed: The file cannot be read, or contains no query.
        """
        content = self._file.read(LARGEST_BYTES + 1)
        if content is None:
            return None
        try:
            entry = json.loads(content)
            return view_of(entry if isinstance(entry, dict) else {})
        except (ValueError, RecursionError, InvalidQuery) as error:
            raise StoreFailed(
                f"{path_text(self._path)} holds no question.", hint="The next one to be left replaces it."
            ) from error

    def save(self, query: Query, arrangement: Arrangement) -> None:
        """Replace the stored query and arrangement.

        Raises:
            StoreFailed: The file cannot be written. The old content is kept.
        """
        content = json.dumps(entry_of(SavedView(_NAME, query, arrangement))).encode()
        if len(content) > LARGEST_BYTES:
            raise StoreFailed(
                "The last question is too long to be kept for the next start.",
                hint="Save it as a view.",
            )
        self._file.write(content)

    def save_at_the_end(self, query: Query, arrangement: Arrangement) -> StoreFailed | None:
        """Replace the stored query when the program ends, and wait at most 2 seconds for a slow disk.

        Return the error if writing failed in this time. Otherwise return None.
        """
        failures: list[StoreFailed] = []

        def save() -> None:
            try:
                self.save(query, arrangement)
            except StoreFailed as problem:
                failures.append(problem)

        # A daemon thread: the interpreter does not wait for it at exit.
        saving = threading.Thread(target=save, daemon=True, name="last question")
        saving.start()
        saving.join(_PATIENCE_SECONDS)
        return failures[0] if failures else None
