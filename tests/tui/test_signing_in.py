"""Test API keys that a user types: when cnm-tui asks for the keys, where they are sent, and that nobody can see
them.
"""

import threading

import pytest
from textual.events import Paste

from cnm_tui.core.errors import CredentialsRefused, KeyringShut
from cnm_tui.core.service import AccessToken, KeyPair, Secret
from cnm_tui.core.sign_in import OfferedProfile
from cnm_tui.tui.dialogs.sign_in import SignInScreen
from cnm_tui.tui.dialogs.welcome import WelcomeScreen
from cnm_tui.tui.widgets.key_input import KeyInput
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring, no_keys
from tests.tui.fake_profiles import FakeProfiles

API_KEY, APPLICATION_KEY = "0a1b2c3d4e5f", "f5e4d3c2b1a0"
REFUSED = CredentialsRefused("datadoghq.eu refused the keys.", hint="Both must be whole.")
UNKNOWN_SITE = OfferedProfile("default", "datadoghq.com", "the keyring, if there")
IN_EUROPE = OfferedProfile("default", "datadoghq.eu", "the keyring, if there", site="datadoghq.eu")


def some_profiles(signed_in: FakeSource, offered: OfferedProfile = IN_EUROPE, **problems: str) -> FakeProfiles:
    profiles = FakeProfiles(offered, **problems)
    profiles.sources["default signed in"] = signed_in
    return profiles


def one_row() -> FakeSource:
    return FakeSource(a_snapshot(a_connection()), label="datadoghq.eu")


async def open_dialog(user: User) -> None:
    await user.until(lambda: isinstance(user.app.screen, WelcomeScreen))
    await user.press("s")
    await user.until(lambda: isinstance(user.app.screen, SignInScreen) and user.app.screen.focused is not None)


async def type_keys(user: User) -> None:
    await user.type(API_KEY)
    await user.press("enter")
    await user.type(APPLICATION_KEY)
    await user.press("enter")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)], ids=str)
async def test_whoever_has_no_keys_signs_in_and_is_answered_at_once(size: tuple[int, int]) -> None:
    profiles = some_profiles(one_row())
    async with exploring(connect=no_keys, profiles=profiles, size=size) as user:
        await user.until(lambda: isinstance(user.app.screen, WelcomeScreen))
        await user.sees("s  sign in here")
        assert "q  quit" in user.screen()
        await open_dialog(user)
        await user.sees("enter signs in · tab on · ctrl+t token · esc cancels")

        await type_keys(user)

        await user.sees("1 row")
        await user.sees("Keys accepted; they are forgotten when you quit.")
        assert "datadoghq.eu" in user.screen()
        credentials = KeyPair(Secret(API_KEY), Secret(APPLICATION_KEY))
        assert [(profile, typed.credentials, typed.site, typed.keep) for profile, typed in profiles.typed] == [
            ("default", credentials, "datadoghq.eu", False)
        ]
        assert profiles.kept == []


async def test_no_key_is_shown_while_it_is_typed() -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row())) as user:
        await open_dialog(user)

        await user.type(API_KEY)

        await user.sees("*" * len(API_KEY))
        assert API_KEY not in user.screen()


async def test_a_resize_takes_nothing_from_what_was_typed() -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row())) as user:
        await open_dialog(user)
        await user.type(API_KEY)
        box = user.app.screen.query(KeyInput).first()

        await user.pilot.resize_terminal(60, 15)
        await user.pilot.resize_terminal(200, 50)

        await user.sees("*" * len(API_KEY))
        assert box.value == API_KEY
        assert box.has_focus


async def test_a_token_is_asked_for_alone() -> None:
    profiles = some_profiles(one_row())
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)

        await user.press("ctrl+t")
        await user.sees("Access token")
        assert "Application key" not in user.screen()
        await user.type("ddpat_abc")
        await user.press("enter")

        await user.sees("1 row")
        assert profiles.typed[0][1].credentials == AccessToken(Secret("ddpat_abc"))


async def test_the_site_is_found_by_typing_and_told_in_words() -> None:
    profiles = some_profiles(one_row(), UNKNOWN_SITE)
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        await user.sees("Sign in to datadoghq.com")

        await user.type("ap2")
        await user.sees("Sign in to ap2.datadoghq.com")
        await user.press("enter")
        await type_keys(user)

        await user.sees("1 row")
        assert profiles.typed[0][1].site == "ap2.datadoghq.com"


