"""Divide a query whose response is cut into several smaller queries, which are called parts.

Each part searches for some values of a field. The last part searches for rows with none of these values.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from os.path import commonprefix
from typing import Final, NamedTuple

from cnm_tui.core.connections import UNRESOLVED, GroupValues, group_text
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.navigation.drilling import terms_of
from cnm_tui.core.query import LONGEST_SEARCH, Query
from cnm_tui.core.search.reader import narrowed_by
from cnm_tui.core.search.tree import ANY_TEXT, Pattern, Term, printed
from cnm_tui.core.snapshot import Snapshot

LONGEST_PART: Final = 4_000
"""Maximum characters of the terms of one part; the service's own limit is not published."""
TARGET: Final = 0.75
"""Share of the row limit that a part is aimed at, so that most parts are not cut."""
_JOINING: Final = 20
"""Characters that join the search of a part to that of the question, at most."""
_BETWEEN: Final = len(" OR ")
_LONGEST_NAME: Final = 40
"""Characters of a term besides its value, with what separates it from the next one."""
_MOST_SEARCHES: Final = 20
"""A field whose values need more searches than this divides last."""
_FIRST_GUESS: Final = 4
"""Before any part is answered, so many times the row limit are assumed to exist."""


class Prefix(str):
    """The common first characters of several tag values, which a search with a wildcard can find.

    If a query cannot be divided by whole values of a field, it is divided by prefixes of the values.
    """

    __slots__ = ()

    def begins(self, value: str) -> bool:
        """Return True if the value begins with this prefix, in upper or lower case.

        Case is ignored because Datadog does not document whether searches distinguish it.
        """
        return value.casefold().startswith(self.casefold())


class Part(NamedTuple):
    """A smaller query, which requests only some of the rows of the divided query."""

    query: Query
    field: str
    values: tuple[str, ...]
    """The values that are searched for; for the last part those that are excluded."""
    is_last: bool
    """True for the part that catches what has none of the values."""
    used: frozenset[str]
    """Fields that do not divide this part any further."""

    def is_honoured(self, answer: Snapshot) -> bool:
        """True if all rows of the response match the search terms of this part.

        If some rows do not match, the service ignores the search terms. A query cannot be divided by such terms.
        """
        rows = values_of(answer, self.field)
        if any(isinstance(value, Prefix) for value in self.values):
            return self.is_last or all(any(map(self.finds, values)) for values in rows)
        wanted = set(self.values)
        if self.is_last:
            return not any(values and wanted.issuperset(values) for values in rows)
        return all(wanted.intersection(values) or not any(map(_is_plain, wanted)) for values in rows)

    def finds(self, value: str) -> bool:
        """Return True if the value is one of this part's values, or begins with one of its prefixes."""
        return any(one.begins(value) if isinstance(one, Prefix) else one == value for one in self.values)


def _is_plain(value: str) -> bool:
    return value.isprintable()


