"""The `insights` command: what Datadog itself finds wrong in the network."""

import time
from pathlib import Path
from typing import Final

import click

from cnm_tui import wiring
from cnm_tui.core.export.insights import FORMATS, written
from cnm_tui.file_options import OutputFile
from cnm_tui.options import Question, SourceOptions, question_options, source_options, started_environ
from cnm_tui.program import GroupedCommand
from cnm_tui.startup import first_question, read_settings
from cnm_tui.store.export_file import write_export
from cnm_tui.streams import say, write_line

# Not in a docstring: `python -OO` removes those.
_INSIGHTS: Final = """\
Print what Datadog itself finds wrong: network health insights, worst first.

A preview of Datadog's, and not on every site; needs the scope network_health_insights_read. FORMAT is table, json,
jsonl or csv. Insights go to stdout, everything else to stderr.
"""
_ONLY_TIME: Final = (
    *("view", "resume", "dns", "group_by", "search", "tags", "snap", "limit"),
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
    default="table",
    show_default=True,
    help="Form of the output.",
)
@click.option("-o", "--output", type=OutputFile(), help="Write to FILE, whole or not at all; - is stdout.")
def insights(options: SourceOptions, question: Question, format_name: str, output: Path | None) -> None:
    """Print what Datadog itself finds wrong."""
    window = question.query.time_range.window(time.time())
    with wiring.insights_function(options, started_environ()) as function:
        found = function.answer(window)
    lines = written(found, format_name, function.label)
    if output is not None:
        write_export(output, "".join(f"{line}\n" for line in lines).encode(), overwriting=True)
    else:
        for line in lines:
            write_line(line)
    say(f"cnm-tui: {found.summary} of {window}, from {function.label}.")
