"""Test `auth login` with a keyring: its prompts and messages, and the inputs that it refuses."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnm_tui.cli import exit_code, explore
from cnm_tui.core.errors import CnmError, InvalidQuery
from tests.program import API_KEY, APPLICATION_KEY
from tests.store.conftest import MemoryKeyring


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DD_API_KEY", "DD_APP_KEY", "DD_ACCESS_TOKEN", "DD_SITE"):
        monkeypatch.delenv(name, raising=False)


def login(*arguments: str, typed: str | bytes = f"{API_KEY}\n{APPLICATION_KEY}\n") -> Result:
    return CliRunner().invoke(explore, ["auth", "login", *arguments], input=typed, standalone_mode=False)


def test_login_says_which_site_will_be_asked(memory_keyring: MemoryKeyring) -> None:
    without, with_site, again = login(), login("--site", "datadoghq.eu"), login()

    assert "The site in use is datadoghq.com" in without.stderr
    assert "The site in use is datadoghq.eu" in with_site.stderr
    assert "The site in use is datadoghq.eu" in again.stderr


def test_login_stores_keys_under_the_profile(memory_keyring: MemoryKeyring) -> None:
    done = login("--profile", "staging")

    assert memory_keyring.kept["cnm-tui", "staging/api_key"] == API_KEY
    assert API_KEY not in done.output


def test_login_says_where_the_keys_of_the_environment_are_used_instead(
    memory_keyring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = login()
    monkeypatch.setenv("DD_ACCESS_TOKEN", "a-token")
    beside = login()

    said = "Asked with are those of the environment, as long as they are set there."
    assert said not in without.stderr
    assert said in beside.stderr


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("", "The API key is empty."),
        ("\n\n", "The API key is empty."),
        (f"{API_KEY}\n", "The application key is empty."),
        ("two words\n", "That is no API key"),
        (API_KEY.encode("utf-16"), "That is no API key"),
        (b"\xff\xfe\n", "That is no API key"),
    ],
)
def test_login_refuses_what_is_no_key_without_repeating_it(
    memory_keyring: MemoryKeyring, typed: str | bytes, wrong: str
) -> None:
    problem = login(typed=typed).exception

    assert isinstance(problem, CnmError)
    assert exit_code(problem) == 3
    assert wrong in problem.sentence
    assert "two words" not in problem.sentence
    assert memory_keyring.kept == {}


def test_login_without_the_keyring_stores_in_a_file_or_nowhere(memory_keyring: MemoryKeyring, own_home: Path) -> None:
    refused = login("--no-keyring").exception
    stored = login("--no-keyring", "--insecure-storage")

    assert isinstance(refused, InvalidQuery)
    assert refused.hint == "Add --insecure-storage."
    assert "in a file that is not encrypted" in stored.stderr
    assert memory_keyring.kept == {}


def test_a_profile_without_a_name_is_not_taken_for_the_usual_one(memory_keyring: MemoryKeyring) -> None:
    problem = login("--profile", "").exception

    assert isinstance(problem, InvalidQuery)
    assert memory_keyring.kept == {}