@dataclass
class Pending:
    """Values of one field that are not requested yet, with the expected number of rows for each value."""

    query: Query
    """The question that is divided."""
    field: str
    values: list[str]
    weights: dict[str, float]
    used: frozenset[str]
    density: float
    """Expected rows per weight."""
    most_values: int
    """Maximum number of values of the next part."""
    excluded: tuple[str, ...]
    """All values, which the last part excludes."""
    knows_all: bool
    """False if there may be other values."""

    @classmethod
    def of(cls, query: Query, field: str, counts: Counter[str], used: frozenset[str], *, knows_all: bool) -> "Pending":
        """Return an object with the values by which a query is divided.

        Args:
            query: The query to divide.
            field: The field whose values divide the query.
            counts: For each value (or prefix), the number of rows with this value that are known so far.
            used: Fields that cannot divide the query any further.
            knows_all: False if the field may have values that are not in `counts`.
        """
        mean = max(1.0, counts.total() / len(counts))
        # Values without a known row may have as many as the others.
        weights = {value: number + mean for value, number in counts.items()}
        density = _FIRST_GUESS * query.limit / sum(weights.values())
        values = sorted(counts)
        return cls(query, field, values, weights, used, density, len(values), tuple(values), knows_all)

    def next_part(self) -> Part:
        """Return the next part: a query that searches for some of the values that are not requested yet.

        The values of the part are removed from this object. They are chosen so that the expected number of rows is
        about 75 % of the row limit (`TARGET`). If no values are left, return the last part, which excludes all values.
        """
        if not self.values:
            return self._last_part()
        chosen: list[str] = []
        rows = length = 0.0
        while self.values and len(chosen) < self.most_values:
            value = self.values[0]
            rows += self.weights[value] * self.density
            length += len(term_of(self.field, value)) + _BETWEEN
            if chosen and (rows > TARGET * self.query.limit or length > LONGEST_PART):
                break
            chosen.append(self.values.pop(0))
        return self._part(chosen, " OR ".join(term_of(self.field, value) for value in chosen), is_last=False)

    def _last_part(self) -> Part:
        search = terms_of(self.field, ())[0] if self._are_too_many else self._excluding
        return self._part(self.excluded, search, is_last=True)

    @property
    def _excluding(self) -> str:
        terms = [term_of(self.field, value) for value in self.excluded]
        return f"NOT ({' OR '.join(terms)})" if len(terms) > 1 else f"NOT {terms[0]}"

    @property
    def _are_too_many(self) -> bool:
        """True if a search that excludes all values of the field would exceed the maximum length of a search.

        In this case, the last part searches only for rows without any value of the field.
        """
        length = len(self._excluding)
        is_long = length > LONGEST_PART or len(self.query.search) + length + _JOINING > LONGEST_SEARCH
        return is_long and not any(isinstance(value, Prefix) for value in self.excluded)

    @property
    def leaves_out(self) -> bool:
        """True if some rows may never be requested.

        This happens if the field may have unknown values, and the last part does not search for unknown values.
        """
        return self._are_too_many and not self.knows_all

    def _part(self, values: Sequence[str], search: str, *, is_last: bool) -> Part:
        query = replace(self.query, search=narrowed_by(self.query.search, search))
        return Part(query, self.field, tuple(values), is_last, self.used)

    @property
    def parts_left(self) -> int:
        """Return how many parts of the query are probably still to be requested, including the last part."""
        rows = sum(self.weights[value] for value in self.values) * self.density
        return ceil(rows / (TARGET * self.query.limit)) + 1

    def on_rows(self, part: Part, rows: int) -> None:
        """Improve the estimated number of rows per value after a response that was not cut.

        `rows` is the number of rows in the response to `part`.
        """
        weight = sum(self.weights[value] for value in part.values)
        # The mean of what is known and what was expected: parts differ.
        self.density = max((self.density + rows / weight) / 2, rows / weight / 2, 1e-9)
        self.most_values = len(self.values) + 1

    def on_cut(self, part: Part) -> None:
        """Put back the values of a part, because its response was cut at the row limit.

        The next part uses only half as many values.
        """
        weight = sum(self.weights[value] for value in part.values)
        self.density = max(2 * self.density, self.query.limit / weight)
        self.values[:0] = part.values
        self.most_values = max(1, len(part.values) // 2)


def term_of(field: str, value: str) -> str:
    """Return the search term for one value of a field.

    If `value` is a prefix, the term finds all values that begin with the prefix.
    """
    if isinstance(value, Prefix):
        return printed(Term(field, Pattern((str(value), ANY_TEXT))))
    return terms_of(field, (value,))[0]


def prefixes_of(values: Counter[str]) -> Counter[str]:
    """Return prefixes of these values, with the number of rows for each prefix.

    Each prefix is one character longer than the beginning that all values share. One search can exclude only a
    limited number of prefixes, so only the prefixes with the most rows are returned. The last part of the
    divided query finds all other values.
    """
    plain = [value for value in values if _is_plain(value)]
    shared = len(commonprefix(plain))
    found: Counter[str] = Counter()
    for value in plain:
        if len(value) > shared:
            found[Prefix(value[: shared + 1])] += values[value]
    most = max(1, LONGEST_PART // (shared + 1 + _LONGEST_NAME))
    return Counter(dict(found.most_common(most)))


def values_of(answer: Snapshot, field: str) -> Sequence[GroupValues]:
    """Return for each row a tuple of the field's values. The tuple is empty if the value is unresolved (N/A)."""
    if not answer.connections:
        return ()
    column = answer.connections.exact_groups[answer.query.group_bys.index(field)]
    return [_named(values) for values in column]


def _named(values: GroupValues) -> GroupValues:
    return tuple(value for value in dict.fromkeys(values) if group_text((value,)) != UNRESOLVED)


def counted(rows: Iterable[GroupValues]) -> Counter[str]:
    """Return for each value the number of rows that contain it. `rows` contains the values of each row."""
    return Counter(value for values in rows for value in values)


def dividing_fields(answer: Snapshot, used: frozenset[str]) -> list[str]:
    """Return the group-by fields of the query, with the field first that divides the query best.

    A good field has many values, and none of its values has most of the rows. Its search terms must not exceed
    the maximum length of a search.
    """
    found: list[tuple[bool, float, str]] = []
    for field in [field for field in answer.query.group_bys if field not in used]:
        counts = Counter(values_of(answer, field))
        total = counts.total()
        length = sum(len(term_of(field, value)) + _BETWEEN for values in counts for value in values)
        evenness = 1 / sum((number / total) ** 2 for number in counts.values())
        found.append((length > _MOST_SEARCHES * LONGEST_PART, -evenness, field))
    return [field for _, _, field in sorted(found)]


def has_others(answer: Snapshot, used: Collection[str], field: str) -> bool:
    """True if the query has a group-by field that is not `field` and not in `used`.

    If there is no such field, each value of `field` has exactly one row. A search for a single value then finds
    no further rows.
    """
    return any(other not in used for other in answer.query.group_bys if other != field)


def checked_most(text: str) -> int:
    """Return the maximum number of requests that the user typed.

    Raises:
        InvalidQuery: The text is not a number from 2 to 1,000.
    """
    if not (text.isascii() and text.isdigit()) or not 2 <= int(text) <= 1_000:
        raise InvalidQuery("--max-requests takes a number from 2 to 1,000.", hint="Write --max-requests 40.")
    return int(text)
