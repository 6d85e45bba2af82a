"""Where the screen signs in: the profiles of the settings, keys that are typed for one, and the real sources."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cnm_tui.core.settings import Profile, Settings
from cnm_tui.options import Place

# Imported in functions: the first frame is painted by the time they are needed.
if TYPE_CHECKING:
    from cnm_tui.core.sign_in import Offered, SignIn
    from cnm_tui.core.snapshot import Source

_NOTHING_SET: Final = Profile()
_ENVIRONMENT: Final = "environment"
_AS_KEPT: Final = "as kept with the keys"


class ProfileDesk:
    """Knows the place with which the program was started, and the profiles of the settings."""

    def __init__(self, place: Place, settings: Settings, environ: Mapping[str, str]) -> None:
        self._place = place
        self._settings = settings
        self._environ = environ
        self._typed: dict[str, SignIn] = {}
        """By profile; never written anywhere."""

    @property
    def first(self) -> str:
        """The profile with which the program was started."""
        return self._place.profile

    @property
    def first_in_use(self) -> str:
        """The one that is asked at the start: that, or none for the demo."""
        return "" if self._place.demo else self.first

    def offered(self, in_use: str = "") -> "Sequence[Offered]":
        """The profiles of the settings, that of the start, and the one in use."""
        names = dict.fromkeys((*self._settings.profiles, self.first, *filter(None, [in_use])))
        return [self._offered(name) for name in names]

    def _offered(self, name: str) -> "Offered":
        from cnm_tui.core.sign_in import Offered
        from cnm_tui.core.sites import DEFAULT_SITE, SITES

        place, typed = self._place_of(name), self._typed.get(name)
        accent = self._settings.profiles.get(name, _NOTHING_SET).accent
        if place.api_url is not None:
            where = urlsplit(place.api_url).netloc
            return Offered(name, where, self._keys_from(name), has_own_server=True, accent=accent)
        site = (typed.site if typed is not None else None) or place.site or self._environ.get("DD_SITE", "").strip()
        keys_from = self._keys_from(name)
        if site in SITES:
            return Offered(name, site, keys_from, site, accent=accent)
        return Offered(name, DEFAULT_SITE if keys_from == _ENVIRONMENT else _AS_KEPT, keys_from, accent=accent)

    def _keys_from(self, name: str) -> str:
        profile, given = self._settings.profiles.get(name, _NOTHING_SET), self._environ.get
        if name in self._typed:
            return "typed in this run"
        if given("DD_ACCESS_TOKEN") or (given("DD_API_KEY") and given("DD_APP_KEY")):
            return _ENVIRONMENT
        if profile.api_key_command or profile.app_key_command:
            return "a command"
        return "the keyring, if there"

    def connect(self, profile: str) -> "Source":
        """To what the profile asks, with what was typed for it in this run, or else the keys found for it.

        Raises:
            CnmError: There are no keys, or something is wrong with how they are kept.
        """
        from cnm_tui import parts

        if (typed := self._typed.get(profile)) is not None:
            return self.sign_in(profile, typed)
        return parts.source_for(self._place_of(profile), self._environ)

    def sign_in(self, profile: str, typed: "SignIn") -> "Source":
        """To what the profile asks, with these keys, which are held for it from now on."""
        from cnm_tui import parts

        self._typed[profile] = typed
        return parts.source_with(self._place_of(profile), typed.credentials, typed.site)

    def forget(self, profile: str) -> None:
        """What was typed for it was refused."""
        self._typed.pop(profile, None)

    def keyring_problem(self, profile: str) -> str:
        """Why the keyring cannot keep keys; empty where it can."""
        from cnm_tui.core.errors import CnmError
        from cnm_tui.store import keychain

        try:
            keychain.check_storable(profile, environ=self._environ)
        except CnmError as problem:
            return str(problem)
        return ""

    def keep(self, profile: str, typed: "SignIn") -> None:
        """Have the keyring keep what was typed.

        Raises:
            StoreFailed: It would not.
        """
        from cnm_tui.store import keychain

        keychain.save(profile, typed.credentials, typed.site, environ=self._environ)

    def _place_of(self, profile: str) -> Place:
        """What the profile asks: as the options of the start say for that one, or as it is set."""
        place = self._place
        if profile == place.profile and (place.site is not None or place.api_url is not None):
            return place
        found = self._settings.profiles.get(profile, _NOTHING_SET)
        return Place(False, profile, found.site, found.api_url)
