"""Data and interfaces for signing in on the screen, and for changing the profile."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from cnm_tui.core.service import Credentials
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Source

FROM_ENVIRONMENT: Final = "environment"
"""Origin of keys that take precedence over all stored keys."""


class SignIn(NamedTuple):
    """Typed credentials; kept in memory until the program ends."""

    credentials: Credentials
    site: str | None = None
    """None if the profile has a custom API URL."""
    keep: bool = False
    """True to store the keys in the keyring once the service accepts them."""


class OfferedProfile(NamedTuple):
    """A profile to choose, with what is known about it without a request."""

    name: str
    where: str
    """The site, or the host of a custom API URL, or why it is not known yet."""
    keys_from: str
    """The origin of its keys, in words."""
    site: str | None = None
    """None if no site is set, or the profile has a custom API URL."""
    has_own_server: bool = False
    accent: str = ""
    """Its colour, `#rrggbb`; empty for the theme's."""


class Profiles(Protocol):
    """The profiles, and their keys. Methods other than properties and `offered` may block, so call them in a thread."""

    @property
    def usual(self) -> str:
        """The default profile."""

    @property
    def first(self) -> str:
        """The profile with which the program was started."""

    @property
    def first_in_use(self) -> str:
        """The profile that is asked at the start; empty for the demo."""

    @property
    def options_of_start(self) -> Sequence[str]:
        """Options of the command line that apply to every profile."""

    @property
    def together(self) -> tuple[str, ...]:
        """The profiles that the command line asks together; empty for one."""

    def offered(self, in_use: str = "") -> Sequence[OfferedProfile]:
        """Return the profiles to choose from, including the one in use; does not block."""

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """Return a source for the profile, with keys typed in this run, else with the keys found for it.

        If `is_lent`, a key command gets the terminal: the screen is suspended for it.

        Raises:
            CnmError: There are no keys, or they cannot be read.
        """

    def connect_together(self, profiles: Sequence[str]) -> Source:
        """Return a source that asks several profiles at once, in one table.

        Raises:
            CnmError: None of them has keys.
        """

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """Return a source for the profile with typed keys, and keep them in memory until the program ends."""

    def forget(self, profile: str) -> None:
        """Forget the typed keys of a profile, which the service refused."""

    def keyring_problem(self, profile: str) -> str:
        """Return why the keyring cannot store keys; empty if it can."""

    def keep(self, profile: str, typed: SignIn) -> None:
        """Store typed keys in the keyring.

        Raises:
            StoreFailed: The keyring failed.
        """


class Connector(NamedTuple):
    """A way to connect to a source."""

    connect: Callable[[], Source]
    """Returns the source; may block, so call it in a thread.

    Raises:
        CnmError: There are no keys, or they cannot be read.
    """
    profile: str = ""
    """The profile of the source; empty for the demo."""
    typed: SignIn | None = None
    """The typed credentials; None if none were typed."""
    together: tuple[str, ...] = ()
    """The profiles that the source asks together; empty for one."""


def profile_to_name(in_use: str, profiles: Profiles | None) -> str:
    """Return the value for `--profile` in a command for the same service; empty if it needs none."""
    usual = DEFAULT_PROFILE if profiles is None else profiles.usual
    return "" if in_use == usual == DEFAULT_PROFILE else in_use
