"""The forms in which a question and its rows can be copied, the one for people first."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from cnm_tui.core.compare.change_words import off_sentence
from cnm_tui.core.exploration.remarks import formula_sentence
from cnm_tui.core.export.note import note_lines
from cnm_tui.core.export.request_text import curl_line, python_lines
from cnm_tui.core.export.rows import export, formulas_in
from cnm_tui.core.export.web_link import web_link
from cnm_tui.core.query import Query
from cnm_tui.core.service.request import Address
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import unseen
from cnm_tui.core.time.time_range import Window


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
        yield CopyForm("ids", "one a line", "id", lambda: evidence.ids, remark=evidence.ids_left_out)
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
