"""Collect all rows of a question that one answer cuts: ask disjoint parts, divide those that are cut, join the rows.

Parts are divided by the values of a field of the question, never by time: round-trip times and rows do not join. So
every row belongs to one part as a whole. A row with several values of the field comes in several parts, and is kept
once.
"""

from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from typing import Final

from cnm_tui.core.all_rows.parts import Part, Pending, counted, dividing_fields, has_others, values_of
from cnm_tui.core.connections import Connections, Gathering
from cnm_tui.core.exploration.baselines import query_for
from cnm_tui.core.navigation.drilling import searching
from cnm_tui.core.query import MOST_ROWS, Query
from cnm_tui.core.snapshot import Remainder, Snapshot
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.units import plural

USUAL_MOST: Final = 40
"""Maximum number of requests, unless told otherwise."""


class AllRows:
    """The questions for all rows; give each answer to `on_answer` before the next question is asked for."""

    def __init__(
        self, query: Query, window: Window, most_requests: int = USUAL_MOST, row_limit: int = MOST_ROWS
    ) -> None:
        """Plan the first question.

        Args:
            query: The question.
            window: The window of all parts, which must not move meanwhile.
            most_requests: Maximum number of requests.
            row_limit: Maximum number of rows of one answer.
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
        self.asked = 0
        self._steps = self._all_steps()
        self.question: Query | None = next(self._steps, None)
        """The next question; None once there is nothing more to ask."""

    @property
    def rows(self) -> int:
        """Number of rows collected."""
        return len(self._rows)

    @property
    def progress(self) -> str:
        """Return how far it is, in words."""
        return f"{plural(self.rows, 'row')} so far, {self.asked} of at most {plural(self._most, 'request')}"

    def on_answer(self, answer: Snapshot) -> None:
        """Take the answer to `question`, and choose the next one."""
        self.asked += 1
        self._last = answer
        self._add(answer)
        try:
            self.question = self._steps.send(answer)
        except StopIteration:
            self.question = None

    def result(self) -> Snapshot:
        """Return all rows so far as one answer, and how many parts are still cut."""
        last = self._last
        assert last is not None, "there is no answer yet"
        # What is not asked, as it was given up or the bound was reached, is cut as well.
        waiting = sum(one.parts_left if isinstance(one, Pending) else 1 for one in self._stack)
        if self.question is not None:
            # The part that is being asked.
            waiting += 1
        remainder = Remainder(self._whole + self._cut + waiting, self._cut + waiting)
        rows = self._rows.all()
        if len(self._partial):
            rows = Connections.joined([rows, _new(self._partial.all(), set(self._keys))])
        return replace(
            last,
            query=self._shown,
            connections=rows,
            unreadable=self._unreadable,
            remainder=remainder,
        )

    def _add(self, answer: Snapshot) -> None:
        """Add the rows that are not there yet."""
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
        if not answer.cut:
            self._whole = 1
            return
        yield from self._divide(self._root, frozenset(), answer)
        while self._stack and self.asked < self._most:
            top = self._stack.pop()
            if isinstance(top, Pending):
                yield from self._next_part(top)
            else:
                yield from self._ask(top, None)

    def _next_part(self, pending: Pending) -> Generator[Query, Snapshot, None]:
        """Ask the next part of these values; others and the last part wait below."""
        part = pending.next_part()
        if not part.is_last:
            self._stack.append(pending)
        yield from self._ask(part, pending)

    def _ask(self, part: Part, pending: Pending | None) -> Generator[Query, Snapshot, None]:
        """Ask a part, and divide it if it is cut."""
        answer = yield part.query
        if not part.is_honoured(answer):
            yield from self._without(part.field, answer)
        elif not answer.cut:
            self._whole += 1
            if pending is not None and not part.is_last:
                pending.on_rows(part, len(answer.connections))
        elif not part.is_last and len(part.values) > 1 and pending is not None:
            pending.on_cut(part)
        elif part.is_last and (more := self._unknown_values(part, answer)):
            self._stack.append(Pending.of(part.query, part.field, more, part.used))
        else:
            yield from self._divide(part.query, part.used | {part.field}, answer)

    def _unknown_values(self, part: Part, answer: Snapshot) -> Counter[str]:
        """Return the values in the last part, which nobody knew of."""
        found = counted(values_of(answer, part.field))
        return Counter({value: number for value, number in found.items() if value not in part.values})

    def _without(self, field: str, answer: Snapshot) -> Generator[Query, Snapshot, None]:
        """Give a field up whose terms are not honoured, and divide the whole question by another one."""
        self._given_up.add(field)
        self._stack = []
        self._whole = self._cut = 0
        yield from self._divide(self._root, frozenset(), replace(answer, query=self._root))

    def _divide(self, query: Query, used: frozenset[str], answer: Snapshot) -> Generator[Query, Snapshot, None]:
        """Find a field that divides the question, and put its values on the stack; else it stays cut."""
        # Fields that turn out to have one value here.
        single: set[str] = set()
        for field in dividing_fields(answer, used | self._given_up):
            if not has_others(answer, used | single, field):
                break
            seen = values_of(answer, field)
            counts = counted(seen)
            if self.asked < self._most:
                # A question by this field alone names values that are only in rows that were cut.
                coarse = values_of((yield replace(query, group_bys=(field,))), field)
                for value in counted(coarse):
                    counts.setdefault(value, 0)
                seen = [*seen, *coarse]
            if counts and len(set(seen)) > 1:
                self._stack.append(Pending.of(query, field, counts, used | single))
                return
            single.add(field)
        self._cut += 1


def _new(connections: Connections, keys: set[tuple[object, ...]]) -> Connections:
    """Return the connections that are not there yet, and note them."""
    new: list[int] = []
    # The id alone would be the same for values that hold its separators.
    for at, key in enumerate(zip(connections.exact_ids, *connections.exact_groups, strict=False)):
        if key not in keys:
            keys.add(key)
            new.append(at)
    return connections if len(new) == len(connections) else connections.picked(new)
