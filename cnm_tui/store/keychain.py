"""Find, report, store and remove the keys and the site of a profile."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from cnm_tui.core.errors import CnmError, StoreFailed
from cnm_tui.core.service import AccessToken, Credentials, Secret, checked_site
from cnm_tui.core.settings import DEFAULT_PROFILE, Profile
from cnm_tui.store.files import path_text, state_directory
from cnm_tui.store.key_file import KeyFile
from cnm_tui.store.key_names import (
    ACCESS_TOKEN,
    API_KEY,
    APPLICATION_KEY,
    KEYS,
    KEYS_AND_SITE,
    SITE,
    KeyNames,
    TerminalUse,
    checked_profile,
    has_all_keys,
)
from cnm_tui.store.key_search import IN_SETTINGS, KeySearch, site_of, username
from cnm_tui.store.os_keyring import HELD_BY_NOBODY, KeyringUnusable, OsKeyring, opened

_NOTHING_SAID: Final = Profile()


class Found(NamedTuple):
    """Credentials, the service they are for, and where each part came from."""

    credentials: Credentials
    site: str | None
    """None if no site is set, or none was wanted."""
    origins: Mapping[str, str] = MappingProxyType({})
    """Origin of each part by its name: an environment variable, a setting, `keyring`, `file` or `settings.toml`."""
    api_url: str | None = None
    """Custom API URL, in place of a site."""


class Status(NamedTuple):
    """The origins of keys and site, and the outcome of the search."""

    origins: Mapping[str, str]
    """Origin of every part by its name, needed or not; empty for a part that was not found."""
    site: str | None
    """The site that would be used; None if none is set, or it is invalid."""
    api_url: str | None
    """Custom API URL, in place of a site."""
    keyring: str
    """The keyring backend in use; empty if none is usable, or the keyring is disabled."""
    unusable: KeyringUnusable | None
    """Why the keyring is unusable; None if it is usable or disabled."""
    outcome: Found | CnmError
    """The result or the error of `found_credentials`."""
    problems: tuple[str, ...]
    """Further problems with commands, the key file or the keyring's content."""

    @property
    def misplaced_by(self) -> str:
        """Return the origin of an invalid site; empty if the site is valid."""
        return self.origins[SITE.called] if self.site is None and self.api_url is None else ""


def found_credentials(
    environ: Mapping[str, str] = os.environ,
    profile: str = DEFAULT_PROFILE,
    said: Profile = _NOTHING_SAID,
    *,
    use_keyring: bool = True,
    site_wanted: bool = True,
    terminal_use: TerminalUse | None = None,
) -> Found:
    """Return the credentials of a profile. The package keyring is imported only if no other place gives all keys.

    Args:
        environ: The environment.
        profile: The profile's name.
        said: The profile's settings.
        use_keyring: False to leave the keyring alone.
        site_wanted: False if the options of the command line already name the service.
        terminal_use: How commands that print keys may use the terminal; None for NOT_DRAWN_ON.

    Raises:
        CredentialsMissing: There are none; the message says why the keyring could not help, or a command failed.
        CredentialsMalformed: A variable holds something that is not a key.
        InvalidQuery: The profile's name is invalid, or `site_wanted` is True and its site is invalid.
        StoreFailed: The content of the keyring or of the file is invalid, or the profile has invalid settings.
    """
    looking = KeySearch(environ, checked_profile(profile), said, use_keyring, terminal_use)
    return _found(looking, environ, said, site_wanted=site_wanted)


def _found(looking: KeySearch, environ: Mapping[str, str], said: Profile, *, site_wanted: bool) -> Found:
    by_environment = has_all_keys(environ) and (SITE.in_environment(environ) or not site_wanted)
    if said.problem and not by_environment:
        raise StoreFailed(said.problem)
    credentials = looking.credentials()
    if credentials is None:
        raise looking.missing()
    site, api_url = looking.place() if site_wanted else (None, None)
    return Found(credentials, site, dict(looking.origins), api_url)


