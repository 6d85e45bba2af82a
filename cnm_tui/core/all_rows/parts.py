"""The parts of a question that is cut: searches for some values of a field, and for all that have none of them."""

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
    """The beginning of values, which a wildcard finds: it divides the values of one field."""

    __slots__ = ()

    def begins(self, value: str) -> bool:
        """Return True if the value begins so; whether the service heeds case is not documented."""
        return value.casefold().startswith(self.casefold())


class Part(NamedTuple):
    """A question for a part of the rows."""

    query: Query
    field: str
    values: tuple[str, ...]
    """The values that are searched for; for the last part those that are excluded."""
    is_last: bool
    """True for the part that catches what has none of the values."""
    used: frozenset[str]
    """Fields that do not divide this part any further."""

    def is_honoured(self, answer: Snapshot) -> bool:
        """True if the rows are those that were searched for; terms that are ignored divide nothing."""
        rows = values_of(answer, self.field)
        if any(isinstance(value, Prefix) for value in self.values):
            return self.is_last or all(any(map(self.finds, values)) for values in rows)
        wanted = set(self.values)
        if self.is_last:
            return not any(values and wanted.issuperset(values) for values in rows)
        return all(wanted.intersection(values) or not any(map(_is_plain, wanted)) for values in rows)

    def finds(self, value: str) -> bool:
        """Return True if one of the values is this one, or begins it."""
        return any(one.begins(value) if isinstance(one, Prefix) else one == value for one in self.values)


def _is_plain(value: str) -> bool:
    return value.isprintable()


@dataclass
class Pending:
    """Values of a field that are not asked for yet, and how many rows they are expected to have."""

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
        """Return the values to divide a question by.

        Args:
            query: The question.
            field: The field.
            counts: For each value how many rows are known; which rows are known depends on the service's order.
            used: Fields that do not divide it.
            knows_all: False if there may be other values.
        """
        mean = max(1.0, counts.total() / len(counts))
        # Values without a known row may have as many as the others.
        weights = {value: number + mean for value, number in counts.items()}
        density = _FIRST_GUESS * query.limit / sum(weights.values())
        values = sorted(counts)
        return cls(query, field, values, weights, used, density, len(values), tuple(values), knows_all)

    def next_part(self) -> Part:
        """Take values for about `TARGET` of the row limit, and return their part; the last part if there are none."""
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
        """True if no search can exclude all values, so that the last part asks for ends without one."""
        length = len(self._excluding)
        is_long = length > LONGEST_PART or len(self.query.search) + length + _JOINING > LONGEST_SEARCH
        return is_long and not any(isinstance(value, Prefix) for value in self.excluded)

    @property
    def leaves_out(self) -> bool:
        """True if the last part does not ask for values that nobody knows of."""
        return self._are_too_many and not self.knows_all

    def _part(self, values: Sequence[str], search: str, *, is_last: bool) -> Part:
        query = replace(self.query, search=narrowed_by(self.query.search, search))
        return Part(query, self.field, tuple(values), is_last, self.used)

    @property
    def parts_left(self) -> int:
        """Return how many more parts are expected, with the last one."""
        rows = sum(self.weights[value] for value in self.values) * self.density
        return ceil(rows / (TARGET * self.query.limit)) + 1

    def on_rows(self, part: Part, rows: int) -> None:
        """Learn from a part that was not cut."""
        weight = sum(self.weights[value] for value in part.values)
        # The mean of what is known and what was expected: parts differ.
        self.density = max((self.density + rows / weight) / 2, rows / weight / 2, 1e-9)
        self.most_values = len(self.values) + 1

    def on_cut(self, part: Part) -> None:
        """Take the values of a cut part back, to ask for half of them."""
        weight = sum(self.weights[value] for value in part.values)
        self.density = max(2 * self.density, self.query.limit / weight)
        self.values[:0] = part.values
        self.most_values = max(1, len(part.values) // 2)


def term_of(field: str, value: str) -> str:
    """Return the term that finds a value, or all values that begin so."""
    if isinstance(value, Prefix):
        return printed(Term(field, Pattern((str(value), ANY_TEXT))))
    return terms_of(field, (value,))[0]


def prefixes_of(values: Counter[str]) -> Counter[str]:
    """Return prefixes that divide these values, each one character longer than what they share.

    As many as one search can exclude; the last part catches the others, and a value that is shared by all.
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
    """Return the named values of a field in each row; none for an unresolved end."""
    if not answer.connections:
        return ()
    column = answer.connections.exact_groups[answer.query.group_bys.index(field)]
    return [_named(values) for values in column]


def _named(values: GroupValues) -> GroupValues:
    return tuple(value for value in dict.fromkeys(values) if group_text((value,)) != UNRESOLVED)


def counted(rows: Iterable[GroupValues]) -> Counter[str]:
    """Return for each value in how many rows it is."""
    return Counter(value for values in rows for value in values)


def dividing_fields(answer: Snapshot, used: frozenset[str]) -> list[str]:
    """Return the fields of the question, the best to divide by first.

    It has many values, and none with most of the rows, but not so many that their terms fill a search too soon.
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
    """True if rows differ in other fields, too: else each value is a row, and asking for it brings no other one."""
    return any(other not in used for other in answer.query.group_bys if other != field)


def checked_most(text: str) -> int:
    """Return a typed maximum of requests.

    Raises:
        InvalidQuery: It is no number from 2 to 1,000.
    """
    if not (text.isascii() and text.isdigit()) or not 2 <= int(text) <= 1_000:
        raise InvalidQuery("--max-requests takes a number from 2 to 1,000.", hint="Write --max-requests 40.")
    return int(text)
