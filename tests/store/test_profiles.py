"""Test the profiles that the screen offers: their Datadog sites, their API keys, and the storing of keys."""

import pytest

from cnm_tui.core.errors import CredentialsMissing, StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.service import AccessToken, KeyPair, Secret
from cnm_tui.core.settings import Profile, Settings
from cnm_tui.core.sign_in import SignIn
from cnm_tui.options import SourceOptions
from cnm_tui.profiles import KnownProfiles
from tests.program import demo_url
from tests.store.conftest import MemoryKeyring

KEYS = KeyPair(Secret("an-api-key"), Secret("an-application-key"))
SETTINGS = Settings(
    profiles={
        "prod": Profile(site="datadoghq.eu", accent="#d70000", api_key_command=("pass", "show", "dd")),
        "local": Profile(api_url="http://127.0.0.1:8080"),
    }
)
STARTED = SourceOptions(False, "default", None, None)


def some_profiles(place: SourceOptions = STARTED, **environ: str) -> KnownProfiles:
    return KnownProfiles(place._replace(settings=SETTINGS), environ)


def test_profiles_of_the_settings_are_offered_and_that_of_the_start() -> None:
    offered = some_profiles().offered()

    assert [(one.name, one.where, one.site, one.keys_from) for one in offered] == [
        ("prod", "datadoghq.eu", "datadoghq.eu", "a command"),
        ("local", "127.0.0.1:8080", None, "the keyring, if there"),
        ("default", "as kept with the keys", None, "the keyring, if there"),
    ]
    assert [one.has_own_server for one in offered] == [False, True, False]
    assert [one.accent for one in offered] == ["#d70000", "", ""]


def test_the_usual_profile_is_that_of_the_settings_whichever_is_begun_with() -> None:
    profiles = KnownProfiles(STARTED._replace(profile="local", settings=SETTINGS._replace(profile="prod")), {})

    assert (profiles.usual, profiles.first) == ("prod", "local")


def test_the_one_in_use_is_offered_though_nobody_wrote_it_down() -> None:
    assert [one.name for one in some_profiles().offered("mine")][-1] == "mine"


def test_a_site_of_the_environment_is_known_and_what_is_none_is_not() -> None:
    assert some_profiles(DD_SITE="us5.datadoghq.com").offered()[-1].site == "us5.datadoghq.com"
    assert some_profiles(DD_SITE="\x1b[31m").offered()[-1].site is None


@pytest.mark.parametrize("environ", [{"DD_ACCESS_TOKEN": "t"}, {"DD_API_KEY": "k", "DD_APP_KEY": "k"}])
def test_keys_of_the_environment_come_first(environ: dict[str, str]) -> None:
    offered = some_profiles(STARTED, **environ).offered()

    assert {one.keys_from for one in offered} == {"environment"}
    assert offered[-1].where == "datadoghq.com"


def test_the_site_of_the_environment_is_that_of_the_keys_there_whatever_is_set() -> None:
    keys = {"DD_API_KEY": "k", "DD_APP_KEY": "k"}

    prod = some_profiles(STARTED, DD_SITE="us5.datadoghq.com", **keys).offered()[0]

    assert (prod.name, prod.where, prod.site) == ("prod", "us5.datadoghq.com", "us5.datadoghq.com")
    assert some_profiles(DD_SITE="us5.datadoghq.com").offered()[0].site == "datadoghq.eu"


def test_a_keyring_that_is_left_alone_is_not_said_to_have_keys() -> None:
    offered = some_profiles(STARTED._replace(use_keyring=False)).offered()

    assert offered[-1].keys_from == "a file, if there"


def test_the_site_beside_keys_of_the_environment_is_asked_whatever_the_profile_says() -> None:
    profiles = some_profiles(STARTED, DD_API_KEY="k", DD_APP_KEY="k", DD_SITE="us5.datadoghq.com")

    assert {(one.where, one.has_own_server) for one in profiles.offered()} == {("us5.datadoghq.com", False)}
    assert profiles.connect("local").site == profiles.connect("prod").site == "us5.datadoghq.com"


