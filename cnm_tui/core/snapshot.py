"""Answers: connections as the endpoint aggregated them, and whatever can give them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, SupportsBytes

from cnm_tui.core.group_by import Side, names
from cnm_tui.core.metrics import COUNTED, METRICS, Columns, Counters, Metric, Number, totals
from cnm_tui.core.pacing import Budget
from cnm_tui.core.query import Query
from cnm_tui.core.time_range import Window

# Only who asks has to know it, and the first frame shows what nobody has asked yet.
if TYPE_CHECKING:
    from cnm_tui.core.request import Address

GroupValues = tuple[str, ...]
"""The values of one group-by: usually one, more for a tag with several values, none for an unresolved end."""

UNRESOLVED = "N/A"
_SAID_FOR_UNRESOLVED = frozenset({"", "N/A", "NA"})


class Exact(NamedTuple):
    """What the endpoint sent where it is not safe to show as it is."""

    id: str
    groups: tuple[GroupValues, ...]


# A NamedTuple because 7,500 of them are made for each answer, and it is the cheapest frozen thing to make.
class Connection(NamedTuple):
    """One row of the reply: aggregated traffic between two groups, cleaned for showing."""

    id: str
    groups: tuple[GroupValues, ...]
    """In the order of the query's group-bys."""
    counters: Counters
    """The 17 figures in the order of `COUNTED`."""
    raw: SupportsBytes = b"{}"
    """The row's JSON as it came: `bytes(raw)`. Found in the reply only when asked for."""
    unclean: Exact | None = None
    """The id and groups before cleaning, where cleaning changed anything."""

    @property
    def exact(self) -> Exact:
        """The id and groups as the endpoint sent them, for filters and machine formats; never for the screen."""
        return self.unclean or Exact(self.id, self.groups)

    def group_text(self, position: int) -> str:
        """The values of one group-by as one text; `N/A` where the end is unresolved."""
        return group_text(self.groups[position])


_NO_REPLY: Final = Connection._field_defaults["raw"]
_made: Final[Callable[[Iterable[Any]], Connection]] = partial(tuple.__new__, Connection)


