"""Write a report as an HTML or Markdown page.

The report contains the query, time window, timeline, findings with evidence, rows and comparison. At its
end are the commands that repeat the query.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape
from typing import Final, NamedTuple

from cnm_tui.core import export as forms
from cnm_tui.core.compare.change_words import comparison_sentence
from cnm_tui.core.diagnosis.diagnosis import diagnosed
from cnm_tui.core.export.evidence import facts
from cnm_tui.core.export.question import command_line
from cnm_tui.core.export.rows import columns_that_fit, markdown_line, markdown_text
from cnm_tui.core.export.svg_chart import SvgChart, svg_lines
from cnm_tui.core.metrics.health import figure_text
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import iso_text
from cnm_tui.core.timeline.drawn import total_points
from cnm_tui.core.timeline.graph import limits_of
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.units import plural

MOST_ROWS: Final = 500
_MOST_FINDINGS: Final = 50
_WIDTH: Final = 190
"""Characters of a row, unless columns are chosen; figures that do not fit are left out."""
_CHARTED: Final = ("retransmit_share", "rtt_micro_seconds", "tcp_refusals")
"""Metrics that are drawn besides the volume, if the endpoint has them."""
_STYLE: Final = """
:root{--ink:#1b1b1f;--page:#fff;--quiet:#5c5c64;--line:#ccc;--faint:#eee;--box:#f4f4f6;--bad:#a40000;--odd:#8a5a00;
--bar:#4a6fa5;--missing:#e6e6e6;--shown:#fff3cd}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e4e8;--page:#17171b;--quiet:#a0a0aa;--line:#44444c;
--faint:#2a2a30;--box:#222228;--bad:#ff8a80;--odd:#e5b567;--bar:#7fa6dc;--missing:#303038;--shown:#4a4220}}
body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:var(--ink);
background:var(--page)}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid var(--line)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--quiet)}
dd{margin:0;overflow-wrap:anywhere}
.rows{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.15rem .6rem;text-align:right;white-space:pre;border-bottom:1px solid var(--faint)}
th.group,td.group{text-align:left}th{position:sticky;top:0;background:var(--box)}
.bad{color:var(--bad);font-weight:600}.odd{color:var(--odd)}.thin,.absent,.zero{color:var(--quiet)}
pre{background:var(--box);padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}
svg{width:100%;max-width:900px;display:block;margin:.5rem 0}svg text{font:11px system-ui,sans-serif;fill:var(--quiet)}
svg .name{font-weight:600;fill:var(--ink)}svg .end{text-anchor:end}svg .bar{fill:var(--bar)}
svg .missing{fill:var(--missing)}svg .limit{stroke:var(--bad);stroke-dasharray:4 3}svg .axis{stroke:var(--quiet)}
svg .shown{fill:var(--shown)}
@media print{@page{size:A4 landscape;margin:1cm}body{margin:0;max-width:none;padding:0;print-color-adjust:exact}
.rows{overflow:visible}table{font-size:8.5px;width:100%}th,td{padding:.1rem .3rem;white-space:normal}
th.group,td.group{overflow-wrap:anywhere}th{position:static}
svg,pre,li,tr{break-inside:avoid}h2,h3{break-after:avoid}}
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


class Report(NamedTuple):
    """The content of a report: the rows, their timeline, and the commands that repeat the query."""

    table: Table
    """The rows, perhaps compared with a baseline."""
    source: str
    """The name of the service."""
    timeline: Timeline | None = None
    commands: Sequence[tuple[str, str]] = ()
    """A title and a command, for each way to ask again."""
    left_in_clear: Sequence[str] = ()
    """Facts that are no aliases; empty without redaction."""
    program: str = "cnm-tui"


def report_of(table: Table, source: str, format_name: str) -> Iterator[bytes]:
    """Yield a report about a table's rows as pieces of bytes, with their timeline if there is one."""
    again = command_line(table.snapshot.query, table.arrangement)
    return report_pieces(Report(table, source, forms.timeline_of(table), [("On the screen", again)]), format_name)


