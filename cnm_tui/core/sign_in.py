"""Define the data of a sign-in and of a change to another profile.

In a sign-in, the user types API keys into the terminal interface.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from cnm_tui.core.service import Credentials
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Source

FROM_ENVIRONMENT: Final = "environment"
"""Origin of keys that take precedence over all stored keys."""


class SignIn(NamedTuple):
    """The API keys that the user typed into the terminal interface, with their Datadog site."""

    credentials: Credentials
    site: str | None = None
    """None if the profile has a custom API URL."""
    keep: bool = False
    """True to store the keys in the keyring once the service accepts them."""


class OfferedProfile(NamedTuple):
    """A profile in the list from which the user chooses. It contains only facts that are known without a request."""

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
    """The interface through which screens use the profiles and their API keys.

    Properties and the method `offered` return at once. Other methods may block, so call them in a thread.
    """

    @property
    def usual(self) -> str:
        """Return the name of the default profile."""

    @property
    def first(self) -> str:
        """Return the name of the profile with which cnm-tui was started."""

    @property
    def first_in_use(self) -> str:
        """Return the name of the profile that cnm-tui queries when it starts. Return an empty string for the demo."""

    @property
    def options_of_start(self) -> Sequence[str]:
        """Return the options from the command line of cnm-tui that apply to every profile."""

    @property
    def together(self) -> tuple[str, ...]:
        """Return the profiles that cnm-tui queries at the same time, as given on its command line.

        The tuple is empty if cnm-tui queries a single profile.
        """

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

        The keys are kept in memory until cnm-tui ends.
        """

    def forget(self, profile: str) -> None:
        """Delete the typed API keys of a profile from memory. Call this after Datadog refused the keys."""

    def keyring_problem(self, profile: str) -> str:
        """Return the reason why the keyring cannot store API keys. Return an empty string if it can store them."""

    def keep(self, profile: str, typed: SignIn) -> None:
        """Store the typed API keys of a profile in the keyring.

        Raises:
            StoreFailed: The keyring failed.
        """


class Connector(NamedTuple):
    """A data source that is not connected yet: a function that connects to it, its profile and its typed API keys."""

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
    """Return the profile name that a command line needs after `--profile` to use the same profile.

    Return an empty string if the command line works without the option.
    """
    usual = DEFAULT_PROFILE if profiles is None else profiles.usual
    return "" if in_use == usual == DEFAULT_PROFILE else in_use
