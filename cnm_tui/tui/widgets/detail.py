"""One connection in full: every group value, every figure with its meaning, and the row as it came."""

import json
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.metrics import COUNTED, DERIVED, Metric
from cnm_tui.core.snapshot import UNRESOLVED, Connection, Snapshot
from cnm_tui.core.text import cell_width, clean, wrapped

Line = tuple[tuple[str, str], ...]
"""Runs of text with the name of their component style; empty for plain text."""

WHEEL_LINES: Final = 3


class Detail(Widget, can_focus=True):
    """Draws lines like the grid does, and sends only those that differ from what stands there.

    There is no scroll bar, which would be laid out and sent anew for each connection; a sign in the last line says
    that there is more.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"detail--title", "detail--label", "detail--quiet"}
    DEFAULT_CSS = """
    Detail {
        background: $background; color: $foreground;
        & > .detail--title { color: $accent; text-style: bold; }
        & > .detail--label { color: $foreground; text-style: bold; }
        & > .detail--quiet { color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_by(1)", "Scroll down", id="detail.down", show=False),
        Binding("up,k", "scroll_by(-1)", "Scroll up", id="detail.up", show=False),
        Binding("pagedown", "scroll_page(1)", "Next page", id="detail.page_down", show=False),
        Binding("pageup", "scroll_page(-1)", "Page before", id="detail.page_up", show=False),
        Binding("home,g", "scroll_by(-100_000)", "To the top", id="detail.top", show=False),
        Binding("end,G", "scroll_by(100_000)", "To the end", id="detail.end", show=False),
    ]

    connection: reactive[Connection | None] = reactive(None, repaint=False)
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._top = 0
        self._painted: dict[int, Line] = {}
        self._painted_size = Size(0, 0)

    def watch_connection(self, before: Connection | None, connection: Connection | None) -> None:
        """Show another connection from its top; the same one after a refresh stays where it was scrolled to."""
        if before is None or connection is None or before.id != connection.id:
            self._top = 0
        self._rebuild()

    def on_resize(self) -> None:
        """Wrap anew; the first resize comes after the first frame, which had this size already."""
        if self.size != self._painted_size:
            self._painted = {}
        self._rebuild()

    def _rebuild(self) -> None:
        if self.size.width > 0:
            self._lines = detail_lines(self.connection, self.snapshot, self.size.width)
            self.action_scroll_by(0)

    def action_scroll_by(self, lines: int) -> None:
        """Move the view."""
        self._top = max(0, min(self._top + lines, len(self._lines) - self.size.height))
        width = self.size.width
        dirty = [Region(0, y, width, 1) for y in range(self.size.height) if self._painted.get(y) != self._line(y)]
        if dirty:
            self.refresh(*dirty)

    def action_scroll_page(self, pages: int) -> None:
        """Move the view by all but one of its lines."""
        self.action_scroll_by(pages * max(1, self.size.height - 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_scroll_by(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_scroll_by(-WHEEL_LINES)

    def _line(self, y: int) -> Line:
        row = self._top + y
        if y == self.size.height - 1 and row < len(self._lines) - 1:
            return ((" ↓ more", "title"),)
        return self._lines[row] if row < len(self._lines) else ()

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        base = self.rich_style
        self._painted_size = self.size
        line = self._painted[y] = self._line(y)
        segments = [Segment(text, self._style(base, component)) for text, component in line]
        return Strip(segments).adjust_cell_length(self.size.width, base)

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
    heading: Line = ((f" {metric.key}", "label"), (gap, ""), (figure, ""))
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
