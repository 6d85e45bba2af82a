"""Keys and site: found where they are, kept, and forgotten.

Looked at in this order: the environment, commands of the settings, the operating system's keyring, and a file of our
own where somebody asked for one. The site goes with the keys: who has those in the environment has it there, too.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from cnm_tui.core.credentials import Credentials, Secret, checked_site
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.sites import DEFAULT_SITE
from cnm_tui.store.kept_keys import ALL_KEPT, KEYS, SITE, checked_profile, username, variable
from cnm_tui.store.key_search import Drawer, Elsewhere, Found, KeySearch, parts_of
from cnm_tui.store.keys_file import KeysFile
from cnm_tui.store.os_keyring import CALL_SECONDS, KeyringUnusable, opened

DEFAULT_PROFILE: Final = "default"
NOWHERE_ELSE: Final = Elsewhere()


@dataclass(frozen=True, slots=True)
class Status:
    """What would be asked with, without any key in it."""

    origins: Mapping[str, str]
    """By what each is called, as in `Found`; empty where there is none."""
    site: str
    """The site that would be asked; empty where what stands for it is none."""
    keyring: str
    """The backend in use; empty where none can be used."""
    problem: str
    """Why the keyring cannot be used, and what is wrong with the site; empty where nothing is."""
    api_url: str | None = None
    """As in `Found`."""


class Forgotten(NamedTuple):
    """What `forget` did."""

    removed: tuple[str, ...]
    """As people call each."""
    left: tuple[str, ...]
    """Variables and settings in which there still is something, where only the user can remove it."""
    problem: str = ""
    """Why the keyring could not be looked at; empty where it could."""


def found_credentials(
    environ: Mapping[str, str] = os.environ,
    profile: str = DEFAULT_PROFILE,
    elsewhere: Elsewhere = NOWHERE_ELSE,
    *,
    site_wanted: bool = True,
    keyring_seconds: float = CALL_SECONDS,
) -> Found:
    """The credentials to ask with; a place is not even looked at where those before it have all keys.

    Raises:
        CredentialsMissing: There are none; the message says which place could not help, and why.
        CredentialsMalformed: A variable, or what a command printed, is no key.
        InvalidQuery: The profile's name is none, or the site, where it is wanted.
        StoreFailed: What the keyring or the file holds is broken, or may be read by others.
    """
    looking = KeySearch(environ, checked_profile(profile), elsewhere, keyring_seconds)
    credentials = looking.credentials()
    if credentials is None:
        raise looking.missing()
    return looking.found(credentials, site_wanted=site_wanted)


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
    file: KeysFile | None = None,
    in_file: bool = False,
    keyring_seconds: float = CALL_SECONDS,
) -> None:
    """Keep these in the keyring, or in the file, and there alone, instead of the keys that the profile had.

    Without a site the one that was kept stays: keys of another site would go to the default one otherwise.

    Raises:
        InvalidQuery: The profile's name or the site is none.
        StoreFailed: They could not be kept.
    """
    name = checked_profile(profile)
    kept = parts_of(credentials)
    if site is not None:
        kept[SITE] = Secret(checked_site(site))
    place: Drawer = file if file is not None and in_file else opened(environ, seconds=keyring_seconds)
    for what, secret in kept.items():
        place.write(username(name, what), secret)
    for what in ALL_KEPT:
        if what not in kept and what is not SITE:
            place.remove(username(name, what))
    if file is not None and file is not place and file.is_there:
        for what in ALL_KEPT:
            file.remove(username(name, what))


def forget(
    profile: str,
    elsewhere: Elsewhere = NOWHERE_ELSE,
    *,
    environ: Mapping[str, str] = os.environ,
    keyring_seconds: float = CALL_SECONDS,
) -> Forgotten:
    """Remove all that the profile has in the keyring and in the file.

    Raises:
        InvalidQuery: The profile's name is none.
        StoreFailed: The keyring or the file would not.
    """
    name = checked_profile(profile)
    places: list[Drawer] = []
    unusable: KeyringUnusable | None = None
    if elsewhere.file is not None and elsewhere.file.is_there:
        places.append(elsewhere.file)
    try:
        if elsewhere.use_keyring:
            places.append(opened(environ, seconds=keyring_seconds))
    except KeyringUnusable as problem:
        unusable = problem
    removed = {what for place in places for what in ALL_KEPT if place.remove(username(name, what))}
    if unusable is not None and not removed:
        raise unusable
    in_environment = [what.variable for what in ALL_KEPT if variable(environ, what)]
    by_command = [what.command for what in KEYS if getattr(elsewhere.settings, what.command)]
    return Forgotten(
        tuple(what.called for what in ALL_KEPT if what in removed),
        (*in_environment, *by_command),
        "" if unusable is None else unusable.sentence,
    )


def status(
    profile: str,
    environ: Mapping[str, str] = os.environ,
    elsewhere: Elsewhere = NOWHERE_ELSE,
    *,
    keyring_seconds: float = CALL_SECONDS,
) -> Status:
    """Where each key and the site come from, and which keyring there is; never a key, and no command is run.

    Raises:
        InvalidQuery: The profile's name is none.
    """
    looking = KeySearch(environ, checked_profile(profile), elsewhere, keyring_seconds)
    problems = [looking.look_at_all_places()]
    site, api_url = "", None
    try:
        site, api_url = looking.site() or DEFAULT_SITE, looking.api_url()
    except (InvalidQuery, StoreFailed) as problem:
        problems.append(problem.sentence)
    origins = {what.called: looking.origins.get(what.called, "") for what in ALL_KEPT}
    return Status(origins, site, looking.keyring_name, " ".join(filter(None, problems)), api_url)
