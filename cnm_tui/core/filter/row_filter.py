"""The local filter: which rows at hand match what was typed, without asking anybody."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cnm_tui.core.endpoint import CONNECTIONS, Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean

if TYPE_CHECKING:
    from cnm_tui.core.filter.reader import Reading

LONGEST_FILTER: Final = 400
"""Characters of a filter: twice the longest tag value, and few enough to bound the work of any pattern."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """What rows must match to be shown: words, `/patterns/`, fields (`client_service=web`) and comparisons (`rtt>50ms`,
    `rtt=1ms..<10ms`); `!` means not.

    Raises:
        InvalidQuery: A part of it cannot be read.
    """

    text: str
    """As typed, stripped; an empty one matches all."""
    endpoint: Endpoint = field(default=CONNECTIONS, repr=False, compare=False)
    """Whose figures and fields it names."""
    _reading: "Reading | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_FILTER:
            raise InvalidQuery(
                f"The filter has {len(self.text):,} characters; at most {LONGEST_FILTER} are read.", hint="Shorten it."
            )
        object.__setattr__(self, "_reading", _reading(self.text, self.endpoint))

    @property
    def of_changes(self) -> bool:
        """Whether it asks for what only a comparison tells."""
        return bool(self.change)

    @property
    def change(self) -> str:
        """The first of it that does, as it is written; empty where nothing does."""
        return "" if self._reading is None else self._reading.change

    @property
    def finding(self) -> str:
        """Return the first of it that asks for a finding, as it is written; empty if nothing does."""
        return "" if self._reading is None else self._reading.finding

    def positions(self, snapshot: Snapshot) -> Sequence[int] | None:
        """Where the connections stand that match, in the snapshot's order; None where this filters nothing."""
        if self._reading is None:
            return None
        positions: Sequence[int] = range(len(snapshot.connections))
        for condition in self._reading.conditions:
            positions = condition(snapshot, positions)
        return positions


def _reading(text: str, endpoint: Endpoint) -> "Reading | None":
    if not text:
        return None
    # Imported here: the first frame waits for no patterns, and mostly nothing is filtered.
    from cnm_tui.core.filter.reader import read

    # Cleaned as the values in sight are, so that what was copied from them is found in them.
    reading = read(clean(text), endpoint)
    return reading if reading.conditions else None


def parsed_filter(text: str, endpoint: Endpoint = CONNECTIONS) -> RowFilter:
    """The filter that was typed.

    Raises:
        InvalidQuery: A part of it cannot be read.
    """
    return RowFilter(text.strip(), endpoint)


def refuse_changes(row_filter: RowFilter) -> None:
    """Refuse a filter that asks for changes where nothing is ever compared: it would find nothing, or a word.

    Raises:
        InvalidQuery: It asks for one.
    """
    if change := clean(row_filter.change, 60):
        in_quotes = f" In quotes it is a word: '\"{change}\"'." if change.isalpha() else ""
        raise InvalidQuery(
            f"The filter asks for a change ({change}), and query compares nothing.",
            hint=f"Compare on the screen (m).{in_quotes}",
        )


def refuse_findings(row_filter: RowFilter) -> None:
    """Refuse a filter that asks for findings where nothing is diagnosed.

    Raises:
        InvalidQuery: It asks for one.
    """
    if finding := clean(row_filter.finding, 60):
        in_quotes = f" In quotes it is a word: '\"{finding}\"'." if finding.isalpha() else ""
        raise InvalidQuery(
            f"The filter asks for a finding ({finding}), and nothing is diagnosed.",
            hint=f"Add --diagnose.{in_quotes}",
        )