def place_of(said: Profile, environ: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return (site, None) or (None, API URL) for keys held in memory, from the settings or the environment."""
    if said.site is not None or said.api_url is not None:
        return said.site, said.api_url
    text = SITE.in_environment(environ)
    return (site_of(text, SITE.variable, "") if text else None), None


def check_storable(
    profile: str,
    *,
    in_file: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Check that `save` can work, before the user types keys.

    Raises:
        InvalidQuery: The profile's name is invalid.
        StoreFailed: There is no usable keyring, or no place for a file.
    """
    checked_profile(profile)
    if in_file:
        state_directory()
    else:
        opened(environ)


def save(
    profile: str,
    credentials: Credentials,
    site: str | None,
    *,
    in_file: bool = False,
    use_keyring: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Store credentials in the keyring, or in a file, in place of the profile's old ones; read them back.

    Keys stored in a file are removed from the keyring, if that is enabled. Without `site`, a stored site is kept:
    otherwise keys of another site would go to the default one.

    Raises:
        InvalidQuery: The profile's name or the site is invalid.
        StoreFailed: They could not be stored.
    """
    name = checked_profile(profile)
    kept = _parts(credentials)
    if site is not None:
        kept[SITE] = Secret(checked_site(site))
    if in_file:
        _save_in_file(name, kept)
        if not use_keyring:
            return
        try:
            _remove_all(opened(environ), name)
        except KeyringUnusable:
            return  # An unusable keyring holds nothing that would be found before the file.
    else:
        keyring = opened(environ)
        for what, secret in kept.items():
            keyring.write(username(name, what), secret)
        for what in KEYS_AND_SITE:
            if what not in kept and what is not SITE:
                keyring.remove(username(name, what))
        KeyFile(name).remove()


def forget(
    profile: str,
    *,
    use_keyring: bool = True,
    environ: Mapping[str, str] = os.environ,
) -> tuple[str, ...]:
    """Remove the profile's keys and site from keyring and file; return what was removed, in words to show.

    Raises:
        InvalidQuery: The profile's name is invalid.
        StoreFailed: One of the two failed and may still hold something; the other was still tried.
    """
    file = KeyFile(profile)
    try:
        from_file = (f"the file {path_text(file.path)}",) if file.remove() else ()
    except StoreFailed as stays:
        try:
            removed = _forget_in_keyring(profile, (), environ) if use_keyring else ()
            besides = f" Removed from the keyring: {', '.join(removed)}." if removed else ""
        except KeyringUnusable as unusable:
            besides = "" if unusable.fault in HELD_BY_NOBODY else f" {unusable}"
        raise StoreFailed(f"{stays}{besides}", hint=stays.hint) from stays
    return _forget_in_keyring(profile, from_file, environ) if use_keyring else from_file


def _forget_in_keyring(profile: str, from_file: tuple[str, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Remove the profile from the keyring; return what was removed there, and before that from the file."""
    try:
        return (*_remove_all(opened(environ), profile), *from_file)
    except KeyringUnusable as unusable:
        if from_file and unusable.fault in HELD_BY_NOBODY:
            return from_file
        removed = f" Removed: {from_file[0]}." if from_file else ""
        hint = "Whatever it holds stays there: log out again where it can be used."
        raise KeyringUnusable(f"{unusable}{removed}", unusable.fault, hint=hint) from unusable


def status(
    profile: str,
    environ: Mapping[str, str] = os.environ,
    said: Profile = _NOTHING_SAID,
    *,
    use_keyring: bool = True,
    site_wanted: bool = True,
) -> Status:
    """Return where each key and the site come from, and the keyring in use. Each command runs once.

    Raises:
        InvalidQuery: The profile's name is invalid.
    """
    looking = KeySearch(environ, checked_profile(profile), said, use_keyring)
    outcome: Found | CnmError
    try:
        outcome = _found(looking, environ, said, site_wanted=site_wanted)
        site, api_url = outcome.site, outcome.api_url
    except CnmError as problem:
        outcome = problem
        site, api_url = _place_without_keys(looking, said) if site_wanted else (None, None)
    problems = []
    for what in KEYS:
        try:
            looking.look_for(what)
        except CnmError as problem:
            problems.append(problem.sentence)
    keyring = looking.keyring
    if isinstance(outcome, CnmError):
        problems = [sentence for sentence in problems if sentence != outcome.sentence]
    return Status(
        {what.called: looking.origins.get(what.called, "") for what in KEYS_AND_SITE},
        site,
        api_url,
        "" if keyring is None else keyring.name,
        looking.unusable,
        outcome,
        tuple(problems),
    )


def _place_without_keys(looking: KeySearch, said: Profile) -> tuple[str | None, str | None]:
    """Return (site, API URL) as far as known; note the origin even of an invalid site."""
    try:
        site, api_url = looking.place()
    except CnmError:
        return None, None  # This error is already the outcome, or comes after it.
    if site is None and api_url is None and said.problem:
        looking.origins[SITE.called] = IN_SETTINGS
    return site, api_url


def _save_in_file(name: str, kept: dict[KeyNames, Secret]) -> None:
    def changed(before: dict[str, Secret]) -> dict[str, Secret]:
        written = {what.username: secret for what, secret in kept.items()}
        if SITE not in kept and SITE.username in before:
            written[SITE.username] = before[SITE.username]
        return written

    KeyFile(name).update(changed)


def _remove_all(keyring: OsKeyring, profile: str) -> tuple[str, ...]:
    return tuple([what.called for what in KEYS_AND_SITE if keyring.remove(username(profile, what))])


def _parts(credentials: Credentials) -> dict[KeyNames, Secret]:
    if isinstance(credentials, AccessToken):
        return {ACCESS_TOKEN: credentials.token}
    return {API_KEY: credentials.api_key, APPLICATION_KEY: credentials.application_key}
