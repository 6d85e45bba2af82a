"""Define the `record` command, which sends a query on a schedule and writes each answer to a recording.

It works without a screen.
"""

import gc
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import click

from cnm_tui import wiring
from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    ProductDisabled,
    QueryRefused,
    StoreFailed,
)
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.query import Query
from cnm_tui.core.recording import ANSWERED, parameters_text
from cnm_tui.core.recording_plan import Schedule, parsed_every, parsed_size
from cnm_tui.core.service import Exchange
from cnm_tui.core.time.time_range import Window, iso_window, parsed_length
from cnm_tui.core.units import bytes_text, plural
from cnm_tui.file_options import RecordingFile
from cnm_tui.options import Question, SourceOptions, question_options, source_options, started_environ
from cnm_tui.program import GroupedCommand
from cnm_tui.question_series import QuestionSeries
from cnm_tui.startup import first_question, read_settings
from cnm_tui.store.files import path_text
from cnm_tui.store.recording import Recorder, with_ending, written
from cnm_tui.streams import write_to_stderr

# Not in a docstring: `python -OO` removes those.
_RECORD: Final = """\
Keep the answers to a question on a schedule, for longer than the service does.

Each closed window is asked for once. After an outage the gaps of the last 14 days are refilled. Ends on SIGTERM,
and goes on when it is started again with the same file. For systemd: `cnm-tui help recordings`.
"""
_HOPELESS: Final = (
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    ProductDisabled,
    QueryRefused,
    StoreFailed,
)
"""Failures that asking again would not mend."""
_PAUSE_SECONDS: Final = 60.0
_LONGEST_PAUSE_SECONDS: Final = 900.0
_INFO, _WARNING = "<6>", "<4>"
"""Priorities of lines, as systemd reads them (sd-daemon(3))."""


_NOT_KEPT: Final = ("length", "start", "end", "snap", "sort", "columns", "row_filter", "top")
"""Options of a question that a recording has no use for: it has windows of its own, and all rows as answered."""


@click.command(cls=GroupedCommand, help=_RECORD)
@source_options(read_settings)
@question_options(first_question, without=_NOT_KEPT)
@click.option("--every", metavar="LENGTH", default="5m", show_default=True, help="Length of each window.")
@click.option("--keep", metavar="LENGTH", help="Remove answers of this age: 90d.  [never]")
@click.option("--max-size", metavar="SIZE", help="Remove the oldest answers above this size: 5GB.  [any size]")
@click.option("-o", "--output", type=RecordingFile(), required=True, help="The recording.")
@click.option("--once", is_flag=True, help="Ask for what is missing, and end.")
def record(
    options: SourceOptions,
    question: Question,
    every: str,
    keep: str | None,
    max_size: str | None,
    output: Path,
    *,
    once: bool,
) -> None:
    """Keep the answers to a question on a schedule."""
    keep_seconds = None if keep is None else parsed_length(keep)
    schedule = Schedule(parsed_every(every), keep_seconds, None if max_size is None else parsed_size(max_size))
    if keep_seconds is not None and keep_seconds < schedule.every_seconds:
        raise InvalidQuery("--keep is shorter than --every, so nothing would be kept.", hint="Keep for longer.")
    # It runs for long, so collect garbage again.
    gc.enable()
    environ = started_environ()
    system = _System(os.environ)
    keeping = _Keeping()
    # The keys first: without them no file is made.
    with (
        wiring.open_query_function(options, environ, keeping.keep) as function,
        closing(Recorder(with_ending(output))) as recorder,
    ):
        # It writes names, which a file with aliases must not hold.
        recorder.claim("")
        keeping.recorder = recorder
        series = QuestionSeries(function.label, function.answer, system.warn)
        run = _Run(question.query, schedule, recorder, series, system)
        try:
            run.go_on(once=once)
        finally:
            system.notify("STOPPING=1")


class _Keeping:
    """Writes each successful API reply to the recording.

    Failed replies are not written, because they would fill the file if Datadog is not available for days.
    """

    recorder: Recorder | None = None

    def keep(self, label: str, exchange: Exchange) -> None:
        """Write a reply of the API to the recording if it is successful. Otherwise do nothing.

        Raises:
            StoreFailed: The reply could not be written.
        """
        if exchange.status == ANSWERED and self.recorder is not None:
            self.recorder.add(written(exchange, label))


