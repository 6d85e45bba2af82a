"""Define table columns that are neither group-bys nor metrics, for example the finding or the trend of a row.

The API endpoint defines the names of these columns (`core/metrics/extra.py`). Therefore the option `--sort`
and saved views can use the names before there are rows.

The content of a column is an object that is made from a snapshot or from other known data. If the content
changes, a new object is made.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from cnm_tui.core import diagnosis, findings
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.metrics.extra import BEGAN, FINDING, TREND, ExtraName
from cnm_tui.core.metrics.metric import Number
from cnm_tui.core.snapshot import Snapshot

if TYPE_CHECKING:
    from cnm_tui.core.table.columns import Cell
    from cnm_tui.core.table.table import Arrangement
    from cnm_tui.core.timeline.timeline import Timeline


class ExtraColumn(Protocol):
    """The interface for the content of a column that is neither a group-by nor a metric."""

    @property
    def name(self) -> ExtraName:
        """Return the key, heading, width and meaning of the column."""

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the column has content for this snapshot. The method must be fast."""

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the cell for the connection at this position. It is at most `name.width` terminal columns wide."""

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return a sort value for each connection. The value is None for a missing value, which is sorted last."""

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the value of a connection for output that programs read. Return None if it is missing."""


Extras = Sequence[ExtraColumn]

MOST_AT_ONCE: Final = 2_000
"""Maximum number of rows whose findings are quick enough for the frame of the answer; more follow in the next one."""


def there(extras: Iterable[ExtraColumn], snapshot: Snapshot) -> tuple[ExtraColumn, ...]:
    """Return the extra columns with content for this snapshot, in the order that its API endpoint defines."""
    known = {extra.name.key: extra for extra in extras if extra.is_there(snapshot)}
    return tuple(known[key] for key in snapshot.endpoint.extras if key in known)


def extra_called(key: str, extras: Iterable[ExtraColumn], snapshot: Snapshot) -> ExtraColumn | None:
    """Return the extra column with this key. Return None if the column has no content for this snapshot."""
    return next((extra for extra in extras if extra.name.key == key and extra.is_there(snapshot)), None)


def with_extra(extras: Extras, column: ExtraColumn) -> tuple[ExtraColumn, ...]:
    """Return the extra columns with a new column added. It replaces an earlier column with the same key."""
    return (*(extra for extra in extras if extra.name.key != column.name.key), column)


def overlaid(extras: Extras, newer: Extras, snapshot: Snapshot) -> tuple[ExtraColumn, ...]:
    """Return the extra columns, with some replaced by newer columns.

    A column is replaced if a newer column with the same key has content for this snapshot.
    """
    known = {extra.name.key: extra for extra in (*extras, *(one for one in newer if one.is_there(snapshot)))}
    return tuple(known.values())


def without_extra(extras: Extras, key: str) -> tuple[ExtraColumn, ...]:
    """Return the extra columns without the column that has this key."""
    return tuple(extra for extra in extras if extra.name.key != key)


def with_history(
    extras: tuple[ExtraColumn, ...], timeline: "Timeline | None", arrangement: "Arrangement"
) -> tuple[ExtraColumn, ...]:
    """Return the extra columns together with the trend columns of a timeline.

    If it is None, return them without trends.
    """
    if timeline is None:
        return without_extra(without_extra(extras, TREND.key), BEGAN.key)
    # Imported here: most answers have no timeline.
    from cnm_tui.core.table.history_columns import history_columns

    for column in history_columns(extras, timeline, arrangement):
        extras = with_extra(extras, column)
    return extras


class FindingColumn:
    """The table column with the most important finding of each row."""

    name: Final = FINDING

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the API endpoint of the snapshot has findings."""
        return FINDING.key in snapshot.endpoint.extras

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the cell with the name of the finding and the symbol of its severity."""
        # Imported here: the rules of findings are needed only once there are rows.
        from cnm_tui.core.table.finding_cell import finding_cell

        return finding_cell(diagnosis.diagnosed(snapshot).found[position])

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return the sort values of the rows: the severity of the finding, then the time lost."""
        return diagnosis.diagnosed(snapshot).ranks

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the code of the row's finding."""
        return diagnosis.diagnosed(snapshot).found[position].code or None

    def summary(self, snapshot: Snapshot, order: Sequence[int]) -> str:
        """Return a text with the number of these rows that have a warning or worse.

        Findings that are not known yet are not computed for this text.
        """
        known = diagnosis.known_diagnosis(snapshot)
        return diagnosis.NO_WARNINGS if known is None else known.summary_of(order)

    def is_ill(self, snapshot: Snapshot, position: int) -> bool:
        """Return True if the row is known to have a finding that is at least a warning."""
        known = diagnosis.known_diagnosis(snapshot)
        return known is not None and known.is_ill(position)


