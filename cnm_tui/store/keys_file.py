"""Keys in a file that only its owner may read; nothing is ever kept here unless somebody asked for just that.

It is no keyring: whoever gets at the file, or at a backup of it, has the keys.
"""

import json
import os
import stat
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from cnm_tui.core.credentials import Secret
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.text import clean
from cnm_tui.store.files import PRIVATE, private_directory, state_directory, store_failed, write_whole

_LARGEST_BYTES: Final = 1_000_000
_OF_OTHERS: Final = 0o077


class KeysFile:
    """It need not exist."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @cached_property
    def path(self) -> Path:
        """Where it is: looked up when somebody wants to know, which takes a library of its own."""
        return self._path or state_directory() / "keys.json"

    @property
    def is_there(self) -> bool:
        """Whether somebody ever asked for it."""
        return os.path.lexists(self.path)

    def read(self, username: str) -> Secret | None:
        """What is kept under this name; None if nothing is.

        Raises:
            StoreFailed: It cannot be read, or others could read it.
        """
        text = self._load().get(username)
        return Secret(text) if isinstance(text, str) and text else None

    def write(self, username: str, secret: Secret) -> None:
        """Keep this.

        Raises:
            StoreFailed: It could not be kept; what was there is as it was.
        """
        self._save({**self._load(), username: secret.reveal()})

    def remove(self, username: str) -> bool:
        """Forget what is kept under this name, and the file with the last one; whether there was something.

        Raises:
            StoreFailed: It could not be forgotten.
        """
        kept = self._load()
        if kept.pop(username, None) is None:
            return False
        if kept:
            self._save(kept)
            return True
        try:
            self.path.unlink()
        except OSError as error:
            raise store_failed(self.path, "cannot be removed", error) from error
        return True

    def _load(self) -> dict[str, Any]:
        try:
            # A link could lead to a file of somebody else's, and a pipe be waited for without an end.
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise store_failed(self.path, "cannot be read", error) from error
        with open(descriptor, "rb") as file:
            self._refuse_if_open_to_others(os.fstat(file.fileno()))
            content = file.read(_LARGEST_BYTES)
        try:
            kept = json.loads(content)
        except (ValueError, RecursionError):
            kept = None
        if not isinstance(kept, dict):
            # Without what it was: its text, which may hold keys, would be in the traceback.
            raise StoreFailed(f"{self._shown} holds no keys.", hint="Remove it, and store them again.")
        return kept

    def _refuse_if_open_to_others(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise StoreFailed(f"{self._shown} is no regular file; it is not used.", hint="Remove it.")
        if not hasattr(os, "geteuid"):
            return
        if status.st_uid != os.geteuid():
            raise StoreFailed(f"{self._shown} belongs to somebody else; it is not used.", hint="Remove it.")
        if status.st_mode & _OF_OTHERS:
            raise StoreFailed(
                f"Others can read or write {self._shown}; it is not used.",
                hint=f"Take that from them (chmod 600 {self._shown}), and replace the keys: they may be known.",
            )

    def _save(self, kept: dict[str, Any]) -> None:
        private_directory(self.path.parent)
        write_whole(self.path, json.dumps(kept, indent=1).encode(), mode=PRIVATE)

    @property
    def _shown(self) -> str:
        return clean(str(self.path), 300)
