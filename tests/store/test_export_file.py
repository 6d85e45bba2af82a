"""Test that an export file is written completely or not at all, and never overwrites a file by accident."""

import errno
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.store.export_file import path_of, write_export
from cnm_tui.store.files import FileIsThere, write_whole


def test_a_name_is_one_in_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert path_of(" rows.csv ") == tmp_path / "rows.csv"


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert path_of("~/rows.csv") == tmp_path / "rows.csv"


@pytest.mark.parametrize("typed", ["", "  ", "a\x00b", "a\nb", "~nobody-is-called-so/rows.csv"])
def test_what_can_be_no_name_is_refused(typed: str) -> None:
    with pytest.raises(StoreFailed) as refused:
        path_of(typed)

    assert refused.value.hint


def test_all_is_in_the_file_and_nothing_beside_it(tmp_path: Path) -> None:
    write_export(tmp_path / "rows.csv", b"a\nb\n", overwriting=False)

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("rows.csv", b"a\nb\n")]


def test_what_is_there_is_overwritten_only_if_that_is_meant(tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"
    target.write_text("old", encoding="utf-8")

    with pytest.raises(FileIsThere, match="is there already"):
        write_export(target, b"new", overwriting=False)
    assert target.read_text(encoding="utf-8") == "old"

    write_export(target, b"new", overwriting=True)
    assert target.read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_another_program_makes_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    target = tmp_path / "rows.csv"
    link = os.link

    def linked_late(*args: Any, **others: Any) -> None:
        target.write_text("theirs", encoding="utf-8")
        if not has_links:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        link(*args, **others)

    monkeypatch.setattr(os, "link", linked_late)

    with pytest.raises(FileIsThere, match="rows.csv is there already"):
        write_export(target, b"ours", overwriting=False)

    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("rows.csv", "theirs")]


def test_of_many_who_write_a_new_file_at_once_one_does(tmp_path: Path) -> None:
    target = tmp_path / "rows.csv"

    def written(name: bytes) -> bytes:
        with suppress(FileIsThere):
            write_export(target, name * 10_000, overwriting=False)
            return name
        return b""

    with ThreadPoolExecutor(8) as programs:
        (winner,) = filter(None, programs.map(written, [b"%d" % number for number in range(8)]))

    assert target.read_bytes() == winner * 10_000
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_file_is_whole_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)

    write_whole(tmp_path / "rows.csv", b"ours", replacing=False)

    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("rows.csv", b"ours")]


def test_nothing_is_written_where_no_folder_is(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="There is no folder"):
        write_export(tmp_path / "gone" / "rows.csv", b"", overwriting=False)


def test_a_folder_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="is a folder"):
        write_export(tmp_path, b"", overwriting=True)


def test_a_name_that_is_too_long_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="could not be written: File name too long"):
        write_export(tmp_path / ("x" * 300), b"", overwriting=False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_export(tmp_path / "rows.csv", b"", overwriting=False)
        assert os.umask(umask) == umask
    finally:
        os.umask(before)

    assert (tmp_path / "rows.csv").stat().st_mode & 0o777 == mode
