"""A table as text for people (`table`, `markdown`) or for programs (`json`, `jsonl`, `csv`, `tsv`), in UTF-8.

Programs get raw numbers under the endpoint's own names, absent as null or an empty cell. JSON carries group values
exactly as the endpoint sent them, escaped; the other formats carry them cleaned, on one line.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from cnm_tui.core.metrics import METRICS, Metric, Number
from cnm_tui.core.snapshot import Connection, Snapshot
from cnm_tui.core.table import Column, Table
from cnm_tui.core.text import cell_width, fitted
from cnm_tui.core.time_range import utc_text

_FORMULA_STARTS: Final = ("=", "+", "-", "@")
_BARE_ADDRESS: Final = re.compile(r"(www|(?:http|https|ftp))(\.|://)", re.IGNORECASE)
_GAP: Final = "  "


def export(table: Table, format_name: str, *, width: int | None = None) -> Iterator[bytes]:
    """The table in one of `FORMATS`, in pieces.

    Args:
        width: Columns of the terminal that shows a `table`; metrics that do not fit are left out. None: all fit.
    """
    if format_name == "table":
        return _aligned(table, width)
    return _WRITERS[format_name](table)


def columns_that_fit(table: Table, width: int | None) -> tuple[Column, ...]:
    """The columns of a `table` on a terminal: all group-bys, then metrics as long as there is room."""
    if width is None:
        return table.columns
    kept: list[Column] = []
    used = -len(_GAP)
    for column in table.columns:
        used += column.width + len(_GAP)
        if used > width and column.metric is not None:
            break
        kept.append(column)
    return tuple(kept)


def _aligned(table: Table, width: int | None) -> Iterator[bytes]:
    columns = columns_that_fit(table, width)
    headings = [_padded(fitted(column.label, column.width), column) for column in columns]
    yield (_GAP.join(headings).rstrip() + "\n").encode()
    for row in range(len(table)):
        cells = (
            _padded(fitted(cell.text, column.width), column)
            for cell, column in zip(table.cells(row, columns), columns, strict=True)
        )
        yield (_GAP.join(cells).rstrip() + "\n").encode()


def _padded(text: str, column: Column) -> str:
    padding = " " * (column.width - cell_width(text))
    return text + padding if column.metric is None else padding + text


def _markdown(table: Table) -> Iterator[bytes]:
    yield ("| " + " | ".join(_markdown_text(column.label) for column in table.columns) + " |\n").encode()
    yield ("| " + " | ".join("---" if column.metric is None else "--:" for column in table.columns) + " |\n").encode()
    for row in range(len(table)):
        cells = (_markdown_text(cell.text.strip()) for cell in table.cells(row, table.columns))
        yield ("| " + " | ".join(cells) + " |\n").encode()


def _markdown_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    for special in "|*_`<>[]~&":
        escaped = escaped.replace(special, "\\" + special)
    # GitHub makes links of bare addresses, too.
    return _BARE_ADDRESS.sub(r"\1\\\2", escaped)


def _separated(table: Table, separator: str) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    group_bys = table.snapshot.query.group_bys
    writer.writerow([harmless(text) for text in (*group_bys, "id", *METRICS)])
    numbers = _numbers_of(table.snapshot)
    for row in range(len(table)):
        connection = table.connection(row)
        groups = (harmless(connection.group_text(position)) for position in range(len(group_bys)))
        writer.writerow([*groups, harmless(connection.id), *numbers(connection).values()])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    # A tab is a space here, and some spreadsheets trim what they import.
    return f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) else text


def _json_lines(table: Table) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    for row in _rows(table):
        yield encode(row) + b"\n"


def _json(table: Table) -> Iterator[bytes]:
    yield msgspec.json.format(msgspec.json.encode(_question(table)), indent=2)[: -len(b"\n}")]
    yield b',\n  "connections": ['
    encode = msgspec.json.Encoder().encode
    for number, row in enumerate(_rows(table)):
        yield (b",\n    " if number else b"\n    ") + encode(row)
    yield b"\n  ]\n}\n"


def _question(table: Table) -> dict[str, Any]:
    """What was asked, under the endpoint's parameter names, and what became of it."""
    snapshot = table.snapshot
    query, window = snapshot.query, snapshot.window
    return {
        "query": {
            "from": window.start,
            "to": window.end,
            "group_by": list(query.group_bys),
            "query": query.search,
            "tags": list(query.tags),
            "limit": query.limit,
        },
        "window": {"from": utc_text(window.start), "to": utc_text(window.end), "seconds": window.seconds},
        "sort": [f"{key.column}:{'desc' if key.descending else 'asc'}" for key in table.arrangement.sort],
        "fetched_at": snapshot.fetched_at,
        "rows": len(table),
        "cut_at_the_limit": snapshot.cut,
        "unreadable_rows": snapshot.unreadable,
    }


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    group_bys = table.snapshot.query.group_bys
    numbers = _numbers_of(table.snapshot)
    for row in range(len(table)):
        connection = table.connection(row)
        exact = connection.exact
        yield {"id": exact.id, "group_bys": dict(zip(group_bys, exact.groups, strict=True)), **numbers(connection)}


def _numbers_of(snapshot: Snapshot) -> Callable[[Connection], Mapping[str, Number | None]]:
    seconds = snapshot.window.seconds
    metrics: list[tuple[str, Metric]] = list(METRICS.items())
    return lambda connection: {key: metric.value(connection.counters, seconds) for key, metric in metrics}


_WRITERS: Final[Mapping[str, Callable[[Table], Iterator[bytes]]]] = {
    "json": _json,
    "jsonl": _json_lines,
    "csv": lambda table: _separated(table, ","),
    "tsv": lambda table: _separated(table, "\t"),
    "markdown": _markdown,
}
