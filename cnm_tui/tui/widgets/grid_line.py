"""One line of the grid: which columns stand where, and the runs of equal style that make the line."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from cnm_tui.core.table import NARROWEST_GROUP, Column, SortKey, Table
from cnm_tui.tui.widgets.painted import Run

GUTTER: Final = 2
GAP: Final = 1
NARROWEST_COLUMN: Final = 4
MARKED: Final = "●"
NEW: Final = "+"
CUT: Final = "…"
MORE_LEFT: Final = "‹"
MORE_RIGHT: Final = "›"
ASCENDING: Final = "▴"
DESCENDING: Final = "▾"
SORT_ORDINALS: Final = ("", "²", "³")
HEALTH_SIGNS: Final = {"odd": "▲", "bad": "▲▲"}
BAR: Final = "bar"
_SIGNED: Final = frozenset({"odd", "bad", "odd changed", "bad changed"})

_FROZEN_SHARE: Final = 0.6
"""Of the width at most; the figures need the rest."""

_ROOM_FOR_BOTH_ENDS: Final = 9
"""Columns below which a cut text shows only its beginning."""


class Place(NamedTuple):
    """A column on the screen."""

    position: int
    """Among the table's columns."""
    column: Column
    x: int
    width: int


class Layout(NamedTuple):
    """The columns in sight."""

    width: int
    """Of the whole line."""
    places: tuple[Place, ...]
    frozen: int
    """How many of the table's columns stay when the others scroll."""
    more_left: bool
    more_right: bool


