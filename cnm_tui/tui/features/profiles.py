"""Connect to a source of data, such as Datadog or the demo. Change the profile, and sign in.

This module is loaded at the first connection, so it imports each dialog only when the dialog opens.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from cnm_tui.core.errors import CnmError, CredentialsMissing, CredentialsRefused, InvalidQuery, StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.joined.profiles import with_profile, without_profile
from cnm_tui.core.query import Query
from cnm_tui.core.service import AccessToken
from cnm_tui.core.sign_in import Connector, OfferedProfile, SignIn
from cnm_tui.core.snapshot import Source
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.store.key_names import TerminalMayHelp
from cnm_tui.tui import dialogs
from cnm_tui.tui.requests import Handle
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View

if TYPE_CHECKING:
    from cnm_tui.tui.dialogs.profile_picker import PickedProfile
    from cnm_tui.tui.dialogs.sign_in import SignInScreen
    from cnm_tui.tui.dialogs.welcome import Choice

_OUTCOME_SECONDS: Final = 12.0
_NOWHERE: Final = "Signing in is not available here."


class ProfilesFeature:
    """Changes the source of data and the profile. The responses of the old source are dropped."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view
        self._known = view.services.profiles
        self._unproved: SignIn | None = None
        """Typed credentials that were sent but not answered yet."""
        self._connecting: Handle | None = None
        self._looking_at_keyring: Handle | None = None
        session.changed.connect(lambda _before, after: self._see_outcome(after))
        session.source_wanted.connect(self.connect)

    # Connecting

    def connect(self) -> None:
        """Connect to the source and profile that the command line selects."""
        together = () if self._known is None else self._known.together
        first = "" if self._known is None or together else self._known.first_in_use
        self._start(Connector(self._view.services.connect, first, together=together))

    def _start(self, connector: Connector) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        self._connecting = self._session.scheduler.start_work(partial(self._connect_by, connector))

    async def _connect_by(self, connector: Connector) -> None:
        """Connect to the source that the connector creates.

        If this succeeds, drop the data of the old source and send all queries to the new source.
        """
        before = self._session.source
        try:
            source = await self._source_of(connector)
        except CredentialsMissing as problem:
            if before is None:
                self._welcome(problem, connector)
            else:
                self._ask_for_keys(connector.profile, str(problem))
        except CnmError as problem:
            if before is None:
                self._fail(problem)
            else:
                self._view.say(problem.sentence)
        else:
            self._unproved, self._session.profile = connector.typed, connector.profile
            offered = self._offered(connector.profile)
            self._view.show_accent("" if offered is None else offered.accent)
            self._use(self._view.services.connected(source), connector.together)
            if before is not None:
                await before.aclose()

    def _use(self, source: Source, together: tuple[str, ...]) -> None:
        """Send all further queries to this source.

        If several profiles are queried together, the profile is added to the group-bys. For a single profile, this
        group-by is removed again.
        """
        session = self._session
        was_together, session.together = bool(session.together), together
        session.fitting = _with_profile if together else without_profile if was_together else _unchanged
        session.connect(source)
        if not together:
            session.fitting = _unchanged

    async def _source_of(self, connector: Connector) -> Source:
        """Return the source of data that the connector creates.

        If a command that prints a key failed because it had no terminal, suspend the screen and run the command
        again on this terminal.

        Raises:
            CnmError: There are no API keys, or the API keys cannot be read.
        """
        try:
            return await in_daemon_thread(connector.connect)
        except CredentialsMissing as problem:
            if self._known is None or not isinstance(problem, TerminalMayHelp):
                raise
            sentence = f"cnm-tui runs {problem.program} here, where it can ask ({problem.setting}); ctrl+c gives it up."
            with self._view.terminal.lent_terminal(sentence) as is_lent:
                if not is_lent:
                    raise
                return await in_daemon_thread(partial(self._known.connect, connector.profile, is_lent=True))

    def _fail(self, problem: CnmError) -> None:
        """Show the problem because of which no query can be sent."""
        self._session.update(lambda exploration: exploration.failed(problem, 0.0))

    def _welcome(self, problem: CredentialsMissing, connector: Connector) -> None:
        self._view.ask(
            dialogs.WelcomeScreen(problem, connector.profile), partial(self._go_on_without_keys, problem, connector)
        )

    def _go_on_without_keys(self, problem: CredentialsMissing, connector: Connector, choice: "Choice | None") -> None:
        if choice == "sign_in":
            self._ask_for_keys(connector.profile, otherwise=partial(self._welcome, problem, connector))
        elif choice == "demo":
            self._start(Connector(self._view.services.connect_demo))
        elif choice == "again":
            self._start(connector)
        elif choice == "later":
            self._fail(problem)
        else:
            self._view.terminal.exit()

    # Profiles

    def pick(self) -> None:
        """Open a dialog in which the user chooses a profile."""
        if self._known is None:
            self._view.say(_NOWHERE)
        else:
            in_use = self._session.profile
            offered = self._profiles(in_use)
            if self._session.redacts:
                # A site or a host could tell whose names these are.
                offered = [one._replace(where="hidden") for one in offered]
            picker = dialogs.ProfilePicker(offered, in_use, self._session.together)
            self._view.ask(picker, self._go_to)

    def _go_to(self, picked: "PickedProfile | None") -> None:
        if picked is None or self._known is None:
            return
        if picked.signs_in:
            self._ask_for_keys(picked.name)
            return
        if picked.together:
            self._go_together(picked.together)
            return
        self._view.say(f"Switching to {picked.name} …")
        self._start(Connector(partial(self._known.connect, picked.name), picked.name))

    def _go_together(self, profiles: tuple[str, ...]) -> None:
        """Query these profiles together.

        If a recording is running, notify the user and change nothing, because a recording can contain only one
        profile.
        """
        assert self._known is not None, "there are no profiles to choose from"
        recorder = self._view.services.recorder
        if recorder is not None and recorder().path is not None:
            stops = self._view.key("record")
            self._view.say(f"The recording keeps the answers of one profile: {stops} ends it first.")
            return
        self._view.say(f"Switching to {' and '.join(profiles)} …")
        self._start(Connector(partial(self._known.connect_together, profiles), together=profiles))

    def _profiles(self, asked: str) -> Sequence[OfferedProfile]:
        """Return the profiles that the user can choose from.

        The current profile contains the Datadog site in use, if this site is known by now.
        """
        offered = self._known.offered(asked) if self._known is not None else ()
        site = self._session.source.site if self._session.source is not None else None
        if site is None:
            return offered
        return [one._replace(where=site, site=site) if one.name == self._session.profile else one for one in offered]

    def _offered(self, profile: str) -> OfferedProfile | None:
        """Return the facts about a profile that the dialog shows. Return None if there is no profile with this name."""
        return next((one for one in self._profiles(profile) if one.name == profile), None)

    # Signing in

    def sign_in(self) -> None:
        """Open a dialog in which the user enters other API keys."""
        if self._known is None:
            self._view.say(_NOWHERE)
        else:
            self._ask_for_keys(self._session.profile or self._known.first)

    def _ask_for_keys(
        self,
        profile: str,
        said: str = "",
        *,
        refused: SignIn | None = None,
        otherwise: Callable[[], object] = lambda: None,
    ) -> None:
        """Open a dialog in which the user enters the API keys of this profile.

        If API keys were refused before, their Datadog site is selected. If the user cancels, call `otherwise`.
        """
        offered = self._offered(profile)
        if offered is None:
            self._view.say(_NOWHERE)
            return
        self._view.say("")
        if refused is None:
            dialog = dialogs.SignInScreen(offered, said)
        else:
            by_token = isinstance(refused.credentials, AccessToken)
            offered = offered._replace(site=refused.site or offered.site)
            dialog = dialogs.SignInScreen(offered, said, by_token=by_token, keep=refused.keep)
        self._view.ask(dialog, partial(self._ask_with, profile, otherwise))
        if self._looking_at_keyring is not None:
            self._looking_at_keyring.cancel()
        self._looking_at_keyring = self._session.scheduler.start_work(partial(self._look_at_keyring, dialog, profile))

    async def _look_at_keyring(self, dialog: "SignInScreen", profile: str) -> None:
        if self._known is None:
            return
        problem = await in_daemon_thread(partial(self._known.keyring_problem, profile))
        # Checking an unresponsive keyring takes longer than pasting two keys.
        if dialog.is_attached:
            dialog.keyring_problem = problem

    def _ask_with(self, profile: str, otherwise: Callable[[], object], typed: SignIn | None) -> None:
        if typed is None:
            otherwise()
        elif self._known is not None:
            self._view.say("Signing in …")
            self._start(Connector(partial(self._known.sign_in, profile, typed), profile, typed))

    def _see_outcome(self, exploration: Exploration) -> None:
        """Check if the service accepted the API keys that the user typed.

        If the service refused them, let the user type other keys.
        """
        typed = self._unproved
        if typed is None or exploration.fetching:
            return
        if isinstance(exploration.problem, CredentialsRefused):
            self._unproved = None
            if self._known is not None:
                self._known.forget(self._session.profile)
            self._ask_for_keys(self._session.profile, exploration.problem.sentence, refused=typed)
        elif exploration.problem is None and exploration.snapshot is not None:
            self._unproved = None
            self._session.scheduler.start_work(partial(self._keep_keys, typed, self._session.profile))

    async def _keep_keys(self, typed: SignIn, profile: str) -> None:
        """Store the typed API keys in the keyring if the user wanted that, and show a message about the result."""
        held = "they are forgotten when you quit."
        if not typed.keep or self._known is None:
            self._view.say(f"Keys accepted; {held}", _OUTCOME_SECONDS)
            return
        try:
            await in_daemon_thread(partial(self._known.keep, profile, typed))
        except StoreFailed as problem:
            self._view.say(f"Keys accepted, but not saved; {held} {problem}", _OUTCOME_SECONDS)
        else:
            said = f"Keys accepted, and saved in the keyring for the profile {profile}."
            self._view.say(said, _OUTCOME_SECONDS)


def _unchanged(query: Query) -> Query:
    return query


def _with_profile(query: Query) -> Query:
    try:
        return with_profile(query)
    except InvalidQuery:
        # It has ten groups already; the source says that it needs the profile.
        return query