def report_pieces(report: Report, format_name: str) -> Iterator[bytes]:
    """Yield a report as pieces of bytes, in the format `html` or `md`."""
    lines = _page(report) if format_name == "html" else _markdown(report)
    return (f"{line}\n".encode("utf-8", "replace") for line in lines)


def _title(report: Report) -> str:
    snapshot = report.table.snapshot
    return f"{snapshot.endpoint.title}: {row_count(report.table)}"


def _columns(table: Table) -> Sequence[Column]:
    chosen = columns_that_fit(table, None if table.arrangement.columns else _WIDTH)
    return [column for column in chosen if column.is_group or column.metric is not None]


def _rows(table: Table) -> range:
    return range(min(len(table), MOST_ROWS))


def _omitted(table: Table) -> str:
    figures = sum(column.metric is not None for column in table.columns)
    fewer = figures - sum(column.metric is not None for column in _columns(table))
    left_out = [(len(table) - MOST_ROWS, "row"), (fewer, "column")]
    told = [plural(number, noun) for number, noun in left_out if number > 0]
    return f"Left out: {' and '.join(told)}; a CSV or JSON file has all." if told else ""


def _findings(table: Table) -> Iterator[tuple[str, list[str]]]:
    return forms.notes_on_findings(table, _MOST_FINDINGS)


def _summary(table: Table) -> str:
    return diagnosed(table.snapshot.answer).summary


def _compared(table: Table) -> str:
    return "" if table.snapshot.baseline is None else comparison_sentence(table.snapshot)


def _place_of_rows(timeline: Timeline, table: Table) -> str:
    shown, whole = table.snapshot.window, timeline.window
    if shown.start < whole.end and whole.start < shown.end:
        return "the rows are of the yellow part"
    return f"the rows are of {shown}, which no part covers"


def _charts(timeline: Timeline, table: Table) -> Iterator[SvgChart]:
    metrics = timeline.endpoint.metrics
    for key in dict.fromkeys((timeline.endpoint.volume, *_CHARTED)):
        if (metric := metrics.get(key)) is not None:
            yield SvgChart(
                f"{metric.label} of all rows",
                timeline.windows,
                total_points(timeline, None, metric),
                partial(figure_text, metric),
                limits_of(metric),
                table.snapshot.window,
            )


# HTML


def _page(report: Report) -> Iterator[str]:
    table = report.table
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(_title(report))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{_text(_title(report))}</h1>\n<dl>"
    for name, text in facts(table, report.source).items():
        yield f"<dt>{_text(name)}</dt><dd>{_text(text)}</dd>"
    yield "</dl>"
    if report.timeline is not None:
        yield "<h2>Timeline</h2>"
        fact = _text(forms.timeline_fact(report.timeline))
        yield f"<p>{fact}. Grey parts are not known; {_text(_place_of_rows(report.timeline, table))}.</p>"
        for chart in _charts(report.timeline, table):
            yield from svg_lines(chart)
        onsets = list(forms.onset_lines(table, report.timeline))
        yield f"<ul>{''.join(f'<li>{_text(onset)}</li>' for onset in onsets)}</ul>" if onsets else ""
    yield f"<h2>Findings</h2>\n<p>{_text(_summary(table))}.</p>"
    for name, sentences in _findings(table):
        yield f"<h3>{_text(name)}</h3>\n<ul>{''.join(f'<li>{_text(sentence)}</li>' for sentence in sentences)}</ul>"
    if compared := _compared(table):
        yield f"<h2>Comparison</h2>\n<p>{_text(compared)}</p>"
    yield from _rows_of_page(table)
    yield from _ends(report, lambda title, text: f"<h3>{_text(title)}</h3>\n<pre>{escape(text)}</pre>")
    yield "</body>\n</html>"


