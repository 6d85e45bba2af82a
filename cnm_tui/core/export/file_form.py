"""The formats that rows are written to files in, and a name that tells what is in a file."""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from cnm_tui.core.query import Query
from cnm_tui.core.time.time_range import Window

FORMATS: Final = ("table", "json", "jsonl", "csv", "tsv", "markdown")


_LONGEST_FIELDS: Final = 80
"""Characters for the group-bys; a file system takes 255 bytes for all of a name."""
_LONGEST_SOURCE: Final = 40
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class FileForm(NamedTuple):
    """One format for a file."""

    format_name: str
    """As `export` calls it."""
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


_ENDINGS: Final = {form.ending: form.format_name for form in FILE_FORMS} | {
    ".ndjson": "jsonl",
    ".markdown": "markdown",
    ".txt": "table",
}


def file_name(query: Query, window: Window, form: FileForm, source: str = "", before: Window | None = None) -> str:
    """Return `cnm-DEMO-client_service-server_service-20260301T0945Z-1000Z.csv`.

    A file for spreadsheets has no other place to tell what it is evidence of.

    Args:
        source: Who was asked.
        before: The window that is compared with.
    """
    asked = _UNSAFE.sub("_", source).strip("_")[:_LONGEST_SOURCE]
    fields = "-".join(_UNSAFE.sub("_", group_by) for group_by in query.group_bys)[:_LONGEST_FIELDS]
    compared = "" if before is None else f"vs-{_ends(before)}"
    return "-".join(filter(None, ["cnm", asked, fields, _ends(window), compared])) + form.ending


def _ends(window: Window) -> str:
    """Return `20260301T0945Z-1000Z`, with both dates where there are two."""
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
    """The form that a name's ending stands for; for any other ending the one given."""
    format_name = format_of(name)
    return next((form for form in FILE_FORMS if form.format_name == format_name), otherwise)


def format_of(name: str) -> str | None:
    """Return the format that a name's ending stands for, upper or lower case; None for any other ending."""
    return next((format_name for ending, format_name in _ENDINGS.items() if name.casefold().endswith(ending)), None)


def renamed(name: str, before: FileForm, form: FileForm) -> str:
    """The name with the ending of another form; one that somebody gave another ending stays."""
    return name.removesuffix(before.ending) + form.ending if name.endswith(before.ending) else name