def group_text(values: GroupValues) -> str:
    """Several values joined; `N/A` for an unresolved end, however the endpoint says that."""
    if len(values) == 1:
        return UNRESOLVED if values[0] in _SAID_FOR_UNRESOLVED else values[0]
    return ", ".join(value for value in values if value) or UNRESOLVED


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One answer, frozen."""

    query: Query
    window: Window
    fetched_at: float
    """Epoch seconds at which the reply was complete."""
    connections: tuple[Connection, ...]
    unreadable: int = 0
    """Rows of the reply that made no sense."""
    budget: Budget = Budget()
    warning: str = ""
    """What the user should know about this answer."""

    @property
    def cut(self) -> bool:
        """Whether there may be more connections than the limit let through."""
        return len(self.connections) + self.unreadable >= self.query.limit

    @cached_property
    def columns(self) -> Columns:
        """For each of `COUNTED` the figures of all connections."""
        if not self.connections:
            return [()] * len(COUNTED)
        return list(zip(*(connection.counters for connection in self.connections), strict=True))

    @property
    def answer(self) -> "Snapshot":
        """As it came, without what a comparison adds."""
        return self

    @cached_property
    def without_reply(self) -> "Snapshot":
        """The same figures without the reply that they came in, and without what was worked out about them."""
        # Without a Python frame for each of 7,500.
        ids, groups, counters, _, unclean = zip(*self.connections, strict=True) if self.connections else ((),) * 5
        connections = tuple(map(_made, zip(ids, groups, counters, repeat(_NO_REPLY), unclean, strict=False)))
        return Snapshot(self.query, self.window, self.fetched_at, connections, self.unreadable)

    @property
    def baseline(self) -> "Snapshot | None":
        """The answer that this one is compared with."""
        return None

    @property
    def rows_held(self) -> int:
        """Connections for which it takes memory."""
        return len(self.connections)

    def standing(self, position: int) -> str:
        """How the connection there stands in a comparison: `new`, `gone`, `unsure`, `worse`, `better` or nothing."""
        return ""

    def metric(self, key: str) -> Metric | None:
        """The metric of a column, if there is one."""
        return METRICS.get(key)

    def totals(self, positions: Sequence[int] | None) -> Mapping[str, Number | None]:
        """Each figure for all connections at these positions together, by its key; None: for all there are."""
        columns = self.columns
        if positions is not None:
            columns = [picked(column, positions) for column in columns]
        return totals(columns, self.window.seconds)

    def figures(self, metric: Metric) -> Sequence[Number | None]:
        """The figures of one metric, counted or derived, of all connections."""
        if metric.counter is not None:
            return self.columns[metric.counter]
        known = self._derived.get(metric.key)
        if known is None:
            known = self._derived[metric.key] = metric.column(self.columns, self.window.seconds)
        return known

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """The figures of one metric under its key, for programs; of a comparison, with what they were told from."""
        return {metric.key: self.figures(metric)}

    @cached_property
    def _derived(self) -> dict[str, Sequence[Number | None]]:
        return {}

    def texts(self, position: int) -> Sequence[str]:
        """The values of one group-by of all connections, each as one text."""
        known = self._texts.get(position)
        if known is None:
            # Mostly one value that says itself: 30,000 of them need not be called for one by one.
            known = self._texts[position] = [
                values[0] if len(values) == 1 and values[0] not in _SAID_FOR_UNRESOLVED else group_text(values)
                for values in self._groups[position]
            ]
        return known

    @cached_property
    def _texts(self) -> dict[int, Sequence[str]]:
        return {}

    @cached_property
    def _groups(self) -> Sequence[Sequence[GroupValues]]:
        """For each group-by the values of all connections."""
        columns = list(zip(*(connection.groups for connection in self.connections), strict=True))
        return columns or [()] * len(self.query.group_bys)

    @cached_property
    def unresolved_shares(self) -> Mapping[Side, float]:
        """By the end, the share of all bytes in connections in which nothing names it; only where any."""
        volumes = self.figures(METRICS["total_bytes"])
        total = sum(filter(None, volumes))
        shares: dict[Side, float] = {}
        for side in (Side.CLIENT, Side.SERVER):
            columns = [self.texts(at) for at, field in enumerate(self.query.group_bys) if names(field, side)]
            # Mostly something names every end, which is seen at a glance.
            if total and columns and all(UNRESOLVED in column for column in columns):
                ends = zip(*columns, strict=True)
                nameless = (volume for volume, texts in zip(volumes, ends, strict=True) if set(texts) == {UNRESOLVED})
                if unresolved := sum(filter(None, nameless)):
                    shares[side] = unresolved / total
        return shares

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Where the connection of an id stands; the first one, should an id be repeated."""
        # Backwards, so that of a repeated one the first is written last.
        positions = range(len(self.connections) - 1, -1, -1)
        return dict(zip((connection.id for connection in reversed(self.connections)), positions, strict=True))


def picked(column: Sequence[Number | None], positions: Sequence[int]) -> Sequence[Number | None]:
    """The figures at these positions."""
    # One call for all, which a keystroke in the filter waits for 17 times; of a single position it gives no tuple.
    return itemgetter(*positions)(column) if len(positions) > 1 else [column[position] for position in positions]


class Source(Protocol):
    """Whatever answers a query: the endpoint's client, or a test's own."""

    @property
    def label(self) -> str:
        """What is asked, in a word: the site, `DEMO` or a host."""

    @property
    def site(self) -> str | None:
        """The Datadog site that is asked; None where it is another server."""

    @property
    def address(self) -> "Address":
        """Where it asks, and by what kind of keys."""

    @property
    def budget(self) -> Budget:
        """What the rate-limit headers said last, whether with an answer or with a failure."""

    def holds_key(self, text: str) -> bool:
        """Whether one of the keys that it asks with stands in this text."""

    async def fetch(self, query: Query) -> Snapshot:
        """Ask once.

        Raises:
            CnmError: Any foreseen failure.
        """

    async def aclose(self) -> None:
        """Let go of the connection."""
