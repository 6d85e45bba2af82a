"""Keys in a file, for who asked for that in so many words: not encrypted, and for this user's eyes alone."""

import json
import os
import stat
from contextlib import suppress
from typing import Final

from cnm_tui.core.credentials import Secret
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.settings import login_command
from cnm_tui.store.files import PRIVATE, path_text, private_directory, state_directory, store_failed, write_whole
from cnm_tui.store.key_names import checked_profile

_MOST_BYTES: Final = 65_536
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class KeyFile:
    """The file of one profile; there is none unless somebody chose to have one.

    Not among the settings, which people copy and keep in git.
    """

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self.path = state_directory() / "keys" / f"{checked_profile(profile)}.json"

    def read(self) -> dict[str, Secret]:
        """What it holds, by the names that a keyring has for it; nothing where there is no file.

        Raises:
            StoreFailed: Others could have read or written it, or it holds something else.
        """
        try:
            content = self._private_content()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise store_failed(self.path, "could not be read", error) from error
        with suppress(ValueError, RecursionError):
            said = json.loads(content)
            if isinstance(said, dict) and all(isinstance(text, str) for text in said.values()):
                return {name: Secret(text) for name, text in said.items()}
        raise StoreFailed(
            f"{self._shown} holds no keys.",
            hint=f"Store them again: {login_command(self._profile)} --insecure-storage.",
        )

    def write(self, kept: dict[str, Secret]) -> None:
        """Keep these, and see that they were kept.

        Raises:
            StoreFailed: They were not.
        """
        self._refuse_if_open_to_others(private_directory(self.path.parent).stat())
        content = json.dumps({name: secret.reveal() for name, secret in kept.items()})
        write_whole(self.path, content.encode(), PRIVATE)
        if self.read() != kept:
            raise StoreFailed(f"{self._shown} did not keep what was written to it.")

    def remove(self) -> bool:
        """Take the file away; whether there was one.

        Raises:
            StoreFailed: It stays.
        """
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise store_failed(self.path, "could not be removed", error) from error
        return True

    @property
    def _shown(self) -> str:
        return path_text(self.path)

    def _private_content(self) -> bytes:
        # What a symbolic link points to may be anybody's.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            self._refuse_if_open_to_others(self.path.parent.stat())
            self._refuse_if_open_to_others(os.fstat(file.fileno()))
            return file.read(_MOST_BYTES)

    def _refuse_if_open_to_others(self, status: os.stat_result) -> None:
        if status.st_uid != os.getuid():
            raise StoreFailed(f"{self._shown} belongs to another user; it is not used.", hint=self._afresh)
        if status.st_mode & _OTHERS:
            raise StoreFailed(f"{self._shown} can be reached by others; it is not used.", hint=self._afresh)

    @property
    def _afresh(self) -> str:
        folder = path_text(self.path.parent)
        return f"Others may know the keys: revoke them, or if nobody can: chmod -R go= {folder}"
