"""One line of the grid, as runs of equal style."""

from collections.abc import Mapping, Sequence
from typing import Final

from cnm_tui.core.metrics.health import figure_cell_text
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, chopped, clean, hanging
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import Run
from cnm_tui.tui.widgets.grid_layout import GAP, GUTTER, Layout, PlacedColumn

MARKED: Final = "●"
WATCHED: Final = "◆"
MARKED_AND_WATCHED: Final = "◈"
STANDING_SIGNS: Final = {"new": "+", "gone": "-", "unsure": "?", "worse": "!", "better": "✓"}
"""Signs of rows by their standing, in the same words as the cells."""
CUT: Final = "…"
MORE_LEFT: Final = "‹"
MORE_RIGHT: Final = "›"
HEALTH_SIGNS: Final = {"odd": "▲", "bad": "▲▲"}
BAR: Final = "bar"
_CELL_SIGNS: Final = {
    **{f"{kind}{changed}": sign for kind, sign in HEALTH_SIGNS.items() for changed in ("", " changed")},
    "worse": STANDING_SIGNS["worse"],
    "better": STANDING_SIGNS["better"],
}
"""Signs in front of a value, by its style words."""
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
    "message": Paint("text-muted"),
    "zero": Paint("text-disabled"),
    "absent": Paint("text-disabled"),
    "changed": Paint(bold=True),
    "odd": Paint("warning"),
    "bad": Paint("error"),
    "thin": Paint("text-muted", text_style="unjudged-text-style"),
    "bar": Paint(background="primary-muted", text_style="bar-text-style"),
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

MESSAGE_MARGIN: Final = 2
_ROOM_FOR_BOTH_ENDS: Final = 8
"""Below this width a cut text shows only its beginning."""
_ROOM_FOR_A_HEADING: Final = 9
"""Below this width a cut heading shows only its end."""
_SHORTEST_END: Final = 3


def message_lines(message: str, width: int, height: int) -> list[str]:
    """Return the lines of a text in place of rows, with margins if there is room."""
    room = max(10, width - 2 * MESSAGE_MARGIN)
    lines = ["", *(line for text in message.split("\n") for line in hanging(clean(text), room))]
    if len(lines) > height:
        lines = list(filter(None, lines))
    return [" " * MESSAGE_MARGIN + line for line in lines]


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return the text in exactly this many columns, with a sign where it was cut."""
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
    """Return the beginning of a longer text in exactly this many columns."""
    kept = next((piece for piece in chopped(text, width)[:1] if cell_width(piece) <= width), "")
    return kept + " " * (width - cell_width(kept))


def body_runs(table: Table, row: int, places: Sequence[PlacedColumn], *, marked: bool) -> tuple[Run, ...]:
    """Return the runs of one connection's line; equal neighbours are merged, so a plain row is a single run."""
    runs: list[tuple[list[str], str]] = [([], "")]

    def add(text: str, kind: str) -> None:
        # A blank joins any neighbour's style that does not show on blanks.
        if runs[-1][1] == kind or (text.isspace() and BAR not in runs[-1][1] + kind):
            runs[-1][0].append(text)
        else:
            runs.append(([text], kind))

    watched = table.is_pinned(row)
    add((MARKED_AND_WATCHED if watched else MARKED) if marked else WATCHED if watched else " ", "marked")
    standing = table.standing(row)
    add(STANDING_SIGNS.get(standing, " "), standing)
    for place, (text, kind) in zip(places, table.cells(row, [place.column for place in places]), strict=True):
        if place.column.metric is None:
            # An extra column is as wide as its cells, and begins with a sign.
            add(fit(text, place.width), kind)
        else:
            text = _figure(text, place.width, _CELL_SIGNS.get(kind, ""))
            bar = round(table.share_of_largest(row, place.column) * place.width)
            if bar:
                add(text[:bar], f"{kind} {BAR}".strip())
            add(text[bar:], kind)
        add(" " * GAP, "")
    return tuple(("".join(texts), kind) for texts, kind in runs if texts)


