import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from cnm_tui.core.credentials import AccessToken, KeyPair, Secret
from cnm_tui.core.errors import CredentialsMalformed, CredentialsMissing, InvalidQuery, StoreFailed
from cnm_tui.core.settings import Profile
from cnm_tui.store.kept_keys import checked_profile
from cnm_tui.store.key_search import Elsewhere, Found
from cnm_tui.store.keychain import check_storable, forget, found_credentials, save, status
from cnm_tui.store.keys_file import KeysFile
from cnm_tui.store.os_keyring import KeyringUnusable
from tests.store.conftest import MemoryKeyring, SecretService

PAIR = KeyPair(Secret("0123api"), Secret("4567app"))
TOKEN = AccessToken(Secret("ddpat_89ab"))
BOTH_KEYS = {"DD_API_KEY": "0123api", "DD_APP_KEY": "4567app"}


def test_the_environment_alone_is_enough() -> None:
    found = found_credentials({**BOTH_KEYS, "DD_SITE": "datadoghq.eu"}, elsewhere=Elsewhere(use_keyring=False))

    assert found == Found(
        PAIR, "datadoghq.eu", {"API key": "DD_API_KEY", "application key": "DD_APP_KEY", "site": "DD_SITE"}
    )


def test_keyring_is_not_imported_where_the_environment_has_all_keys() -> None:
    program = (
        "import sys; from cnm_tui.store.keychain import found_credentials; "
        "found_credentials({'DD_API_KEY': 'a', 'DD_APP_KEY': 'b'}); sys.exit('keyring' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_token_goes_before_a_pair() -> None:
    found = found_credentials({**BOTH_KEYS, "DD_ACCESS_TOKEN": " ddpat_89ab\n"})

    assert found.credentials == TOKEN
    assert found.site is None


def test_an_empty_variable_is_as_good_as_none(memory_keyring: MemoryKeyring) -> None:
    with pytest.raises(CredentialsMissing, match="There are no keys for the profile default"):
        found_credentials({"DD_API_KEY": "", "DD_APP_KEY": " "})


def test_a_broken_variable_is_named_and_its_value_never_shown() -> None:
    environ = {"DD_API_KEY": "0123api", "DD_APP_KEY": "two words"}

    with pytest.raises(CredentialsMalformed, match="application key in DD_APP_KEY") as caught:
        found_credentials(environ)

    shown = "".join(traceback.TracebackException.from_exception(caught.value).format())
    assert "two words" not in shown + caught.value.sentence


def test_half_a_pair_is_completed_from_the_keyring(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, None)

    found = found_credentials({"DD_APP_KEY": "another"})

    assert found.credentials == KeyPair(Secret("0123api"), Secret("another"))
    assert found.origins == {"API key": "keyring", "application key": "DD_APP_KEY"}


def test_half_a_pair_says_what_is_missing(memory_keyring: MemoryKeyring) -> None:
    with pytest.raises(CredentialsMissing) as caught:
        found_credentials({"DD_API_KEY": "0123api"})

    assert str(caught.value) == "DD_API_KEY is set, but there is no application key to go with it."
    for way_out in ("DD_APP_KEY", "DD_ACCESS_TOKEN", "cnm-tui auth login", "--demo"):
        assert way_out in caught.value.hint


def test_a_site_of_the_environment_goes_before_the_stored_one(memory_keyring: MemoryKeyring) -> None:
    save("default", TOKEN, "datadoghq.eu")

    assert found_credentials({}).site == "datadoghq.eu"
    assert found_credentials({"DD_SITE": "us5.datadoghq.com"}).site == "us5.datadoghq.com"


def test_an_unknown_site_is_refused_before_anything_is_stored(memory_keyring: MemoryKeyring) -> None:
    with pytest.raises(InvalidQuery, match="no Datadog site"):
        save("default", PAIR, "datadog.example")

    assert memory_keyring.kept == {}


@pytest.mark.parametrize("username", ["api_key", "site"])
def test_what_is_no_key_or_site_in_the_keyring_is_reported_and_not_shown(
    memory_keyring: MemoryKeyring, username: str
) -> None:
    save("default", PAIR, "datadoghq.eu")
    memory_keyring.set_password("cnm-tui", f"default/{username}", "two words")

    with pytest.raises(StoreFailed, match="holds something else") as caught:
        found_credentials({})

    assert "two words" not in caught.value.sentence


def test_profiles_do_not_see_each_other(memory_keyring: MemoryKeyring) -> None:
    save("staging", PAIR, None)

    with pytest.raises(CredentialsMissing):
        found_credentials({}, "production")


@pytest.mark.parametrize("name", ["", "a" * 65, "a/b", "a b", "ä", "a\n"])
def test_a_profile_s_name_is_short_and_plain(name: str) -> None:
    with pytest.raises(InvalidQuery, match="cannot be a profile's name"):
        checked_profile(name)


def test_what_is_saved_is_found_in_a_real_secret_service(secret_service: SecretService) -> None:
    save("default", PAIR, "ap1.datadoghq.com")

    found = found_credentials({})

    assert (found.credentials, found.site) == (PAIR, "ap1.datadoghq.com")
    assert secret_service.usernames() == {"default/api_key", "default/application_key", "default/site"}


def test_a_token_takes_the_place_of_a_pair_and_back(secret_service: SecretService) -> None:
    save("default", PAIR, None)
    save("default", TOKEN, None)
    with_token = secret_service.usernames()
    save("default", PAIR, None)

    assert with_token == {"default/access_token"}
    assert secret_service.usernames() == {"default/api_key", "default/application_key"}


def test_new_keys_without_a_site_are_for_the_site_that_is_kept(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, "datadoghq.eu")
    save("default", TOKEN, None)

    assert found_credentials({}).site == "datadoghq.eu"


def test_a_malformed_site_is_named_by_its_variable_and_only_where_it_matters() -> None:
    environ = {**BOTH_KEYS, "DD_SITE": "eu1"}

    with pytest.raises(InvalidQuery, match="DD_SITE: 'eu1' is no Datadog site") as refused:
        found_credentials(environ)

    assert "datadoghq.eu" in refused.value.hint
    assert found_credentials(environ, site_wanted=False).site is None


def test_forgetting_says_what_was_removed(secret_service: SecretService) -> None:
    save("default", PAIR, "datadoghq.eu")
    save("other", TOKEN, None)

    assert forget("default", environ={}).removed == ("API key", "application key", "site")
    assert forget("default", environ={}).removed == ()
    assert secret_service.usernames() == {"other/access_token"}


def test_the_status_tells_origins_and_never_a_key(secret_service: SecretService) -> None:
    save("default", PAIR, None)

    told = status("default", {"DD_APP_KEY": "elsewhere"})

    assert told.origins == {"API key": "keyring", "application key": "DD_APP_KEY", "access token": "", "site": ""}
    assert told.keyring == "keyring.backends.SecretService.Keyring"
    assert "elsewhere" not in repr(told)
    assert "0123api" not in repr(told)


def test_the_status_of_a_machine_without_keyring_says_so(no_keyring: None) -> None:
    told = status("default", BOTH_KEYS)

    assert told.origins["API key"] == "DD_API_KEY"
    assert told.keyring == ""
    assert "There is no keyring on this machine" in told.problem


def test_missing_keys_tell_why_the_keyring_could_not_help(secret_service: SecretService) -> None:
    save("default", PAIR, None)
    secret_service.lock()

    with pytest.raises(CredentialsMissing, match="The keyring is locked"):
        found_credentials({})


def test_nothing_is_saved_without_a_keyring(no_keyring: None) -> None:
    with pytest.raises(KeyringUnusable, match="no keyring on this machine"):
        save("default", PAIR, None)


def test_whether_keys_can_be_stored_is_known_before_anybody_types_them(no_keyring: None) -> None:
    with pytest.raises(KeyringUnusable, match="no keyring on this machine"):
        check_storable("default")
    with pytest.raises(InvalidQuery, match="cannot be a profile's name"):
        check_storable("a/b")


def test_the_status_names_the_site_that_would_be_asked(memory_keyring: MemoryKeyring) -> None:
    nobody_said = status("default", {}).site
    save("default", PAIR, "datadoghq.eu")

    assert nobody_said == "datadoghq.com"
    assert status("default", {}).site == "datadoghq.eu"
    assert status("default", {"DD_SITE": "us5.datadoghq.com"}).site == "us5.datadoghq.com"


def test_a_stored_site_is_not_that_of_keys_from_the_environment(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, "datadoghq.eu")

    told = status("default", BOTH_KEYS)

    assert found_credentials(BOTH_KEYS).site is None
    assert (told.site, told.origins["site"]) == ("datadoghq.com", "")


@pytest.mark.parametrize("environ", [{"DD_SITE": "eu1"}, {}])
def test_the_status_says_that_a_site_is_none(memory_keyring: MemoryKeyring, environ: dict[str, str]) -> None:
    save("default", PAIR, "datadoghq.eu")
    memory_keyring.set_password("cnm-tui", "default/site", "eu1")

    told = status("default", environ)

    assert told.site == ""
    assert "site" in told.problem


def of_settings(**commands: tuple[str, ...]) -> Elsewhere:
    return Elsewhere(Profile(**commands), use_keyring=False)  # type: ignore[arg-type]  # only commands are given


def test_commands_come_after_the_environment_and_before_the_keyring(memory_keyring: MemoryKeyring) -> None:
    save("default", KeyPair(Secret("api-of-keyring"), Secret("app-of-keyring")), None)
    elsewhere = Elsewhere(Profile(api_key_command=("echo", "api-printed"), app_key_command=("echo", "app-printed")))

    found = found_credentials({"DD_API_KEY": "api-of-variable"}, elsewhere=elsewhere)

    assert found.credentials == KeyPair(Secret("api-of-variable"), Secret("app-printed"))
    assert found.origins == {"API key": "DD_API_KEY", "application key": "app_key_command"}


def test_half_a_pair_printed_is_completed_by_the_keyring(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, None)

    found = found_credentials({}, elsewhere=Elsewhere(Profile(api_key_command=("echo", "printed"))))

    assert found.credentials == KeyPair(Secret("printed"), PAIR.application_key)
    assert found.origins == {"API key": "api_key_command", "application key": "keyring"}


def test_a_token_may_be_printed_too() -> None:
    found = found_credentials({}, elsewhere=of_settings(access_token_command=("echo", "ddpat_89ab")))

    assert (found.credentials, found.origins) == (TOKEN, {"access token": "access_token_command"})


def test_no_command_is_run_where_the_environment_has_all_keys(tmp_path: Path) -> None:
    run = ("touch", str(tmp_path / "ran"))

    found_credentials(BOTH_KEYS, elsewhere=of_settings(api_key_command=run, access_token_command=run))

    assert not (tmp_path / "ran").exists()


def test_a_command_that_fails_is_no_reason_to_take_other_keys(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, None)

    with pytest.raises(CredentialsMissing, match="api_key_command: false failed with exit status 1"):
        found_credentials({}, elsewhere=Elsewhere(Profile(api_key_command=("false",))))


def test_what_a_command_prints_that_is_no_key_is_not_shown() -> None:
    with pytest.raises(CredentialsMalformed, match="API key printed by api_key_command") as caught:
        found_credentials({}, elsewhere=of_settings(api_key_command=("echo", "two words")))

    assert "two words" not in caught.value.sentence


def test_the_file_comes_last_and_is_used_only_where_it_is(memory_keyring: MemoryKeyring, tmp_path: Path) -> None:
    file = KeysFile(tmp_path / "keys.json")
    with pytest.raises(CredentialsMissing):
        found_credentials({}, elsewhere=Elsewhere(file=file))
    assert not file.is_there

    save("default", PAIR, "datadoghq.eu", file=file, in_file=True)
    from_file = found_credentials({}, elsewhere=Elsewhere(file=file))
    memory_keyring.set_password("cnm-tui", "default/api_key", "of-keyring")
    mixed = found_credentials({}, elsewhere=Elsewhere(file=file))

    assert (from_file.credentials, from_file.site) == (PAIR, "datadoghq.eu")
    assert set(from_file.origins.values()) == {str(file.path)}
    assert mixed.credentials == KeyPair(Secret("of-keyring"), PAIR.application_key)


def test_keys_that_the_keyring_takes_leave_the_file(memory_keyring: MemoryKeyring, tmp_path: Path) -> None:
    file = KeysFile(tmp_path / "keys.json")
    save("default", PAIR, "datadoghq.eu", file=file, in_file=True)

    save("default", TOKEN, None, file=file)

    assert not file.is_there
    assert found_credentials({}, elsewhere=Elsewhere(file=file)).credentials == TOKEN


def test_nothing_is_kept_in_a_file_because_there_is_no_keyring(no_keyring: None, tmp_path: Path) -> None:
    file = KeysFile(tmp_path / "keys.json")

    with pytest.raises(KeyringUnusable):
        save("default", PAIR, None, file=file)

    assert not file.is_there


def test_the_site_goes_with_the_keys(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, "ap1.datadoghq.com")
    set_for_it = Elsewhere(Profile(site="datadoghq.eu"))
    elsewhere_named = {"DD_SITE": "us5.datadoghq.com"}

    assert found_credentials({}, elsewhere=set_for_it).site == "datadoghq.eu"
    assert found_credentials(elsewhere_named, elsewhere=set_for_it).site == "datadoghq.eu"
    assert found_credentials({**BOTH_KEYS, **elsewhere_named}, elsewhere=set_for_it).site == "us5.datadoghq.com"
    assert found_credentials(BOTH_KEYS, elsewhere=set_for_it).site == "datadoghq.eu"
    assert found_credentials(elsewhere_named).site == "us5.datadoghq.com"


def test_a_server_of_the_settings_is_asked_unless_the_keys_come_with_a_site() -> None:
    lab = Elsewhere(Profile(api_url="http://127.0.0.1:8080"), use_keyring=False)

    assert found_credentials(BOTH_KEYS, elsewhere=lab).api_url == "http://127.0.0.1:8080"
    assert found_credentials({**BOTH_KEYS, "DD_SITE": "datadoghq.eu"}, elsewhere=lab).api_url is None


def test_the_status_names_commands_and_runs_none(no_keyring: None, tmp_path: Path) -> None:
    settings = Profile(api_key_command=("touch", str(tmp_path / "ran")), site="datadoghq.eu")

    told = status("default", {"DD_APP_KEY": "x"}, Elsewhere(settings, use_keyring=False))

    assert told.origins["API key"] == "api_key_command"
    assert (told.site, told.origins["site"]) == ("datadoghq.eu", "settings.toml")
    assert (told.keyring, told.problem) == ("switched off by --no-keyring", "")
    assert not (tmp_path / "ran").exists()


def test_forgetting_names_what_only_the_user_can_remove(memory_keyring: MemoryKeyring, tmp_path: Path) -> None:
    file = KeysFile(tmp_path / "keys.json")
    file.write("default/access_token", Secret("ddpat_89ab"))
    memory_keyring.set_password("cnm-tui", "default/api_key", "0123")
    elsewhere = Elsewhere(Profile(app_key_command=("pass", "x")), file)

    done = forget("default", elsewhere, environ={"DD_SITE": "datadoghq.eu"})

    assert done.removed == ("API key", "access token")
    assert done.left == ("DD_SITE", "app_key_command")
    assert not file.is_there


def test_what_is_in_the_file_is_forgotten_without_a_keyring(no_keyring: None, tmp_path: Path) -> None:
    file = KeysFile(tmp_path / "keys.json")
    file.write("default/api_key", Secret("0123"))

    done = forget("default", Elsewhere(file=file), environ={})

    assert done.removed == ("API key",)
    assert "There is no keyring" in done.problem
    with pytest.raises(KeyringUnusable):
        forget("default", Elsewhere(file=file), environ={})