def findings_summary(extras: Iterable[ExtraColumn], snapshot: Snapshot, order: Sequence[int]) -> str:
    """Return a text with the number of these rows that have a warning or worse.

    Return an empty string if there is no such row, or if the findings are not known yet.
    """
    shown = extra_called(FINDING.key, extras, snapshot)
    if not isinstance(shown, FindingColumn | EarlierFindings) or not order:
        return ""
    summary = shown.summary(snapshot, order)
    return "" if summary == diagnosis.NO_WARNINGS else summary


def is_ill(extras: Iterable[ExtraColumn], snapshot: Snapshot, connection_id: str) -> bool:
    """Return True if the connection is known to have a finding that is at least a warning."""
    position = snapshot.position_of.get(connection_id)
    shown = extra_called(FINDING.key, extras, snapshot)
    return (
        isinstance(shown, FindingColumn | EarlierFindings) and position is not None and shown.is_ill(snapshot, position)
    )


class EarlierFindings:
    """The findings of the previous snapshot.

    They are displayed until the findings of a large new snapshot are known.
    """

    name: Final = FINDING

    def __init__(self, before: Snapshot | None) -> None:
        known = None if before is None else diagnosis.known_diagnosis(before)
        pairs = () if before is None or known is None else zip(before.connections.ids, known.found, strict=True)
        self._found = dict(pairs)

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the API endpoint of the snapshot has findings."""
        return FINDING.key in snapshot.endpoint.extras

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the cell with the earlier finding of a row. It is empty for a new row."""
        from cnm_tui.core.table.finding_cell import finding_cell

        return finding_cell(self._found.get(snapshot.connections.ids[position], findings.GONE))

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return the sort values of the rows: the severity of the earlier finding, then the time lost."""
        found = map(self._found.get, snapshot.connections.ids)
        return [None if one is None else (one.severity, one.seconds_lost) for one in found]

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the code of the row's earlier finding."""
        found = self._found.get(snapshot.connections.ids[position])
        return None if found is None else found.code or None

    def summary(self, snapshot: Snapshot, order: Sequence[int]) -> str:
        """Return a text with the number of these rows that had a warning or worse. New rows are not counted yet."""
        if not self._found:
            return diagnosis.NO_WARNINGS
        ids = snapshot.connections.ids
        return diagnosis.summary_of(self._found.get(ids[position], findings.GONE) for position in order)

    def is_ill(self, snapshot: Snapshot, position: int) -> bool:
        """Return True if the row's earlier finding was at least a warning."""
        return self._found.get(snapshot.connections.ids[position], findings.GONE).is_ill


def for_next_frame(extras: Extras, snapshot: Snapshot, before: Snapshot | None) -> tuple[ExtraColumn, ...]:
    """Return the columns with which a new snapshot can be displayed at once.

    For a large snapshot, the column with findings is replaced by the findings of an earlier snapshot of the same
    query.
    """
    if len(snapshot.connections) <= MOST_AT_ONCE:
        return tuple(extras)
    earlier = before if before is not None and before.query == snapshot.query else None
    return tuple(EarlierFindings(earlier) if isinstance(extra, FindingColumn) else extra for extra in extras)


USUAL_EXTRAS: Final[tuple[ExtraColumn, ...]] = (FindingColumn(),)
"""The columns of the screen that need nothing but an answer."""


def refuse_history(keys: Iterable[str]) -> None:
    """Raise InvalidQuery if a key names a column of a timeline, because only the screen has these columns.

    Raises:
        InvalidQuery: A key names such a column.
    """
    for key in keys:
        if key in (TREND.key, BEGAN.key):
            raise InvalidQuery(
                f"The column {key} exists only on the screen.",
                hint="--timeline 4h --onset writes when rows turned bad.",
            )


def named_extras(keys: Iterable[str]) -> tuple[ExtraColumn, ...]:
    """Return the columns of `USUAL_EXTRAS` whose key is in `keys`."""
    named = set(keys)
    return tuple(extra for extra in USUAL_EXTRAS if extra.name.key in named)
