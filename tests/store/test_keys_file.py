"""Keys in a file of our own, which is there only where somebody asked for it."""

import os
import stat
from pathlib import Path

import pytest

from cnm_tui.core.credentials import Secret
from cnm_tui.core.errors import StoreFailed
from cnm_tui.store.keys_file import KeysFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys.json"


def test_it_keeps_keys_for_its_owner_alone(path: Path) -> None:
    file = KeysFile(path)
    assert not file.is_there

    file.write("default/api_key", Secret("0123"))
    file.write("other/api_key", Secret("4567"))

    assert KeysFile(path).read("default/api_key") == Secret("0123")
    assert KeysFile(path).read("default/site") is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_goes_with_its_last_key(path: Path) -> None:
    file = KeysFile(path)
    file.write("default/api_key", Secret("0123"))
    file.write("default/site", Secret("datadoghq.eu"))

    assert file.remove("default/api_key")
    assert not file.remove("default/api_key")
    assert file.is_there
    assert file.remove("default/site")
    assert not file.is_there


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o610], ids=oct)
def test_it_is_not_used_where_others_can_get_at_it(path: Path, mode: int) -> None:
    KeysFile(path).write("default/api_key", Secret("0123"))
    path.chmod(mode)

    with pytest.raises(StoreFailed, match="Others can read or write") as caught:
        KeysFile(path).read("default/api_key")
    assert "chmod 600" in caught.value.hint
    with pytest.raises(StoreFailed, match="Others can read or write"):
        KeysFile(path).write("default/api_key", Secret("89ab"))


def test_a_link_to_another_file_is_not_followed(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    KeysFile(elsewhere).write("default/api_key", Secret("0123"))
    path.parent.mkdir()
    path.symlink_to(elsewhere)

    with pytest.raises(StoreFailed, match="cannot be read"):
        KeysFile(path).read("default/api_key")


def test_a_pipe_is_not_waited_for(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path, 0o600)

    with pytest.raises(StoreFailed, match="is no regular file"):
        KeysFile(path).read("default/api_key")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_is_not_used(path: Path) -> None:
    KeysFile(path).write("default/api_key", Secret("0123"))
    os.chown(path, 12_345, 12_345)

    with pytest.raises(StoreFailed, match="belongs to somebody else"):
        KeysFile(path).read("default/api_key")


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000], ids=["empty", "a list", "cut", "too deep"])
def test_what_is_no_such_file_is_named_and_not_shown(path: Path, content: str) -> None:
    KeysFile(path).write("x", Secret("y"))
    path.write_text(content)

    with pytest.raises(StoreFailed, match=r"keys\.json holds no keys"):
        KeysFile(path).read("default/api_key")
