import fcntl
import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.search.past_searches import MOST_KEPT, PastSearch
from cnm_tui.store.file_lock import LOCK_NAME
from cnm_tui.store.search_history import SearchHistory

WEB = PastSearch("client_service:web", 1_772_359_200.0, 312)
MAIL = PastSearch('server_service:"mail relay" OR naïve:検*', 1_772_359_260.5, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "searches.jsonl"


def test_nothing_is_made_before_something_is_kept(path: Path) -> None:
    assert SearchHistory(path).load() == ()
    assert not path.parent.exists()


def test_what_is_kept_is_there_in_the_next_run_the_newest_first(path: Path) -> None:
    SearchHistory(path).keep(WEB)
    SearchHistory(path).keep(MAIL)

    assert SearchHistory(path).load() == (MAIL, WEB)
    assert [json.loads(line)["search"] for line in path.read_text().splitlines()] == [WEB.search, MAIL.search]


def test_all_of_it_is_for_its_user_alone(path: Path) -> None:
    SearchHistory(path).keep(WEB)
    path.chmod(0o644)
    SearchHistory(path).keep(MAIL)

    assert {file.name for file in path.parent.iterdir()} == {path.name}
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json",
        b"[]",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"search": "x"}',
        b'{"search": 1, "answered_at": 1, "rows": 1}',
        b'{"search": "", "answered_at": 1, "rows": 1}',
        b'{"search": "a\\u001bb", "answered_at": 1, "rows": 1}',
        b'{"search": "\\ud800", "answered_at": 1, "rows": 1}',
        b'{"search": "x", "answered_at": NaN, "rows": 1}',
        b'{"search": "x", "answered_at": 1e300, "rows": 1}',
        b'{"search": "x", "answered_at": 1, "rows": -1}',
        b'{"search": "x", "answered_at": 1, "rows": 1',
    ],
)
def test_a_broken_line_is_passed_over_and_the_others_load(path: Path, line: bytes) -> None:
    history = SearchHistory(path)
    history.keep(WEB)
    path.write_bytes(line + b"\n" + path.read_bytes() + line)

    assert history.load() == (WEB,)
    history.keep(MAIL)
    assert history.load() == (MAIL, WEB)


@pytest.mark.parametrize("content", [b"shopping list\nmilk\n", b"\x00" * 64, b'{"views": []}'])
def test_a_file_that_is_something_else_is_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    for attempt in (SearchHistory(path).load, lambda: SearchHistory(path).keep(WEB)):
        with pytest.raises(StoreFailed, match="searches.jsonl is no history of searches, and is left as it is") as told:
            attempt()
        assert "Move it away" in told.value.hint

    assert path.read_bytes() == content


def test_an_empty_file_is_an_empty_history(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\n")

    SearchHistory(path).keep(WEB)

    assert SearchHistory(path).load() == (WEB,)


def test_programs_that_write_at_once_lose_nothing_of_each_other(path: Path) -> None:
    several = [[PastSearch(f"{who}:{number}", 100 * number + who, 1) for number in range(12)] for who in range(4)]
    begin = threading.Barrier(len(several))

    def run(searches: list[PastSearch]) -> None:
        begin.wait()
        for search in searches:
            SearchHistory(path).keep(search)

    with ThreadPoolExecutor(len(several)) as programs:
        list(programs.map(run, several))

    assert set(SearchHistory(path).load()) == {search for searches in several for search in searches}


def test_the_file_does_not_grow_for_ever(path: Path) -> None:
    path.parent.mkdir()
    lines = [{"search": f"x:{number}", "answered_at": number, "rows": 1} for number in range(MOST_KEPT + 20)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    SearchHistory(path).keep(WEB)

    assert len(path.read_text().splitlines()) == MOST_KEPT
    assert SearchHistory(path).load()[0] == WEB


def test_a_program_that_never_lets_go_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnm_tui.store.file_lock._PATIENCE_SECONDS", 0.0)
    SearchHistory(path).keep(WEB)

    with path.with_name(LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreFailed, match="is being written by another program"):
            SearchHistory(path).keep(MAIL)

    assert SearchHistory(path).load() == (WEB,)


def test_a_file_that_cannot_be_read_is_named_with_the_reason(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(StoreFailed, match="searches.jsonl could not be read: Is a directory"):
        SearchHistory(path).load()


def test_a_place_where_no_lock_can_be_made_is_named_with_the_reason(path: Path) -> None:
    path.with_name(LOCK_NAME).mkdir(parents=True)

    with pytest.raises(StoreFailed, match=f"{LOCK_NAME} could not be opened: Is a directory"):
        SearchHistory(path).keep(WEB)
