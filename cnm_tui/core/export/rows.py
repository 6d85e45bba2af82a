"""Write a table as UTF-8 text, for people (`table`, `markdown`) or for programs (`json`, `jsonl`, `csv`, `tsv`).
Formats for programs contain unrounded numbers under the names of the API. An absent value is null or an empty cell.
JSON contains the group values exactly as the API sent them, with special characters escaped. In all other formats
these values are cleaned and on one line. The row filter applies to all formats. The chosen columns apply to all
formats except JSON, where each row has every metric. In a comparison, each row also states how it changed since the
baseline (column `standing`). Formats for programs also contain the metrics that are worse or better, and for each
metric the earlier value (`before.`) and the change (`change.`). If a value is absent in one of the two responses,
its cell is empty and there is no change. If the rows were diagnosed, each row also has the code and the severity of
its finding. JSON also contains the evidence. Markdown and JSON begin with the query, time window, service, time of
the response, baseline, filter and sort. They also state if the response was cut. CSV, TSV and JSON lines cannot
contain such facts without confusing programs. For these formats, the facts are in the file name and on stderr. If a
group-by in CSV or TSV has the name of another column, such as `id`, its heading is `group_bys.id`. A text that
begins like a formula gets an apostrophe in front (see `harmless`). JSON keeps such a text unchanged."""

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cnm_tui.core import export as forms
from cnm_tui.core.connections import Connection, GroupValues
from cnm_tui.core.export.evidence import facts, facts_for_programs, has_timeline
from cnm_tui.core.export.file_form import GRAPHS, REPORT_FORM
from cnm_tui.core.fields.group_by import can_name_fields
from cnm_tui.core.metrics.extra import FINDING, TREND
from cnm_tui.core.metrics.metric import JUDGED_BY_KEY, Number
from cnm_tui.core.query import NESTED
from cnm_tui.core.snapshot import picked
from cnm_tui.core.table.columns import Column, columns_of, group_widths_of, that_fit
from cnm_tui.core.table.extra import extra_called
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, clean, fitted, unseen

if TYPE_CHECKING:
    from cnm_tui.core.export.finding_columns import FindingColumns

# Whoever deploys a service chooses its tag values, and a spreadsheet runs a cell that begins like a formula: it may
# call a program, or send the content of other cells to a URL.
_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Characters that begin a formula, with the full-width forms that East Asian spreadsheets accept."""
_SKIPPED: Final = " \t\r\n\"'\u00a0\u3000"
"""Some spreadsheets trim imported cells, and remove one more pair of quotes than CSV added."""


def begins_like_formula(text: str) -> bool:
    """True if a spreadsheet might execute this text as a formula."""
    return text.lstrip(_SKIPPED).startswith(_STARTS)


def harmless(text: str) -> str:
    """Return the text. If it begins like a formula, put an apostrophe in front, so that spreadsheets display it as
    text. Use this function only for texts, so that a negative number stays a number."""
    return f"'{text}" if begins_like_formula(text) else text


# Compiled on use: most exports are plain JSON lines.
_BARE_ADDRESS: Final = r"(?i)(www|(?:http|https|ftp))(\.|://)"
_NOT_PLAIN: Final = r"[^\n\x20-\x7e]+"
_GAP: Final = "  "
_MOST_NOTES: Final = 50
"""Maximum number of findings that Markdown explains below the table."""
SEPARATED: Final = ("csv", "tsv")
"""The formats that spreadsheets open."""


def export(
    table: Table, format_name: str, *, source: str, width: int | None = None, diagnose: bool = False
) -> Iterator[bytes]:
    """Yield the table in one of `FORMATS`, as pieces of bytes.

    Args:
        table: The rows.
        format_name: One of `FORMATS` or `GRAPHS`, or `html` for a report.
        source: Name of the service, for formats that contain it.
        width: Width of the terminal in columns, for the format `table`. Metrics that do not fit are left out.
            None means no limit.
        diagnose: True to add the finding of each row.
    """
    if format_name in GRAPHS:
        return forms.graph_pieces(table, format_name, source)
    if format_name == REPORT_FORM.format_name:
        return forms.report_of(table, source, "html")
    findings = finding_columns(table) if diagnose else None
    if format_name == "table":
        return _aligned(table, width, findings)
    return _WRITERS[format_name](table, source, findings)


def finding_columns(table: Table) -> "FindingColumns":
    """Return the columns with the findings of the table's rows."""
    return forms.FindingColumns(table)


