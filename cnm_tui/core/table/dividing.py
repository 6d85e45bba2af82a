"""How the values of one column divide the rows at hand, and their bytes."""

from collections.abc import Container, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from cnm_tui.core.filter.field_condition import field_term
from cnm_tui.core.metrics.catalogue import METRICS, Number
from cnm_tui.core.snapshot import UNRESOLVED, picked
from cnm_tui.core.table.buckets import Bucket, Buckets
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.table import Table

Key = TypeVar("Key")

_BYTES = METRICS["total_bytes"]


class Part(NamedTuple):
    """The rows with one value, or with figures in one range."""

    text: str
    condition: str
    """What the local filter reads as exactly these rows."""
    rows: int
    total_bytes: Number
    remark: str = ""


class Division(NamedTuple):
    """All parts; none has a row of another, together they have all."""

    parts: tuple[Part, ...]
    rows: int
    total_bytes: Number
    in_order: bool
    """Whether the parts are ranges, which say most in their own order."""

    def ordered(self, *, by_rows: bool) -> Sequence[Part]:
        """The largest part first, by its rows or by its bytes, unless the parts have an order of their own."""
        if self.in_order:
            return self.parts
        if by_rows:
            return sorted(self.parts, key=lambda part: (-part.rows, -part.total_bytes))
        return sorted(self.parts, key=lambda part: (-part.total_bytes, -part.rows))

    def share(self, part: Part, *, by_rows: bool) -> float | None:
        """How much of all rows or bytes it has, 0 to 1; None where nothing is to be shared."""
        number, of = (part.rows, self.rows) if by_rows else (part.total_bytes, self.total_bytes)
        return number / of if of else None


def divided(table: Table, column: Column) -> Division:
    """Return the rows that the table's filter leaves, `top` or not, divided by this column of it."""
    snapshot, order = table.snapshot, table.matching
    sizes = [size or 0 for size in picked(snapshot.figures(_BYTES), order)]
    if column.metric is None:
        position = column.group or 0
        field = snapshot.query.group_bys[position]
        texts = picked(snapshot.texts(position), order)
        values = snapshot.connections.groups[position] if order else ()
        several = {text: values[at] for text, at in zip(texts, order, strict=True) if len(values[at]) > 1}
        # A part has none of the rows in which its value is one of several.
        shared = set(chain.from_iterable(several.values()))
        parts = tuple(
            Part(text, field_term(field, text, alone=text in shared), rows, total, _remark(text, several))
            for text, (rows, total) in _summed(texts, sizes).items()
        )
    else:
        figures = picked(snapshot.figures(column.metric), order)
        buckets = Buckets(column.metric, figures)
        summed = _summed(list(map(buckets.position, figures)), sizes)
        named: list[Bucket] = list(buckets.all)
        parts = tuple(Part(*named[at], *summed[at]) for at in sorted(summed))
    return Division(parts, len(order), sum(sizes), in_order=column.metric is not None)


def _summed(keys: Sequence[Key], sizes: Sequence[Number]) -> dict[Key, tuple[int, Number]]:
    """By each key how often it stands there, and the sizes of all its places."""
    summed: dict[Key, tuple[int, Number]] = {}
    for key, size in zip(keys, sizes, strict=True):
        rows, total = summed.get(key, (0, 0))
        summed[key] = rows + 1, total + size
    return summed


def _remark(text: str, several: Container[str]) -> str:
    if text == UNRESOLVED:
        return "unresolved"
    return "several values" if text in several else ""
