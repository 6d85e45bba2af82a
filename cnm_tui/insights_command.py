"""Define the `insights` command, which prints the network problems that Datadog itself found."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from math import inf
from pathlib import Path
from typing import Final

import click

from cnm_tui import headless, wiring
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError, InvalidQuery, StoreFailed
from cnm_tui.core.export.file_form import FORMATS
from cnm_tui.core.export.insights import written
from cnm_tui.core.insights.insight import Insights
from cnm_tui.core.query import Query
from cnm_tui.file_options import OutputFile, RecordingFile, RecordingOptions, recording_options
from cnm_tui.options import Question, SourceOptions, question_options, says_question, source_options, started_environ
from cnm_tui.program import GroupedCommand
from cnm_tui.recorded_query import once_redacted_file, redaction_of
from cnm_tui.replay import recorded_insights
from cnm_tui.startup import first_question, read_settings
from cnm_tui.store.recording import Recording
from cnm_tui.store.recording_keeper import RecordingKeeper
from cnm_tui.store.redaction import Redaction
from cnm_tui.streams import say

# Not in a docstring: `python -OO` removes those.
_INSIGHTS: Final = f"""\
Print what Datadog itself finds wrong: network health insights, worst first.

A preview of Datadog's, and not on every site; needs the scope network_health_insights_read. FORMAT is
{", ".join(FORMATS)}. Insights go to stdout, everything else to stderr.
"""
_ONLY_TIME: Final = (
    *("view", "resume", "endpoint", "group_by", "search", "tags", "snap", "limit"),
    *("sort", "columns", "row_filter", "top"),
)


@click.command(cls=GroupedCommand, help=_INSIGHTS)
@source_options(read_settings)
@question_options(first_question, without=_ONLY_TIME)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="Form of the output.  [by FILE's ending, else table on a terminal, else jsonl]",
)
@click.option("-o", "--output", type=OutputFile(), help="Write to FILE, whole or not at all; - is stdout.")
@recording_options()
@click.option("--from-file", type=RecordingFile(), help="Show recorded insights, without keys.")
def insights(
    options: SourceOptions,
    question: Question,
    format_name: str | None,
    output: Path | None,
    keeping: RecordingOptions,
    from_file: Path | None,
) -> None:
    """Print what Datadog itself finds wrong."""
    chosen, remark = headless.chosen_format(format_name, output)
    if chosen not in FORMATS:
        raise InvalidQuery(f"Network health is not written as {chosen}.", hint=f"Formats: {', '.join(FORMATS)}.")
    if remark:
        say(f"cnm-tui: {remark}")
    asking = _asked(options, question, keeping) if from_file is None else _recorded(from_file, question, keeping)
    with asking as (found, label):
        pieces = (f"{line}\n".encode() for line in written(found, chosen, label))
        headless.write_pieces(pieces, output)
    say(f"cnm-tui: {found.summary} of {found.window}, from {label}.")


@contextmanager
def _asked(options: SourceOptions, question: Question, keeping: RecordingOptions) -> Iterator[tuple[Insights, str]]:
    """Request insights from Datadog. Yield the insights together with the name of the Datadog site or server.

    If the user named a recording, the reply is also written to it.
    """
    redaction, keeper = redaction_of(keeping), RecordingKeeper()
    keeper.aliases = lambda: redaction
    window = question.query.time_range.window(time.time())
    with wiring.insights_function(options, started_environ(), keeper.keep) as function:
        try:
            # The keys first: without them no file is made.
            if keeping.record is not None:
                keeper.start(keeping.record)
            found = function.answer(window)
        except CnmError as problem:
            if redaction is None:
                raise
            label = redaction.redacting.label(function.label)
            raise redaction.redacting.problem(problem, Query(endpoint=CONNECTIONS), label) from None
        finally:
            keeper.stop()
        yield _shown(found, function.label, redaction)
    if keeper.problem is not None:
        raise keeper.problem


@contextmanager
def _recorded(path: Path, question: Question, keeping: RecordingOptions) -> Iterator[tuple[Insights, str]]:
    """Yield the last insights of a recording, together with the name of the Datadog site or server that sent them.

    If the user gave a time range, only insights for a time window of the same length are used.
    """
    if keeping.record is not None:
        raise InvalidQuery("--from-file sends no request, so there is nothing to record.", hint="Leave out --record.")
    with closing(Recording(path)) as recording:
        redaction = redaction_of(once_redacted_file(keeping, recording))
        seconds = None
        if says_question(click.get_current_context()):
            seconds = question.query.time_range.window(time.time()).seconds
        found = recorded_insights(recording, inf, seconds)
        label = next(one.label for one in reversed(recording.answers.insights) if one.is_answer)
        yield _shown(found, label, redaction)


def _shown(found: Insights, label: str, redaction: Redaction | None) -> tuple[Insights, str]:
    """Return the insights and the name of the Datadog site or server in the form to display.

    If the user wants aliases, all names in the insights and in the site's name are replaced by aliases.
    """
    if redaction is None:
        return found, label
    shown = redaction.redacting.insights(found), redaction.redacting.label(label)
    with suppress(StoreFailed):
        redaction.save()
    return shown