def columns_that_fit(table: Table, width: int | None, *, diagnose: bool = False) -> tuple[Column, ...]:
    """Return the columns that fit this terminal width, for the format `table`. All group-bys are kept, then the first
    sort column, then further columns if there is room."""
    if width is None:
        return _columns(table, diagnose=diagnose)
    if diagnose:
        widths = finding_columns(table).widths
        width -= sum(widths) + len(_GAP) * len(widths)
    columns = _columns(table, diagnose=diagnose)
    groups = [column for column in columns if column.is_group]
    figures = columns[len(groups) :]
    room = width + len(_GAP) - sum(column.width + len(_GAP) for column in groups)
    wanted = [position - len(groups) for position in table.most_wanted]
    fitting = that_fit([column.width + len(_GAP) for column in figures], room, wanted)
    return (*groups, *(figures[position] for position in fitting))


def _columns(table: Table, *, diagnose: bool) -> tuple[Column, ...]:
    """Return the columns of the table. With `diagnose`, the FINDING column is left out, because the finding is then
    written with its severity anyway."""
    snapshot, shown = table.snapshot, table.columns
    if sum(column.is_group for column in shown) < len(snapshot.query.group_bys):
        # Groups that are hidden on the screen, as all rows agree in them, are part of what is written.
        whole = columns_of(snapshot.endpoint, group_widths_of(snapshot, {}), widths=table.arrangement.widths)
        shown = (*(one for one in whole if one.is_group), *(one for one in shown if not one.is_group))
    return tuple(column for column in shown if not (diagnose and column.key == FINDING.key and column.extra))


def _aligned(table: Table, width: int | None, findings: "FindingColumns | None") -> Iterator[bytes]:
    columns = columns_that_fit(table, width, diagnose=findings is not None)
    groups = sum(column.is_group for column in columns)
    names, widths = ((), ()) if findings is None else (findings.names, findings.widths)

    def line(texts: Sequence[str], of_finding: Sequence[str]) -> bytes:
        cells = [_padded(fitted(text, column.width), column) for text, column in zip(texts, columns, strict=True)]
        cells[groups:groups] = [f"{text:<{room}}" for text, room in zip(of_finding, widths, strict=True)]
        return (_GAP.join(cells).rstrip() + "\n").encode()

    yield line([column.label for column in columns], [name.upper() for name in names])
    for row in range(len(table)):
        of_finding = () if findings is None else findings.texts(table.order[row])
        yield line([cell.text for cell in table.cells(row, columns)], of_finding)


def _padded(text: str, column: Column) -> str:
    padding = " " * (column.width - cell_width(text))
    return text + padding if column.metric is None else padding + text


def _markdown(table: Table, source: str, findings: "FindingColumns | None") -> Iterator[bytes]:
    yield f"**{table.snapshot.endpoint.title}: {row_count(table)}**\n\n".encode()
    for name, text in facts(table, source).items():
        yield f"- {name}: {markdown_text(clean(text))}\n".encode()
    if findings is not None:
        yield f"- findings: {findings.summary}\n".encode()
    yield b"\n"
    named = (*_standing_columns(table), *(() if findings is None else findings.names))
    columns = _columns(table, diagnose=findings is not None)
    yield markdown_line([*(markdown_text(column.label) for column in columns), *named])
    ruled = ["---" if column.metric is None else "--:" for column in columns]
    yield markdown_line([*ruled, *("---" for _ in named)])
    for row in range(len(table)):
        cells = zip(table.cells(row, columns), columns, strict=True)
        # Metric cells are padded so that decimal points line up in one column.
        texts = (_markdown_cell(cell.text, column) for cell, column in cells)
        of_finding = () if findings is None else findings.texts(table.order[row])
        of_row = (*_standing(table, row), *map(markdown_text, of_finding))
        yield markdown_line([*(markdown_text(text) for text in texts), *of_row])
    if has_timeline(table):
        for number, line in enumerate(forms.onset_lines(table)):
            yield f"{'' if number else chr(10)}- {markdown_text(line)}\n".encode()
    if findings is not None or extra_called(FINDING.key, table.extras, table.snapshot) is not None:
        yield from _markdown_notes(table)


def _markdown_notes(table: Table) -> Iterator[bytes]:
    """Yield the findings of the worst rows, with their evidence, as Markdown."""
    for name, sentences in forms.notes_on_findings(table, _MOST_NOTES):
        yield f"\n**{markdown_text(clean(name))}**\n\n".encode()
        yield from (f"- {markdown_text(clean(sentence))}\n".encode() for sentence in sentences)


def _markdown_cell(text: str, column: Column) -> str:
    """Return the text of a table cell without padding. In a TREND cell, blanks are kept because they represent gaps."""
    if column.key == TREND.key and column.extra is not None:
        return text.replace(" ", "\u00a0")
    return text.strip() if column.is_group else " ".join(text.split())


