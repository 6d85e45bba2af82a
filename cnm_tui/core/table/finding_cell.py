"""Make the table cell of a finding. It contains the symbol of the finding's severity and a short name."""

from functools import lru_cache

from cnm_tui.core.findings.rule import Found, Severity, short_word
from cnm_tui.core.table.columns import Cell


def finding_cell(found: Found) -> Cell:
    """Return the table cell of a finding, for example `▲▲ refused`. The symbol is padded, so that all names are
    aligned.
    """
    return _cell(found.code, found.severity)


@lru_cache
def _cell(code: str, severity: Severity) -> Cell:
    word = short_word(code)
    return Cell(f"{severity.sign:<2} {word}" if word else "", "zero" if severity is Severity.NONE else severity.kind)
