"""Define data and interfaces for entering API keys on the screen, and for changing the profile."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from cnm_tui.core.service import Credentials
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Source

FROM_ENVIRONMENT: Final = "environment"
"""Origin of keys that take precedence over all stored keys."""


class SignIn(NamedTuple):
    """The API keys that the user typed. They are kept in memory until the program ends."""

    credentials: Credentials
    site: str | None = None
    """None if the profile has a custom API URL."""
    keep: bool = False
    """True to store the keys in the keyring once the service accepts them."""


class OfferedProfile(NamedTuple):
    """A profile that the user can choose, with facts that are known without a request."""

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
    """The interface to the profiles and their API keys.

    Properties and the method `offered` return at once. Other methods may block, so call them in a thread.
    """

    @property
    def usual(self) -> str:
        """Return the name of the default profile."""

    @property
    def first(self) -> str:
        """Return the name of the profile with which the program was started."""

    @property
    def first_in_use(self) -> str:
        """Return the name of the profile that is queried at the start. It is empty for the demo."""

    @property
    def options_of_start(self) -> Sequence[str]:
        """Return the command line options that apply to every profile."""

    @property
    def together(self) -> tuple[str, ...]:
        """Return the profiles that the command line queries together. The tuple is empty for a single profile."""

    def offered(self, in_use: str = "") -> Sequence[OfferedProfile]:
        """Return the profiles that the user can choose, including the current profile. The method does not block.

        Args:
            in_use: The name of the current profile.
        """

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """Return a data source for the profile.

        API keys that were typed in this run are used first. Otherwise the stored keys of the profile are used.

        Args:
            profile: The name of the profile.
            is_lent: True if the screen is suspended, so that a command that prints keys can use the terminal.

        Raises:
            CnmError: There are no API keys, or they cannot be read.
        """

    def connect_together(self, profiles: Sequence[str]) -> Source:
        """Return a data source that queries several profiles at once, with all rows in one table.

        Raises:
            CnmError: No profile has API keys.
        """

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """Return a data source for the profile that uses the typed API keys.

        The keys are kept in memory until the program ends.
        """

    def forget(self, profile: str) -> None:
        """Delete the typed API keys of a profile from memory after the service refused the keys."""

    def keyring_problem(self, profile: str) -> str:
        """Return the reason why the keyring cannot store API keys. Return an empty string if it can."""

    def keep(self, profile: str, typed: SignIn) -> None:
        """Store the typed API keys of a profile in the keyring.

        Raises:
            StoreFailed: The keyring failed.
        """


class Connector(NamedTuple):
    """A description of how to connect to a data source, with the profiles and typed keys to use."""

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
    """Return the value of the option `--profile` for a command that uses the same service.

    Return an empty string if the command does not need the option.
    """
    usual = DEFAULT_PROFILE if profiles is None else profiles.usual
    return "" if in_use == usual == DEFAULT_PROFILE else in_use
