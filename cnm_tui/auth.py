"""Define the `auth` commands, which store keys, show the origin of the keys, and remove keys."""

import sys
from typing import Final

import click

from cnm_tui import wiring
from cnm_tui.core.errors import CnmError, InvalidQuery, StoreFailed
from cnm_tui.core.service import AccessToken, Credentials, KeyPair, checked_secret, checked_site
from cnm_tui.core.settings import Settings
from cnm_tui.doctor import tried
from cnm_tui.options import SourceOptions, source_options, started_environ
from cnm_tui.program import CompletedOption
from cnm_tui.startup import read_settings
from cnm_tui.store import key_names, keychain
from cnm_tui.store.keychain import Status
from cnm_tui.streams import say, write_with_verdict

# Not in docstrings: `python -OO` removes those.
_AUTH: Final = """\
Store, test and remove keys.
"""
_LOGIN: Final = """\
Store keys; they are typed without echo, or come on stdin, one a line.

A personal access token (ddpat_...) is as good an application key; alone it takes --token.
"""
_STATUS: Final = """\
Say where each key comes from, never the key, and whether one row can be asked for with them.
"""
_LOGOUT: Final = """\
Remove what was stored, and say what is left that only you can remove.
"""


@click.group(help=_AUTH)
def auth() -> None:
    """Store, test and remove keys."""


_profile_option = click.option(
    "--profile", cls=CompletedOption, metavar="NAME", help="Whose keys.  [profile of settings.toml, or default]"
)
_no_keyring_option = click.option("--no-keyring", is_flag=True, help="Do not use the system's keyring.")


def _whose(profile: str | None) -> tuple[str, Settings]:
    """Return the name of the profile whose keys are stored or removed, and the settings.

    Raises:
        StoreFailed: The `--profile` option is missing, and settings.toml cannot be read.
    """
    settings = read_settings()
    if profile is None and settings.unreadable:
        raise StoreFailed(settings.unreadable, hint="Or name the profile: --profile NAME.")
    return settings.profile if profile is None else profile, settings


@auth.command(help=_LOGIN)
@_profile_option
@click.option("--site", cls=CompletedOption, metavar="SITE", help="Site to store with the keys.")
@click.option("--token", is_flag=True, help="Store an access token instead of two keys.")
@click.option("--insecure-storage", is_flag=True, help="In a file that is not encrypted, for this user alone.")
@_no_keyring_option
def login(profile: str | None, site: str | None, token: bool, insecure_storage: bool, no_keyring: bool) -> None:
    """Store keys. The user types the keys without echo, or stdin contains one key per line."""
    if no_keyring and not insecure_storage:
        raise InvalidQuery("Without the keyring there is only a file to store keys in.", hint="Add --insecure-storage.")
    profile, settings = _whose(profile)
    site = None if site is None else checked_site(site)
    keychain.check_storable(profile, in_file=insecure_storage)
    credentials: Credentials
    if token:
        credentials = AccessToken(checked_secret(_typed("Access token"), "access token"))
    else:
        api_key = checked_secret(_typed("API key"), "API key")
        credentials = KeyPair(api_key, checked_secret(_typed("Application key"), "application key"))
    keychain.save(profile, credentials, site, in_file=insecure_storage, use_keyring=not no_keyring)
    options = SourceOptions(False, profile, None, None, settings, use_keyring=not insecure_storage)
    found = wiring.key_status(options, started_environ())
    where = ", in a file that is not encrypted" if insecure_storage else ""
    in_use = _site_in_use(found, wiring.target_with_keys(options, found))
    say(f"Stored for the profile {profile}{where}. The site in use is {in_use}.")
    if key_names.has_all_keys(started_environ()):
        say("Asked with are those of the environment, as long as they are set there.")
    say("`cnm-tui auth status` says where each key comes from.")


def _typed(called: str) -> str:
    if sys.stdin is None:
        raise InvalidQuery("There is no stdin to read keys from.", hint="Run it on a terminal, or pipe the keys in.")
    if sys.stdin.isatty():
        return str(click.prompt(called, hide_input=True, err=True))
    # Read bytes: text that is not UTF-8 would end in a traceback here, and is refused as a key later.
    return sys.stdin.buffer.readline().decode("utf-8", "replace")


@auth.command(help=_STATUS)
@source_options(read_settings)
def status(options: SourceOptions) -> None:
    """Show where each key comes from."""
    found = wiring.key_status(options, started_environ())
    asked = wiring.target_with_keys(options, found)
    for called, origin in found.origins.items():
        write_with_verdict(f"{called:<16} {_site_in_use(found, asked) if called == 'site' else origin or 'none'}")
    write_with_verdict(f"{'keyring in use':<16} {_keyring_in_use(found)}")
    for sentence in found.problems:
        say(f"cnm-tui: {sentence}")
    if isinstance(found.outcome, CnmError) and not options.demo:
        raise found.outcome
    write_with_verdict(f"{'asked for a row':<16} {tried(options, started_environ(), asked)}")


def _site_in_use(status: Status, asked: wiring.Target) -> str:
    if status.misplaced_by:
        return f"none ({status.misplaced_by})"
    return f"{asked.where} ({asked.origins['site'] or 'default'})"


def _keyring_in_use(status: Status) -> str:
    if status.unusable is None:
        return status.keyring or "none (--no-keyring)"
    # If this error is the reason for missing keys, it is printed at the end.
    said = isinstance(status.outcome, CnmError) and str(status.unusable) in str(status.outcome)
    return "none" if said else f"none: {status.unusable}"


@auth.command(help=_LOGOUT)
@_profile_option
@_no_keyring_option
def logout(profile: str | None, no_keyring: bool) -> None:
    """Remove the stored keys."""
    profile, settings = _whose(profile)
    try:
        removed = keychain.forget(profile, use_keyring=not no_keyring)
        nothing = f"The profile {profile} had nothing stored{' in a file' if no_keyring else ''}."
        said = f"Removed: {', '.join(removed)}." if removed else nothing
        say(said)
    finally:
        left = [what.variable for what in key_names.KEYS_AND_SITE if what.in_environment(started_environ())]
        if left:
            say(f"Still set in the environment, where only you can remove it: {', '.join(left)}.")
        commands = [what.command for what in key_names.KEYS if getattr(settings.of(profile), what.command)]
        if commands:
            say(f"Still in settings.toml, where only you can remove it: {', '.join(commands)}.")
