"""A table as text for people (`table`, `markdown`) or for programs (`json`, `jsonl`, `csv`, `tsv`), in UTF-8.

Programs get raw numbers under the endpoint's own names, absent as null or an empty cell. JSON carries group values
exactly as the endpoint sent them, escaped; the other formats carry them cleaned, on one line. An arrangement's filter
counts for all of them, its columns for all but JSON, where each row has every figure. Of a table that is compared
both get besides how each row stands; programs also get by which figures it is judged, and behind each figure what it
was (`before.`) and its change (`change.`). What is absent on a side is empty there, and has no change.

Markdown and JSON begin with what the rows are evidence of: question, window, source, time of the answer, what they are
compared with, filter, sort, and whether the answer was cut. Separated values and JSON lines have no place for it that
every reader would pass over: there it is in the name of the file, and on stderr.

With findings each row also has the code of its own and how severe it is; JSON has the evidence, too.

In separated values a group-by that is called as another column is, as `id`, is headed `group_bys.id`, as JSON nests it.
There a text that begins like a formula stands behind an apostrophe, as `formula` says; JSON is for no
spreadsheet, and has it as it is.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from cnm_tui.core.diagnosis.diagnosis import Diagnosis, diagnosed
from cnm_tui.core.diagnosis.rules import CODES, Severity
from cnm_tui.core.diagnosis.words import explained
from cnm_tui.core.export.evidence import facts, facts_for_programs
from cnm_tui.core.fields.group_by import can_name_fields
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, Number
from cnm_tui.core.query import NESTED
from cnm_tui.core.snapshot import Connection, GroupValues, picked
from cnm_tui.core.table.columns import Column, that_fit
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, clean, fitted, unseen

# A tag value is named by whoever deploys the service, and a spreadsheet that opens a file of separated values runs what
# begins like a formula: it may call a program or fetch an address with what stands in the other cells.
_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Full-width ones as well: the spreadsheets of East Asia read them alike."""
_SKIPPED: Final = " \t\r\n\"'\u00a0\u3000"
"""Some spreadsheets trim what they import, and take away one pair of quotes more than was put around a cell."""


