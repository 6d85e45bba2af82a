"""One connection in full: every group value, every figure with its meaning, and the row as it came."""

from typing import ClassVar, Final, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.health import Health, health
from cnm_tui.core.metrics import METRICS, SHOWN_ORDER, Metric, Number
from cnm_tui.core.snapshot import UNRESOLVED, Connection, Snapshot
from cnm_tui.core.text import cell_width, clean, wrapped
from cnm_tui.tui.widgets.grid_line import HEALTH_SIGNS
from cnm_tui.tui.widgets.paint import Paint
from cnm_tui.tui.widgets.painted import LineState, Painted, Run

_PAINTS: Final = {
    "title": Paint("accent", bold=True),
    "label": Paint("foreground", bold=True),
    "quiet": Paint("text-muted"),
    "odd": Paint("warning"),
    "bad": Paint("error"),
    "edge": Paint("panel-lighten-2"),
}

Line = tuple[Run, ...]
Edge = Literal["", "left", "top"]
_BORDER: Final = ("│", "edge")

WHEEL_LINES: Final = 3
WIDEST_TEXT: Final = 78
"""Columns: further right a figure would stand too far from its name."""
_CLOSES: Final = "esc closes"


class Detail(Widget, can_focus=True):
    """Draws lines like the grid does, and sends only those that differ from what stands there.

    There is no scroll bar, which would be laid out and sent anew for each connection; a sign in the last line says
    that there is more.
    """

    DEFAULT_CSS = "Detail { background: $background; color: $foreground; }"
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
    edge: reactive[Edge] = reactive("", repaint=False, init=False)
    """Where it borders on the rows. Drawn here: a border of the style sheet would draw each line once more."""

    def __init__(self, edge: Edge = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(Detail.edge, edge)
        self._lines: list[Line] = []
        self._top = 0
        self._painted = Painted(self, _PAINTS, filtered=True)

    def watch_connection(self, before: Connection | None, connection: Connection | None) -> None:
        """Show another connection from its top; the same one after a refresh stays where it was scrolled to."""
        if before is None or connection is None or before.id != connection.id:
            self._top = 0
        self._rebuild()

    def watch_edge(self) -> None:
        """Room for the border, or no longer."""
        self._rebuild()

    def on_resize(self) -> None:
        """Wrap anew."""
        self._rebuild()

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def _rebuild(self) -> None:
        if self.size.width > 0:
            self._lines = detail_lines(self.connection, self.snapshot, self.size.width - (self.edge == "left"))
            self.action_scroll_by(0)

    def action_scroll_by(self, lines: int) -> None:
        """Move the view."""
        self._top = max(0, min(self._top + lines, len(self._lines) - self._height))
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def action_scroll_page(self, pages: int) -> None:
        """Move the view by all but one of its lines."""
        self.action_scroll_by(pages * max(1, self._height - 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_scroll_by(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls."""
        event.stop()
        self.action_scroll_by(-WHEEL_LINES)

    @property
    def _height(self) -> int:
        """Lines for what it shows."""
        return self.size.height - (self.edge == "top")

    def _state(self, y: int) -> LineState:
        if self.edge == "top":
            return ((("─" * self.size.width, "edge"),), "") if y == 0 else (self._line(y - 1), "")
        return (((_BORDER, *self._line(y)) if self.edge else self._line(y)), "")

    def _line(self, y: int) -> Line:
        row = self._top + y
        if y == self._height - 1 and row < len(self._lines) - 1:
            return ((" ↓ more", "title"),)
        return self._lines[row] if row < len(self._lines) else ()

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        return self._painted.line(y, self._state(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Without the detour through Textual's cache of styles, as in the grid."""
        strips = self._painted.lines(crop.line_range, lambda: self._state)
        return strips if crop.width == self.size.width else [strip.crop(*crop.column_span) for strip in strips]


def detail_lines(connection: Connection | None, snapshot: Snapshot | None, width: int) -> list[Line]:
    """Everything about a connection, in lines of at most `width` columns."""
    if connection is None or snapshot is None:
        return [((" No connection chosen.", "quiet"),)]
    inner = max(10, min(width - 2, WIDEST_TEXT))
    lines: list[Line] = [((" Connection", "title"), (_CLOSES.rjust(inner - len("Connection")), "quiet"))]
    for group_by, values in zip(snapshot.query.group_bys, connection.groups, strict=True):
        lines.append(((f" {clean(group_by)}", "quiet"),))
        for value in values or ("",):
            lines += _indented(value if value.strip() else UNRESOLVED, inner, "label")
    lines.append(((" id", "quiet"),))
    lines += _indented(connection.id, inner, "")
    lines.append(())
    lines.append(((" Figures", "title"),))
    for key in SHOWN_ORDER:
        lines += _metric_lines(METRICS[key], connection, snapshot, inner)
    lines.append(())
    lines.append(((" Row as it came", "title"),))
    for raw_line in raw_json(connection).splitlines():
        indentation = len(raw_line) - len(raw_line.lstrip())
        for part in wrapped(raw_line.strip(), max(8, inner - indentation)):
            lines.append(((" " * (1 + indentation) + part, "quiet"),))
    return lines


def _metric_lines(metric: Metric, connection: Connection, snapshot: Snapshot, inner: int) -> list[Line]:
    number = metric.value(connection.counters, snapshot.window.seconds)
    stands = health(metric.key, number, connection.counters, snapshot.window.seconds)
    kind = "" if stands is Health.GOOD else stands.value
    text = metric.scale.text(number)
    figure = f"{HEALTH_SIGNS[kind]} {text}" if kind else text
    gap = " " * max(1, inner - cell_width(metric.key) - cell_width(figure))
    heading: Line = ((f" {metric.key}", "label"), (gap, ""), (figure, kind))
    return [heading, *_indented(_raw_sentence(metric, number, text) + metric.meaning, inner, "quiet")]


def _raw_sentence(metric: Metric, number: Number | None, shown: str) -> str:
    """The figure unrounded, where it reads otherwise than what is shown."""
    if number is None:
        return "Absent from the reply. "
    raw = _raw_text(number)
    return "" if shown.split()[0] == raw else f"{raw} {metric.unit}. "


def _raw_text(number: Number) -> str:
    if isinstance(number, int):
        return f"{number:,}"
    return f"{number:,.1f}" if abs(number) >= 100 else f"{number:.6g}"


def _indented(text: str, inner: int, component: str) -> list[Line]:
    return [((f"   {part}", component),) for part in wrapped(text, max(8, inner - 2))]


def raw_json(connection: Connection) -> str:
    """The row's JSON, indented; whatever is not plain ASCII stands there escaped."""
    # Imported here: the first frame shows no row.
    import json

    try:
        return json.dumps(json.loads(bytes(connection.raw)), indent=2)
    except (ValueError, RecursionError):
        return ascii(bytes(connection.raw)[:2_000])
