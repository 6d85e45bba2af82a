"""Find a client, a server or a tag value that unhealthy rows have in common.

Only the loaded rows are examined, so the API is not queried.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from cnm_tui.core.connections import UNRESOLVED
from cnm_tui.core.diagnosis.diagnosis import Diagnosis, diagnosed
from cnm_tui.core.fields.group_by import Side, names
from cnm_tui.core.findings.rule import GONE, NO_RULE, Severity
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
    """A client or server with the same problem in nearly all of its rows, while other rows rarely have the problem."""

    side: Side
    values: End
    code: str
    ill: int
    rows: int
    ill_elsewhere: int
    rows_elsewhere: int
    at: frozenset[int]
    """The positions of the judged rows of this end."""

    def sentence(self, rows_noun: str, between: "Pattern | None" = None) -> str:
        """Return a sentence that says what the rows have in common, and where the user should look.

        Args:
            rows_noun: The noun for the rows that were counted, for example `rows`.
            between: The pattern of the client, if it is about the same rows as this pattern of the server.
                None if there is no such pattern.
        """
        of = f"All {self.rows:,}" if self.ill == self.rows else f"{self.ill:,} of {self.rows:,}"
        elsewhere = f"{self.ill_elsewhere:,}" if self.ill_elsewhere else "none"
        others = f"{elsewhere} of {self.rows_elsewhere:,} elsewhere"
        if between is None:
            to = "to" if self.side is Side.SERVER else "from"
            ends, look = f"{to} {_words(self)}", f"look at the {self.side.value}'s side"
        else:
            ends, look = f"from {_words(between)} to {_words(self)}", "look at these two and what is between them"
        return f"{of} {rows_noun} {ends} have this finding, {others}: {look}."


def _words(pattern: Pattern) -> str:
    return ", ".join(pattern.values)


def end_sentence(snapshot: Snapshot, position: int) -> str:
    """Return a sentence about other rows with the same client or server as this row.

    The text is empty if these rows have no finding in common.
    """
    patterns = _patterns_of(snapshot, position)
    if not patterns:
        return ""
    best = max(patterns, key=lambda pattern: pattern.ill)
    same = {pattern.side: pattern for pattern in reversed(patterns) if pattern.at == best.at}
    client, server = same.get(Side.CLIENT), same.get(Side.SERVER)
    noun = _rows_noun(snapshot, best)
    if client is not None and server is not None:
        # The same rows: it cannot be told which of both ends it is.
        return server.sentence(noun, between=client)
    return best.sentence(noun)


def _rows_noun(snapshot: Snapshot, pattern: Pattern) -> str:
    """Return the noun that a sentence uses for the rows that a pattern counts.

    The noun is `rows`, or `judged rows` if some rows could not be judged. If the response was cut, the words
    `at hand` are appended to the noun.
    """
    is_whole = pattern.rows + pattern.rows_elsewhere == len(snapshot.answer.connections)
    return f"{'' if is_whole else 'judged '}rows{' at hand' if snapshot.cut else ''}"


def _patterns_of(snapshot: Snapshot, position: int) -> Sequence[Pattern]:
    """Return the patterns of this row's client and server, or an empty tuple if the row is healthy."""
    found = diagnosed(snapshot).found[position]
    if not found.is_ill:
        return ()
    ends = _ends_of(snapshot)
    return [
        pattern
        for key, column in ends.columns.items()
        if (pattern := ends.patterns.get((key, column[position], found.code)))
    ]


class _Key(NamedTuple):
    """A way to tell clients or servers apart: by one of their group-by fields, or by all of these fields together."""

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
    """Yield each way to tell the clients or the servers of this response apart.

    For clients and for servers, yield every single group-by field first, and then all fields together.
    """
    group_bys = snapshot.query.group_bys
    for side in (Side.CLIENT, Side.SERVER):
        positions = [at for at, field in enumerate(group_bys) if names(field, side)]
        yield from (_Key(side, (at,)) for at in positions)
        if len(positions) > 1:
            yield _Key(side, tuple(positions))


def _ends(snapshot: Snapshot, key: _Key) -> Sequence[End]:
    return list(zip(*(snapshot.texts(at) for at in key.positions), strict=True))


def _patterns(key: _Key, column: Sequence[End], diagnosis: Diagnosis) -> Iterator[Pattern]:
    """Yield each client or server that has the same problem in nearly all of its rows.

    The function reads the rows once, and again for each pattern that it finds.
    """
    judged: Counter[End] = Counter()
    ill: Counter[tuple[End, str]] = Counter()
    ill_of_code: Counter[str] = Counter()
    for end, found in zip(column, diagnosis.found, strict=True):
        if found.code in _NOT_JUDGED:
            continue
        judged[end] += 1
        # Notes count as well: "none elsewhere" must be true of what the column shows.
        if found.severity is not Severity.NONE:
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
            at = frozenset(
                position
                for position, (one, found) in enumerate(zip(column, diagnosis.found, strict=True))
                if one == end and found.code not in _NOT_JUDGED
            )
            yield Pattern(key.side, end, code, number, rows, elsewhere, rows_elsewhere, at)
