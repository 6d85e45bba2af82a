"""Create one screen line of the grid as pieces of text, each with one style."""

from collections.abc import Mapping, Sequence
from typing import Final

from cnm_tui.core.metrics.health import figure_cell_text, figure_text
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, Metric
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, chopped, clean, hanging
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import Run
from cnm_tui.tui.widgets.grid_layout import GUTTER, Layout, PlacedColumn

CUT: Final = "…"
MORE_LEFT: Final = "‹"
MORE_RIGHT: Final = "›"
PAINTS: Final = {
    "heading": Paint("text-muted", "surface"),
    "cursor_column": Paint("accent", "surface", bold=True, underline=True),
    "sorted": Paint("foreground", "surface", bold=True),
    "cursor": Paint("block-cursor-foreground", "block-cursor-background"),
    "cursor-away": Paint(
        "block-cursor-blurred-foreground",
        "block-cursor-blurred-background",
        text_style="block-cursor-blurred-text-style",
    ),
    "critical-row": Paint(background="critical-row"),
    "warning-row": Paint(background="warning-row"),
    "message": Paint("text-muted"),
    "zero": Paint("text-disabled"),
    "absent": Paint("text-disabled"),
    "changed": Paint(bold=True),
    "odd": Paint("warning"),
    "bad": Paint("error"),
    "thin": Paint("text-muted", text_style="unjudged-text-style"),
    "bar": Paint("accent"),
    "bar-at-cursor": Paint("bar-at-cursor"),
    "cell": Paint(underline=True),
    "client": Paint("text-client"),
    "server": Paint("text-server"),
    "marked": Paint("accent", bold=True),
    "new": Paint("accent", bold=True),
    "gone": Paint("text-disabled"),
    "unsure": Paint("text-muted"),
    "worse": Paint("error"),
    "better": Paint("success"),
    "by": Paint(),
    "trend": Paint("text-muted"),
    "total": Paint("text-muted", "surface"),
    "scroll": Paint("text-muted"),
}
"""The style of each word that a run may have."""
TINTS: Final = {"bad": "critical-row", "odd": "warning-row"}
"""Styles of whole rows, by the style of their sign of severity."""
ABOVE_CURSOR: Final = ("bar-at-cursor", "cell")
"""Styles that are visible on the line at the cursor, too."""

MESSAGE_MARGIN: Final = 2
_ROOM_FOR_BOTH_ENDS: Final = 8
"""Below this width a cut text shows only its beginning."""
_ROOM_FOR_A_HEADING: Final = 9
"""Below this width a cut heading shows only its end."""
_SHORTEST_END: Final = 3


