"""What goes into an incident's channel: what was asked, when, of whom, and the rows, in Markdown.

All that came from outside stands in one block of code: Slack shows no tables and undoes no escapes, and in a block no
value is a link, a mention or a mark-up, there or on GitHub.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from cnm_tui.core.export.evidence import facts
from cnm_tui.core.export.rows import columns_that_fit
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, clean
from cnm_tui.core.time.time_range import iso_window
from cnm_tui.core.units import seconds_text

WIDTH: Final = 110
"""Columns of a channel that does not wrap; figures that do not fit are left out, unless somebody chose them."""
_FENCE: Final = "```"
_GAP: Final = "  "
_NAME_WIDTH: Final = 9
_OPENS_MENTION: Final = re.compile("<(?=[!@#])")


def note_lines(table: Table, label: str, link: str = "") -> list[str]:
    """The note on these rows.

    Args:
        label: Who was asked.
        link: The same question in the web pages; empty where there are none.
    """
    window = table.snapshot.window
    title = f"Network connections: {row_count(table)}, {iso_window(window)} ({seconds_text(window.seconds)})"
    inert = map(_inert, (*_facts(table, label), "", *_rows(table)))
    return [title, *filter(None, [link]), _FENCE, *inert, _FENCE]


def _facts(table: Table, label: str) -> Iterator[str]:
    said = dict(facts(table, label))
    # The title has it; and what is whole need not be said of a few rows.
    del said["window"]
    if not table.snapshot.cut:
        del said["cut"]
    return (f"{name:<{_NAME_WIDTH}}{clean(text)}" for name, text in said.items())


def _rows(table: Table) -> Iterator[str]:
    """Aligned, with nothing cut: what is looked for may be the end of a value."""
    standings = _standings(table)
    room = WIDTH - (max(map(len, standings)) + len(_GAP) if standings else 0)
    columns = columns_that_fit(table, None if table.arrangement.columns else room)
    rows = [[cell.text for cell in table.cells(row, columns)] for row in range(len(table))]
    written = [_aligned(column, [line[at] for line in rows]) for at, column in enumerate(columns)]
    if standings:
        written.append(iter(standings))
    return (_GAP.join(line).rstrip() for line in zip(*written, strict=True))


def _standings(table: Table) -> Sequence[str]:
    """Under a heading, how each row stands; nothing where no row is compared."""
    if table.snapshot.baseline is None:
        return ()
    return ("standing", *(table.standing(row) for row in range(len(table))))


def _aligned(column: Column, texts: Sequence[str]) -> Iterator[str]:
    """The heading and the cells of a column in one width, without the room for units that none of them has."""
    unused = min((len(text) - len(text.rstrip()) for text in texts), default=0)
    lines = [column.label, *(text[: len(text) - unused] for text in texts)]
    width = max(map(cell_width, lines))
    for line in lines:
        padding = " " * (width - cell_width(line))
        yield line + padding if column.metric is None else padding + line


def _inert(line: str) -> str:
    """Without what ends a block of code, and what is a mention to Slack even in one."""
    return _OPENS_MENTION.sub("‹", line.replace("`", "ˋ"))
