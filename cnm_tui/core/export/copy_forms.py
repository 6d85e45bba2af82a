"""Define the formats in which a query and its rows can be copied. The format for people is the first."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from cnm_tui.core import export as forms
from cnm_tui.core.compare.change_words import off_sentence
from cnm_tui.core.exploration.remarks import formula_sentence
from cnm_tui.core.export.evidence import facts, has_timeline
from cnm_tui.core.export.monitor import Watched, has_condition, monitor_json, monitor_terraform
from cnm_tui.core.export.question import curl_line, python_lines, web_link
from cnm_tui.core.export.rows import columns_that_fit, export, formulas_in
from cnm_tui.core.metrics.extra import FINDING
from cnm_tui.core.query import Query
from cnm_tui.core.service import Address
from cnm_tui.core.table.columns import Column
from cnm_tui.core.table.extra import extra_called
from cnm_tui.core.table.row_words import row_count
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, clean, hanging, unseen
from cnm_tui.core.time.time_range import Window, iso_window
from cnm_tui.core.units import seconds_text

# A note for an incident's chat channel: all outside text is in one code block. Slack has no tables and no escapes, and
# in a block no value becomes a link, a mention or markup, in Slack or on GitHub.

WIDTH: Final = 110
"""Columns of a chat channel that does not wrap; metrics that do not fit are left out, unless the user chose them."""
_MOST_FINDINGS: Final = 5
"""Maximum number of findings that a note explains."""
_FENCE: Final = "```"
_GAP: Final = "  "
_NAME_WIDTH: Final = 9
_OPENS_MENTION: Final = re.compile("<(?=[!@#])")


def note_lines(table: Table, label: str, link: str = "") -> list[str]:
    """Return the lines of a Markdown note about these rows, for a chat channel.

    Args:
        table: The rows.
        label: The name of the service.
        link: URL of the same query in Datadog's web pages. Empty if there is no such URL.
    """
    window = table.snapshot.window
    title = (
        f"{table.snapshot.endpoint.title}: {row_count(table)}, {iso_window(window)} ({seconds_text(window.seconds)})"
    )
    inert = map(_inert, (*_facts(table, label), "", *_rows(table), *_onsets(table), *_findings(table)))
    return [title, *filter(None, [link]), _FENCE, *inert, _FENCE]


def _onsets(table: Table) -> Iterator[str]:
    """Yield an empty line, and then a line for each row that turned bad during the timeline, with the time.

    Yield nothing if the rows have no timeline.
    """
    if has_timeline(table):
        for number, line in enumerate(forms.onset_lines(table)):
            yield from [line] if number else ["", line]


def _facts(table: Table, label: str) -> Iterator[str]:
    said = dict(facts(table, label))
    # The title names it; and a few chosen rows need no remark that the answer is complete.
    del said["window"]
    if not table.snapshot.cut:
        del said["cut"]
    return (f"{name:<{_NAME_WIDTH}}{clean(text)}" for name, text in said.items())


def _rows(table: Table) -> Iterator[str]:
    """Yield the rows as lines of text with aligned columns.

    Values are not shortened, because the end of a value may be important.
    """
    standings = _standings(table)
    room = WIDTH - (max(map(len, standings)) + len(_GAP) if standings else 0)
    columns = columns_that_fit(table, None if table.arrangement.columns else room)
    rows = [[cell.text for cell in table.cells(row, columns)] for row in range(len(table))]
    written = [_aligned(column, [line[at] for line in rows]) for at, column in enumerate(columns)]
    if standings:
        written.append(iter(standings))
    return (_GAP.join(line).rstrip() for line in zip(*written, strict=True))


def _findings(table: Table) -> Iterator[str]:
    """Yield lines about the findings of the worst rows, with evidence, thresholds, and the source of the thresholds."""
    if extra_called(FINDING.key, table.extras, table.snapshot) is None:
        return
    for name, sentences in forms.notes_on_findings(table, _MOST_FINDINGS):
        yield from ("", clean(name))
        for sentence in sentences:
            yield from hanging(f"  {clean(sentence)}", WIDTH)


def _standings(table: Table) -> Sequence[str]:
    """Return the texts of a column that says how each row changed since the baseline. The first text is the heading.

    The result is empty without a comparison.
    """
    if table.snapshot.baseline is None:
        return ()
    return ("standing", *(table.standing(row) for row in range(len(table))))


def _aligned(column: Column, texts: Sequence[str]) -> Iterator[str]:
    """Yield the heading and the cells of a column, all padded to the same width.

    Blanks at the end that all cells have in common are removed.
    """
    unused = min((len(text) - len(text.rstrip()) for text in texts), default=0)
    lines = [column.label, *(text[: len(text) - unused] for text in texts)]
    width = max(map(cell_width, lines))
    for line in lines:
        padding = " " * (width - cell_width(line))
        yield line + padding if column.metric is None else padding + line


def _inert(line: str) -> str:
    """Return the line with some characters replaced, so that it is safe in a code block of a chat message.

    These are characters that end a code block, or that Slack reads as a mention of a user even there.
    """
    return _OPENS_MENTION.sub("‹", line.replace("`", "ˋ"))


class CopyForm(NamedTuple):
    """A format in which the query or its rows can be copied to the clipboard."""

    name: str
    meaning: str
    noun: str
    """Noun for the things that are counted."""
    lines: Callable[[], Sequence[str]]
    number: int | None = None
    """Number of things; None for the number of lines."""
    form: str = ""
    """Format in words, for the message."""
    remark: str = ""
    """Note for the user; may be empty."""
    for_shell: bool = False
    """True if it is a shell command."""


class Evidence(NamedTuple):
    """Everything that can be copied: the query, the chosen rows, and facts about them."""

    table: Table | None
    """The chosen rows; None before the first answer."""
    ids: Sequence[str]
    left_out: str
    """Sentence about marked rows that are not shown; may be empty."""
    ids_left_out: str
    """Sentence about marked rows that are not shown, for forms that copy ids only; may be empty."""
    query: Query
    window: Window
    """Window of the answer shown."""
    label: str
    """Name of the service."""
    site: str | None
    address: Address
    command: str
    watched: Watched | None = None
    """The figure at the cursor, for a monitor; None on a group-by."""


def copy_forms(evidence: Evidence) -> tuple[CopyForm, ...]:
    """Return all formats in which the given query and rows can be copied."""
    return tuple(_forms(evidence))


def _forms(evidence: Evidence) -> Iterator[CopyForm]:
    query, window, address, table = evidence.query, evidence.window, evidence.address, evidence.table
    of_rows = table is not None and len(table) > 0
    if table is not None and of_rows:
        link = web_link(query, window, evidence.site) if evidence.site is not None else ""
        note = partial(note_lines, table, evidence.label, link)
        report = partial(_report, table, evidence.label)
        yield _of_rows("note", "Markdown for an incident's channel: question, figures, link", evidence, note, "a note")
        for key, name, meaning in _FORMATS:
            written = partial(_exported, table, key, evidence.label)
            remark = " ".join(filter(None, [formula_sentence(formulas_in(table, key)), off_sentence(table.snapshot)]))
            yield _of_rows(name, meaning, evidence, written, name, remark)
        yield _of_rows("report", "Markdown for a review; w writes a page", evidence, report, "a report")
    if evidence.ids:
        yield CopyForm("ids", "one per line", "id", lambda: evidence.ids, remark=evidence.ids_left_out)
    # Several profiles are not one request.
    if address.url:
        yield from _of_the_request(evidence)
    compared = table is not None and table.snapshot.baseline is not None
    remarks = ["Without the comparison."] if compared else []
    if unseen(evidence.command):
        # The name of a profile or of a file may contain keys.
        remarks.append("A character in it cannot be seen, and is copied as a sign.")
    meaning, remark = "opens this question on another machine", " ".join(remarks)
    yield CopyForm("command", meaning, "command", lambda: [evidence.command], remark=remark, for_shell=True)


def _of_the_request(evidence: Evidence) -> Iterator[CopyForm]:
    """Yield the formats for the HTTP request of the query (such as a curl command), and for a Datadog monitor."""
    query, window, address = evidence.query, evidence.window, evidence.address
    variables = {"keys": ", keys by their variables", "token": ", the token by its variable"}
    keys = variables.get(address.signed_by, "")
    curl = partial(curl_line, query, window, address)
    python = partial(python_lines, query, window, address)
    yield CopyForm(
        "curl", f"the request of this window{keys}", "request", lambda: [curl()], 1, "for curl", for_shell=True
    )
    yield CopyForm("Python", "the same for Datadog's client", "request", python, 1, "for Python")
    if evidence.watched is not None and has_condition(evidence.watched):
        label, unproven = evidence.watched.metric.label, "Parts are unproven; its text names them."
        watched = evidence.watched
        yield CopyForm(
            "monitor", f"of {label}, JSON for the API", "monitor", lambda: monitor_json(watched), 1, "as JSON", unproven
        )
        yield CopyForm(
            "Terraform", "the same monitor", "monitor", lambda: monitor_terraform(watched), 1, "for Terraform", unproven
        )


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


def _report(table: Table, source: str) -> Sequence[str]:
    return b"".join(forms.report_of(table, source, "md")).decode().removesuffix("\n").split("\n")


def _exported(table: Table, format_name: str, source: str) -> Sequence[str]:
    # Not splitlines: it also splits at characters inside values that JSON does not escape.
    return b"".join(export(table, format_name, source=source)).decode().removesuffix("\n").split("\n")
