"""Define the `report` command, which creates an HTML or Markdown page from a recording.

The page helps people to review a network problem.
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Final

import click

from cnm_tui import __version__
from cnm_tui.core.aliases.aliases import LEFT_IN_CLEAR
from cnm_tui.core.aliases.redacting import RedactedSource
from cnm_tui.core.compare.comparison import compared
from cnm_tui.core.errors import InvalidQuery, StoreFailed
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.export.question import command_line, curl_line, web_link, whom_words
from cnm_tui.core.export.report import Report, report_pieces
from cnm_tui.core.query import Query
from cnm_tui.core.recording import Recorded
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.table.table import arrange
from cnm_tui.core.time.time_range import parsed_moment
from cnm_tui.core.timeline.timeline import Timeline, empty_timeline
from cnm_tui.file_options import OutputFile, RecordingFile, RecordingOptions, recording_options
from cnm_tui.options import Question, SourceOptions, question_options
from cnm_tui.program import GroupedCommand
from cnm_tui.recorded_query import first_question as question_of
from cnm_tui.recorded_query import once_redacted, redaction_of, with_settings
from cnm_tui.replay import ReplaySource
from cnm_tui.startup import first_question
from cnm_tui.store.export_file import write_export
from cnm_tui.store.redaction import Redaction

_MOST_PARTS: Final = 96
_ENDINGS: Final = (".html", ".md")
# Not in a docstring: `python -OO` removes those.
_REPORT: Final = """\
Write a page for a review from a recording: question, timeline, findings, rows, comparison, how to ask again.