def markdown_line(cells: Sequence[str]) -> bytes:
    return f"| {' | '.join(cells)} |\n".encode()


def markdown_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    for special in "|*_`<>[]~&":
        escaped = escaped.replace(special, "\\" + special)
    # GitHub turns bare URLs into links.
    return re.sub(_BARE_ADDRESS, r"\1\\\2", escaped)


def _separated(table: Table, separator: str, findings: "FindingColumns | None") -> Iterator[bytes]:
    # Imported here: only these formats need it.
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    group_bys = table.snapshot.query.group_bys
    chosen = _columns(table, diagnose=findings is not None) if table.arrangement.columns else ()
    extras = [column.extra for column in chosen if column.extra is not None]
    figures = {name: _finite(figures) for name, figures in _named_figures(table, _metrics_chosen(table)).items()}
    named = (*(() if findings is None else findings.names), *(extra.name.key for extra in extras))
    others = ("id", *_verdict_columns(table), *named, *figures)
    writer.writerow([harmless(text) for text in (*headings(group_bys, others), *others)])
    for row, (connection, numbers) in enumerate(_connections_with_numbers(table, figures.values())):
        groups = (harmless(connection.group_text(position)) for position in range(len(group_bys)))
        position = table.order[row]
        values = (plain_value(extra.value(table.snapshot, position)) for extra in extras)
        of_finding = () if findings is None else findings.texts(position)
        said = (*_verdict(table, row), *of_finding, *values)
        writer.writerow([*groups, harmless(connection.id), *said, *numbers])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def plain_value(value: Number | str | None) -> Number | str | None:
    return harmless(value) if isinstance(value, str) else value


def _metrics_chosen(table: Table) -> Iterable[str]:
    """Return the keys of the metrics that the user chose as columns, or of all metrics if none was chosen."""
    metrics = table.snapshot.endpoint.metrics
    return [key for key in table.arrangement.columns if key in metrics] if table.arrangement.columns else metrics


def headings(group_bys: Sequence[str], others: Collection[str]) -> list[str]:
    """Return the heading of each group-by column, which is the name of the group-by. If another column has the same
    name, the heading is `group_bys.NAME`."""
    return [f"{NESTED}{name}" if name in others or name.startswith(NESTED) else name for name in group_bys]


def formulas_in(table: Table, format_name: str) -> int:
    """Return how many cells get an apostrophe in this format because they begin like a formula."""
    if format_name not in SEPARATED:
        return 0
    snapshot, positions = table.snapshot, table.order
    columns = [snapshot.texts(position) for position in range(len(snapshot.query.group_bys))]
    columns.append(snapshot.connections.ids)
    in_rows = sum(begins_like_formula(column[position]) for column in columns for position in positions)
    return in_rows + sum(map(begins_like_formula, snapshot.query.group_bys))


def _standing_columns(table: Table) -> tuple[str, ...]:
    """Return the heading of the column `standing`, or an empty tuple without a comparison."""
    return () if table.snapshot.baseline is None else ("standing",)


def _standing(table: Table, row: int) -> tuple[str, ...]:
    """Return how one row changed since the baseline, or an empty tuple without a comparison."""
    return () if table.snapshot.baseline is None else (table.standing(row),)


def _verdict_columns(table: Table) -> tuple[str, ...]:
    """Return the headings of two columns: how a row changed since the baseline, and which metrics are worse or better.
    The tuple is empty without a comparison."""
    return (*_standing_columns(table), *(() if table.snapshot.baseline is None else (JUDGED_BY_KEY,)))


def _verdict(table: Table, row: int) -> tuple[str, ...]:
    """Return how one row changed since the baseline, and the metrics that are worse or better. The tuple is empty
    without a comparison."""
    if table.snapshot.baseline is None:
        return ()
    return table.standing(row), ", ".join(_judged_by(table, table.order[row]))


def _judged_by(table: Table, position: int) -> list[str]:
    return [metric.key for metric in table.snapshot.judged_by(position)]


def _named_figures(table: Table, keys: Iterable[str]) -> Mapping[str, Sequence[Number | None]]:
    """Return a dict from column name to the values of the metrics with these keys. In a comparison, the earlier values
    and the changes are included."""
    named: dict[str, Sequence[Number | None]] = {}
    for key in keys:
        named |= table.snapshot.named_figures(table.snapshot.endpoint.metrics[key])
    return named


