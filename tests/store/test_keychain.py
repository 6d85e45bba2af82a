import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    InvalidQuery,
    KeyringShut,
    StoreFailed,
)
from cnm_tui.core.service import AccessToken, KeyPair, Secret
from cnm_tui.store.key_file import KeyFile
from cnm_tui.store.key_names import checked_profile
from cnm_tui.store.keychain import Found, check_storable, forget, found_credentials, save, status
from cnm_tui.store.os_keyring import KeyringUnusable
from tests.store.conftest import MemoryKeyring, SecretService

PAIR = KeyPair(Secret("0123api"), Secret("4567app"))
TOKEN = AccessToken(Secret("ddpat_89ab"))
BOTH_KEYS = {"DD_API_KEY": "0123api", "DD_APP_KEY": "4567app"}


def test_the_environment_alone_is_enough() -> None:
    found = found_credentials({**BOTH_KEYS, "DD_SITE": "datadoghq.eu"}, use_keyring=False)

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

    assert str(caught.value) == "There is an API key, from DD_API_KEY, but no application key to go with it."
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


def test_a_file_that_stays_keeps_nothing_in_the_keyring(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    save("default", PAIR, None)
    folder = KeyFile("default").path.parent
    folder.parent.mkdir()
    folder.symlink_to(own_home)

    with pytest.raises(StoreFailed, match="is a link; it is not used. Removed from the keyring: API key, application"):
        forget("default")

    assert memory_keyring.kept == {}


def test_forgetting_says_what_was_removed(secret_service: SecretService) -> None:
    save("default", PAIR, "datadoghq.eu")
    save("other", TOKEN, None)

    assert forget("default") == ("API key", "application key", "site")
    assert forget("default") == ()
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
    assert str(told.unusable).startswith("There is no keyring on this machine")


def test_missing_keys_tell_why_the_keyring_could_not_help(secret_service: SecretService) -> None:
    save("default", PAIR, None)
    secret_service.lock()

    with pytest.raises(KeyringShut, match="The keyring is locked") as caught:
        found_credentials({})

    assert caught.value.hint.startswith("Unlock it: gnome-keyring-daemon")


def test_nobody_is_sent_to_store_keys_where_there_is_no_keyring(no_keyring: None) -> None:
    with pytest.raises(CredentialsMissing, match="There is no keyring on this machine") as caught:
        found_credentials({})

    assert not isinstance(caught.value, KeyringShut)
    assert "auth login" not in caught.value.hint
    for way_out in ("DD_API_KEY and DD_APP_KEY", "api_key_command", "--demo"):
        assert way_out in caught.value.hint


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

    assert nobody_said is None
    assert status("default", {}).site == "datadoghq.eu"
    assert status("default", {"DD_SITE": "us5.datadoghq.com"}).site == "us5.datadoghq.com"


def test_a_stored_site_is_not_that_of_keys_from_the_environment(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, "datadoghq.eu")

    told = status("default", BOTH_KEYS)

    assert found_credentials(BOTH_KEYS).site is None
    assert (told.site, told.origins["site"]) == (None, "")


@pytest.mark.parametrize("environ", [{"DD_SITE": "eu1"}, {}])
def test_the_status_says_that_a_site_is_none(memory_keyring: MemoryKeyring, environ: dict[str, str]) -> None:
    save("default", PAIR, "datadoghq.eu")
    memory_keyring.set_password("cnm-tui", "default/site", "eu1")

    told = status("default", environ)

    assert told.site is None
    assert isinstance(told.outcome, CnmError)
    assert "site" in str(told.outcome)
