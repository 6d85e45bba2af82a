"""Test the commands `config`, `help` and `completion`, and the files in the installed package."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from cnm_tui import __version__
from cnm_tui.completion import quoted
from cnm_tui.core.key_presets import KEY_PRESETS
from cnm_tui.pages import TOPICS, page, settings_sample
from screenshots.man import FOLDER, manual_pages
from tests.program import run
from tests.shells import found

REPOSITORY = Path(__file__).parents[1]


def at_home(folder: Path) -> dict[str, str]:
    """Return environment variables with which cnm-tui keeps its settings in this folder."""
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}


def test_the_help_of_the_program_fits_one_screen() -> None:
    lines = run("--help", environ={"COLUMNS": "80"}).stdout.splitlines()

    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_every_option_is_named_in_the_help_and_explained_behind_help_all() -> None:
    names = ("--view", "--group-by", "--site", "--no-keyring", "--theme", "--filter")
    brief, full = run("--help").stdout, run("--help-all").stdout

    assert all(name in brief for name in names)
    assert "Trusted certificates (PEM)" in full
    assert "Trusted certificates" not in brief


@pytest.mark.parametrize("topic", TOPICS)
def test_each_page_can_be_read_without_pictures_and_links(topic: str) -> None:
    text = run("help", topic).stdout

    assert text == page(topic)
    assert text.startswith("# ")
    assert "](" not in text.replace("](http", "")


def test_without_a_topic_the_pages_are_listed() -> None:
    assert all(f"cnm-tui help {topic}" in run("help").stdout for topic in ("keys", "filter", "settings"))


def test_a_page_that_there_is_not_is_refused_with_those_there_are() -> None:
    done = run("help", "nothing")

    assert (done.returncode, done.stdout) == (2, "")
    assert "'keys'" in done.stderr


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize(
    "value", ["two words", "$(touch seen)", "a`touch seen`", "it's", "a\\b", 'say "hi"', "wow!ls", "*?[x]"]
)
def test_bash_expands_nothing_in_what_is_completed(value: str, quote: str, tmp_path: Path) -> None:
    (tmp_path / "xx").touch()
    inserted = f"printf %s {quote}{quoted(value, quote)}{quote}"

    done = subprocess.run([*found("bash"), "-c", inserted], capture_output=True, text=True, check=True, cwd=tmp_path)

    assert done.stdout == value
    assert [path.name for path in tmp_path.iterdir()] == ["xx"]


def test_the_first_settings_change_nothing_and_are_valid(tmp_path: Path) -> None:
    environ = at_home(tmp_path)
    path = Path(run("config", "path", environ=environ).stdout.strip())

    absent = run("config", "check", environ=environ)
    made = run("config", "init", environ=environ)
    checked = run("config", "check", environ=environ)

    assert "There is no" in absent.stdout
    assert path.read_text(encoding="utf-8") == settings_sample()
    assert all(line.startswith("#") or not line for line in settings_sample().splitlines())
    assert (made.returncode, checked.returncode, "is valid" in checked.stdout) == (0, 0, True)


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_a_preset_of_keys_is_valid_in_a_program_of_its_own(preset: str, tmp_path: Path) -> None:
    settings = tmp_path / "config" / "cnm-tui" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[keys]\npreset = '{preset}'\n", encoding="utf-8")

    checked = run("config", "check", environ=at_home(tmp_path))

    assert (checked.returncode, "is valid" in checked.stdout) == (0, True)


def test_settings_that_exist_are_never_written_over(tmp_path: Path) -> None:
    environ = at_home(tmp_path)
    path = tmp_path / "config/cnm-tui/settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text('theme = "light"\n', encoding="utf-8")

    done = run("config", "init", environ=environ)

    assert done.returncode == 4
    assert "exists already" in done.stderr
    assert path.read_text(encoding="utf-8") == 'theme = "light"\n'


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ('theme = "pink"\n', 2, "theme"),
        ('[keys]\nnothing = "f5"\n', 2, "there is no action 'nothing'"),
        ("theme = \n", 4, "line 1"),
    ],
)
def test_what_is_wrong_with_settings_is_said_with_its_exit_code(
    text: str, code: int, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "config/cnm-tui/settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")

    done = run("config", "check", environ=at_home(tmp_path))

    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


@pytest.mark.filterwarnings("ignore:.*make_default_short_help:DeprecationWarning")  # click-man's
def test_the_manual_pages_are_those_of_the_commands() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}

    assert there == dict(manual_pages()), "run `python -m screenshots.man`"


@pytest.mark.slow
def test_the_wheel_of_a_release_holds_pages_manual_licence_and_links_to_the_project(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    release = {"GITHUB_SERVER_URL": "https://git.example", "GITHUB_REPOSITORY": "net/cnm-tui"}
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(REPOSITORY)], check=True, env={**os.environ, **release})

    (wheel,) = tmp_path.glob("*.whl")
    files = zipfile.ZipFile(wheel)
    names = files.namelist()
    about = files.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    links = re.findall(r"\]\(([^)]*)\)", about)
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", about)

    assert {f"cnm_tui/pages_of_help/{topic}.md" for topic in TOPICS} <= set(names)
    assert any(name.endswith("share/man/man1/cnm-tui.1") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "Project-URL: Issues, https://git.example/net/cnm-tui/issues" in about.splitlines()
    assert links
    assert all(link.startswith("https://") for link in links)
    assert pictures
    assert all(link.startswith(f"https://git.example/net/cnm-tui/raw/v{__version__}/screenshots/") for link in pictures)


def test_a_package_made_from_a_checkout_names_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)

    made = ProjectMetadata(str(REPOSITORY), PluginManager()).core

    assert made.urls == {}
    assert made.readme == (REPOSITORY / "README.md").read_text(encoding="utf-8")
