"""Define fake profiles and data sources that tests control. They record the API keys that a user types."""

import threading
from collections.abc import Sequence

from cnm_tui.core.errors import CnmError, StoreFailed
from cnm_tui.core.joined.profiles import JoinedSource
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.sign_in import OfferedProfile, SignIn
from cnm_tui.core.snapshot import Source
from tests.builders import MOMENT


class FakeProfiles:
    """A fake list of profiles. The first profile is used at the start."""

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
        """Return the name of the default profile."""
        return DEFAULT_PROFILE

    @property
    def first(self) -> str:
        """Return the name of the first profile of the list."""
        return self._offered[0].name

    @property
    def first_in_use(self) -> str:
        """Return the name of the profile that is used at the start."""
        return self.first

    @property
    def together(self) -> tuple[str, ...]:
        """Return an empty tuple, because only one profile is used at the start."""
        return ()

    def connect_together(self, profiles: Sequence[str]) -> Source:
        """Return a data source that sends each query to all of these profiles."""
        return JoinedSource({name: self.sources[name] for name in profiles}, lambda: MOMENT)

    def offered(self, in_use: str = "") -> Sequence[OfferedProfile]:
        """Return all profiles of the fake list."""
        return self._offered

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """Return the fake data source of the profile. If the test prepared an error instead, raise the error."""
        found = self.sources[profile]
        if isinstance(found, CnmError):
            raise found
        return found

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """Record the typed API keys, and return the prepared data source of the profile. Any typed keys are
        accepted.
        """
        self.typed.append((profile, typed))
        found = self.sources[f"{profile} signed in"]
        assert not isinstance(found, CnmError)
        return found

    def forget(self, profile: str) -> None:
        """Record that cnm-tui should no longer use the API keys that the user typed for this profile."""
        self.forgotten.append(profile)

    def keyring_problem(self, profile: str) -> str:
        """Return the problem of the keyring that the test has prepared, as text."""
        self.keyring_answers.wait()
        return self._keyring_problem

    def keep(self, profile: str, typed: SignIn) -> None:
        """Record the typed API keys as stored. If the test prepared a problem, raise `StoreFailed` instead."""
        if self._keep_problem:
            raise StoreFailed(self._keep_problem)
        self.kept.append((profile, typed))
