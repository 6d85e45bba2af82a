"""Define extra columns. These are table columns that are neither group-bys nor metrics, such as a row's finding.

The API endpoint defines the names of these columns (`core/metrics/extra.py`). Therefore the option `--sort`
and saved views can use the names before any rows are loaded.

The content of an extra column is an object that is made from a snapshot or from other known data. If the
content changes, a new object is made.
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
    """The interface of an object that provides the content of an extra column, such as the findings of rows."""

    @property
    def name(self) -> ExtraName:
        """Return the description of the column: its column key, heading, width and meaning."""

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the column has content for this snapshot. The method must be fast."""

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the column's cell for the connection at this position. It is at most `name.width` terminal
        columns wide.
        """

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return one sort value for each connection. Rows are sorted by these values.

        None means a missing value. Rows with a missing value come last.
        """

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the column's value for a connection, for output that programs read. Return None if it is missing."""


Extras = Sequence[ExtraColumn]

MOST_AT_ONCE: Final = 2_000
"""Maximum number of rows whose findings are quick enough for the frame of the answer; more follow in the next one."""


def there(extras: Iterable[ExtraColumn], snapshot: Snapshot) -> tuple[ExtraColumn, ...]:
    """Return the extra columns that have content for this snapshot, in the order that its API endpoint defines."""
    known = {extra.name.key: extra for extra in extras if extra.is_there(snapshot)}
    return tuple(known[key] for key in snapshot.endpoint.extras if key in known)


def extra_called(key: str, extras: Iterable[ExtraColumn], snapshot: Snapshot) -> ExtraColumn | None:
    """Return the extra column with this column key. Return None if the column has no content for this snapshot."""
    return next((extra for extra in extras if extra.name.key == key and extra.is_there(snapshot)), None)


def with_extra(extras: Extras, column: ExtraColumn) -> tuple[ExtraColumn, ...]:
    """Return the extra columns with a new column added. It replaces an existing column with the same column key."""
    return (*(extra for extra in extras if extra.name.key != column.name.key), column)


def overlaid(extras: Extras, newer: Extras, snapshot: Snapshot) -> tuple[ExtraColumn, ...]:
    """Return the extra columns, updated with the newer columns that have content for this snapshot.

    A newer column replaces the column with the same column key.
    """
    known = {extra.name.key: extra for extra in (*extras, *(one for one in newer if one.is_there(snapshot)))}
    return tuple(known.values())


def without_extra(extras: Extras, key: str) -> tuple[ExtraColumn, ...]:
    """Return the extra columns except the column with this column key."""
    return tuple(extra for extra in extras if extra.name.key != key)


def with_history(
    extras: tuple[ExtraColumn, ...], timeline: "Timeline | None", arrangement: "Arrangement"
) -> tuple[ExtraColumn, ...]:
    """Return the extra columns together with the columns that show the trends of a timeline.

    If `timeline` is None, return the extra columns without such columns.
    """
    if timeline is None:
        return without_extra(without_extra(extras, TREND.key), BEGAN.key)
    # Imported here: most answers have no timeline.
    from cnm_tui.core.table.history_columns import history_columns

    for column in history_columns(extras, timeline, arrangement):
        extras = with_extra(extras, column)
    return extras


class FindingColumn:
    """The table column that shows the most important finding of each row. A finding is a suspected problem."""

    name: Final = FINDING

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if findings are defined for the API endpoint of the snapshot."""
        return FINDING.key in snapshot.endpoint.extras

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the cell for one row, with the name of its finding and the symbol of the finding's severity."""
        # Imported here: the rules of findings are needed only once there are rows.
        from cnm_tui.core.table.finding_cell import finding_cell

        return finding_cell(diagnosis.diagnosed(snapshot).found[position])

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return a value for each row, by which rows are sorted: first the severity of the finding, then the time
        lost.
        """
        return diagnosis.diagnosed(snapshot).ranks

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the short code of the row's finding for output that programs read. Return None if there is no
        finding.
        """
        return diagnosis.diagnosed(snapshot).found[position].code or None

    def summary(self, snapshot: Snapshot, order: Sequence[int]) -> str:
        """Return a text that counts how many of these rows have a finding with the severity "warning" or higher.

        Findings that are not computed yet are not computed for this text.
        """
        known = diagnosis.known_diagnosis(snapshot)
        return diagnosis.NO_WARNINGS if known is None else known.summary_of(order)

    def is_ill(self, snapshot: Snapshot, position: int) -> bool:
        """Return True if the row is known to have a finding with the severity "warning" or higher."""
        known = diagnosis.known_diagnosis(snapshot)
        return known is not None and known.is_ill(position)


