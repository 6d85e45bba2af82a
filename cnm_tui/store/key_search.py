"""Search for the API keys and the Datadog site of a profile.

The searched places are the environment, commands that print a key, the keyring of the operating system, and
a file. A place is searched only if the places before it do not contain everything. So most runs start no
other program and import few modules.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from cnm_tui.core.errors import CredentialsMalformed, CredentialsMissing, InvalidQuery, KeyringShut, StoreFailed
from cnm_tui.core.service import AccessToken, Credentials, KeyPair, Secret, checked_secret, checked_site
from cnm_tui.core.settings import Profile, login_command
from cnm_tui.store.key_file import KeyFile
from cnm_tui.store.key_names import (
    ACCESS_TOKEN,
    API_KEY,
    APPLICATION_KEY,
    SITE,
    KeyCommandFailed,
    KeyNames,
    TerminalUse,
    goes_by_its_site,
    has_all_keys,
)
from cnm_tui.store.os_keyring import HELD_BY_NOBODY, KeyringUnusable, OsKeyring, opened

_SIGN_IN: Final = (
    "Set DD_API_KEY and DD_APP_KEY, or DD_ACCESS_TOKEN; or name api_key_command and app_key_command in settings.toml; "
    "or keep them by `{}`; or look around with --demo."
)
_TOKENS: Final = ("ddpat_", "ddsat_")
"""Prefixes of tokens that work without an API key, even if stored as an application key."""
IN_SETTINGS: Final = "settings.toml"
IN_KEYRING: Final = "keyring"
IN_FILE: Final = "file"


class KeySearch:
    """One search for the keys and the site of a profile. The object stores the place where each key was found."""

    def __init__(
        self,
        environ: Mapping[str, str],
        profile: str,
        said: Profile,
        use_keyring: bool,
        terminal_use: TerminalUse | None = None,
    ) -> None:
        """Prepare a search. `said` contains the settings of the profile.

        `terminal_use` says how commands that print a key may use the terminal.
        """
        self.origins: dict[str, str] = {}
        """The place in which each part was found, by the part's name in messages ("API key")."""
        self.unusable: KeyringUnusable | None = None
        """Why the keyring could not be read; None if it could, or was not tried."""
        self._environ = environ
        self._profile = profile
        self._said = said
        self._use_keyring = use_keyring
        self._lending = terminal_use
        self._by_commands: dict[KeyNames, Secret | KeyCommandFailed] = {}
        self._providers = (self._in_environment, self._by_command, self._in_keyring, self._in_file)

    def credentials(self) -> Credentials | None:
        """Return an access token, or an API key with an application key, from the first place that contains them.

        If a place contains only one of the two keys, later places are searched for the other key. Return None if the
        credentials are incomplete.
        """
        found: dict[KeyNames, Secret] = {}
        for provider in self._providers:
            if not found and (token := provider(ACCESS_TOKEN)):
                return AccessToken(token)
            for what in (API_KEY, APPLICATION_KEY):
                if what not in found and (secret := provider(what)):
                    found[what] = secret
            if len(found) == 2:
                return KeyPair(found[API_KEY], found[APPLICATION_KEY])
        alone = found.get(APPLICATION_KEY)
        return AccessToken(alone) if alone is not None and alone.reveal().startswith(_TOKENS) else None

    def look_for(self, what: KeyNames) -> None:
        """Find out and store in which place this key is, even if the key is not needed.

        If the environment contains all keys, no command that prints a key is run.
        """
        spared = has_all_keys(self._environ)
        if not what.in_environment(self._environ) and spared and what.command and getattr(self._said, what.command):
            self.origins[what.called] = what.command
            return
        for provider in self._providers:
            if provider(what):
                return

    def place(self) -> tuple[str | None, str | None]:
        """Return a Datadog site or a URL, to which queries are sent.

        The tuple is (site, None) or (None, API URL), or (None, None) if neither is set. DD_SITE is used with keys
        from the environment. A site that was stored with keys is used only with these keys.
        """
        in_settings = self._said.site is not None or self._said.api_url is not None
        if goes_by_its_site(self._environ, is_set=in_settings):
            self.origins[SITE.called] = SITE.variable
            return site_of(SITE.in_environment(self._environ), SITE.variable, self._profile), None
        if in_settings:
            self.origins[SITE.called] = IN_SETTINGS
            return self._said.site, self._said.api_url
        stored = {IN_KEYRING, IN_FILE} & set(self.origins.values())
        if has_all_keys(self._environ) or (self.origins and not stored):
            return None, None
        kept = self._in_keyring(SITE) or self._in_file(SITE)
        return None if kept is None else site_of(kept.reveal(), self.origins[SITE.called], self._profile), None

    def missing(self) -> CredentialsMissing:
        """Return an error which says that credentials are missing, with a hint about how to provide them."""
        said = [
            f"There is an {what.called}, from {self.origins[what.called]}, but no {other.called} to go with it."
            for what, other in ((API_KEY, APPLICATION_KEY), (APPLICATION_KEY, API_KEY))
            if what.called in self.origins
        ] or [f"There are no keys for the profile {self._profile}."]
        if self.unusable is None:
            return CredentialsMissing(" ".join(said), hint=_SIGN_IN.format(login_command(self._profile)))
        # The advice depends on the fault: a missing keyring can hold nothing, a locked one may hold the keys.
        said.append(str(self.unusable))
        kind = CredentialsMissing if self.unusable.fault in HELD_BY_NOBODY else KeyringShut
        return kind(" ".join(said), hint=f"{self.unusable.hint} Or look around with --demo.")

    @cached_property
    def keyring(self) -> OsKeyring | None:
        """The operating system's keyring, opened on first use. None if the keyring is disabled or unusable."""
        if not self._use_keyring:
            return None
        try:
            return opened(self._environ)
        except KeyringUnusable as unusable:
            self.unusable = unusable
            return None

    @cached_property
    def _file(self) -> Mapping[str, Secret]:
        return KeyFile(self._profile).read()

    def _in_environment(self, what: KeyNames) -> Secret | None:
        text = what.in_environment(self._environ)
        return self._checked(Secret(text), what, what.variable) if text else None

    def _by_command(self, what: KeyNames) -> Secret | None:
        words = getattr(self._said, what.command) if what.command else ()
        if not words:
            return None
        self.origins[what.called] = what.command
        if what not in self._by_commands:
            self._by_commands[what] = self._run(what, words)
        answer = self._by_commands[what]
        if not isinstance(answer, Secret):
            raise answer
        return self._checked(answer, what, what.command)

    def _run(self, what: KeyNames, words: Sequence[str]) -> Secret | KeyCommandFailed:
        """Run the command that prints this key, and return the key or an error.

        The command runs only once, because it may be slow, or may need a touch on a security device.
        """
        # Imported here: most runs need no program, and running one is slow anyway.
        from cnm_tui.store.key_command import key_by

        try:
            return key_by(what.command, words, self._environ, terminal_use=self._lending or TerminalUse.NOT_DRAWN_ON)
        except KeyCommandFailed as failure:
            return failure

    def _in_keyring(self, what: KeyNames) -> Secret | None:
        if self.keyring is None or self.unusable is not None:
            return None
        try:
            return self._checked(self.keyring.read(username(self._profile, what)), what, IN_KEYRING)
        except KeyringUnusable as unusable:
            self.unusable = unusable
            return None

    def _in_file(self, what: KeyNames) -> Secret | None:
        return self._checked(self._file.get(what.username), what, IN_FILE)

    def _checked(self, secret: Secret | None, what: KeyNames, origin: str) -> Secret | None:
        """Return the key if its format is valid. A Datadog site is returned unchecked, and is checked later."""
        if secret is None:
            return None
        self.origins[what.called] = origin
        if what is SITE:
            return secret
        try:
            return _checked(secret, f"{what.called} in {origin}")
        except CredentialsMalformed as error:
            if origin in (IN_KEYRING, IN_FILE):
                raise _broken(what, origin, self._profile) from error
            if origin == what.command:
                raise KeyCommandFailed(f"{origin}: what it printed is no {what.called}.", hint=error.hint) from error
            raise


