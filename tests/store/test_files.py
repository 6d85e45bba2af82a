import errno
import os
import stat
from contextlib import nullcontext
from pathlib import Path

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.store.files import beginning_of, config_directory, private_directory, state_directory, write_whole


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_directories_follow_the_environment(own_home: Path) -> None:
    assert config_directory() == own_home / "xdg_config_home" / "cnm-tui"
    assert state_directory() == own_home / "xdg_state_home" / "cnm-tui"


def test_a_private_directory_is_for_its_user_alone(tmp_path: Path) -> None:
    made = private_directory(tmp_path / "state" / "cnm-tui")

    assert mode_of(made) == 0o700
    assert private_directory(made) == made


def test_a_private_directory_is_of_use_to_its_user_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o177)
    try:
        made = private_directory(tmp_path / "state" / "cnm-tui")
    finally:
        os.umask(before)

    assert (mode_of(made.parent), mode_of(made)) == (0o700, 0o700)


def test_a_directory_where_a_file_stands_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")

    with pytest.raises(StoreFailed, match="taken cannot be made: File exists"):
        private_directory(tmp_path / "taken")


def test_a_new_file_is_private(tmp_path: Path) -> None:
    write_whole(tmp_path / "new", b"content")

    assert (tmp_path / "new").read_bytes() == b"content"
    assert mode_of(tmp_path / "new") == 0o600


def test_an_existing_file_keeps_its_mode_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o664)

    write_whole(path, b"kept")
    kept = mode_of(path)
    write_whole(path, b"told", mode=0o640)

    assert (kept, mode_of(path), path.read_bytes()) == (0o664, 0o640, b"told")


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)

    write_whole(link, b"new")

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")

    write_whole(tmp_path / "link", b"new")

    assert (tmp_path / "target").read_bytes() == b"new"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a link away")
@pytest.mark.parametrize("planted", ["link", "second"])
def test_a_link_of_somebody_else_is_not_followed(tmp_path: Path, planted: str) -> None:
    (tmp_path / "victim").write_bytes(b"precious")
    (tmp_path / "link").symlink_to("second")
    (tmp_path / "second").symlink_to(tmp_path / "victim")
    os.lchown(tmp_path / planted, 65_534, 65_534)

    with pytest.raises(StoreFailed, match="link could not be written: It is a link of another user"):
        write_whole(tmp_path / "link", b"new")

    assert (tmp_path / "victim").read_bytes() == b"precious"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a link to somebody else")
@pytest.mark.parametrize(("mode", "is_followed"), [(0o1777, False), (0o755, True)])
def test_a_folder_that_somebody_else_put_where_everybody_may_is_not_written_to(
    tmp_path: Path, mode: int, is_followed: bool
) -> None:
    shared, aim = tmp_path / "shared", tmp_path / "aim"
    shared.mkdir()
    aim.mkdir()
    shared.chmod(mode)
    (shared / "link").symlink_to(aim)
    os.chown(shared / "link", 65_534, 65_534, follow_symlinks=False)

    with nullcontext() if is_followed else pytest.raises(StoreFailed, match="on the way is a link of another user"):
        write_whole(shared / "link" / "rows.csv", b"rows")

    assert (aim / "rows.csv").exists() == is_followed


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    with pytest.raises(StoreFailed, match="Too many levels of symbolic links"):
        write_whole(tmp_path / "a", b"new")


def test_what_is_no_file_is_not_replaced_by_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(StoreFailed, match="not a regular file"):
            write_whole(path, b"new")

    assert (tmp_path / "pipe").is_fifo()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="nowhere/file could not be written: No such file or directory"):
        write_whole(tmp_path / "nowhere" / "file", b"new")


def test_a_full_disk_loses_nothing_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StoreFailed, match="No space left on device"):
        write_whole(path, b"new")

    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


def test_a_pipe_in_a_file_s_place_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(StoreFailed, match="pipe could not be read: It is a pipe"):
        beginning_of(tmp_path / "pipe", 100)
