"""Test how a user changes the profile. The same query must be sent to the Datadog site of the new profile.

Rows of the old profile must not be mixed with rows of the new profile.
"""

from dataclasses import replace

import pytest

from cnm_tui.core.errors import CredentialsMissing
from cnm_tui.core.exploration.exploration import Exploration
from cnm_tui.core.joined.profiles import with_profile
from cnm_tui.core.query import Query
from cnm_tui.core.sign_in import OfferedProfile
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui.dialogs.profile_picker import ProfilePicker
from cnm_tui.tui.dialogs.sign_in import SignInScreen
from cnm_tui.tui.widgets.title_bar import TitleBar
from tests.builders import FakeSource, a_connection, a_snapshot
from tests.tui.conftest import User, exploring
from tests.tui.fake_profiles import FakeProfiles

STAGING = OfferedProfile("staging", "datadoghq.com", "the keyring, if there", site="datadoghq.com", accent="#005f00")
PROD = OfferedProfile("prod-eu", "datadoghq.eu", "a command", site="datadoghq.eu", accent="#d70000")
LOCAL = OfferedProfile("local", "127.0.0.1:8080", "environment", has_own_server=True)


def rows_of(*clients: str) -> Snapshot:
    return a_snapshot(*(a_connection(groups=((client,), ("store",))) for client in clients))


def staging() -> FakeSource:
    return FakeSource(rows_of("web", "mail"), rows_of("web"), label="staging (datadoghq.com)")


def prod() -> FakeSource:
    return FakeSource(rows_of("payments"), label="prod-eu (datadoghq.eu)")


def some_profiles(**sources: FakeSource | Exception) -> FakeProfiles:
    profiles = FakeProfiles(STAGING, PROD, LOCAL)
    profiles.sources.update(sources)  # type: ignore[arg-type]  # sources and failures
    return profiles


async def go_to(user: User, typed: str) -> None:
    await user.press("P")
    await user.until(lambda: isinstance(user.app.screen, ProfilePicker) and user.app.screen.is_mounted)
    await user.type(typed)
    await user.press("enter")


async def test_profiles_are_listed_with_whom_they_ask_and_where_their_keys_come_from() -> None:
    async with exploring(staging(), profiles=some_profiles()) as user:
        await user.sees("2 rows")

        await user.press("P")

        await user.sees("enter switches")
        assert user.line_with("* staging").split("│")[1].split() == [
            *("*", "staging", "datadoghq.com"),
            *("the", "keyring,", "if", "there"),
        ]
        assert user.line_with("prod-eu").split("│")[1].split() == ["prod-eu", "datadoghq.eu", "a", "command"]
        assert user.line_with("local").split("│")[1].split() == ["local", "127.0.0.1:8080", "environment"]


@pytest.mark.parametrize("size", [(60, 15), (80, 24)], ids=str)
async def test_keys_of_the_environment_are_said_to_go_before_those_of_any_profile(size: tuple[int, int]) -> None:
    async with exploring(staging(), profiles=some_profiles(), size=size) as user:
        await user.sees("2 rows")

        await user.press("P")

        await user.sees("Keys in the environment win over those of a profile.")
        assert "esc cancels" in user.screen()


async def test_where_none_are_in_the_environment_nothing_is_said_of_it() -> None:
    async with exploring(staging(), profiles=FakeProfiles(STAGING, PROD)) as user:
        await user.sees("2 rows")

        await user.press("P")

        await user.sees("enter switches")
        assert "environment" not in user.screen()


async def test_where_no_profile_is_in_use_as_in_the_demo_none_is_said_to_be() -> None:
    async with exploring(staging(), profiles=some_profiles()) as user:
        await user.sees("2 rows")
        user.main.session.profile = ""

        await user.press("P")

        await user.sees("Changing the profile drops the current rows.")
        assert "*" not in user.line_with("prod-eu")
        assert "in use" not in user.screen()


