"""One connection in full: every group value, every figure with its meaning, and the row as it came."""

import json
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from cnm_tui.core.metrics import COUNTED, DERIVED, Metric
from cnm_tui.core.snapshot import UNRESOLVED, Connection, Snapshot
from cnm_tui.core.text import cell_width, clean, wrapped

Line = tuple[tuple[str, str], ...]
"""Runs of text with the name of their component style; empty for plain text."""


class Detail(ScrollView, can_focus=True):
    """Draws lines like the grid does; following a held key costs nothing until the key is let go."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"detail--title", "detail--label", "detail--quiet", "detail--figure"}
    DEFAULT_CSS = """
    Detail {
        background: $background; color: $foreground; padding: 0; overflow-x: hidden; scrollbar-size-vertical: 1;
        & > .detail--title { color: $accent; text-style: bold; }
        & > .detail--label { color: $foreground; text-style: bold; }
        & > .detail--quiet { color: $text-muted; }
        & > .detail--figure { color: $foreground; }
    }
    """

    connection: reactive[Connection | None] = reactive(None, repaint=False)
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []

    def watch_connection(self, before: Connection | None, connection: Connection | None) -> None:
        """Show another connection from its top; the same one after a refresh stays where it was scrolled to."""
        self._rebuild()
        if before is None or connection is None or before.id != connection.id:
            self.scroll_to(y=0, animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self._rebuild()

    def _rebuild(self) -> None:
        width = self.scrollable_content_region.width or self.size.width
        if width <= 0 or not self.display:
            return
        self._lines = detail_lines(self.connection, self.snapshot, width)
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        base = self.rich_style
        width = self.size.width
        row = y + self.scroll_offset.y
        if row >= len(self._lines):
            return Strip.blank(width, base)
        segments = [Segment(text, self._style(base, component)) for text, component in self._lines[row]]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, base: Style, component: str) -> Style:
        return base + self.get_component_rich_style(f"detail--{component}", partial=True) if component else base


def detail_lines(connection: Connection | None, snapshot: Snapshot | None, width: int) -> list[Line]:
    """Everything about a connection, in lines of at most `width` columns."""
    if connection is None or snapshot is None:
        return [((" No connection chosen.", "quiet"),)]
    inner = max(10, width - 2)
    lines: list[Line] = [((" Connection", "title"),)]
    for group_by, values in zip(snapshot.query.group_bys, connection.groups, strict=True):
        lines.append(((f" {clean(group_by)}", "quiet"),))
        for value in values or ("",):
            lines += _indented(value if value.strip() else UNRESOLVED, inner, "label")
    lines.append(((" id", "quiet"),))
    lines += _indented(connection.id, inner, "")
    lines.append(())
    lines.append(((" Figures", "title"),))
    for metric in (*DERIVED, *COUNTED):
        lines += _metric_lines(metric, connection, snapshot, inner)
    lines.append(())
    lines.append(((" Row as it came", "title"),))
    for raw_line in raw_json(connection).splitlines():
        indentation = len(raw_line) - len(raw_line.lstrip())
        for part in wrapped(raw_line.strip(), max(8, inner - indentation)):
            lines.append(((" " * (1 + indentation) + part, "quiet"),))
    return lines


def _metric_lines(metric: Metric, connection: Connection, snapshot: Snapshot, inner: int) -> list[Line]:
    number = metric.value(connection.counters, snapshot.window.seconds)
    figure = metric.scale.text(number)
    gap = " " * max(1, inner - cell_width(metric.key) - cell_width(figure))
    raw = "Absent from the reply." if number is None else f"{_raw_text(number)} {metric.unit}."
    heading: Line = ((f" {metric.key}", "label"), (gap, ""), (figure, "figure"))
    return [heading, *_indented(f"{raw} {metric.meaning}", inner, "quiet")]


def _raw_text(number: float) -> str:
    if isinstance(number, int):
        return f"{number:,}"
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.6g}"


def _indented(text: str, inner: int, component: str) -> list[Line]:
    return [((f"   {part}", component),) for part in wrapped(text, max(8, inner - 2))]


def raw_json(connection: Connection) -> str:
    """The row's JSON, indented; whatever is not plain ASCII stands there escaped."""
    try:
        return json.dumps(json.loads(bytes(connection.raw)), indent=2)
    except (ValueError, RecursionError):
        return ascii(bytes(connection.raw)[:2_000])
