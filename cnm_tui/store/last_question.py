"""Keep the last query of a run for the next one, in a small private file without keys."""

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
    """A file that holds the last query; it need not exist."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = PrivateFile(path)

    def load(self) -> SavedView | None:
        """Return the last query as a view; None if there is none.

        Raises:
            StoreFailed: The file cannot be read, or holds no query.
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
        """Replace the stored query.

        Raises:
            StoreFailed: It cannot be written; the old content stays.
        """
        content = json.dumps(entry_of(SavedView(_NAME, query, arrangement))).encode()
        if len(content) > LARGEST_BYTES:
            raise StoreFailed(
                "The last question is too long to be kept for the next start.",
                hint="Save it as a view.",
            )
        self._file.write(content)

    def save_at_the_end(self, query: Query, arrangement: Arrangement) -> StoreFailed | None:
        """Replace the stored query, waiting at most 2 s for a slow disk; return the error, if any is known by then."""
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
