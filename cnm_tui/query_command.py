"""Define the `query` command, which sends a query and prints the rows of the answer."""

import time
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from cnm_tui import wiring
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.export.file_form import FORMATS, GRAPHS
from cnm_tui.core.filter.row_filter import refuse_changes, refuse_findings
from cnm_tui.core.metrics.extra import BEGAN
from cnm_tui.core.table.extra import named_extras, refuse_history
from cnm_tui.core.table.table import arrange
from cnm_tui.daemon import started
from cnm_tui.file_options import NOTHING_KEPT, OutputFile, RecordingFile, RecordingOptions, recording_options
from cnm_tui.options import Question, SourceOptions, question_options, source_options, started_environ
from cnm_tui.program import GroupedCommand
from cnm_tui.startup import first_question, read_settings
from cnm_tui.streams import say

# Not in a docstring: `python -OO` removes those.
_QUERY: Final = """\
Ask once and print the rows.

FORMAT is table, json, jsonl, csv, tsv or markdown; or dot, mermaid or graphml, which write a graph of who calls whom;
or html, a report; or parquet, which needs the extra cnm-tui[parquet]. Rows go to stdout, everything else to stderr.
"""


@click.command(cls=GroupedCommand, help=_QUERY)
@source_options(read_settings, several=True)
@question_options(first_question)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice((*FORMATS, *GRAPHS, "html", "parquet")),
    help="[as FILE's ending says, else table on a terminal and jsonl elsewhere]",
    metavar="FORMAT",
)
@click.option("-o", "--output", type=OutputFile(), help="Write to FILE, whole or not at all; - is stdout.")
@click.option("--diagnose", is_flag=True, help="Add what is wrong with each row, and how severe it is.")
@recording_options()
@click.option("--timeline", metavar="SPAN", help="Ask for each part of a span, as 4h: a record per row and part.")
@click.option("--parts", metavar="N", type=click.IntRange(1, 288), help="Most parts of the timeline.  [12 to 48]")
@click.option("--onset", is_flag=True, help="Add when each row of the timeline turned bad, and ended.")
@click.option("--all", "all_rows", is_flag=True, help="Ask for all rows, in parts, beyond the 7,500 of one answer.")
@click.option("--max-requests", metavar="N", help="Most requests of --all.  [40]")
@click.option("--from-file", type=RecordingFile(), help="Answer from a recording, without keys or a network.")
def query(
    options: SourceOptions,
    question: Question,
    format_name: str | None,
    output: Path | None,
    timeline: str | None,
    parts: int | None,
    keeping: RecordingOptions,
    max_requests: str | None,
    from_file: Path | None,
    *,
    onset: bool,
    diagnose: bool,
    all_rows: bool,
) -> None:
    """Ask once and print the rows."""
    arrangement = question.arrangement
    refuse_changes(arrangement.row_filter)
    sorted_by = (key.column for key in arrangement.sort)
    refuse_history((*arrangement.columns, *(one for one in sorted_by if timeline is None or one != BEGAN.key)))
    if not diagnose:
        refuse_findings(question.arrangement.row_filter)
    if options.together and (from_file is not None or keeping != NOTHING_KEPT):
        raise InvalidQuery(
            "Several profiles have no recording and no aliases.",
            hint="Leave out --record, --redact and --from-file, or give one --profile.",
        )
    in_parts = all_rows or max_requests is not None
    if timeline is None and (parts is not None or onset):
        raise InvalidQuery("--parts and --onset are for a timeline.", hint="Add --timeline 4h, for example.")
    if timeline is None and not in_parts:
        _ask_once(options, question, format_name, output, keeping, from_file, diagnose=diagnose)
        return
    # Imported here, as below: most runs ask once.
    from cnm_tui import all_rows_query, timeline_query
    from cnm_tui.recorded_query import redacted

    if diagnose and not in_parts:
        raise InvalidQuery("--diagnose judges one answer, not a timeline.", hint="Write --onset for a timeline.")
    with redacted(keeping) as redaction:
        if in_parts:
            alone = all_rows and timeline is None and from_file is None and keeping.record is None
            asked = all_rows_query.AllRowsOptions(max_requests, format_name, output, diagnose, alone, redaction)
            all_rows_query.run_all(asked, question, options)
            return
        span = timeline_query.TimelineOptions(timeline or "", parts, onset, format_name, output)
        timeline_query.run(span, question, options, keeping.record, from_file, redaction)


def _ask_once(
    options: SourceOptions,
    question: Question,
    format_name: str | None,
    output: Path | None,
    keeping: RecordingOptions,
    from_file: Path | None,
    *,
    diagnose: bool,
) -> None:
    sitting = None
    if from_file is not None or keeping != NOTHING_KEPT:
        # Imported here: most runs ask the service, keep nothing, and show names.
        from cnm_tui.recorded_query import QuerySitting

        sitting = QuerySitting(options, question, keeping, from_file)
        question, asking = sitting.question, sitting.asking
    else:
        question.query.time_range.window(time.time())
        asking = wiring.query_function(options, started_environ())
    answer = started(partial(asking.answer, question.query))
    if options.settings.unreadable:
        say(f"cnm-tui: {options.settings.unreadable}")
    # Imported while the reply is on its way: the writer of the rows.
    from cnm_tui import headless

    chosen, remark = headless.chosen_format(format_name, output)
    parquet = None
    if chosen == headless.PARQUET:
        # It needs an extra; without it, it says what to install.
        parquet = import_module("cnm_tui.parquet")
        if output is None and headless.terminal_width() is not None:
            raise InvalidQuery("Parquet is not for a terminal.", hint="Write to a file: -o rows.parquet.")
    if remark:
        say(f"cnm-tui: {remark}")
    # The rows stand in the order that the options tell; those that a view watches are for the screen.
    arrangement = replace(question.arrangement, pins=())
    extras = named_extras((*arrangement.columns, *(key.column for key in arrangement.sort)))
    try:
        table = arrange(answer(), arrangement, extras=extras)
        pieces = None if parquet is None else parquet.pieces(table, asking.label, diagnose=diagnose)
        headless.write(table, chosen, output, asking.label, diagnose=diagnose, pieces=pieces)
    finally:
        if sitting is not None:
            sitting.close()
    if sitting is not None and sitting.problem is not None:
        raise sitting.problem
