"""Find, store and remove the API keys and the Datadog site of a profile, and report in which place each one is."""

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
    """The API keys or the access token that were found, with the site or URL that they are for.

    The object also contains the place where each of them was found.
    """

    credentials: Credentials
    site: str | None
    """None if no site is set, or none was wanted."""
    origins: Mapping[str, str] = MappingProxyType({})
    """Origin of each part by its name: an environment variable, a setting, `keyring`, `file` or `settings.toml`."""
    api_url: str | None = None
    """Custom API URL, in place of a site."""


class Status(NamedTuple):
    """A report of where each key and the site are stored, and which credentials are used as the result."""

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
        """Return the place that contains an invalid site, for example `settings.toml`. Empty if the site is valid."""
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
    """Return the credentials of a profile.

    The package `keyring` is imported only if the places that are searched before it do not contain all keys.

    Args:
        environ: The environment variables.
        profile: The profile's name.
        said: The profile's settings.
        use_keyring: False to ignore the keyring.
        site_wanted: False if the command-line options already name the service.
        terminal_use: How commands that print keys may use the terminal. None means NOT_DRAWN_ON.

    Raises:
        CredentialsMissing: There are no credentials, or a key command failed. The message also says why the
            keyring could not be used.
        CredentialsMalformed: An environment variable contains something that is not a key.
        InvalidQuery: The profile's name is invalid, or `site_wanted` is True and the site is invalid.
        StoreFailed: The content of the keyring or of the file is invalid, or the profile has invalid
            settings.
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
    """Return the site or the URL that receives queries with keys that are not stored anywhere.

    The tuple is (site, None) or (None, API URL). The values are read from the settings. If the settings contain
    neither, the site is read from the environment, and is None if it is not set there.
    """
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
    """Check that keys can be stored, before the user types them.

    Raises:
        InvalidQuery: The profile's name is invalid.
        StoreFailed: There is no usable keyring, or no folder for a file.
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
    """Store credentials in the keyring or in a file, and read them back as a check. Old credentials are replaced.

    If keys are stored in a file, they are removed from the keyring, unless the keyring is disabled. If `site`
    is None, the stored site is kept. Without it, the keys would be used with the default site.

    Raises:
        InvalidQuery: The profile's name or the site is invalid.
        StoreFailed: The credentials could not be stored.
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
    """Remove a profile's keys and site from the keyring and the file. Return texts that say what was removed.

    Raises:
        InvalidQuery: The profile's name is invalid.
        StoreFailed: The keyring or the file could not be changed, and may still contain keys. If one of them
            fails, the keys are still removed from the other.
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
    """Remove the profile's keys and site from the keyring.

    Return texts that say what was removed from the keyring, followed by the texts in `from_file`, which say
    what was removed from the file before.
    """
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
    """Return in which place each key and the site are, and which keyring is in use.

    Each command that prints a key runs once.

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
    """Return (site, API URL), where each item is None if it is not known.

    If the site is invalid, the place that contains it is stored in `looking`.
    """
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
