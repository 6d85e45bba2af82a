"""Collect all rows of a query whose response is cut at the row limit.

The query is divided into smaller queries (parts) that do not overlap. If the response to a part is cut, this
part is divided again. At the end, the rows of all parts are joined. A query is divided by the values of one
of its group-by fields. It is never divided by time, because the round-trip times of two time spans cannot
be added up. A row with several values of the field appears in several parts, and is kept only once. If every
value of the last field has exactly one row, the query is divided by the first characters of the values.
"""

from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from typing import Final

from cnm_tui.core.all_rows.parts import (
    Part,
    Pending,
    Prefix,
    counted,
    dividing_fields,
    has_others,
    prefixes_of,
    term_of,
    values_of,
)
from cnm_tui.core.connections import Connections, Gathering
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.fields.group_by import PROFILE
from cnm_tui.core.navigation.drilling import searching
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.search.reader import narrowed_by
from cnm_tui.core.snapshot import Remainder, Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.units import plural

USUAL_MOST: Final = 40
"""Maximum number of requests, unless told otherwise."""


class AllRows:
    """Decide which queries are sent to collect all rows of one query.

    The caller sends the query in the attribute `question`, and passes the response to `on_answer`. The caller
    repeats this until `question` is None.
    """

    def __init__(
        self, query: Query, window: Window, most_requests: int = USUAL_MOST, row_limit: int = MOST_ROWS
    ) -> None:
        """Store the query, and set `question` to the first query to send.

        Args:
            query: The query whose rows are collected.
            window: The time window of all requests.
            most_requests: Maximum number of requests.
            row_limit: Maximum number of rows in one response.
        """
        self._shown = replace(query, limit=row_limit)
        self._root = replace(query_for(query, window), search=searching(query), tags=(), limit=row_limit)
        self._most = most_requests
        self._rows = Gathering()
        self._keys: set[tuple[object, ...]] = set()
        self._partial = Gathering()
        """Rows that were added up from cut answers: a part that is not cut has them with larger figures."""
        self._last: Snapshot | None = None
        self._unreadable = 0
        self._whole = self._cut = 0
        """Parts that are whole, and that are still cut."""
        self._stack: list[Pending | Part] = []
        self._given_up: set[str] = set()
        """Fields whose terms the service does not honour."""
        self._profiles: tuple[str, ...] = ()
        """The profiles that answered; none with one service."""
        self._begun = Remainder(1, 0)
        """The profiles that did not answer, and why."""
        self._warning = ""
        self._knows_prefixes = True
        """False once the service ignored a wildcard."""
        self.asked = 0
        self._steps = self._all_steps()
        self.question: Query | None = next(self._steps, None)
        """The next question; None once there is nothing more to ask."""

    @property
    def rows(self) -> int:
        """Number of rows collected so far."""
        return len(self._rows)

    @property
    def progress(self) -> str:
        """Return the progress as text, with the numbers of rows and requests so far."""
        return f"{plural(self.rows, 'row')} so far, {self.asked} of at most {plural(self._most, 'request')}"

    def on_answer(self, answer: Snapshot) -> None:
        """Store the rows of the response to `question`, and set `question` to the next query."""
        self.asked += 1
        self._last = answer
        self._add(answer)
        try:
            self.question = self._steps.send(answer)
        except StopIteration:
            self.question = None

    def result(self) -> Snapshot:
        """Return all rows collected so far as one response.

        The response also contains the number of parts of the query whose rows are still cut.
        """
        last = self._last
        assert last is not None, "there is no answer yet"
        # What is not asked, as it was given up or the bound was reached, is cut as well.
        waiting = sum(one.parts_left if isinstance(one, Pending) else 1 for one in self._stack)
        if self.question is not None:
            # The part that is being asked.
            waiting += 1
        cut, begun = self._cut + waiting + self._begun.failed, self._begun
        remainder = Remainder(self._whole + cut, cut, begun.missing, failures=begun.failures)
        rows = self._rows.all()
        if len(self._partial):
            rows = Connections.joined([rows, _new(self._partial.all(), set(self._keys))])
        return replace(
            last,
            query=self._shown,
            connections=rows,
            unreadable=self._unreadable,
            warning=self._warning or last.warning,
            remainder=remainder,
        )

    def _add(self, answer: Snapshot) -> None:
        """Add the rows of a response that were not in an earlier response."""
        if answer.query.group_bys != self._root.group_bys:
            return
        self._unreadable += answer.unreadable
        if answer.adds_up_cut:
            self._partial.add(answer.connections)
        else:
            self._rows.add(_new(answer.connections, self._keys))

    # Questions

    def _all_steps(self) -> Generator[Query, Snapshot, None]:
        answer = yield self._root
        if PROFILE in self._root.group_bys:
            self._profiles = tuple(sorted(counted(values_of(answer, PROFILE)), reverse=True))
            # Each later answer is of one profile.
            self._begun, self._warning = answer.remainder or self._begun, answer.warning
            if self._begun.cut > self._begun.failed:
                self._divide_by_profile()
            else:
                self._whole = self._begun.parts - self._begun.failed
        elif not answer.cut:
            self._whole = 1
        else:
            yield from self._divide(self._root, frozenset(), answer)
        while self._stack and self.asked < self._most:
            top = self._stack.pop()
            if isinstance(top, Pending):
                yield from self._next_part(top)
            else:
                yield from self._ask(top, None)

    def _divide_by_profile(self) -> None:
        """Put one part for each profile on the stack of parts to request.

        Each profile has its own service, and each service returns only the rows of its own profile.
        """
        for profile in self._profiles:
            query = replace(self._root, search=narrowed_by(self._root.search, term_of(PROFILE, profile)))
            self._stack.append(Part(query, PROFILE, (profile,), is_last=False, used=frozenset()))

    def _next_part(self, pending: Pending) -> Generator[Query, Snapshot, None]:
        """Yield a query that searches for some of the values in `pending`, and receive its response.

        If more values remain, put `pending` back on the stack for later requests.
        """
        try:
            part = pending.next_part()
        except InvalidQuery:
            # The search becomes too long: what is left of these values stays cut.
            self._cut += 1
            return
        if not part.is_last:
            self._stack.append(pending)
        elif pending.leaves_out:
            self._cut += 1
        yield from self._ask(part, pending)

    def _ask(self, part: Part, pending: Pending | None) -> Generator[Query, Snapshot, None]:
        """Yield the query of one part, receive its response, and divide the part if the response is cut."""
        answer = yield part.query
        of_prefixes = any(isinstance(value, Prefix) for value in part.values)
        if of_prefixes and not part.is_honoured(answer):
            self._knows_prefixes = False
            self._cut += 1
        elif not part.is_honoured(answer):
            yield from self._without(part.field, answer)
        elif not answer.cut:
            self._whole += 1
            if pending is not None and not part.is_last:
                pending.on_rows(part, len(answer.connections))
        elif not part.is_last and len(part.values) > 1 and pending is not None:
            pending.on_cut(part)
        elif of_prefixes and not part.is_last:
            self._divide_by_prefix(part.query, part.used, part.field, answer)
        elif part.is_last and (more := self._unknown_values(part, answer)):
            self._stack.append(self._pending(part.query, part.field, more, part.used, knows_all=False))
        else:
            yield from self._divide(part.query, part.used | {part.field}, answer)

    def _unknown_values(self, part: Part, answer: Snapshot) -> Counter[str]:
        """Return the new values in the response to the last part: values that no earlier response contained.

        The returned Counter contains the number of rows for each value. If the part was divided by prefixes, it
        contains prefixes in place of whole values.
        """
        found = counted(values_of(answer, part.field))
        unknown = Counter({value: number for value, number in found.items() if not part.finds(value)})
        return prefixes_of(unknown) if any(isinstance(value, Prefix) for value in part.values) else unknown

    def _without(self, field: str, answer: Snapshot) -> Generator[Query, Snapshot, None]:
        """Stop dividing the query by this field, because the service ignores search terms with this field.

        The whole query is then divided again, by another field.
        """
        self._given_up.add(field)
        self._stack = []
        self._whole = self._cut = 0
        if self._profiles:
            self._divide_by_profile()
            return
        yield from self._divide(self._root, frozenset(), replace(answer, query=self._root))

    def _divide(self, query: Query, used: frozenset[str], answer: Snapshot) -> Generator[Query, Snapshot, None]:
        """Choose the field by whose values the query is divided, and put these values on the stack.

        If no field can divide the query, the response to the query is counted as cut.
        """
        # Fields that turn out to have one value here.
        single: set[str] = set()
        for field in dividing_fields(answer, used | self._given_up):
            if not has_others(answer, used | single, field):
                self._divide_by_prefix(query, used | single, field, answer)
                return
            seen = values_of(answer, field)
            counts = counted(seen)
            knows_all = False
            if self.asked < self._most:
                # A question by this field alone names values that are only in rows that were cut.
                beside = (PROFILE,) if PROFILE in query.group_bys else ()
                coarse_answer = yield replace(query, group_bys=(*beside, field))
                coarse, knows_all = values_of(coarse_answer, field), not coarse_answer.cut
                for value in counted(coarse):
                    counts.setdefault(value, 0)
                seen = [*seen, *coarse]
            if counts and len(set(seen)) > 1:
                self._stack.append(self._pending(query, field, counts, used | single, knows_all=knows_all))
                return
            single.add(field)
        self._cut += 1

    def _pending(
        self, query: Query, field: str, counts: Counter[str], used: frozenset[str], *, knows_all: bool
    ) -> Pending:
        """Return the values of a field by which the query is divided.

        Return prefixes of the values if two conditions are true. First, the field may have values that are still
        unknown. Second, the search for unknown values must exclude all known values, and would exceed its maximum
        length.
        """
        by_value = Pending.of(query, field, counts, used, knows_all=knows_all)
        if by_value.leaves_out and self._knows_prefixes and (found := prefixes_of(counts)):
            return Pending.of(query, field, found, used, knows_all=False)
        return by_value

    def _divide_by_prefix(self, query: Query, used: frozenset[str], field: str, answer: Snapshot) -> None:
        """Put the prefixes of the field's values on the stack.

        If no prefixes can be formed, the response to the query is counted as cut.
        """
        found = prefixes_of(counted(values_of(answer, field))) if self._knows_prefixes else Counter[str]()
        if found:
            self._stack.append(Pending.of(query, field, found, used, knows_all=False))
        else:
            self._cut += 1


def _new(connections: Connections, keys: set[tuple[object, ...]]) -> Connections:
    """Return the connections whose identities are not in the set `keys` yet, and add their identities to `keys`."""
    new: list[int] = []
    # The id alone would be the same for values that hold its separators.
    for at, key in enumerate(zip(connections.exact_ids, *connections.exact_groups, strict=False)):
        if key not in keys:
            keys.add(key)
            new.append(at)
    return connections if len(new) == len(connections) else connections.picked(new)
