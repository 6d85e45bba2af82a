"""The local filter: select rows already loaded, without a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cnm_tui.core import filter as filter_language
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean

if TYPE_CHECKING:
    from cnm_tui.core.filter.reader import Reading

LONGEST_FILTER: Final = 400
"""Maximum characters of a filter: twice the longest tag value; limits the work of any pattern."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A filter for rows: words, `/patterns/`, fields (`client_service=web`), comparisons (`rtt>50ms`); `!` negates.

    A comparison may have two ends: `rtt=1ms..<10ms`.

    Raises:
        InvalidQuery: A part of it is invalid.
    """

    text: str
    """The typed text, stripped; empty matches all rows."""
    endpoint: Endpoint | None = field(default=None, repr=False, compare=False)
    """The endpoint of the metrics and fields in it; only an empty filter needs none."""
    _reading: "Reading | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_FILTER:
            raise InvalidQuery(
                f"The filter has {len(self.text):,} characters; at most {LONGEST_FILTER} are read.", hint="Shorten it."
            )
        object.__setattr__(self, "_reading", _reading(self.text, self.endpoint))

    @property
    def of_changes(self) -> bool:
        """True if it needs a comparison."""
        return bool(self.change)

    @property
    def change(self) -> str:
        """The first condition that needs a comparison, as typed; empty if none does."""
        return "" if self._reading is None else self._reading.change

    @property
    def finding(self) -> str:
        """The first condition on a finding, as typed; empty if there is none."""
        return "" if self._reading is None else self._reading.finding

    def positions(self, snapshot: Snapshot) -> Sequence[int] | None:
        """Return the positions of the matching connections, in the snapshot's order; None if the filter is empty."""
        if self._reading is None:
            return None
        positions: Sequence[int] = range(len(snapshot.connections))
        for condition in self._reading.conditions:
            positions = condition(snapshot, positions)
        return positions


def _reading(text: str, endpoint: Endpoint | None) -> "Reading | None":
    if not text:
        return None
    if endpoint is None:
        raise TypeError("a filter is read with the metrics and fields of an endpoint")
    # Cleaned like the values on the screen, so that copied values match.
    reading = filter_language.read(clean(text), endpoint)
    return reading if reading.conditions else None


def parsed_filter(text: str, endpoint: Endpoint) -> RowFilter:
    """Return the filter for a typed text.

    Raises:
        InvalidQuery: A part of it is invalid.
    """
    return RowFilter(text.strip(), endpoint)


def refuse_changes(row_filter: RowFilter) -> None:
    """Refuse a filter on changes for commands without comparison, where it would find nothing, or a word.

    Raises:
        InvalidQuery: It is such a filter.
    """
    if change := clean(row_filter.change, 60):
        raise InvalidQuery(
            f"The filter asks for a change ({change}), and query compares nothing.",
            hint=f"Compare on the screen (m).{_in_quotes(change)}",
        )


def refuse_findings(row_filter: RowFilter) -> None:
    """Refuse a filter on findings for commands without a diagnosis.

    Raises:
        InvalidQuery: It is such a filter.
    """
    if finding := clean(row_filter.finding, 60):
        raise InvalidQuery(
            f"The filter asks for a finding ({finding}), and nothing is diagnosed.",
            hint=f"Add --diagnose.{_in_quotes(finding)}",
        )


def _in_quotes(word: str) -> str:
    """Return how to search for this word as text; empty if it is not a plain word."""
    return f" In quotes it is a word: '\"{word}\"'." if word.isalpha() else ""
