"""Create the lines of the detail pane with the finding of a row, which explains what is wrong with the row.

The lines contain the problem, the evidence, facts that contradict the finding, and suggested next queries.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.telling import finding_of, told_of
from cnm_tui.core.findings.rule import Question, Way
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import cell_width, clean, wrapped
from cnm_tui.tui.commands import ENDPOINT_BESIDE, told_key, usual_key
from cnm_tui.tui.terminal.painted import Run

Line = tuple[Run, ...]

_LABEL: Final = 9
"""Columns for the words before the sentences."""


ANSWERED_BY: Final = {
    Way.LONGER: "window.zoom_out",
    Way.COMPARE: "compare",
    Way.TIMELINE: "timeline",
    Way.EXPLAIN: "explain",
    Way.OTHER_WAY: "show_other_way",
    Way.BESIDE: ENDPOINT_BESIDE,
}
"""The commands that answer questions about a finding."""


def finding_lines(
    connection: Connection, snapshot: Snapshot, inner: int, keys: Mapping[str, str], *, whole: bool
) -> list[Line]:
    """Return the lines about the finding of a row, which is the problem found in the row.

    Return no lines if the row has no finding.

    Args:
        connection: The row.
        snapshot: The response that contains the row.
        inner: Number of terminal columns for the text.
        keys: Keyboard keys by command id. The command `why` shows the whole finding, then runs its next query.
        whole: True to include the evidence, the next queries and the source.
    """
    found = finding_of(snapshot, connection.id)
    if found is None:
        return []
    lines: list[Line] = [()]
    hint = "" if whole else f"{_key('why', keys)} says why"
    questions = iter(_question_lines(found.questions, keys))
    for told in told_of(found, connection, snapshot.endpoint):
        if not (whole or told.short):
            continue
        text = next(questions) if told.label == "ask" else told.text
        label = told.label
        for part in wrapped(clean(text), max(8, inner - (_LABEL if told.label else 0))):
            start: Run = (f" {label:<{_LABEL}}", "quiet") if told.label else (" ", "")
            lines.append((start, (part, told.kind)))
            label = ""
            if hint and cell_width(part) + len(hint) < inner:
                # At the right edge, where it stays from row to row.
                lines[-1] += ((hint.rjust(inner - cell_width(part)), "quiet"),)
            hint = ""
    return lines


def _question_lines(questions: Sequence[Question], keys: Mapping[str, str]) -> Iterator[str]:
    """Yield each suggested question, followed by the keyboard key that runs its query."""
    for number, question in enumerate(questions):
        if not number:
            yield f"{question.text} {_key('why', keys)} asks."
        elif question.way is Way.FIELDS:
            yield f"{question.text} {_key('pick_group_bys', keys)} groups by {', '.join(question.by)}."
        else:
            yield f"{question.text} {_key(ANSWERED_BY[question.way], keys)} asks."


def _key(command: str, keys: Mapping[str, str]) -> str:
    return told_key(keys.get(command) or usual_key(command))
