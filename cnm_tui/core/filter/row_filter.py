"""Define the row filter, which selects among the rows that are already loaded, without a request."""

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
    """A filter for the loaded rows.

    It may contain words, regular expressions such as `/web/`, fields (`client_service=web`) and comparisons
    (`rtt>50ms`). `!` negates a part. A range is written with two numbers, for example `rtt=1ms..<10ms`.

    Raises:
        InvalidQuery: A part of the filter is invalid.
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
        """True if the filter needs rows that are compared with a baseline, because it tests changes."""
        return bool(self.change)

    @property
    def change(self) -> str:
        """Return the first condition of the filter that tests a change since the baseline, as the user typed it.

        Return an empty string if no condition tests a change.
        """
        return "" if self._reading is None else self._reading.change

    @property
    def finding(self) -> str:
        """Return the first condition of the filter that tests a finding, as the user typed it.

        Return an empty string if no condition tests a finding.
        """
        return "" if self._reading is None else self._reading.finding

    def positions(self, snapshot: Snapshot) -> Sequence[int] | None:
        """Return the positions of the rows that match the filter, in the order of the snapshot.

        Return None if the filter is empty.
        """
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
    """Return the row filter that a typed text describes.

    Raises:
        InvalidQuery: The text is not a valid filter.
    """
    return RowFilter(text.strip(), endpoint)


def refuse_changes(row_filter: RowFilter) -> None:
    """Raise InvalidQuery if the filter tests changes, because a command without a comparison has no changes.

    Raises:
        InvalidQuery: The filter tests a change.
    """
    if change := clean(row_filter.change, 60):
        raise InvalidQuery(
            f"The filter asks for a change ({change}), and query compares nothing.",
            hint=f"Compare on the screen (m).{_in_quotes(change)}",
        )


def refuse_findings(row_filter: RowFilter) -> None:
    """Raise InvalidQuery if the filter tests findings, for commands that do not diagnose rows.

    Raises:
        InvalidQuery: The filter tests a finding.
    """
    if finding := clean(row_filter.finding, 60):
        raise InvalidQuery(
            f"The filter asks for a finding ({finding}), and nothing is diagnosed.",
            hint=f"Add --diagnose.{_in_quotes(finding)}",
        )


def _in_quotes(word: str) -> str:
    """Return a hint that the user can write this word in quotes to search for it as plain text.

    Return an empty string if the word does not consist only of letters.
    """
    return f" In quotes it is a word: '\"{word}\"'." if word.isalpha() else ""