class _System:
    """Writes log lines in the form that systemd expects, and tells systemd that cnm-tui is ready.

    On a terminal, the log lines are plain text.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._in_journal = bool(environ.get("JOURNAL_STREAM"))

    def tell(self, sentence: str) -> None:
        """Write an information line to the log."""
        write_to_stderr(f"{_INFO if self._in_journal else ''}cnm-tui: {sentence}")

    def warn(self, sentence: str) -> None:
        """Write a warning line to the log."""
        write_to_stderr(f"{_WARNING if self._in_journal else ''}cnm-tui: {sentence}")

    def notify(self, state: str) -> None:
        """Send a state, for example `READY=1`, to systemd (see sd_notify(3)). Do nothing if systemd did not start
        cnm-tui.
        """
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
            sending.connect(address)
            sending.sendall(state.encode())


class _Run:
    """Requests all time windows that are missing in the recording, waits for the end of the next time window, and
    repeats.
    """

    def __init__(
        self,
        query: Query,
        schedule: Schedule,
        recorder: Recorder,
        series: QuestionSeries,
        system: _System,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._query = query
        self._schedule = schedule
        self._recorder = recorder
        self._series = series
        self._system = system
        self._clock = clock
        self._sleep = sleep
        self._is_ready = False
        self._pause = _PAUSE_SECONDS

    def go_on(self, *, once: bool = False) -> None:
        """Record until a signal ends cnm-tui. If `once` is True, return when all missing time windows are recorded.

        Raises:
            CnmError: An error that would occur again at the next try. If `once` is True, any error.
        """
        self._system.tell(f"records into {path_text(self._recorder.path)}, from {self._series.label}.")
        while True:
            try:
                self._catch_up()
                self._pause = _PAUSE_SECONDS
            except CnmError as problem:
                if once or isinstance(problem, _HOPELESS):
                    raise
                self._system.warn(f"{problem.sentence} Asking again in {round(self._pause)} s.")
                if not self._is_ready:
                    # Otherwise systemd ends the start after 90 s, in the middle of an outage.
                    self._system.notify(f"EXTEND_TIMEOUT_USEC={round(1e6 * (self._pause + _PAUSE_SECONDS))}")
                self._sleep(self._pause)
                self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
                continue
            if once:
                return
            self._sleep(max(1.0, self._schedule.next_at(self._clock()) - self._clock()))

    def _catch_up(self) -> None:
        """Request all ended time windows that are missing in the recording, newest first."""
        missing = self._missing()
        if len(missing) > 1:
            self._system.tell(f"{plural(len(missing), 'window')} missing; asking for them, newest first.")
        while missing:
            window = missing[0]
            answer = self._series.ask(query_for(self._query, window))
            rows = plural(len(answer.connections), "row")
            cut = ", cut at the limit" if answer.cut else ""
            self._system.tell(f"recorded {iso_window(window)}: {rows}{cut}.")
            self._tidy_up()
            self._tell_ready()
            self._system.notify(f"STATUS=Recorded {iso_window(window)}: {rows}")
            # Read again, as a newer window may be closed by now.
            missing = self._missing()
        # After a restart nothing may be missing until the next window is closed.
        self._tell_ready()

    def _tell_ready(self) -> None:
        if not self._is_ready:
            self._is_ready = True
            self._system.notify("READY=1")

    def _missing(self) -> Sequence[Window]:
        recorded = self._recorder.windows(self._query.endpoint.path, parameters_text(self._query))
        ours = {window for window in recorded if window.seconds == self._schedule.every_seconds}
        since = min((window.start for window in ours), default=None)
        return self._schedule.missing(self._clock(), ours, since)

    def _tidy_up(self) -> None:
        """Remove answers that are too old from the recording. If the file is still too large, remove more of the
        oldest answers.
        """
        schedule, removed = self._schedule, 0
        if schedule.keep_seconds is not None:
            removed += self._recorder.remove_before(int(self._clock()) - schedule.keep_seconds)
        if schedule.most_bytes is not None:
            removed += self._recorder.shrink_to(schedule.most_bytes)
        if removed:
            size = bytes_text(self._recorder.size)
            self._system.tell(f"removed {plural(removed, 'old answer')}; the file has {size}.")
