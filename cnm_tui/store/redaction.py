"""Replace names (such as hosts and services) by aliases, which are invented names made with a secret key.

The secret key is new for each run. Or it is stored in a file, so that several recordings have the same
aliases.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cnm_tui.core.aliases.aliases import KEY_BYTES, Aliases
from cnm_tui.core.aliases.redacting import RedactedSource, Redacting
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.export.file_form import ALL_FORMS
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Source
from cnm_tui.core.table.table import Arrangement
from cnm_tui.store.files import PRIVATE, beginning_of, path_text, write_whole
from cnm_tui.store.recording import RECORDING_SUFFIX, Written, written

_ENDINGS: Final = (*(form.ending for form in ALL_FORMS), RECORDING_SUFFIX)
"""Endings of file names that tell a format, and nothing else."""
_MOST_BYTES: Final = 64 * 1024 * 1024
_DIGEST_LETTERS: Final = 32
_WITHOUT_NAMES: Final = re.compile(
    r"!?(?:[a-z_%Δ]+(?:[<>]=?|=)[<>]?[-+\d.][\w.<>%]*|critical|warning|note)", re.IGNORECASE
)
"""Matches a condition of a filter that compares a figure, or names a severity."""


class Redaction:
    """Replaces names by aliases, which are made with a secret key. No output of the program contains the key."""

    def __init__(self, key_file: Path | None = None, *, keeps_subnets: bool = False, on: bool = True) -> None:
        """Read the secret key from the file, or create a random key if there is no file.

        Raises:
            StoreFailed: The file cannot be read, or contains no secret key.
        """
        self.on = on
        """True while answers are shown with aliases."""
        self._key_file = key_file
        self._key, given = _read(key_file) if key_file is not None else (secrets.token_bytes(KEY_BYTES), {})
        self.redacting = Redacting(Aliases(self._key, given, keeps_subnets=keeps_subnets))
        if key_file is not None and not given:
            # Written now, so that a file that cannot be written is told before the work.
            self.save()

    @property
    def fingerprint(self) -> str:
        """A text that identifies the secret key and the form of the aliases. Nobody can calculate the key from it."""
        form = b"subnets" if self.redacting.aliases.keeps_subnets else b""
        return hashlib.sha256(b"cnm-tui aliases " + form + self._key).hexdigest()[:32]

    def wrapped(self, source: Source) -> Source:
        """Return a Source (a connection for queries) to the same service whose answers have aliases.

        If redaction is off, return `source` unchanged.
        """
        return RedactedSource(source, self.redacting) if self.on else source

    def of_written(self, answer: Written) -> Written:
        """Return an answer that is going to be recorded, with aliases in place of names.

        If redaction is off, return the answer unchanged.
        """
        if not self.on:
            return answer
        exchange = answer.exchange
        query, body = exchange.query, self.redacting.body(exchange.body)
        if query is not None:
            query = self.redacting.redacted_query(query)
        return written(exchange._replace(query=query, body=body), self.redacting.label(answer.label))

    def of_question(self, query: Query, arrangement: Arrangement) -> tuple[Query, Arrangement]:
        """Return the query and arrangement with aliases in place of names.

        Raises:
            InvalidQuery: The filter contains names. It is unknown if an alias would match the same rows as its name.
        """
        text = arrangement.row_filter.text
        if not all(_WITHOUT_NAMES.fullmatch(word) for word in text.split()):
            raise InvalidQuery(
                "The filter has names, and they are to be aliases.",
                hint="Leave out --filter, and filter by aliases on the screen.",
            )
        return self.redacting.redacted_query(query), arrangement

    def about_file(self, sentence: str, path: Path, proposed: str = "") -> str:
        """Return a sentence about a file, with aliases for the names of the file and its folder.

        Args:
            sentence: The sentence, which has the path as `path_text` writes it.
            path: The file.
            proposed: The name that this program proposed: it has no names, so it stays.
        """
        ending = path.suffix if path.suffix.lower() in _ENDINGS else ""
        is_ours = Path(proposed).stem == path.name.removesuffix(ending)
        name = path.name if is_ours else self._of_name("file", path.name.removesuffix(ending)) + ending
        folder = self._of_name("folder", str(path.parent))
        sentence = sentence.replace(path_text(path), f"{folder}/{name}")
        # "/" is no name, and stands in other words.
        return sentence.replace(path_text(path.parent), folder) if path.parent.name else sentence

    def _of_name(self, kind: str, name: str) -> str:
        aliases = self.redacting.aliases
        return aliases.alias(kind, name) if aliases.value(name) is None else name

    def save(self) -> None:
        """Write the secret key and the aliases to the key file. Do nothing if there is no key file.

        Raises:
            StoreFailed: The file cannot be written.
        """
        if self._key_file is not None:
            content = {"key": self._key.hex(), "aliases": self.redacting.aliases.given}
            write_whole(self._key_file, json.dumps(content).encode(), PRIVATE)


def _read(path: Path) -> tuple[bytes, Mapping[str, str]]:
    """Return the secret key, and the aliases that were made with it, from the file.

    If there is no file, return a new secret key and no aliases.

    Raises:
        StoreFailed: The file contains no secret key.
    """
    content = beginning_of(path, _MOST_BYTES)
    if content is None:
        return secrets.token_bytes(KEY_BYTES), {}
    try:
        found = json.loads(content)
        key, given = bytes.fromhex(found["key"]), found["aliases"]
        if len(key) != KEY_BYTES or not all(_is_given(*pair) for pair in given.items()):
            raise ValueError("not a key")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreFailed(f"{path_text(path)} is no key for redaction.", hint="Name a new file to make one.") from error
    return key, given


def _is_given(digest: object, alias: object) -> bool:
    return isinstance(digest, str) and len(digest) == _DIGEST_LETTERS and isinstance(alias, str) and alias.isprintable()
