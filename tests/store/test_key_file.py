"""Test the file with API keys that only this user can read."""

import os
import stat
from pathlib import Path

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.service import Secret
from cnm_tui.store.key_file import KeyFile

KEPT = {"api_key": Secret("0123api"), "application_key": Secret("4567app")}


@pytest.fixture
def file(own_home: Path) -> KeyFile:
    return KeyFile("default")


def written(file: KeyFile) -> KeyFile:
    file.update(lambda _before: KEPT)
    return file


def test_what_is_written_is_read_until_it_is_removed(file: KeyFile) -> None:
    assert written(file).read() == KEPT
    assert file.remove()
    assert file.read() == {}
    assert not file.remove()


def test_nobody_else_can_reach_it_whatever_the_umask(file: KeyFile) -> None:
    before = os.umask(0)
    try:
        written(file)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_file_that_others_can_reach_is_not_used(file: KeyFile, mode: int) -> None:
    written(file).path.chmod(mode)

    with pytest.raises(StoreFailed, match="can be reached by others; it is not used") as caught:
        file.read()

    assert "chmod" in caught.value.hint


def test_a_folder_that_others_can_reach_is_not_used(file: KeyFile) -> None:
    written(file).path.parent.chmod(0o755)

    with pytest.raises(StoreFailed, match="can be reached by others"):
        file.read()
    with pytest.raises(StoreFailed, match="can be reached by others"):
        file.update(lambda _before: KEPT)


def test_a_file_of_another_user_is_not_used(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody_else = os.getuid() + 1
    written(file)
    monkeypatch.setattr(os, "getuid", lambda: somebody_else)

    with pytest.raises(StoreFailed, match="belongs to another user"):
        file.read()


def test_a_link_is_not_followed(file: KeyFile, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    written(file).path.rename(elsewhere)
    file.path.symlink_to(elsewhere)

    with pytest.raises(StoreFailed, match="is a link; it is not used"):
        file.read()


@pytest.mark.parametrize("content", ["", "[]", '{"api_key": 1}', "[" * 100_000])
def test_what_holds_no_keys_is_said_to(file: KeyFile, content: str) -> None:
    written(file).path.write_text(content)

    with pytest.raises(StoreFailed, match="holds no keys") as caught:
        file.read()

    assert "auth login --insecure-storage" in caught.value.hint


def test_a_pipe_in_its_place_is_not_waited_for(file: KeyFile) -> None:
    written(file).path.unlink()
    os.mkfifo(file.path, 0o600)

    with pytest.raises(StoreFailed, match="could not be read: It is a pipe"):
        file.read()
