"""Build connections and answers for tests. A test supplies only the values that matter, and the rest has
defaults.

The module also defines a fake data source that tests control.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from cnm_tui.core.connections import Connection, Connections, Exact, GroupValues
from cnm_tui.core.endpoint import CONNECTIONS
from cnm_tui.core.errors import CnmError
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.query import DEFAULT_GROUP_BYS, Query
from cnm_tui.core.service import Address, Budget
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.time.time_range import Window

MOMENT = 1_772_359_200
"""2026-03-01 10:00Z in epoch seconds; the snapshots built here were fetched then."""

ENOUGH_PACKETS = 1_000
"""The minimum for every judgement."""

KEY = "a-key-of-the-fake-source"

WEB_TO_STORE: tuple[GroupValues, ...] = (("web",), ("store",))


def a_connection(
    id: str | None = None,
    groups: Sequence[GroupValues] = WEB_TO_STORE,
    *,
    raw: bytes = b"{}",
    unclean: Exact | None = None,
    **counters: Number | None,
) -> Connection:
    """Return a connection with the given counters. All other counters are zero.

    If no `id` is given, the id is made from the group values. If a round-trip time is given without a number of
    packets, the connection gets enough packets to be judged.
    """
    unknown = counters.keys() - set(CONNECTIONS.counted_keys)
    if counters.get("rtt_micro_seconds"):
        counters.setdefault("packets_sent_by_client", ENOUGH_PACKETS)
    assert not unknown, f"the endpoint has no {', '.join(sorted(unknown))}"
    return Connection(
        id=_id_of(groups) if id is None else id,
        groups=tuple(groups),
        counters=tuple(counters.get(key, 0) for key in CONNECTIONS.counted_keys),
        raw=raw,
        unclean=unclean,
    )


def _id_of(groups: Sequence[GroupValues]) -> str:
    names = (*DEFAULT_GROUP_BYS, *(f"group_by_{number}" for number in range(3, len(groups) + 1)))
    return ", ".join(f"{name}:{'|'.join(values)}" for name, values in zip(names, groups, strict=False))


def a_snapshot(
    *connections: Connection,
    query: Query | None = None,
    window: Window | None = None,
    fetched_at: float = MOMENT,
    unreadable: int = 0,
    budget: Budget | None = None,
    warning: str = "",
) -> Snapshot:
    """Return an answer that contains these connections.

    By default, it answers the default query for the fifteen minutes before `MOMENT`.
    """
    return Snapshot(
        query=query or Query(),
        window=window or Window(MOMENT - 900, MOMENT),
        fetched_at=fetched_at,
        connections=Connections.of(connections),
        unreadable=unreadable,
        budget=budget or Budget(),
        warning=warning,
    )


Answer = Snapshot | CnmError


class FakeSource:
    """A fake data source for tests. The test supplies each answer before the query is sent, or while the query
    waits.
    """

    def __init__(self, *ready: Answer, label: str = "FAKE", budget: Budget | None = None) -> None:
        self.label = label
        self.site: str | None = None
        self.address = Address("https://fake.example")
        self.budget = budget or Budget()
        self.asked: list[Query] = []
        self.closed = False
        self._ready = deque(ready)
        self._waiting: deque[asyncio.Future[Answer]] = deque()

    @property
    def waiting(self) -> int:
        """Return the number of queries that still wait for an answer. Cancelled queries are not counted."""
        return sum(not future.done() for future in self._waiting)

    def will_answer(self, *answers: Answer) -> None:
        """Store these answers for the next queries, in this order. A query with a stored answer returns without
        waiting.
        """
        self._ready.extend(answers)

    def answer(self, answer: Answer) -> None:
        """Give this answer to the query that has been waiting longest."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(answer)
                return
        raise AssertionError("nothing was asked that is not answered yet")

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains the API key of this fake data source."""
        return KEY in text

    async def fetch(self, query: Query) -> Snapshot:
        """Wait until the test supplies an answer, and return the answer. If the test supplies an error, raise the
        error.
        """
        self.asked.append(query)
        answer = self._ready.popleft() if self._ready else await self._answered()
        if isinstance(answer, CnmError):
            raise answer
        self.budget = answer.budget
        return answer

    async def _answered(self) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return await future

    async def aclose(self) -> None:
        """Record that the data source was closed."""
        self.closed = True
