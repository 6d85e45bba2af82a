"""Write the rows of the `query` command to stdout or a file, and remarks about the rows to stderr."""

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cnm_tui.core import export as forms
from cnm_tui.core import suggestions
from cnm_tui.core.errors import StoreFailed
from cnm_tui.core.exploration.remarks import formula_sentence
from cnm_tui.core.export.evidence import facts
from cnm_tui.core.export.file_form import GRAPHS, format_of
from cnm_tui.core.export.rows import columns_that_fit, export, finding_columns, formulas_in
from cnm_tui.core.table.row_words import cut_sentence, row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import iso_text, iso_window
from cnm_tui.core.units import plural, seconds_text
from cnm_tui.store.export_file import write_export
from cnm_tui.streams import stdout_failed

PARQUET: Final = "parquet"
"""The format that needs an extra."""
_TELL_THEMSELVES: Final = ("json", "markdown", *GRAPHS)
_OF_THE_QUESTION: Final = ("grouped", "search", "tags", "filter", "sorted", "evidence", "units")


def chosen_format(asked: str | None, output: Path | None) -> tuple[str, str]:
    """Return the name of the output format, and a remark if the format does not fit the file name's suffix.

    If `asked` is not None, it is the format. Otherwise the file name's suffix decides, for example `.csv`. If the
    suffix is unknown, the default format is used.
    """
    by_ending = None if output is None else format_of(output.name)
    if output is not None and output.suffix.lower() == f".{PARQUET}":
        by_ending = PARQUET
    chosen = asked or by_ending or ("table" if output is None and terminal_width() is not None else "jsonl")
    if output is None or not output.suffix or chosen == by_ending:
        return chosen, ""
    why = "no format has its ending; -f names one" if asked is None else "-f says so, whatever its ending says"
    if asked is not None and by_ending in (None, "table"):
        return chosen, ""
    return chosen, f"{clean(output.name, 100)} is written as {chosen}: {why}."


def write(
    table: Table,
    format_name: str,
    output: Path | None,
    source: str,
    *,
    diagnose: bool = False,
    pieces: Iterable[bytes] | None = None,
) -> None:
    """Write all rows to a file, or to stdout if there is no file. Write remarks about the rows to stderr.

    A file is written completely or not at all.

    Args:
        source: The name of the Datadog site or server.
        pieces: The formatted rows, for a format that this module does not know. None to format them here.
        diagnose: True to write the findings of each row, too.

    Raises:
        StoreFailed: The file or stdout cannot be written.
    """
    width = terminal_width() if format_name == "table" and output is None else None
    if pieces is None:
        pieces = export(table, format_name, source=source, width=width, diagnose=diagnose)
    write_pieces(pieces, output)
    if sys.stderr is None:  # print without a stderr would write to stdout, among the rows.
        return
    # The rows are written; a failure to write remarks is ignored.
    with suppress(OSError):
        if format_name not in _TELL_THEMSELVES and (output is not None or not _into_a_pipe()):
            print(f"cnm-tui: {_evidence(table, source)}", file=sys.stderr)
            print(f"cnm-tui: {question_sentence(table, source)}", file=sys.stderr)
        for remark in _remarks(table, format_name, width, diagnose=diagnose):
            print(f"cnm-tui: {remark}", file=sys.stderr)


def terminal_width() -> int | None:
    """Return the width in columns of the terminal that stdout writes to. Return None if stdout is not a terminal."""
    try:
        return None if sys.__stdout__ is None else os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):
        return None


def _into_a_pipe() -> bool:
    """True if stdout is a pipe, so that another program reads the rows."""
    try:
        return sys.__stdout__ is not None and stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError):
        return False


def _evidence(table: Table, source: str) -> str:
    """Return a sentence with the number of rows, their time window, the source and the time of the response.

    The sentence is printed if the output format cannot contain these facts.
    """
    snapshot = table.snapshot
    window = f"{iso_window(snapshot.window)} ({seconds_text(snapshot.window.seconds)})"
    return f"{row_count(table)} of {window}, from {clean(source)}, answered {iso_text(snapshot.fetched_at)}."


def question_sentence(table: Table, source: str) -> str:
    """Return a sentence that describes the query, the filter and the sort order.

    The sentence informs the user which query was sent, because the query may be from a saved view or from the
    last run.
    """
    said = facts(table, source)
    parts = (f"{name} {clean(said[name])}" for name in _OF_THE_QUESTION if name in said)
    return f"asked: {'; '.join(parts)}."


def write_pieces(pieces: Iterable[bytes], output: Path | None) -> None:
    """Write pieces of bytes, one after the other, to a file or to stdout. A file is written completely or not at
    all.

    Raises:
        StoreFailed: The file or stdout cannot be written.
    """
    if output is not None:
        write_export(output, b"".join(pieces), overwriting=True)
    else:
        _write_to_stdout(pieces)


def _write_to_stdout(pieces: Iterable[bytes]) -> None:
    if sys.__stdout__ is None:
        raise StoreFailed("There is no stdout to write to.", hint="Write to a file: -o FILE.")
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except OSError as error:
        # Otherwise Python reports the error again when it closes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # A broken pipe is no failure: the reader of stdout has enough.
        if not isinstance(error, BrokenPipeError):
            raise stdout_failed(error) from error


def _remarks(table: Table, format_name: str, width: int | None, *, diagnose: bool) -> Iterable[str]:
    """Yield each remark that a reader of the rows needs, for example that the answer has no rows."""
    snapshot = table.snapshot
    if snapshot.warning:
        yield snapshot.warning
    if cut := cut_sentence(table):
        yield cut
    if table.arrangement.row_filter.text:
        yield f"{len(table.matching):,} of {plural(len(snapshot.connections), 'row')} match the filter."
    if table.thin:
        yield f"{plural(table.thin, 'row')} with too little evidence stand{'s' if table.thin == 1 else ''} last."
    if diagnose:
        yield f"findings: {finding_columns(table).counted}."
    if table.topped:
        yield f"{row_count(table)}: --top {table.arrangement.top} leaves out the others."
    if snapshot.unreadable:
        yield f"{plural(snapshot.unreadable, 'row')} of the reply could not be read."
    if not snapshot.connections and snapshot.window.forgotten_at(snapshot.fetched_at):
        yield "no rows: nothing so old is kept; try a later window."
    elif not snapshot.connections:
        yield "no rows: enabled, but nothing matches, or no Agent reported in this window; try a longer --last."
    if not snapshot.connections:
        yield from suggestions.nearest_field_sentences(snapshot.query)
    if formulas := formula_sentence(formulas_in(table, format_name)):
        yield formulas
    if format_name in GRAPHS and (said := forms.left_out(table, format_name)):
        yield said
    if format_name == "table" and (
        hidden := len(table.columns) - len(columns_that_fit(table, width, diagnose=diagnose))
    ):
        yield f"{plural(hidden, 'column')} did not fit; -f csv or a wider terminal has them all."