def test_keys_that_are_typed_for_a_site_go_there_and_nowhere_else(no_keyring: None) -> None:
    profiles = some_profiles(STARTED, DD_API_KEY="k", DD_APP_KEY="k", DD_SITE="us5.datadoghq.com")

    source = profiles.sign_in("local", SignIn(KEYS, "ap2.datadoghq.com"))

    assert source.site == "ap2.datadoghq.com"
    assert {one.name: one.where for one in profiles.offered()}["local"] == "ap2.datadoghq.com"


def test_options_of_the_start_are_about_the_profile_of_the_start_alone() -> None:
    profiles = some_profiles(SourceOptions(False, "prod", "ap1.datadoghq.com", None))

    assert {one.name: one.where for one in profiles.offered("other")} == {
        "prod": "ap1.datadoghq.com",
        "local": "127.0.0.1:8080",
        "other": "as kept with the keys",
    }


def test_the_demo_is_asked_as_nobody_and_signed_in_from_for_the_profile_of_the_start() -> None:
    profiles = some_profiles(SourceOptions(True, "prod", None, None))

    assert (profiles.first_in_use, profiles.first) == ("", "prod")
    assert profiles.offered()[0].where == "datadoghq.eu"


def test_the_label_of_a_source_names_profile_and_site() -> None:
    profiles = some_profiles(DD_API_KEY="k", DD_APP_KEY="k")

    assert profiles.connect("prod").label == "prod (datadoghq.eu)"
    assert profiles.connect("local").label == "local (127.0.0.1:8080)"


def test_typed_keys_are_held_for_their_profile_until_they_are_refused(no_keyring: None) -> None:
    profiles = some_profiles()

    source = profiles.sign_in("prod", SignIn(KEYS, "ap2.datadoghq.com"))

    assert (source.label, source.site) == ("prod (ap2.datadoghq.com)", "ap2.datadoghq.com")
    assert source.holds_key("an-api-key")
    again = profiles.connect("prod")
    assert (again.label, again.holds_key("an-api-key")) == ("prod (ap2.datadoghq.com)", True)
    assert {one.name: (one.site, one.keys_from) for one in profiles.offered()}["prod"] == (
        "ap2.datadoghq.com",
        "typed in this run",
    )
    assert "an-api-key" not in repr(vars(profiles))
    profiles.forget("prod")
    with pytest.raises(CredentialsMissing):
        profiles.connect("prod")


def test_keys_of_one_profile_are_not_sent_for_another(no_keyring: None) -> None:
    profiles = some_profiles()

    profiles.sign_in("prod", SignIn(KEYS, "datadoghq.eu"))

    with pytest.raises(CredentialsMissing):
        profiles.connect("local")


async def test_a_server_of_its_own_is_asked_with_what_was_typed() -> None:
    with demo_url() as url:
        profiles = some_profiles(SourceOptions(False, "default", None, url))

        source = profiles.sign_in("default", SignIn(AccessToken(Secret("a-token"))))
        try:
            snapshot = await source.fetch(Query())
        finally:
            await source.aclose()

    assert snapshot.connections


def test_what_is_to_be_kept_is_found_at_the_next_start(memory_keyring: MemoryKeyring) -> None:
    profiles = some_profiles()
    assert profiles.keyring_problem("default") == ""

    profiles.keep("default", SignIn(KEYS, "datadoghq.eu", keep=True))

    assert some_profiles().connect("default").holds_key("an-application-key")


def test_a_keyring_that_is_not_there_is_told_and_keeps_nothing(no_keyring: None) -> None:
    profiles = some_profiles()

    assert profiles.keyring_problem("prod").startswith("There is no keyring on this machine")
    with pytest.raises(StoreFailed):
        profiles.keep("prod", SignIn(KEYS))
