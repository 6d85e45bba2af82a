"""Answers: connections as the endpoint aggregated them, and whatever can give them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Final, NamedTuple, Protocol, SupportsBytes, TypeVar, overload

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.fields.group_by import Side, names
from cnm_tui.core.metrics.confidence import may_be_rate, shows_counts
from cnm_tui.core.metrics.health import thin
from cnm_tui.core.metrics.metric import Columns, Counters, Metric, Number
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address, Budget
from cnm_tui.core.time.time_range import Window

GroupValues = tuple[str, ...]
"""The values of one group-by: usually one, more for a tag with several values, none for an unresolved end."""

UNRESOLVED = "N/A"
_SAID_FOR_UNRESOLVED = frozenset({"", "N/A", "NA"})


class Exact(NamedTuple):
    """What the endpoint sent where it is not safe to show as it is."""

    id: str
    groups: tuple[GroupValues, ...]


class Connection(NamedTuple):
    """One row of the reply: aggregated traffic between two groups, cleaned for showing."""

    id: str
    groups: tuple[GroupValues, ...]
    """In the order of the query's group-bys."""
    counters: Counters
    """The figures that the endpoint counts, in its order."""
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


NO_REPLY: Final[SupportsBytes] = Connection._field_defaults["raw"]
"""The JSON of a connection whose reply is forgotten."""


def group_text(values: GroupValues) -> str:
    """Several values joined; `N/A` for an unresolved end, however the endpoint says that."""
    if len(values) == 1:
        return UNRESOLVED if values[0] in _SAID_FOR_UNRESOLVED else values[0]
    return ", ".join(value for value in values if value) or UNRESOLVED


class Connections(Sequence[Connection]):
    """The connections of an answer by columns: so thousands of them are read, sorted, added up and written.

    One of them is made when it is asked for, which those in sight are.
    """

    __slots__ = ("counters", "groups", "ids", "raws", "unclean")

    def __init__(
        self,
        ids: Sequence[str],
        groups: Sequence[Sequence[GroupValues]],
        counters: Columns,
        raws: Sequence[SupportsBytes],
        unclean: Mapping[int, Exact],
    ) -> None:
        self.ids = ids
        self.groups = groups
        """For each group-by the values of all; nothing where there are no connections."""
        self.counters = counters
        """For each figure that the endpoint counts those of all; nothing where there are no connections."""
        self.raws = raws
        """The JSON of each as it came."""
        self.unclean = unclean
        """By position what it was before cleaning, where cleaning changed anything."""

    @classmethod
    def of(cls, connections: Sequence[Connection]) -> "Connections":
        """These, by columns."""
        if not connections:
            return cls((), (), (), (), {})
        ids, groups, counters, raws, unclean = zip(*connections, strict=True)
        changed = {position: exact for position, exact in enumerate(unclean) if exact is not None}
        return cls(ids, list(zip(*groups, strict=True)), list(zip(*counters, strict=True)), raws, changed)

    @classmethod
    def joined(cls, parts: Iterable["Connections"]) -> "Connections":
        """Those of all parts in a row; their group-bys are the same."""
        gathering = Gathering()
        for part in parts:
            gathering.add(part)
        return gathering.all()

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, position: int) -> Connection: ...

    @overload
    def __getitem__(self, position: slice) -> Sequence[Connection]: ...

    def __getitem__(self, position: int | slice) -> Connection | Sequence[Connection]:
        if isinstance(position, slice):
            return tuple(map(self._at, range(len(self))[position]))
        return self._at(position)

    def _at(self, position: int) -> Connection:
        return Connection(
            self.ids[position],
            tuple([values[position] for values in self.groups]),
            self.counters_at(position),
            self.raws[position],
            self.unclean.get(position if position >= 0 else position + len(self)),
        )

    def __iter__(self) -> Iterator[Connection]:
        return map(self._at, range(len(self)))

    def counters_at(self, position: int) -> Counters:
        """The counted figures of one."""
        return tuple([figures[position] for figures in self.counters])

    @property
    def exact_ids(self) -> Sequence[str]:
        """As the endpoint sent them."""
        return _with_changes(self.ids, {position: exact.id for position, exact in self.unclean.items()})

    @property
    def exact_groups(self) -> Sequence[Sequence[GroupValues]]:
        """As the endpoint sent them, for each group-by."""
        return [
            _with_changes(values, {position: exact.groups[group] for position, exact in self.unclean.items()})
            for group, values in enumerate(self.groups)
        ]

    def without_reply(self) -> "Connections":
        """The same figures without the JSON that they came in."""
        return Connections(self.ids, self.groups, self.counters, [NO_REPLY] * len(self), self.unclean)

    def and_gone(self, others: "Connections", positions: Iterable[int]) -> "Connections":
        """These, and behind them the others at these positions, whose figures are absent."""
        absent = (None,) * len(others.counters)
        gone = [others[position]._replace(counters=absent) for position in positions]
        return Connections.joined([self, Connections.of(gone)]) if gone else self


