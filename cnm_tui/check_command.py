"""Define the `check` command, which sends a query and tests conditions on the rows.

The exit code of the command states whether the check passed.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import click

from cnm_tui import wiring
from cnm_tui.core.checks.conditions import Condition, parsed_conditions
from cnm_tui.core.checks.report import FORMATS, report
from cnm_tui.core.checks.verdict import Check, Result, Sample, gravest, sampled
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.endpoints.known import endpoint_called
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter, refuse_changes
from cnm_tui.core.named_check import NamedCheck
from cnm_tui.core.query import MOST_ROWS
from cnm_tui.core.table.table import usual_arrangement
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import parsed_length
from cnm_tui.core.units import seconds_text
from cnm_tui.file_options import RecordingOptions, recording_options
from cnm_tui.options import (
    USUAL,
    Question,
    SourceOptions,
    changed_question,
    question_options,
    source_options,
    started_environ,
    usual_question,
)
from cnm_tui.program import CompletedArgument, GroupedCommand
from cnm_tui.question_series import QuestionSeries
from cnm_tui.recorded_query import redacted, redacted_function
from cnm_tui.startup import first_question, read_settings
from cnm_tui.store.redaction import Redaction
from cnm_tui.streams import say, write_with_verdict

# Not in a docstring: `python -OO` removes those.
_CHECK: Final = """\
Ask, and fail if conditions on the rows hold: for CI and cron.