def site_of(text: str, origin: str, profile: str) -> str:
    """Return the Datadog site that a text contains.

    Raises:
        InvalidQuery: The site is invalid.
        StoreFailed: The site is invalid, and was read from the keyring or a file.
    """
    try:
        return checked_site(text)
    except InvalidQuery as error:
        if origin in (IN_KEYRING, IN_FILE):
            raise _broken(SITE, origin, profile) from error
        raise InvalidQuery(f"{origin}: {error}", hint=error.hint) from error


def _broken(what: KeyNames, where: str, profile: str) -> StoreFailed:
    again = login_command(profile) + (" --insecure-storage" if where == IN_FILE else "")
    return StoreFailed(
        f"The {where} holds something else as the {what.called} of the profile {profile}.",
        hint=f"Store it again: {again}{' --site SITE' if what is SITE else ''}.",
    )


def _checked(secret: Secret, called: str) -> Secret:
    try:
        return checked_secret(secret.reveal(), called)
    except CredentialsMalformed as error:
        problem = error
    # Raise without the frames that handled the text: a traceback may show their variables.
    raise problem.with_traceback(None)


def username(profile: str, what: KeyNames) -> str:
    """Return the username under which the keyring stores one key, or the site, of a profile."""
    return f"{profile}/{what.username}"
