"""Make the table cell of a finding, with the symbol of its severity and its code in words."""

from functools import lru_cache
from typing import Final

from cnm_tui.core.findings.rule import Found, Severity
from cnm_tui.core.table.columns import Cell

_SHORTER: Final = {"receiver_stalled": "rcv stalled"}
"""Words in place of codes that are too long for the column."""


def short_word(code: str) -> str:
    """Return the code of a finding in words, short enough for its table column."""
    return _SHORTER.get(code, code.replace("_", " "))


def finding_cell(found: Found) -> Cell:
    """Return the table cell of a finding, for example `▲▲ refused`. The words of all cells begin in the same column."""
    return _cell(found.code, found.severity)


@lru_cache
def _cell(code: str, severity: Severity) -> Cell:
    word = short_word(code)
    return Cell(f"{severity.sign:<2} {word}" if word else "", "zero" if severity is Severity.NONE else severity.kind)