NAME is a check of settings.toml; without one, the options say what to check. Exits with 0 passed, 5 failed, 6 no data,
7 could not tell, as rows were cut or figures are absent. FORMAT is text, json, junit, github or nagios.
"""
_WITHOUT: Final = ("limit", "sort", "columns", "top")
_MOST_TIMES: Final = 1_000
_USUAL_EVERY: Final = "5m"
_FOR_NAMED: Final = frozenset(
    {"names", "format_name", "demo", "profile", "site", "api_url", "ca_bundle", "no_keyring"}
    | {"redact", "redact_key", "keep_subnets"}
)
"""Parameters that go with named checks."""


@click.command(cls=GroupedCommand, help=_CHECK)
@click.argument("names", cls=CompletedArgument, nargs=-1, metavar="[NAME]...")
@source_options(read_settings)
@question_options(first_question, without=_WITHOUT)
@click.option("-n", "--limit", metavar="N", help=f"Rows to ask for, 1 to {MOST_ROWS}.  [all: {MOST_ROWS}]")
@click.option(
    "--fail-if", multiple=True, metavar="CONDITION", help="Fail if this holds, as 'retransmits%>2 or critical'."
)
@click.option("--warn-if", multiple=True, metavar="CONDITION", help="Report this without failing.")
@click.option("--for", "times", metavar="N", help="Fail only if N answers in a row fail.  [1]")
@click.option("--every", metavar="LENGTH", help=f"Time between these answers.  [{_USUAL_EVERY}]")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    metavar="FORMAT",
    help="text, json, junit, github or nagios.",
)
@recording_options(records=False)
@click.pass_context
def check(
    context: click.Context,
    options: SourceOptions,
    question: Question,
    names: tuple[str, ...],
    fail_if: tuple[str, ...],
    warn_if: tuple[str, ...],
    times: str | None,
    every: str | None,
    format_name: str,
    keeping: RecordingOptions,
) -> None:
    """Send the query, test conditions on the rows of the response, and exit with the exit code of the result."""
    if names:
        _refuse_others(context)
        checks = [_named(name, options) for name in names]
    else:
        question = question if _is_given(context, "limit") else _with_all_rows(question)
        checks = [_made("", question, fail_if, warn_if, times or "1", every or "")]
    for one in checks:
        one.query.time_range.window(time.time())
    with redacted(keeping) as redaction:
        checks = [_redacted(one, redaction) for one in checks]
        changed = partial(redacted_function, redaction=redaction)
        tell = lambda sentence: say(f"cnm-tui: {sentence}")  # noqa: E731  # as short as it can be
        with wiring.question_series(options, started_environ(), tell, changed) as series:
            results = [_run(one, series) for one in checks]
            label = series.label
    write_with_verdict(report(results, format_name, label).removesuffix("\n"))
    context.exit(gravest(results).value)


def _redacted(one: Check, redaction: Redaction | None) -> Check:
    """Return a check whose query and name contain aliases in place of names.

    The check is returned unchanged if `redaction` is None.

    Raises:
        InvalidQuery: The filter or a condition of the check contains names.
    """
    if redaction is None:
        return one
    arrangement = replace(usual_arrangement(one.query.endpoint), row_filter=one.row_filter)
    query, _ = redaction.of_question(one.query, arrangement)
    if any(condition.compares_names for condition in (*one.fail_if, *one.warn_if)):
        raise InvalidQuery("A condition compares names, and they are to be aliases.", hint="Leave out --redact.")
    return one._replace(name=one.name and redaction.redacting.aliases.alias("check", one.name), query=query)


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def _refuse_others(context: click.Context) -> None:
    given = [name for name in context.params if name not in _FOR_NAMED and _is_given(context, name)]
    if given:
        raise InvalidQuery(
            "A check of settings.toml brings its own question and conditions.",
            hint="Leave out the other options, or the name.",
        )


def _with_all_rows(question: Question) -> Question:
    """Return the query with the maximum row limit.

    If the response contains fewer rows than exist, the result of a check is often uncertain.
    """
    return question._replace(query=replace(question.query, limit=MOST_ROWS))


def _named(name: str, options: SourceOptions) -> Check:
    """Return the check with this name from settings.toml.

    Raises:
        InvalidQuery: There is no check with this name, or the check is invalid.
    """
    settings = options.settings
    if settings.unreadable:
        raise InvalidQuery(settings.unreadable)
    found = settings.checks.get(name)
    if found is None:
        known = ", ".join(settings.checks) or "none"
        raise InvalidQuery(f"settings.toml has no check {clean(name, 60)!r}.", hint=f"There are: {clean(known, 300)}.")
    try:
        return _made(name, _question_of(found), found.fail_if, found.warn_if, str(found.times), found.every)
    except InvalidQuery as refusal:
        raise InvalidQuery(f"The check {name} is invalid: {refusal}", hint=refusal.hint) from refusal


def _question_of(named: NamedCheck) -> Question:
    usual = usual_question(endpoint_called(named.endpoint)) if named.endpoint else USUAL
    return changed_question(
        _with_all_rows(usual),
        group_by=named.group_by,
        search=named.query or None,
        tags=named.tags or None,
        length=named.last or None,
        start=None,
        end=None,
        snap=None,
        limit=None if named.limit is None else str(named.limit),
        sort=None,
        columns=None,
        row_filter=named.filter or None,
        top=None,
    )


def _made(
    name: str, question: Question, fail_if: Sequence[str], warn_if: Sequence[str], times: str, every: str
) -> Check:
    """Return a check that is made from the texts of the command line options.

    Raises:
        InvalidQuery: One of the texts is invalid.
    """
    query, row_filter = question.query, question.arrangement.row_filter
    refuse_changes(row_filter)
    if not fail_if:
        raise InvalidQuery("Nothing says when to fail.", hint="Write --fail-if critical, or the name of a check.")
    number = _whole_number(times)
    if every and number == 1:
        raise InvalidQuery("--every is the time between several answers.", hint="Add --for 3, for example.")
    return Check(
        name,
        query,
        row_filter if row_filter.text else RowFilter(""),
        tuple(_read(fail_if, query.endpoint)),
        tuple(_read(warn_if, query.endpoint)),
        number,
        float(parsed_length(every or _USUAL_EVERY)),
    )


def _read(texts: Sequence[str], endpoint: Endpoint) -> Iterator[Condition]:
    for text in texts:
        yield from parsed_conditions(text, endpoint)


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= _MOST_TIMES:
        raise InvalidQuery(f"--for takes a number from 1 to {_MOST_TIMES:,}.", hint="Write --for 3 --every 5m.")
    return int(text)


def _run(one: Check, series: QuestionSeries, sleep: Callable[[float], None] = time.sleep) -> Result:
    """Send the query of a check one or more times, as the check requires, and return the result of the check."""
    samples: list[Sample] = []
    while True:
        answer = series.ask(one.query)
        samples.append(sampled(one, answer))
        for remark in filter(None, (answer.warning,)):
            say(f"cnm-tui: {remark}")
        result = Result(one, tuple(samples))
        if result.is_decided:
            return result
        name = f"{one.name}: " if one.name else ""
        verdict = f"{name}{samples[-1].verdict.words} ({len(samples)} of {one.times})"
        say(f"cnm-tui: {verdict}; asking again in {seconds_text(one.every_seconds)}.")
        sleep(one.every_seconds)
