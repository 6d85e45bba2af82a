"""Return the lines of the detail pane."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from cnm_tui.core.compare.change_words import comparison_sentence, figure_words, is_gone, standing_sentence
from cnm_tui.core.connections import UNRESOLVED, Connection
from cnm_tui.core.metrics.confidence import unit_sentence
from cnm_tui.core.metrics.health import Health, figure_text, health, thin_sentence
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.core.text import cell_width, clean, fitted, padded, wrapped
from cnm_tui.tui.terminal.painted import Run
from cnm_tui.tui.view import Section, SectionLine
from cnm_tui.tui.widgets.grid_line import HEALTH_SIGNS

if TYPE_CHECKING:
    from cnm_tui.core.navigation.reverse import ReverseRow

Line = tuple[Run, ...]

_LONGEST_RAW: Final = 20_000
"""Maximum bytes of a row; normal ones have about 1,000, and laying out millions would take seconds at each move."""
WIDEST_TEXT: Final = 78
"""Maximum text width: with more, a value would be too far from its name."""
REVERSE_WIDTH: Final = 12
"""Width of the reverse row's value, with its sign."""
TITLE: Final = " Connection"
_NAME_GAP: Final = 2
"""Columns between a group-by and its value."""
_MOST_FILLED: Final = 2
_WAYS: Final = f"this way{'other way':>{REVERSE_WIDTH}}"


class Heights:
    """Keeps each block of lines at its place while the cursor moves, by filling up shorter blocks."""

    def __init__(self) -> None:
        self._heights: dict[str, int] = {}

    def filled(self, name: str, block: list[Line]) -> list[Line]:
        """Return the block, filled with empty lines to its earlier height; only a few, as one row may be huge."""
        lines = len(block)
        height = self._heights[name] = max(lines, min(self._heights.get(name, 0), lines + _MOST_FILLED))
        return block + [()] * (height - lines)


def detail_lines(
    connection: Connection | None,
    snapshot: Snapshot | None,
    width: int,
    reverse_row: "ReverseRow | None" = None,
    closes: str = "esc",
    heights: Heights | None = None,
    sections: Mapping[str, Section] = MappingProxyType({}),
) -> list[Line]:
    """Return everything about a connection in lines of at most `width` columns, beside the reverse row's values.

    Args:
        heights: Heights of the blocks shown before.
        sections: Sections of features, by heading.
    """
    if connection is None or snapshot is None:
        return [((" No connection chosen.", "quiet"),)]
    inner = max(10, min(width - 2, WIDEST_TEXT))
    hint = f"{closes} closes".rjust(inner - len(TITLE.strip()))
    lines: list[Line] = [((TITLE, "title"), (hint, "quiet"))]
    heights = heights or Heights()
    for name, block in _who_lines(connection, snapshot, inner):
        lines += heights.filled(name, block)
    lines += heights.filled("compared", _comparison_lines(connection, snapshot, inner))
    for name, section in sections.items():
        lines += heights.filled(f"section {name}", _section_lines(name, section(connection, inner), inner))
    lines.append(())
    back = reverse_row.connection if reverse_row is not None else None
    told = "" if reverse_row is None else _WAYS if back is not None else reverse_row.sentence
    lines.append(((" Figures", "title"), (told.rjust(inner - len("Figures")), "quiet")))
    for key in snapshot.endpoint.shown_order:
        lines += heights.filled(key, _metric_lines(snapshot.endpoint.metrics[key], connection, back, snapshot, inner))
    if _is_gone(connection, snapshot):
        return lines
    lines.append(())
    lines.append(((" Row as it came", "title"),))
    for raw_line in raw_json(connection).splitlines():
        indentation = len(raw_line) - len(raw_line.lstrip())
        for part in wrapped(raw_line.strip(), max(8, inner - indentation)):
            lines.append(((" " * (1 + indentation) + part, "quiet"),))
    return lines


def _who_lines(connection: Connection, snapshot: Snapshot, inner: int) -> Iterator[tuple[str, list[Line]]]:
    """Yield each group-by and the id: values beside the name, or below it without room."""
    named = [
        (clean(group_by), [value if value.strip() else UNRESOLVED for value in values or ("",)], "label")
        for group_by, values in zip(snapshot.query.group_bys, connection.groups, strict=True)
    ]
    named.append(("id", [connection.id], ""))
    widest = max(cell_width(name) for name, _, _ in named)
    for name, values, kind in named:
        if any(cell_width(value) > inner - widest - _NAME_GAP for value in values):
            yield (
                f"of {name}",
                [((f" {name}", "quiet"),), *(line for value in values for line in _indented(value, inner, kind))],
            )
            continue
        called = [padded("" if place else name, widest + _NAME_GAP) for place in range(len(values))]
        yield f"of {name}", [((f" {name}", "quiet"), (value, kind)) for name, value in zip(called, values, strict=True)]


