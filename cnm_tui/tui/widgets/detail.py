"""The detail pane: one connection with every group value, every metric with its meaning, and the original JSON."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.compare.change_words import comparison_sentence, figure_words, is_gone, standing_sentence
from cnm_tui.core.metrics.confidence import unit_sentence
from cnm_tui.core.metrics.health import Health, figure_text, health, thin_sentence
from cnm_tui.core.metrics.metric import Metric, Number
from cnm_tui.core.snapshot import UNRESOLVED, Connection, Snapshot
from cnm_tui.core.text import cell_width, clean, fitted, padded, wrapped
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import LineState, Painted, Run
from cnm_tui.tui.widgets.grid_line import HEALTH_SIGNS, message_lines

if TYPE_CHECKING:
    from cnm_tui.core.navigation.reverse import OtherWay

_PAINTS: Final = {
    "title": Paint("accent", bold=True),
    "label": Paint("foreground", bold=True),
    "quiet": Paint("text-muted"),
    "odd": Paint("warning"),
    "bad": Paint("error"),
    "thin": Paint("text-muted", text_style="unjudged-text-style"),
    "edge": Paint("panel-lighten-2"),
}

_LONGEST_RAW: Final = 20_000
"""Maximum bytes of a row; normal ones have about 1,000, and laying out millions would take seconds at each move."""

Line = tuple[Run, ...]
Edge = Literal["", "left", "top"]
_BORDER: Final = ("│", "edge")

WHEEL_LINES: Final = 3
WIDEST_TEXT: Final = 78
"""Maximum text width: with more, a value would be too far from its name."""
OTHER_WAY_WIDTH: Final = 12
"""Width of the reverse row's value, with its sign."""
_TITLE: Final = " Connection"
_NAME_GAP: Final = 2
"""Columns between a group-by and its value."""
_MOST_FILLED: Final = 2
_WAYS: Final = f"this way{'other way':>{OTHER_WAY_WIDTH}}"