The page needs no network and no script. Without a question it takes that of the last answer.
"""


@click.command(cls=GroupedCommand, help=_REPORT)
@click.argument("file", type=RecordingFile())
@with_settings
@question_options(first_question)
@click.option("-o", "--output", type=OutputFile(), required=True, help="The page: report.html or report.md.")
@click.option("--at", "moment", metavar="TIME", help="The answer at this time, in the forms of --from.  [the last]")
@click.option(
    "--compare", "with_moment", metavar="TIME", help="Compare with the answer at this time.  [the one before]"
)
@recording_options(records=False)
def report(
    options: SourceOptions,
    question: Question,
    file: Path,
    output: Path | None,
    moment: str | None,
    with_moment: str | None,
    keeping: RecordingOptions,
) -> None:
    """Write a page for a review from a recording."""
    if output is None or output.suffix.lower() not in _ENDINGS:
        raise InvalidQuery("A report is a page.", hint="Name it report.html or report.md.")
    source = ReplaySource(file, keeps_json=False)
    with closing(source.recording):
        source.moment = source.answers.last.moment if moment is None else _at(moment)
        question = question_of(source.answers.at_or_last(source.moment), question)
        keeping = once_redacted(keeping, source)
        redaction = redaction_of(keeping)
        made = _Maker(source, question, redaction).report(None if with_moment is None else _at(with_moment))
    if redaction is not None:
        with suppress(StoreFailed):
            redaction.save()
    write_export(output, b"".join(report_pieces(made, output.suffix.lower()[1:])), overwriting=True)


def _at(text: str) -> float:
    return float(parsed_moment(text, time.time()).at(time.time()))


class _Maker:
    """Collects the data of a report from a recording. If the user wants aliases, it replaces names by aliases."""

    def __init__(self, source: ReplaySource, question: Question, redaction: Redaction | None) -> None:
        self._source = source
        self._question = question
        self._redaction = redaction
        self._asked = question.query
        if redaction is not None:
            self._question = Question(*redaction.of_question(question.query, question.arrangement))

    def report(self, with_moment: float | None) -> Report:
        """Return the report about the answer at the selected time, compared with another answer.

        The other answer is the one at the time `with_moment`, in seconds since 1970. If `with_moment` is None, the
        previous answer is used.

        Raises:
            NotRecorded: An answer is missing in the recording.
        """
        source, asked = self._source, self._asked
        main = source.answers.at(asked, source.moment)
        answers = source.answers.same_question(asked)
        if with_moment is not None:
            until = [one for one in answers if one.moment <= with_moment]
            baseline: Recorded | None = until[-1] if until else answers[0]
        else:
            same = [one for one in answers if one.window.seconds == main.window.seconds]
            before = [one for one in same if one.window.end <= main.window.start]
            baseline = before[-1] if before else None
        snapshot = self._snapshot(main)
        if baseline is not None and baseline.id != main.id:
            snapshot = compared(snapshot, self._snapshot(baseline))
        arrangement = replace(self._question.arrangement, pins=())
        shown = self._label
        return Report(
            arrange(snapshot, arrangement),
            shown,
            self._timeline(_spaced(answers, main, _MOST_PARTS)),
            self._commands(),
            () if self._redaction is None else LEFT_IN_CLEAR,
            f"cnm-tui {__version__}",
        )

    @property
    def _label(self) -> str:
        label = self._source.label
        return label if self._redaction is None else self._redaction.redacting.label(label)

    def _snapshot(self, recorded: Recorded) -> Snapshot:
        snapshot = self._source.snapshot(self._asked, recorded)
        return (
            snapshot if self._redaction is None else self._redaction.redacting.snapshot(snapshot, self._question.query)
        )

    def _timeline(self, answers: list[Recorded]) -> Timeline | None:
        """Return a timeline made of the answers, whose time windows do not overlap.

        Return None for fewer than two answers.
        """
        if len(answers) < 2:
            return None
        timeline = empty_timeline(self._question.query, [one.window for one in answers])
        for one in answers:
            timeline = timeline.joined(one.window, self._snapshot(one))
        # Computed now: a report tells the beginning of every row.
        timeline.onsets  # noqa: B018
        return timeline

    def _commands(self) -> list[tuple[str, str]]:
        window = self._source.answers.at(self._asked, self._source.moment).window
        # The window of the rows: "last 15 min" is another one when somebody reads the report.
        query: Query = query_for(self._question.query, window)
        source = self._source if self._redaction is None else RedactedSource(self._source, self._redaction.redacting)
        whom = [] if self._redaction is not None else whom_words(source.address, source.site)
        again = command_line(query, self._question.arrangement, whom)
        commands = [("On the screen", again), ("As rows", again.replace("cnm-tui", "cnm-tui query", 1))]
        if source.site is not None:
            commands.append(("In Datadog", web_link(query, window, source.site)))
        if not source.address.of_demo:
            commands.append(("For curl, with keys in the environment", curl_line(query, window, source.address)))
        return commands


def _spaced(answers: Sequence[Recorded], main: Recorded, most: int) -> list[Recorded]:
    """Return answers whose time windows have the same length and do not overlap, oldest first.

    There are at most `most` answers, around `main`. If no other answer has a time window as long as that of `main`,
    the most frequent length is used, and the answer of that length nearest to `main` stands for it.
    """
    lengths, usual = Counter(one.window.seconds for one in answers), main.window.seconds
    if lengths[usual] < 2:
        usual = max(lengths, key=lengths.__getitem__, default=usual)
    same = sorted((one for one in answers if one.window.seconds == usual), key=attrgetter("window"))
    if main.window.seconds != usual:
        # Sums of a longer or shorter window beside the others would look like a jump.
        main = min(same, key=lambda one: abs(one.window.end - main.window.end))
    before, after = list[Recorded](), list[Recorded]()
    for one in reversed(same):
        if one.window.end <= (before[-1] if before else main).window.start:
            before.append(one)
    for one in same:
        if one.window.start >= (after[-1] if after else main).window.end:
            after.append(one)
    chosen = [*reversed(before), main, *after]
    at = len(before)
    first = max(0, min(at - most // 2, len(chosen) - most))
    return chosen[first : first + most]
