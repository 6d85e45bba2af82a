"""The `auth` commands: keep keys, say where they come from, forget them."""

import os
import sys
from typing import TYPE_CHECKING

import click

from cnm_tui import kept
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.options import Place, place_options, profile_option

# Imported in functions, as most runs have no use for it.
if TYPE_CHECKING:
    from cnm_tui.core.credentials import Credentials
    from cnm_tui.store.keychain import Status


@click.group()
def auth() -> None:
    """Keep keys in the system's keyring."""


@auth.command()
@profile_option(kept.completed)
@click.option("--site", metavar="SITE", help="Kept with the keys.")
@click.option("--token", is_flag=True, help="Store a personal access token instead of two keys.")
@click.option("--insecure-storage", is_flag=True, help="Store in a file that only you may read, not in the keyring.")
def login(place: Place, site: str | None, token: bool, insecure_storage: bool) -> None:
    """Store keys; they are typed without echo, or come on stdin, one a line."""
    from cnm_tui import parts
    from cnm_tui.core.credentials import checked_site
    from cnm_tui.store import keychain
    from cnm_tui.store.kept_keys import checked_profile
    from cnm_tui.store.keys_file import KeysFile

    site = None if site is None else checked_site(site)
    if insecure_storage:
        checked_profile(place.profile)
    else:
        keychain.check_storable(place.profile)
    file = KeysFile()
    keychain.save(place.profile, _typed_credentials(token), site, file=file, in_file=insecure_storage)
    found = keychain.status(place.profile, os.environ, parts.elsewhere(place))
    where = f" in {file.path}, where whoever gets at the file has them" if insecure_storage else ""
    click.echo(f"Stored for the profile {place.profile}{where}. {_where(found)}", err=True)
    click.echo("`cnm-tui auth status` says where each key comes from.", err=True)


def _typed_credentials(token: bool) -> "Credentials":
    from cnm_tui.core.credentials import AccessToken, KeyPair, checked_secret

    if token:
        return AccessToken(checked_secret(_typed("Access token"), "access token"))
    api_key = checked_secret(_typed("API key"), "API key")
    return KeyPair(api_key, checked_secret(_typed("Application key"), "application key"))


def _where(status: "Status") -> str:
    if status.api_url is not None:
        return f"The server in use is {status.api_url} (settings.toml)."
    return f"The site in use is {_site_in_use(status)}."


def _site_in_use(status: "Status") -> str:
    return f"{status.site or 'none'} ({status.origins['site'] or 'default'})"


def _typed(called: str) -> str:
    if sys.stdin is None:
        raise InvalidQuery("There is no stdin to read keys from.", hint="Run it on a terminal, or pipe the keys in.")
    if sys.stdin.isatty():
        return str(click.prompt(called, hide_input=True, err=True))
    # As bytes: what is no text would end in a traceback here, and is refused as no key later.
    return sys.stdin.buffer.readline().decode("utf-8", "replace")


@auth.command()
@place_options(kept.completed)
def status(place: Place) -> None:
    """Say where each key comes from, never the key, and whether one row can be asked for with them."""
    from cnm_tui import parts
    from cnm_tui.doctor import tried
    from cnm_tui.store import keychain

    found = keychain.status(place.profile, os.environ, parts.elsewhere(place))
    click.echo(f"{'profile':<16} {place.profile}")
    for called, origin in found.origins.items():
        click.echo(f"{called:<16} {_site_line(place, found) if called == 'site' else origin or 'none'}")
    click.echo(f"{'keyring in use':<16} {found.keyring or 'none'}")
    for problem in (*kept.loaded_settings().broken, found.problem):
        if problem:
            click.echo(f"cnm-tui: {problem}", err=True)
    click.echo(f"{'asked for a row':<16} {tried(place, os.environ)}")


def _site_line(place: Place, found: "Status") -> str:
    """Whom the row will be asked of."""
    if place.api_url is not None or place.site is not None:
        return f"{place.api_url or place.site} (command line)"
    return f"{found.api_url} (settings.toml)" if found.api_url is not None else _site_in_use(found)


@auth.command()
@profile_option(kept.completed)
def logout(place: Place) -> None:
    """Remove what was stored."""
    from cnm_tui import parts
    from cnm_tui.store import keychain

    done = keychain.forget(place.profile, parts.elsewhere(place))
    nothing = f"The profile {place.profile} had nothing stored."
    click.echo(f"Removed: {', '.join(done.removed)}." if done.removed else nothing, err=True)
    if done.problem:
        click.echo(f"cnm-tui: {done.problem}", err=True)
    if done.left:
        click.echo(f"Still set, where only you can remove it: {', '.join(done.left)}.", err=True)
