"""Answer the `query` command from a recording, keep its answer in one, or put aliases for its names."""

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
    """A run of `query` with a recording or with aliases."""

    def __init__(
        self, options: SourceOptions, question: Question, keeping: RecordingOptions, from_file: Path | None = None
    ) -> None:
        """Open the files.

        Raises:
            InvalidQuery: The options contradict each other, or the filter has names that are to be aliases.
            CnmError: A file cannot be opened, or there are no keys.
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
        """The failure that kept the answer out of the recording; None if there was none."""
        return None if self._keeper is None else self._keeper.problem

    def close(self) -> None:
        """Close the recording, and keep the aliases with their key."""
        if self._keeper is not None:
            self._keeper.stop()
        if self._redaction is not None:
            with suppress(StoreFailed):
                self._redaction.save()


def redaction_of(keeping: RecordingOptions) -> Redaction | None:
    """Return the aliases that the options ask for; None for names.

    Raises:
        InvalidQuery: An option says how to make aliases, and none says to make them.
        StoreFailed: The file of the key cannot be read.
    """
    if keeping.redact:
        return Redaction(keeping.redact_key, keeps_subnets=keeping.keep_subnets)
    if keeping.redact_key is not None or keeping.keep_subnets:
        raise InvalidQuery("--redact-key and --keep-subnets are about aliases.", hint="Add --redact.")
    return None


def redacted_function(function: QueryFunction, redaction: Redaction | None) -> QueryFunction:
    """Return the function with aliases in its answers and failures; what is asked with aliases is asked with names."""
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
    """Yield the aliases that the options ask for, and keep them with their key at the end; None for names.

    Raises:
        StoreFailed: The file of the key cannot be read.
    """
    redaction = redaction_of(keeping)
    try:
        yield redaction
    finally:
        if redaction is not None:
            with suppress(StoreFailed):
                redaction.save()


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command with the settings, and nobody to ask."""

    @wraps(command)
    def with_settings(**others: Any) -> Any:
        settings = read_settings()
        # As for the demo: the view of a profile is for its service.
        return command(options=SourceOptions(True, settings.profile, None, None, settings), **others)

    return with_settings


def once_redacted(keeping: RecordingOptions, source: ReplaySource) -> RecordingOptions:
    """Return the options for a recording: one that has aliases already gets no others."""
    return once_redacted_file(keeping, source.recording)


def once_redacted_file(keeping: RecordingOptions, recording: Recording) -> RecordingOptions:
    """Return the options for a recording that is not replayed."""
    return RecordingOptions(keeping.record) if keeping.redact and has_aliases(recording) else keeping


def has_aliases(recording: Recording) -> bool:
    """True, and say so, if a recording that is to be redacted has aliases already."""
    has = recording.has_aliases
    if has:
        say("cnm-tui: The recording has aliases already; they stay.")
    return has


def first_question(recorded: Recorded, question: Question, *, moving: bool = False) -> Question:
    """Return the question of the command line, else that of a recorded answer with the same arrangement.

    Args:
        recorded: The answer.
        question: The question of the command line.
        moving: True for a question that moves with the clock of a replay.
    """
    if says_question(click.get_current_context()):
        return question
    query, arrangement = recorded.replayed_query if moving else recorded.query, question.arrangement
    if query.endpoint is not question.query.endpoint:
        arrangement = for_endpoint(arrangement, query.endpoint)
    return Question(query, arrangement)
