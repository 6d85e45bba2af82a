"""Cells that a spreadsheet would run, and how they are kept from it.

A tag value is named by whoever deploys the service, and a spreadsheet that opens a file of separated values runs what
begins like a formula: it may call a program or fetch an address with what stands in the other cells.
"""

from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Full-width ones as well: the spreadsheets of East Asia read them alike."""
_SKIPPED: Final = " \t\r\n\"'\u00a0\u3000"
"""Some spreadsheets trim what they import, and take away one pair of quotes more than was put around a cell."""


def begins_like_formula(text: str) -> bool:
    """Whether a spreadsheet might run this cell."""
    return text.lstrip(_SKIPPED).startswith(_STARTS)


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: behind an apostrophe, the sign of spreadsheets for a text.

    Only for texts: a figure is written as the number that it is, a negative one too.
    """
    return f"'{text}" if begins_like_formula(text) else text
