"""Signing in on the screen, and going from one profile to another: what is asked for, and whom it is handed to."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from cnm_tui.core.service import Credentials
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Source

FROM_ENVIRONMENT: Final = "environment"
"""Where keys come from that go before all that is kept."""


class SignIn(NamedTuple):
    """What somebody typed to ask with; it is held until the program ends, and not longer."""

    credentials: Credentials
    site: str | None = None
    """None where the profile asks a server of its own."""
    keep: bool = False
    """Whether the keyring is to hold the keys, too, once they are known to be good."""


class Offered(NamedTuple):
    """A profile, as far as that is known without asking anybody."""

    name: str
    where: str
    """The site, or the host of a server of its own, or why that is not known yet."""
    keys_from: str
    """Where its keys would come from, in words."""
    site: str | None = None
    """None where nobody said, and where it asks a server of its own."""
    has_own_server: bool = False
    accent: str = ""
    """The colour by which it is known, `#rrggbb`; empty: that of the theme."""


class Desk(Protocol):
    """Where one signs in. All but what is known already may take a moment, and is called off the event loop."""

    @property
    def usual(self) -> str:
        """The profile that is used where none is named."""

    @property
    def first(self) -> str:
        """The profile with which the program was started."""

    @property
    def first_in_use(self) -> str:
        """The one that is asked at the start: that, or none for the demo."""

    @property
    def options_of_start(self) -> Sequence[str]:
        """Those by which whatever profile is asked."""

    def offered(self, in_use: str = "") -> Sequence[Offered]:
        """The profiles to choose from, known already; the one in use is among them."""

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """To what the profile asks, with what was typed for it in this run, or else the keys found for it.

        A command that gives a key gets the terminal if it `is_lent`: the screen has made room for it.

        Raises:
            CnmError: There are no keys, or something is wrong with how they are kept.
        """

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """To what the profile asks, with these keys, which are held for it from now on."""

    def forget(self, profile: str) -> None:
        """What was typed for it was refused."""

    def keyring_problem(self, profile: str) -> str:
        """Why the keyring cannot keep keys; empty where it can."""

    def keep(self, profile: str, typed: SignIn) -> None:
        """Have the keyring keep what was typed.

        Raises:
            StoreFailed: It would not.
        """


class Doorway(NamedTuple):
    """What leads to a source."""

    door: Callable[[], Source]
    """May take a moment, and is called off the event loop.

    Raises:
        CnmError: It does not open.
    """
    profile: str = ""
    """Whose source it is; empty for the demo."""
    typed: SignIn | None = None
    """What was typed to be asked with, if it was."""


def profile_to_name(in_use: str, desk: Desk | None) -> str:
    """Return the value for `--profile` in a command that asks the same; empty where it needs none."""
    usual = DEFAULT_PROFILE if desk is None else desk.usual
    return "" if in_use == usual == DEFAULT_PROFILE else in_use
