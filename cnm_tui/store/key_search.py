"""A search for the keys of a profile: where they may be, one place after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from cnm_tui.core.credentials import AccessToken, Credentials, KeyPair, Secret, checked_secret, checked_site
from cnm_tui.core.errors import CredentialsMalformed, CredentialsMissing, InvalidQuery, StoreFailed
from cnm_tui.core.settings import Profile
from cnm_tui.store.kept_keys import (
    ACCESS_TOKEN,
    API_KEY,
    APPLICATION_KEY,
    KEYS,
    SITE,
    Kept,
    has_all_keys,
    username,
    variable,
)
from cnm_tui.store.keys_file import KeysFile
from cnm_tui.store.os_keyring import KeyringUnusable, OsKeyring, opened

_SIGN_IN: Final = (
    "Set DD_API_KEY and DD_APP_KEY, or DD_ACCESS_TOKEN; or name their commands in the settings; "
    "or keep them by `cnm-tui auth login`; or look around with --demo."
)
IN_KEYRING: Final = "keyring"
IN_SETTINGS: Final = "settings.toml"
NO_KEYRING: Final = "switched off by --no-keyring"


@dataclass(frozen=True, slots=True)
class Found:
    """Credentials to ask with, and where each part came from."""

    credentials: Credentials
    site: str | None
    """None where nobody said, or nobody wanted to know."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """By what each is called: the name of its variable or setting, `keyring`, or the path of a file."""
    api_url: str | None = None
    """Of the settings, and instead of a site."""


class Elsewhere(NamedTuple):
    """The places besides environment and keyring that a profile's keys may be in."""

    settings: Profile = Profile()
    """Of the profile: its commands, site and URL."""
    file: KeysFile | None = None
    use_keyring: bool = True


class Drawer(Protocol):
    """Where things are kept under names."""

    def read(self, username: str) -> Secret | None:
        """What is kept under this name; None if nothing is."""

    def write(self, username: str, secret: Secret) -> None:
        """Keep this."""

    def remove(self, username: str) -> bool:
        """Forget what is kept under this name; whether there was something."""


