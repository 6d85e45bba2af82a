"""Test that a recording keeps every answer if cnm-tui crashes.

The tests also check that a recording file from an unknown person can be opened without harm.
"""

import os
import random
import re
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from cnm_tui.core.errors import CnmError, StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.replay import ReplaySource
from cnm_tui.store.export_file import path_of
from cnm_tui.store.recording import Recorder, Recording, written
from cnm_tui.store.recording_keeper import RecordingKeeper
from cnm_tui.store.recording_schema import VERSION
from tests.builders import MOMENT
from tests.recordings import a_recording, an_exchange

DOCS = Path(__file__).parents[2] / ".github/docs/recordings.md"


def changed(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def replaced(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


def test_an_answer_is_read_as_it_was_written_from_one_private_file(tmp_path: Path) -> None:
    exchange = an_exchange(Query(search="env:prod"), body=b'{"data": []}', rate_limit={"x-ratelimit-limit": "120"})

    path = a_recording(tmp_path / "a.cnm", exchange)

    with closing(Recording(path)) as recording:
        (answer,) = recording.answers.all
        assert (answer.query, answer.window, answer.label) == (exchange.query, exchange.window, "datadoghq.eu")
        assert recording.body(answer.id) == exchange.body
        assert recording.limits(answer.id) == {"x-ratelimit-limit": "120"}
    assert [file.name for file in tmp_path.iterdir()] == ["a.cnm"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_reader_sees_answers_while_they_are_written_and_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.cnm"
    with closing(Recorder(path)) as recorder:
        recorder.add(written(an_exchange(), "DEMO"))
        with closing(Recording(path)) as recording:
            recorder.add(written(an_exchange(), "DEMO"))
            recording.refresh()

            assert len(recording.answers) == 2
        with pytest.raises(StoreFailed, match="Another program is recording"):
            Recorder(path)


def test_old_answers_go_and_give_their_room_back(tmp_path: Path) -> None:
    path = a_recording(
        tmp_path / "a.cnm", *(an_exchange(at=MOMENT + 60 * n, body=os.urandom(5_000)) for n in range(50))
    )
    with closing(Recorder(path)) as recorder:
        gone = recorder.remove_before(MOMENT + 600)
        assert gone == 10
        assert recorder.shrink_to(100_000) > 0
        assert recorder.size <= 100_000

    assert path.stat().st_size <= 100_000
    with closing(Recording(path)) as recording:
        assert recording.answers.last.window.end == MOMENT + 60 * 49


def test_a_full_disk_ends_the_recording_and_keeps_the_answers_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = RecordingKeeper()
    keeper.start(tmp_path / "a")
    keeper.keep("DEMO", an_exchange())
    # A file may have no more pages than it has now: what SQLite says is what it says of a full disk.
    assert keeper._recorder is not None
    keeper._recorder._connection.execute("PRAGMA max_page_count = 1")

    keeper.keep("DEMO", an_exchange(body=os.urandom(50_000)))

    assert "full" in str(keeper.problem)
    assert keeper.path is None
    with closing(Recording(tmp_path / "a.cnm")) as recording:
        assert len(recording.answers) == 1


HOSTILE: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_bytes(b"not a database at all" * 100),
    "empty": lambda path: path.write_bytes(b""),
    "header only": lambda path: path.write_bytes(path.read_bytes()[:100]),
    "another database": lambda path: replaced(path, lambda path: changed(path, "CREATE TABLE answers (id)")),
    "newer": lambda path: changed(path, f"PRAGMA user_version = {VERSION + 1}"),
    "view": lambda path: changed(
        path,
        "DROP TABLE answers",
        "CREATE VIEW answers AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n",
    ),
    "trigger": lambda path: changed(path, "CREATE TRIGGER t AFTER INSERT ON answers BEGIN DELETE FROM answers; END"),
    "another type": lambda path: changed(path, "UPDATE answers SET window_from = 'Robert''); DROP TABLE answers;--'"),
    "impossible time": lambda path: changed(path, "UPDATE answers SET answered_at = 1e300"),
    "no question": lambda path: changed(path, "UPDATE answers SET parameters = '[[[['"),
    "unknown endpoint": lambda path: changed(path, "UPDATE answers SET endpoint = '/etc/passwd'"),
    "no body": lambda path: changed(path, "DELETE FROM bodies"),
    "cut body": lambda path: changed(path, "UPDATE bodies SET body = substr(body, 1, 20)"),
    "link to itself": lambda path: replaced(path, lambda path: path.symlink_to(path)),
    "link beside it": lambda path: path.with_name("a.cnm-wal").symlink_to("/etc/hostname"),
    "folder": lambda path: replaced(path, Path.mkdir),
    "pipe": lambda path: replaced(path, os.mkfifo),
}


def first_answer(path: Path) -> Snapshot:
    source = ReplaySource(path)
    return source.answer(source.answers.first.query)


def bombed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE bodies SET body = ?", (zlib.compress(b"\0" * 200_000_000),))
        connection.commit()


@pytest.mark.parametrize("harm", [*HOSTILE, "bomb"])
def test_a_hostile_file_gives_one_sentence(tmp_path: Path, harm: str) -> None:
    path = a_recording(tmp_path / "a.cnm", an_exchange())
    {**HOSTILE, "bomb": bombed}[harm](path)

    with pytest.raises(CnmError) as told:
        first_answer(path)

    assert re.fullmatch(r"[^\n]+\.", told.value.sentence)


def test_any_damage_gives_one_sentence_or_an_answer(tmp_path: Path) -> None:
    path = a_recording(tmp_path / "a.cnm", *(an_exchange(at=MOMENT + n) for n in range(20)))
    whole, dice = path.read_bytes(), random.Random(1)
    outcomes = set()
    for _ in range(300):
        harmed = bytearray(whole)
        for _ in range(dice.choice((1, 4, 40))):
            harmed[dice.randrange(len(harmed))] = dice.randrange(256)
        path.write_bytes(harmed[: dice.choice((len(harmed), dice.randrange(len(harmed))))])
        try:
            source = ReplaySource(path)
            for recorded in source.answers.all:
                with suppress(CnmError):
                    source.snapshot(recorded.query, recorded)
            outcomes.add("read")
        except CnmError:
            outcomes.add("refused")

    assert outcomes == {"read", "refused"}


def test_a_program_killed_at_any_moment_loses_at_most_the_answer_being_written(tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = (
        "import sys\nfrom pathlib import Path\nfrom cnm_tui.store.recording import Recorder, written\n"
        "from tests.recordings import an_exchange\n"
        "recorder = Recorder(Path(sys.argv[1]))\n"
        "while True:\n    print(recorder.add(written(an_exchange(), 'DEMO')), flush=True)\n"
    )
    dice = random.Random(2)
    for number in range(5):
        path = tmp_path / f"{number}.cnm"
        with (
            told.open("wb") as out,
            subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as process,
        ):
            assert process.stdout is not None
            for _ in range(dice.randrange(1, 30)):
                out.write(process.stdout.readline())
            process.kill()
            out.write(process.stdout.read())
        heard = [int(line) for line in told.read_bytes().split(b"\n")[:-1]]
        with closing(Recording(path)) as recording:
            assert len(recording.answers) in (len(heard), len(heard) + 1)
        with closing(Recorder(path)) as recorder:
            recorder.add(written(an_exchange(), "DEMO"))


def test_the_queries_of_the_documentation_find_the_answers(tmp_path: Path) -> None:
    path = a_recording(tmp_path / "a.cnm", an_exchange(), an_exchange(Query(search="env:prod"), status=400))
    queries = re.findall(r"<!-- sql -->\n```sql\n(.+?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    now = f"unixepoch('{MOMENT - 100}', 'unixepoch'"
    with closing(sqlite3.connect(path)) as connection:
        questions, covering, days = (
            connection.execute(query.replace("unixepoch('now'", now)).fetchall() for query in queries
        )

    assert questions == [("client_service,server_service", None, 1, "2026-03-01 09:45:00", "2026-03-01 10:00:00")]
    assert [row[:2] for row in covering] == [(1, "datadoghq.eu")]
    assert days == [("2026-03-01", 2, 1, 0)]


def test_a_link_of_the_user_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "latest.cnm").symlink_to("a.cnm")

    path = a_recording(tmp_path / "latest.cnm", an_exchange())

    assert path.is_symlink()
    assert stat.S_IMODE((tmp_path / "a.cnm").stat().st_mode) == 0o600
    with closing(Recording(path)) as recording:
        assert len(recording.answers) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.cnm", "latest.cnm"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a link to another user")
def test_a_link_of_another_user_is_refused(tmp_path: Path) -> None:
    a_recording(tmp_path / "a.cnm", an_exchange())
    (tmp_path / "latest.cnm").symlink_to("a.cnm")
    os.lchown(tmp_path / "latest.cnm", 65_534, 65_534)

    for opening in (Recording, Recorder):
        with pytest.raises(StoreFailed, match="link of another user"):
            opening(tmp_path / "latest.cnm")


def test_a_folder_is_no_name_of_a_recording(tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()

    with pytest.raises(StoreFailed, match="is a folder"):
        RecordingKeeper().start(folder)
    with pytest.raises(StoreFailed, match="name of a folder"):
        path_of(f"{tmp_path}/other/")

    assert [path.name for path in tmp_path.iterdir()] == ["names"]


@pytest.mark.parametrize("opening", [Recording, Recorder])
def test_a_name_that_is_too_long_is_told_in_one_sentence(opening: Callable[[Path], object], tmp_path: Path) -> None:
    for length in (300, 256):
        with pytest.raises(StoreFailed, match="name too long|too long"):
            opening(tmp_path / ("x" * length))