async def test_of_the_profile_in_use_the_site_is_known_that_was_kept_with_its_keys() -> None:
    source = staging()
    source.site = "ap1.datadoghq.com"
    offered = OfferedProfile("mine", "as kept with the keys", "the keyring, if there")
    async with exploring(source, profiles=FakeProfiles(offered)) as user:
        await user.sees("2 rows")

        await user.press("P")
        await user.sees("* mine")
        assert "ap1.datadoghq.com" in user.line_with("* mine")
        await user.press("ctrl+s")

        await user.sees("Sign in to ap1.datadoghq.com: profile mine")


async def test_another_profile_is_asked_the_same_and_the_source_before_is_closed() -> None:
    before, after = staging(), prod()
    async with exploring(before, profiles=some_profiles(**{"prod-eu": after})) as user:
        await user.sees("2 rows")

        await go_to(user, "prod")

        await user.sees("payments")
        await user.until(lambda: "prod-eu (datadoghq.eu)" in user.screen().splitlines()[0])
        assert after.asked == before.asked
        await user.until(lambda: before.closed)
        assert not after.closed


async def test_rows_and_marks_of_one_profile_are_never_shown_as_those_of_another() -> None:
    after = FakeSource(label="prod-eu (datadoghq.eu)")
    async with exploring(staging(), profiles=some_profiles(**{"prod-eu": after})) as user:
        await user.sees("2 rows")
        await user.press("space")
        await user.sees("1 marked")

        await go_to(user, "prod")

        await user.until(lambda: after.waiting)
        await user.sees("prod-eu (datadoghq.eu)")
        assert "store" not in user.screen()
        assert user.main.exploration.marked == frozenset()


async def test_back_leads_to_no_row_of_another_profile() -> None:
    narrowed = a_snapshot(a_connection(), query=Query(search="client_service:web"))
    before = FakeSource(rows_of("web", "mail"), narrowed, label="staging (datadoghq.com)")
    async with exploring(before, profiles=some_profiles(**{"prod-eu": prod()})) as user:
        await user.sees("2 rows")
        await user.press("plus")
        await user.until(lambda: len(user.main.exploration.history.before) == 1)
        await go_to(user, "prod")
        await user.sees("payments")

        await user.press("backspace")

        await user.sees("There is no earlier question.")
        assert "payments" in user.screen()


async def test_the_way_down_in_one_profile_is_gone_while_another_is_asked() -> None:
    narrowed = a_snapshot(a_connection(), query=Query(search="client_service:web"))
    before = FakeSource(rows_of("web", "mail"), narrowed, label="staging (datadoghq.com)")
    after = FakeSource(label="prod-eu (datadoghq.eu)")
    async with exploring(before, profiles=some_profiles(**{"prod-eu": after})) as user:
        await user.sees("2 rows")
        await user.press("plus")
        await user.sees("everything » web")

        await go_to(user, "prod")

        await user.until(lambda: after.waiting)
        await user.until(lambda: "everything » web" not in user.screen())


async def test_an_answer_that_comes_after_going_elsewhere_is_not_shown() -> None:
    before, after = FakeSource(label="staging (datadoghq.com)"), prod()
    async with exploring(before, profiles=some_profiles(**{"prod-eu": after})) as user:
        await user.until(lambda: before.waiting)

        await go_to(user, "prod")

        await user.sees("payments")
        assert before.waiting == 0


@pytest.mark.parametrize("keys", [("m", "enter"), ("I",)], ids=["to compare with", "the other way"])
async def test_what_was_asked_besides_is_not_waited_for_elsewhere(keys: tuple[str, ...]) -> None:
    query = Query(search="client_service:web")
    before, after = FakeSource(replace(rows_of("web"), query=query), label="staging (datadoghq.com)"), prod()
    exploration = Exploration(query, refresh_seconds=None)
    async with exploring(before, exploration=exploration, profiles=some_profiles(**{"prod-eu": after})) as user:
        await user.sees("1 row")
        for key in keys:
            await user.press(key)
        await user.until(lambda: before.waiting == 1)

        await go_to(user, "prod")

        await user.sees("payments")
        assert before.waiting == 0


