"""Profiles and their sources as a test hands them out, and the keys that were typed for them."""

import threading
from collections.abc import Sequence

from cnm_tui.core.errors import CnmError, StoreFailed
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.sign_in import Offered, SignIn
from cnm_tui.core.snapshot import Source


class FakeProfiles:
    """Knows these profiles; the first one is in use at the start."""

    def __init__(self, *offered: Offered, keyring_problem: str = "", keep_problem: str = "") -> None:
        self._offered = offered
        self._keyring_problem = keyring_problem
        self._keep_problem = keep_problem
        self.options_of_start: Sequence[str] = ()
        self.sources: dict[str, Source | CnmError] = {}
        """By profile; where a failure stands, nobody connects."""
        self.typed: list[tuple[str, SignIn]] = []
        """What was signed in with, by profile."""
        self.forgotten: list[str] = []
        self.kept: list[tuple[str, SignIn]] = []
        self.keyring_answers = threading.Event()
        """Whether it says what is wrong with the keyring, if anything is."""
        self.keyring_answers.set()

    @property
    def usual(self) -> str:
        """As where nobody set another one."""
        return DEFAULT_PROFILE

    @property
    def first(self) -> str:
        """The first."""
        return self._offered[0].name

    @property
    def first_in_use(self) -> str:
        """The first, too."""
        return self.first

    def offered(self, in_use: str = "") -> Sequence[Offered]:
        """All of them."""
        return self._offered

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """The source of the profile."""
        found = self.sources[profile]
        if isinstance(found, CnmError):
            raise found
        return found

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """The source of the profile, whatever is typed."""
        self.typed.append((profile, typed))
        found = self.sources[f"{profile} signed in"]
        assert not isinstance(found, CnmError)
        return found

    def forget(self, profile: str) -> None:
        """Remember that it was forgotten."""
        self.forgotten.append(profile)

    def keyring_problem(self, profile: str) -> str:
        """As the test said."""
        self.keyring_answers.wait()
        return self._keyring_problem

    def keep(self, profile: str, typed: SignIn) -> None:
        """Remember it, or fail as the test said."""
        if self._keep_problem:
            raise StoreFailed(self._keep_problem)
        self.kept.append((profile, typed))
