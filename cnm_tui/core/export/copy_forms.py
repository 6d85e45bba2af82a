"""The forms in which a question and its rows can be copied, the one for people first."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from cnm_tui.core.compare.change_words import off_sentence
from cnm_tui.core.exploration.remarks import formula_sentence
from cnm_tui.core.export.evidence import facts
from cnm_tui.core.export.question import curl_line, python_lines, web_link
from cnm_tui.core.export.rows import columns_that_fit, export, formulas_in
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, clean, unseen
from cnm_tui.core.time.time_range import Window, iso_window
from cnm_tui.core.units import seconds_text

# A note for an incident's channel: all that came from outside stands in one block of code. Slack shows no tables and
# undoes no escapes, and in a block no value is a link, a mention or a mark-up, there or on GitHub.

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


class CopyForm(NamedTuple):
    """One form in which to copy."""

    name: str
    meaning: str
    noun: str
    """What is counted."""
    lines: Callable[[], Sequence[str]]
    number: int | None = None
    """How many there are; None: as many as lines."""
    form: str = ""
    """As what they are copied."""
    remark: str = ""
    """What to know of them besides."""
    for_shell: bool = False
    """Whether it is a command."""


class Evidence(NamedTuple):
    """What is to be copied, in one form or another."""

    table: Table | None
    """Of the chosen rows; None before there is any answer."""
    ids: Sequence[str]
    left_out: str
    """What is said of marked rows that are not among those shown; empty where there are none."""
    ids_left_out: str
    """The same, where it is only about ids."""
    query: Query
    window: Window
    """Of the answer that is shown."""
    label: str
    """Who is asked."""
    site: str | None
    address: Address
    command: str


def copy_forms(evidence: Evidence) -> tuple[CopyForm, ...]:
    """All that make sense here."""
    return tuple(_forms(evidence))


def _forms(evidence: Evidence) -> Iterator[CopyForm]:
    query, window, address, table = evidence.query, evidence.window, evidence.address, evidence.table
    of_rows = table is not None and len(table) > 0
    if table is not None and of_rows:
        link = web_link(query, window, evidence.site) if evidence.site is not None else ""
        note = partial(note_lines, table, evidence.label, link)
        yield _of_rows("note", "Markdown for an incident's channel: question, figures, link", evidence, note, "a note")
        for key, name, meaning in _FORMATS:
            written = partial(_exported, table, key, evidence.label)
            remark = " ".join(filter(None, [formula_sentence(formulas_in(table, key)), off_sentence(table.snapshot)]))
            yield _of_rows(name, meaning, evidence, written, name, remark)
    if evidence.ids:
        yield CopyForm("ids", "one per line", "id", lambda: evidence.ids, remark=evidence.ids_left_out)
    variables = {"keys": ", keys by their variables", "token": ", the token by its variable"}
    keys = variables.get(address.signed_by, "")
    curl = partial(curl_line, query, window, address)
    python = partial(python_lines, query, window, address)
    yield CopyForm(
        "curl", f"the request of this window{keys}", "request", lambda: [curl()], 1, "for curl", for_shell=True
    )
    yield CopyForm("Python", "the same for Datadog's client", "request", python, 1, "for Python")
    compared = table is not None and table.snapshot.baseline is not None
    remarks = ["Without the comparison."] if compared else []
    if unseen(evidence.command):
        # In the name of a profile or of a file.
        remarks.append("A character in it cannot be seen, and is copied as a sign.")
    meaning, remark = "opens this question on another machine", " ".join(remarks)
    yield CopyForm("command", meaning, "command", lambda: [evidence.command], remark=remark, for_shell=True)


_FORMATS = (
    ("tsv", "TSV", "pastes into a spreadsheet"),
    ("csv", "CSV", "raw figures under the endpoint's names"),
    ("json", "JSON", "every figure, and what was asked"),
)


def _of_rows(
    name: str, meaning: str, evidence: Evidence, lines: Callable[[], Sequence[str]], form: str, remark: str = ""
) -> CopyForm:
    remarks = " ".join(filter(None, [remark, evidence.left_out]))
    return CopyForm(name, meaning, "row", lines, len(evidence.table or ()), f"as {form}", remarks)


def _exported(table: Table, format_name: str, source: str) -> Sequence[str]:
    # Not by `splitlines`: it ends lines within values, too, at what JSON leaves as it is.
    return b"".join(export(table, format_name, source=source)).decode().removesuffix("\n").split("\n")