class Gathering:
    """Connections put in a row as they come; their group-bys are the same."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._groups: list[list[GroupValues]] = []
        self._counters: list[list[Number | None]] = []
        self._raws: list[SupportsBytes] = []
        self._unclean: dict[int, Exact] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, part: Connections) -> None:
        """Behind those that are here."""
        if not part:
            return
        before = len(self)
        self._unclean |= {before + position: exact for position, exact in part.unclean.items()}
        self._ids += part.ids
        self._raws += part.raws
        self._groups = self._groups or [[] for _ in part.groups]
        self._counters = self._counters or [[] for _ in part.counters]
        for values, more_values in zip(self._groups, part.groups, strict=True):
            values += more_values
        for figures, more_figures in zip(self._counters, part.counters, strict=True):
            figures += more_figures

    def all(self) -> Connections:
        """All that came."""
        return Connections(self._ids, self._groups, self._counters, self._raws, self._unclean)


_Any = TypeVar("_Any")


def _with_changes(column: Sequence[_Any], changes: Mapping[int, _Any]) -> Sequence[_Any]:
    if not changes:
        return column
    return [changes.get(position, known) for position, known in enumerate(column)]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One answer, frozen."""

    query: Query
    window: Window
    fetched_at: float
    """Epoch seconds at which the reply was complete."""
    connections: Connections
    unreadable: int = 0
    """Rows of the reply that made no sense."""
    budget: Budget = Budget()
    warning: str = ""
    """What the user should know about this answer."""

    @property
    def endpoint(self) -> Endpoint:
        """Return where the rows come from, and so which figures and fields they have."""
        return self.query.endpoint

    @property
    def columns(self) -> Columns:
        """Return for each figure that the endpoint counts those of all connections."""
        return self.connections.counters or [()] * len(self.endpoint.counted)

    @property
    def volumes(self) -> Sequence[Number | None]:
        """Return for all connections the figure that says how much each matters."""
        return self.figures(self.endpoint.metrics[self.endpoint.volume])

    @property
    def cut(self) -> bool:
        """Whether there may be more connections than the limit let through."""
        return len(self.connections) + self.unreadable >= self.query.limit

    @property
    def answer(self) -> "Snapshot":
        """As it came, without what a comparison adds."""
        return self

    @cached_property
    def without_reply(self) -> "Snapshot":
        """The same figures without the reply that they came in, and without what was worked out about them."""
        kept = Snapshot(self.query, self.window, self.fetched_at, self.connections.without_reply(), self.unreadable)
        # The same for both, and known by now.
        kept.__dict__["position_of"] = self.position_of
        return kept

    @property
    def baseline(self) -> "Snapshot | None":
        """The answer that this one is compared with."""
        return None

    @property
    def may_be_off(self) -> bool:
        """True if it is compared over windows that do not fit the endpoint's buckets."""
        return False

    @property
    def rows_held(self) -> int:
        """Connections for which it takes memory."""
        return len(self.connections)

    def standing(self, position: int) -> str:
        """How the connection there stands in a comparison: `new`, `gone`, `unsure`, `worse`, `better` or nothing."""
        return ""

    def judged_by(self, position: int) -> Sequence[Metric]:
        """The figures by which the connection there is worse or better in a comparison."""
        return ()

    def metric(self, key: str) -> Metric | None:
        """The metric of a column, if there is one."""
        return self.endpoint.metrics.get(key)

    def totals(self, positions: Sequence[int] | None) -> Mapping[str, Number | None]:
        """Each figure for all connections at these positions together, by its key; None: for all there are."""
        columns = self.columns
        columns = columns if positions is None else [picked(column, positions) for column in columns]
        return self.endpoint.totals(columns, self.window.seconds)

    def figures(self, metric: Metric) -> Sequence[Number | None]:
        """The figures of one metric, counted or derived, of all connections."""
        if metric.counter is not None:
            return self.columns[metric.counter]
        known = self._derived.get(metric.key)
        if known is None:
            known = self._derived[metric.key] = metric.column(self.columns, self.window.seconds)
        return known

    def thin(self, key: str) -> Sequence[bool]:
        """For all connections whether there is too little evidence for this figure, which is ranked by it."""
        known = self._thin.get(key)
        if known is None:
            known = self._thin[key] = thin(key, self.columns)
        return known

    @cached_property
    def _thin(self) -> dict[str, Sequence[bool]]:
        return {}

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """The figures of one metric under its key, for programs; of a comparison, with what they were told from."""
        return {metric.key: self.figures(metric)}

    @cached_property
    def counts_connections(self) -> bool:
        """True if the answer shows that established and closed connections are counts; else that is not known."""
        known = not any(map(may_be_rate, self.endpoint.counted))
        return known or shows_counts(self.columns, self.window.seconds)

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
                for values in (self.connections.groups[position] if self.connections else ())
            ]
        return known

    @cached_property
    def _texts(self) -> dict[int, Sequence[str]]:
        return {}

    @cached_property
    def unresolved_shares(self) -> Mapping[Side, float]:
        """By the end, the share of all bytes in connections in which nothing names it; only where any."""
        volumes = self.volumes
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
        ids = self.connections.ids
        return dict(zip(reversed(ids), range(len(ids) - 1, -1, -1), strict=True))

    def counters_of(self, connection_id: str) -> Counters | None:
        """The counted figures of a connection; None if it is not in the answer."""
        position = self.position_of.get(connection_id)
        return None if position is None else self.connections.counters_at(position)


def picked(column: Sequence[_Any], positions: Sequence[int]) -> Sequence[_Any]:
    """What stands at these positions."""
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
    def address(self) -> Address:
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
