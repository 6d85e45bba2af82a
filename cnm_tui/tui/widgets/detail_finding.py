"""The finding of a row in the detail pane: what is wrong, the evidence, what speaks against it, and what to ask."""

from typing import Final

from cnm_tui.core.connections import Connection
from cnm_tui.core.diagnosis.telling import finding_of, told_of
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import cell_width, clean, wrapped
from cnm_tui.tui.terminal.painted import Run

Line = tuple[Run, ...]

_LABEL: Final = 9
"""Columns for the words before the sentences."""


def finding_lines(connection: Connection, snapshot: Snapshot, inner: int, why: str, *, whole: bool) -> list[Line]:
    """Return the lines about the finding of a row; none if it has none.

    Args:
        connection: The row.
        snapshot: Its answer.
        inner: Columns for the text.
        why: Keyboard key that shows all, and then runs the next question.
        whole: True for evidence, question and source, too.
    """
    found = finding_of(snapshot, connection.id)
    if found is None:
        return []
    lines: list[Line] = [()]
    hint = "" if whole else f"{why} says why"
    for told in told_of(found, connection, snapshot.endpoint):
        if not (whole or told.short):
            continue
        text = f"{told.text} {why} asks." if told.label == "ask" and found.rule.ask_by else told.text
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
