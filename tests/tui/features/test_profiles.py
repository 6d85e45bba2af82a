"""Test how a user changes the profile and types API keys, without a Textual app."""

from collections.abc import Mapping

import pytest

from cnm_tui.core.errors import CnmError, CredentialsMissing, CredentialsRefused, StoreFailed, Unreachable
from cnm_tui.core.service import KeyPair, Secret
from cnm_tui.core.sign_in import OfferedProfile, SignIn
from cnm_tui.core.snapshot import Snapshot, Source
from cnm_tui.store.key_names import TerminalMayHelp
from cnm_tui.tui.dialogs.profile_picker import PickedProfile
from cnm_tui.tui.dialogs.sign_in import SignInScreen
from cnm_tui.tui.dialogs.welcome import WelcomeScreen
from cnm_tui.tui.features.profiles import ProfilesFeature
from cnm_tui.tui.services import Services
from cnm_tui.tui.session import Session
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.fake_profiles import FakeProfiles
from tests.tui.fake_view import FakeView, a_sitting, no_keys
from tests.tui.scheduling import until

STAGING = OfferedProfile("staging", "datadoghq.com", "the keyring, if there", site="datadoghq.com", accent="#005f00")
PROD = OfferedProfile("prod-eu", "datadoghq.eu", "a command", site="datadoghq.eu", accent="#d70000")
TYPED = SignIn(KeyPair(Secret("0a1b2c3d4e5f"), Secret("f5e4d3c2b1a0")), keep=True)
Sources = Mapping[str, Source | CnmError]
"""Sources by profile, or by `PROFILE signed in`; an error makes the connection fail."""
NONE: Sources = {}
REFUSED = CredentialsRefused("datadoghq.eu refused the keys.")


class Sitting:
    """A session with two profiles. The first profile is connected at the start, unless it has no API keys."""

    def __init__(self, first: Source | CnmError, others: Sources = NONE, keep_problem: str = "") -> None:
        self.known = FakeProfiles(STAGING, PROD, keep_problem=keep_problem)
        self.known.sources = {"staging": first, **others}
        services = Services(lambda: self.known.connect("staging"), lambda: FakeSource(one_row()), profiles=self.known)
        self.session: Session
        self.view: FakeView
        self.session, self.view, _ = a_sitting(services=services)
        self.profiles = ProfilesFeature(self.session, self.view)
        self.profiles.connect()

    async def go_to_prod(self) -> None:
        """Choose the profile `prod-eu` in the dialog."""
        self.profiles.pick()
        await self.view.answer(PickedProfile("prod-eu", signs_in=False))

    async def sign_in(self) -> None:
        """Run the command to sign in, and enter API keys in the dialog."""
        self.profiles.sign_in()
        await self.view.answer(TYPED)

    async def has_opened(self, kind: type) -> None:
        """Wait until a dialog of this class is open."""
        await until(lambda: self.view.dialogs and isinstance(self.view.dialogs[-1], kind))


def one_row() -> Snapshot:
    return a_snapshot(a_connection())


async def connected(first: Source, others: Sources = NONE, keep_problem: str = "") -> Sitting:
    """Return a session with profiles after it has connected to the first profile."""
    sitting = Sitting(first, others, keep_problem)
    await until(lambda: sitting.session.source)
    return sitting


async def test_another_profile_is_asked_the_same_and_the_source_before_is_closed() -> None:
    before, after = FakeSource(one_row()), FakeSource(one_row())
    sitting = await connected(before, {"prod-eu": after})
    accent_before = sitting.view.accent

    await sitting.go_to_prod()
    await until(lambda: before.closed and after.asked)

    assert (sitting.session.source, sitting.session.profile) == (after, "prod-eu")
    assert after.asked == before.asked
    assert (accent_before, sitting.view.accent) == ("#005f00", "#d70000")
    assert not after.closed


async def test_a_profile_that_cannot_be_reached_leaves_everything_as_it_was() -> None:
    before = FakeSource(one_row())
    sitting = await connected(before, {"prod-eu": StoreFailed("The keyring is locked.", hint="Unlock it.")})

    await sitting.go_to_prod()
    await until(lambda: "locked" in sitting.view.notice)

    assert sitting.view.said == ["Switching to prod-eu …", "The keyring is locked. Unlock it."]
    assert (sitting.session.source, sitting.session.profile, before.closed) == (before, "staging", False)


async def test_without_keys_for_the_other_profile_they_are_asked_for() -> None:
    before = FakeSource(one_row())
    sitting = await connected(before, {"prod-eu": CredentialsMissing("There are no keys.")})

    await sitting.go_to_prod()
    await sitting.has_opened(SignInScreen)

    assert (sitting.session.source, sitting.session.profile) == (before, "staging")


