"""Test the file views.toml: which text cnm-tui writes to it, leaves unchanged, and refuses."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.core.views.saved_view import NameTaken, SavedView
from cnm_tui.store.saved_views import LARGEST_BYTES, ViewsFile
from tests.questions import all_is_seen, questions

BY_HAND = """\
# Ours.
owner = "net"   # asked by the pager

[[view]]
name = "First"            # the usual one
mine = { keep = true }
limit = 7
  # why 7: it fits
time = '1h'

# For the night shift.
[[view]]
name = "Second"
[view.widths]
total_bytes = 3

[other]
name = "no view"
"""


def named(name: str, limit: int = 1_000) -> SavedView:
    return SavedView(name, Query(limit=limit), Arrangement())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cnm-tui" / "views.toml"


@pytest.fixture
def by_hand(path: Path) -> Path:
    path.parent.mkdir()
    path.write_text(BY_HAND)
    return path


def names(file: ViewsFile) -> list[str]:
    return [view.name for view in file.load().views]


def test_without_a_file_there_are_no_views(path: Path) -> None:
    assert ViewsFile(path).load().views == ()
    assert not path.parent.exists()


def test_a_saved_view_is_there_for_the_next_run_and_for_nobody_else(path: Path) -> None:
    view = named("Checkout")

    kept = ViewsFile(path).save(view, replacing=False)

    assert kept.views == ViewsFile(path).load().views == (view,)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(questions(), questions(), NAMES.filter(all_is_seen))
def test_any_view_is_read_back_equal_when_new_and_when_overwritten(
    tmp_path: Path, first: tuple[Query, Arrangement], second: tuple[Query, Arrangement], name: str
) -> None:
    path = tmp_path / "any.toml"
    path.write_text("[[view]]\nname = 'before'\n\n[[view]] # last\nname = 'behind'\nmine = 1")
    file = ViewsFile(path)

    for question in (first, second):
        view = SavedView(name, *question)
        file.save(view, replacing=True)

        assert [kept for kept in ViewsFile(path).load().views if kept.name == name] == [view]
    assert "# last\n" in path.read_text()
    assert "mine = 1\n" in path.read_text()


def test_a_view_says_itself_as_people_would(path: Path) -> None:
    query = Query(search='env:"a b"', limit=100)
    arrangement = Arrangement(columns=("tcp_resets",), widths=(("client_service", 4),))

    ViewsFile(path).save(SavedView("Checkout", query, arrangement), replacing=False)

    assert path.read_text().partition("\n\n")[2] == (
        '[[view]]\nname = "Checkout"\ngroup_by = ["client_service", "server_service"]\nsearch = "env:\\"a b\\""\n'
        'time = "15m"\nlimit = 100\nsort = ["total_bytes:desc"]\ncolumns = ["tcp_resets"]\n'
        "widths = {client_service = 4}\n"
    )


def test_what_people_wrote_is_read(by_hand: Path) -> None:
    first, second = ViewsFile(by_hand).load().views

    assert (first.query.limit, first.query.time_range.written) == (7, "1h")
    assert second.arrangement.widths == (("total_bytes", 3),)


def test_a_new_view_leaves_every_letter_where_it_is(by_hand: Path) -> None:
    ViewsFile(by_hand).save(named("Third"), replacing=False)

    assert by_hand.read_text().startswith(BY_HAND + '\n[[view]]\nname = "Third"\n')


def test_overwriting_changes_what_differs_and_keeps_comments_and_strange_keys(by_hand: Path) -> None:
    ViewsFile(by_hand).save(named("FIRST", limit=100), replacing=True)

    first, second = BY_HAND.split("\n# For the night shift.\n")
    changed = first.replace("limit = 7", "limit = 100").replace("time = '1h'", 'time = "15m"')
    changed = changed.replace('"First"', '"FIRST"')
    usual = 'group_by = ["client_service", "server_service"]\nsort = ["total_bytes:desc"]\n'
    assert by_hand.read_text() == f"{changed}{usual}\n# For the night shift.\n{second}"


def test_overwriting_has_to_be_meant(by_hand: Path) -> None:
    with pytest.raises(NameTaken, match="There is a view called first already."):
        ViewsFile(by_hand).save(named("first"), replacing=False)

    assert by_hand.read_text() == BY_HAND


def test_renaming_changes_the_name_alone(by_hand: Path) -> None:
    ViewsFile(by_hand).rename("first", " Other ")

    assert by_hand.read_text() == BY_HAND.replace('"First" ', '"Other" ')


def test_a_name_may_change_its_case_but_not_become_another_views(by_hand: Path) -> None:
    file = ViewsFile(by_hand)

    file.rename("First", "FIRST")
    with pytest.raises(NameTaken):
        file.rename("FIRST", "second")

    assert names(file) == ["FIRST", "Second"]


@pytest.mark.parametrize("name", ["First", "Second"])
def test_deleting_takes_one_entry_and_undoing_puts_it_back(by_hand: Path, name: str) -> None:
    file = ViewsFile(by_hand)

    _, removed = file.delete(name)

    left = by_hand.read_text()
    assert names(file) == [other for other in ("First", "Second") if other != name]
    assert all(kept in left for kept in ("# Ours.", "# For the night shift.", '[other]\nname = "no view"'))
    file.put_back(removed)
    assert names(file) == (["First", "Second"])
    assert removed.written in by_hand.read_text()


@pytest.mark.parametrize("name", ["First", "Second"])
def test_undo_leaves_the_file_as_it_was_before_the_deletion(by_hand: Path, name: str) -> None:
    file = ViewsFile(by_hand)

    _, removed = file.delete(name)
    file.put_back(removed)

    assert by_hand.read_text() == BY_HAND


def test_undo_puts_a_view_back_where_it_stood_though_others_came_or_went_since(by_hand: Path) -> None:
    file = ViewsFile(by_hand)
    _, first = file.delete("First")
    file.save(named("Third"), replacing=False)

    file.put_back(first)

    assert names(file) == ["First", "Second", "Third"]
    assert by_hand.read_text().startswith(BY_HAND)

    _, first = file.delete("First")
    by_hand.write_text(by_hand.read_text().replace("# Ours.", "# Yours."))
    file.put_back(first)

    assert by_hand.read_text().startswith(BY_HAND.replace("# Ours.", "# Yours."))


def test_one_of_two_of_the_same_name_is_deleted_and_brought_back(by_hand: Path) -> None:
    twice = BY_HAND + '\n[[view]]\nname = "first"\nlimit = 3\n'
    by_hand.write_text(twice)
    file = ViewsFile(by_hand)

    kept, removed = file.delete("First")
    assert [(view.name, view.query.limit) for view in kept.views] == [("Second", 1_000), ("first", 3)]
    file.put_back(removed)

    assert by_hand.read_text() == twice


def test_a_file_with_lines_that_end_as_on_windows_keeps_them(by_hand: Path) -> None:
    by_hand.write_bytes(BY_HAND.replace("\n", "\r\n").encode())
    file = ViewsFile(by_hand)

    file.save(named("Third"), replacing=False)
    file.save(named("First", 9), replacing=True)
    file.rename("Second", "Later")
    _, removed = file.delete("First")
    file.put_back(removed)

    written = by_hand.read_bytes()
    assert written.count(b"\r\n") == written.count(b"\n") > BY_HAND.count("\n")
    assert names(file) == ["First", "Later", "Third"]
    assert b"# For the night shift.\r\n" in written


def test_lines_that_end_otherwise_than_most_stay_as_they_are(by_hand: Path) -> None:
    mixed = BY_HAND.replace("# Ours.\n", "# Ours.\r\n")
    by_hand.write_bytes(mixed.encode())

    ViewsFile(by_hand).save(named("Third"), replacing=False)

    assert by_hand.read_bytes().startswith(mixed.encode())


def test_a_key_with_points_in_it_is_named_with_its_own_line(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('[[view]]\nname = "a"\ntime = """\\\n1h"""\n\nwidths.total_bytes = "x"\n')

    (broken,) = ViewsFile(path).load().broken

    assert broken.startswith("views.toml, line 6: ")


def test_a_deleted_view_is_not_put_back_over_another_one(by_hand: Path) -> None:
    file = ViewsFile(by_hand)
    _, removed = file.delete("First")
    file.save(named("First"), replacing=False)

    with pytest.raises(NameTaken):
        file.put_back(removed)


@pytest.mark.parametrize("change", [lambda file: file.delete("gone"), lambda file: file.rename("gone", "new")])
def test_a_view_that_another_program_took_away_is_not_changed(by_hand: Path, change: object) -> None:
    with pytest.raises(InvalidQuery, match="The view gone is not in the file any more."):
        change(ViewsFile(by_hand))  # type: ignore[operator]  # one of the two above

    assert by_hand.read_text() == BY_HAND


def test_what_another_program_wrote_since_is_kept(by_hand: Path) -> None:
    file = ViewsFile(by_hand)
    file.load()
    by_hand.write_text(BY_HAND + "\n[[view]]\nname = 'Theirs'\n")

    file.save(named("Ours"), replacing=False)

    assert names(file) == ["First", "Second", "Theirs", "Ours"]


class Interrupted(ViewsFile):
    """A views file that another program changes after cnm-tui has read it and before cnm-tui writes it."""

    def __init__(self, path: Path, times: int) -> None:
        super().__init__(path)
        self._path, self._times = path, times

    def _read(self) -> str:
        text = super()._read()
        if self._times:
            self._times -= 1
            self._path.write_text(text + f"\n[[view]]\nname = 'Theirs {self._times}'\n")
        return text


def test_what_another_program_writes_meanwhile_is_kept(by_hand: Path) -> None:
    Interrupted(by_hand, 3).save(named("Ours"), replacing=False)

    assert names(ViewsFile(by_hand)) == ["First", "Second", "Theirs 2", "Theirs 1", "Theirs 0", "Ours"]


def test_a_file_that_is_written_all_the_time_is_left_to_the_other(by_hand: Path) -> None:
    with pytest.raises(StoreFailed, match="is being written by another program"):
        Interrupted(by_hand, 99).save(named("Ours"), replacing=False)

    assert "Ours.\n" in by_hand.read_text()
    assert 'name = "Ours"' not in by_hand.read_text()


def test_a_broken_entry_is_named_with_its_line_and_the_others_load_and_change(by_hand: Path) -> None:
    broken = BY_HAND.replace("'1h'", "'soon'")
    by_hand.write_text(broken)
    file = ViewsFile(by_hand)

    kept = file.load()

    assert [view.name for view in kept.views] == ["Second"]
    assert kept.broken[0].startswith("views.toml, line 9: time: 'soon' is not a time. ")
    file.rename("Second", "Other")
    assert by_hand.read_text() == broken.replace('"Second"', '"Other"')


def test_a_broken_table_of_an_entry_is_named_with_its_line(by_hand: Path) -> None:
    by_hand.write_text(BY_HAND.replace("total_bytes = 3", "total_bytes = '3'"))

    (sentence,) = ViewsFile(by_hand).load().broken

    assert sentence.startswith("views.toml, line 14: widths: ")


def test_a_second_entry_of_a_name_is_named_and_the_first_counts(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[[view]]\nname = 'One'\nlimit = 1\n[[view]]\nlimit = 2\nname = 'ONE'\n")

    kept = ViewsFile(path).load()

    assert [view.query.limit for view in kept.views] == [1]
    assert kept.broken == ("views.toml, line 6: there is a view called ONE already.",)


def test_a_broken_entry_can_be_overwritten_by_its_name(by_hand: Path) -> None:
    by_hand.write_text(BY_HAND.replace("'1h'", "'soon'"))

    kept = ViewsFile(by_hand).save(named("First"), replacing=True)

    assert [view.name for view in kept.views] == ["First", "Second"]
    assert kept.broken == ()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[[view]]\nname = 'x'\nlimit = \n", "line 3: "),
        (b"[[view]]\nname = 'x'\n[[view]\n", "line 3: "),
        (b"[[view]]\nname = 'x'\nname = 'y'\n", "line 3: "),
        (b"a = 1\nname = '\xff'\n", "line 2: it is not UTF-8"),
        (b"a = 1\n[view]\nname = 'x'\n", r"line 2: view is not written as \[\[view\]\] tables"),
        (b"\nview = [{name = 'x'}]\n", r"line 2: view is not written as \[\[view\]\] tables"),
        (b"a = " + b"[" * 5_000, "line 1: "),
        (b"#" * (LARGEST_BYTES + 1), "more than 1,000,000 bytes"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_file_that_cannot_be_read_is_named_with_the_line_and_never_overwritten(
    path: Path, content: bytes, why: str
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(StoreFailed, match=rf"views.toml cannot be read, .*{why}"):
        ViewsFile(path).load()
    with pytest.raises(StoreFailed) as refused:
        ViewsFile(path).save(named("x"), replacing=True)

    assert "It is left as it is" in refused.value.hint
    assert path.read_bytes() == content


def test_brackets_within_texts_and_lists_begin_no_entry(path: Path) -> None:
    path.parent.mkdir()
    text = "[[view]]\nname = 'x'\nnote = '''\n[[view]]\nname = 'no'\n# end '''\nmatrix = [\n  [1],\n  [2],\n]\n"
    path.write_text(text)
    file = ViewsFile(path)

    file.rename("x", "y")

    assert path.read_text() == text.replace("name = 'x'", 'name = "y"')
    assert names(file) == ["y"]


TEXTS_WITH_HEADERS = (
    '"""\n[[view]]\n"""',
    '"""\n[[view]]\n"""""',
    '""""\n[[view]]\n\\""" " "" \n[x]"""',
    "'''\n[[view]]\\'''",
    "'''\n[[view]]\n'''''",
    "[\n[\"]\", '[', # ]\n[1]],\n]",
    '"[" # [',
    "{ a = [\n[1],\n[2]], b = '[' }",
)