def begins_like_formula(text: str) -> bool:
    """Whether a spreadsheet might run this cell."""
    return text.lstrip(_SKIPPED).startswith(_STARTS)


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: behind an apostrophe, the sign of spreadsheets for a text.

    Only for texts: a figure is written as the number that it is, a negative one too.
    """
    return f"'{text}" if begins_like_formula(text) else text


# Compiled where they are used: mostly lines of plain JSON are written.
_BARE_ADDRESS: Final = r"(?i)(www|(?:http|https|ftp))(\.|://)"
_NOT_PLAIN: Final = r"[^\n\x20-\x7e]+"
_GAP: Final = "  "
SEPARATED: Final = ("csv", "tsv")
"""The formats that spreadsheets open."""


_FINDING: Final = "finding"
_SEVERITY: Final = "severity"
_WIDTHS_OF_FINDINGS: Final = {
    _FINDING: max(map(len, CODES)),
    _SEVERITY: max(len(_SEVERITY), *(len(severity.word) for severity in Severity)),
}


def export(
    table: Table, format_name: str, *, source: str, width: int | None = None, diagnose: bool = False
) -> Iterator[bytes]:
    """The table in one of `FORMATS`, in pieces.

    Args:
        source: Who was asked, for the formats that have a place for it.
        width: Columns of the terminal that shows a `table`; metrics that do not fit are left out. None: all fit.
        diagnose: Write the finding of each row as well.
    """
    findings = diagnosed(table.snapshot) if diagnose else None
    if format_name == "table":
        return _aligned(table, width, findings)
    return _WRITERS[format_name](table, source, findings)


def columns_that_fit(table: Table, width: int | None, *, diagnose: bool = False) -> tuple[Column, ...]:
    """The columns of a `table` on a terminal: all group-bys, the metric that decides the sort, others as they fit."""
    if width is None:
        return table.columns
    if diagnose:
        width -= sum(_WIDTHS_OF_FINDINGS.values()) + len(_GAP) * len(_WIDTHS_OF_FINDINGS)
    groups = [column for column in table.columns if column.metric is None]
    figures = table.columns[len(groups) :]
    room = width + len(_GAP) - sum(column.width + len(_GAP) for column in groups)
    deciding = None if table.deciding is None else table.deciding - len(groups)
    fitting = that_fit([column.width + len(_GAP) for column in figures], room, deciding)
    return (*groups, *(figures[position] for position in fitting))


def _finding_columns(findings: Diagnosis | None) -> tuple[str, ...]:
    """Return the names of the columns that tell the finding of a row; none without findings."""
    return () if findings is None else (_FINDING, _SEVERITY)


def _finding(findings: Diagnosis | None, position: int) -> tuple[str, ...]:
    """Return what stands in those columns."""
    if findings is None:
        return ()
    found = findings.found[position]
    return found.code, found.severity.word


def _aligned(table: Table, width: int | None, findings: Diagnosis | None) -> Iterator[bytes]:
    columns = columns_that_fit(table, width, diagnose=findings is not None)
    groups = sum(column.metric is None for column in columns)
    widths = [_WIDTHS_OF_FINDINGS[name] for name in _finding_columns(findings)]

    def line(texts: Sequence[str], of_finding: Sequence[str]) -> bytes:
        cells = [_padded(fitted(text, column.width), column) for text, column in zip(texts, columns, strict=True)]
        cells[groups:groups] = [f"{text:<{room}}" for text, room in zip(of_finding, widths, strict=True)]
        return (_GAP.join(cells).rstrip() + "\n").encode()

    yield line([column.label for column in columns], [name.upper() for name in _finding_columns(findings)])
    for row in range(len(table)):
        yield line([cell.text for cell in table.cells(row, columns)], _finding(findings, table.order[row]))


def _padded(text: str, column: Column) -> str:
    padding = " " * (column.width - cell_width(text))
    return text + padding if column.metric is None else padding + text


def _markdown(table: Table, source: str, findings: Diagnosis | None) -> Iterator[bytes]:
    yield f"**Network connections: {row_count(table)}**\n\n".encode()
    for name, text in facts(table, source).items():
        yield f"- {name}: {_markdown_text(clean(text))}\n".encode()
    if findings is not None:
        yield f"- findings: {findings.summary}\n".encode()
    yield b"\n"
    named = (*_standing_columns(table), *_finding_columns(findings))
    yield _markdown_line([*(_markdown_text(column.label) for column in table.columns), *named])
    ruled = ["---" if column.metric is None else "--:" for column in table.columns]
    yield _markdown_line([*ruled, *("---" for _ in named)])
    for row in range(len(table)):
        cells = zip(table.cells(row, table.columns), table.columns, strict=True)
        # Figures are padded within, so that decimal points line up where columns have a width.
        texts = (cell.text if column.metric is None else " ".join(cell.text.split()) for cell, column in cells)
        of_row = (*_standing(table, row), *map(_markdown_text, _finding(findings, table.order[row])))
        yield _markdown_line([*(_markdown_text(text.strip()) for text in texts), *of_row])


def _markdown_line(cells: Sequence[str]) -> bytes:
    return f"| {' | '.join(cells)} |\n".encode()


def _markdown_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    for special in "|*_`<>[]~&":
        escaped = escaped.replace(special, "\\" + special)
    # GitHub makes links of bare addresses, too.
    return re.sub(_BARE_ADDRESS, r"\1\\\2", escaped)


def _separated(table: Table, separator: str, findings: Diagnosis | None) -> Iterator[bytes]:
    # Imported here: only these formats want it.
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    group_bys = table.snapshot.query.group_bys
    figures = _named_figures(table, table.arrangement.columns or table.snapshot.endpoint.metrics)
    others = ("id", *_verdict_columns(table), *_finding_columns(findings), *figures)
    writer.writerow([harmless(text) for text in (*_headings(group_bys, others), *others)])
    for row, (connection, numbers) in enumerate(_connections_with_numbers(table, figures.values())):
        groups = (harmless(connection.group_text(position)) for position in range(len(group_bys)))
        said = (*_verdict(table, row), *_finding(findings, table.order[row]))
        writer.writerow([*groups, harmless(connection.id), *said, *numbers])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _headings(group_bys: Sequence[str], others: Collection[str]) -> list[str]:
    """Return the name of each group-by, or `group_bys.NAME` if another column has it."""
    return [f"{NESTED}{name}" if name in others or name.startswith(NESTED) else name for name in group_bys]


def formulas_in(table: Table, format_name: str) -> int:
    """How many cells the format puts behind an apostrophe."""
    if format_name not in SEPARATED:
        return 0
    snapshot, positions = table.snapshot, table.order
    columns = [snapshot.texts(position) for position in range(len(snapshot.query.group_bys))]
    columns.append(snapshot.connections.ids)
    in_rows = sum(begins_like_formula(column[position]) for column in columns for position in positions)
    return in_rows + sum(map(begins_like_formula, snapshot.query.group_bys))


def _standing_columns(table: Table) -> tuple[str, ...]:
    """The name of the column that tells how a row stands; none where nothing is compared."""
    return () if table.snapshot.baseline is None else ("standing",)


def _standing(table: Table, row: int) -> tuple[str, ...]:
    """What stands in that column."""
    return () if table.snapshot.baseline is None else (table.standing(row),)


def _verdict_columns(table: Table) -> tuple[str, ...]:
    """The names of the columns that tell programs how a row stands, and by which figures it is worse or better."""
    return (*_standing_columns(table), *(() if table.snapshot.baseline is None else (JUDGED_BY_KEY,)))


def _verdict(table: Table, row: int) -> tuple[str, ...]:
    """What stands in those columns."""
    if table.snapshot.baseline is None:
        return ()
    return table.standing(row), ", ".join(_judged_by(table, table.order[row]))


def _judged_by(table: Table, position: int) -> list[str]:
    return [metric.key for metric in table.snapshot.judged_by(position)]


def _named_figures(table: Table, keys: Iterable[str]) -> Mapping[str, Sequence[Number | None]]:
    """By name the figures of all connections, those of a comparison beside each other."""
    named: dict[str, Sequence[Number | None]] = {}
    for key in keys:
        named |= table.snapshot.named_figures(table.snapshot.endpoint.metrics[key])
    return {name: _finite(figures) for name, figures in named.items()}


def _finite(figures: Sequence[Number | None]) -> Sequence[Number | None]:
    """The figures without what grew beyond any number when it was worked out."""
    if math.inf not in figures and -math.inf not in figures:
        return figures
    return [None if number in (math.inf, -math.inf) else number for number in figures]


def _json_lines(table: Table, _source: str, findings: Diagnosis | None) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode_lines
    for rows in _some_at_a_time(_rows(table, findings)):
        yield _escaped(encode(rows))


def _some_at_a_time(rows: Iterator[msgspec.Struct]) -> Iterator[list[msgspec.Struct]]:
    while some := list(islice(rows, 500)):
        yield some


def _json(table: Table, source: str, findings: Diagnosis | None) -> Iterator[bytes]:
    said = facts_for_programs(table, source)
    if findings is not None:
        said["findings"] = {severity.word: findings.counts.get(severity, 0) for severity in reversed(Severity)}
    yield _escaped(msgspec.json.format(msgspec.json.encode(said), indent=2))[: -len(b"\n}")]
    yield b',\n  "connections": ['
    encode = msgspec.json.Encoder().encode
    for number, row in enumerate(_rows(table, findings)):
        yield (b",\n    " if number else b"\n    ") + _escaped(encode(row))
    yield b"\n  ]\n}\n"


def _escaped(json: bytes) -> bytes:
    """The same JSON without what a terminal obeys or hides; the encoder escapes no more than JSON itself asks for."""
    if json.isascii() and b"\x7f" not in json:
        return json
    return re.sub(_NOT_PLAIN, _as_escapes, json.decode()).encode()


def _as_escapes(match: re.Match[str]) -> str:
    text = match[0]
    if not unseen(text):
        return text
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[start : start + 2].hex()}" for start in range(0, len(units), 2))


def _rows(table: Table, findings: Diagnosis | None) -> Iterator[msgspec.Struct]:
    """Each row as it is written, made from whole columns: 7,500 rows feel every step of a Python loop."""
    figures = _named_figures(table, table.snapshot.endpoint.metrics)
    # A point may not stand in the name of a field either.
    names = {key.replace(".", "_"): key for key in figures}
    told = [*_verdict_columns(table), *(() if findings is None else (*_finding_columns(findings), "evidence"))]
    row = msgspec.defstruct("Row", ["id", "group_bys", *told, *names], rename=names, gc=False)
    snapshot, order = table.snapshot, table.order
    connections = snapshot.connections
    ids = picked(connections.exact_ids, order)
    named = [picked(values, order) for values in connections.exact_groups]
    of_groups = _groups(snapshot.query.group_bys, named) if named else [{} for _ in order]
    standing: list[Iterable[Any]] = []
    if snapshot.baseline is not None:
        standing = [map(snapshot.standing, order), (_judged_by(table, position) for position in order)]
    if findings is not None:
        found = [findings.found[position] for position in order]
        standing += [(one.code for one in found), (one.severity.word for one in found)]
        standing.append(explained(snapshot, position).evidence for position in order)
    numbers = [picked(figure, order) for figure in figures.values()]
    return map(row, ids, of_groups, *standing, *numbers)


def _groups(group_bys: Sequence[str], named: Sequence[Sequence[GroupValues]]) -> Iterable[Any]:
    """Each row's values by the names of their fields; by a struct, which is faster, where it takes the names."""
    if not can_name_fields(group_bys):
        return (dict(zip(group_bys, values, strict=True)) for values in zip(*named, strict=True))
    # A custom tag can be called anything, a field of a struct cannot.
    fields = [f"group_{position}" for position in range(len(group_bys))]
    return map(msgspec.defstruct("Groups", fields, rename=dict(zip(fields, group_bys, strict=True)), gc=False), *named)


def _connections_with_numbers(
    table: Table, figures: Iterable[Sequence[Number | None]]
) -> Iterator[tuple[Connection, tuple[Number | None, ...]]]:
    """Each row's connection and what these figures of all connections are of it."""
    by_position = list(zip(*figures, strict=True))
    return ((table.snapshot.connections[position], by_position[position]) for position in table.order)


_WRITERS: Final[Mapping[str, Callable[[Table, str, Diagnosis | None], Iterator[bytes]]]] = {
    "json": _json,
    "jsonl": _json_lines,
    "csv": lambda table, _source, findings: _separated(table, ",", findings),
    "tsv": lambda table, _source, findings: _separated(table, "\t", findings),
    "markdown": _markdown,
}
