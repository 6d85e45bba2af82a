"""Simulate an API with very many rows, for tests and measurements.

Each row is one flow. The test chooses the order in which rows are sorted before an answer is cut.
"""

import random
import re
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_

from cnm_tui.core.connections import Connections, GroupValues
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.query import Query
from cnm_tui.core.search.reader import read
from cnm_tui.core.search.tree import ANY_TEXT, AllOf, AnyOf, Expression, InNetworks, Not, Pattern, Term, Wildcard
from cnm_tui.core.snapshot import Snapshot
from tests.builders import MOMENT

ODD_VALUES = (
    'say "no"',
    "a*b",
    "a?b",
    "x:y",
    "N/A ",
    "back\\slash",
    "(in) AND out",
    "café",
    "-minus",
    "NOT",
    "naïve, list",
)
FIELDS = ("client_service", "server_service", "server_pod_name")


class WideWorld:
    """A simulated network whose rows have three tags: client service, server service, and pod of the server.

    Some clients and servers have no name, and some have two names.
    """

    def __init__(
        self,
        rows: int = 100_000,
        *,
        clients: int = 120,
        servers: int = 150,
        seed: int = 1,
        honoured: bool = True,
        one_client: float = 0.0,
    ) -> None:
        """Generate the rows of the simulated network.

        Args:
            rows: The number of rows.
            clients: The number of client services.
            servers: The number of server services.
            seed: The seed of the random generator.
            honoured: False for an API that ignores every search.
            one_client: The share of the rows that all have the same client, from 0 to 1.
        """
        rng = random.Random(seed)
        self.honoured = honoured
        self.honours_wildcards = True
        self.asked: list[Query] = []
        client_names = [*ODD_VALUES, *(f"client-{number}" for number in range(clients - len(ODD_VALUES)))]
        server_names = [*ODD_VALUES, *(f"server-{number}" for number in range(servers - len(ODD_VALUES)))]
        self.rows: list[tuple[GroupValues, ...]] = []
        seen: set[tuple[GroupValues, ...]] = set()
        while len(self.rows) < rows:
            client = _end(rng, client_names) if rng.random() >= one_client else ("client-0",)
            row: tuple[GroupValues, ...] = (client, _end(rng, server_names), (f"pod-{rng.randrange(rows)}",))
            if row not in seen:
                seen.add(row)
                self.rows.append(row)
        self.sent = [rng.randrange(1, 1_000_000) for _ in self.rows]
        self._masks: dict[tuple[str, str], int] = {}
        for at, field in enumerate(FIELDS[:2]):
            positions: dict[str, list[int]] = {}
            for number, row in enumerate(self.rows):
                for value in row[at]:
                    positions.setdefault(value, []).append(number)
            for value, numbers in positions.items():
                self._masks[field, value] = _mask(numbers, rows)
        self._all = (1 << rows) - 1
        self.order: Callable[[int], float] = lambda at: -self.sent[at]

    def answer(self, query: Query) -> Snapshot:
        """Return the answer to a query. The rows are sorted by the attribute `order`, and cut at the row limit of
        the query.
        """
        self.asked.append(query)
        expression = read(query.search).expression
        mask = self._all if expression is None or not self.honoured else self._matching(expression)
        bits = bin(mask)[:1:-1]
        found = [at for at in range(len(self.rows)) if at < len(bits) and bits[at] == "1"]
        window = query.time_range.window(MOMENT)
        if query.group_bys != FIELDS:
            return Snapshot(query, window, MOMENT, self._coarse(query, found))
        kept = sorted(found, key=self.order)[: query.limit]
        columns = [[0] * len(kept) for _ in CONNECTIONS.counted_keys]
        columns[0] = [self.sent[at] for at in kept]
        ids = [
            ", ".join(f"{field}:{','.join(v)}" for field, v in zip(FIELDS, self.rows[at], strict=True)) for at in kept
        ]
        groups = [[self.rows[at][place] for at in kept] for place in range(len(FIELDS))]
        return Snapshot(query, window, MOMENT, Connections(ids, groups, columns, [b"{}"] * len(kept), {}))

    def _coarse(self, query: Query, found: Sequence[int]) -> Connections:
        (field,) = query.group_bys
        sums: dict[GroupValues, int] = {}
        for at in found:
            values = self.rows[at][FIELDS.index(field)]
            sums[values] = sums.get(values, 0) + self.sent[at]
        kept = sorted(sums, key=lambda values: -sums[values])[: query.limit]
        columns = [[0] * len(kept) for _ in CONNECTIONS.counted_keys]
        columns[0] = [sums[values] for values in kept]
        return Connections([",".join(values) for values in kept], [kept], columns, [b"{}"] * len(kept), {})

    def _matching(self, expression: Expression) -> int:
        match expression:
            case Term(field, pattern):
                fits = _reader(pattern).fullmatch
                if not self.honours_wildcards and any(isinstance(part, Wildcard) for part in pattern.parts):
                    return self._all
                if field == FIELDS[2]:
                    # Each has few rows, so no masks are kept.
                    return _mask([at for at, row in enumerate(self.rows) if any(map(fits, row[2]))], len(self.rows))
                known = (mask for (name, value), mask in self._masks.items() if name == field and fits(value))
                return reduce(or_, known, 0)
            case Not(inner):
                return self._all ^ self._matching(inner)
            case AllOf(inner):
                return reduce(and_, map(self._matching, inner))
            case AnyOf(inner):
                return reduce(or_, map(self._matching, inner))
            case InNetworks():
                raise AssertionError("nobody searches for networks here")


def _end(rng: random.Random, names: Sequence[str]) -> GroupValues:
    if rng.random() < 0.03:
        return ()
    # Some services have far more rows than others.
    first = names[int(len(names) * rng.random() ** 1.5)]
    return (first, rng.choice(names)) if rng.random() < 0.02 else (first,)


def _mask(positions: Sequence[int], length: int) -> int:
    flags = bytearray(b"0" * length)
    for at in positions:
        flags[length - 1 - at] = 49
    return int(flags, 2)


def _reader(pattern: Pattern) -> re.Pattern[str]:
    parts = (
        re.escape(part) if not isinstance(part, Wildcard) else ".*" if part is ANY_TEXT else "."
        for part in pattern.parts
    )
    return re.compile("".join(parts), re.DOTALL)
