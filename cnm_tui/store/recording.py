"""Read and write recordings: SQLite files that contain every answer of the service, each in one table row."""

import fcntl
import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import CnmError, StoreFailed
from cnm_tui.core.recording import ANSWERED, Answers, Recorded, fixed_range, parameters_text, time_range_text
from cnm_tui.core.service import INSIGHTS_PATH, Exchange
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import Window
from cnm_tui.store.files import PRIVATE, path_text, store_failed, write_whole
from cnm_tui.store.recording_schema import (
    check_file,
    check_schema,
    damaged,
    decompressed,
    empty_file,
    followed,
    migrate,
    named,
    opened,
    whole,
)

RECORDING_SUFFIX: Final = ".cnm"
REDACTED: Final = "redacted"
"""The fact about a recording that all its answers have aliases."""
_ALIASES_OF: Final = "aliases_of"
"""The fact about a recording that names the key of its aliases, by a fingerprint."""
_ROOM: Final = 20
"""The share of a maximum size that is left free: one twentieth, for the next answer and its copy in `FILE-wal`."""
_MOST_ANSWERS: Final = 2_000_000
_LARGEST_TIME: Final = 253_402_300_799
"""The end of the year 9999, in epoch seconds."""
_COLUMNS: Final = "id, endpoint, parameters, time_range, window_from, window_to, asked_at, answered_at, label, status"
_TYPES: Final = (int, str, str, str, int, int, float, float, str, int)


def with_ending(path: Path) -> Path:
    """Return the path with the file name suffix `.cnm`. If the path already has a suffix, return it unchanged.

    Raises:
        StoreFailed: The path is a folder.
    """
    if os.path.isdir(path):
        raise StoreFailed(f"{path_text(path)} is a folder.", hint="Type a name for a file in it.")
    return path if path.suffix else path.with_suffix(RECORDING_SUFFIX)


class Recording:
    """A recording that is open for reading."""

    def __init__(self, path: Path) -> None:
        """Open the file, and read the list of its answers.

        Raises:
            StoreFailed: The file is not a recording, is damaged, or was written by a newer version.
        """
        self.path = path = followed(path)
        self._lock = threading.Lock()
        check_file(path, os.O_RDONLY)
        with named(path):
            self._connection = opened(path, "ro")
            try:
                check_schema(self._connection, path)
                self.answers = Answers(self._read_answers())
            except BaseException:
                self._connection.close()
                raise

    def _read_answers(self) -> Iterator[Recorded]:
        for row in self._connection.execute(f"SELECT {_COLUMNS} FROM answers LIMIT {_MOST_ANSWERS}"):
            yield _recorded(row, self.path)

    def refresh(self) -> None:
        """Read the list of answers again, because another program may have added answers.

        Raises:
            StoreFailed: The file cannot be read any more.
        """
        with self._lock, named(self.path):
            self.answers = Answers(self._read_answers())

    def body(self, answer_id: int) -> bytes:
        """Return the decompressed body of an answer.

        Raises:
            StoreFailed: The body is missing, damaged, or too large.
        """
        with self._lock, named(self.path):
            row = self._connection.execute("SELECT body FROM bodies WHERE answer_id = ?", (answer_id,)).fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise damaged(self.path, f"answer {answer_id} has no body")
        return decompressed(row[0], answer_id, self.path)

    def limits(self, answer_id: int) -> Mapping[str, str]:
        """Return the rate-limit HTTP headers of an answer, or an empty dictionary if their text is invalid.

        Raises:
            StoreFailed: The file cannot be read.
        """
        with self._lock, named(self.path):
            row = self._connection.execute("SELECT rate_limit FROM answers WHERE id = ?", (answer_id,)).fetchone()
        try:
            found = json.loads(row[0])
        except (TypeError, ValueError, RecursionError):
            return {}
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    def about(self, name: str) -> str:
        """Return the value of a named property of the recording. Return an empty text if the property is not set.

        Raises:
            StoreFailed: The file cannot be read.
        """
        with self._lock, named(self.path):
            row = self._connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return clean(row[0], 500) if row is not None and isinstance(row[0], str) else ""

    @property
    def has_aliases(self) -> bool:
        """True if the answers of the recording have aliases in place of names. Raise StoreFailed if it
        cannot be read."""
        return bool(self.about(REDACTED))

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):
            self._connection.close()