class KeySearch:
    """One search for credentials, with what it came across."""

    def __init__(self, environ: Mapping[str, str], profile: str, elsewhere: Elsewhere, keyring_seconds: float) -> None:
        self.origins: dict[str, str] = {}
        self.keyring_name = ""
        self._environ = environ
        self._profile = profile
        self._elsewhere = elsewhere
        self._keyring_seconds = keyring_seconds
        self._keyring: OsKeyring | None = None
        self._unusable: KeyringUnusable | None = None
        self._known: dict[Kept, Secret] = {}

    def credentials(self) -> Credentials | None:
        """A token or a whole pair; half a pair waits for the other half from a place that comes later."""
        for look in (self._in_environment, self._by_command, self._in_keyring, self._in_file):
            half = API_KEY in self._known or APPLICATION_KEY in self._known
            wanted = [API_KEY, APPLICATION_KEY] if half else [ACCESS_TOKEN, API_KEY, APPLICATION_KEY]
            for what in wanted:
                if what not in self._known:
                    look(what)
                if what is ACCESS_TOKEN and what in self._known:
                    return AccessToken(self._known[what])
            if API_KEY in self._known and APPLICATION_KEY in self._known:
                return KeyPair(self._known[API_KEY], self._known[APPLICATION_KEY])
        return None

    def found(self, credentials: Credentials, *, site_wanted: bool) -> Found:
        """With the place to ask, and the origins of no more than is used."""
        used = {what.called for what in parts_of(credentials)}
        self.origins = {called: origin for called, origin in self.origins.items() if called in used}
        api_url = self.api_url() if site_wanted else None
        site = self.site() if site_wanted and api_url is None else None
        return Found(credentials, site, self.origins, api_url)

    def look_at_all_places(self) -> str:
        """Only where each key comes from; why the keyring cannot be used, if it cannot."""
        for what in KEYS:
            if variable(self._environ, what):
                self.origins[what.called] = what.variable
            elif getattr(self._elsewhere.settings, what.command):
                self.origins[what.called] = what.command
        said = ""
        try:
            self._open_keyring()
            if self._unusable is not None:
                said = self._unusable.sentence
            for place in (self._in_keyring, self._in_file):
                for what in KEYS:
                    if what.called not in self.origins:
                        place(what)
        except StoreFailed as problem:
            said = problem.sentence
        return said

    def site(self) -> str | None:
        """The site of who has the keys; else of whoever names one."""
        by_variable = (variable(self._environ, SITE), SITE.variable)
        by_settings = (self._elsewhere.settings.site or "", IN_SETTINGS)
        for text, origin in (by_variable, by_settings) if self._has_keys_in_environment else (by_settings, by_variable):
            if text:
                self.origins[SITE.called] = origin
                return _site_of(text, origin, self._profile)
        if has_all_keys(self._environ):
            return None
        for place, origin in ((self._keyring, IN_KEYRING), (self._elsewhere.file, self._path_of_file)):
            if place is not None and (kept := place.read(username(self._profile, SITE))) is not None:
                self.origins[SITE.called] = origin
                return _site_of(kept.reveal(), origin, self._profile)
        return None

    def api_url(self) -> str | None:
        """That of the settings, unless keys of the environment come with a site of their own."""
        if self._has_keys_in_environment and variable(self._environ, SITE):
            return None
        return self._elsewhere.settings.api_url

    def missing(self) -> CredentialsMissing:
        """Why there is nothing to ask with."""
        said = [
            f"{what.variable} is set, but there is no {other.called} to go with it."
            for what, other in ((API_KEY, APPLICATION_KEY), (APPLICATION_KEY, API_KEY))
            if variable(self._environ, what)
        ] or [f"There are no keys for the profile {self._profile}."]
        if self._unusable is not None:
            said.append(str(self._unusable))
        return CredentialsMissing(" ".join(said), hint=_SIGN_IN)

    @property
    def _has_keys_in_environment(self) -> bool:
        return any(self.origins.get(what.called) == what.variable for what in KEYS)

    @property
    def _path_of_file(self) -> str:
        return "" if self._elsewhere.file is None else str(self._elsewhere.file.path)

    def _in_environment(self, what: Kept) -> None:
        if text := variable(self._environ, what):
            self._know(what, _checked(Secret(text), f"{what.called} in {what.variable}"), what.variable)

    def _by_command(self, what: Kept) -> None:
        if command := getattr(self._elsewhere.settings, what.command):
            # Imported here: few people have one.
            from cnm_tui.store.key_command import printed_key

            printed = printed_key(what.command, command, self._environ)
            self._know(what, _checked(printed, f"{what.called} printed by {what.command}"), what.command)

    def _in_keyring(self, what: Kept) -> None:
        self._open_keyring()
        if self._keyring is None:
            return
        try:
            self._read(what, self._keyring, IN_KEYRING)
        except KeyringUnusable as unusable:
            self._keyring, self._unusable = None, unusable

    def _open_keyring(self) -> None:
        """Once, and where it is wanted."""
        if not self._elsewhere.use_keyring:
            self.keyring_name = NO_KEYRING
        elif self._keyring is None and self._unusable is None:
            try:
                self._keyring = opened(self._environ, seconds=self._keyring_seconds)
                self.keyring_name = self._keyring.name
            except KeyringUnusable as unusable:
                self._unusable = unusable

    def _in_file(self, what: Kept) -> None:
        if self._elsewhere.file is not None:
            self._read(what, self._elsewhere.file, self._path_of_file)

    def _read(self, what: Kept, place: Drawer, origin: str) -> None:
        if (kept := place.read(username(self._profile, what))) is None:
            return
        try:
            self._know(what, _checked(kept, what.called), origin)
        except CredentialsMalformed as error:
            raise _broken(what, self._profile, origin) from error

    def _know(self, what: Kept, secret: Secret, origin: str) -> None:
        self._known[what] = secret
        self.origins[what.called] = origin


def _site_of(text: str, origin: str, profile: str) -> str:
    try:
        return checked_site(text)
    except InvalidQuery as error:
        if origin == SITE.variable:
            raise InvalidQuery(f"{origin}: {error}", hint=error.hint) from error
        raise _broken(SITE, profile, origin) from error


def _broken(what: Kept, profile: str, origin: str) -> StoreFailed:
    where = "The keyring" if origin == IN_KEYRING else origin
    return StoreFailed(
        f"{where} holds something else as the {what.called} of the profile {profile}.",
        hint=f"Store it again: cnm-tui auth login{' --site SITE' if what is SITE else ''}.",
    )


def _checked(secret: Secret, called: str) -> Secret:
    try:
        return checked_secret(secret.reveal(), called)
    except CredentialsMalformed as error:
        problem = error
    # Without the frames of who looked at the text: a traceback may show their variables.
    raise problem.with_traceback(None)


def parts_of(credentials: Credentials) -> dict[Kept, Secret]:
    """What of them is kept by itself."""
    if isinstance(credentials, AccessToken):
        return {ACCESS_TOKEN: credentials.token}
    return {API_KEY: credentials.api_key, APPLICATION_KEY: credentials.application_key}
