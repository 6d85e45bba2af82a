"""Store the connections of a response as columns, that is, one list for each counter and each group-by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, SupportsBytes, TypeVar, overload

from cnm_tui.core.metrics.metric import Columns, Counters, Number

GroupValues = tuple[str, ...]
"""The values of one group-by: usually one, more for a tag with several values, none for an unresolved end."""

UNRESOLVED = "N/A"
NAMES_OF_UNRESOLVED: Final = frozenset({"", "N/A", "NA"})
"""Values by which the endpoint names an unresolved end."""


class Exact(NamedTuple):
    """The id and the group values of a connection as the API sent them, if they are not safe to display."""

    id: str
    groups: tuple[GroupValues, ...]


class Connection(NamedTuple):
    """One row of the response: the aggregated traffic between two groups.

    Its texts are safe to display.
    """

    id: str
    groups: tuple[GroupValues, ...]
    """The group values, in the order of the query's group-bys."""
    counters: Counters
    """The counters in the order of the endpoint."""
    raw: SupportsBytes = b"{}"
    """The row's original JSON: `bytes(raw)`, located in the reply on use."""
    unclean: Exact | None = None
    """Id and groups before cleaning; None if cleaning changed nothing."""

    @property
    def exact(self) -> Exact:
        """Id and group values exactly as the API sent them.

        Use them for searches and machine-readable formats, but never display them.
        """
        return self.unclean or Exact(self.id, self.groups)

    def group_text(self, position: int) -> str:
        """Return the values of one group-by as one text. The text is `N/A` if the value is unresolved."""
        return group_text(self.groups[position])


NO_REPLY: Final[SupportsBytes] = Connection._field_defaults["raw"]
"""The JSON of a connection whose reply was dropped."""


def group_text(values: GroupValues) -> str:
    """Return several values joined by commas, or `N/A` for an unresolved value.

    The API has several ways to write an unresolved value, for example an empty text.
    """
    if len(values) == 1:
        return UNRESOLVED if values[0] in NAMES_OF_UNRESOLVED else values[0]
    return ", ".join(value for value in values if value) or UNRESOLVED


class Connections(Sequence[Connection]):
    """The connections of a response, stored as columns. So thousands of them can be summed and sorted fast.

    A Connection object is created only when it is accessed, for example for a visible row.
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
        """The values of all connections for each group-by; empty without connections."""
        self.counters = counters
        """For each counter the values of all connections; empty if there are none."""
        self.raws = raws
        """The original JSON of each connection."""
        self.unclean = unclean
        """Texts before cleaning, by position; only where cleaning changed something."""

    @classmethod
    def of(cls, connections: Sequence[Connection]) -> "Connections":
        """Convert a sequence of Connection objects to columns."""
        if not connections:
            return cls((), (), (), (), {})
        ids, groups, counters, raws, unclean = zip(*connections, strict=True)
        changed = {position: exact for position, exact in enumerate(unclean) if exact is not None}
        return cls(ids, list(zip(*groups, strict=True)), list(zip(*counters, strict=True)), raws, changed)

    @classmethod
    def joined(cls, parts: Iterable["Connections"]) -> "Connections":
        """Return the connections of all objects in `parts`, one after the other.

        All objects must have the same group-bys.
        """
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
        """Return all counters of the connection at this position, in the order of the API endpoint."""
        return tuple([figures[position] for figures in self.counters])

    @property
    def exact_ids(self) -> Sequence[str]:
        """The ids exactly as the API sent them. They may be unsafe to display."""
        return _with_changes(self.ids, {position: exact.id for position, exact in self.unclean.items()})

    @property
    def exact_groups(self) -> Sequence[Sequence[GroupValues]]:
        """For each group-by, the values of all connections exactly as the API sent them."""
        return [
            _with_changes(values, {position: exact.groups[group] for position, exact in self.unclean.items()})
            for group, values in enumerate(self.groups)
        ]

    def picked(self, positions: Sequence[int]) -> "Connections":
        """Return the connections at these positions."""
        if not positions:
            return Connections((), (), (), (), {})
        places = {position: place for place, position in enumerate(positions)}
        return Connections(
            [self.ids[at] for at in positions],
            [[column[at] for at in positions] for column in self.groups],
            [[column[at] for at in positions] for column in self.counters],
            [self.raws[at] for at in positions],
            {places[at]: exact for at, exact in self.unclean.items() if at in places},
        )

    def without_reply(self) -> "Connections":
        """Return the same connections without their original JSON."""
        return Connections(self.ids, self.groups, self.counters, [NO_REPLY] * len(self), self.unclean)

    def and_gone(self, others: "Connections", positions: Iterable[int]) -> "Connections":
        """Return these connections, followed by the connections in `others` at these positions.

        The appended connections exist only in a baseline. All of their counters become absent.
        """
        absent = (None,) * len(others.counters)
        gone = [others[position]._replace(counters=absent) for position in positions]
        return Connections.joined([self, Connections.of(gone)]) if gone else self


class Gathering:
    """A collector for connections that arrive piece by piece. All connections must have the same group-bys."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._groups: list[list[GroupValues]] = []
        self._counters: list[list[Number | None]] = []
        self._raws: list[SupportsBytes] = []
        self._unclean: dict[int, Exact] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, part: Connections) -> None:
        """Append these connections to the connections collected so far."""
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
        """Return all connections collected so far."""
        return Connections(self._ids, self._groups, self._counters, self._raws, self._unclean)


_Any = TypeVar("_Any")


def _with_changes(column: Sequence[_Any], changes: Mapping[int, _Any]) -> Sequence[_Any]:
    if not changes:
        return column
    return [changes.get(position, known) for position, known in enumerate(column)]
