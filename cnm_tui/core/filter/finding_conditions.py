"""Define the filter conditions on a row's finding, for example `finding=loss`, `critical` or `warning`."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.findings.rule import Found, Severity
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean

_Condition = Callable[[Snapshot, Sequence[int]], list[int]]

SEVERITIES: Final = frozenset({Severity.CRITICAL.word, Severity.WARNING.word})
"""Words for the severity of a row's finding; in quotes they are ordinary words."""
_FINDING: Final = re.compile(r"finding\s*(!?=)\s*(\S*)", re.IGNORECASE | re.ASCII)


def so_severe(word: str) -> _Condition:
    """Return the condition that a row's finding has exactly this severity."""
    return _found_so(lambda found: found.severity.word == word.casefold())


def read_finding_condition(text: str, position: int, endpoint: Endpoint) -> tuple[_Condition, int] | None:
    """Parse a condition on a row's finding at this position of the filter text.

    Return the condition and the position of its end, or None if there is something else at this position.

    Raises:
        InvalidQuery: There is no finding with this code.
    """
    begun = _FINDING.match(text, position)
    if begun is None:
        return None
    code, excluded = begun[2].casefold(), begun[1] == "!="
    codes = endpoint.findings().by_code
    if code not in codes:
        what = f"{clean(begun[2], 60)!r} is no finding." if code else f"{clean(begun[0], 60)} needs a code."
        raise InvalidQuery(what, hint=f"Write one of {', '.join(codes)}.")
    return _found_so(lambda found: (found.code == code) is not excluded), begun.end()


def _found_so(fits: Callable[[Found], bool]) -> _Condition:
    def matching(snapshot: Snapshot, positions: Sequence[int]) -> list[int]:
        found = diagnosed(snapshot).found
        return [position for position in positions if fits(found[position])]

    return matching
