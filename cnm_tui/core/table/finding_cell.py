"""The cell of a finding: a sign for its severity, and its code in words."""

from collections.abc import Mapping
from typing import Final

from cnm_tui.core.diagnosis.diagnosis import Found
from cnm_tui.core.diagnosis.rules import CODES, Severity
from cnm_tui.core.table.columns import Cell

SEVERITY_SIGNS: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "▲▲",
    Severity.WARNING: "▲",
    Severity.NOTE: "·",
    Severity.NONE: "",
}
_KINDS: Final = {Severity.CRITICAL: "bad", Severity.WARNING: "odd", Severity.NOTE: "", Severity.NONE: "zero"}
SHORT_WORDS: Final = {code: code.replace("_", " ") for code in CODES} | {"receiver_stalled": "rcv stalled"}
"""Each code, short enough for the column."""


def finding_cell(found: Found) -> Cell:
    """Return a finding as `▲▲ refused`; words of all findings begin at the same column."""
    word = SHORT_WORDS.get(found.code, "")
    return Cell(f"{SEVERITY_SIGNS[found.severity]:<2} {word}" if word else "", _KINDS[found.severity])
