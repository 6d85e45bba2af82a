"""Data and interfaces for signing in on the screen, and for changing the profile."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from cnm_tui.core.service import Credentials
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Source

FROM_ENVIRONMENT: Final = "environment"
"""Origin of keys that precede all stored keys."""


class SignIn(NamedTuple):
    """Typed credentials; kept in memory until the program ends."""

    credentials: Credentials
    site: str | None = None
    """None if the profile has a custom API URL."""
    keep: bool = False
    """True to store the keys in the keyring once the service accepts them."""


class Offered(NamedTuple):
    """A profile to choose, with what is known about it without a request."""

    name: str
    where: str
    """The site, or the host of a custom API URL, or why it is not known yet."""
    keys_from: str
    """Where its keys would come from, in words."""
    site: str | None = None
    """None if no site is set, or the profile has a custom API URL."""
    has_own_server: bool = False
    accent: str = ""
    """Its colour, `#rrggbb`; empty for the theme's."""


class Profiles(Protocol):
    """The profiles that can be asked, and the keys for them.

    Methods that are not properties, except `offered`, may take a moment and are called off the event loop.
    """

    @property
    def usual(self) -> str:
        """The profile that is used where none is named."""

    @property
    def first(self) -> str:
        """The profile with which the program was started."""

    @property
    def first_in_use(self) -> str:
        """The profile that is asked at the start; empty for the demo."""

    @property
    def options_of_start(self) -> Sequence[str]:
        """The options of the start that hold for any profile."""

    def offered(self, in_use: str = "") -> Sequence[Offered]:
        """Return the profiles to choose from, the one in use among them, without asking anybody."""

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """Return the source of a profile, with the keys that were typed in this run, or else those found for it.

        A command that gives a key gets the terminal if it `is_lent`: the screen has made room for it.

        Raises:
            CnmError: There are no keys, or something is wrong with how they are kept.
        """

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """Return the source of a profile, with these keys; hold them for it until the program ends."""

    def forget(self, profile: str) -> None:
        """Forget the keys that were typed for a profile: they were refused."""

    def keyring_problem(self, profile: str) -> str:
        """Return why the keyring cannot keep keys; empty if it can."""

    def keep(self, profile: str, typed: SignIn) -> None:
        """Keep the typed keys in the keyring.

        Raises:
            StoreFailed: The keyring refused.
        """


class Connector(NamedTuple):
    """A way to a source."""

    connect: Callable[[], Source]
    """Return the source; may take a moment, and is called off the event loop.

    Raises:
        CnmError: There are no keys, or something is wrong with how they are kept.
    """
    profile: str = ""
    """The profile of the source; empty for the demo."""
    typed: SignIn | None = None
    """The keys that were typed for it; None if none were."""


def profile_to_name(in_use: str, profiles: Profiles | None) -> str:
    """Return the value for `--profile` in a command that asks the same; empty where it needs none."""
    usual = DEFAULT_PROFILE if profiles is None else profiles.usual
    return "" if in_use == usual == DEFAULT_PROFILE else in_use
