"""Define the `explain` command. It finds the tag values in whose traffic a metric is worst, and so explains the
metric.
"""

import json
import sys
import time
from functools import partial
from typing import Final

import click

from cnm_tui import wiring
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.explain.candidates import resolved_by
from cnm_tui.core.explain.investigation import Cost, Explanation, Investigation, fields_for
from cnm_tui.core.explain.measure import measure_of
from cnm_tui.core.explain.words import (
    cost_sentence,
    evidence_sentence,
    facts,
    folded_sentence,
    lift_text,
    percent_text,
    remarks,
    result_sentence,
)
from cnm_tui.core.fields.group_by import parsed_group_bys
from cnm_tui.core.navigation.drilling import fixed_fields
from cnm_tui.core.query import Query
from cnm_tui.core.service import Budget
from cnm_tui.core.text import clean
from cnm_tui.file_options import RecordingOptions, recording_options
from cnm_tui.options import Question, SourceOptions, question_options, source_options, started_environ
from cnm_tui.program import CompletedList, CompletedOption, GroupedCommand
from cnm_tui.question_series import QuestionSeries
from cnm_tui.recorded_query import redacted, redacted_function
from cnm_tui.startup import first_question, read_settings
from cnm_tui.state_files import recalled_resolved, remember_resolved
from cnm_tui.store.redaction import Redaction
from cnm_tui.streams import is_terminal_for_progress, say, show_progress, write_line

# Not in a docstring: `python -OO` removes those.
_EXPLAIN: Final = """\
Find the tag values that explain a metric.

Asks the same question by other fields, and ranks their values by lift: the share of the trouble beside the share of
the traffic. Says first what it costs; FORMAT is table or json.
"""
_NO_ARRANGEMENT: Final = ("group_by", "limit", "sort", "columns", "row_filter", "top")


@click.command(cls=GroupedCommand, help=_EXPLAIN)
@source_options(read_settings)
@question_options(first_question, without=_NO_ARRANGEMENT)
@click.option(
    "--metric",
    cls=CompletedOption,
    required=True,
    metavar="NAME",
    help="Metric of which more is worse, as tcp_retransmits.",
)
@click.option(
    "--fields",
    cls=CompletedList,
    metavar="F,F…",
    help="Fields to ask by.  [chosen by the metric, and by what has values]",
)
@click.option("--yes", is_flag=True, help="Send the requests without asking first, as in scripts.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="Form of the output.",
)
@recording_options(records=False)
def explain(
    options: SourceOptions,
    question: Question,
    metric: str,
    fields: str | None,
    format_name: str,
    keeping: RecordingOptions,
    *,
    yes: bool,
) -> None:
    """Find the tag values that explain a metric."""
    with redacted(keeping) as redaction:
        query = question.query if redaction is None else redaction.redacting.redacted_query(question.query)
        _explain(options, query, metric, fields, format_name, redaction, yes=yes)


def _explain(
    options: SourceOptions,
    query: Query,
    metric: str,
    fields: str | None,
    format_name: str,
    redaction: Redaction | None,
    *,
    yes: bool,
) -> None:
    measure, window = measure_of(metric, query.endpoint), query.time_range.window(time.time())
    known = recalled_resolved(options.profile, demo=options.demo)
    chosen = fields_for(measure, query, known, fixed_fields(query)) if fields is None else _typed(fields)
    investigation = Investigation(measure, query, window, chosen)
    _confirm(investigation.cost, chosen, yes=yes)
    shares: dict[str, float] = {}
    changed = partial(redacted_function, redaction=redaction)
    tell = lambda sentence: say(f"cnm-tui: {sentence}")  # noqa: E731  # as short as it can be
    with wiring.question_series(options, started_environ(), tell, changed) as series:
        try:
            explained = _asked(investigation, series, shares)
        finally:
            remember_resolved(options.profile, shares, demo=options.demo)
        label = series.label
    if format_name == "json":
        write_line(json.dumps(facts(explained, label), ensure_ascii=True, indent=2))
    else:
        _write_table(explained)
        say(f"cnm-tui: {evidence_sentence(explained, label)}")


def _typed(fields: str) -> tuple[str, ...]:
    chosen = parsed_group_bys(fields)
    if not chosen:
        raise InvalidQuery("--fields names no field.", hint="Write --fields server_service,server_host.")
    return chosen


def _confirm(cost: Cost, fields: tuple[str, ...], *, yes: bool) -> None:
    """Print which requests will be sent, and ask the user on the terminal to confirm the requests.

    If `yes` is True, the user is not asked.

    Raises:
        InvalidQuery: There is no terminal on which to ask, or the user declined.
    """
    sentence = cost_sentence(cost, fields, Budget())
    say(f"cnm-tui: {sentence}")
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty() or sys.stderr is None or not sys.stderr.isatty():
        raise InvalidQuery("Nobody is there to confirm these requests.", hint="Add --yes, as scripts do.")
    if not click.confirm("Send them?", default=True, err=True):
        raise InvalidQuery("Nothing was sent.")


def _asked(investigation: Investigation, series: QuestionSeries, shares: dict[str, float]) -> Explanation:
    """Send all queries of an investigation and return the explanation. If the user interrupts, return the partial
    result.
    """
    try:
        while (query := investigation.question) is not None:
            answer = series.ask(query)
            # A cut answer, or one about a part of the question, does not tell what the others have.
            if not answer.cut and query.search == investigation.search:
                shares.update(resolved_by(answer))
            investigation.on_answer(answer)
            if is_terminal_for_progress():
                words = f"{investigation.asked} of {investigation.cost.least} …"
                show_progress(words, is_last=investigation.question is None)
    except KeyboardInterrupt:
        if not investigation.asked:
            raise
    return investigation.explanation()


def _write_table(explained: Explanation) -> None:
    ranking = explained.ranking
    if not ranking.values:
        write_line(result_sentence(explained))
    else:
        lines = [("LIFT", "SHARE", "OF BASE", "VALUE")]
        lines += [
            (lift_text(value.lift), percent_text(value.share), percent_text(value.base_share), clean(value.text))
            for value in (*ranking.values, *ranking.others)
        ]
        widths = [max(len(line[at]) for line in lines) for at in range(3)]
        for line in lines:
            cells = (f"{text:>{width}}" for text, width in zip(line, widths, strict=False))
            write_line("  ".join((*cells, line[3])))
        say(f"cnm-tui: {result_sentence(explained)}")
        if also := folded_sentence(ranking.values[0]):
            say(f"cnm-tui: {also}")
    for remark in remarks(explained):
        say(f"cnm-tui: {remark}")
