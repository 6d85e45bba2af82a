"""What stands in one place of a table: a text, and what is special about it."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from cnm_tui.core.metrics.catalogue import Counters, Metric
from cnm_tui.core.metrics.health import RANKED_BY_EVIDENCE, THRESHOLDS, Health, figure_cell_text, health
from cnm_tui.core.snapshot import UNRESOLVED, Connection


class Cell(NamedTuple):
    """A text with what is special about it."""

    text: str
    kind: str = ""
    """Words for what is special: `zero`, `absent`, `changed`, `odd`, `bad`, `thin`; usually none."""


CellOf = Callable[[Connection, Counters | None], Cell]
"""The cell of a connection, and its counters in the answer before, if it was there."""


def group_cell(position: int) -> CellOf:
    """Cells of one group-by."""

    def cell(connection: Connection, _before: Counters | None) -> Cell:
        text = connection.group_text(position)
        return Cell(text, "absent" if text == UNRESOLVED else "")

    return cell


def figure_cell(metric: Metric, window_seconds: float, seconds_before: float) -> CellOf:
    """Cells of one metric; figures are padded so that decimal points line up."""
    # Looked up once for all rows: this runs for every figure in sight.
    value, judged = metric.value, metric.key in THRESHOLDS
    text_of = partial(figure_cell_text, metric) if metric.key in RANKED_BY_EVIDENCE else metric.scale.cell

    def cell(connection: Connection, before: Counters | None) -> Cell:
        number = value(connection.counters, window_seconds)
        text = text_of(number)
        kind = ""
        if not number:
            kind = "absent" if number is None else "zero"
        elif judged:
            stands = health(metric, connection.counters)
            kind = "" if stands is Health.GOOD else stands.value
        if before is not None:
            was = value(before, seconds_before)
            # A mark on what looks the same would be no news.
            if was != number and text_of(was) != text:
                kind = f"{kind} changed" if kind in ("odd", "bad", "thin") else "changed"
        return Cell(text, kind)

    return cell