def _figure(text: str, width: int, sign: str) -> str:
    """Return a value in exactly this many columns with its sign in front; the value is cut before the sign."""
    # Every character of a value takes one column.
    bare = text.lstrip()
    if len(bare) + len(sign) + bool(sign) > width:
        bare = bare.rstrip()
    room = width - len(sign)
    if len(bare) <= room:
        return f"{sign}{' ' if sign and len(bare) < room else ''}{bare}".rjust(width)
    return sign + fit(bare, room, right=True)


def totals_text(table: Table, shown: Layout) -> tuple[int, str]:
    """Return where the values of the last line begin, and each metric's total."""
    figures_at = next((place.x for place in shown.places if not place.column.is_group), shown.width)
    parts = []
    for place in shown.places:
        if place.column.extra is not None:
            parts.append(" " * (place.width + GAP))
        elif (metric := place.column.metric) is not None:
            text = figure_cell_text(metric, table.total(metric)) if len(table) and metric.key != JUDGED_BY_KEY else ""
            parts.append(fit(text, place.width, right=True) + " " * GAP)
    return figures_at, "".join(parts)


def total_runs(ways: Sequence[str], figures_at: int, figures: str) -> tuple[Run, ...]:
    """Return the last line: the first of these texts that fits, then the totals."""
    # A covered grid has no visible columns, and so no room.
    room = max(0, figures_at - GUTTER)
    rows = next((way for way in ways if len(way) < room), "")
    return ((f"{'':{GUTTER}}{rows:<{room}}{figures}", ""),)


def with_scroll_mark(runs: tuple[Run, ...], mark: str, end: int, width: int) -> tuple[Run, ...]:
    """Return the runs of a row with a scroll mark in the last column, if it is free."""
    return (*runs, (" " * (width - 1 - end), ""), (mark, "scroll")) if end < width else runs


def heading_runs(shown: Layout, arrows: Mapping[str, str], cursor_column: int) -> tuple[Run, ...]:
    """Return the headings with sort arrows, and signs for hidden columns."""
    runs: list[Run] = [(" " * GUTTER, "")]
    followers = [place.position for place in shown.places[1:]]
    for place, follower in zip(shown.places, [*followers, None], strict=True):
        arrow = arrows.get(place.column.key, "")
        right = place.column.metric is not None
        label = _heading(place, place.width - len(arrow)) + arrow
        kind = "cursor_column" if place.position == cursor_column else "sorted" if arrow else ""
        text, sign = fit(label, place.width, right=right), " " * GAP
        if place.position == shown.frozen - 1 and shown.left:
            text, sign = _with_number(text, f"{MORE_LEFT}{shown.left}")
        elif place.position >= shown.frozen and follower is not None and follower > place.position + 1:
            sign = MORE_RIGHT
        runs += [(text, kind), (sign, "")]
    return tuple(_with_sign_at_the_end(runs, shown) if shown.right else runs)


def _heading(place: PlacedColumn, room: int) -> str:
    """Return a column's heading, as far as it fits."""
    label = place.column.label
    # Names of group-bys begin with one of two words; if little fits, their ends tell more.
    if place.column.is_group and label.isascii() and 1 < room < min(len(label), _ROOM_FOR_A_HEADING):
        return CUT + label[1 - room :]
    return fit(label, min(cell_width(label), room))


def _with_number(heading: str, sign: str) -> tuple[str, str]:
    """Return a heading with the sign after it, which may use the heading's blanks; drop its number without room."""
    taken = len(sign) - GAP
    return (heading[:-taken], sign) if heading.endswith(" " * (taken + GAP)) else (heading, sign[:GAP])


def _with_sign_at_the_end(runs: Sequence[Run], shown: Layout) -> list[Run]:
    """Return the number of hidden columns at the right edge; only the sign without room for the number."""
    *others, (heading, kind), gap = runs
    free = shown.width - sum(cell_width(text) for text, _ in runs)
    blanks = len(heading) - len(heading.lstrip())
    sign = f"{MORE_RIGHT}{shown.right}"
    if len(sign) > free + blanks:
        sign = MORE_RIGHT
    over = len(sign) - free
    if over <= 0:
        return [*runs, (" " * -over, ""), (sign, "")]
    # The last heading moves left if there is no room after it.
    if over <= blanks:
        return [*others, (heading[over:], kind), gap, (sign, "")]
    over -= GAP
    return [*others, (heading[over:] if over <= blanks else heading[: len(heading) - over], kind), (sign, "")]
