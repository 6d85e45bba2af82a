"""Define the database tables of recordings, and open recordings safely.

A recording may be from an untrusted person, so it is opened only if its tables are exactly as defined here.
`docs/recordings.md` describes the tables.
"""

import os
import sqlite3
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean
from cnm_tui.core.units import bytes_text
from cnm_tui.store.files import DATABASE_HEADER, end_of_links, path_text, store_failed

APPLICATION_ID: Final = 0x434E4D31
"""`CNM1`, by which `file` and others recognise a recording."""
_STEPS: Final = (
    (
        """CREATE TABLE about (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) WITHOUT ROWID""",
        """CREATE TABLE answers (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  parameters TEXT NOT NULL,
  time_range TEXT NOT NULL,
  window_from INTEGER NOT NULL,
  window_to INTEGER NOT NULL,
  asked_at REAL NOT NULL,
  answered_at REAL NOT NULL,
  label TEXT NOT NULL,
  status INTEGER NOT NULL,
  rate_limit TEXT NOT NULL,
  body_bytes INTEGER NOT NULL
)""",
        "CREATE INDEX answers_by_question ON answers (endpoint, parameters, window_from, window_to, status)",
        """CREATE TABLE bodies (
  answer_id INTEGER PRIMARY KEY REFERENCES answers (id),
  body BLOB NOT NULL
)""",
    ),
)
"""The statements of each version of the schema; a file of version N has had the first N steps."""
VERSION: Final = len(_STEPS)
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
MOST_BODY_BYTES: Final = 64 * 1024 * 1024
"""Maximum bytes of a decompressed body, as of a reply."""
_MAKE_ANOTHER: Final = "Name another file."


def followed(path: Path) -> Path:
    """Return the file that a path leads to: a link that the user names is followed, as `>` does.

    Raises:
        StoreFailed: It is a link of another user.
    """
    try:
        return end_of_links(path)
    except OSError as error:
        raise store_failed(path, "could not be opened", error) from error


def check_file(path: Path, flags: int) -> None:
    """Check that the path is an SQLite database file, and that neither it nor SQLite's files beside it are links.

    Raises:
        StoreFailed: The path is a link or something else, or cannot be opened.
    """
    for name in (path, *(Path(f"{path}{ending}") for ending in _SIDE_FILES)):
        # Not `name.is_symlink()`, which raises OSError for a name that is too long.
        if os.path.islink(name):
            raise StoreFailed(f"{path_text(name)} is a link; recordings are not opened through links.")
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise StoreFailed(f"There is no file {path_text(path)}.", hint="Check its name.") from error
    except OSError as error:
        raise store_failed(path, "could not be opened", error) from error
    try:
        kind = os.fstat(descriptor).st_mode
        is_file = stat.S_ISREG(kind)
        beginning = os.read(descriptor, len(DATABASE_HEADER)) if is_file else b""
    except OSError as error:
        raise store_failed(path, "could not be read", error) from error
    finally:
        # Before SQLite opens the file: closing it later would drop the locks of SQLite (POSIX).
        os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise StoreFailed(f"{path_text(path)} is a folder.", hint="Type a name for a file in it.")
    if not is_file:
        raise StoreFailed(f"{path_text(path)} is not a regular file.")
    if beginning != DATABASE_HEADER:
        raise StoreFailed(f"{path_text(path)} is not a recording.", hint=_MAKE_ANOTHER)


def opened(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file as a database with protections against harmful content. `mode` is `ro` (read only) or `rw`."""
    address = f"file:{quote(str(path))}?mode={mode}"
    try:
        return _distrusting(address)
    except sqlite3.OperationalError:
        # On a file system that cannot be written there is no room for the files beside it.
        if mode != "ro" or os.access(path.parent, os.W_OK) or os.path.exists(f"{path}-wal"):
            raise
        return _distrusting(f"{address}&immutable=1")


def _distrusting(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MOST_BODY_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA schema_version").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StoreFailed if the file has a table, view, trigger or index that a recording does not have."""
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application != APPLICATION_ID:
        raise StoreFailed(f"{path_text(path)} is a database, but not a recording of cnm-tui.", hint=_MAKE_ANOTHER)
    if version > VERSION:
        raise StoreFailed(
            f"{path_text(path)} is a recording of version {version}; this program reads up to {VERSION}.",
            hint="Update cnm-tui.",
        )
    if _schema_of(connection) != sorted(statement for step in _STEPS[:version] for statement in step):
        raise damaged(path, "its tables are not those of a recording")


def _schema_of(connection: sqlite3.Connection) -> Sequence[str]:
    rows = connection.execute("SELECT sql, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' LIMIT 100").fetchall()
    return sorted(str(sql or name) for sql, name in rows)


def empty_file() -> bytes:
    """Return the bytes of a recording without answers, so that a new file can be written in one step."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        # Before the first table: pages of removed answers can then be given back.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        migrate(connection)
        return bytes(connection.serialize())


def migrate(connection: sqlite3.Connection) -> None:
    """Change the database tables to the version that this program uses. If this fails, nothing is changed."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    with whole(connection):
        for step in _STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def whole(connection: sqlite3.Connection) -> Iterator[None]:
    """Run the statements of the `with` block as one transaction. If they fail, all changes are undone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Convert SQLite errors in the `with` block to a StoreFailed error, whose message names the file."""
    try:
        yield
    except (sqlite3.Error, OverflowError, UnicodeError, MemoryError) as error:
        raise damaged(path, clean(str(error), 200) or type(error).__name__) from error


def damaged(path: Path, why: str) -> StoreFailed:
    """Return the error for a recording that cannot be used. `why` is the reason."""
    return StoreFailed(f"The recording {path_text(path)} cannot be used: {why}.")


def decompressed(body: bytes, answer_id: int, path: Path) -> bytes:
    """Return the body, decompressed within the limit of a reply: a small file could hold gigabytes of zeros."""
    decompressing = zlib.decompressobj()
    try:
        found = decompressing.decompress(body, MOST_BODY_BYTES + 1)
    except zlib.error as error:
        raise damaged(path, f"the body of answer {answer_id} is damaged") from error
    if len(found) > MOST_BODY_BYTES:
        raise damaged(path, f"the body of answer {answer_id} is over {bytes_text(MOST_BODY_BYTES)}")
    if not decompressing.eof:
        raise damaged(path, f"the body of answer {answer_id} is cut")
    return found
