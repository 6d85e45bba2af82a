"""Test that no other user can read the state files, whoever created the folders and however cnm-tui ended."""

import os
import random
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.search.past_searches import PastSearch
from cnm_tui.core.service import Secret
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.views.saved_view import SavedView
from cnm_tui.store.export_file import write_export
from cnm_tui.store.file_lock import LOCK_NAME
from cnm_tui.store.files import write_whole
from cnm_tui.store.key_file import KeyFile
from cnm_tui.store.last_question import LastQuestion
from cnm_tui.store.private_file import PrivateFile, write_copied
from cnm_tui.store.recent_fields import RecentFields
from cnm_tui.store.saved_views import ViewsFile
from cnm_tui.store.search_history import SearchHistory
from tests.store.forked import at_once, killed

AT_ONCE = 40
KEPT = {"api_key": Secret("0123api" * 2_000), "application_key": Secret("4567app" * 2_000)}
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
SOMEBODY = 65_534

Write = Callable[[Path], object]
WRITES: dict[str, Write] = {
    "recent-fields.txt": lambda path: RecentFields(path).remember(("team",)),
    "searches.jsonl": lambda path: SearchHistory(path).keep(PastSearch("a:b", 1.0, 1)),
    "last-question.json": lambda path: LastQuestion(path).save(Query(), Arrangement()),
    "copied.txt": lambda path: write_copied(path, "copied"),
}


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def attempted(write: Write, path: Path) -> None:
    with suppress(StoreFailed):
        write(path)


# Killed while it writes.


@pytest.mark.slow
def test_no_key_survives_a_logout_wherever_the_login_was_killed(own_home: Path) -> None:
    file = KeyFile("default")
    chance = random.Random(40)
    left = 0

    for _ in range(60):
        killed(lambda: file.update(lambda _before: KEPT), chance.uniform(0, 0.005))
        left += len(names_in(file.path.parent) - {file.path.name, LOCK_NAME})
        file.remove()
        assert names_in(file.path.parent) <= {LOCK_NAME}

    assert left > 0  # It was killed while it wrote.


def test_a_logout_sweeps_even_where_no_file_of_keys_is_left(own_home: Path) -> None:
    file = KeyFile("default")
    file.update(lambda _before: KEPT)
    file.path.rename(file.path.with_name(".cnm-tui-0a1b2c3d"))

    assert not file.remove()

    assert names_in(file.path.parent) == set()


@pytest.mark.parametrize("name", WRITES)
def test_each_write_sweeps_what_was_left(tmp_path: Path, name: str) -> None:
    (tmp_path / ".cnm-tui-0a1b2c3d").write_text("half of it")
    (tmp_path / ".cnm-tui-mine").mkdir()
    (tmp_path / ".cnmtui").write_text("mine")

    WRITES[name](tmp_path / name)

    assert names_in(tmp_path) == {name, ".cnm-tui-mine", ".cnmtui"}


@needs_root
def test_what_somebody_else_put_there_is_not_swept(tmp_path: Path) -> None:
    (tmp_path / ".cnm-tui-0a1b2c3d").write_text("theirs")
    os.chown(tmp_path / ".cnm-tui-0a1b2c3d", SOMEBODY, SOMEBODY)

    write_copied(tmp_path / "copied.txt", "copied")

    assert names_in(tmp_path) == {"copied.txt", ".cnm-tui-0a1b2c3d"}


def test_beside_an_export_only_what_is_an_hour_old_is_swept(tmp_path: Path) -> None:
    fresh, stale = ".cnm-tui-new-0123456789abcdef", ".cnm-tui-new-fedcba9876543210"
    for name in (fresh, stale):
        (tmp_path / name).write_text("half of it")
    os.utime(tmp_path / stale, (0, 0))

    write_export(tmp_path / "rows.csv", b"a,b\n", overwriting=False)

    assert names_in(tmp_path) == {"rows.csv", fresh}


@pytest.mark.parametrize("name", [".cnm-tui-notes.md", ".cnm-tui-settings", ".cnm-tui-new-views", ".cnm-tui-"])
def test_an_old_file_of_somebody_s_that_is_called_alike_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    os.utime(tmp_path / name, (0, 0))

    write_whole(tmp_path / "rows.csv", b"rows")

    assert (tmp_path / name).read_text() == "mine"


# At once.


@pytest.mark.slow
def test_fields_that_programs_remember_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "recent-fields.txt"
    fields = [f"field_{number}" for number in range(20)]

    codes = at_once([partial(RecentFields(path).remember, (field,)) for field in fields])

    assert codes == [0] * len(fields)
    assert set(RecentFields(path).recall()) == set(fields)


@pytest.mark.slow
def test_views_that_programs_save_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "config" / "views.toml"
    views = [SavedView(f"View {number}", Query(), Arrangement()) for number in range(AT_ONCE)]

    codes = at_once([partial(ViewsFile(path).save, view, replacing=False) for view in views])

    assert codes == [0] * AT_ONCE
    assert {view.name for view in ViewsFile(path).load().views} == {view.name for view in views}
    assert names_in(path.parent) == {"views.toml"}


