"""Profiles and sources controlled by the test, which record typed keys."""

import threading
from collections.abc import Sequence

from cnm_tui.core.errors import CnmError, StoreFailed
from cnm_tui.core.joined.profiles import JoinedSource
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.sign_in import OfferedProfile, SignIn
from cnm_tui.core.snapshot import Source
from tests.builders import MOMENT


class FakeProfiles:
    """Has these profiles; the first one is in use at the start."""

    def __init__(self, *offered: OfferedProfile, keyring_problem: str = "", keep_problem: str = "") -> None:
        self._offered = offered
        self._keyring_problem = keyring_problem
        self._keep_problem = keep_problem
        self.options_of_start: Sequence[str] = ()
        self.sources: dict[str, Source | CnmError] = {}
        """The source of each profile; an error if its connection fails."""
        self.typed: list[tuple[str, SignIn]] = []
        """The profile and credentials of each sign-in."""
        self.forgotten: list[str] = []
        self.kept: list[tuple[str, SignIn]] = []
        self.keyring_answers = threading.Event()
        """Set once the state of the keyring may be returned."""
        self.keyring_answers.set()

    @property
    def usual(self) -> str:
        """The default profile."""
        return DEFAULT_PROFILE

    @property
    def first(self) -> str:
        """The first profile."""
        return self._offered[0].name

    @property
    def first_in_use(self) -> str:
        """The first profile."""
        return self.first

    @property
    def together(self) -> tuple[str, ...]:
        """None: one profile is asked at the start."""
        return ()

    def connect_together(self, profiles: Sequence[str]) -> Source:
        """Return a source that asks these profiles."""
        return JoinedSource({name: self.sources[name] for name in profiles}, lambda: MOMENT)

    def offered(self, in_use: str = "") -> Sequence[OfferedProfile]:
        """Return all profiles."""
        return self._offered

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """Return the source of the profile."""
        found = self.sources[profile]
        if isinstance(found, CnmError):
            raise found
        return found

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """Return the source of the profile, whatever is typed."""
        self.typed.append((profile, typed))
        found = self.sources[f"{profile} signed in"]
        assert not isinstance(found, CnmError)
        return found

    def forget(self, profile: str) -> None:
        """Record the call."""
        self.forgotten.append(profile)

    def keyring_problem(self, profile: str) -> str:
        """Return the test's answer."""
        self.keyring_answers.wait()
        return self._keyring_problem

    def keep(self, profile: str, typed: SignIn) -> None:
        """Record the call, or fail as the test wants."""
        if self._keep_problem:
            raise StoreFailed(self._keep_problem)
        self.kept.append((profile, typed))
