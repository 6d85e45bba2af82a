"""Write a timeline for programs (a record for each row and time part) or people (a line with a sparkline).

A time part is one of the equal intervals of the timeline. A record contains `part.from` and `part.to` (ISO
8601, UTC), `state` (`complete`, `open`, `gap` or `cut`), the id, the group values, and all metrics without
rounding. If a row has no traffic in a complete part, its counts are 0. If nothing is known about a part,
for example in a gap, its metrics are null or empty. An onset is the time at which a row turned bad. If
onsets are exported, each record also contains `onset.from`, `onset.to`, `onset.before` and `onset.after`.
`onset.metric` is the metric that turned bad, and `onset.still_on` is true if the metric is still bad in the
last closed part. These values are null or empty for a row without an onset.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from cnm_tui.core.chart.sparkline import sparkline
from cnm_tui.core.export.evidence import facts, facts_for_programs
from cnm_tui.core.export.rows import escaped_json, harmless, headings, markdown_line, markdown_text, plain_value
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.table.table import Table
from cnm_tui.core.text import cell_width, clean, fitted
from cnm_tui.core.time.time_range import iso_text
from cnm_tui.core.timeline.drawn import history_points, own_top
from cnm_tui.core.timeline.onset import Onset
from cnm_tui.core.timeline.timeline import Timeline
from cnm_tui.core.timeline.words import onset_sentence, onset_subject

FORMATS: Final = ("table", "json", "jsonl", "csv", "tsv", "markdown")
_PART: Final = ("part.from", "part.to", "state")
_ONSET: Final = ("onset.from", "onset.to", "onset.before", "onset.after", "onset.metric", "onset.still_on")
_GAP: Final = "  "
_WIDEST_TREND: Final = 50
"""Columns for 48 parts, and the sign before the open one."""
_NARROWEST_TREND: Final = 8
_WIDEST_GROUP: Final = 28


class TimelineExport(NamedTuple):
    """A timeline that is to be exported, with its rows and options."""

    timeline: Timeline
    table: Table
    """The rows over the whole span, sorted and filtered."""
    source: str
    """Name of the service."""
    with_onsets: bool = False

    @property
    def ids(self) -> Iterator[str]:
        """The id of each row, in the order of the table."""
        return map(self.table.connection_id, range(len(self.table)))

    @property
    def metric(self) -> Metric:
        """The metric that the sparkline draws.

        It is the first metric in the sort, or else the metric for the traffic volume of a row.
        """
        metrics = self.timeline.endpoint.metrics
        sorted_by = (metrics[key.column] for key in self.table.sort if key.column in metrics)
        return next(sorted_by, metrics[self.timeline.endpoint.volume])

    def onset(self, connection_id: str) -> Onset | None:
        """Return when and how a row turned bad. Return None if it did not turn bad, or if onsets are not exported."""
        return self.timeline.onset(connection_id) if self.with_onsets else None


def export_timeline(export: TimelineExport, format_name: str, width: int | None = None) -> Iterator[bytes]:
    """Yield a timeline in one of `FORMATS`, as pieces of UTF-8 bytes.

    Args:
        export: The timeline.
        format_name: One of `FORMATS`.
        width: Width of the terminal in columns, for the format `table`. None means no limit.
    """
    return _aligned(export, width) if format_name == "table" else _WRITERS[format_name](export)


def _figures(export: TimelineExport, connection_id: str) -> Iterator[list[Number | None]]:
    """Yield one list for each time part. It contains the values of all metrics of a row in this time part."""
    timeline = export.timeline
    metrics = timeline.endpoint.metrics.values()
    for part, counters in zip(timeline.parts, timeline.counters(connection_id), strict=True):
        if part is None or counters is None:
            yield [None] * len(metrics)
        else:
            yield [_finite(metric.value(counters, part.seconds)) for metric in metrics]


def _finite(number: Number | None) -> Number | None:
    value = plain_value(number)
    return None if isinstance(value, str) else value


def _parts(timeline: Timeline) -> list[tuple[str, str, str]]:
    """Return the start, the end and the state of each time part, as texts."""
    parts = zip(timeline.windows, timeline.states, strict=True)
    return [(iso_text(window.start), iso_text(window.end), state.value) for window, state in parts]


def _onset_values(onset: Onset | None) -> tuple[object, ...]:
    if onset is None:
        return (None,) * len(_ONSET)
    ended = None if onset.ended is None else iso_text(onset.ended)
    return iso_text(onset.began), ended, onset.before, onset.after, onset.metric.key, onset.still_on


def _records(export: TimelineExport) -> Iterator[dict[str, Any]]:
    timeline = export.timeline
    parts, keys, group_bys = _parts(timeline), list(timeline.endpoint.metrics), timeline.query.group_bys
    for connection_id in export.ids:
        exact = timeline.rows.exact(timeline.rows.numbers[connection_id])
        named: Mapping[str, Any] = {"id": exact.id, "group_bys": dict(zip(group_bys, exact.groups, strict=True))}
        onset = dict(zip(_ONSET, _onset_values(export.onset(connection_id)), strict=True)) if export.with_onsets else {}
        for part, numbers in zip(parts, _figures(export, connection_id), strict=True):
            yield {**named, **dict(zip(_PART, part, strict=True)), **dict(zip(keys, numbers, strict=True)), **onset}


def _json_lines(export: TimelineExport) -> Iterator[bytes]:
    encode = msgspec.json.Encoder().encode
    for record in _records(export):
        yield escaped_json(encode(record)) + b"\n"


def _json(export: TimelineExport) -> Iterator[bytes]:
    timeline = export.timeline
    said = facts_for_programs(export.table, export.source)
    said["parts"] = [
        {**dict(zip(_PART, part, strict=True)), **({"failure": failure} if failure else {})}
        for part, failure in zip(
            _parts(timeline), (timeline.failed.get(window) for window in timeline.windows), strict=True
        )
    ]
    yield escaped_json(msgspec.json.format(msgspec.json.encode(said), indent=2))[: -len(b"\n}")]
    yield b',\n  "records": ['
    encode = msgspec.json.Encoder().encode
    for number, record in enumerate(_records(export)):
        yield (b",\n    " if number else b"\n    ") + escaped_json(encode(record))
    yield b"\n  ]\n}\n"


def _separated(export: TimelineExport, separator: str) -> Iterator[bytes]:
    timeline = export.timeline
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    group_bys, parts = timeline.query.group_bys, _parts(timeline)
    others = ("id", *_PART, *timeline.endpoint.metrics, *(_ONSET if export.with_onsets else ()))
    writer.writerow([harmless(text) for text in (*headings(group_bys, others), *others)])
    for connection_id in export.ids:
        connection = _connection(export, connection_id)
        named = [harmless(connection.group_text(position)) for position in range(len(group_bys))]
        onset = _onset_values(export.onset(connection_id)) if export.with_onsets else ()
        for part, numbers in zip(parts, _figures(export, connection_id), strict=True):
            writer.writerow([*named, harmless(connection_id), *part, *numbers, *map(_cell, onset)])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _connection(export: TimelineExport, connection_id: str) -> Any:
    snapshot = export.table.snapshot
    return snapshot.connections[snapshot.position_of[connection_id]]


# For people


def _trend(export: TimelineExport, connection_id: str, width: int) -> str:
    """Return the sparkline of a row. Its vertical scale depends only on this row, as on the screen."""
    timeline, metric = export.timeline, export.metric
    points = history_points(timeline, connection_id, metric)
    top = own_top(points, metric)
    is_open = bool(timeline.open and timeline.open[-1])
    return sparkline(points, width, top=top, last_is_open=is_open, counts=metric.accumulates)


def _lines(export: TimelineExport, trend_width: int) -> Iterator[list[str]]:
    """Yield the headings, and then each row of the timeline, as a list of texts.

    The texts are the group values, the metric over the whole time span, its sparkline, and its onset (the time
    at which the row turned bad) if onsets are exported.
    """
    metric, timeline = export.metric, export.timeline
    yield [
        *map(clean, timeline.query.group_bys),
        metric.label,
        "TREND",
        *(["BEGAN"] if export.with_onsets else []),
    ]
    for connection_id in export.ids:
        connection = _connection(export, connection_id)
        whole = metric.value(connection.counters, timeline.window.seconds)
        line = [clean(connection.group_text(position)) for position in range(len(timeline.query.group_bys))]
        line += [metric.scale.cell(whole), _trend(export, connection_id, trend_width)]
        if export.with_onsets:
            onset = export.onset(connection_id)
            said = "" if onset is None else f"{onset_subject(onset)} {onset_sentence(onset, timeline.window)}"
            line.append(said)
        yield line


def _aligned(export: TimelineExport, width: int | None) -> Iterator[bytes]:
    lines, groups = list(_lines(export, 0)), len(export.timeline.query.group_bys)
    widths = [max(cell_width(line[at]) for line in lines) for at in range(len(lines[0]))]
    widths[:groups] = [min(_WIDEST_GROUP, room) for room in widths[:groups]]
    trend = groups + 1
    others = sum(widths) - widths[trend] + len(_GAP) * (len(widths) - 1)
    most = min(_WIDEST_TREND, len(export.timeline.windows) + 1) if width is None else width - others
    widths[trend] = max(_NARROWEST_TREND, min(most, _WIDEST_TREND, len(export.timeline.windows) + 1))
    for number, (line, connection_id) in enumerate(zip(lines, ("", *export.ids), strict=True)):
        if number:
            line[trend] = _trend(export, connection_id, widths[trend])
        told = _GAP.join(
            _padded(text, room, at_right=at == groups and not number)
            for at, (text, room) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        yield ((told if width is None else fitted(told, width)) + "\n").encode()


def _padded(text: str, room: int, *, at_right: bool) -> str:
    """Return the text, padded or shortened to this number of terminal columns.

    With `at_right`, the text is aligned to the right. This is used for the heading of a number.
    """
    shown = fitted(text, room)
    padding = " " * (room - cell_width(shown))
    return padding + shown if at_right else shown + padding


def _markdown(export: TimelineExport) -> Iterator[bytes]:
    yield b"**Network connections over time**\n\n"
    for name, text in facts(export.table, export.source).items():
        yield f"- {name}: {markdown_text(clean(text))}\n".encode()
    yield b"\n"
    heading, *lines = _lines(export, _WIDEST_TREND)
    yield markdown_line([markdown_text(text) for text in heading])
    groups = len(export.timeline.query.group_bys)
    yield markdown_line(["--:" if at == groups else "---" for at in range(len(heading))])
    for line in lines:
        yield markdown_line(
            [markdown_text(" ".join(text.split()) if at == groups else text) for at, text in enumerate(line)]
        )


_WRITERS: Final[Mapping[str, Callable[[TimelineExport], Iterator[bytes]]]] = {
    "json": _json,
    "jsonl": _json_lines,
    "csv": lambda export: _separated(export, ","),
    "tsv": lambda export: _separated(export, "\t"),
    "markdown": _markdown,
}
