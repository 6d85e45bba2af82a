"""Define the snapshot, which is an API response with its connections, and the interface of a data source."""

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
    """Facts about a snapshot that was joined from several API responses.

    It contains the number of responses, and how many of them reached the row limit or failed.
    """

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
        """Number of parts without an answer."""
        return len(self.missing)


class GroupTexts:
    """The values of each group-by as text. The texts of a group-by are made when they are first used."""

    def __init__(self, connections: Connections, constants: Sequence[str]) -> None:
        self._connections = connections
        self._constants = constants
        """For each group-by its text for all connections; empty for the connections' own values."""
        self._known: dict[int, Sequence[str]] = {}

    def __call__(self, position: int) -> Sequence[str]:
        """Return the texts of one group-by for all connections.

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
    """One API response with its rows. A snapshot is never changed."""

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
        """Return a list of columns. Each column contains one counter of the API endpoint for all connections."""
        return self.connections.counters or [()] * len(self.endpoint.counted)

    @property
    def volumes(self) -> Sequence[Number | None]:
        """Return the size of each connection. The API endpoint defines which metric measures the size."""
        return self.figures(self.endpoint.metrics[self.endpoint.volume])

    def absence_sentence(self, _metric: Metric) -> str:
        """Return why a row does not have this metric."""
        return "Absent from the reply."

    @property
    def cut(self) -> bool:
        """True if the snapshot reached the row limit, so that there may be more connections."""
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
        """True if the rows were added up from rows of an incomplete response. Their numbers may be too small."""
        return self.rows_of_reply is not None and self.cut

    @property
    def answer(self) -> "Snapshot":
        """Return the snapshot itself, or for a comparison the newer snapshot without the comparison."""
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
        """True for a comparison whose time windows do not fit the time buckets of the API endpoint."""
        return False

    @property
    def rows_held(self) -> int:
        """Return the number of connections in memory, including the connections of the baseline."""
        return len(self.connections)

    def standing(self, position: int) -> str:
        """Return how a connection changed in a comparison.

        The text is `new`, `gone`, `unsure`, `worse` or `better`. It is empty if there is no change or no comparison.
        """
        return ""

    def judged_by(self, position: int) -> Sequence[Metric]:
        """Return the metrics in which a connection became worse or better in a comparison."""
        return ()

    def metric(self, key: str) -> Metric | None:
        """Return the metric with this column key. Return None if the column is a group-by."""
        return self.endpoint.metrics.get(key)

    def totals(self, positions: Sequence[int] | None) -> Mapping[str, Number | None]:
        """Return every metric calculated for several connections together, by the key of the metric.

        Args:
            positions: The positions of the connections. None for all connections.
        """
        if positions is None:
            return self._totals
        return self.endpoint.totals([picked(column, positions) for column in self.columns], self.window.seconds)

    @cached_property
    def _totals(self) -> Mapping[str, Number | None]:
        """Return every metric calculated for all connections together.

        The result is cached because it is needed again when the user returns to this snapshot.
        """
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
        """Return one metric for all connections, as a sequence in the order of the connections."""
        if metric.counter is not None:
            return self.columns[metric.counter]
        known = self._derived.get(metric.key)
        if known is None:
            known = self._derived[metric.key] = metric.column(self.columns, self.window.seconds)
        return known

    def thin(self, key: str) -> Sequence[bool]:
        """Return for each connection if there is too little evidence to rank it by this metric."""
        known = self._thin.get(key)
        if known is None:
            known = self._thin[key] = thin(self.endpoint.metrics[key], self.columns)
        return known

    @cached_property
    def _thin(self) -> dict[str, Sequence[bool]]:
        return {}

    def named_figures(self, metric: Metric) -> Mapping[str, Sequence[Number | None]]:
        """Return the numbers of one metric by column name, for output that programs read.

        For a comparison, the result also contains the old numbers and the changes.
        """
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
        """Return the text for a group-by that has the same value in all rows. Return an empty string for all others."""
        return self.endpoint.constant_groups.get(self.query.group_bys[position], "")

    def texts(self, position: int) -> Sequence[str]:
        """Return the values of one group-by as texts, for all connections.

        Args:
            position: The position of the group-by in the query, from 0.
        """
        return self.group_texts(position)

    @cached_property
    def group_texts(self) -> "GroupTexts":
        """Return the texts of all group-bys as a separate object.

        An object that stores these texts does not keep the whole snapshot in memory.
        """
        return GroupTexts(self.connections, [self.constant(at) for at in range(len(self.query.group_bys))])

    @cached_property
    def unresolved_shares(self) -> Mapping[Side, float]:
        """Return for each side, client and server, the share of bytes for which the name of this side is missing.

        A share is left out if it is zero.
        """
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
        """Return a dictionary with the position of each connection by its id.

        For a repeated id, it has the first position.
        """
        # Backwards, so that the first of repeated ids is written last.
        ids = self.connections.ids
        return dict(zip(reversed(ids), range(len(ids) - 1, -1, -1), strict=True))

    def counters_of(self, connection_id: str) -> Counters | None:
        """Return the counters of the connection with this id. Return None if the snapshot does not contain it."""
        position = self.position_of.get(connection_id)
        return None if position is None else self.connections.counters_at(position)


def picked(column: Sequence[_Any], positions: Sequence[int]) -> Sequence[_Any]:
    """Return the items of a column at these positions."""
    # One call for all positions, as each key press in the filter does this 17 times; for one position it returns no
    # tuple.
    return itemgetter(*positions)(column) if len(positions) > 1 else [column[position] for position in positions]


class Picked(Sequence[Sequence[_Any]]):
    """Columns limited to some rows. The rows of a column are picked when the column is first used."""

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
    """The interface of a data source that answers queries. It is the API's HTTP client, or a fake in tests."""

    @property
    def label(self) -> str:
        """Return the name of the source: its Datadog site, `DEMO`, or the name of a host."""

    @property
    def site(self) -> str | None:
        """Return the Datadog site of the source. Return None for another server."""

    @property
    def address(self) -> "Address":
        """Return the URL of the source, and the kind of its credentials."""

    @property
    def budget(self) -> Budget:
        """Return the rate limit that the last response or error stated."""

    def holds_key(self, text: str) -> bool:
        """Return True if the text contains an API key of this source."""

    async def fetch(self, query: Query) -> Snapshot:
        """Send one query and return the response as a snapshot.

        Raises:
            CnmError: The request failed in an expected way.
        """

    async def aclose(self) -> None:
        """Close the network connection of this source."""
