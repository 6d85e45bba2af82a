"""Connect the screen to a Datadog site or server: with a profile of the settings, or with API keys that the user
typed.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from cnm_tui.core import joined
from cnm_tui.core.errors import CnmError
from cnm_tui.core.service import DEFAULT_SITE, SITES, Credentials
from cnm_tui.core.sign_in import FROM_ENVIRONMENT, OfferedProfile, SignIn
from cnm_tui.core.snapshot import Source
from cnm_tui.options import SourceOptions
from cnm_tui.store.key_names import SITE, TerminalUse, goes_by_its_site, has_all_keys

_AS_KEPT: Final = "as kept with the keys"


class KnownProfiles:
    """Connects to the Datadog site or server of a profile. Profiles are defined in the settings or on the command
    line.
    """

    def __init__(self, options: SourceOptions, environ: Mapping[str, str]) -> None:
        self._options = options
        self._settings = options.settings
        self._environ = environ
        self._typed: dict[str, SignIn] = {}
        """Keys typed during this run, by profile; never written to disk."""

    @property
    def usual(self) -> str:
        """Return the name of the default profile."""
        return self._settings.profile

    @property
    def first(self) -> str:
        """Return the name of the profile with which cnm-tui was started."""
        return self._options.profile

    @property
    def first_in_use(self) -> str:
        """Return the name of the profile that is in use at the start. It is an empty string if cnm-tui started
        with the demo.
        """
        return "" if self._options.demo else self.first

    @property
    def options_of_start(self) -> Sequence[str]:
        """Return the command-line options that apply to every profile, as a list of words."""
        bundle = self._options.ca_bundle
        trusting = [] if bundle is None else ["--ca-bundle", str(bundle)]
        return trusting if self._options.use_keyring else [*trusting, "--no-keyring"]

    def offered(self, in_use: str = "") -> Sequence[OfferedProfile]:
        """Return the profiles from which the user can choose.

        They are the profiles of the settings, the profile of the command line, and the profile in use.
        """
        names = dict.fromkeys((*self._settings.profiles, self.first, *filter(None, [in_use])))
        return [self._offered(name) for name in names]

    def _offered(self, name: str) -> OfferedProfile:
        options, keys_from = self._options_of(name), self._keys_from(name)
        accent = options.profile_settings.accent
        by_environment = self._goes_by_environment(options)
        if not by_environment and (api_url := _api_url(options)) is not None:
            where = urlsplit(api_url).netloc
            return OfferedProfile(name, where, keys_from, has_own_server=True, accent=accent)
        chosen = None if by_environment else options.site or options.profile_settings.site
        site = chosen or SITE.in_environment(self._environ)
        if site in SITES:
            return OfferedProfile(name, site, keys_from, site, accent=accent)
        return OfferedProfile(
            name, DEFAULT_SITE if keys_from == FROM_ENVIRONMENT else _AS_KEPT, keys_from, accent=accent
        )

    def _goes_by_environment(self, options: SourceOptions) -> bool:
        """True if the environment variable DD_SITE decides the Datadog site. It overrides the profile's settings."""
        if options.profile in self._typed or options.site is not None or options.api_url is not None:
            return False
        is_set = options.profile_settings.site is not None or options.profile_settings.api_url is not None
        return goes_by_its_site(self._environ, is_set=is_set)

    def _keys_from(self, name: str) -> str:
        said = self._settings.of(name)
        if name in self._typed:
            return "typed in this run"
        if has_all_keys(self._environ):
            return FROM_ENVIRONMENT
        if said.api_key_command or said.app_key_command or said.access_token_command:
            return "a command"
        return "the keyring, if there" if self._options.use_keyring else "a file, if there"

    def connect(self, profile: str, *, is_lent: bool = False) -> Source:
        """Return a connection to the Datadog site or server of a profile.

        It uses API keys that the user typed in this run. If there are none, it searches for the profile's stored
        keys.

        Raises:
            CnmError: There are no keys, or the keys cannot be read.
        """
        if (typed := self._typed.get(profile)) is not None:
            return self.sign_in(profile, typed)
        terminal_use = TerminalUse.LENT if is_lent else TerminalUse.DRAWN_ON
        return _source_for(self._options_of(profile), self._environ, terminal_use=terminal_use)

    @property
    def together(self) -> tuple[str, ...]:
        """Return the names of the profiles whose rows are combined in one table, as given on the command line.

        The tuple is empty if there is only one profile.
        """
        return self._options.together

    def connect_together(self, profiles: Sequence[str]) -> Source:
        """Return a connection that sends each query to several profiles at once.

        Raises:
            CnmError: No profile has API keys.
        """
        return joined.joined_source({profile: partial(self.connect, profile) for profile in profiles}, time.time)

    def sign_in(self, profile: str, typed: SignIn) -> Source:
        """Return a connection to the Datadog site or server of a profile that uses the typed API keys.

        The keys stay in memory until cnm-tui ends.
        """
        self._typed[profile] = typed
        return _source_for(self._options_of(profile), self._environ, typed.credentials)

    def forget(self, profile: str) -> None:
        """Remove the API keys that the user typed for a profile from memory, because Datadog refused them."""
        self._typed.pop(profile, None)

    def keyring_problem(self, profile: str) -> str:
        """Return the reason why the keyring cannot store API keys. Return an empty text if it can store them."""
        if not self._options.use_keyring:
            return "The keyring is left alone, by --no-keyring."
        # Imported here, as below: the first frame needs no keys.
        from cnm_tui.store import keychain

        try:
            keychain.check_storable(profile, environ=self._environ)
        except CnmError as problem:
            return str(problem)
        return ""

    def keep(self, profile: str, typed: SignIn) -> None:
        """Store the API keys that the user typed for a profile in the keyring.

        Raises:
            StoreFailed: The keyring could not store the keys.
        """
        from cnm_tui.store import keychain

        keychain.save(profile, typed.credentials, typed.site, environ=self._environ)

    def _options_of(self, profile: str) -> SourceOptions:
        """Return the connection options for a profile.

        A site that the user typed has priority. Next are the options of the command line, if they are for this
        profile. Otherwise the profile's settings decide.
        """
        options = self._options._replace(demo=False)
        if profile != options.profile:
            options = options._replace(profile=profile, site=None, api_url=None)
        typed = self._typed.get(profile)
        return options if typed is None or typed.site is None else options._replace(site=typed.site, api_url=None)


def _source_for(
    options: SourceOptions,
    environ: Mapping[str, str],
    held: Credentials | None = None,
    terminal_use: TerminalUse | None = None,
) -> Source:
    # The api package is imported with the first connection: the first frame is painted by then.
    from cnm_tui import wiring

    return wiring.source_for(options, environ, held, terminal_use)


def _api_url(options: SourceOptions) -> str | None:
    """Return the URL of a custom API server. Return None if the queries go to a Datadog site."""
    return options.api_url or (options.profile_settings.api_url if options.site is None else None)
