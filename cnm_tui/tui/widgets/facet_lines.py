"""Create the lines of the facets. A facet lists the values of one group-by that have the most traffic.

Each value has a line with its share of the traffic and its number of rows.
"""

from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.table.facets import Facet, FacetValue
from cnm_tui.core.text import cell_width, fitted, padded
from cnm_tui.core.units import bar
from cnm_tui.tui.terminal.painted import Run

_MARGIN: Final = 1
_SIGN: Final = 2
"""Columns of a sign with the blank after it."""
_ROWS: Final = 5
_BAR: Final = 5
OPEN, FOLDED, CHOSEN = "▾ ", "▸ ", "✓ "


class FacetLine(NamedTuple):
    """A line of a facet that the user can choose.

    It is the name of a field, one value of the field, or the line for all further values.
    """

    facet: Facet
    value: FacetValue | None = None
    """None for the line of the field."""
    more: int = 0
    """Number of values that this line represents; 0 for other lines."""


def facet_lines(facets: Sequence[Facet], height: int, folded: Container[str]) -> list[FacetLine]:
    """Return the lines of the facets that fit into `height` lines of the screen.

    Each facet has the same number of lines for its values. Lines that a short facet does not need are given to
    other facets.
    """
    open_facets = [facet for facet in facets if facet.field not in folded]
    room = height - len(facets)
    shown = {}
    for left, facet in zip(range(len(open_facets), 0, -1), sorted(open_facets, key=_lines), strict=True):
        shown[facet.field] = min(_lines(facet), max(room, 0) // left)
        room -= shown[facet.field]
    lines = []
    for facet in facets:
        lines.append(FacetLine(facet))
        lines += _values(facet, shown.get(facet.field, 0))
    return lines


def _lines(facet: Facet) -> int:
    """Return the number of lines that a facet needs for its values, plus one line if there are further values."""
    return len(facet.values) + (facet.number > len(facet.values))


def _values(facet: Facet, lines: int) -> list[FacetLine]:
    if facet.number <= min(lines, len(facet.values)):
        return [FacetLine(facet, value) for value in facet.values]
    # The last line says how many values are not listed.
    values = facet.values[: max(lines - 1, 0)]
    more = [FacetLine(facet, more=facet.number - len(values))] if lines else []
    return [*(FacetLine(facet, value) for value in values), *more]


def heading_runs(key: str, width: int, size: str, *, here: bool) -> tuple[Run, ...]:
    """Return the heading above the facets. It contains the keyboard key that changes the group-by fields.

    `size` is the name of the metric that the bars display.
    """
    title = "GROUP BY"
    figures = f"{size:<{_BAR}} {'rows':>{_ROWS}}"
    between = max(1, width - 2 * _MARGIN - len(title) - 2 - cell_width(key) - len(figures))
    return (
        (" " * _MARGIN, ""),
        (title, "title cursor" if here else "title"),
        ("  ", ""),
        (key, "key"),
        (" " * between, ""),
        (figures, "quiet"),
    )


def line_runs(line: FacetLine, width: int, *, folded: bool, chosen: bool, here: bool) -> tuple[Run, ...]:
    """Return one line of a facet as a tuple of texts, each in one style.

    Args:
        line: The line.
        width: Width of the line in terminal columns.
        folded: True if the values of its field are hidden.
        chosen: True if the rows are filtered by its value.
        here: True if the cursor is on this line.
    """
    cursor = " cursor" if here else ""
    if line.value is None and not line.more:
        number = f"{line.facet.number:,}"
        name = padded(fitted(line.facet.label, room := width - 2 * _MARGIN - _SIGN - _ROWS - 1), room)
        return (
            (" " * _MARGIN, ""),
            (FOLDED if folded else OPEN, "quiet"),
            (name, f"field{cursor}"),
            (f" {number:>{_ROWS}}", "quiet"),
        )
    if line.value is None:
        return (" " * (_MARGIN + _SIGN), ""), (f"… {line.more:,} more", f"quiet{cursor}")
    room = width - 2 * _MARGIN - _SIGN - 1 - _BAR - 1 - _ROWS
    # Against the largest, as a share of all would hardly be seen.
    share = line.value.share / (line.facet.values[0].share or 1)
    return (
        (" " * _MARGIN, ""),
        (CHOSEN if chosen else " " * _SIGN, "chosen"),
        (padded(fitted(line.value.text, room), room), f"{'chosen' if chosen else ''}{cursor}".strip()),
        (" ", ""),
        (padded(bar(share, _BAR), _BAR), "bar"),
        (f" {line.value.rows:>{_ROWS},}", "quiet"),
    )
