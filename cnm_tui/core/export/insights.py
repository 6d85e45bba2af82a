"""Write network health insights as a table for people, or as JSON, JSON lines and CSV for programs."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from cnm_tui.core.export.rows import harmless, markdown_line, markdown_text
from cnm_tui.core.insights.insight import FIELDS, Insight, Insights, sentence
from cnm_tui.core.text import cell_width, fitted, padded
from cnm_tui.core.time.time_range import iso_window, window_facts
from cnm_tui.core.units import seconds_text

_GAP: Final = "  "
_HEADINGS: Final = ("SEVERITY", "TYPE", "FAILURE", "WHAT")
_WIDEST_WORD: Final = 20


def written(insights: Insights, format_name: str, source: str) -> Iterator[str]:
    """Yield the lines of the insights in one of `FORMATS`."""
    if format_name == "table":
        yield from table_lines(insights)
    elif format_name == "jsonl":
        yield from (_json(for_programs(one)) for one in insights.found)
    elif format_name == "json":
        yield json.dumps(_document(insights, source), indent=2)
    elif format_name == "markdown":
        yield from _markdown_lines(insights, source)
    else:
        yield from _csv_lines(insights, "\t" if format_name == "tsv" else ",")


def for_programs(insight: Insight) -> dict[str, Any]:
    """Return an insight as a dict for JSON, with its severity, a sentence, and all attributes unchanged."""
    attributes = insight.raw.get("attributes") if isinstance(insight.raw, dict) else {}
    return {
        "id": insight.id,
        "severity": insight.severity.word,
        "sentence": sentence(insight),
        "attributes": attributes,
    }


def _document(insights: Insights, source: str) -> dict[str, Any]:
    return {
        "window": window_facts(insights.window),
        "source": source,
        "unreadable": insights.unreadable,
        "insights": [for_programs(one) for one in insights.found],
    }


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _words(insight: Insight) -> tuple[str, ...]:
    return insight.severity.word, insight.kind or "–", insight.text("failure_type") or "–"


def table_lines(insights: Insights) -> Iterator[str]:
    """Yield a heading line, and then one line for each insight.

    The last column contains the insight as a sentence, which is never shortened.
    """
    rows = [[fitted(word, _WIDEST_WORD) for word in _words(one)] for one in insights.found]
    widths = [max(map(cell_width, column)) for column in zip(_HEADINGS[:3], *rows, strict=True)]
    for words, told in zip([_HEADINGS[:3], *rows], [_HEADINGS[3], *map(sentence, insights.found)], strict=True):
        yield _GAP.join([*(padded(word, width) for word, width in zip(words, widths, strict=True)), told])


def _markdown_lines(insights: Insights, source: str) -> Iterator[str]:
    yield from (f"**Network health: {markdown_text(insights.summary)}**", "")
    length = seconds_text(insights.window.seconds)
    yield from (f"- window: {iso_window(insights.window)} ({length})", f"- source: {markdown_text(source)}", "")
    yield from (_markdown_line(_HEADINGS), _markdown_line(["---"] * len(_HEADINGS)))
    for one in insights.found:
        yield _markdown_line([markdown_text(word) for word in (*_words(one), sentence(one))])


def _markdown_line(cells: Sequence[str]) -> str:
    return markdown_line(cells).decode().rstrip("\n")


def _csv_lines(insights: Insights, delimiter: str) -> Iterator[str]:
    """Yield the insights as lines of CSV, with one column for each attribute.

    First come the attributes that Datadog documents, then other attributes that occur.
    """
    others = dict.fromkeys(name for one in insights.found for name in one.others)
    names = (*FIELDS, *others)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["id", "severity", "sentence", *map(harmless, names)])
    for one in insights.found:
        values = [_cell(one.attributes.get(name)) for name in names]
        writer.writerow([harmless(one.id), one.severity.word, harmless(sentence(one)), *values])
    yield text.getvalue().removesuffix("\n")


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, dict):
        return harmless(_json(value))
    return "" if value is None else value