class Detail(Widget, can_focus=True):
    """Draws lines like the grid, and sends only changed ones.

    It has no scroll bar, which would be laid out and sent for each connection; a sign in the last line shows that there
    is more.
    """

    DEFAULT_CSS = "Detail { background: $background; color: $foreground; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_by(1)", "Scroll down", id="detail.down", show=False),
        Binding("up,k", "scroll_by(-1)", "Scroll up", id="detail.up", show=False),
        Binding("pagedown", "scroll_page(1)", "Next page", id="detail.page_down", show=False),
        Binding("pageup", "scroll_page(-1)", "Previous page", id="detail.page_up", show=False),
        Binding("home,g", "scroll_by(-100_000)", "To the top", id="detail.top", show=False),
        Binding("end,G", "scroll_by(100_000)", "To the end", id="detail.end", show=False),
    ]

    connection: reactive[Connection | None] = reactive(None, repaint=False)
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    other_way: "reactive[OtherWay | None]" = reactive(None, repaint=False, init=False)
    """The reverse row, as far as known; None if rows like this have none."""
    message: reactive[str] = reactive("", repaint=False, init=False)
    """Text in place of rows; shown here if the pane covers it, while there is no connection."""
    closes: reactive[str] = reactive("esc", repaint=False, init=False)
    """The keyboard key that closes the pane."""
    edge: reactive[Edge] = reactive("", repaint=False, init=False)
    """The pane's border with the rows. Drawn here: a border of the style sheet would draw each line twice."""

    def __init__(self, edge: Edge = "") -> None:
        super().__init__()
        self.set_reactive(Detail.edge, edge)
        self._lines: list[Line] = []
        self._top = 0
        self._heights = Heights()
        self._painted = Painted(self, _PAINTS, filtered=True)

    def watch_connection(self, before: Connection | None, connection: Connection | None) -> None:
        """Show another connection from its top; the same one after a refresh keeps its scroll position."""
        if before is None or connection is None or before.id != connection.id:
            self._top = 0
        self._rebuild()

    def watch_snapshot(self, before: Snapshot | None, snapshot: Snapshot | None) -> None:
        """Show changes to another baseline; a refresh sets the connection after this."""
        if before is None or snapshot is None or before.query.group_bys != snapshot.query.group_bys:
            self._heights = Heights()
        if (before and before.baseline) is not (snapshot and snapshot.baseline):
            self._rebuild()

    def watch_other_way(self) -> None:
        """Add or remove the column of the reverse row."""
        self._rebuild()

    def watch_message(self) -> None:
        """Show the new text in place of rows."""
        self._rebuild()

    def watch_closes(self) -> None:
        """Show the changed key."""
        self._rebuild()

    def watch_edge(self) -> None:
        """Make room for the border, or use its room."""
        self._rebuild()

    def on_resize(self) -> None:
        """Wrap the text again."""
        self._heights = Heights()
        self._rebuild()

    def notify_style_update(self) -> None:
        """Repaint, as the theme changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def _rebuild(self) -> None:
        if self.size.width > 0 and not self._outlived:
            width = self.size.width - (self.edge == "left")
            if self.message and not self.edge and self.connection is None:
                self._lines = [((line, "quiet"),) for line in message_lines(self.message, width, self._height)]
            else:
                self._lines = detail_lines(
                    self.connection, self.snapshot, width, self.other_way, self.closes, self._heights
                )
            self.action_scroll_by(0)

    @property
    def _outlived(self) -> bool:
        """True if the answer was replaced, and the new connection is not set yet."""
        if self.connection is None or self.snapshot is None:
            return False
        at = self.snapshot.position_of.get(self.connection.id)
        return at is None or self.snapshot.connections[at].groups != self.connection.groups

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by lines."""
        self._top = max(0, min(self._top + lines, len(self._lines) - self._height))
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by the height less one line."""
        self.action_scroll_by(pages * max(1, self._height - 1))

    class CloseChosen(Message):
        """The user clicked the hint to close the pane."""

    def on_click(self, event: events.Click) -> None:
        """Close the pane if its hint was clicked."""
        row = self._top + event.y - (self.edge == "top")
        if row == 0 and self.connection is not None and event.x > len(_TITLE) + (self.edge == "left"):
            event.stop()
            self.post_message(self.CloseChosen())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the mouse wheel."""
        event.stop()
        self.action_scroll_by(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the mouse wheel."""
        event.stop()
        self.action_scroll_by(-WHEEL_LINES)

    @property
    def _height(self) -> int:
        """Number of lines for the content."""
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
        """Return one visible line."""
        return self._painted.line(y, self._state(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines that the compositor wants."""
        return self._painted.lines(crop, lambda: self._state)


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
    other_way: "OtherWay | None" = None,
    closes: str = "esc",
    heights: Heights | None = None,
) -> list[Line]:
    """Return everything about a connection in lines of at most `width` columns, beside the reverse row's values.

    Args:
        heights: Heights of the blocks shown before.
    """
    if connection is None or snapshot is None:
        return [((" No connection chosen.", "quiet"),)]
    inner = max(10, min(width - 2, WIDEST_TEXT))
    hint = f"{closes} closes".rjust(inner - len(_TITLE.strip()))
    lines: list[Line] = [((_TITLE, "title"), (hint, "quiet"))]
    heights = heights or Heights()
    for name, block in _who_lines(connection, snapshot, inner):
        lines += heights.filled(name, block)
    lines += heights.filled("compared", _comparison_lines(connection, snapshot, inner))
    lines.append(())
    back = other_way.connection if other_way is not None else None
    told = "" if other_way is None else _WAYS if back is not None else other_way.sentence
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
        inner_left = inner - OTHER_WAY_WIDTH
        other, other_kind = _figure(metric, back, snapshot)
        others = ((" " * max(1, OTHER_WAY_WIDTH - cell_width(other)), ""), (other, other_kind))
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


# Imported here: most runs compare nothing.


def _comparison_lines(connection: Connection, snapshot: Snapshot, inner: int) -> list[Line]:
    """Yield the baseline, and how the connection changed."""
    if snapshot.baseline is None:
        return []
    lines: list[Line] = [(), ((" Compared", "title"),)]
    for sentence in filter(None, (comparison_sentence(snapshot), standing_sentence(snapshot, connection.id))):
        lines += _indented(sentence, inner, "")
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
