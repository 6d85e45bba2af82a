"""One connection in full: every group value, every figure with its meaning, and the row as it came."""

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
"""Bytes of a row; a real one has about one thousand, and laying out millions would take seconds with each move."""

Line = tuple[Run, ...]
Edge = Literal["", "left", "top"]
_BORDER: Final = ("│", "edge")

WHEEL_LINES: Final = 3
WIDEST_TEXT: Final = 78
"""Columns: further right a figure would stand too far from its name."""
OTHER_WAY_WIDTH: Final = 12
"""Columns for the figure of the other way, with its sign."""
_TITLE: Final = " Connection"
_NAME_GAP: Final = 2
"""Columns between a group-by and its value."""
_MOST_FILLED: Final = 2
_WAYS: Final = f"this way{'other way':>{OTHER_WAY_WIDTH}}"


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
        Binding("pageup", "scroll_page(-1)", "Previous page", id="detail.page_up", show=False),
        Binding("home,g", "scroll_by(-100_000)", "To the top", id="detail.top", show=False),
        Binding("end,G", "scroll_by(100_000)", "To the end", id="detail.end", show=False),
    ]

    connection: reactive[Connection | None] = reactive(None, repaint=False)
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    other_way: "reactive[OtherWay | None]" = reactive(None, repaint=False, init=False)
    """What is known of the connection from this one's server to its client; None where there is no such thing."""
    message: reactive[str] = reactive("", repaint=False, init=False)
    """What stands in the place of rows; shown where it would be covered, as long as there is no connection."""
    closes: reactive[str] = reactive("esc", repaint=False, init=False)
    """The key that does."""
    edge: reactive[Edge] = reactive("", repaint=False, init=False)
    """Where it borders on the rows. Drawn here: a border of the style sheet would draw each line once more."""

    def __init__(self, edge: Edge = "") -> None:
        super().__init__()
        self.set_reactive(Detail.edge, edge)
        self._lines: list[Line] = []
        self._top = 0
        self._heights = Heights()
        self._painted = Painted(self, _PAINTS, filtered=True)

    def watch_connection(self, before: Connection | None, connection: Connection | None) -> None:
        """Show another connection from its top; the same one after a refresh stays where it was scrolled to."""
        if before is None or connection is None or before.id != connection.id:
            self._top = 0
        self._rebuild()

    def watch_snapshot(self, before: Snapshot | None, snapshot: Snapshot | None) -> None:
        """The same connection, compared with something else or no more; what a refresh brings is told after it."""
        if before is None or snapshot is None or before.query.group_bys != snapshot.query.group_bys:
            self._heights = Heights()
        if (before and before.baseline) is not (snapshot and snapshot.baseline):
            self._rebuild()

    def watch_other_way(self) -> None:
        """A column more, or less."""
        self._rebuild()

    def watch_message(self) -> None:
        """There are no rows, for another reason."""
        self._rebuild()

    def watch_closes(self) -> None:
        """Name another key."""
        self._rebuild()

    def watch_edge(self) -> None:
        """Room for the border, or no longer."""
        self._rebuild()

    def on_resize(self) -> None:
        """Wrap anew."""
        self._heights = Heights()
        self._rebuild()

    def notify_style_update(self) -> None:
        """The theme changed."""
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
        """Whether another answer was told already, and not yet which of its connections is to be shown."""
        if self.connection is None or self.snapshot is None:
            return False
        at = self.snapshot.position_of.get(self.connection.id)
        return at is None or self.snapshot.connections[at].groups != self.connection.groups

    def action_scroll_by(self, lines: int) -> None:
        """Move the view."""
        self._top = max(0, min(self._top + lines, len(self._lines) - self._height))
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def action_scroll_page(self, pages: int) -> None:
        """Move the view by all but one of its lines."""
        self.action_scroll_by(pages * max(1, self._height - 1))

    class CloseChosen(Message):
        """The words that name the key for it were clicked."""

    def on_click(self, event: events.Click) -> None:
        """A click on the key that closes closes."""
        row = self._top + event.y - (self.edge == "top")
        if row == 0 and self.connection is not None and event.x > len(_TITLE) + (self.edge == "left"):
            event.stop()
            self.post_message(self.CloseChosen())

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
        """The lines that the compositor wants."""
        return self._painted.lines(crop, lambda: self._state)


class Heights:
    """Keep each block of lines where it stands while the cursor moves: what is shorter than before is filled up."""

    def __init__(self) -> None:
        self._heights: dict[str, int] = {}

    def filled(self, name: str, block: list[Line]) -> list[Line]:
        """Return the block, with empty lines behind it where it was higher; only a few, as one row may be monstrous."""
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
    """Return everything about a connection in lines of at most `width` columns, figures beside those of the other way.

    Args:
        heights: Of the blocks shown until now.
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
    """Yield each group and the id: its values beside its name, or under it where they have no room there."""
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
    # What is true of every row stands first, so that it is not sent again for another one.
    lines = _indented(" ".join(filter(None, (metric.meaning, unit))), inner, "quiet")
    for sentence, component in ((raw, ""), (thin_sentence(metric, connection.counters), "quiet")):
        lines = _followed_by(lines, sentence, inner, component)
    changed = _change_words(metric, connection, snapshot)
    told = _indented(changed, inner, "") if changed else []
    return [heading, *told, *lines]


def _figure(metric: Metric, connection: Connection, snapshot: Snapshot) -> Run:
    """The figure with the sign of its health, and what that is."""
    number = metric.value(connection.counters, snapshot.window.seconds)
    stands = health(metric, connection.counters)
    kind = "" if stands is Health.GOOD else stands.value
    text, sign = figure_text(metric, number), HEALTH_SIGNS.get(kind, "")
    return f"{sign} {text}" if sign else text, kind


# Imported where something is compared: mostly nothing is.


def _comparison_lines(connection: Connection, snapshot: Snapshot, inner: int) -> list[Line]:
    """With what it is compared, and how it stands."""
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
    """The figure unrounded, where it reads otherwise than what is shown."""
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
    """Return the lines with a sentence behind them, in the last line if it fits there whole."""
    if not sentence:
        return lines
    if sum(cell_width(text) for text, _ in lines[-1]) + 1 + cell_width(sentence) <= inner + 1:
        return [*lines[:-1], (*lines[-1], (f" {sentence}", component))]
    return lines + _indented(sentence, inner, component)


def raw_json(connection: Connection) -> str:
    """The row's JSON, indented, escaped where it is not plain ASCII; of a monstrous row the beginning."""
    # Imported here: the first frame shows no row.
    import json

    raw = bytes(connection.raw)
    try:
        if len(raw) <= _LONGEST_RAW:
            return json.dumps(json.loads(raw), indent=2)
    except (ValueError, RecursionError):
        pass
    return ascii(raw[:2_000])
