"""Find, report, keep and forget the keys of a profile and its site."""

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
    Lending,
    checked_profile,
    has_all_keys,
)
from cnm_tui.store.key_search import IN_SETTINGS, KeySearch, site_of, username
from cnm_tui.store.os_keyring import HELD_BY_NOBODY, KeyringUnusable, OsKeyring, opened

_NOTHING_SAID: Final = Profile()


class Found(NamedTuple):
    """Credentials to ask with, and where each part came from."""

    credentials: Credentials
    site: str | None
    """None where nobody said, or nobody wanted to know."""
    origins: Mapping[str, str] = MappingProxyType({})
    """By what each is called: its variable, the setting with its command, `keyring`, `file` or `settings.toml`."""
    api_url: str | None = None
    """Instead of a site."""


class Status(NamedTuple):
    """Where each key and the site come from, and the outcome of the search."""

    origins: Mapping[str, str]
    """As in `Found`, of what is not needed too; empty where there is none."""
    site: str | None
    """The site that would be asked; None where nobody said, or what stands for it is none."""
    api_url: str | None
    """Instead of a site."""
    keyring: str
    """The backend in use; empty where none can be used, or is to be."""
    unusable: KeyringUnusable | None
    """Why none can be used; None where one can, or none is to be."""
    outcome: Found | CnmError
    """What `found_credentials` finds, or raises."""
    problems: tuple[str, ...]
    """What else is wrong with a command, the file or what the keyring holds."""

    @property
    def misplaced_by(self) -> str:
        """Return where a site stands that cannot be read; empty if it can be."""
        return self.origins[SITE.called] if self.site is None and self.api_url is None else ""


def found_credentials(
    environ: Mapping[str, str] = os.environ,
    profile: str = DEFAULT_PROFILE,
    said: Profile = _NOTHING_SAID,
    *,
    use_keyring: bool = True,
    site_wanted: bool = True,
    lending: Lending | None = None,
) -> Found:
    """Return the credentials; keyring is not imported where the environment or commands have all keys.

    `said` is what the settings say of the profile, `lending` what commands get of the terminal: as where nothing is
    drawn on it, unless it is given.

    Raises:
        CredentialsMissing: There are none; the message says why the keyring could not help, or a command failed.
        CredentialsMalformed: A variable holds what is no key.
        InvalidQuery: The profile's name is none, or the site, where it is wanted.
        StoreFailed: What the keyring or the file holds is broken, or what is set for the profile.
    """
    looking = KeySearch(environ, checked_profile(profile), said, use_keyring, lending)
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
    """Return the site or the URL for keys that are held in memory, as settings and environment say."""
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
    """See that `save` will find a place, before anybody types keys in vain.

    Raises:
        InvalidQuery: The profile's name is none.
        StoreFailed: There is no keyring that could be used, or no place for a file.
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
    """Keep these in the keyring, or in a file, instead of the keys that the profile had; each is read back.

    Even those kept in a file are removed from the keyring, unless it is not to be used.

    Without a site the one that was kept stays: keys of another site would go to the default one otherwise.

    Raises:
        InvalidQuery: The profile's name or the site is none.
        StoreFailed: They could not be kept.
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
            return  # Nothing is found there before the file either.
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
    """Remove all that the profile has in the keyring and in a file; return what that was, as people call it.

    Raises:
        InvalidQuery: The profile's name is none.
        StoreFailed: One of the two would not, and may still hold something; the other one was asked all the same.
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
    """Remove all that the profile has in the keyring; return what was removed there and, before, from the file."""
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
    """Return where each key and the site come from, and which keyring there is. Each command is run once.

    Raises:
        InvalidQuery: The profile's name is none.
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
    """Return the site or the URL as far as known; note the origin even of one that cannot be read."""
    try:
        site, api_url = looking.place()
    except CnmError:
        return None, None  # That is the outcome already, or comes after it.
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
