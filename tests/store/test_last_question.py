"""Test how the last query is stored for the next start of cnm-tui."""

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.table.table import Arrangement
from cnm_tui.store.last_question import LARGEST_BYTES, LastQuestion
from tests.questions import questions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "last-question.json"


def test_without_a_file_there_is_nothing_to_resume(path: Path) -> None:
    assert LastQuestion(path).load() is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(questions())
def test_any_question_is_resumed_as_it_was_left(tmp_path: Path, left: tuple[Query, Arrangement]) -> None:
    last = LastQuestion(tmp_path / "any.json")

    last.save(*left)

    resumed = last.load()
    assert resumed is not None
    assert resumed.question == left


def test_it_is_for_nobody_else(path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o666)

    LastQuestion(path).save(Query(), Arrangement())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_question_without_bounds_is_not_kept_and_the_one_before_stays(path: Path) -> None:
    last = LastQuestion(path)
    last.save(Query(limit=7), Arrangement())

    problem = last.save_at_the_end(Query(tags=("x" * LARGEST_BYTES,)), Arrangement())

    assert str(problem) == "The last question is too long to be kept for the next start."
    resumed = last.load()
    assert resumed is not None
    assert resumed.query.limit == 7


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"name": "x", "time": "soon"}', b"[" * 50_000, b"{}"],
    ids=lambda content: repr(content[:20]),
)
def test_a_file_that_holds_no_question_is_told(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(StoreFailed, match="last-question.json holds no question"):
        LastQuestion(path).load()


def test_a_disk_that_refuses_is_told_in_a_sentence(path: Path) -> None:
    path.parent.touch()

    problem = LastQuestion(path).save_at_the_end(Query(), Arrangement())

    assert problem is not None
    assert "state cannot be made" in str(problem)


def test_the_end_of_the_program_does_not_wait_for_a_disk_that_does_not_answer(tmp_path: Path) -> None:
    class Stuck(LastQuestion):
        def save(self, query: Query, arrangement: Arrangement) -> None:
            answered.wait()

    answered = threading.Event()

    problem = Stuck(tmp_path / "x").save_at_the_end(Query(), Arrangement())

    assert problem is None
    assert not answered.is_set()
    answered.set()


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    problem = LastQuestion(tmp_path / "pipe").save_at_the_end(Query(), Arrangement())

    assert "not a regular file" in str(problem)
