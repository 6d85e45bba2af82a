"""Create one row of the grid as pieces of text, each with one style."""

from typing import Final, NamedTuple

from cnm_tui.core.fields.group_by import Side, side_of
from cnm_tui.core.table.table import Table
from cnm_tui.core.units import bar
from cnm_tui.tui.terminal.painted import Run
from cnm_tui.tui.widgets.grid_layout import BAR, GAP, Layout, PlacedColumn
from cnm_tui.tui.widgets.grid_line import fit

MARKED: Final = "●"
WATCHED: Final = "◆"
MARKED_AND_WATCHED: Final = "◈"
STANDING_SIGNS: Final = {"new": "+", "gone": "-", "unsure": "?", "worse": "!", "better": "✓"}
"""Signs of rows by their standing, in the same words as the cells."""
HEALTH_SIGNS: Final = {"odd": "▲", "bad": "▲▲"}
SEVERITY: Final = "▌"
"""Drawn in the first column of unmarked rows; it, or the mark, has the colour of the row's severity."""
TO_SERVER: Final = " → "
"""Between the last group-by of the client and the first of the server."""
_SIDES: Final = {Side.CLIENT: "client", Side.SERVER: "server", Side.FLOW: ""}
_SIGN_WIDTH: Final = 2
_CELL_SIGNS: Final = {
    **{f"{kind}{changed}": sign for kind, sign in HEALTH_SIGNS.items() for changed in ("", " changed")},
    "worse": STANDING_SIGNS["worse"],
    "better": STANDING_SIGNS["better"],
}
"""Signs in front of a value, by its style words."""


class _Part(NamedTuple):
    """Drawing data for one column of the grid, for example its width. The data is the same for all rows."""

    is_figure: bool
    width: int
    """Columns for the text."""
    side: str
    """The style word of a group-by's side; empty for others."""
    barred: PlacedColumn | None
    """The place, if it has a bar."""
    before_bar: str
    gap: str
    """The text after it."""
    gap_kind: str


class RowDrawing:
    """Draws the rows of one table in one layout. Data that is the same for all rows is calculated once."""

    def __init__(self, table: Table, shown: Layout) -> None:
        """Store the table and the layout, and calculate the drawing data that is the same for all rows."""
        self._table = table
        columns = [place.column for place in shown.places]
        # The last cell, also of a column that is scrolled out of sight: the row is as ill then.
        self._cells = table.cells_in([*columns, shown.finding] if shown.finding is not None else columns)
        self._has_finding = shown.finding is not None
        self._parts = [_part(place) for place in shown.places]

    def runs(self, row: int, *, marked: bool) -> tuple[Run, ...]:
        """Return one row of the table as pieces of text, each with one style.

        Neighbouring pieces with the same style are joined, so a row without special styles is a single piece.
        """
        table, cells = self._table, self._cells(row)
        finding = cells.pop().kind.removesuffix(" changed") if self._has_finding else ""
        ill, watched = finding in HEALTH_SIGNS, table.is_pinned(row)
        unmarked = SEVERITY if ill else " "
        mark = (MARKED_AND_WATCHED if watched else MARKED) if marked else WATCHED if watched else unmarked
        standing = table.standing(row)
        pieces = [(mark, finding if ill else "marked"), (STANDING_SIGNS.get(standing, " "), standing)]
        for (text, kind), part in zip(cells, self._parts, strict=True):
            if not part.is_figure:
                # An extra column is as wide as its cells, and begins with a sign.
                pieces.append((fit(text, part.width), kind or part.side))
            else:
                pieces.append((_figure(text, part.width, _CELL_SIGNS.get(kind, "")), kind))
                if part.barred is not None:
                    drawn = bar(table.share_of_largest(row, part.barred.column), BAR)
                    pieces += (part.before_bar, ""), (drawn, "bar"), (" " * (BAR - len(drawn)), "")
            pieces.append((part.gap, part.gap_kind))
        return _merged(pieces)


def _part(place: PlacedColumn) -> _Part:
    column = place.column
    is_figure = column.metric is not None
    leads_to_server = place.gap > GAP
    return _Part(
        is_figure,
        place.text_width if is_figure else place.width,
        _SIDES[side_of(column.label)] if column.is_group else "",
        place if is_figure and place.bar else None,
        " " * (place.bar - BAR),
        TO_SERVER if leads_to_server else " " * place.gap,
        "zero" if leads_to_server else "",
    )


def _merged(pieces: list[Run]) -> tuple[Run, ...]:
    """Join neighbouring pieces of text that have the same style, and return the result.

    A piece of blanks is joined with any style, because a style is not visible on blanks.
    """
    runs: list[Run] = []
    texts: list[str] = []
    style: str | None = None
    for text, kind in pieces:
        if style is None or kind == style or text.isspace():
            if style is None and not text.isspace():
                style = kind
        elif text:
            runs.append(("".join(texts), style))
            texts, style = [], kind
        texts.append(text)
    return (*runs, ("".join(texts), style or ""))


def _figure(text: str, width: int, sign: str) -> str:
    """Return a number of a cell in exactly this number of terminal columns, with its health symbol before it.

    If there is not enough room, the number is cut and the symbol stays.
    """
    # Every character of a value takes one column.
    bare = text.lstrip()
    if not sign and len(bare) <= width:
        return bare.rjust(width)
    if len(bare) + len(sign) + bool(sign) > width:
        bare = bare.rstrip()
    room = width - len(sign)
    if len(bare) > room:
        return sign + fit(bare, room, right=True)
    # Signs begin in one column, so that they can be read down it.
    at = f"{sign:>{_SIGN_WIDTH}}" if sign and len(bare) + _SIGN_WIDTH <= width else sign
    return at + bare.rjust(width - len(at))
