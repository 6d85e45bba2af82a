"""Define the `replay` command, which opens a recording on the screen."""

import os
import time
from pathlib import Path
from typing import Final

import click

from cnm_tui import ending
from cnm_tui.core.settings import THEMES, Look, takes_utf8
from cnm_tui.core.time.time_range import parsed_moment
from cnm_tui.file_options import RecordingFile, RecordingOptions, recording_options
from cnm_tui.options import WORST_FIRST, Question, SourceOptions, question_options
from cnm_tui.program import GroupedCommand
from cnm_tui.recorded_query import first_question as question_of
from cnm_tui.recorded_query import once_redacted, with_settings
from cnm_tui.replay import ReplaySource
from cnm_tui.startup import first_question
from cnm_tui.streams import say
from cnm_tui.tui.terminal.environment import prepare

# Not in a docstring: `python -OO` removes those.
_REPLAY: Final = """\
Open a recording on the screen, without keys or a network.

{ and } go from answer to answer, J lists all answers, A plays. If an answer is not in the file, the
program names the question.
"""


@click.command(cls=GroupedCommand, help=_REPLAY)
@click.argument("file", type=RecordingFile())
@with_settings
@question_options(first_question, worst_first=True, usual=WORST_FIRST)
@click.option("--at", "moment", metavar="TIME", help="Begin at this time, in the forms of --from.  [the first answer]")
@recording_options(records=False)
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal, for selecting text.")
@click.option("--theme", type=click.Choice(THEMES), metavar="THEME", help="Colours, as light or nord.  [dark]")
@click.option("--ascii/--no-ascii", "is_ascii", default=None, help="Draw with ASCII only.  [where it is not UTF-8]")
@click.pass_context
def replay(
    context: click.Context,
    options: SourceOptions,
    question: Question,
    file: Path,
    moment: str | None,
    no_mouse: bool,
    theme: str | None,
    is_ascii: bool | None,
    keeping: RecordingOptions,
) -> None:
    """Open a recording on the screen."""
    source = ReplaySource(file)
    keeping = once_redacted(keeping, source)
    if moment is not None:
        source.moment = float(parsed_moment(moment, time.time()).at(time.time()))
    question = question_of(source.answers.at_or_last(source.moment), question, moving=True)
    source.moment = source.answers.at(question.query, source.moment).moment
    settings = options.settings
    look = Look(
        theme or settings.theme, (settings.ascii or not takes_utf8(os.environ)) if is_ascii is None else is_ascii
    )
    ending.end_at_once_on_signals()
    prepare(os.environ)
    # Imported once Textual's environment is prepared.
    from cnm_tui import explorer

    if refusal := explorer.refusal(dict(os.environ)):
        say(f"cnm-tui: {refusal}")
        context.exit(2)
    context.exit(explorer.run(explorer.make_replay(source, options, question, look, keeping), mouse=not no_mouse))
