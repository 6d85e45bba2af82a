"""Define the file formats for exported rows, and create a file name that describes the exported rows."""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window

FORMATS: Final = ("table", "json", "jsonl", "csv", "tsv", "markdown")


GRAPHS: Final = ("dot", "mermaid", "graphml")
"""The formats that hold a graph of ends in place of rows."""
_LONGEST_FIELDS: Final = 80
"""Maximum characters of the group-bys in a name; file systems allow 255 bytes for a whole name."""
_LONGEST_SOURCE: Final = 40
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class FileForm(NamedTuple):
    """A file format, with its name, its file name extension and a description."""

    format_name: str
    """Its name for `export`."""
    label: str
    ending: str
    meaning: str


FILE_FORMS: Final = (
    FileForm("csv", "CSV", ".csv", "raw figures in the columns shown, for a spreadsheet"),
    FileForm("tsv", "TSV", ".tsv", "the same, with tabs in between"),
    FileForm("json", "JSON", ".json", "every figure and exact values, under what was asked"),
    FileForm("jsonl", "JSON lines", ".jsonl", "every figure and exact values, a line for each row"),
    FileForm("markdown", "Markdown", ".md", "for people: a table with units, under what was asked"),
)

GRAPH_FORMS: Final = (
    FileForm("dot", "Graphviz", ".dot", "a graph of who calls whom, for dot -Tsvg"),
    FileForm("mermaid", "Mermaid", ".mmd", "the same for Markdown pages, at most 499 edges"),
    FileForm("graphml", "GraphML", ".graphml", "the same for yEd, Gephi and networkx"),
)
REPORT_FORM: Final = FileForm("html", "Report", ".html", "a page for a review: findings, rows, comparison, timeline")
ALL_FORMS: Final = (*FILE_FORMS, *GRAPH_FORMS, REPORT_FORM)


_ENDINGS: Final = {form.ending: form.format_name for form in ALL_FORMS} | {
    ".gv": "dot",
    ".ndjson": "jsonl",
    ".markdown": "markdown",
    ".txt": "table",
}


def file_name(query: Query, window: Window, form: FileForm, source: str = "", before: Window | None = None) -> str:
    """Return a file name, for example `cnm-DEMO-client_service-server_service-20260301T0945Z-1000Z.csv`.

    The name contains the service, the group-bys and the time window, because a spreadsheet has no other place
    for them.

    Args:
        query: The query of the rows.
        window: The time window of the rows.
        form: The file format.
        source: Name of the service.
        before: Time window of the baseline, or None without a comparison.
    """
    asked = _UNSAFE.sub("_", source).strip("_")[:_LONGEST_SOURCE]
    fields = "-".join(_UNSAFE.sub("_", group_by) for group_by in query.group_bys)[:_LONGEST_FIELDS]
    compared = "" if before is None else f"vs-{_ends(before)}"
    return "-".join(filter(None, ["cnm", asked, fields, _ends(window), compared])) + form.ending


def _ends(window: Window) -> str:
    """Return the start and end of a time window, for example `20260301T0945Z-1000Z`.

    If the dates differ, the text contains both dates.
    """
    start, end = _moment(window.start), _moment(window.end)
    date, separator, clock = end.partition("T")
    return f"{start}-{clock if separator and start.startswith(date + separator) else end}"


def _moment(epoch_seconds: int) -> str:
    try:
        moment = datetime.fromtimestamp(epoch_seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return str(epoch_seconds)
    return moment.strftime("%Y%m%dT%H%M%SZ" if moment.second else "%Y%m%dT%H%MZ")


def form_of(name: str, otherwise: FileForm) -> FileForm:
    """Return the file format that belongs to the extension of a file name.

    If the extension is unknown, return `otherwise`.
    """
    format_name = format_of(name)
    return next((form for form in ALL_FORMS if form.format_name == format_name), otherwise)


def format_of(name: str) -> str | None:
    """Return the name of the file format that belongs to the extension of a file name.

    Return None for an unknown extension. Upper and lower case are not distinguished.
    """
    return next((format_name for ending, format_name in _ENDINGS.items() if name.casefold().endswith(ending)), None)


def renamed(name: str, before: FileForm, form: FileForm) -> str:
    """Return the file name with the extension of the format `form` in place of the extension of `before`.

    An extension that the user typed is not changed.
    """
    return name.removesuffix(before.ending) + form.ending if name.endswith(before.ending) else name
