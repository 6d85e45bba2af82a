"""Test where cnm-tui searches for API keys and the site, in which order, and how the results are combined."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnm_tui.core.errors import CredentialsMissing, StoreFailed
from cnm_tui.core.service import AccessToken, KeyPair, Secret
from cnm_tui.core.settings import Profile
from cnm_tui.store.key_names import KeyCommandFailed
from cnm_tui.store.keychain import Found, forget, found_credentials, save, status
from cnm_tui.store.os_keyring import KeyringUnusable
from tests.store.conftest import MemoryKeyring, SecretService

PATH = {"PATH": os.environ.get("PATH", "")}
PAIR = KeyPair(Secret("0123api"), Secret("4567app"))
COMMANDS = Profile(api_key_command=("echo", "by-command-1"), app_key_command=("echo", "by-command-2"))


def found(said: Profile = COMMANDS, profile: str = "default", **environ: str) -> Found:
    return found_credentials({**PATH, **environ}, profile, said)


def test_a_command_goes_before_the_keyring_which_is_not_even_imported() -> None:
    program = (
        "import os, sys; from cnm_tui.core.settings import Profile\n"
        "from cnm_tui.store.keychain import found_credentials\n"
        "said = Profile(api_key_command=('echo', 'a'), app_key_command=('echo', 'b'))\n"
        "found_credentials({'PATH': os.environ['PATH']}, 'default', said); sys.exit('keyring' in sys.modules)"
    )

    assert found().origins == {"API key": "api_key_command", "application key": "app_key_command"}
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_environment_goes_before_commands_which_are_not_even_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    said = Profile(api_key_command=("touch", str(ran)), app_key_command=("touch", str(ran)))

    assert found(said, DD_API_KEY="0123api", DD_APP_KEY="4567app").credentials == PAIR
    assert not ran.exists()


def test_half_a_pair_is_completed_by_a_command(memory_keyring: MemoryKeyring) -> None:
    half = found(COMMANDS._replace(api_key_command=()), DD_API_KEY="0123api")

    assert half.credentials == KeyPair(Secret("0123api"), Secret("by-command-2"))


def test_half_a_pair_by_a_command_says_where_it_is_from(memory_keyring: MemoryKeyring) -> None:
    with pytest.raises(CredentialsMissing, match="There is an API key, from api_key_command, but no application key"):
        found(COMMANDS._replace(app_key_command=()))


def test_a_token_by_a_command_is_enough() -> None:
    said = Profile(access_token_command=("echo", "ddpat_1"))

    assert found(said).credentials == AccessToken(Secret("ddpat_1"))


def test_a_personal_token_in_place_of_the_application_key_goes_with_an_api_key_or_alone(
    memory_keyring: MemoryKeyring,
) -> None:
    with_key = found(Profile(), DD_API_KEY="0123api", DD_APP_KEY="ddpat_1").credentials
    alone = found(Profile(), DD_APP_KEY="ddpat_1").credentials

    assert with_key == KeyPair(Secret("0123api"), Secret("ddpat_1"))
    assert alone == AccessToken(Secret("ddpat_1"))


def test_a_command_that_fails_is_not_silently_replaced_by_the_keyring(memory_keyring: MemoryKeyring) -> None:
    save("default", PAIR, None)

    with pytest.raises(KeyCommandFailed, match="api_key_command: false failed"):
        found(COMMANDS._replace(api_key_command=("false",)))


def test_what_a_command_prints_and_no_key_is_not_shown() -> None:
    with pytest.raises(KeyCommandFailed) as caught:
        found(COMMANDS._replace(app_key_command=("echo", "two words")))

    assert str(caught.value) == "app_key_command: what it printed is no application key."


def test_the_file_is_last_and_is_there_only_for_who_chose_it(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    save("default", PAIR, "datadoghq.eu", in_file=True)
    from_file = found(Profile())
    memory_keyring.kept["cnm-tui", "default/api_key"] = "kept1"

    assert (from_file.credentials, from_file.site) == (PAIR, "datadoghq.eu")
    assert from_file.origins == {"API key": "file", "application key": "file", "site": "file"}
    assert found(Profile()).origins["API key"] == "keyring"


def test_nothing_goes_into_a_file_because_the_keyring_is_missing(no_keyring: None, own_home: Path) -> None:
    with pytest.raises(KeyringUnusable):
        save("default", PAIR, None)

    assert [path for path in own_home.rglob("*") if path.is_file()] == []


def test_keys_are_kept_in_one_place_at_a_time(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    save("default", PAIR, None)
    save("default", PAIR, None, in_file=True)
    in_file = dict(memory_keyring.kept)
    save("default", PAIR, None)

    assert in_file == {}
    assert [path for path in own_home.rglob("*.json") if path.is_file()] == []


def test_forgetting_removes_the_file_where_there_is_no_keyring(no_keyring: None, own_home: Path) -> None:
    save("default", PAIR, None, in_file=True)

    (removed,) = forget("default")

    assert removed.startswith("the file ")
    assert not list(own_home.rglob("*.json"))


def test_forgetting_says_that_a_locked_keyring_may_still_hold_keys(secret_service: SecretService) -> None:
    save("default", PAIR, None, in_file=True)
    secret_service.lock()

    with pytest.raises(KeyringUnusable, match=r"The keyring is locked.* Removed: the file ") as caught:
        forget("default")

    assert caught.value.hint == "Whatever it holds stays there: log out again where it can be used."


def test_a_keyring_that_is_not_to_be_used_keeps_what_it_has(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    save("default", PAIR, None)
    kept = dict(memory_keyring.kept)

    save("default", PAIR, None, in_file=True, use_keyring=False)
    (removed,) = forget("default", use_keyring=False)

    assert memory_keyring.kept == kept
    assert removed.startswith("the file ")


def test_without_the_keyring_nothing_of_it_is_found(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    save("default", PAIR, None)

    with pytest.raises(CredentialsMissing):
        found_credentials(PATH, use_keyring=False)


def test_whoever_is_sent_to_store_keys_is_told_for_which_profile(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    with pytest.raises(CredentialsMissing) as caught:
        found(Profile(), "lab")

    assert "keep them by `cnm-tui auth login --profile lab`" in caught.value.hint


def test_two_profiles_of_a_real_service_do_not_see_each_other(secret_service: SecretService) -> None:
    save("prod", PAIR, "datadoghq.eu")
    save("lab", AccessToken(Secret("ddpat_1")), None)

    assert found(Profile(), "prod").credentials == PAIR
    assert found(Profile(), "lab").credentials == AccessToken(Secret("ddpat_1"))
    assert forget("lab") == ("access token",)
    assert found(Profile(), "prod").site == "datadoghq.eu"


EU = "datadoghq.eu"
US5 = "us5.datadoghq.com"


@pytest.mark.parametrize(
    ("environ", "said", "asked"),
    [
        ({"DD_SITE": EU, "DD_API_KEY": "a", "DD_APP_KEY": "b"}, Profile(site=US5), (EU, None)),
        ({"DD_API_KEY": "a", "DD_APP_KEY": "b"}, Profile(site=US5), (US5, None)),
        ({"DD_SITE": EU}, COMMANDS._replace(site=US5), (US5, None)),
        ({"DD_SITE": EU}, COMMANDS, (EU, None)),
        ({"DD_SITE": EU}, COMMANDS._replace(api_url="https://example.com"), (None, "https://example.com")),
    ],
)
def test_a_site_goes_with_the_keys_it_stands_beside(
    environ: dict[str, str], said: Profile, asked: tuple[str | None, str | None]
) -> None:
    credentials = found(said, **environ)

    assert (credentials.site, credentials.api_url) == asked


def test_a_profile_that_cannot_be_told_is_not_asked_elsewhere() -> None:
    broken = COMMANDS._replace(problem="settings.toml, line 2: no site.")

    with pytest.raises(StoreFailed, match="line 2: no site"):
        found(broken)
    with pytest.raises(StoreFailed, match="line 2: no site"):
        found(broken, DD_API_KEY="a", DD_APP_KEY="b")
    assert found(broken, DD_API_KEY="a", DD_APP_KEY="b", DD_SITE=EU).site == EU


def test_the_status_tells_commands_and_file_apart(no_keyring: None, own_home: Path) -> None:
    save("default", PAIR, None, in_file=True)

    told = status("default", PATH, COMMANDS._replace(app_key_command=(), site=EU))

    assert told.origins == {
        "API key": "api_key_command",
        "application key": "file",
        "access token": "",
        "site": "settings.toml",
    }
    assert told.site == EU


def test_the_status_goes_on_after_a_command_that_fails(no_keyring: None) -> None:
    told = status("default", PATH, COMMANDS._replace(api_key_command=("false",)))

    assert str(told.outcome) == "api_key_command: false failed with exit status 1."
    assert told.origins["application key"] == "app_key_command"


def test_the_status_runs_no_command_for_keys_that_the_environment_has(tmp_path: Path, no_keyring: None) -> None:
    ran = tmp_path / "ran"
    said = Profile(access_token_command=("touch", str(ran)))

    told = status("default", {**PATH, "DD_API_KEY": "a", "DD_APP_KEY": "b"}, said)

    assert told.origins["access token"] == "access_token_command"
    assert not ran.exists()


def test_the_status_leaves_the_keyring_alone_where_told_to(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    save("default", PAIR, None)

    told = status("default", PATH, use_keyring=False)

    assert (told.keyring, told.unusable, told.origins["API key"]) == ("", None, "")


def test_the_status_runs_each_command_once_and_tells_of_each(tmp_path: Path, no_keyring: None) -> None:
    ran = tmp_path / "ran"
    failing = ("sh", "-c", f"echo >>{ran}; exit 1")

    told = status("default", PATH, Profile(api_key_command=failing, app_key_command=failing))

    assert isinstance(told.outcome, KeyCommandFailed)
    assert told.outcome.sentence.startswith("api_key_command: sh failed")
    assert [sentence.partition(":")[0] for sentence in told.problems] == ["app_key_command"]
    assert len(ran.read_text(encoding="utf-8").splitlines()) == 2


def test_the_status_goes_by_the_site_that_is_asked_whatever_else_is_stored(memory_keyring: MemoryKeyring) -> None:
    save("default", AccessToken(Secret("ddpat_1")), EU)

    told = status("default", PATH, COMMANDS)

    assert (told.origins["access token"], told.site) == ("keyring", None)
    assert found().site is None