def layout(columns: Sequence[Column], first: int, width: int, widened: Mapping[str, int]) -> Layout:
    """Put as many whole columns as there is room for: the frozen ones, then those from `first` on.

    At least one column that scrolls is in sight, cut if need be. `widened` holds what the user gave or took.
    """
    wanted = [max(NARROWEST_COLUMN, column.width + widened.get(column.key, 0)) for column in columns]
    room = max(int(width * _FROZEN_SHARE), 2 * (NARROWEST_GROUP + GAP))
    groups = sum(column.metric is None for column in columns)
    frozen = min(groups, max(1, room // (NARROWEST_GROUP + GAP)))
    shared = _shared_out(wanted[:frozen], room - GAP * frozen)
    places: list[Place] = []
    x = GUTTER
    for position in range(frozen):
        places.append(Place(position, columns[position], x, shared[position]))
        x += shared[position] + GAP
    first = max(first, frozen)
    position = first
    while position < len(columns) and (x + wanted[position] <= width or position == first):
        shown_width = max(1, min(wanted[position], width - x))
        places.append(Place(position, columns[position], x, shown_width))
        x += wanted[position] + GAP
        position += 1
    return Layout(width, tuple(places), frozen, more_left=first > frozen, more_right=position < len(columns))


def _shared_out(wanted: Sequence[int], room: int) -> list[int]:
    """Widths within the room: narrow columns get what they want, the wide ones share the rest."""
    widths = [0] * len(wanted)
    remaining, unserved = room, len(wanted)
    for position in sorted(range(len(wanted)), key=wanted.__getitem__):
        widths[position] = max(NARROWEST_COLUMN, min(wanted[position], remaining // max(1, unserved)))
        remaining -= widths[position]
        unserved -= 1
    return widths


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly so many columns, with a sign where something was cut off."""
    # One character is one column in ASCII, which is nearly everything.
    if text.isascii():
        length = len(text)
    else:
        text = text[: 4 * width + 8]
        length = cell_len(text)
    if length <= width:
        padding = " " * (width - length)
        return padding + text if right else text + padding
    if width < _ROOM_FOR_BOTH_ENDS:
        return set_cell_size(text, width - 1) + CUT
    # Names of pods and hosts differ at their end, so the end is kept too.
    tail = text[-(width // 3) :] if text.isascii() else ""
    return set_cell_size(text, width - len(tail) - 1) + CUT + tail


def body_runs(table: Table, row: int, places: Sequence[Place], *, marked: bool) -> tuple[Run, ...]:
    """The runs of one connection's line, neighbours of one kind merged: a plain row is a single run."""
    runs: list[tuple[list[str], str]] = [([], "")]

    def add(text: str, kind: str) -> None:
        # A blank takes on whatever style is there, unless that style shows on blanks.
        if runs[-1][1] == kind or (text.isspace() and BAR not in runs[-1][1] + kind):
            runs[-1][0].append(text)
        else:
            runs.append(([text], kind))

    add(MARKED if marked else " ", "marked")
    add(NEW if table.is_new(row) else " ", "new")
    for place, (text, kind) in zip(places, table.cells(row, [place.column for place in places]), strict=True):
        if place.column.metric is None:
            add(fit(text, place.width), kind)
        else:
            # Every character of a figure takes one column.
            text = text.rjust(place.width) if len(text) <= place.width else fit(text, place.width, right=True)
            if kind in _SIGNED:
                text = _with_sign(text, kind)
            bar = round(table.share_of_largest(row, place.column) * place.width)
            if bar:
                add(text[:bar], f"{kind} {BAR}".strip())
            add(text[bar:], kind)
        add(" " * GAP, "")
    return tuple(("".join(texts), kind) for texts, kind in runs if texts)


def _with_sign(text: str, kind: str) -> str:
    """A figure with the sign of its health right before it, where there is room for both."""
    sign = HEALTH_SIGNS[kind.partition(" ")[0]]
    start = len(text) - len(text.lstrip())
    if start <= len(sign):
        return text
    return f"{text[: start - len(sign) - 1]}{sign} {text[start:]}"


def total_runs(table: Table, shown: Layout, rows_text: str) -> tuple[Run, ...]:
    """The last line: how many rows, and each figure for all of them together."""
    figures_at = next((place.x for place in shown.places if place.column.metric is not None), shown.width)
    room = figures_at - GUTTER
    parts = [" " * GUTTER, rows_text.ljust(room) if len(rows_text) < room else " " * room]
    for place in shown.places:
        if (metric := place.column.metric) is not None:
            text = metric.scale.cell(table.total(metric)) if len(table) else ""
            parts.append(fit(text, place.width, right=True) + " " * GAP)
    return (("".join(parts), ""),)


def heading_runs(shown: Layout, sort: Sequence[SortKey], cursor_column: int) -> tuple[Run, ...]:
    """The headings with the arrow of the sort, and signs where columns are out of sight."""
    arrows = {
        key.column: (DESCENDING if key.descending else ASCENDING) + ordinal
        for key, ordinal in zip(sort, SORT_ORDINALS, strict=False)
    }
    runs: list[Run] = [(" " * GUTTER, "")]
    for place in shown.places:
        arrow = arrows.get(place.column.key, "")
        right = place.column.metric is not None
        label = fit(place.column.label, min(cell_len(place.column.label), place.width - len(arrow))) + arrow
        kind = "cursor_column" if place.position == cursor_column else "sorted" if arrow else ""
        runs.append((fit(label, place.width, right=right), kind))
        left_sign = MORE_LEFT if shown.more_left and place.position == shown.frozen - 1 else " "
        runs.append((left_sign, ""))
    if shown.more_right:
        used = sum(cell_len(text) for text, _ in runs)
        if used <= shown.width - len(MORE_RIGHT):
            runs.append((" " * (shown.width - used - len(MORE_RIGHT)), ""))
        else:
            # The last heading moves aside where there is no room behind it.
            text, kind = runs[-2]
            over = used - shown.width + len(MORE_RIGHT) - GAP
            runs[-2:] = [(text[over:] if text[:over].isspace() else text[:-over], kind)] if over else runs[-2:-1]
        runs.append((MORE_RIGHT, ""))
    return tuple(runs)
