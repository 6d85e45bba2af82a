"""What could not be copied is in a file that only its user can read."""

import stat
from pathlib import Path

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.store.copied_file import write_copied


def test_it_is_for_its_user_alone_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "state" / "copied.txt"
    path.parent.mkdir()
    path.write_text("another, longer text")
    path.chmod(0o644)

    assert write_copied(path, "a\nb") == path

    assert path.read_text() == "a\nb\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_its_directory_is_made_for_its_user_alone(tmp_path: Path) -> None:
    path = write_copied(tmp_path / "state" / "copied.txt", "a")

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "copied.txt").mkdir()

    with pytest.raises(StoreFailed, match="copied.txt could not be written"):
        write_copied(tmp_path / "copied.txt", "a")