def last_endpoint(path: Path) -> Endpoint | None:
    """Return the API endpoint of the last answer in a recording, or None if the file cannot be read."""
    try:
        with closing(Recording(path)) as recording:
            return recording.answers.last.query.endpoint
    except CnmError:
        return None


class Written(NamedTuple):
    """One answer of the service in the form in which a recording stores it. `label` is the name of the service."""

    exchange: Exchange
    label: str
    endpoint: str
    """Path of the endpoint."""
    parameters: str
    time_range: str


def written(exchange: Exchange, label: str) -> Written:
    """Convert an answer of the service to the form in which a recording stores it. `label` is the name
    of the service."""
    query = exchange.query
    if query is None:
        fixed = fixed_range(exchange.window)
        return Written(exchange, label, INSIGHTS_PATH, "{}", f"{fixed.written} {fixed.snap.value}")
    return Written(exchange, label, query.endpoint.path, parameters_text(query), time_range_text(query))


class Recorder:
    """A recording that is open for writing, by one program at a time. Each answer is on the disk when `add` returns.
    Until the recording is closed, SQLite stores the last answers in a second file, `FILE-wal`."""

    def __init__(self, path: Path) -> None:
        """Open the file. If it does not exist, create it with access for this user only.

        Raises:
            StoreFailed: The file cannot be written, is not a recording, or another program is writing it.
        """
        self.path = path = followed(path)
        self._lock = threading.Lock()
        self._held = _locked(path)
        try:
            self._connection = self._open()
        except BaseException:
            self._let_go()
            raise

    def _open(self) -> sqlite3.Connection:
        path = self.path
        if not path.exists() or (path.is_file() and path.stat().st_size == 0):
            write_whole(path, empty_file(), PRIVATE, replacing=path.exists())
        check_file(path, os.O_RDWR)
        with named(path):
            connection = opened(path, "rw")
            try:
                check_schema(connection, path)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA secure_delete = ON")
                migrate(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def add(self, answer: Written) -> int:
        """Write one answer, and return its id.

        Raises:
            StoreFailed: The answer could not be written. Earlier answers are not affected.
        """
        exchange = answer.exchange
        # Outside of the lock: it takes longer than the writing.
        body = zlib.compress(exchange.body, 6)
        values = (
            answer.endpoint,
            answer.parameters,
            answer.time_range,
            *exchange.window,
            exchange.asked_at,
            exchange.answered_at,
            answer.label,
            exchange.status,
            json.dumps(dict(exchange.rate_limit), sort_keys=True),
            len(exchange.body),
        )
        marks = ", ".join("?" * len(values))
        names = f"{_COLUMNS.removeprefix('id, ')}, rate_limit, body_bytes"
        with self._lock, named(self.path), whole(self._connection):
            added = self._connection.execute(f"INSERT INTO answers ({names}) VALUES ({marks})", values)
            self._connection.execute("INSERT INTO bodies VALUES (?, ?)", (added.lastrowid, body))
        return added.lastrowid or 0

    def note(self, name: str, value: str) -> None:
        """Set a named property of the recording, in place of an older value.

        Raises:
            StoreFailed: The file could not be written.
        """
        with self._lock, named(self.path), whole(self._connection):
            self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def claim(self, fingerprint: str) -> None:
        """Make sure that the file contains either only real names, or only aliases that were made with one secret key.
        Otherwise one name could have two aliases, and would become two rows.

        Args:
            fingerprint: A text that identifies the secret key for aliases. It is empty for real names.

        Raises:
            StoreFailed: The file already contains the other kind, or aliases that were made with another key.
        """
        facts = {REDACTED: "yes", _ALIASES_OF: fingerprint} if fingerprint else {}
        with self._lock, named(self.path), whole(self._connection):
            asked = "SELECT name, value FROM about WHERE name IN (?, ?)"
            known = dict(self._connection.execute(asked, (REDACTED, _ALIASES_OF)))
            if not self._connection.execute("SELECT EXISTS (SELECT 1 FROM answers)").fetchone()[0]:
                self._connection.execute("DELETE FROM about WHERE name IN (?, ?)", (REDACTED, _ALIASES_OF))
                self._connection.executemany("INSERT INTO about VALUES (?, ?)", facts.items())
                return
        if bool(known) != bool(facts):
            holds = "aliases in place of names" if known else "names"
            raise StoreFailed(f"{path_text(self.path)} holds {holds}.", hint="Record into another file.")
        if known != facts:
            raise StoreFailed(
                f"{path_text(self.path)} holds aliases of another key.",
                hint="Name that key by --redact-key FILE, or record into another file.",
            )

    def windows(self, path: str, parameters: str) -> set[Window]:
        """Return the time windows of all successful answers to one query.

        Args:
            path: The URL path of the API endpoint.
            parameters: The parameters of the query as text.

        Raises:
            StoreFailed: The file cannot be read.
        """
        asked = "SELECT window_from, window_to FROM answers WHERE endpoint = ? AND parameters = ? AND status = ?"
        with self._lock, named(self.path):
            return {Window(*row) for row in self._connection.execute(asked, (path, parameters, ANSWERED))}

    def remove_before(self, window_end: int) -> int:
        """Remove answers whose time window ended before `window_end` (epoch seconds). Return their number.

        Raises:
            StoreFailed: The file could not be written.
        """
        return self._remove("SELECT id FROM answers WHERE window_to < ?", window_end)

    def shrink_to(self, most_bytes: int) -> int:
        """Remove the oldest answers until the file, with room for the next answer, has at most `most_bytes` bytes.
        Return the number of removed answers.

        Raises:
            StoreFailed: The file could not be written.
        """
        removed = 0
        while self.size > most_bytes - most_bytes // _ROOM:
            share = "SELECT id FROM answers ORDER BY window_to, id LIMIT max(1, (SELECT count(*) FROM answers) / ?)"
            if not (gone := self._remove(share, 50)):
                break
            removed += gone
        # Otherwise the file beside it may have several megabytes more.
        with self._lock, named(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return removed

    def _remove(self, chosen: str, value: int) -> int:
        with self._lock, named(self.path):
            with whole(self._connection):
                self._connection.execute(f"DELETE FROM bodies WHERE answer_id IN ({chosen})", (value,))
                gone = self._connection.execute(f"DELETE FROM answers WHERE id IN ({chosen})", (value,)).rowcount
            if gone:
                # `execute` would give back one page only, as each page is a step of the statement.
                self._connection.executescript("PRAGMA incremental_vacuum")
        return gone

    @property
    def size(self) -> int:
        """The size of the recording with all its answers, in bytes."""
        with self._lock, named(self.path):
            pages, size = (
                self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
            )
        return int(pages * size)

    def close(self) -> None:
        """Combine the recording into one file, and close it. Errors are ignored: the answers are on the disk."""
        with self._lock, suppress(sqlite3.Error):
            try:
                # A program that reads the file meanwhile prevents only the second step.
                for step in ("wal_checkpoint(TRUNCATE)", "journal_mode = DELETE"):
                    self._connection.execute(f"PRAGMA {step}").fetchall()
            finally:
                self._connection.close()
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            with suppress(OSError):
                os.unlink(_lock_path(self.path))
            os.close(held)


def _recorded(row: Sequence[Any], path: Path) -> Recorded:
    """Return one entry of the recording's list of answers, after checking the type and range of every value."""
    if not all(isinstance(value, kind) for value, kind in zip(row, _TYPES, strict=True)):
        raise damaged(path, "a value of an answer has another type")
    number, endpoint, parameters, time_range, start, end, asked, answered, label, status = row
    if not 0 <= start < end <= _LARGEST_TIME or not all(0 <= at <= _LARGEST_TIME for at in (asked, answered)):
        raise damaged(path, f"the times of answer {number} are impossible")
    return Recorded(
        number, endpoint, parameters, time_range, Window(start, end), asked, answered, clean(label, 200), status
    )


# One program writes a file at a time


def _lock_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _locked(path: Path) -> int | None:
    """Lock the recording, and return a file descriptor. The lock is released when the file descriptor is closed.

    Raises:
        StoreFailed: Another program holds the lock, or the folder cannot be written.
    """
    lock = _lock_path(path)
    while True:
        try:
            held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
        except OSError as error:
            raise store_failed(path, "could not be written", error) from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The program before removed its lock file just before it let go.
            if os.path.samestat(os.fstat(held), os.stat(lock, follow_symlinks=False)):
                return held
        except FileNotFoundError:
            pass
        except OSError as error:
            os.close(held)
            raise StoreFailed(
                f"Another program is recording into {path_text(path)}.", hint="Stop it, or name another file."
            ) from error
        os.close(held)
