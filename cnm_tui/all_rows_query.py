"""Run the command `query --all`, which prints all rows of a query, even beyond the row limit of one response.

The query is split into smaller queries until no response is cut at the row limit.
"""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cnm_tui import wiring
from cnm_tui.core.all_rows.collecting import USUAL_MOST, AllRows
from cnm_tui.core.all_rows.parts import checked_most
from cnm_tui.core.errors import CnmError, InvalidQuery
from cnm_tui.core.table.extra import named_extras
from cnm_tui.core.table.table import arrange
from cnm_tui.headless import chosen_format, write
from cnm_tui.options import Question, SourceOptions, started_environ
from cnm_tui.question_series import QuestionSeries
from cnm_tui.recorded_query import redacted_function
from cnm_tui.store.redaction import Redaction
from cnm_tui.streams import is_terminal_for_progress, say, show_progress


class AllRowsOptions(NamedTuple):
    """The command line options of `query --all`."""

    max_requests: str | None
    format_name: str | None
    output: Path | None
    diagnose: bool
    is_alone: bool
    """False with options that it does not go with."""
    redaction: Redaction | None = None
    """Aliases in place of names; None for names."""


def run_all(asked: AllRowsOptions, question: Question, options: SourceOptions) -> None:
    """Request all rows of a query, and write the rows to stdout or a file.

    After an interruption or a failure, write the rows that were received before it, and raise the exception
    again.

    Raises:
        InvalidQuery: The options contradict each other.
        CnmError: No response was received, a request failed, or the rows cannot be written.
    """
    if not asked.is_alone:
        raise InvalidQuery(
            "--all asks the service for the rows of one window; --max-requests is for it only.",
            hint="Write --all, without --timeline, --record and --from-file.",
        )
    most = USUAL_MOST if asked.max_requests is None else checked_most(asked.max_requests)
    window = question.query.time_range.window(time.time())
    if asked.redaction is not None:
        question = Question(*asked.redaction.of_question(*question))
    collecting = AllRows(question.query, window, most)
    first = "1 request to each profile" if options.together else "1 request"
    say(f"cnm-tui: asks for all rows: {first} if one answer has them, else in parts, at most {most:,} requests.")
    stopped: BaseException | None = None
    changed = partial(redacted_function, redaction=asked.redaction)
    tell = lambda sentence: say(f"cnm-tui: {sentence}")  # noqa: E731  # as short as it can be
    with wiring.question_series(options, started_environ(), tell, changed) as series:
        try:
            _collect(collecting, series)
        except (KeyboardInterrupt, CnmError) as why:
            if not collecting.asked:
                raise
            # The rows that are there are written, and say that they are not all.
            stopped = why
    chosen, remark = chosen_format(asked.format_name, asked.output)
    if remark:
        say(f"cnm-tui: {remark}")
    arrangement = replace(question.arrangement, pins=())
    extras = named_extras((*arrangement.columns, *(key.column for key in arrangement.sort)))
    table = arrange(collecting.result(), arrangement, extras=extras)
    write(table, chosen, asked.output, series.label, diagnose=asked.diagnose)
    if stopped is not None:
        raise stopped


def _collect(collecting: AllRows, series: QuestionSeries) -> None:
    while (query := collecting.question) is not None:
        collecting.on_answer(series.ask(query))
        if is_terminal_for_progress():
            show_progress(collecting.progress, is_last=collecting.question is None)
