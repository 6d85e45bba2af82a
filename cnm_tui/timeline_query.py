"""Run the `query` command for a timeline: send the query for each part of a time span.

The output is the history of each row, with one record for each part of the time span.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from cnm_tui import wiring
from cnm_tui.core.errors import (
    CnmError,
    CredentialsMalformed,
    CredentialsMissing,
    CredentialsRefused,
    InvalidQuery,
    QueryRefused,
)
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.export.timeline_rows import FORMATS, TimelineExport, export_timeline
from cnm_tui.core.metrics.extra import BEGAN
from cnm_tui.core.metrics.metric import Total
from cnm_tui.core.service import Budget
from cnm_tui.core.table.history_columns import BeganColumn
from cnm_tui.core.table.table import arrange
from cnm_tui.core.text import clean
from cnm_tui.core.timeline.parts import CUT_AT_LIMIT, MOST_ROWS_OF_ALL_PARTS, State
from cnm_tui.core.timeline.plan import cost_sentence, parsed_span
from cnm_tui.core.timeline.timeline import Timeline, empty_timeline
from cnm_tui.core.timeline.whole import whole_of
from cnm_tui.core.timeline.words import clock_sentence, progress_remark
from cnm_tui.core.units import plural
from cnm_tui.daemon import started
from cnm_tui.headless import chosen_format, question_sentence, terminal_width, write_pieces
from cnm_tui.options import Question, SourceOptions, started_environ
from cnm_tui.question_series import QuestionSeries
from cnm_tui.recorded_query import first_question, has_aliases, redacted_function
from cnm_tui.replay import ReplaySource
from cnm_tui.store.recording_keeper import RecordingKeeper
from cnm_tui.store.redaction import Redaction
from cnm_tui.streams import say

_HOPELESS: Final = (CredentialsMalformed, CredentialsMissing, CredentialsRefused, InvalidQuery, QueryRefused)
_MOST_FAILURES: Final = 3
"""Maximum number of consecutive failed parts; after that, the other parts are not requested."""


class TimelineOptions(NamedTuple):
    """The command-line options of `query` for a timeline."""

    span: str
    parts: int | None
    onset: bool
    format_name: str | None
    output: Path | None


class _Asking(NamedTuple):
    """The function that returns the answer to a query, and the current time.

    The function sends the query to the service, or reads the answer from a recording.
    """

    function: wiring.QueryFunction
    now: float
    most_failures: int | None
    """Parts that may fail in a row; None for any number, as a recording lacks parts at no cost."""


def run(
    asked: TimelineOptions,
    question: Question,
    options: SourceOptions,
    record: Path | None = None,
    from_file: Path | None = None,
    redaction: Redaction | None = None,
) -> None:
    """Send the query for each part of the time span, and write one record for each row and part.

    The newest part is requested first.

    Args:
        asked: The options of the timeline.
        question: The query for each part, and the sort order of the rows.
        options: The service that queries are sent to.
        record: The file of a recording to which every answer is also written.
        from_file: The file of a recording that is used in place of the service.
        redaction: The object that replaces names by aliases. None to keep the names.

    Raises:
        CnmError: The requests failed, or the records cannot be written.
    """
    chosen, remark = chosen_format(asked.format_name, asked.output)
    if chosen not in FORMATS:
        raise InvalidQuery(f"A timeline is not written as {chosen}.", hint=f"Formats: {', '.join(FORMATS)}.")
    if remark:
        say(f"cnm-tui: {remark}")
    asking = _ask_service if from_file is None else partial(_read_file, from_file)
    _write(asking(asked, question, options, record, redaction), chosen, asked)


class _Answered(NamedTuple):
    """A finished timeline with its query, the name of the service, and the time of the requests."""

    timeline: Timeline
    question: Question
    source: str
    now: float


def _read_file(
    path: Path,
    asked: TimelineOptions,
    question: Question,
    _options: SourceOptions,
    record: Path | None,
    redaction: Redaction | None,
) -> _Answered:
    """Return the timeline from a recording. It begins no earlier than the recording does."""
    if record is not None:
        raise InvalidQuery("--from-file sends no request, so there is nothing to record.", hint="Leave out --record.")
    source = ReplaySource(path, keeps_json=False)
    source.moment = source.answers.last.answered_at
    if redaction is not None and has_aliases(source.recording):
        redaction = None
    recorded = first_question(source.answers.last, question)
    question = _redacted(recorded, redaction)
    function = redacted_function(wiring.QueryFunction(source.label, source.answer), redaction)
    asking = _Asking(function, source.moment, None)
    timeline = _planned(asked, question, asking, source.answers.coverage(recorded.query).since)
    return _Answered(_asked(asking, timeline), question, function.label, source.moment)


def _ask_service(
    asked: TimelineOptions,
    question: Question,
    options: SourceOptions,
    record: Path | None,
    redaction: Redaction | None,
) -> _Answered:
    """Request the parts of the timeline from the service, and return the timeline."""
    now = time.time()
    # Refused before anything is asked.
    parsed_span(asked.span, now, question.query.time_range, asked.parts)
    question = _redacted(question, redaction)
    with _kept(record, redaction) as keep, wiring.open_query_function(options, started_environ(), keep) as found:
        asking = _Asking(redacted_function(found, redaction), now, _MOST_FAILURES)
        timeline = _planned(asked, question, asking)
        each = f" Each of {len(options.together)} profiles is asked." if options.together else ""
        say(f"cnm-tui: {cost_sentence(len(timeline.windows), Budget(), now)}{each}")
        timeline = _asked(asking, timeline)
    return _Answered(timeline, question, asking.function.label, now)


def _redacted(question: Question, redaction: Redaction | None) -> Question:
    return question if redaction is None else Question(*redaction.of_question(*question))


def _planned(asked: TimelineOptions, question: Question, asking: _Asking, kept_since: int | None = None) -> Timeline:
    """Return the timeline with all its parts, before any part is requested. All parts are still empty."""
    plan = parsed_span(asked.span, asking.now, question.query.time_range, asked.parts, kept_since)
    return empty_timeline(question.query, plan.windows)


@contextmanager
def _kept(record: Path | None, redaction: Redaction | None) -> Iterator[wiring.Keep | None]:
    """Yield a function that writes replies to a recording. Yield None if the user named no recording.

    Raises:
        StoreFailed: The recording could not be written.
    """
    if record is None:
        yield None
        return
    keeper = RecordingKeeper()
    keeper.aliases = lambda: redaction
    keeper.start(record)
    try:
        yield keeper.keep
    finally:
        keeper.stop()
    if keeper.problem is not None:
        raise keeper.problem


# Requests


def _asked(asking: _Asking, timeline: Timeline) -> Timeline:
    """Request the missing parts of the timeline, and return the timeline with these parts.

    A part whose request fails stays empty.

    Raises:
        CnmError: All requests failed, or a request failed for a reason that would stop every request.
    """
    progress, failures = _Progress(), 0
    # In a thread, so that an interrupt is heard at once.
    series = QuestionSeries(
        asking.function.label, lambda query: started(partial(asking.function.answer, query))(), progress.tell
    )
    try:
        for window in timeline.missing:
            progress.show(progress_remark(timeline))
            try:
                timeline = timeline.joined(window, series.ask(query_for(timeline.query, window)))
                failures = 0
            except CnmError as problem:
                if isinstance(problem, _HOPELESS):
                    raise
                timeline, failures = timeline.without(window, problem.sentence), failures + 1
                if failures == asking.most_failures:
                    if not timeline.known:
                        raise
                    break
    finally:
        progress.end()
    return timeline


class _Progress:
    """A line on stderr that displays the progress, if stderr is a terminal."""

    def __init__(self) -> None:
        self._is_shown = False
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()

    def show(self, remark: str) -> None:
        """Display the progress text `remark`, in place of the previous text."""
        if self._is_terminal:
            with suppress(OSError):
                sys.stderr.write(f"\r\x1b[Kcnm-tui: {remark}")
                sys.stderr.flush()
                self._is_shown = True

    def tell(self, sentence: str) -> None:
        """Print a sentence about a pause on a line of its own."""
        self.end()
        say(f"cnm-tui: {sentence}")

    def end(self) -> None:
        """Remove the progress line from the terminal."""
        if self._is_shown:
            self._is_shown = False
            with suppress(OSError):
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()


# Records


def _write(answered: _Answered, chosen: str, asked: TimelineOptions) -> None:
    timeline, question, source, now = answered
    arrangement = replace(question.arrangement, pins=())
    by_beginning = any(key.column == BEGAN.key for key in arrangement.sort)
    extras = (BeganColumn(timeline, BEGAN.key, timeline),) if by_beginning else ()
    table = arrange(whole_of(timeline, now), arrangement, extras=extras)
    export = TimelineExport(timeline, table, source, with_onsets=asked.onset)
    width = terminal_width() if chosen == "table" and asked.output is None else None
    write_pieces(export_timeline(export, chosen, width), asked.output)
    for remark in _remarks(export):
        say(f"cnm-tui: {remark}")


def _remarks(export: TimelineExport) -> Iterator[str]:
    timeline, states = export.timeline, export.timeline.states
    rows = f"{plural(len(export.table), 'row')} in {plural(len(states), 'part')}"
    yield f"{rows} of {timeline.window}, from {clean(export.source)}."
    yield question_sentence(export.table, export.source)
    metrics, sort = timeline.endpoint.metrics, export.table.arrangement.sort
    if any(key.column in metrics and metrics[key.column].total is Total.NONE for key in sort):
        yield export.table.snapshot.warning
    if gaps := states.count(State.GAP):
        failure = next((timeline.failed[one] for one in reversed(timeline.windows) if one in timeline.failed), "")
        yield f"{plural(gaps, 'part')} without an answer, of which nothing is known. {failure}"
    for why, cut in Counter(filter(None, timeline.why_cut)).items():
        told = f"{plural(cut, 'part')} reached the limit" if why == CUT_AT_LIMIT else f"{plural(cut, 'part')}: {why}"
        more = "; raise --limit" if why == CUT_AT_LIMIT else ""
        yield f"{told}: a row that is missing there is unknown{more}."
    if sentence := clock_sentence(timeline):
        yield sentence
    if timeline.rows.full:
        yield f"Only the first {MOST_ROWS_OF_ALL_PARTS:,} rows are written; ask for fewer, with a search."
    if export.with_onsets:
        onsets = [onset for one in export.ids if (onset := timeline.onset(one)) is not None]
        still_on = sum(onset.still_on for onset in onsets)
        yield (
            f"{plural(len(onsets), 'row')} turned bad, {still_on} still on."
            if onsets
            else ("No row is known to have turned bad.")
        )
