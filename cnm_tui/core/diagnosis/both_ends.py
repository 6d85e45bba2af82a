"""Find an end or a value that unhealthy rows have in common, in the loaded rows, without a request."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from cnm_tui.core.connections import UNRESOLVED
from cnm_tui.core.diagnosis.diagnosis import Diagnosis, diagnosed
from cnm_tui.core.fields.group_by import Side, names
from cnm_tui.core.findings.rule import GONE, NO_RULE
from cnm_tui.core.snapshot import Snapshot

LEAST_ILL: Final = 3
"""Minimum number of unhealthy rows for a pattern."""
LEAST_SHARE: Final = 0.8
"""Minimum share of unhealthy rows among those with the same end."""
MOST_ELSEWHERE: Final = 0.1
"""Maximum share of rows unhealthy in the same way among the other rows."""
_NOT_JUDGED: Final = frozenset({*NO_RULE, GONE.code}) - {"healthy"}

End = tuple[str, ...]


class Pattern(NamedTuple):
    """An end whose rows are unhealthy in the same way, while other rows are not."""

    side: Side
    values: End
    code: str
    ill: int
    rows: int
    ill_elsewhere: int
    rows_elsewhere: int

    @property
    def sentence(self) -> str:
        """Return a sentence about what the rows have in common, and where to look."""
        to, side = ("to", "server") if self.side is Side.SERVER else ("from", "client")
        of = f"All {self.rows:,}" if self.ill == self.rows else f"{self.ill:,} of {self.rows:,}"
        elsewhere = f"{self.ill_elsewhere:,}" if self.ill_elsewhere else "none"
        others = f"{elsewhere} of {self.rows_elsewhere:,} elsewhere"
        return f"{of} rows {to} {', '.join(self.values)} have this finding, {others}: look at the {side}'s side."


def end_sentence(snapshot: Snapshot, position: int) -> str:
    """Return a sentence about the other rows of this row's ends; may be empty."""
    pattern = pattern_of(snapshot, position)
    return "" if pattern is None else pattern.sentence


def pattern_of(snapshot: Snapshot, position: int) -> Pattern | None:
    """Return the end of this row that most unhealthy rows have in common; None if there is none."""
    found = diagnosed(snapshot).found[position]
    if not found.is_ill:
        return None
    ends = _ends_of(snapshot)
    fitting = [
        pattern
        for key, column in ends.columns.items()
        if (pattern := ends.patterns.get((key, column[position], found.code)))
    ]
    # Of equal patterns the first is used, which is the coarsest.
    return max(fitting, key=lambda pattern: pattern.ill, default=None)


class _Key(NamedTuple):
    """A way to identify an end: by one field of a side, or by all its fields."""

    side: Side
    positions: tuple[int, ...]
    """Positions among the query's group-bys."""


class _Ends(NamedTuple):
    columns: Mapping[_Key, Sequence[End]]
    """For each way to identify ends, the end of each row."""
    patterns: Mapping[tuple[_Key, End, str], Pattern]


_known: Final[WeakKeyDictionary[Snapshot, _Ends]] = WeakKeyDictionary()


def _ends_of(snapshot: Snapshot) -> _Ends:
    known = _known.get(snapshot)
    if known is None:
        diagnosis = diagnosed(snapshot)
        columns = {key: _ends(snapshot, key) for key in _keys(snapshot)}
        found = {
            (key, pattern.values, pattern.code): pattern
            for key, column in columns.items()
            for pattern in _patterns(key, column, diagnosis)
        }
        known = _known[snapshot] = _Ends(columns, found)
    return known


def _keys(snapshot: Snapshot) -> Iterator[_Key]:
    """Yield each field of a side, then all fields of it together."""
    group_bys = snapshot.query.group_bys
    for side in (Side.CLIENT, Side.SERVER):
        positions = [at for at, field in enumerate(group_bys) if names(field, side)]
        yield from (_Key(side, (at,)) for at in positions)
        if len(positions) > 1:
            yield _Key(side, tuple(positions))


def _ends(snapshot: Snapshot, key: _Key) -> Sequence[End]:
    return list(zip(*(snapshot.texts(at) for at in key.positions), strict=True))


def _patterns(key: _Key, column: Sequence[End], diagnosis: Diagnosis) -> Iterator[Pattern]:
    """Yield the ends that have nearly all rows with one finding; takes one pass over the rows."""
    judged: Counter[End] = Counter()
    ill: Counter[tuple[End, str]] = Counter()
    ill_of_code: Counter[str] = Counter()
    for end, found in zip(column, diagnosis.found, strict=True):
        if found.code in _NOT_JUDGED:
            continue
        judged[end] += 1
        if found.is_ill:
            ill[end, found.code] += 1
            ill_of_code[found.code] += 1
    of_all = judged.total()
    for (end, code), number in ill.items():
        rows, elsewhere = judged[end], ill_of_code[code] - number
        rows_elsewhere = of_all - rows
        if (
            number >= LEAST_ILL
            and number >= LEAST_SHARE * rows
            and rows_elsewhere
            and elsewhere <= MOST_ELSEWHERE * rows_elsewhere
            and set(end) != {UNRESOLVED}
        ):
            yield Pattern(key.side, end, code, number, rows, elsewhere, rows_elsewhere)
