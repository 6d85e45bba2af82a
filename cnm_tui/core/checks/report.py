"""Write the results of checks as text, JSON, JUnit XML, annotations for GitHub, or one line for Nagios.

Tag values come from outside the program. They are escaped so that they cannot begin a new line, close an
XML element, or act as a command of a CI system.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from xml.etree import ElementTree as Xml

from cnm_tui.core.checks.conditions import OfRows
from cnm_tui.core.checks.judging import Judged, Outcome, Truth
from cnm_tui.core.checks.verdict import Result, Verdict, gravest
from cnm_tui.core.metrics.health import Health, health
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import clean
from cnm_tui.core.time.time_range import iso_window, window_facts
from cnm_tui.core.units import BYTES, BYTES_PER_SECOND, MICRO_SECONDS, SHARE, plural

FORMATS: Final = ("text", "json", "junit", "github", "nagios")
_MOST_ROWS_TOLD: Final = 20
_LONGEST_ROW: Final = 300
_UNITS: Final = {BYTES: " B", BYTES_PER_SECOND: " B/s", MICRO_SECONDS: " µs", SHARE: "%"}
_GITHUB_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_GITHUB_PROPERTY: Final = {**_GITHUB_DATA, ":": "%3A", ",": "%2C"}
_ILLEGAL_IN_NAGIOS: Final = re.compile(r"[`~$&|\"'<>;\\]")
"""Signs that Nagios reads as separators, or that it removes from what it passes on to programs."""
_NAGIOS: Final = {
    Verdict.PASSED: "OK",
    Verdict.FAILED: "CRITICAL",
    Verdict.NO_DATA: "UNKNOWN",
    Verdict.UNCERTAIN: "UNKNOWN",
}
_TRUTHS: Final = {Truth.YES: "broken", Truth.NO: "ok", Truth.UNKNOWN: "unknown"}


def report(results: Sequence[Result], format_name: str, source: str) -> str:
    """Return the results as a text in one of `FORMATS`. The text ends with a line break."""
    return _WRITERS[format_name](results, source)


def exact(number: Number | None, metric: Metric | None) -> str:
    """Return a number as text, without rounding, with its unit. The text is `none` for a missing number."""
    if number is None:
        return "none"
    unit = "" if metric is None else _UNITS.get(metric.scale, "")
    if unit == "%":
        return f"{_plain(Decimal(repr(number)) * 100)}%"
    return f"{_plain(Decimal(repr(number)))}{unit}"


def _plain(number: Decimal) -> str:
    whole = number == number.to_integral_value()
    return f"{number.to_integral_value():f}" if whole else f"{number.normalize():f}"


def row_text(snapshot: Snapshot, position: int) -> str:
    """Return the group-by values of a row as one text that is safe to display."""
    values = [snapshot.texts(at)[position] for at in range(len(snapshot.query.group_bys))]
    return clean(" → ".join(values) or snapshot.connections.ids[position], _LONGEST_ROW)


def judged_text(one: Judged) -> str:
    """Return a tested factor of a condition as text, with its measured value and its limit without rounding."""
    parts = []
    if one.value is not None:
        of_rows = isinstance(one.factor, OfRows) and one.rows
        name = "rows" if one.metric is None else "worst" if of_rows else "value"
        parts.append(f"{name} {exact(one.value, one.metric)}")
    if one.limit is not None:
        parts.append(f"limit {exact(one.limit, one.metric)}")
    if one.why:
        parts.append(f"not known, as {one.why}" if not one.why.endswith(".") else one.why)
    return f"{clean(one.factor.text)}: {', '.join(parts)}" if parts else clean(one.factor.text)


def _outcomes(result: Result) -> Iterator[tuple[str, Outcome]]:
    """Yield a tuple for each condition of a check, with its result in the last response.

    The first item is `fail` or `warn`, the kind of the condition. The second item is the result.
    """
    yield from (("fail", outcome) for outcome in result.last.failing)
    yield from (("warn", outcome) for outcome in result.last.warning)


def _name(result: Result) -> str:
    return clean(result.check.name) or "check"


def _broken_rows(outcome: Outcome) -> list[tuple[Judged, int]]:
    """Return the rows that made a condition true, each row only once.

    Each item is a tuple of a tested factor of the condition, and the position of the row.
    """
    if outcome.truth is not Truth.YES:
        return []
    found = {position: one for one in reversed(outcome.judged) for position in reversed(one.rows)}
    order = dict.fromkeys(position for one in outcome.judged for position in one.rows)
    return [(found[position], position) for position in order]


def _row_line(result: Result, one: Judged, position: int) -> str:
    snapshot = result.last.ground.snapshot
    if one.metric is None:
        return row_text(snapshot, position)
    little = " (little evidence)" if _is_thin(snapshot, one.metric, position) else ""
    return f"{row_text(snapshot, position)}: {exact(snapshot.figures(one.metric)[position], one.metric)}{little}"


def _is_thin(snapshot: Snapshot, metric: Metric, position: int) -> bool:
    """True if a metric value may be due to chance, for example a percentage of only a few packets."""
    return health(metric, snapshot.connections.counters_at(position)) is Health.THIN


# Text


def _text(results: Sequence[Result], source: str) -> str:
    lines: list[str] = []
    for result in results:
        snapshot = result.last.ground.snapshot
        lines.append(f"{_name(result)}: {_headline(result)}")
        for kind, outcome in _outcomes(result):
            lines.append(f"- {_state(kind, outcome)}: {'; '.join(map(judged_text, outcome.judged))}")
            rows = _broken_rows(outcome)
            # After a sign, so that no value of a tag begins a line.
            lines += [f"  - {_row_line(result, *row)}" for row in rows[:_MOST_ROWS_TOLD]]
            if len(rows) > _MOST_ROWS_TOLD:
                lines.append(f"  - and {len(rows) - _MOST_ROWS_TOLD:,} more")
        lines.append(
            f"- {plural(len(result.last.ground.positions), 'row')} of {iso_window(snapshot.window)}, {clean(source)}"
        )
        lines.append(f"- asked: {_asked(result)}")
    return "\n".join(lines) + "\n"


def _asked(result: Result) -> str:
    """Return a text that describes the query of a check, and its filter."""
    query = result.last.ground.snapshot.query
    said = {
        "grouped": ", ".join(query.group_bys),
        "search": query.search,
        "tags": ", ".join(query.tags),
        "filter": result.check.row_filter.text,
    }
    return "; ".join(f"{name} {clean(text)}" for name, text in said.items() if text) or "everything as one row"


def _state(kind: str, outcome: Outcome) -> str:
    if outcome.truth is Truth.YES:
        return "FAILED" if kind == "fail" else "WARNING"
    return "unknown" if outcome.truth is Truth.UNKNOWN else "ok"


def _headline(result: Result) -> str:
    words = result.verdict.words
    if len(result.samples) > 1 or result.check.times > 1:
        failed = sum(sample.verdict is Verdict.FAILED for sample in result.samples)
        words += f" ({failed} of {result.check.times} answers failed)"
    return f"{words}, with a warning" if result.warns and result.verdict is Verdict.PASSED else words


# JSON


def _json(results: Sequence[Result], source: str) -> str:
    said = {
        "verdict": gravest(results).name.lower(),
        "exit_code": gravest(results).value,
        "source": source,
        "checks": [_check_facts(result) for result in results],
    }
    return json.dumps(said, ensure_ascii=True, indent=2) + "\n"


def _check_facts(result: Result) -> dict[str, Any]:
    snapshot = result.last.ground.snapshot
    return {
        "name": result.check.name,
        "verdict": result.verdict.name.lower(),
        "exit_code": result.verdict.value,
        "warns": result.warns,
        "answers": [sample.verdict.name.lower() for sample in result.samples],
        "times": result.check.times,
        "rows": len(result.last.ground.positions),
        "truncated": not result.last.ground.is_whole,
        "from": snapshot.window.start,
        "to": snapshot.window.end,
        "window": window_facts(snapshot.window),
        "search": snapshot.query.search,
        "group_bys": list(snapshot.query.group_bys),
        "conditions": [
            {
                "text": outcome.condition.text,
                "kind": kind,
                "state": _TRUTHS[outcome.truth],
                "parts": [_judged_facts(result, one) for one in outcome.judged],
            }
            for kind, outcome in _outcomes(result)
        ],
    }


def _judged_facts(result: Result, one: Judged) -> dict[str, Any]:
    snapshot = result.last.ground.snapshot
    ids = snapshot.connections.exact_ids
    figures = None if one.metric is None else snapshot.figures(one.metric)
    return {
        "text": one.factor.text,
        "state": _TRUTHS[one.truth],
        "metric": None if one.metric is None else one.metric.key,
        "value": one.value,
        "limit": one.limit,
        "why": one.why,
        "rows": [
            {
                "id": ids[at],
                "group_bys": _groups(snapshot, at),
                "value": None if figures is None else figures[at],
                "little_evidence": one.metric is not None and _is_thin(snapshot, one.metric, at),
            }
            for at in one.rows
        ],
    }


def _groups(snapshot: Snapshot, position: int) -> dict[str, list[str]]:
    columns = zip(snapshot.query.group_bys, snapshot.connections.exact_groups, strict=True)
    return {field: list(column[position]) for field, column in columns}


# JUnit


def _junit(results: Sequence[Result], source: str) -> str:
    suites = Xml.Element("testsuites", name="cnm-tui check")
    for result in results:
        outcomes = list(_outcomes(result))
        suite = Xml.SubElement(
            suites, "testsuite", name=_name(result), tests=str(len(outcomes)), hostname=clean(source)
        )
        failures = sum(kind == "fail" and one.truth is Truth.YES for kind, one in outcomes)
        errors = sum(kind == "fail" and one.truth is Truth.UNKNOWN for kind, one in outcomes)
        suite.attrib |= {"failures": str(failures), "errors": str(errors), "skipped": "0"}
        if result.verdict is Verdict.NO_DATA:
            suite.attrib |= {"failures": "0", "errors": "0", "skipped": str(len(outcomes))}
        for kind, outcome in outcomes:
            _test_case(suite, result, kind, outcome)
    Xml.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(suites, encoding="unicode")}\n'


def _test_case(suite: Xml.Element, result: Result, kind: str, outcome: Outcome) -> None:
    name = clean(outcome.condition.text)
    case = Xml.SubElement(suite, "testcase", name=name, classname=_name(result))
    message = "; ".join(map(judged_text, outcome.judged))
    rows = "\n".join(_row_line(result, *row) for row in _broken_rows(outcome)[:_MOST_ROWS_TOLD])
    if result.verdict is Verdict.NO_DATA:
        Xml.SubElement(case, "skipped", message="no data")
    elif kind == "warn" or outcome.truth is Truth.NO or result.verdict is Verdict.PASSED:
        # What failed once but not every time has passed.
        Xml.SubElement(case, "system-out").text = f"{_state(kind, outcome)}: {message}\n{rows}".rstrip()
    elif outcome.truth is Truth.YES:
        Xml.SubElement(case, "failure", message=message, type="condition").text = rows
    else:
        Xml.SubElement(case, "error", message=message, type="unknown").text = rows


# GitHub


def _github(results: Sequence[Result], _source: str) -> str:
    lines: list[str] = []
    for result in results:
        if result.verdict is Verdict.NO_DATA:
            lines.append(_annotation("error", _name(result), "no data"))
        for kind, outcome in _outcomes(result):
            lines += _annotations(result, kind, outcome)
        lines.append(_annotation("notice", _name(result), _headline(result)))
    return "\n".join(lines) + "\n"


def _annotations(result: Result, kind: str, outcome: Outcome) -> Iterator[str]:
    if outcome.truth is Truth.NO or result.verdict is Verdict.NO_DATA:
        return
    is_grave = kind == "fail" and result.verdict is not Verdict.PASSED
    rows = _broken_rows(outcome)[:_MOST_ROWS_TOLD]
    told = "\n".join(["; ".join(map(judged_text, outcome.judged)), *(_row_line(result, *row) for row in rows)])
    yield _annotation("error" if is_grave else "warning", f"{_name(result)}: {clean(outcome.condition.text)}", told)


def _annotation(level: str, title: str, message: str) -> str:
    """Return a workflow command of GitHub Actions, which shows a message of this level.

    The escaping follows GitHub's `@actions/core`, functions escapeData and escapeProperty.
    """
    return f"::{level} title={_escaped(title, _GITHUB_PROPERTY)}::{_escaped(message, _GITHUB_DATA)}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)


# Nagios


def _nagios(results: Sequence[Result], _source: str) -> str:
    state = _NAGIOS[gravest(results)]
    if state == "OK" and any(result.warns for result in results):
        state = "WARNING"
    told = "; ".join(f"{_name(result)} {_headline(result)}{_first_row(result)}" for result in results)
    measured = [
        f"'{_label(result, number)}'={_perfdata(one.value)};;{_perfdata(one.limit)}"
        for result in results
        for number, (kind, outcome) in enumerate(_outcomes(result), 1)
        for one in outcome.judged[:1]
        if one.value is not None and kind == "fail"
    ]
    return f"CNM {state} - {_for_nagios(told)} | {' '.join(measured)}".rstrip(" |") + "\n"


def _first_row(result: Result) -> str:
    """Return a text with the first condition that is true, and with the worst row that made it true.

    The text is empty if no condition is true.
    """
    for _kind, outcome in _outcomes(result):
        if outcome.truth is Truth.YES:
            rows = _broken_rows(outcome)
            row = f" ({_row_line(result, *rows[0])})" if rows else ""
            return f" by {clean(outcome.condition.text)}{row}"
    return ""


def _label(result: Result, number: int) -> str:
    return re.sub(r"[^\w.-]", "_", f"{_name(result)}.{number}")


def _perfdata(number: Number | None) -> str:
    return "" if number is None else _plain(Decimal(repr(number)))


def _for_nagios(text: str) -> str:
    return _ILLEGAL_IN_NAGIOS.sub(
        "_", text.replace("→", "to").replace(">", " over ").replace("<", " under ").replace("; ", ", ")
    )


_WRITERS: Final[Mapping[str, Callable[[Sequence[Result], str], str]]] = {
    "text": _text,
    "json": _json,
    "junit": _junit,
    "github": _github,
    "nagios": _nagios,
}