async def test_completion_offers_no_value_of_the_place_before() -> None:
    after = FakeSource(label="prod-eu (datadoghq.eu)")
    async with exploring(staging(), profiles=some_profiles(**{"prod-eu": after})) as user:
        await user.sees("2 rows")
        await user.press("e")
        await user.type("client_service:w")
        await user.sees("client_service:web")
        await user.press("escape")
        await go_to(user, "prod")
        await user.until(lambda: after.waiting)

        await user.press("e")
        await user.type("client_service:w")

        await user.until(lambda: user.main.focused is not None and "client_service:w" in user.screen())
        await user.pilot.pause()
        assert "client_service:web" not in user.screen()


async def test_without_keys_for_the_other_profile_they_are_asked_for_and_the_rows_stay_until_then() -> None:
    profiles = some_profiles(**{"prod-eu": CredentialsMissing("There are no keys for the profile prod-eu.")})
    profiles.sources["prod-eu signed in"] = prod()
    async with exploring(staging(), profiles=profiles) as user:
        await user.sees("2 rows")

        await go_to(user, "prod")
        await user.sees("There are no keys for the profile prod-eu.")
        await user.sees("Sign in to datadoghq.eu: profile prod-eu")
        await user.press("escape")
        await user.sees("staging (datadoghq.com)")
        assert "mail" in user.screen()

        await go_to(user, "prod")
        await user.until(lambda: isinstance(user.app.screen, SignInScreen) and user.app.screen.focused is not None)
        await user.type("key")
        await user.press("enter")
        await user.type("other")
        await user.press("enter")
        await user.sees("payments")


async def test_keys_can_be_typed_for_a_profile_that_has_some() -> None:
    profiles = some_profiles()
    profiles.sources["prod-eu signed in"] = prod()
    async with exploring(staging(), profiles=profiles) as user:
        await user.sees("2 rows")
        await user.press("P")
        await user.sees("ctrl+s signs in")
        await user.type("prod")

        await user.press("ctrl+s")

        await user.sees("Sign in to datadoghq.eu: profile prod-eu")


async def test_the_accent_of_a_profile_is_painted_under_its_name_in_letters_that_can_be_read() -> None:
    after = prod()
    async with exploring(staging(), profiles=some_profiles(**{"prod-eu": after})) as user:
        await user.sees("2 rows")
        assert painted(user, " staging (datadoghq.com) ") == ("#ffffff", "#005f00")

        await go_to(user, "prod")

        await user.sees("payments")
        await user.until(lambda: " prod-eu (datadoghq.eu) " in user.screen())
        assert painted(user, " prod-eu (datadoghq.eu) ") == ("#ffffff", "#d70000")


async def test_without_an_accent_the_usual_colours_are_used() -> None:
    there = FakeSource(label="local (127.0.0.1:8080)")
    async with exploring(staging(), profiles=some_profiles(local=there)) as user:
        await user.sees("2 rows")

        await go_to(user, "local")

        await user.until(lambda: "local (127.0.0.1:8080)" in user.screen().splitlines()[0])
        foreground, background = painted(user, "local (127.0.0.1:8080)")
        assert background == painted(user, " cnm-tui · ")[1] != "#005f00"
        assert foreground


def painted(user: User, text: str) -> tuple[str, str]:
    """Return the foreground colour and the background colour of this text in the title bar."""
    strip = user.main.query_one(TitleBar).render_line(0)
    style = next(segment.style for segment in strip if segment.text == text)
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    return style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex


async def test_marked_profiles_are_asked_together_and_one_profile_again_is_asked_alone() -> None:
    one, other = FakeSource(rows_of("web"), label="staging"), FakeSource(rows_of("web"), label="prod-eu")
    async with exploring(staging(), profiles=some_profiles(staging=one, **{"prod-eu": other})) as user:
        await user.sees("2 rows")
        await user.press("P")
        await user.sees("enter switches")

        await user.press("space")
        await user.sees("enter asks staging and this one together.")
        await user.press("enter")
        await user.sees("staging + prod-eu")

        await user.sees("2 rows")
        assert user.main.session.exploration.query == with_profile(Query())
        assert one.asked[0].group_bys == other.asked[0].group_bys == Query().group_bys
        await user.press("G")
        await user.sees("Neighbours of")
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.main)

        one.will_answer(rows_of("web", "mail", "cart"))
        await go_to(user, "staging")
        await user.sees("3 rows")
        assert user.main.session.exploration.query == Query()
