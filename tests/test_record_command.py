"""Test that the command `record` stores each time window once, after its end, also after outages and restarts.

The tests also check the messages that the command sends to systemd.
"""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError, CredentialsRefused, ServiceFailed, StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.recording import parameters_text
from cnm_tui.core.recording_plan import GRACE_SECONDS, Schedule
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.question_series import QuestionSeries
from cnm_tui.record_command import _Run, _System
from cnm_tui.store.recording import Recorder, Recording, written
from tests.builders import MOMENT, a_connection, a_snapshot
from tests.program import PROGRAM, environment, run
from tests.recordings import an_exchange

DOCS = Path(__file__).parents[1] / ".github/docs/recordings.md"


class Service:
    """A simulated API with its own clock.

    The clock advances when the command `record` sleeps, and the test decides which requests fail.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.now = float(MOMENT + GRACE_SECONDS)
        self.asked: list[Window] = []
        self.down: CnmError | None = None
        self.ends_at = self.now + 3_600
        self._recorder = recorder

    def answer(self, query: Query) -> Snapshot:
        window = query.time_range.window(self.now)
        self.asked.append(window)
        if self.down is not None:
            raise self.down
        self._recorder.add(written(an_exchange(query, self.now, window=window), "DEMO"))
        return a_snapshot(a_connection(), query=query, window=window)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.ends_at:
            raise KeyboardInterrupt

    def recording(self, schedule: Schedule, system: _System | None = None) -> _Run:
        series = QuestionSeries("DEMO", self.answer, lambda _said: None, lambda: self.now, self.sleep)
        return _Run(Query(), schedule, self._recorder, series, system or _System({}), lambda: self.now, self.sleep)


def test_each_closed_window_is_asked_for_once_through_an_outage_and_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "a.cnm"
    with closing(Recorder(path)) as recorder:
        service = Service(recorder)
        with pytest.raises(KeyboardInterrupt):
            service.recording(Schedule(300)).go_on()
        service.down, service.ends_at = ServiceFailed("Down."), service.now + 1_800
        with pytest.raises(KeyboardInterrupt):
            service.recording(Schedule(300)).go_on()
    with closing(Recorder(path)) as recorder:
        again = Service(recorder)
        again.now, again.ends_at = service.now, service.now + 900
        with pytest.raises(KeyboardInterrupt):
            again.recording(Schedule(300)).go_on()

    with closing(Recording(path)) as recording:
        windows = [one.window for one in recording.answers.all]
    starts = sorted(window.start for window in windows)
    assert starts == list(range(MOMENT - 300, starts[-1] + 300, 300))
    assert starts[-1] + 300 <= again.now


def test_what_asking_again_would_not_mend_ends_the_run(tmp_path: Path) -> None:
    with closing(Recorder(tmp_path / "a.cnm")) as recorder:
        service = Service(recorder)
        service.down = CredentialsRefused("Refused.")

        with pytest.raises(CredentialsRefused):
            service.recording(Schedule(300)).go_on()

    assert len(service.asked) == 1


class Manager(_System):
    """A fake systemd that records the messages which cnm-tui sends to it."""

    def __init__(self) -> None:
        super().__init__({})
        self.heard: list[str] = []

    def notify(self, state: str) -> None:
        self.heard.append(state.partition("=")[0])


def test_after_a_restart_with_nothing_missing_it_is_ready_at_once(tmp_path: Path) -> None:
    with closing(Recorder(tmp_path / "a.cnm")) as recorder:
        service = Service(recorder)
        service.recording(Schedule(300)).go_on(once=True)
        manager, asked = Manager(), len(service.asked)

        service.recording(Schedule(300), manager).go_on(once=True)

    assert (manager.heard, len(service.asked)) == (["READY"], asked)


def test_an_outage_at_the_start_delays_readiness_and_does_not_end_the_start(tmp_path: Path) -> None:
    with closing(Recorder(tmp_path / "a.cnm")) as recorder:
        service, manager = Service(recorder), Manager()
        service.down, service.ends_at = ServiceFailed("Down."), service.now + 200
        with pytest.raises(KeyboardInterrupt):
            service.recording(Schedule(300), manager).go_on()

    assert set(manager.heard) == {"EXTEND_TIMEOUT_USEC"}


def test_the_file_stays_below_its_maximum_with_all_that_is_beside_it(tmp_path: Path) -> None:
    path, most, largest = tmp_path / "a.cnm", 4_000_000, 0
    with closing(Recorder(path)) as recorder:
        for number in range(60):
            window = Window(MOMENT + 300 * number, MOMENT + 300 * number + 300)
            recorder.add(written(an_exchange(body=os.urandom(90_000), window=window), "DEMO"))
            recorder.shrink_to(most)
            largest = max(largest, sum(file.stat().st_size for file in tmp_path.iterdir()))
        kept = recorder.windows(CONNECTIONS.path, parameters_text(Query()))

    assert 0.8 * most < largest <= most
    assert max(window.start for window in kept) == MOMENT + 300 * 59
    assert len(kept) > 30


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_unit_of_the_docs(tmp_path: Path) -> None:
    unit = re.search(r"<!-- unit -->\n```ini\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert unit is not None
    (tmp_path / "cnm-record.service").write_text(unit[1].replace("%h/.local/bin/cnm-tui", PROGRAM))

    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--man=no", str(tmp_path / "cnm-record.service")],
        env=environment(str(tmp_path), {"XDG_RUNTIME_DIR": str(tmp_path)}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_old_answers_go(tmp_path: Path) -> None:
    with closing(Recorder(tmp_path / "a.cnm")) as recorder:
        service = Service(recorder)
        with pytest.raises(KeyboardInterrupt):
            service.recording(Schedule(300, keep_seconds=900)).go_on()

    with closing(Recording(tmp_path / "a.cnm")) as recording:
        assert all(one.window.end >= service.now - 1_300 for one in recording.answers.all)


@pytest.mark.slow
def test_the_program_is_ready_ends_on_sigterm_and_goes_on(tmp_path: Path) -> None:
    path, address = tmp_path / "kept.cnm", str(tmp_path / "notify")
    arguments = [
        PROGRAM,
        "record",
        "--demo",
        "--every",
        "5m",
        "--view",
        "Retransmits",
        "--keep",
        "90d",
        "-o",
        str(path),
    ]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(address)
        told.settimeout(30)
        environ = environment(str(tmp_path), {"NOTIFY_SOCKET": address, "JOURNAL_STREAM": "8:1"})
        with subprocess.Popen(arguments, env=environ, stderr=subprocess.PIPE, text=True) as process:
            ready = told.recv(200)
            second = subprocess.run(arguments, env=environ, capture_output=True, text=True, check=False)
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=30)
    again = run("record", "--demo", "--view", "Retransmits", "--once", "-o", str(path), environ={})

    assert ready == b"READY=1"
    assert (second.returncode, "Another program is recording" in second.stderr) == (4, True)
    assert process.returncode == -signal.SIGTERM
    assert all(line.startswith("<6>cnm-tui: ") for line in filter(None, log.splitlines()))
    assert again.returncode == 0
    assert [file.name for file in tmp_path.glob("*.cnm*")] == ["kept.cnm"]
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT count(*), count(DISTINCT window_from), max(window_to) FROM answers"
        ).fetchone()
    assert rows[0] == rows[1] >= 1
    assert rows[2] <= time.time()


def test_a_file_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.cnm").mkdir()

    with pytest.raises(StoreFailed):
        Recorder(tmp_path / "a.cnm")