async def test_letters_of_no_site_are_refused_in_the_dialog() -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row(), UNKNOWN_SITE)) as user:
        await open_dialog(user)

        await user.type("zz")

        await user.sees("No Datadog site matches.")


async def test_a_server_of_its_own_has_no_sites_to_choose_from() -> None:
    profiles = some_profiles(
        one_row(), OfferedProfile("default", "cnm.example:8443", "environment", has_own_server=True)
    )
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        assert "Asks" in user.line_with("cnm.example:8443 ")
        assert "us3.datadoghq.com" not in user.screen()

        await type_keys(user)

        await user.sees("1 row")
        assert profiles.typed[0][1].site is None


async def test_a_key_that_cannot_be_one_is_refused_before_anybody_is_asked() -> None:
    profiles = some_profiles(one_row())
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)

        await user.type("a")
        await user.press("space")
        await user.type("b")
        await user.press("enter")
        await user.type("c")
        await user.press("enter")

        await user.sees("That is no API key")
        assert profiles.typed == []


async def test_wrong_keys_are_told_with_the_dialog_open_and_the_site_still_there() -> None:
    profiles = some_profiles(FakeSource(REFUSED, label="ap2.datadoghq.com"), UNKNOWN_SITE)
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        await user.type("ap2")
        await user.press("enter")

        await type_keys(user)

        await user.sees("datadoghq.eu refused the keys. Both must be whole.")
        await user.sees("Sign in to ap2.datadoghq.com")
        assert [box.value for box in user.app.screen.query(KeyInput)] == ["", ""]
        assert profiles.forgotten == ["default"]
        await user.press("escape")
        await user.sees("K signs in with others.")


async def test_the_command_that_keeps_keys_is_that_for_the_profile_that_has_none() -> None:
    offered = IN_EUROPE._replace(name="prod")
    async with exploring(connect=no_keys, profiles=FakeProfiles(offered)) as user:
        await user.sees("cnm-tui auth login --profile prod    once; kept in the system keyring")


async def test_what_opens_a_keyring_that_may_have_the_keys_is_said_before_the_ways_to_give_others() -> None:
    def shut() -> FakeSource:
        raise KeyringShut("There are no keys. The keyring is locked.", hint="Unlock it: open-sesame.")

    async with exploring(connect=shut, profiles=some_profiles(one_row())) as user:
        await user.sees("There are no keys. The keyring is locked. Unlock it: open-sesame.")
        assert "q  quit" in user.screen()


async def test_whoever_thinks_better_of_it_is_asked_again_what_to_do() -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row())) as user:
        await open_dialog(user)

        await user.press("escape")

        await user.until(lambda: isinstance(user.app.screen, WelcomeScreen))


async def test_keys_that_are_refused_later_name_the_key_that_asks_for_others() -> None:
    profiles = some_profiles(one_row())
    async with exploring(FakeSource(REFUSED), profiles=profiles) as user:
        await user.sees("K signs in with others. r asks again.")

        await user.press("K")
        await user.until(lambda: isinstance(user.app.screen, SignInScreen))
        await type_keys(user)

        await user.sees("1 row")


async def test_in_the_smallest_window_it_is_said_whole_why_keys_were_refused() -> None:
    refused = CredentialsRefused(
        "datadoghq.eu refused what was asked with these keys: Forbidden.",
        hint="Both keys must be of datadoghq.eu; the application key needs the scope network_connections_read.",
    )
    async with exploring(connect=no_keys, profiles=some_profiles(FakeSource(refused)), size=(60, 15)) as user:
        await open_dialog(user)
        await type_keys(user)

        await user.sees("network_connections_read.")

        await user.until(lambda: f"{'':18}datadoghq.eu " in user.screen())
        for still in ("datadoghq.eu refused", "Application key", "enter signs in"):
            assert still in user.screen()


async def test_good_keys_are_kept_where_that_was_wished_and_only_then() -> None:
    source = FakeSource(label="datadoghq.eu")
    profiles = some_profiles(source)
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        await user.sees("ctrl+s: save in the keyring")

        await user.press("ctrl+s")
        await user.sees("[x] Saved in the keyring once accepted")
        await type_keys(user)
        await user.until(lambda: source.waiting)
        assert profiles.kept == []
        source.answer(a_snapshot(a_connection()))

        await user.sees("saved in the keyring for the profile default.")
        assert profiles.kept == profiles.typed