async def test_a_source_that_could_not_be_had_is_looked_for_again_when_something_is_asked() -> None:
    sitting = Sitting(StoreFailed("The keyring is locked."))
    await until(lambda: sitting.session.exploration.problem)
    sitting.known.sources["staging"] = source = FakeSource()

    sitting.session.ask_changed(lambda query: query)

    await until(lambda: source.asked)
    assert sitting.session.source is source


@pytest.mark.parametrize("choice", ["again", "demo", "sign_in"])
async def test_without_keys_at_the_start_there_are_several_ways_on(choice: str) -> None:
    sitting = Sitting(CredentialsMissing("There are no keys."))
    await sitting.has_opened(WelcomeScreen)
    sitting.known.sources = {"staging": FakeSource(), "staging signed in": FakeSource()}

    await sitting.view.answer(choice)
    if choice == "sign_in":
        await sitting.view.answer(TYPED)

    await until(lambda: sitting.session.source)
    assert sitting.session.profile == ("" if choice == "demo" else "staging")


async def test_whoever_closes_the_welcome_page_sees_why_there_are_no_rows_or_ends_the_program() -> None:
    sitting = Sitting(CredentialsMissing("There are no keys."))
    await sitting.has_opened(WelcomeScreen)

    await sitting.view.answer("later")
    problem, ended = sitting.session.exploration.problem, sitting.view.terminal.ended
    await sitting.view.answer("quit")

    assert isinstance(problem, CredentialsMissing)
    assert (ended, sitting.view.terminal.ended) == (False, True)


async def test_a_command_that_has_to_ask_is_run_again_on_the_terminal() -> None:
    may_help = TerminalMayHelp("pass failed.", hint="", program="pass", setting="api_key_command")
    source = FakeSource()
    known = FakeProfiles(STAGING)

    def connect_on(profile: str, *, is_lent: bool = False) -> Source:
        if is_lent:
            return source
        raise may_help

    known.connect = connect_on  # type: ignore[method-assign]  # as the test says
    session, view, _ = a_sitting(services=Services(lambda: known.connect("staging"), no_keys, profiles=known))

    ProfilesFeature(session, view).connect()
    await until(lambda: session.source)

    assert session.source is source
    assert view.terminal.sentences[0].startswith("cnm-tui runs pass here")


async def test_good_keys_are_kept_once_they_are_known_to_be_good() -> None:
    after = FakeSource()
    sitting = await connected(FakeSource(one_row()), {"staging signed in": after})

    await sitting.sign_in()
    await until(lambda: after.waiting)
    kept_before = list(sitting.known.kept)
    after.answer(one_row())
    await until(lambda: sitting.known.kept)

    assert kept_before == []
    assert sitting.known.kept == sitting.known.typed == [("staging", TYPED)]
    await until(lambda: sitting.view.notice.endswith("saved in the keyring for the profile staging."))


async def test_a_keyring_that_fails_then_is_told_and_the_keys_are_held() -> None:
    after = FakeSource(one_row())
    sitting = await connected(FakeSource(one_row()), {"staging signed in": after}, "The keyring is locked.")

    await sitting.sign_in()

    await until(lambda: "not saved; they are forgotten when you quit." in sitting.view.notice)
    assert "The keyring is locked." in sitting.view.notice


async def test_wrong_keys_are_forgotten_and_asked_for_again() -> None:
    sitting = await connected(FakeSource(one_row()), {"staging signed in": FakeSource(REFUSED)})

    await sitting.sign_in()
    await until(lambda: sitting.known.forgotten)

    assert (sitting.known.forgotten, sitting.known.kept) == (["staging"], [])
    assert [type(dialog) for dialog in sitting.view.dialogs] == [SignInScreen, SignInScreen]


async def test_a_service_that_cannot_be_reached_says_nothing_about_the_keys() -> None:
    after = FakeSource(Unreachable("The connection broke."))
    sitting = await connected(FakeSource(one_row()), {"staging signed in": after})
    await sitting.sign_in()
    await until(lambda: isinstance(sitting.session.exploration.problem, Unreachable))
    known_before = (list(sitting.known.forgotten), list(sitting.known.kept))

    after.will_answer(one_row())
    sitting.session.ask_changed(lambda query: query)
    await until(lambda: sitting.known.kept)

    assert known_before == ([], [])


async def test_where_nobody_can_sign_in_the_keys_say_so() -> None:
    session, view, _ = a_sitting()
    profiles = ProfilesFeature(session, view)

    profiles.pick()
    profiles.sign_in()

    assert (view.dialogs, view.said) == ([], ["Signing in is not available here."] * 2)
