"""Store API keys in a file that is not encrypted, if the user requests it. Only this user can read the file."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.service import Secret
from cnm_tui.core.settings import login_command
from cnm_tui.store.files import NoHome, path_text, state_directory
from cnm_tui.store.key_names import checked_profile
from cnm_tui.store.private_file import OTHERS, PrivateFile

_MOST_BYTES: Final = 65_536


class KeyFile:
    """The file that contains the API keys of one profile. It exists only if the user chose to store keys in a file.

    It is separate from the settings, because people copy settings and keep them in git.
    """

    def __init__(self, profile: str) -> None:
        """Prepare the object without reading the file.

        Raises:
            InvalidQuery: The profile's name is invalid.
        """
        self._profile = profile
        self._name = f"{checked_profile(profile)}.json"

    @property
    def path(self) -> Path:
        """Return the absolute path of the file.

        Raises:
            NoHome: There is no home directory.
        """
        return state_directory() / "keys" / self._name

    def read(self) -> dict[str, Secret]:
        """Return the keys and the site from the file. Return an empty dictionary if there is no file.

        The dictionary maps names such as `api_key` to secrets. The same names are used in the keyring.

        Raises:
            StoreFailed: Other users can access the file, or its content was not written by this program.
        """
        try:
            return self._secrets(self._file.read(_MOST_BYTES))
        except NoHome:
            return {}

    def update(self, change: Callable[[dict[str, Secret]], dict[str, Secret]]) -> None:
        """Replace the stored values by the result of `change`, whose argument is a dictionary of the old values.

        Read the new values back from the file as a check.

        Raises:
            StoreFailed: The values could not be stored.
        """
        wanted: dict[str, Secret] = {}

        def changed(content: bytes | None) -> bytes:
            before: dict[str, Secret] = {}
            with suppress(StoreFailed):  # Unreadable content is replaced, as the hint of its error says.
                before = self._secrets(content)
            wanted.update(change(before))
            return json.dumps({name: secret.reveal() for name, secret in wanted.items()}).encode()

        if self._secrets(self._file.update(_MOST_BYTES, changed)) != wanted:
            raise StoreFailed(f"{self._shown} did not keep what was written to it.")

    def remove(self) -> bool:
        """Remove the file, and temporary files that remained because a run was killed. Return True if the file existed.

        Raises:
            StoreFailed: The file could not be removed.
        """
        try:
            return self._file.remove()
        except NoHome:
            return False

    @property
    def _file(self) -> PrivateFile:
        path = self.path
        return PrivateFile(path, path.parent.parent, self._refuse_if_open_to_others)

    def _secrets(self, content: bytes | None) -> dict[str, Secret]:
        if content is None:
            return {}
        with suppress(ValueError, RecursionError):
            said = json.loads(content)
            if isinstance(said, dict) and all(isinstance(text, str) for text in said.values()):
                return {name: Secret(text) for name, text in said.items()}
        raise StoreFailed(
            f"{self._shown} holds no keys.",
            hint=f"Store them again: {login_command(self._profile)} --insecure-storage.",
        )

    @property
    def _shown(self) -> str:
        return path_text(self.path)

    def _refuse_if_open_to_others(self, status: os.stat_result) -> None:
        if status.st_uid != os.getuid():
            raise StoreFailed(f"{self._shown} belongs to another user; it is not used.", hint=self._afresh)
        if status.st_mode & OTHERS:
            raise StoreFailed(f"{self._shown} can be reached by others; it is not used.", hint=self._afresh)

    @property
    def _afresh(self) -> str:
        folder = path_text(self.path.parent)
        return f"Others may know the keys: revoke them, or if nobody can: chmod -R go= {folder}"