def message_lines(message: str, width: int, height: int) -> list[str]:
    """Return the lines of a message that is displayed in place of the rows, with margins if there is room."""
    room = max(10, width - 2 * MESSAGE_MARGIN)
    lines = ["", *(line for text in message.split("\n") for line in hanging(clean(text), room))]
    if len(lines) > height:
        lines = list(filter(None, lines))
    return [" " * MESSAGE_MARGIN + line for line in lines]


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return the text in exactly this number of terminal columns. If the text was cut, a symbol shows where."""
    # ASCII, nearly everything, has one column per character.
    text = text if text.isascii() else text[: 4 * width + 8]
    length = cell_width(text)
    if length <= width:
        padding = " " * (width - length)
        return padding + text if right else text + padding
    if width < _ROOM_FOR_BOTH_ENDS:
        return _beginning(text, width - 1) + CUT
    # Names of pods and hosts differ at their end, so the end is kept too.
    tail = text[-max(_SHORTEST_END, width // 3) :] if text.isascii() else ""
    return _beginning(text, width - len(tail) - 1) + CUT + tail


def _beginning(text: str, width: int) -> str:
    """Return the beginning of a text that is too long, in exactly this number of terminal columns."""
    kept = next((piece for piece in chopped(text, width)[:1] if cell_width(piece) <= width), "")
    return kept + " " * (width - cell_width(kept))


def with_cell(runs: Sequence[Run], place: PlacedColumn, cursor: str) -> tuple[Run, ...]:
    """Return the pieces of the line at the cursor, with the cell in this column highlighted as the cell at the
    cursor.
    """
    marked: list[Run] = []
    x, end = 0, place.x + place.text_width
    for text, kind in runs:
        # Every part is cut at the edges of the cell; wide characters stay whole, as no cell begins within one.
        for part in _cut_at(text, place.x - x, end - x):
            on_bar = "bar-at-cursor" if kind == "bar" and cursor == "cursor" else kind
            marked.append((part, f"{on_bar} cell".strip() if place.x <= x < end else on_bar))
            x += cell_width(part)
    return tuple(marked)


def _cut_at(text: str, *columns: int) -> list[str]:
    """Return the pieces of a text that result from cutting it at these terminal columns."""
    pieces = []
    taken = 0
    for column in columns:
        if taken < column < taken + cell_width(text):
            piece = next(iter(chopped(text, column - taken)), "")
            pieces.append(piece)
            text, taken = text[len(piece) :], taken + cell_width(piece)
    return [*pieces, text] if text else pieces


def totals_text(table: Table, shown: Layout) -> tuple[int, str]:
    """Return the terminal column at which the totals begin in the last line of the grid, and the text of the
    totals.
    """
    figures_at = next((place.x for place in shown.places if not place.column.is_group), shown.width)
    parts = []
    for place in shown.places:
        if place.column.extra is not None:
            parts.append(" " * (place.width + place.gap))
        elif (metric := place.column.metric) is not None:
            text = _total(table, place, metric) if len(table) and metric.key != JUDGED_BY_KEY else ""
            parts.append(fit(text, place.text_width, right=True) + " " * (place.bar + place.gap))
    return figures_at, "".join(parts)


def _total(table: Table, place: PlacedColumn, metric: Metric) -> str:
    """Return the total of a metric as text. The text includes the unit only if the heading shows another unit."""
    number, scale = table.total(metric), place.column.scale
    if scale is None:
        return figure_cell_text(metric, number)
    shared = not number or scale.figure(number).unit == place.column.unit
    return figure_cell_text(metric, number, scale) if shared else figure_text(metric, number)


def total_runs(ways: Sequence[str], figures_at: int, figures: str) -> tuple[Run, ...]:
    """Return the last line of the grid: the first text of `ways` that fits, followed by the totals of the metrics."""
    # A covered grid has no visible columns, and so no room.
    room = max(0, figures_at - GUTTER)
    rows = next((way for way in ways if len(way) < room), "")
    return ((f"{'':{GUTTER}}{rows:<{room}}{figures}", ""),)


def with_scroll_mark(runs: tuple[Run, ...], mark: str, end: int, width: int) -> tuple[Run, ...]:
    """Return the pieces of a row with a symbol for the scroll position added in the last terminal column.

    If the row itself uses the last terminal column, return the pieces unchanged.
    """
    return (*runs, (" " * (width - 1 - end), ""), (mark, "scroll")) if end < width else runs


def heading_runs(shown: Layout, arrows: Mapping[str, str], cursor_column: int) -> tuple[Run, ...]:
    """Return the heading line of the grid, with sort arrows, and with symbols at the sides on which columns are
    hidden.
    """
    runs: list[Run] = [(" " * GUTTER, "")]
    followers = [place.position for place in shown.places[1:]]
    for place, follower in zip(shown.places, [*followers, None], strict=True):
        arrow = arrows.get(place.column.key, "")
        right = place.column.metric is not None
        behind = arrow + place.column.told_unit
        if len(place.column.label) + len(behind) > place.text_width:
            behind = arrow + place.column.told_unit.lstrip()
        label = _heading(place, place.text_width - len(behind)) + behind
        kind = "cursor_column" if place.position == cursor_column else "sorted" if arrow else ""
        text, sign = fit(label, place.text_width, right=right), " " * place.gap
        if place.position == shown.frozen - 1 and shown.left:
            text, sign = _with_number(text, f"{MORE_LEFT}{shown.left}", place.gap)
        elif place.position >= shown.frozen and follower is not None and follower > place.position + 1:
            sign = MORE_RIGHT.ljust(place.gap)
        runs += [(text, kind), (" " * place.bar + sign, "")]
    return tuple(_with_sign_at_the_end(runs, shown) if shown.right else runs)


def _heading(place: PlacedColumn, room: int) -> str:
    """Return the heading of a table column. It is cut to `room` terminal columns if necessary."""
    label = place.column.label
    # Names of group-bys begin with one of two words; if little fits, their ends tell more.
    if place.column.is_group and label.isascii() and 1 < room < min(len(label), _ROOM_FOR_A_HEADING):
        return CUT + label[1 - room :]
    return fit(label, min(cell_width(label), room))


def _with_number(heading: str, sign: str, gap: int) -> tuple[str, str]:
    """Return a column heading, and the symbol after it that shows the number of hidden columns.

    The symbol may use the blanks at the end of the heading. If there is still no room, the number is dropped.
    """
    taken = max(0, len(sign) - gap)
    if heading.endswith(" " * (taken + 1)):
        return heading[: len(heading) - taken], sign.ljust(gap)
    return heading, (sign if len(sign) <= gap else sign[:1]).ljust(gap)


def _with_sign_at_the_end(runs: Sequence[Run], shown: Layout) -> list[Run]:
    """Return the headings, followed at the right edge by the number of columns that are hidden there and a symbol.

    If there is no room for the number, only the symbol is added.
    """
    *others, (heading, kind), gap = runs
    used = sum(cell_width(text) for text, _ in runs) - cell_width(gap[0])
    for sign in (f"+{shown.right} {MORE_RIGHT}", f"+{shown.right}{MORE_RIGHT}", MORE_RIGHT):
        free = shown.width - used - len(sign)
        if free >= 1:
            return [*others, (heading, kind), (" " * free, ""), (sign, "")]
    # The last heading moves left, or is cut, if there is no room after it.
    over = 1 - free
    blanks = len(heading) - len(heading.lstrip())
    return [
        *others,
        (heading[over:] if over <= blanks else heading[: len(heading) - over], kind),
        (" ", ""),
        (sign, ""),
    ]