@pytest.mark.slow
def test_searches_that_programs_keep_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "searches.jsonl"
    searches = [PastSearch(f"a:{number}", float(number), 1) for number in range(AT_ONCE)]

    codes = at_once([partial(SearchHistory(path).keep, past) for past in searches])

    assert codes == [0] * AT_ONCE
    assert set(SearchHistory(path).load()) == set(searches)


@pytest.mark.slow
def test_keys_that_programs_store_at_once_are_all_kept(own_home: Path) -> None:
    def stored(number: int) -> None:
        KeyFile("default").update(lambda before: {**before, f"key {number}": Secret("0123")})

    codes = at_once([partial(stored, number) for number in range(AT_ONCE)])

    assert codes == [0] * AT_ONCE
    assert KeyFile("default").read().keys() == {f"key {number}" for number in range(AT_ONCE)}


# Whoever made the folders.


@pytest.mark.parametrize("name", WRITES)
def test_each_folder_is_made_for_this_user_alone(tmp_path: Path, name: str) -> None:
    before = os.umask(0)
    try:
        WRITES[name](tmp_path / "home" / "state" / "cnm-tui" / name)
    finally:
        os.umask(before)

    folders = (tmp_path / "home", tmp_path / "home" / "state", tmp_path / "home" / "state" / "cnm-tui")
    assert [mode_of(folder) for folder in folders] == [0o700] * 3
    assert mode_of(folders[-1] / name) == 0o600


def test_each_level_above_the_keys_is_for_this_user_alone(own_home: Path) -> None:
    file = KeyFile("default")
    file.path.parent.parent.mkdir(mode=0o755)

    file.update(lambda _before: KEPT)

    assert [mode_of(folder) for folder in (file.path.parent.parent, file.path.parent)] == [0o700, 0o700]


@pytest.mark.parametrize("name", WRITES)
def test_a_folder_that_others_could_enter_is_closed_to_them(tmp_path: Path, name: str) -> None:
    tmp_path.chmod(0o777)

    WRITES[name](tmp_path / name)

    assert mode_of(tmp_path) == 0o700


@needs_root
@pytest.mark.parametrize("name", WRITES)
def test_links_in_a_folder_of_somebody_else_are_not_followed(tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    state = tmp_path / "state"
    state.mkdir()
    for planted in (name, LOCK_NAME, f"{name}.lock"):
        (state / planted).symlink_to(victim)
    os.chown(state, SOMEBODY, SOMEBODY)

    attempted(WRITES[name], state / name)

    assert victim.read_text() == "precious"
    assert names_in(state) == {name, LOCK_NAME, f"{name}.lock"}


@needs_root
def test_a_folder_of_somebody_else_is_named(tmp_path: Path) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY)

    file = PrivateFile(tmp_path / "file")
    for use in (partial(file.read, 10), partial(file.write, b"a"), file.remove):
        with pytest.raises(StoreFailed, match="belongs to another user; it is not used") as told:
            use()
        assert "XDG_STATE_HOME" in told.value.hint


@pytest.mark.parametrize("name", WRITES)
def test_a_link_in_the_place_of_the_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "elsewhere")

    attempted(WRITES[name], tmp_path / "state" / name)

    assert names_in(tmp_path / "elsewhere") == set()


@pytest.mark.parametrize("name", WRITES)
def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / name).symlink_to(tmp_path / "victim")

    attempted(WRITES[name], tmp_path / name)

    assert (tmp_path / "victim").read_text() == "precious"
    assert (tmp_path / name).is_symlink()


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).symlink_to(tmp_path / "victim")

    with pytest.raises(StoreFailed, match=f"{LOCK_NAME} could not be opened"):
        write_copied(tmp_path / "copied.txt", "copied")

    assert names_in(tmp_path) == {LOCK_NAME}


def test_a_link_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").symlink_to(tmp_path)

    for path in (tmp_path / "file", tmp_path / "folder" / "file"):
        with pytest.raises(StoreFailed, match="is a link; it is not used"):
            PrivateFile(path).read(10)


def test_what_could_not_be_copied_is_for_its_user_alone_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "state" / "copied.txt"
    path.parent.mkdir()
    path.write_text("another, longer text")
    path.chmod(0o644)

    assert write_copied(path, "a\nb") == path

    assert path.read_text() == "a\nb\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_directory_of_what_could_not_be_copied_is_made_for_its_user_alone(tmp_path: Path) -> None:
    path = write_copied(tmp_path / "state" / "copied.txt", "a")

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_could_be_neither_copied_nor_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "copied.txt").mkdir()

    with pytest.raises(StoreFailed, match="copied.txt could not be written"):
        write_copied(tmp_path / "copied.txt", "a")
