"""Test cnm-tui without a valid home folder. Everything except storing files works, and a message says this."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import platformdirs
import platformdirs.macos
import pytest

from cnm_tui import state_files
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.settings import NOTHING_SET
from cnm_tui.core.table.table import Arrangement
from cnm_tui.options import USUAL, SourceOptions
from cnm_tui.startup import read_settings
from cnm_tui.store.export_file import path_of
from cnm_tui.store.files import config_directory, ignore_relative_places, state_directory
from tests.program import KEYS, Done

pytestmark = pytest.mark.slow

NO_HOME = "There is no home directory to remember things in. Set HOME to a folder of yours."
WRONG = [None, "", "rel", "~x"]
# As of a user id that a container was given: nobody knows where its home would be.
NOBODY_KNOWN = "import pwd; pwd.getpwuid = lambda uid: {}[uid]; from cnm_tui.cli import main; main()"
XDG = ("XDG_CONFIG_HOME", "XDG_STATE_HOME")


def run(folder: Path, *arguments: str, home: str | None = None, typed: str = "", **variables: str) -> Done:
    """Run cnm-tui as a user whom the system does not know, and check that no file is left in the folder."""
    named = {} if home is None else {"HOME": home}
    done = subprocess.run(
        [sys.executable, "-c", NOBODY_KNOWN, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **named, **variables},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []
    return done


@pytest.fixture
def unknown_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    for name in ("HOME", *XDG):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("home", WRONG)
def test_rows_come_without_a_word(tmp_path: Path, home: str | None) -> None:
    done = run(tmp_path, "query", "--demo", "-n", "7500", home=home)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") > 100


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["query", "--demo", "--resume"], 4, NO_HOME),
        (["auth", "login", "--token", "--insecure-storage"], 4, NO_HOME),
        (["auth", "login", "--token"], 4, "There is no keyring on this machine (it needs a home directory)."),
        (["auth", "status"], 3, "There are no keys for the profile default."),
        (["auth", "logout", "--no-keyring"], 0, "The profile default had nothing stored in a file."),
        (["doctor", "--demo"], 0, ""),
        (["config", "path"], 4, NO_HOME),
        (["config", "init"], 4, NO_HOME),
        (["insights", "--demo"], 0, "from DEMO"),
        (["completion", "bash"], 0, ""),
    ],
)
def test_each_command_says_so_in_a_sentence_where_it_matters(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    done = run(tmp_path, *arguments, home="~x", typed="0123456789abcdef\n")

    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") <= 1


def test_keys_of_the_environment_are_found(tmp_path: Path) -> None:
    done = run(tmp_path, "query", "--api-url", "http://127.0.0.1:1", home="rel", **KEYS)

    assert done.returncode == 1
    assert "refused" in done.stderr


def test_a_relative_xdg_folder_is_not_looked_into(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / "config" / "cnm-tui").mkdir(parents=True)
    settings = repository / "config" / "cnm-tui" / "settings.toml"
    settings.write_text('[profiles.default]\naccess_token_command = "touch ran"\n')
    (repository / "config" / "python_keyring").mkdir()
    (repository / "config" / "python_keyring" / "keyringrc.cfg").write_text(
        "[backend]\ndefault-keyring = planted.Keyring\nkeyring-path = .\n"
    )
    (repository / "planted.py").write_text("open('ran', 'w')\n")

    done = subprocess.run(
        [sys.executable, "-P", "-m", "cnm_tui", "auth", "status"],
        cwd=repository,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "."},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3
    assert sorted(path.name for path in repository.iterdir()) == ["config", "planted.py"]


@pytest.mark.usefixtures("unknown_user")
def test_nothing_is_remembered_and_nothing_ends(capsys: pytest.CaptureFixture[str]) -> None:
    left = USUAL._replace(arrangement=Arrangement(widths=(("client_service", 10),)))

    assert read_settings() is NOTHING_SET
    assert state_files.recalled_fields() == ()
    assert state_files.remembered_fields(("team",)) == ("team",)
    state_files.remember(USUAL, left, demo=True)

    assert capsys.readouterr().err == f"cnm-tui: {NO_HOME}\n"


@pytest.mark.usefixtures("unknown_user")
@pytest.mark.parametrize(
    "need",
    [
        state_files.views_file,
        state_files.recent_fields,
        state_files.copied_file,
        lambda: state_files.last_question(demo=True),
        lambda: state_files.search_history(demo=False),
        lambda: state_files.stored_question(None, True, SourceOptions(True, "default", None, None)),
        lambda: path_of("~/x.csv"),
    ],
)
def test_what_needs_a_place_says_that_there_is_none(need: Callable[[], object]) -> None:
    with pytest.raises(StoreFailed) as told:
        need()

    assert told.value.sentence == NO_HOME


@pytest.mark.parametrize("home", WRONG)
def test_the_user_database_knows_a_home_where_the_variable_does_not(
    monkeypatch: pytest.MonkeyPatch, home: str | None
) -> None:
    monkeypatch.setattr("pwd.getpwuid", lambda _uid: type("Entry", (), {"pw_dir": "/home/ada"}))
    monkeypatch.delenv("HOME") if home is None else monkeypatch.setenv("HOME", home)
    for name in XDG:
        monkeypatch.setenv(name, "relative")

    assert config_directory() == Path("/home/ada/.config/cnm-tui")
    assert state_directory() == Path("/home/ada/.local/state/cnm-tui")
    assert path_of("~/x.csv") == Path("/home/ada/x.csv")


@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("named", [None, "", " ", "relative", "~/here", "/elsewhere"])
def test_all_is_where_platformdirs_says(monkeypatch: pytest.MonkeyPatch, system: str, named: str | None) -> None:
    judge = {"linux": platformdirs.unix.Unix, "darwin": platformdirs.macos.MacOS}[system]("cnm-tui", False)
    monkeypatch.setattr("cnm_tui.store.files.sys.platform", system)
    for name in XDG:
        monkeypatch.delenv(name, raising=False) if named is None else monkeypatch.setenv(name, named)

    assert str(config_directory()) == judge.user_config_dir
    assert str(state_directory()) == judge.user_state_dir


def test_libraries_see_no_relative_folder() -> None:
    environ = {"HOME": "rel", "XDG_CONFIG_HOME": "./c", "XDG_DATA_HOME": "/data", "XDG_RUNTIME_DIR": "", "PATH": "bin"}

    ignore_relative_places(environ)

    assert environ == {"XDG_DATA_HOME": "/data", "PATH": "bin"}