@pytest.mark.parametrize("text", TEXTS_WITH_HEADERS)
def test_a_header_within_a_value_begins_no_entry(path: Path, text: str) -> None:
    path.parent.mkdir()
    content = f"[[view]]\nname = 'x'\nnote = {text}\n[[view]]\nname = 'y'\n"
    path.write_text(content)

    ViewsFile(path).rename("y", "z")

    assert path.read_text() == content.replace("name = 'y'", 'name = "z"')


def test_a_link_into_a_repository_stays_one(by_hand: Path, tmp_path: Path) -> None:
    real = by_hand.rename(tmp_path / "in-git.toml")
    by_hand.symlink_to(real)

    ViewsFile(by_hand).delete("First")

    assert by_hand.is_symlink()
    assert "First" not in real.read_text()


def test_what_is_no_file_is_never_written() -> None:
    nowhere = ViewsFile(Path(os.devnull))

    assert nowhere.load().views == ()
    with pytest.raises(StoreFailed, match="not a regular file"):
        nowhere.save(named("x"), replacing=False)


def test_widths_are_replaced_as_a_whole(by_hand: Path) -> None:
    view = replace(named("Second"), arrangement=Arrangement(widths=(("network.client.ip", 1), ("tcp_resets", 2))))

    kept = ViewsFile(by_hand).save(view, replacing=True)

    assert kept.views[1].arrangement.widths == (("tcp_resets", 2),)
    assert "[view.widths]" not in by_hand.read_text()


