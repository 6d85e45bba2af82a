"""Define the snapshot, which contains the connections of an API response, and the interface of a data source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple, Protocol, TypeVar

from cnm_tui.core.connections import NAMES_OF_UNRESOLVED, UNRESOLVED, Connections, group_text
from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.fields.group_by import Side, names
from cnm_tui.core.metrics.health import thin
from cnm_tui.core.metrics.metric import Columns, Counters, Metric, Number, Total, total_of
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address, Budget
from cnm_tui.core.time.time_range import Window
from cnm_tui.core.units import COUNT, SHARE, plural

_Any = TypeVar("_Any")


class Remainder(NamedTuple):
    """The number of API responses that were joined to one snapshot, and how many of them are incomplete. A response is
    incomplete if it reached the row limit, or if its request failed."""

    parts: int
    cut: int
    missing: tuple[str, ...] = ()
    """The profiles without an answer, each of which is a part that is cut."""
    cut_profiles: tuple[str, ...] = ()
    """The profiles whose only answer is cut at `limit`."""
    limit: int = 0
    """The row limit of the answers if each part is the only one of a profile; else 0."""
    failures: tuple[str, ...] = ()
    """For each missing profile a sentence with its failure, which is in the warning of the answer, too."""

    @property
    def told(self) -> str:
        """Return what is not whole: `2 of 38 parts are still cut`, `staging failed`."""
        told = [f"{name} failed" for name in self.missing]
        told += [f"{name} is cut at {plural(self.limit, 'row')}" for name in self.cut_profiles]
        if not self.limit and (cut := self.cut - self.failed):
            told.append(
                f"{cut:,} of {plural(self.parts - self.failed, 'part')} {'is' if cut == 1 else 'are'} still cut"
            )
        return ", ".join(told)

    @property
    def failed(self) -> int:
        """Return the number of requests that failed, and therefore have no response."""
        return len(self.missing)


class GroupTexts:
    """A function object that returns the group-by values of connections as text. It makes each text on first use."""

    def __init__(self, connections: Connections, constants: Sequence[str]) -> None:
        self._connections = connections
        self._constants = constants
        """For each group-by its text for all connections; empty for the connections' own values."""
        self._known: dict[int, Sequence[str]] = {}

    def __call__(self, position: int) -> Sequence[str]:
        """Return the text of one group-by for each connection.

        Args:
            position: The position of the group-by in the query, from 0.
        """
        known = self._known.get(position)
        if known is None and (constant := self._constants[position]):
            known = self._known[position] = [constant] * len(self._connections)
        if known is None:
            groups = self._connections.groups[position] if self._connections else ()
            # Most have one value that is its own text: 30,000 function calls are saved.
            known = [values[0] if len(values) == 1 else group_text(values) for values in groups]
            if not NAMES_OF_UNRESOLVED.isdisjoint(known):
                known = [*map(group_text, groups)]
            self._known[position] = known
        return known


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """One API response with its connections, which are displayed as rows. A snapshot is never changed."""

    query: Query
    window: Window
    fetched_at: float
    """Time at which the reply was complete, in epoch seconds."""
    connections: Connections
    unreadable: int = 0
    """Number of rows of the reply that could not be read."""
    budget: Budget = Budget()
    warning: str = ""
    """A warning for the user; may be empty."""
    remainder: Remainder | None = None
    """The parts that it was joined from; None for an answer to one request."""
    rows_of_reply: int | None = None
    """Number of rows of the reply, if rows were added up; None if it is that of the connections."""

    @property
    def endpoint(self) -> Endpoint:
        """Return the API endpoint of the rows, which defines their metrics and fields."""
        return self.query.endpoint

    @property
    def columns(self) -> Columns:
        """Return the counters of all connections as columns. Each column contains one counter for every connection."""
        return self.connections.counters or [()] * len(self.endpoint.counted)

    @property
    def volumes(self) -> Sequence[Number | None]:
        """Return the volume of each connection, usually in bytes. The API endpoint defines the metric
        for the volume."""
        return self.figures(self.endpoint.metrics[self.endpoint.volume])

    def absence_sentence(self, _metric: Metric) -> str:
        """Return a sentence with the reason why a row has no number for this metric."""
        return "Absent from the reply."

    @property
    def cut(self) -> bool:
        """True if the response reached the row limit, so that Datadog may have left out connections."""
        if self.remainder is not None:
            return bool(self.remainder.cut)
        rows = len(self.connections) if self.rows_of_reply is None else self.rows_of_reply
        return rows + self.unreadable >= self.query.limit

    @property
    def asked_all(self) -> bool:
        """True if all rows were requested with several queries, so that the row limit of one query does not matter."""
        return self.remainder is not None and not self.remainder.limit

    @property
    def adds_up_cut(self) -> bool:
        """True if the rows are sums of several rows of an incomplete response. The sums may be too small."""
        return self.rows_of_reply is not None and self.cut

    @property
    def answer(self) -> "Snapshot":
        """Return the newer snapshot of a comparison, without the comparison. Without a comparison, return this
        snapshot."""
        return self

    @cached_property
    def without_reply(self) -> "Snapshot":
        """Return a snapshot with the same connections, but without the raw JSON and cached values."""
        kept = replace(self, connections=self.connections.without_reply(), budget=Budget(), warning="")
        # Same for both, and cached already.
        kept.__dict__["position_of"] = self.position_of
        return kept

    @property
    def baseline(self) -> "Snapshot | None":
        """Return the baseline of a comparison. Return None if this snapshot is not a comparison."""
        return None

    @property
    def may_be_off(self) -> bool:
        """True for a comparison if its time windows do not begin and end at time buckets. Its numbers
        may be inexact."""
        return False

    @property
    def rows_held(self) -> int:
        """Return the number of connections in memory, including the connections of the baseline."""
        return len(self.connections)

    def standing(self, position: int) -> str:
        """Return how the connection at this position changed in a comparison. The text is `new`, `gone`, `unsure`,
        `worse` or `better`. It is empty if there is no change or no comparison."""
        return ""

    def judged_by(self, position: int) -> Sequence[Metric]:
        """Return the metrics that became worse or better in a comparison, for the connection at this position."""
        return ()

    @property
    def any_judged(self) -> bool:
        """True if a connection became worse or better in a comparison."""
        return False

    def metric(self, key: str) -> Metric | None:
        """Return the metric with this column key. Return None if the column with this key is not a metric."""
        return self.endpoint.metrics.get(key)

    def totals(self, positions: Sequence[int] | None) -> Mapping[str, Number | None]:
        """Return each metric, calculated for several connections together. The dictionary keys are the metric keys.

        Args:
            positions: The positions of the connections. None for all connections.
        """
        if positions is None:
            return self._totals
        return self.endpoint.totals([picked(column, positions) for column in self.columns], self.window.seconds)

    @cached_property
    def _totals(self) -> Mapping[str, Number | None]:
        """Return each metric, calculated for all connections together. The dictionary keys are the metric keys. The
        result is cached because it is needed again when the user returns to this snapshot."""
        return self.endpoint.totals(self.columns, self.window.seconds)

    def total(self, metric: Metric, positions: Sequence[int] | None) -> Number | None:
        """Return one metric calculated for the connections at these positions together.

        Return None if the metric cannot be combined, for example a percentile.

        Args:
            metric: The metric.
            positions: The positions of the connections. None for all connections.
        """
        if metric.total is Total.NONE:
            return None
        if positions is not None:
            return total_of(metric, Picked(self.columns, positions), self.window.seconds)
        if metric.key not in self._total_by_key:
            self._total_by_key[metric.key] = total_of(metric, self.columns, self.window.seconds)
        return self._total_by_key[metric.key]

    @cached_property
    def _total_by_key(self) -> dict[str, Number | None]:
        return {}

    @cached_property
    def extremes(self) -> Mapping[str, tuple[Number, Number]]:
        """Return the smallest and the largest number other than 0 for each metric.

        They decide the unit of the column.

        All shares have the same unit, so their numbers are not read. For counts, only the largest number is used.
        """
        found: dict[str, tuple[Number, Number]] = {}
        for key, metric in self.endpoint.metrics.items():
            if metric.scale is SHARE:
                # Not calculated for all rows: every share has the same unit.
                found[key] = 1, 1
                continue
            numbers = filter(None, self.figures(metric))
            if metric.scale is COUNT:
                known = [largest] if (largest := max(numbers, default=0)) else []
            else:
                known = list(numbers)
            if known:
                found[key] = min(known), max(known)
        return found

    def figures(self, metric: Metric) -> Sequence[Number | None]:
        """Return the numbers of one metric, one number for each connection, in the order of the connections."""
        if metric.counter is not None:
            return self.columns[metric.counter]
        known = self._derived.get(metric.key)
        if known is None:
            known = self._derived[metric.key] = metric.column(self.columns, self.window.seconds)
        return known

    def thin(self, key: str) -> Sequence[bool]:
        """Return a bool for each connection. True means that the connection has too little traffic for a ranking. The
        argument `key` is the column key of the metric by which the connections are ranked."""
        known = self._thin.get(key)
        if known is None:
            known = self._thin[key] = thin(self.endpoint.metrics[key], self.columns)
        return known

    @cached_property
    def _thin(self) -> dict[str, Sequence[bool]]:
        return {}

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """Return the numbers of one metric for output that programs read, as a dictionary by column name. For a
        comparison, the dictionary also contains the old numbers and the changes."""
        return {metric.key: self.figures(metric)}

    @cached_property
    def counts_connections(self) -> bool:
        """True if the response proves that the connection metrics are counts. False if they may be rates per second."""
        shows_counts = self.endpoint.shows_counts
        return shows_counts is None or shows_counts(self.columns, self.window.seconds)

    @cached_property
    def _derived(self) -> dict[str, Sequence[Number | None]]:
        return {}

    def constant(self, position: int) -> str:
        """Return the text of a group-by for which the API endpoint defines one value for all rows. Return an empty
        string for all other group-bys."""
        return self.endpoint.constant_groups.get(self.query.group_bys[position], "")

    def texts(self, position: int) -> Sequence[str]:
        """Return the values of one group-by as texts, one text for each connection.

        Args:
            position: The position of the group-by in the query, from 0.
        """
        return self.group_texts(position)

    @cached_property
    def group_texts(self) -> "GroupTexts":
        """Return a separate object that makes the texts of all group-bys. The object does not refer to the snapshot.
        Storing it therefore does not keep the snapshot in memory."""
        return GroupTexts(self.connections, [self.constant(at) for at in range(len(self.query.group_bys))])

    @cached_property
    def unresolved_shares(self) -> Mapping[Side, float]:
        """Return the share of all bytes in rows where the client has no name, and the share where the server has no
        name. The dictionary contains one share for each side, from 0 to 1. A share of zero is left out."""
        volumes = self.volumes
        total = sum(filter(None, volumes))
        shares: dict[Side, float] = {}
        for side in (Side.CLIENT, Side.SERVER):
            columns = [self.texts(at) for at, field in enumerate(self.query.group_bys) if self._names(field, side)]
            # In most answers every end has a name, which is quick to check.
            if total and columns and all(UNRESOLVED in column for column in columns):
                ends = zip(*columns, strict=True)
                nameless = (volume for volume, texts in zip(volumes, ends, strict=True) if set(texts) == {UNRESOLVED})
                if unresolved := sum(filter(None, nameless)):
                    shares[side] = unresolved / total
        return shares

    def _names(self, field: str, side: Side) -> bool:
        return names(field, side) and field not in self.endpoint.constant_groups

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Return a dictionary from connection id to the position of the connection in this snapshot. If several
        connections have the same id, the dictionary contains the position of the first one."""
        # Backwards, so that the first of repeated ids is written last.
        ids = self.connections.ids
        return dict(zip(reversed(ids), range(len(ids) - 1, -1, -1), strict=True))

    def counters_of(self, connection_id: str) -> Counters | None:
        """Return the counters of the connection with this id. Return None if no connection in the
        snapshot has this id."""
        position = self.position_of.get(connection_id)
        return None if position is None else self.connections.counters_at(position)


def picked(column: Sequence[_Any], positions: Sequence[int]) -> Sequence[_Any]:
    """Return the items of a column that are at these positions, in the order of the positions."""
    # One call for all positions, as each key press in the filter does this 17 times; for one position it returns no
    # tuple.
    return itemgetter(*positions)(column) if len(positions) > 1 else [column[position] for position in positions]


class Picked(Sequence[Sequence[_Any]]):
    """Columns that contain only some of the rows. The items of a column are selected when the column is first used."""

    def __init__(self, columns: Sequence[Sequence[_Any]], positions: Sequence[int]) -> None:
        self._columns = columns
        self._positions = positions
        self._known: dict[int, Sequence[_Any]] = {}

    def __len__(self) -> int:
        return len(self._columns)

    def __getitem__(self, counter: int) -> Sequence[_Any]:  # type: ignore[override]  # columns are never sliced
        if counter not in self._known:
            self._known[counter] = picked(self._columns[counter], self._positions)
        return self._known[counter]


class Source(Protocol):
    """The interface of a data source, which answers queries. It is the HTTP client of the API, or a fake in tests."""

    @property
    def label(self) -> str:
        """Return the name of the data source: its Datadog site, `DEMO`, or the name of a host."""

    @property
    def site(self) -> str | None:
        """Return the Datadog site of the data source. Return None if the source is not a Datadog site."""

    @property
    def address(self) -> "Address":
        """Return the URL of the data source, and the kind of credentials that it uses."""

    @property
    def budget(self) -> Budget:
        """Return the API's rate limit, as stated in the last response or error."""

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains an API key of this data source."""

    async def fetch(self, query: Query) -> Snapshot:
        """Send one query and return the response as a snapshot.

        Raises:
            CnmError: The request failed in an expected way.
        """

    async def aclose(self) -> None:
        """Close the network connection of this data source."""
