"""Create the lines of the query bar, which shows the query either in lines above the grid or in a column beside
it.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cnm_tui.core.fields.group_by import Side, side_of
from cnm_tui.core.query import Query
from cnm_tui.core.text import cell_width, clean, fitted, wrapped
from cnm_tui.core.units import plural
from cnm_tui.tui.terminal.painted import Run

MARGIN: Final = 1
"""Empty columns at either side."""
SIGN: Final = "⌕ "
GROUP_BY: Final = "GROUP BY"
"""Title of the fields; the facets of the rows cover it and what is below."""
ENTER_ASKS: Final = "enter asks"
"""Shown while the typed search differs from the current one."""
NOT_ASKED: Final = "not asked"
"""Shown after the focus left such a search."""
_GAP: Final = 2
"""Columns between the search, its hint, and the time range."""
_LIMIT_GAP: Final = 2
"""Minimum columns between fields and limit, beside the blank after each field."""
ALL_ROWS: Final = "all rows"
"""In place of the limit, if all rows were asked for."""
_BOX_LINE: Final = 2
"""Line of the search box in the column."""

Runs = tuple[Run, ...]


class Box(NamedTuple):
    """The position of the search box in the query bar, and its width, in terminal columns and lines."""

    left: int
    top: int
    width: int


class Part(NamedTuple):
    """The place of a part of the query in a screen line: its first terminal column, and the column after its last
    one.
    """

    name: str
    left: int
    right: int


class Line(NamedTuple):
    """A line of the query bar with its styled text and the positions of the query parts."""

    runs: Runs = ()
    parts: tuple[Part, ...] = ()


def strip_box(query: Query, width: int, *, unasked: str) -> Box:
    """Return the position of the search box when the query bar is above the grid.

    The box gets the width that the time range and the message about the search do not need.
    """
    left = MARGIN + len(SIGN)
    behind = _GAP + cell_width(str(query.time_range)) + MARGIN + (_GAP + len(ENTER_ASKS) if unasked else 0)
    return Box(left, 0, max(1, width - left - behind))


def column_box(width: int) -> Box:
    """Return the position of the search box when the query bar is a column beside the grid."""
    return Box(MARGIN, _BOX_LINE, max(1, width - 2 * MARGIN))


def strip_lines(
    query: Query, width: int, hint: Sequence[Runs], *, unasked: str, chosen: str, all_rows: bool = False
) -> list[Line]:
    """Return the lines of the query bar above the grid. The lines of `hint` are between the first and the last line.

    `chosen` is the name of the part of the query that is selected.
    """
    box = strip_box(query, width, unasked=unasked)
    time_range, asks = str(query.time_range), f"{'':{_GAP}}{unasked:<{len(ENTER_ASKS)}}" if unasked else ""
    time_left = box.left + box.width + len(asks) + _GAP
    first = Line(
        (
            (" " * MARGIN, ""),
            (SIGN, _kind("sign", "search", chosen)),
            (fitted(placeholder(query), box.width).ljust(box.width), "quiet"),
            (asks, "unasked"),
            (" " * _GAP, ""),
            (time_range, _kind("quiet", "time_range", chosen)),
        ),
        (Part("search", MARGIN, box.left), Part("time_range", time_left, time_left + cell_width(time_range))),
    )
    return [
        first,
        *(Line(((" " * MARGIN, ""), *runs)) for runs in hint),
        _fields_line(query, width, chosen, all_rows=all_rows),
    ]


def _fields_line(query: Query, width: int, chosen: str, *, all_rows: bool) -> Line:
    listed = {side: ", ".join(fields) for side, fields in _by_side(query).items()}
    limit = ALL_ROWS if all_rows else f"limit {query.limit:,}"
    of_endpoint = f"{query.endpoint.label} of " if query.endpoint.label else ""
    sides = {
        "client": f"{of_endpoint}{listed[Side.CLIENT] or 'any client'}",
        "server": f"▸ {listed[Side.SERVER] or 'any server'}",
        "flow": f"· {listed[Side.FLOW]}" if listed[Side.FLOW] else "",
    }
    gaps = sum(1 for words in sides.values() if words)
    room = width - 2 * MARGIN - gaps - _LIMIT_GAP - cell_width(limit)
    left, runs, parts = MARGIN, [(" " * MARGIN, "")], []
    for name, words in zip(sides, shrunk(list(sides.values()), room), strict=True):
        if words:
            parts.append(Part(name, left, left + cell_width(words)))
            runs += [(words, _kind("", name, chosen)), (" ", "")]
            left += cell_width(words) + 1
    limit_left = width - MARGIN - cell_width(limit)
    runs += [(" " * (limit_left - left), ""), (limit, _kind("quiet", "limit", chosen))]
    return Line(tuple(runs), (*parts, Part("limit", limit_left, width - MARGIN)))


def column_lines(
    query: Query,
    width: int,
    box_lines: int,
    hint: Sequence[Runs],
    *,
    unasked: str,
    chosen: str,
    keys: Mapping[str, str],
    all_rows: bool = False,
    trend: str = "",
) -> list[Line]:
    """Return the lines of the query bar as a column beside the grid. Each part of the query has a title line.

    The title names the keyboard key that changes the part. Long parts come last, except the search.

    Args:
        keys: Keyboard keys that the user has set, by command id.
        all_rows: True if all rows were requested with several queries.
        trend: The trend of all rows over time, with its metric. An empty text means that there is no trend.
    """
    box = column_box(width)
    lines = [
        Line(),
        _title_line("SEARCH", keys.get("edit_search", "e"), "search", width, chosen),
        Line(((" " * MARGIN, ""), (fitted(placeholder(query), box.width).ljust(box.width), "box"))),
        *[Line(((" " * MARGIN, ""), (" " * box.width, "box")))] * (box_lines - 1),
        *(Line(((" " * MARGIN, ""), *runs)) for runs in hint),
        Line(((" " * MARGIN, ""), (unasked, "unasked"))),
    ]
    for name, title, key, texts in (
        ("time_range", "TIME RANGE", keys.get("pick_time_range", "t"), [str(query.time_range)]),
        ("limit", "LIMIT", keys.get("pick_limit", "n"), [ALL_ROWS if all_rows else plural(query.limit, "row")]),
    ):
        lines.append(_title_line(title, key, name, width, chosen))
        lines += _value_lines(name, texts, width, chosen)
        if trend and name == "time_range":
            lines.append(Line(((" " * MARGIN, ""), (fitted(trend, box.width), "quiet"))))
        lines.append(Line())
    lines.append(
        _title_line(
            f"{query.endpoint.label} {GROUP_BY}".lstrip(), keys.get("pick_group_bys", "b"), "group_bys", width, chosen
        )
    )
    return [*lines, *_value_lines("group_bys", [clean(field) for field in query.group_bys] or ["none"], width, chosen)]


def _value_lines(name: str, texts: Sequence[str], width: int, chosen: str) -> list[Line]:
    """Return the lines below the title of a part of the query. They contain the texts of this part."""
    wrapped_texts = (line for text in texts for line in wrapped(text, column_box(width).width))
    kind = _kind("", name, chosen)
    return [Line(((" " * MARGIN, ""), (text, kind)), (Part(name, 0, width),)) for text in wrapped_texts]


def _title_line(title: str, key: str, name: str, width: int, chosen: str) -> Line:
    """Return the line with the title of a part of the query and the keyboard key that changes it."""
    runs = ((" " * MARGIN, ""), (title, _kind("title", name, chosen)), ("  ", ""), (key, "key"))
    return Line(runs, (Part(name, 0, width),))


def _kind(kind: str, name: str, chosen: str) -> str:
    return f"{kind} cursor".strip() if name == chosen else kind


def shrunk(texts: Sequence[str], columns: int) -> list[str]:
    """Return the texts, cut so that together they fit into this number of terminal columns.

    Short texts stay whole, and long texts share the remaining columns equally.
    """
    share = room = max(columns, 0)
    for others, width in zip(range(len(texts), 0, -1), sorted(map(cell_width, texts)), strict=True):
        share = room // others
        if width > share:
            break
        room -= width
    return [fitted(text, share) for text in texts]


def _by_side(query: Query) -> dict[Side, list[str]]:
    return {side: [clean(g) for g in query.group_bys if side_of(g) is side] for side in Side}


def placeholder(query: Query, *, example: bool = False) -> str:
    """Return the text that the search box displays in place of an empty search.

    If `example` is True, the text contains an example of a search. This is only for a box that the user is
    editing, because otherwise the example would look like a real search.
    """
    if query.tags:
        return f"tags {clean(', '.join(query.tags))} (a search replaces them)"
    return "everything · e.g. server_env:prod NOT server_service:kafka*" if example else "everything"
