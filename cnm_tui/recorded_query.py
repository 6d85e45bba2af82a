"""Answer the `query` command from a recording."""

from pathlib import Path

import click

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.recording import Recorded
from cnm_tui.options import Question, says_question
from cnm_tui.replay import ReplaySource
from cnm_tui.wiring import QueryFunction


def from_recording(path: Path, question: Question, record: Path | None = None) -> tuple[Question, QueryFunction]:
    """Return the question to answer, and a function that answers it from a recording.

    Without query options it is the question of the last answer. It is asked at the time of the last answer.

    Raises:
        InvalidQuery: `--record` was given as well.
        StoreFailed: The recording cannot be read.
        NotRecorded: It holds no answer.
    """
    if record is not None:
        raise InvalidQuery("--from-file asks nobody, so there is nothing to record.", hint="Leave out --record.")
    source = ReplaySource(path, keeps_json=False)
    last = source.answers.last
    source.moment = last.answered_at
    return first_question(last, question), QueryFunction(source.label, source.answer)


def first_question(recorded: Recorded, question: Question) -> Question:
    """Return the question of the command line, else that of a recorded answer with the same arrangement."""
    if says_question(click.get_current_context()):
        return question
    return question._replace(query=recorded.query)