def _finite(figures: Sequence[Number | None]) -> Sequence[Number | None]:
    """Return the values with None in place of infinity, because JSON has no infinity and contains null there."""
    if math.inf not in figures and -math.inf not in figures:
        return figures
    return [None if number in (math.inf, -math.inf) else number for number in figures]


def _json_lines(table: Table, _source: str, findings: "FindingColumns | None") -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode_lines
    for rows in _some_at_a_time(_rows(table, findings)):
        yield escaped_json(encode(rows))


def _some_at_a_time(rows: Iterator[msgspec.Struct]) -> Iterator[list[msgspec.Struct]]:
    while some := list(islice(rows, 500)):
        yield some


def _json(table: Table, source: str, findings: "FindingColumns | None") -> Iterator[bytes]:
    said = facts_for_programs(table, source)
    if findings is not None:
        said["findings"] = findings.counts
    yield escaped_json(msgspec.json.format(msgspec.json.encode(said), indent=2))[: -len(b"\n}")]
    yield f',\n  "{table.snapshot.endpoint.name}": ['.encode()
    encode = msgspec.json.Encoder().encode
    for number, row in enumerate(_rows(table, findings)):
        yield (b",\n    " if number else b"\n    ") + escaped_json(encode(row))
    yield b"\n  ]\n}\n"


def escaped_json(json: bytes) -> bytes:
    """Return the JSON with control characters and invisible characters replaced by escape sequences. JSON itself would
    allow some of these characters without escaping."""
    if json.isascii() and b"\x7f" not in json:
        return json
    return re.sub(_NOT_PLAIN, _as_escapes, json.decode()).encode()


def _as_escapes(match: re.Match[str]) -> str:
    text = match[0]
    if not unseen(text):
        return text
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[start : start + 2].hex()}" for start in range(0, len(units), 2))


def _rows(table: Table, findings: "FindingColumns | None") -> Iterator[msgspec.Struct]:
    """Yield each row as a struct for JSON. The rows are built from whole columns, because with 7,500 rows each Python
    step for every row takes time."""
    figures = _named_figures(table, table.snapshot.endpoint.metrics)
    # A struct's field name cannot hold a point either.
    names = {key.replace(".", "_"): key for key in figures}
    told = [*_verdict_columns(table), *(() if findings is None else (*findings.names, "evidence"))]
    row = msgspec.defstruct("Row", ["id", "group_bys", *told, *names], rename=names, gc=False)
    snapshot, order = table.snapshot, table.order
    connections = snapshot.connections
    # Putting whole rows in order is faster than putting each of their columns in order, if most rows are written.
    whole = snapshot.baseline is None and findings is None and 2 * len(order) > len(connections)

    def in_order(column: Sequence[Any]) -> Sequence[Any]:
        return column if whole else picked(column, order)

    named = list(map(in_order, connections.exact_groups))
    of_groups = _groups(snapshot.query.group_bys, named) if named else ({} for _ in connections.ids)
    standing: list[Iterable[Any]] = []
    if snapshot.baseline is not None:
        standing = [map(snapshot.standing, order), (_judged_by(table, position) for position in order)]
    if findings is not None:
        standing += findings.for_programs()
    rows = map(row, in_order(connections.exact_ids), of_groups, *standing, *map(in_order, figures.values()))
    return iter(picked(list(rows), order)) if whole else rows


def _groups(group_bys: Sequence[str], named: Sequence[Sequence[GroupValues]]) -> Iterable[Any]:
    """Yield the group values of each row by field name. They are a struct, which is fast. If a field name is not
    allowed in a struct, they are a dict."""
    if not can_name_fields(group_bys):
        return (dict(zip(group_bys, values, strict=True)) for values in zip(*named, strict=True))
    # Custom tags may have any name, but struct fields may not.
    fields = [f"group_{position}" for position in range(len(group_bys))]
    return map(msgspec.defstruct("Groups", fields, rename=dict(zip(fields, group_bys, strict=True)), gc=False), *named)


def _connections_with_numbers(
    table: Table, figures: Iterable[Sequence[Number | None]]
) -> Iterator[tuple[Connection, tuple[Number | None, ...]]]:
    """Yield each row's connection, together with its values of these metrics."""
    by_position = list(zip(*figures, strict=True)) or [()] * len(table.snapshot.connections)
    return ((table.snapshot.connections[position], by_position[position]) for position in table.order)


_WRITERS: Final[Mapping[str, Callable[[Table, str, "FindingColumns | None"], Iterator[bytes]]]] = {
    "json": _json,
    "jsonl": _json_lines,
    "csv": lambda table, _source, findings: _separated(table, ",", findings),
    "tsv": lambda table, _source, findings: _separated(table, "\t", findings),
    "markdown": _markdown,
}
