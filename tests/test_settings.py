"""Test how settings affect commands: the profile, its API keys, and the effects of a broken settings file."""

import os
import subprocess
from pathlib import Path

import pytest

from cnm_tui.core.service import KeyPair, Secret
from cnm_tui.core.settings import Profile, Settings
from cnm_tui.options import SourceOptions
from cnm_tui.wiring import source_for
from tests.program import API_KEY, APPLICATION_KEY, KEYS, PROGRAM, Done, environment

pytestmark = pytest.mark.slow

SETTINGS = Settings(profiles={"prod": Profile(site="datadoghq.eu")})


class Home:
    """A home folder with settings, in which a test runs commands one after another."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._settings = home / ".config" / "cnm-tui" / "settings.toml"
        self._settings.parent.mkdir(parents=True)

    def write(self, text: str) -> None:
        self._settings.write_text(text, encoding="utf-8")

    def run(self, *arguments: str, typed: str = "", **environ: str) -> Done:
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=environment(str(self.home), environ), input=typed, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert API_KEY not in done.stdout + done.stderr
        assert APPLICATION_KEY not in done.stdout + done.stderr
        return done


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def profile_by_commands(url: str, name: str = "lab") -> str:
    return (
        f'[profiles.{name}]\napi_url = "{url}"\n'
        f'api_key_command = "echo {API_KEY}"\napp_key_command = ["echo", "{APPLICATION_KEY}"]\n'
    )


def test_a_profile_says_whom_to_ask_and_with_whose_keys(home: Home, url: str) -> None:
    home.write(profile_by_commands(url))

    done = home.run("query", "--profile", "lab", "-n", "1", "-f", "jsonl")

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)


def test_the_profile_of_the_settings_is_the_one_that_nobody_named(home: Home, url: str) -> None:
    home.write('profile = "lab"\n' + profile_by_commands(url))

    assert home.run("query", "-n", "1").returncode == 0
    assert "api_key_command" in home.run("auth", "status").stdout
    assert "api_key_command" not in home.run("auth", "status", "--profile", "other").stdout


def test_a_url_on_the_command_line_goes_before_the_site_of_the_profile(home: Home, url: str) -> None:
    home.write('[profiles.default]\nsite = "datadoghq.eu"\n')

    assert home.run("query", "--api-url", url, "-n", "1", **KEYS).returncode == 0


def test_a_profile_begins_with_its_view_where_nothing_is_asked(home: Home, url: str) -> None:
    home.write(profile_by_commands(url, "default") + 'view = "Top talkers"\n')

    begun = home.run("query", "-f", "csv").stdout.splitlines()[0]
    asked = home.run("query", "-f", "csv", "-n", "7").stdout.splitlines()[0]

    assert begun != asked
    assert begun == home.run("query", "-f", "csv", "--view", "Top talkers").stdout.splitlines()[0]


def test_a_view_that_is_not_there_is_told_with_the_profile_that_wants_it(home: Home) -> None:
    home.write('[profiles.default]\nview = "Gone"\n')

    done = home.run("query")

    assert done.returncode == 2
    assert done.stderr.startswith("cnm-tui: The profile default begins with a view: No view is called 'Gone'.")


def test_what_cannot_be_read_is_named_and_the_rest_counts(home: Home, url: str) -> None:
    home.write('colour = "red"\n' + profile_by_commands(url))

    done = home.run("query", "--profile", "lab", "-n", "1", "-f", "jsonl")

    assert done.returncode == 0
    assert done.stderr.startswith("cnm-tui: settings.toml, line 1: colour: nothing is called so;")


def test_a_file_that_is_no_toml_stops_only_who_depends_on_it(home: Home, url: str) -> None:
    home.write("profile = \n")

    depends = home.run("query", "-n", "1", **KEYS)
    knows = home.run("query", "-n", "1", "--api-url", url, **KEYS)

    assert (depends.returncode, depends.stdout) == (4, "")
    assert "settings.toml cannot be read, line 1: Invalid value. Correct it there." in depends.stderr
    assert len(depends.stderr.splitlines()) == 1
    assert knows.returncode == 0
    assert "settings.toml cannot be read, line 1" in knows.stderr
    assert home.run("query", "-n", "1", "--demo").returncode == 0
    assert home.run("auth", "login").returncode == 4
    assert "settings.toml cannot be read" in home.run("auth", "status").stderr


def test_a_command_that_fails_is_a_failure_of_credentials(home: Home) -> None:
    home.write("[profiles.default]\napi_key_command = \"sh -c 'echo locked >&2; exit 2'\"\napp_key_command = 'true'\n")

    done = home.run("query")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("cnm-tui: api_key_command: sh failed with exit status 2: locked.")


def test_keys_go_into_a_file_only_where_that_is_asked_for_in_so_many_words(home: Home, url: str) -> None:
    typed = f"{API_KEY}\n{APPLICATION_KEY}\n"

    refused = home.run("auth", "login", typed=typed)
    files = [path for path in home.home.rglob("*") if path.is_file()]
    stored = home.run("auth", "login", "--insecure-storage", typed=typed)
    (kept,) = [path for path in home.home.rglob("*") if path.is_file()]
    asked = home.run("query", "--api-url", url, "-n", "1")

    assert (refused.returncode, files) == (4, [])
    assert stored.returncode == 0
    assert "in a file that is not encrypted" in stored.stderr
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert asked.returncode == 0
    assert "API key          file" in home.run("auth", "status").stdout
    os.chmod(kept, 0o644)
    assert home.run("query", "--api-url", url, "-n", "1").returncode == 4


def test_logout_removes_what_was_stored_and_names_what_it_cannot(home: Home, url: str) -> None:
    home.write(profile_by_commands(url, "default"))
    home.run("auth", "login", "--insecure-storage", typed=f"{API_KEY}\n{APPLICATION_KEY}\n")

    done = home.run("auth", "logout", DD_API_KEY="elsewhere")

    assert done.returncode == 0
    assert "Removed: the file " in done.stderr
    assert "Still set in the environment, where only you can remove it: DD_API_KEY." in done.stderr
    assert "Still in settings.toml, where only you can remove it: api_key_command, app_key_command." in done.stderr
    assert not list(home.home.rglob("keys/*.json"))


def test_the_keyring_is_left_alone_where_told_to(home: Home) -> None:
    done = home.run("auth", "status", "--no-keyring")

    assert done.returncode == 3
    assert done.stderr.startswith("cnm-tui: There are no keys for the profile default. Set ")
    assert "keyring in use   none (--no-keyring)" in done.stdout
    assert "There is no keyring" in home.run("query").stderr
    assert "There is no keyring" not in home.run("query", "--no-keyring").stderr


HELD = KeyPair(Secret(API_KEY), Secret(APPLICATION_KEY))


@pytest.mark.parametrize(
    ("options", "environ", "site"),
    [
        (SourceOptions(False, "prod", "us5.datadoghq.com", None, SETTINGS), {}, "us5.datadoghq.com"),
        (SourceOptions(False, "prod", None, None, SETTINGS), {"DD_SITE": "us5.datadoghq.com"}, "datadoghq.eu"),
        (SourceOptions(False, "other", None, None, SETTINGS), {"DD_SITE": "us5.datadoghq.com"}, "us5.datadoghq.com"),
        (SourceOptions(False, "other", None, None, SETTINGS), {}, "datadoghq.com"),
        (SourceOptions(False, "prod", None, "https://example.com", SETTINGS), {}, None),
    ],
)
def test_keys_held_in_memory_are_sent_where_the_options_say(
    options: SourceOptions, environ: dict[str, str], site: str | None
) -> None:
    source = source_for(options, environ, HELD)

    assert source.holds_key(API_KEY)
    assert source.site == site