def _metric_lines(
    metric: Metric, connection: Connection, back: Connection | None, snapshot: Snapshot, inner: int
) -> list[Line]:
    figure, kind = _figure(metric, connection, snapshot)
    others: Line = ()
    if back is not None:
        inner_left = inner - REVERSE_WIDTH
        other, other_kind = _figure(metric, back, snapshot)
        others = ((" " * max(1, REVERSE_WIDTH - cell_width(other)), ""), (other, other_kind))
    else:
        inner_left = inner
    name = fitted(metric.key, inner_left - cell_width(figure) - 1)
    gap = " " * (inner_left - cell_width(name) - cell_width(figure))
    heading: Line = ((f" {name}", "label"), (gap, ""), (figure, kind), *others)
    number = metric.value(connection.counters, snapshot.window.seconds)
    unit = unit_sentence(metric, counts_shown=snapshot.counts_connections)
    raw = _raw_sentence(metric, number, metric.scale.text(number))
    # Facts about all rows come first, so that they are not sent again for another row.
    lines = _indented(" ".join(filter(None, (metric.meaning, unit))), inner, "quiet")
    for sentence, component in ((raw, ""), (thin_sentence(metric, connection.counters), "quiet")):
        lines = _followed_by(lines, sentence, inner, component)
    changed = _change_words(metric, connection, snapshot)
    told = _indented(changed, inner, "") if changed else []
    return [heading, *told, *lines]


def _figure(metric: Metric, connection: Connection, snapshot: Snapshot) -> Run:
    """Return a value with the sign of its health, and the health in words."""
    number = metric.value(connection.counters, snapshot.window.seconds)
    stands = health(metric, connection.counters)
    kind = "" if stands is Health.GOOD else stands.value
    text, sign = figure_text(metric, number), HEALTH_SIGNS.get(kind, "")
    return f"{sign} {text}" if sign else text, kind


def _comparison_lines(connection: Connection, snapshot: Snapshot, inner: int) -> list[Line]:
    """Yield the baseline, and how the connection changed."""
    if snapshot.baseline is None:
        return []
    lines: list[Line] = [(), ((" Compared", "title"),)]
    for sentence in filter(None, (comparison_sentence(snapshot), standing_sentence(snapshot, connection.id))):
        lines += _indented(sentence, inner, "")
    return lines


def _section_lines(name: str, section: Sequence[SectionLine], inner: int) -> list[Line]:
    """Return a section of a feature with its heading; nothing without lines."""
    if not section:
        return []
    lines: list[Line] = [(), ((f" {clean(name)}", "title"),)]
    for line in section:
        match line:
            case (str(text), str(paint)):
                lines += [((f" {part}", paint),) for part in wrapped(clean(text), inner)]
            case runs:
                lines.append(((" ", ""), *((clean(text), paint) for text, paint in runs)))
    return lines


def _is_gone(connection: Connection, snapshot: Snapshot) -> bool:
    if snapshot.baseline is None:
        return False
    return is_gone(snapshot, connection.id)


def _change_words(metric: Metric, connection: Connection, snapshot: Snapshot) -> str:
    if snapshot.baseline is None:
        return ""
    return figure_words(snapshot, metric, connection.id)


def _raw_sentence(metric: Metric, number: Number | None, shown: str) -> str:
    """Return the unrounded value, if it reads differently."""
    if number is None:
        return "Absent from the reply."
    raw = _raw_text(number)
    return "" if shown.split()[0] == raw else f"{raw} {metric.unit}."


def _raw_text(number: Number) -> str:
    if isinstance(number, int):
        return f"{number:,}"
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.6g}"


def _indented(text: str, inner: int, component: str) -> list[Line]:
    return [((f"   {part}", component),) for part in wrapped(text, max(8, inner - 2))]


def _followed_by(lines: list[Line], sentence: str, inner: int, component: str) -> list[Line]:
    """Return the lines with a sentence appended, on the last line if it fits."""
    if not sentence:
        return lines
    if sum(cell_width(text) for text, _ in lines[-1]) + 1 + cell_width(sentence) <= inner + 1:
        return [*lines[:-1], (*lines[-1], (f" {sentence}", component))]
    return lines + _indented(sentence, inner, component)


def raw_json(connection: Connection) -> str:
    """Return the row's JSON, indented, with escapes for non-ASCII; of a huge row the beginning."""
    # Imported here: the first frame shows no row.
    import json

    raw = bytes(connection.raw)
    try:
        if len(raw) <= _LONGEST_RAW:
            return json.dumps(json.loads(raw), indent=2)
    except (ValueError, RecursionError):
        pass
    return ascii(raw[:2_000])
