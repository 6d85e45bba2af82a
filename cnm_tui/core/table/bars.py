"""Shares as bars, to an eighth of a terminal column."""

from typing import Final

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def bar(share: float, columns: int) -> str:
    """So much of the columns, 0 to 1, without the blanks behind it; what is there at all shows."""
    eighths = round(max(0.0, min(share, 1.0)) * columns * 8)
    whole, rest = divmod(max(eighths, 1 if share > 0 and columns > 0 else 0), 8)
    return (_EIGHTHS[-1] * whole + _EIGHTHS[rest]).rstrip()
