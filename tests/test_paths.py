"""Test that a path that cannot be used gives an error message.

Such a path is too long, cannot be reached, or is relative to a deleted folder.
"""

import os
import re
import subprocess
from functools import partial
from pathlib import Path

import click
import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.file_options import CertificatesFile, OutputFile
from cnm_tui.store.export_file import path_of, write_export
from cnm_tui.store.files import beginning_of, write_whole
from cnm_tui.store.private_file import PrivateFile
from cnm_tui.store.saved_views import ViewsFile
from tests.program import KEYS, PROGRAM, Done, environment
from tests.store.forked import forked

pytestmark = pytest.mark.slow

LONG_NAME = "x" * 300
LONG_PATH = "d/" * 3_000 + "x"
IN_A_FILE = "/etc/passwd/x"
IN_A_CIRCLE = "circle/x"
UNUSABLE = [LONG_NAME, LONG_PATH, f"/{LONG_NAME}/x", IN_A_FILE, IN_A_CIRCLE]
IDS = ["long name", "long path", "long folder", "in a file", "in a circle"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that contains a symbolic link which points to itself."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "circle").symlink_to("circle")
    return folder


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete the current folder of the process."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()


def run(folder: Path, *arguments: str, before: str = "", **variables: str) -> Done:
    """Run cnm-tui in this folder. Before that, run the shell command `before`."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'{before}\nexec "$0" "$@"', PROGRAM, *arguments],
        cwd=folder,
        env=environment(str(folder.parent), variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("path", UNUSABLE, ids=IDS)
@pytest.mark.parametrize("option", ["-o", "--ca-bundle"])
def test_a_path_that_cannot_be_used_is_refused_before_anything_is_asked(folder: Path, option: str, path: str) -> None:
    done = run(folder, "query", "--demo", option, path)

    assert (done.returncode, done.stdout) == (2, "")
    sentence = done.stderr.splitlines()[-1]
    assert sentence.startswith("Error: Invalid value for ")
    assert len(sentence) < 500


@pytest.mark.parametrize("option", ["-o", "--ca-bundle"])
def test_from_a_folder_that_was_deleted_no_path_begins(folder: Path, option: str) -> None:
    done = run(folder, "query", "--demo", option, "x.csv", before="mkdir gone && cd gone && rmdir ../gone")

    assert (done.returncode, done.stdout) == (2, "")
    assert "x.csv has no whole path: the current folder was deleted. Write it from / on." in done.stderr


def test_in_a_folder_that_was_deleted_all_else_works(folder: Path) -> None:
    deleted = "mkdir gone && cd gone && rmdir ../gone"

    to_stdout = run(folder, "query", "--demo", "-n", "7500", before=deleted)
    to_a_file = run(folder, "query", "--demo", "-n", "7500", "-o", str(folder / "x.csv"), before=deleted)
    doctor = run(folder, "doctor", "--demo", before=deleted)

    assert [done.returncode for done in (to_stdout, to_a_file, doctor)] == [0, 0, 0]
    assert (folder / "x.csv").stat().st_size > 1_000


@pytest.mark.parametrize("variable", ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"])
def test_a_place_for_our_own_files_that_is_too_long_is_told(folder: Path, variable: str) -> None:
    done = run(folder, "query", "--demo", "-n", "1", "--resume", **{variable: f"/{LONG_NAME}"})

    assert done.returncode in (2, 4)
    assert done.stderr.startswith("cnm-tui: ")


@pytest.mark.parametrize("link", [".config/cnm-tui/settings.toml", ".config/cnm-tui", ".config"])
def test_settings_behind_a_link_to_nothing_are_refused_before_the_default_site_is_asked(
    folder: Path, link: str
) -> None:
    (folder.parent / link).parent.mkdir(parents=True, exist_ok=True)
    (folder.parent / link).symlink_to(folder / "nothing")

    asked = run(folder, "query", **KEYS)
    doctor = run(folder, "doctor", "--demo")

    assert (asked.returncode, asked.stdout) == (4, "")
    assert str(folder.parent / link) in asked.stderr
    assert "is a link to nothing." in asked.stderr
    assert "could not be read" in re.sub(r"\s+", " ", doctor.stdout)
    assert "is not there: all is as it comes" not in re.sub(r"\s+", " ", doctor.stdout)


@pytest.mark.usefixtures("gone")
def test_on_the_screen_a_name_has_no_path_where_the_folder_was_deleted() -> None:
    with pytest.raises(StoreFailed, match="the current folder was deleted") as told:
        path_of("rows.csv")

    assert told.value.hint == "Write it from / on."
    assert path_of("/tmp/rows.csv") == Path("/tmp/rows.csv")


@pytest.mark.usefixtures("gone")
def test_files_of_our_own_that_begin_in_a_deleted_folder_are_told() -> None:
    for use in (partial(write_whole, Path("x"), b""), partial(ViewsFile(Path("views.toml")).delete, "a")):
        with pytest.raises(StoreFailed):
            use()


@pytest.mark.parametrize("path", UNUSABLE, ids=IDS)
def test_each_way_to_a_file_tells_of_it(folder: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(folder)
    file = PrivateFile(folder / path)

    for use in (
        partial(write_export, folder / path, b"", overwriting=True),
        partial(write_whole, folder / path, b""),
        partial(file.write, b""),
    ):
        with pytest.raises(StoreFailed):
            use()


@pytest.mark.parametrize("path", UNUSABLE, ids=IDS)
def test_nothing_is_read_there(folder: Path, path: str) -> None:
    for read in (partial(beginning_of, folder / path), PrivateFile(folder / path).read):
        with pytest.raises(StoreFailed):
            read(10)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("option", [OutputFile(), CertificatesFile()], ids=["-o", "--ca-bundle"])
def test_a_folder_that_may_not_be_entered_is_told(tmp_path: Path, option: OutputFile | CertificatesFile) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)

    def as_somebody() -> None:
        os.setuid(65_534)
        with pytest.raises(click.BadParameter, match="Permission denied"):
            option.convert(str(tmp_path / "closed" / "x" / "y"), None, None)

    assert os.waitstatus_to_exitcode(os.waitpid(forked(as_somebody), 0)[1]) == 0


def test_a_name_that_ends_in_a_slash_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(click.BadParameter, match="is not a file"):
        OutputFile().convert(f"{tmp_path}/rows/", None, None)