def findings_summary(extras: Iterable[ExtraColumn], snapshot: Snapshot, order: Sequence[int]) -> str:
    """Return a text that counts how many of these rows have a finding with the severity "warning" or higher.

    Return an empty string if there is no such row, or if the findings are not known yet.
    """
    shown = extra_called(FINDING.key, extras, snapshot)
    if not isinstance(shown, FindingColumn | EarlierFindings) or not order:
        return ""
    summary = shown.summary(snapshot, order)
    return "" if summary == diagnosis.NO_WARNINGS else summary


def is_ill(extras: Iterable[ExtraColumn], snapshot: Snapshot, connection_id: str) -> bool:
    """Return True if the connection is known to have a finding with the severity "warning" or higher."""
    position = snapshot.position_of.get(connection_id)
    shown = extra_called(FINDING.key, extras, snapshot)
    return (
        isinstance(shown, FindingColumn | EarlierFindings) and position is not None and shown.is_ill(snapshot, position)
    )


class EarlierFindings:
    """A table column with the findings of the previous snapshot.

    It is displayed until the findings of a large new snapshot are computed.
    """

    name: Final = FINDING

    def __init__(self, before: Snapshot | None) -> None:
        known = None if before is None else diagnosis.known_diagnosis(before)
        pairs = () if before is None or known is None else zip(before.connections.ids, known.found, strict=True)
        self._found = dict(pairs)

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if findings are defined for the API endpoint of the snapshot."""
        return FINDING.key in snapshot.endpoint.extras

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the cell with the finding that a row had in the previous snapshot. It is empty for a new row."""
        from cnm_tui.core.table.finding_cell import finding_cell

        return finding_cell(self._found.get(snapshot.connections.ids[position], findings.GONE))

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return a value for each row, by which rows are sorted: the severity of its earlier finding, then the
        time lost.
        """
        found = map(self._found.get, snapshot.connections.ids)
        return [None if one is None else (one.severity, one.seconds_lost) for one in found]

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the short code of the finding that the row had before. Return None if it had no finding."""
        found = self._found.get(snapshot.connections.ids[position])
        return None if found is None else found.code or None

    def summary(self, snapshot: Snapshot, order: Sequence[int]) -> str:
        """Return a text that counts how many of these rows had a finding with the severity "warning" or higher before.

        New rows are not counted.
        """
        if not self._found:
            return diagnosis.NO_WARNINGS
        ids = snapshot.connections.ids
        return diagnosis.summary_of(self._found.get(ids[position], findings.GONE) for position in order)

    def is_ill(self, snapshot: Snapshot, position: int) -> bool:
        """Return True if the row's earlier finding had the severity "warning" or higher."""
        return self._found.get(snapshot.connections.ids[position], findings.GONE).is_ill


def for_next_frame(extras: Extras, snapshot: Snapshot, before: Snapshot | None) -> tuple[ExtraColumn, ...]:
    """Return the extra columns with which a new snapshot can be displayed immediately.

    Computing the findings of a large snapshot takes time. Until then, its column shows the findings of the
    earlier snapshot of the same query.
    """
    if len(snapshot.connections) <= MOST_AT_ONCE:
        return tuple(extras)
    earlier = before if before is not None and before.query == snapshot.query else None
    return tuple(EarlierFindings(earlier) if isinstance(extra, FindingColumn) else extra for extra in extras)


USUAL_EXTRAS: Final[tuple[ExtraColumn, ...]] = (FindingColumn(),)
"""The columns of the screen that need nothing but an answer."""


def refuse_history(keys: Iterable[str]) -> None:
    """Check that no column key belongs to a column of a timeline, because only the screen has such columns.

    Raises:
        InvalidQuery: A column key belongs to a column of a timeline.
    """
    for key in keys:
        if key in (TREND.key, BEGAN.key):
            raise InvalidQuery(
                f"The column {key} exists only on the screen.",
                hint="--timeline 4h --onset writes when rows turned bad.",
            )


def named_extras(keys: Iterable[str]) -> tuple[ExtraColumn, ...]:
    """Return the columns of `USUAL_EXTRAS` whose column key is in `keys`."""
    named = set(keys)
    return tuple(extra for extra in USUAL_EXTRAS if extra.name.key in named)