async def test_wrong_keys_are_not_kept_and_the_wish_to_keep_them_is_remembered() -> None:
    profiles = some_profiles(FakeSource(REFUSED))
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        await user.sees("ctrl+s: save in the keyring")
        await user.press("ctrl+s")

        await type_keys(user)

        await user.sees("refused the keys")
        assert profiles.kept == []
        await user.sees("[x] Saved in the keyring once accepted")


async def test_a_keyring_that_answers_when_the_dialog_is_gone_does_no_harm() -> None:
    profiles = some_profiles(one_row(), keyring_problem="The keyring did not answer in 3 s.")
    profiles.keyring_answers.clear()
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        await type_keys(user)
        await user.sees("1 row")

        profiles.keyring_answers.set()

        await user.app.workers.wait_for_complete()
        await user.sees("Keys accepted")


async def test_a_keyring_that_cannot_be_used_is_not_offered_and_says_why() -> None:
    profiles = some_profiles(one_row(), keyring_problem="The keyring is switched off.")
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        await user.sees("Forgotten when you quit. The keyring is switched off.")

        await user.press("ctrl+s")
        await type_keys(user)

        await user.sees("1 row")
        assert not profiles.typed[0][1].keep


class SlowKeyring(FakeProfiles):
    """Fake profiles whose keyring replies only when the test permits it."""

    def __init__(self, *offered: OfferedProfile) -> None:
        super().__init__(*offered)
        self.answers = threading.Event()
        self.answered = threading.Event()

    def keyring_problem(self, profile: str) -> str:
        """Wait until the test permits a reply, then return the message that the keyring is locked."""
        self.answers.wait(10)
        self.answered.set()
        return "The keyring is locked."


async def test_a_keyring_that_answers_after_the_dialog_is_closed_changes_nothing() -> None:
    profiles = SlowKeyring(IN_EUROPE)
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        await user.sees("Forgotten when you quit; checking")
        await user.press("escape")
        await user.sees("Welcome to cnm-tui")

        profiles.answers.set()

        await user.until(profiles.answered.is_set)
        await user.app.workers.wait_for_complete()
        assert "Welcome to cnm-tui" in user.screen()


async def test_what_is_pasted_loses_its_line_ends_and_blanks() -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row())) as user:
        await open_dialog(user)
        box = user.app.screen.query(KeyInput).first()

        user.app.post_message(Paste(f"  {API_KEY}\r\n \t"))

        await user.until(lambda: box.value)
        assert box.value == API_KEY


async def test_a_key_pasted_over_the_sites_goes_where_nobody_sees_it() -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row(), UNKNOWN_SITE)) as user:
        await open_dialog(user)
        box = user.app.screen.query(KeyInput).first()

        user.app.post_message(Paste(f"{API_KEY}\n"))

        await user.until(lambda: box.value == API_KEY)
        await user.sees("*" * len(API_KEY))
        assert API_KEY not in user.screen()


async def test_a_site_pasted_over_the_sites_is_chosen() -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row(), UNKNOWN_SITE)) as user:
        await open_dialog(user)

        user.app.post_message(Paste("us5.datadoghq.com\n"))

        await user.sees("Sign in to us5.datadoghq.com")


@pytest.mark.parametrize("copying", ["ctrl+c", "ctrl+x", "super+c"])
async def test_nothing_copies_from_the_box_of_a_key(copying: str) -> None:
    async with exploring(connect=no_keys, profiles=some_profiles(one_row())) as user:
        await open_dialog(user)
        await user.type(API_KEY)
        box = user.app.screen.query(KeyInput).first()
        box.action_select_all()

        await user.press(copying)
        await user.press("end")

        assert user.app.clipboard == ""
        assert user.sent == []
        assert box.value == API_KEY


async def test_a_key_is_in_no_box_and_no_repr_once_it_was_asked_with() -> None:
    profiles = some_profiles(one_row())
    async with exploring(connect=no_keys, profiles=profiles) as user:
        await open_dialog(user)
        dialog = user.app.screen
        boxes = list(dialog.query(KeyInput))

        await type_keys(user)

        await user.sees("1 row")
        assert [box.value for box in boxes] == ["", ""]
        held = (user.main.__dict__, user.main.session.__dict__, user.main.features.profiles.__dict__)
        assert API_KEY not in repr((dialog, boxes, profiles.typed, held))
        assert not user.main.features.searches.past


async def test_no_command_takes_a_picture_of_the_screen() -> None:
    async with exploring(one_row()) as user:
        await user.sees("1 row")

        commands = [command.title.lower() for command in user.app.get_system_commands(user.main)]

        assert "sign in …" in commands
        assert not [title for title in commands if "screenshot" in title]