def test_a_number_that_is_none_breaks_its_entry_alone_and_only_where_it_means_something(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[[view]]\nname = 'a'\nmine = nan\n[[view]]\nname = 'b'\nlimit = nan\n")

    kept = ViewsFile(path).load()

    assert [view.name for view in kept.views] == ["a"]
    assert kept.broken == ("views.toml, line 6: limit: it has to be a whole number.",)


@pytest.mark.parametrize("said", ["limit = 0x1{}", "widths = {{ total_bytes = 0x1{} }}"])
def test_a_number_too_large_to_be_written_out_breaks_its_entry_alone(path: Path, said: str) -> None:
    path.parent.mkdir()
    path.write_text("[[view]]\nname = 'a'\n[[view]]\nname = 'b'\n" + said.format("f" * 9_000) + "\n")

    kept = ViewsFile(path).load()

    assert [view.name for view in kept.views] == ["a"]
    assert "line 5: " in kept.broken[0]


def test_a_mark_before_the_first_character_is_named_as_what_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[[view]]\nname = 'a'\n", encoding="utf-8-sig")

    with pytest.raises(StoreFailed, match="line 1: it begins with a byte order mark"):
        ViewsFile(path).load()


def test_an_entry_whose_table_stands_elsewhere_is_not_changed(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("[[view]]\nname = 'a'\n[other]\n[view.widths]\ntotal_bytes = 1\n")

    with pytest.raises(StoreFailed, match=r"line 1: view is not written as \[\[view\]\] tables"):
        ViewsFile(path).load()


def test_thousands_of_lists_in_a_list_keep_nobody_waiting(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a = 1\nmine = [\n" + "[1],\n" * 2_000 + "]\n[[view]]\nname = 'a'\n")

    with pytest.raises(StoreFailed, match="line 2: a list of lists there goes over too many lines"):
        ViewsFile(path).load()
