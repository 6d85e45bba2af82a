"""The part of the screen that goes from one place to another: profiles, and keys that are typed for one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import work
from textual.message import Message
from textual.reactive import reactive

from cnm_tui.core.errors import CredentialsRefused, StoreFailed
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.fields.group_by import Ladders
from cnm_tui.core.settings import DEFAULT_PROFILE
from cnm_tui.core.snapshot import Source
from cnm_tui.daemon import in_daemon_thread
from cnm_tui.tui.screens.taking import TakingScreen
from cnm_tui.tui.services import Services
from cnm_tui.tui.widgets.title_bar import TitleBar

# What only one key needs is imported when it is pressed.
if TYPE_CHECKING:
    from cnm_tui.core.sign_in import Doorway, Offered, SignIn
    from cnm_tui.tui.dialogs.profile_picker import PickedProfile
    from cnm_tui.tui.dialogs.sign_in import SignInScreen

_TOLD_SECONDS: Final = 12.0
_NO_DESK: Final = "There is nowhere to sign in."


class SigningScreen(TakingScreen):
    """Chooses whom to ask as whom, and leaves behind what another one answered."""

    profile: reactive[str] = reactive("", repaint=False, init=False)
    """The one in use; empty where there is none, as in the demo."""

    @dataclass
    class ConnectionWanted(Message):
        """Another source is to answer."""

        doorway: "Doorway"

    def __init__(
        self, exploration: Exploration, clock: Callable[[], float], services: Services, ladders: Ladders
    ) -> None:
        super().__init__(exploration, clock, services, ladders)
        self.desk = services.desk
        self._unproved: SignIn | None = None
        """Typed, asked with, and not answered yet."""
        self.session.changed.connect(lambda _before, after: self._see_outcome(after))

    # Going elsewhere

    def connect_by(self, doorway: "Doorway", source: Source) -> None:
        """Ask the source that the doorway led to; nothing that another one answered is kept."""
        self._unproved = doorway.typed
        self.profile = doorway.profile
        self.session.connect(source)

    def watch_profile(self, profile: str) -> None:
        """Show its colour."""
        offered = self._offered(profile)
        self.query_one(TitleBar).accent = offered.accent if offered is not None else ""

    @property
    def profile_to_name(self) -> str:
        """That in use; empty where nobody anywhere would have another one without naming it."""
        usual = DEFAULT_PROFILE if self.desk is None else self.desk.usual
        return "" if self.profile == usual == DEFAULT_PROFILE else self.profile

    @property
    def options_of_start(self) -> Sequence[str]:
        """The certificates that are trusted, and whether the keyring is left alone."""
        return () if self.desk is None else self.desk.options_of_start

    def _profiles(self, asked: str) -> "Sequence[Offered]":
        """Those to choose from, and the one that is asked about; of the one in use, the site is known by now."""
        offered = self.desk.offered(asked) if self.desk is not None else ()
        site = self.session.source.site if self.session.source is not None else None
        if site is None:
            return offered
        return [one._replace(where=site, site=site) if one.name == self.profile else one for one in offered]

    def _offered(self, profile: str) -> "Offered | None":
        """What is known of a profile."""
        return next((one for one in self._profiles(profile) if one.name == profile), None)

    def action_pick_profile(self) -> None:
        """Choose whose figures to look at."""
        from cnm_tui.tui.dialogs.profile_picker import ProfilePicker

        if self.desk is None:
            self.say(_NO_DESK)
        else:
            self.ask(ProfilePicker(self._profiles(self.profile), self.profile), self._go_to)

    def _go_to(self, picked: "PickedProfile | None") -> None:
        from cnm_tui.core.sign_in import Doorway

        if picked is None or self.desk is None:
            return
        if picked.signs_in:
            self.sign_in(picked.name)
            return
        self.say(f"Going to {picked.name} …")
        self.post_message(self.ConnectionWanted(Doorway(partial(self.desk.connect, picked.name), picked.name)))

    # Signing in

    def action_sign_in(self) -> None:
        """Ask for other keys."""
        if self.desk is None:
            self.say(_NO_DESK)
        else:
            self.sign_in(self.profile or self.desk.first)

    def sign_in(
        self,
        profile: str,
        said: str = "",
        *,
        site: str | None = None,
        by_token: bool = False,
        keep: bool = False,
        otherwise: Callable[[], object] = lambda: None,
    ) -> None:
        """Ask for keys for this profile; `otherwise` is done when nobody gives any."""
        from cnm_tui.tui.dialogs.sign_in import SignInScreen

        offered = self._offered(profile)
        if offered is None:
            self.say(_NO_DESK)
            return
        self.say("")
        dialog = SignInScreen(offered._replace(site=site or offered.site), said, by_token=by_token, keep=keep)

        def take(typed: "SignIn | None") -> None:
            if typed is None:
                otherwise()
            else:
                self._ask_with(profile, typed)

        self.ask(dialog, take)
        self._look_at_keyring(dialog, profile)

    @work(exclusive=True, group="keyring")
    async def _look_at_keyring(self, dialog: "SignInScreen", profile: str) -> None:
        if self.desk is None:
            return
        problem = await in_daemon_thread(partial(self.desk.keyring_problem, profile))
        # A silent keyring is waited for longer than it takes to paste two keys.
        if dialog.is_attached:
            dialog.keyring_problem = problem

    def _ask_with(self, profile: str, typed: "SignIn") -> None:
        from cnm_tui.core.sign_in import Doorway

        if self.desk is not None:
            self.say("Signing in …")
            self.post_message(
                self.ConnectionWanted(Doorway(partial(self.desk.sign_in, profile, typed), profile, typed))
            )

    def _see_outcome(self, exploration: Exploration) -> None:
        """Whether the service took the keys that were typed."""
        typed = self._unproved
        if typed is None or exploration.fetching:
            return
        if isinstance(exploration.problem, CredentialsRefused):
            self._unproved = None
            if self.desk is not None:
                self.desk.forget(self.profile)
            # Imported by who made them.
            from cnm_tui.core.service import AccessToken

            by_token = isinstance(typed.credentials, AccessToken)
            said = exploration.problem.sentence
            self.sign_in(self.profile, said, site=typed.site, by_token=by_token, keep=typed.keep)
        elif exploration.problem is None and exploration.snapshot is not None:
            self._unproved = None
            self._keep_keys(typed)

    @work(group="keyring")
    async def _keep_keys(self, typed: "SignIn") -> None:
        """Have them kept, if that was wished, and say what was done."""
        held = "they are held until the program ends."
        if not typed.keep or self.desk is None:
            self.say(f"The keys are good; {held}", _TOLD_SECONDS)
            return
        profile = self.profile
        try:
            await in_daemon_thread(partial(self.desk.keep, profile, typed))
        except StoreFailed as problem:
            self.say(f"The keys are good, but not kept; {held} {problem}", _TOLD_SECONDS)
        else:
            self.say(f"The keys are good, and kept in the keyring for the profile {profile}.", _TOLD_SECONDS)
