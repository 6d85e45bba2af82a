"""Columns that are neither group-bys nor metrics: a finding, a trend, a mark.

Their names are part of the endpoint (`core/metrics/extra.py`), so that `--sort` and saved views know them before there
are rows. Their content is one value per column, made from an answer or from something known besides; a column with
other content is another value.
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
    """The content of one such column."""

    @property
    def name(self) -> ExtraName:
        """Its key, heading, width and meaning."""

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if it has content for this answer; must be quick."""

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the cell of one connection, at most `name.width` wide."""

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return values to sort by, for all connections; None for absent ones, which come last."""

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the value of one connection for programs; None if it is absent."""


Extras = Sequence[ExtraColumn]

MOST_AT_ONCE: Final = 2_000
"""Maximum number of rows whose findings are quick enough for the frame of the answer; more follow in the next one."""


def there(extras: Iterable[ExtraColumn], snapshot: Snapshot) -> tuple[ExtraColumn, ...]:
    """Return the columns with content for this answer, in the order of its endpoint."""
    known = {extra.name.key: extra for extra in extras if extra.is_there(snapshot)}
    return tuple(known[key] for key in snapshot.endpoint.extras if key in known)


def extra_called(key: str, extras: Iterable[ExtraColumn], snapshot: Snapshot) -> ExtraColumn | None:
    """Return the column with this key; None if this answer has none."""
    return next((extra for extra in extras if extra.name.key == key and extra.is_there(snapshot)), None)


def with_extra(extras: Extras, column: ExtraColumn) -> tuple[ExtraColumn, ...]:
    """Return the columns with this one in place of an earlier one of its name."""
    return (*(extra for extra in extras if extra.name.key != column.name.key), column)


def overlaid(extras: Extras, newer: Extras, snapshot: Snapshot) -> tuple[ExtraColumn, ...]:
    """Return the columns, each replaced by a newer one of its name that has content for this answer."""
    known = {extra.name.key: extra for extra in (*extras, *(one for one in newer if one.is_there(snapshot)))}
    return tuple(known.values())


def without_extra(extras: Extras, key: str) -> tuple[ExtraColumn, ...]:
    """Return the columns without the one with this key."""
    return tuple(extra for extra in extras if extra.name.key != key)


def with_history(
    extras: tuple[ExtraColumn, ...], timeline: "Timeline | None", arrangement: "Arrangement"
) -> tuple[ExtraColumn, ...]:
    """Return the columns with those of this timeline in this arrangement; without them for None."""
    if timeline is None:
        return without_extra(without_extra(extras, TREND.key), BEGAN.key)
    # Imported here: most answers have no timeline.
    from cnm_tui.core.table.history_columns import history_columns

    for column in history_columns(extras, timeline, arrangement):
        extras = with_extra(extras, column)
    return extras


class FindingColumn:
    """The most important finding of each row."""

    name: Final = FINDING

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the endpoint has findings."""
        return FINDING.key in snapshot.endpoint.extras

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the finding in a word, with the sign of its severity."""
        # Imported here: the rules of findings are needed only once there are rows.
        from cnm_tui.core.table.finding_cell import finding_cell

        return finding_cell(diagnosis.diagnosed(snapshot).found[position])

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return severity, then time lost."""
        return diagnosis.diagnosed(snapshot).ranks

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the code of the finding."""
        return diagnosis.diagnosed(snapshot).found[position].code or None

    def summary(self, snapshot: Snapshot, order: Sequence[int]) -> str:
        """Return how many of these rows are ill, in words, without computing findings."""
        known = diagnosis.known_diagnosis(snapshot)
        return diagnosis.NO_WARNINGS if known is None else known.summary_of(order)

    def is_ill(self, snapshot: Snapshot, position: int) -> bool:
        """Return True if a row is known to have at least a warning."""
        known = diagnosis.known_diagnosis(snapshot)
        return known is not None and known.is_ill(position)


def findings_summary(extras: Iterable[ExtraColumn], snapshot: Snapshot, order: Sequence[int]) -> str:
    """Return how many of these rows are ill, in words; empty if none is, or if that is not known yet."""
    shown = extra_called(FINDING.key, extras, snapshot)
    if not isinstance(shown, FindingColumn | EarlierFindings) or not order:
        return ""
    summary = shown.summary(snapshot, order)
    return "" if summary == diagnosis.NO_WARNINGS else summary


def is_ill(extras: Iterable[ExtraColumn], snapshot: Snapshot, connection_id: str) -> bool:
    """Return True if a connection is known to have at least a warning."""
    position = snapshot.position_of.get(connection_id)
    shown = extra_called(FINDING.key, extras, snapshot)
    return (
        isinstance(shown, FindingColumn | EarlierFindings) and position is not None and shown.is_ill(snapshot, position)
    )


class EarlierFindings:
    """The findings of the previous answer, for the frame before those of a large answer are known."""

    name: Final = FINDING

    def __init__(self, before: Snapshot | None) -> None:
        known = None if before is None else diagnosis.known_diagnosis(before)
        pairs = () if before is None or known is None else zip(before.connections.ids, known.found, strict=True)
        self._found = dict(pairs)

    def is_there(self, snapshot: Snapshot) -> bool:
        """Return True if the endpoint has findings."""
        return FINDING.key in snapshot.endpoint.extras

    def cell(self, snapshot: Snapshot, position: int) -> "Cell":
        """Return the earlier finding of a row; empty if it is new."""
        from cnm_tui.core.table.finding_cell import finding_cell

        return finding_cell(self._found.get(snapshot.connections.ids[position], findings.GONE))

    def order(self, snapshot: Snapshot) -> Sequence[Any]:
        """Return severity, then time lost."""
        found = map(self._found.get, snapshot.connections.ids)
        return [None if one is None else (one.severity, one.seconds_lost) for one in found]

    def value(self, snapshot: Snapshot, position: int) -> Number | str | None:
        """Return the code of the earlier finding."""
        found = self._found.get(snapshot.connections.ids[position])
        return None if found is None else found.code or None

    def summary(self, snapshot: Snapshot, order: Sequence[int]) -> str:
        """Return how many of these rows were ill, in words; new ones count once their findings are known."""
        ids = snapshot.connections.ids
        return diagnosis.summary_of(self._found.get(ids[position], findings.GONE) for position in order)

    def is_ill(self, snapshot: Snapshot, position: int) -> bool:
        """Return True if a row had at least a warning."""
        return self._found.get(snapshot.connections.ids[position], findings.GONE).is_ill


def for_next_frame(extras: Extras, snapshot: Snapshot, before: Snapshot | None) -> tuple[ExtraColumn, ...]:
    """Return the columns that a new answer can be shown with at once, after an earlier one of the same query."""
    if len(snapshot.connections) <= MOST_AT_ONCE:
        return tuple(extras)
    earlier = before if before is not None and before.query == snapshot.query else None
    return tuple(EarlierFindings(earlier) if isinstance(extra, FindingColumn) else extra for extra in extras)


USUAL_EXTRAS: Final[tuple[ExtraColumn, ...]] = (FindingColumn(),)
"""The columns of the screen that need nothing but an answer."""


def refuse_history(keys: Iterable[str]) -> None:
    """Do nothing unless a column of a timeline is named, which only the screen has.

    Raises:
        InvalidQuery: Such a column is named.
    """
    for key in keys:
        if key in (TREND.key, BEGAN.key):
            raise InvalidQuery(
                f"The column {key} exists only on the screen.",
                hint="--timeline 4h --onset writes when rows turned bad.",
            )


def named_extras(keys: Iterable[str]) -> tuple[ExtraColumn, ...]:
    """Return those of `USUAL_EXTRAS` with one of these keys."""
    named = set(keys)
    return tuple(extra for extra in USUAL_EXTRAS if extra.name.key in named)
