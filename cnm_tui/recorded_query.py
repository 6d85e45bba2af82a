"""Run the `query` command with a recording or with aliases.

Answers are read from a recording or written to a recording. Aliases are invented names that replace real
names.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cnm_tui import wiring
from cnm_tui.core.errors import CnmError, InvalidQuery, StoreFailed
from cnm_tui.core.query import Query
from cnm_tui.core.recording import Recorded
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.views.arrangement_text import for_endpoint
from cnm_tui.file_options import RecordingOptions
from cnm_tui.options import Question, SourceOptions, says_question, started_environ
from cnm_tui.replay import ReplaySource
from cnm_tui.startup import read_settings
from cnm_tui.store.recording import Recording
from cnm_tui.store.recording_keeper import RecordingKeeper
from cnm_tui.store.redaction import Redaction
from cnm_tui.streams import say
from cnm_tui.wiring import QueryFunction


class QuerySitting:
    """One run of the `query` command that reads or writes a recording, or replaces names by aliases."""

    def __init__(
        self, options: SourceOptions, question: Question, keeping: RecordingOptions, from_file: Path | None = None
    ) -> None:
        """Open the recording and the file with the secret key for aliases, if the options name these files.

        Raises:
            InvalidQuery: The options contradict each other, or the filter contains names that aliases must replace.
            CnmError: A file cannot be opened, or there are no API keys.
        """
        self.question = question
        """The question to answer; without query options that of the last recorded answer."""
        self._keeper: RecordingKeeper | None = None
        self._redaction = redaction_of(keeping)
        if from_file is not None:
            self.asking = self._from_file(from_file, keeping)
        else:
            question.query.time_range.window(time.time())
            if keeping.record is not None:
                self._keeper = self._recorder()
            keep = None if self._keeper is None else self._keeper.keep
            self.asking = wiring.query_function(options, started_environ(), keep)
            # The keys first: without them no file is made.
            if self._keeper is not None and keeping.record is not None:
                self._keeper.start(keeping.record)
        if self._redaction is not None:
            self._redact(self._redaction)

    def _recorder(self) -> RecordingKeeper:
        keeper = RecordingKeeper()
        if self._redaction is not None:
            keeper.aliases = lambda: self._redaction
        return keeper

    def _from_file(self, path: Path, keeping: RecordingOptions) -> QueryFunction:
        if keeping.record is not None:
            raise InvalidQuery(
                "--from-file sends no request, so there is nothing to record.", hint="Leave out --record."
            )
        source = ReplaySource(path, keeps_json=False)
        if not once_redacted(keeping, source).redact:
            self._redaction = None
        last = source.answers.last
        source.moment = last.moment
        self.question = first_question(last, self.question)
        return QueryFunction(source.label, source.answer)

    def _redact(self, redaction: Redaction) -> None:
        self.question = Question(*redaction.of_question(*self.question))
        self.asking = redacted_function(self.asking, redaction)

    @property
    def problem(self) -> StoreFailed | None:
        """Return the error that prevented writing the answer to the recording. Return None if there was no error."""
        return None if self._keeper is None else self._keeper.problem

    def close(self) -> None:
        """Close the recording, and save the aliases together with the secret key from which they are made."""
        if self._keeper is not None:
            self._keeper.stop()
        if self._redaction is not None:
            with suppress(StoreFailed):
                self._redaction.save()


def redaction_of(keeping: RecordingOptions) -> Redaction | None:
    """Return the object that replaces names by aliases if the options request aliases. Otherwise return None.

    Raises:
        InvalidQuery: An option sets the form of aliases, but no option requests aliases.
        StoreFailed: The file with the key for aliases cannot be read.
    """
    if keeping.redact:
        return Redaction(keeping.redact_key, keeps_subnets=keeping.keep_subnets)
    if keeping.redact_key is not None or keeping.keep_subnets:
        raise InvalidQuery("--redact-key and --keep-subnets are about aliases.", hint="Add --redact.")
    return None


def redacted_function(function: QueryFunction, redaction: Redaction | None) -> QueryFunction:
    """Return a query function with aliases in place of names. `function` sends the query with the real names.

    Aliases in the query are replaced by names before it is sent. Names in the answer and in error messages are
    replaced by aliases. If `redaction` is None, return `function` unchanged.
    """
    if redaction is None:
        return function
    redacting = redaction.redacting
    shown = redacting.label(function.label)

    def redacted(query: Query) -> Snapshot:
        try:
            return redacting.snapshot(function.answer(redacting.asked_query(query)), query)
        except CnmError as problem:
            raise redacting.problem(problem, query, shown) from None

    return QueryFunction(shown, redacted)


@contextmanager
def redacted(keeping: RecordingOptions) -> Iterator[Redaction | None]:
    """Yield the object that replaces names by aliases. When the `with` block ends, save its aliases and its key.

    Yield None if the options do not request aliases.

    Raises:
        StoreFailed: The file with the key for aliases cannot be read.
    """
    redaction = redaction_of(keeping)
    try:
        yield redaction
    finally:
        if redaction is not None:
            with suppress(StoreFailed):
                redaction.save()


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with the settings as an additional argument. It has no options for a Datadog site to
    query.
    """

    @wraps(command)
    def with_settings(**others: Any) -> Any:
        settings = read_settings()
        # As for the demo: the view of a profile is for its service.
        return command(options=SourceOptions(True, settings.profile, None, None, settings), **others)

    return with_settings


def once_redacted(keeping: RecordingOptions, source: ReplaySource) -> RecordingOptions:
    """Return the options that apply to the replay of a recording, so that names are replaced by aliases only once.

    If the recording already contains aliases, the returned options do not request aliases. Otherwise the options
    are returned unchanged.
    """
    return once_redacted_file(keeping, source.recording)


def once_redacted_file(keeping: RecordingOptions, recording: Recording) -> RecordingOptions:
    """Return the options that apply to an open recording, so that names are replaced by aliases only once.

    If the recording already contains aliases, the returned options do not request aliases. Otherwise the options
    are returned unchanged.
    """
    return RecordingOptions(keeping.record) if keeping.redact and has_aliases(recording) else keeping


def has_aliases(recording: Recording) -> bool:
    """Return True if the recording already contains aliases, and print a message about it. Otherwise return False."""
    has = recording.has_aliases
    if has:
        say("cnm-tui: The recording has aliases already; they stay.")
    return has


def first_question(recorded: Recorded, question: Question, *, moving: bool = False) -> Question:
    """Return the query and arrangement of the command line if its options name a query.

    Otherwise return the query of a recorded answer, with the arrangement of the command line.

    Args:
        recorded: The recorded answer.
        question: The query and the arrangement of the command line.
        moving: True if the time window of the recorded query moves with the clock of a replay.
    """
    if says_question(click.get_current_context()):
        return question
    query, arrangement = recorded.replayed_query if moving else recorded.query, question.arrangement
    if query.endpoint is not question.query.endpoint:
        arrangement = for_endpoint(arrangement, query.endpoint)
    return Question(query, arrangement)