def _rows_of_page(table: Table) -> Iterator[str]:
    columns, has_standing = _columns(table), table.snapshot.baseline is not None
    yield '<h2>Rows</h2>\n<div class="rows"><table>\n<thead><tr>'
    yield "".join(f"<th{' class=group' if column.is_group else ''}>{_text(column.label)}</th>" for column in columns)
    yield f"{'<th class=group>standing</th>' if has_standing else ''}</tr></thead>\n<tbody>"
    for row in _rows(table):
        cells = zip(table.cells(row, columns), columns, strict=True)
        written = "".join(_cell(cell.text, cell.kind, is_group=column.is_group) for cell, column in cells)
        standing = f"<td class=group>{_text(table.standing(row))}</td>" if has_standing else ""
        yield f"<tr>{written}{standing}</tr>"
    yield "</tbody>\n</table></div>"
    if omitted := _omitted(table):
        yield f"<p>{_text(omitted)}</p>"


def _cell(text: str, kind: str, *, is_group: bool) -> str:
    names = " ".join(filter(str.isalpha, ["group" if is_group else "", *kind.split()]))
    classes = f' class="{names}"' if names else ""
    return f"<td{classes}>{_text(' '.join(text.split()))}</td>"


def _text(text: str) -> str:
    return escape(clean(text))


# Markdown


def _markdown(report: Report) -> Iterator[str]:
    table = report.table
    yield f"# {markdown_text(clean(_title(report)))}\n"
    for name, text in facts(table, report.source).items():
        yield f"- {name}: {markdown_text(clean(text))}"
    if report.timeline is not None:
        yield f"\n## Timeline\n\n{markdown_text(forms.timeline_fact(report.timeline))}\n"
        yield from _timeline_table(report.timeline, table)
        onsets = [f"- {markdown_text(clean(onset))}" for onset in forms.onset_lines(table, report.timeline)]
        yield from ("", *onsets) if onsets else ()
    yield f"\n## Findings\n\n{markdown_text(_summary(table))}."
    for name, sentences in _findings(table):
        yield f"\n**{markdown_text(clean(name))}**\n"
        yield from (f"- {markdown_text(clean(sentence))}" for sentence in sentences)
    if compared := _compared(table):
        yield f"\n## Comparison\n\n{markdown_text(clean(compared))}"
    yield "\n## Rows\n"
    columns, has_standing = _columns(table), table.snapshot.baseline is not None
    standing = ["standing"] if has_standing else []
    yield _line([*(markdown_text(column.label) for column in columns), *standing])
    yield _line([*("---" if column.is_group else "--:" for column in columns), *("---" for _ in standing)])
    for row in _rows(table):
        texts = [markdown_text(" ".join(cell.text.split())) for cell in table.cells(row, columns)]
        yield _line([*texts, *([table.standing(row)] if has_standing else [])])
    if omitted := _omitted(table):
        yield f"\n{omitted}"
    yield from _ends(report, lambda title, text: f"\n### {title}\n\n{_indented(text)}")


def _timeline_table(timeline: Timeline, table: Table) -> Iterator[str]:
    charts = list(_charts(timeline, table))
    yield _line(["part", *(markdown_text(chart.title) for chart in charts)])
    yield _line(["---", *("--:" for _ in charts)])
    for at, window in enumerate(timeline.windows):
        points = (chart.points[at] for chart in charts)
        texts = (
            chart.text(point) if isinstance(point, int | float) else "unknown"
            for chart, point in zip(charts, points, strict=True)
        )
        yield _line([iso_text(window.start), *texts])


def _line(cells: Sequence[str]) -> str:
    return markdown_line(cells).decode().rstrip("\n")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _ends(report: Report, shown: Callable[[str, str], str]) -> Iterator[str]:
    """Yield the last lines of a report.

    They contain the commands that repeat the query, a list of facts that are not replaced by aliases, and the
    name of the program.
    """
    is_page = shown("", "").startswith("<")
    if report.commands:
        yield "<h2>How to ask again</h2>" if is_page else "\n## How to ask again"
        yield from (shown(title, clean(command)) for title, command in report.commands)
    if report.left_in_clear:
        said = f"Names are aliases. Left in clear: {'; '.join(report.left_in_clear)}."
        yield f"<p>{_text(said)}</p>" if is_page else f"\n{markdown_text(said)}"
    written = f"Written by {report.program}."
    yield f"<p><small>{_text(written)}</small></p>" if is_page else f"\n{markdown_text(written)}"
