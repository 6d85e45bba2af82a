"""Keys and site: found in the environment first, then in the operating system's keyring; kept there, and forgotten."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cnm_tui.core.credentials import (
    AccessToken,
    Credentials,
    KeyPair,
    Secret,
    checked_secret,
    checked_site,
)
from cnm_tui.core.errors import CredentialsMalformed, CredentialsMissing, InvalidQuery, StoreFailed
from cnm_tui.core.sites import DEFAULT_SITE
from cnm_tui.core.text import clean
from cnm_tui.store.os_keyring import CALL_SECONDS, KeyringUnusable, OsKeyring, opened

DEFAULT_PROFILE: Final = "default"
_PROFILE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SIGN_IN: Final = (
    "Set DD_API_KEY and DD_APP_KEY, or DD_ACCESS_TOKEN; "
    "or keep them by `cnm-tui auth login`; or look around with --demo."
)


class Kept(NamedTuple):
    """One thing that is kept: what people call it, its variable and its name in the keyring."""

    called: str
    variable: str
    username: str


API_KEY: Final = Kept("API key", "DD_API_KEY", "api_key")
APPLICATION_KEY: Final = Kept("application key", "DD_APP_KEY", "application_key")
ACCESS_TOKEN: Final = Kept("access token", "DD_ACCESS_TOKEN", "access_token")
SITE: Final = Kept("site", "DD_SITE", "site")
_KEYS: Final = (API_KEY, APPLICATION_KEY, ACCESS_TOKEN)
ALL_KEPT: Final = (*_KEYS, SITE)

IN_KEYRING: Final = "keyring"


@dataclass(frozen=True, slots=True)
class Found:
    """Credentials to ask with, and where each part came from."""

    credentials: Credentials
    site: str | None
    """None where nobody said, or nobody wanted to know."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """By what each is called: the name of its variable, or `keyring`."""


@dataclass(frozen=True, slots=True)
class Status:
    """What would be asked with, without any key in it."""

    origins: Mapping[str, str]
    """By what each is called: the name of its variable, `keyring`, or empty where there is none."""
    site: str
    """The site that would be asked; empty where what stands for it is none."""
    keyring: str
    """The backend in use; empty where none can be used."""
    problem: str
    """Why the keyring cannot be used, and what is wrong with the site; empty where nothing is."""


def found_credentials(
    environ: Mapping[str, str] = os.environ,
    profile: str = DEFAULT_PROFILE,
    *,
    use_keyring: bool = True,
    site_wanted: bool = True,
    keyring_seconds: float = CALL_SECONDS,
) -> Found:
    """The credentials to ask with; the keyring is not even imported where the environment has all keys.

    Raises:
        CredentialsMissing: There are none; the message says why the keyring could not help, if it could not.
        CredentialsMalformed: A variable holds what is no key.
        InvalidQuery: The profile's name is none, or the site, where it is wanted.
        StoreFailed: What the keyring holds is broken.
    """
    looking = _Looking(environ, checked_profile(profile), use_keyring, keyring_seconds)
    credentials = looking.in_environment() or looking.in_keyring()
    if credentials is None:
        raise looking.missing()
    return Found(credentials, looking.site() if site_wanted else None, looking.origins)


def check_storable(
    profile: str, *, environ: Mapping[str, str] = os.environ, keyring_seconds: float = CALL_SECONDS
) -> None:
    """See that `save` will find a keyring, before anybody types keys in vain.

    Raises:
        InvalidQuery: The profile's name is none.
        StoreFailed: There is no keyring that could be used.
    """
    checked_profile(profile)
    opened(environ, seconds=keyring_seconds)


def save(
    profile: str,
    credentials: Credentials,
    site: str | None,
    *,
    environ: Mapping[str, str] = os.environ,
    keyring_seconds: float = CALL_SECONDS,
) -> None:
    """Keep these in the keyring instead of the keys that the profile had; each is read back.

    Without a site the one that was kept stays: keys of another site would go to the default one otherwise.

    Raises:
        InvalidQuery: The profile's name or the site is none.
        StoreFailed: They could not be kept.
    """
    name = checked_profile(profile)
    kept = _parts(credentials)
    if site is not None:
        kept[SITE] = Secret(checked_site(site))
    keyring = opened(environ, seconds=keyring_seconds)
    for what, secret in kept.items():
        keyring.write(_username(name, what), secret)
    for what in ALL_KEPT:
        if what not in kept and what is not SITE:
            keyring.remove(_username(name, what))


def forget(
    profile: str, *, environ: Mapping[str, str] = os.environ, keyring_seconds: float = CALL_SECONDS
) -> tuple[str, ...]:
    """Remove all that the profile has in the keyring; what that was, as people call it.

    Raises:
        InvalidQuery: The profile's name is none.
        StoreFailed: The keyring would not.
    """
    name = checked_profile(profile)
    keyring = opened(environ, seconds=keyring_seconds)
    return tuple([what.called for what in ALL_KEPT if keyring.remove(_username(name, what))])


def status(profile: str, environ: Mapping[str, str] = os.environ, *, keyring_seconds: float = CALL_SECONDS) -> Status:
    """Where each key and the site come from, and which keyring there is; never a key.

    Raises:
        InvalidQuery: The profile's name is none.
    """
    name = checked_profile(profile)
    origins = {what.called: what.variable if _variable(environ, what) else "" for what in ALL_KEPT}
    site, keyring_name, problems = _variable(environ, SITE), "", list[str]()
    try:
        keyring = opened(environ, seconds=keyring_seconds)
        for what in _KEYS if _has_all_keys(environ) else ALL_KEPT:
            if not origins[what.called] and (kept := keyring.read(_username(name, what))) is not None:
                origins[what.called] = IN_KEYRING
                site = kept.reveal() if what is SITE else site
        keyring_name = keyring.name
    except KeyringUnusable as unusable:
        problems.append(unusable.sentence)
    try:
        site = _site_of(site or DEFAULT_SITE, origins[SITE.called], name)
    except (InvalidQuery, StoreFailed) as problem:
        site = ""
        problems.append(problem.sentence)
    return Status(origins, site, keyring_name, " ".join(problems))


def checked_profile(profile: str) -> str:
    """The name of a profile.

    Raises:
        InvalidQuery: It cannot be one.
    """
    if not _PROFILE.fullmatch(profile):
        raise InvalidQuery(
            f"{clean(profile, 80)!r} cannot be a profile's name.",
            hint="Use 1 to 64 letters, digits, dots, dashes and underscores.",
        )
    return profile


class _Looking:
    """One search for credentials, with what it came across."""

    def __init__(self, environ: Mapping[str, str], profile: str, use_keyring: bool, keyring_seconds: float) -> None:
        self.origins: dict[str, str] = {}
        self._environ = environ
        self._profile = profile
        self._use_keyring = use_keyring
        self._keyring_seconds = keyring_seconds
        self._keyring: OsKeyring | None = None
        self._unusable: KeyringUnusable | None = None

    def in_environment(self) -> Credentials | None:
        """A token or a whole pair; half a pair waits for the keyring."""
        if token := self._from_environment(ACCESS_TOKEN):
            return AccessToken(token)
        return self._pair() if _has_all_keys(self._environ) else None

    def in_keyring(self) -> Credentials | None:
        """What the keyring has, completed by half a pair from the environment."""
        if not self._use_keyring:
            return None
        try:
            self._keyring = opened(self._environ, seconds=self._keyring_seconds)
            half = _variable(self._environ, API_KEY) or _variable(self._environ, APPLICATION_KEY)
            if not half and (token := self._from_keyring(ACCESS_TOKEN)):
                return AccessToken(token)
            return self._pair()
        except KeyringUnusable as unusable:
            self._unusable = unusable
            return None

    def site(self) -> str | None:
        """The site of the environment, or of the keyring if the keys are from there."""
        if text := _variable(self._environ, SITE):
            self.origins[SITE.called] = SITE.variable
            return _site_of(text, SITE.variable, self._profile)
        kept = None if self._keyring is None else self._keyring.read(_username(self._profile, SITE))
        if kept is None:
            return None
        self.origins[SITE.called] = IN_KEYRING
        return _site_of(kept.reveal(), IN_KEYRING, self._profile)

    def missing(self) -> CredentialsMissing:
        """Why there is nothing to ask with."""
        said = [
            f"{what.variable} is set, but there is no {other.called} to go with it."
            for what, other in ((API_KEY, APPLICATION_KEY), (APPLICATION_KEY, API_KEY))
            if _variable(self._environ, what)
        ] or [f"There are no keys for the profile {self._profile}."]
        if self._unusable is not None:
            said.append(str(self._unusable))
        return CredentialsMissing(" ".join(said), hint=_SIGN_IN)

    def _pair(self) -> KeyPair | None:
        api_key = self._from_environment(API_KEY) or self._from_keyring(API_KEY)
        application_key = self._from_environment(APPLICATION_KEY) or self._from_keyring(APPLICATION_KEY)
        return KeyPair(api_key, application_key) if api_key and application_key else None

    def _from_environment(self, what: Kept) -> Secret | None:
        if not _variable(self._environ, what):
            return None
        self.origins[what.called] = what.variable
        return _checked(Secret(_variable(self._environ, what)), f"{what.called} in {what.variable}")

    def _from_keyring(self, what: Kept) -> Secret | None:
        kept = None if self._keyring is None else self._keyring.read(_username(self._profile, what))
        if kept is None:
            return None
        self.origins[what.called] = IN_KEYRING
        try:
            return _checked(kept, what.called)
        except CredentialsMalformed as error:
            raise _broken(what, self._profile) from error


def _site_of(text: str, origin: str, profile: str) -> str:
    try:
        return checked_site(text)
    except InvalidQuery as error:
        if origin == IN_KEYRING:
            raise _broken(SITE, profile) from error
        raise InvalidQuery(f"{origin}: {error}", hint=error.hint) from error


def _broken(what: Kept, profile: str) -> StoreFailed:
    return StoreFailed(
        f"The keyring holds something else as the {what.called} of the profile {profile}.",
        hint=f"Store it again: cnm-tui auth login{' --site SITE' if what is SITE else ''}.",
    )


def _checked(secret: Secret, called: str) -> Secret:
    try:
        return checked_secret(secret.reveal(), called)
    except CredentialsMalformed as error:
        problem = error
    # Without the frames of who looked at the text: a traceback may show their variables.
    raise problem.with_traceback(None)


def _parts(credentials: Credentials) -> dict[Kept, Secret]:
    if isinstance(credentials, AccessToken):
        return {ACCESS_TOKEN: credentials.token}
    return {API_KEY: credentials.api_key, APPLICATION_KEY: credentials.application_key}


def _has_all_keys(environ: Mapping[str, str]) -> bool:
    """Whether the keyring is not even looked at."""
    pair = _variable(environ, API_KEY) and _variable(environ, APPLICATION_KEY)
    return bool(_variable(environ, ACCESS_TOKEN) or pair)


def _variable(environ: Mapping[str, str], what: Kept) -> str:
    """What a variable holds; set to nothing is as good as not set."""
    return environ.get(what.variable, "").strip()


def _username(profile: str, what: Kept) -> str:
    return f"{profile}/{what.username}"
