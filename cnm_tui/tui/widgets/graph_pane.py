"""Draw the pane above the rows with a graph of how all displayed rows together changed over time."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.time.time_range import Window
from cnm_tui.core.timeline.graph import Graph
from cnm_tui.core.timeline.graph_lines import graph_lines, part_at
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import LineState, Painted

_PAINTS: Final = {
    "title": Paint("accent", bold=True),
    "quiet": Paint("text-muted"),
    "scale": Paint("text-muted"),
    "axis": Paint("text-disabled"),
    "bar": Paint("text-muted"),
    "odd": Paint("warning"),
    "bad": Paint("error"),
    "thin": Paint("text-muted", text_style="unjudged-text-style"),
    "open": Paint("text-muted"),
    "absent": Paint("text-disabled"),
    "limit": Paint("text-disabled"),
    "behind": Paint("text-disabled"),
    "over": Paint(background="primary-muted"),
    "asked": Paint(background="primary-muted"),
    # Without colours a background would be reverse video, in which a full column looks like a gap.
    "chosen": Paint("primary", "primary-muted", bold=True, text_style="bar-text-style"),
}
ONE_LINE: Final = 1
_BY_HEIGHT: Final = ((44, 8), (30, 6))
"""Minimum height of the window, and the lines of the pane with it; one line with less."""


class GraphPane(Widget, can_focus=True):
    """Draws the graph, and lets the user choose a span of time in the graph."""

    DEFAULT_CSS = """
    GraphPane { height: 1; background: $background; color: $foreground; display: none; }
    GraphPane.-shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", "Part before", id="graph.left", show=False),
        Binding("right,l", "choose(1)", "Next part", id="graph.right", show=False),
        Binding("shift+left", "extend(-1)", "Add the part before", id="graph.add_left", show=False),
        Binding("shift+right", "extend(1)", "Add the next part", id="graph.add_right", show=False),
        Binding("home", "choose(-1_000)", "First part", id="graph.first", show=False),
        Binding("end", "choose(1_000)", "Last part", id="graph.last", show=False),
        Binding("enter", "ask", "Make it the time range", id="graph.ask", show=False),
        Binding("m", "compare", "Compare with the span before", id="graph.compare", show=False),
        Binding("escape", "leave", "Back to the rows", id="graph.leave", show=False),
    ]

    graph: reactive[Graph | None] = reactive(None, repaint=False)

    @dataclass(eq=False, repr=False)
    class Asked(Message):
        """A message that the user chose a span of the graph as the new time range."""

        window: Window
        compared: bool
        """True to compare it with the span of the same length before it."""

    class Left(Message):
        """A message that the user wants to move the focus back to the rows."""

    def __init__(self) -> None:
        super().__init__()
        self._anchor: int | None = None
        """The part with which the choice began; None without a choice."""
        self._end = 0
        self._is_dragged = False
        self._painted = Painted(self, _PAINTS, filtered=True)
        self._drawn: tuple[object, ...] = ()
        """The values from which `_drawn_states` were made."""
        self._drawn_states: list[LineState] = []

    @property
    def chosen(self) -> range:
        """Return the indexes of the time parts that the user has chosen in the graph, from oldest to newest."""
        if self._anchor is None or self.graph is None:
            return range(0)
        least, most = sorted((self._anchor, self._end))
        return range(least, min(most + 1, len(self.graph.points)))

    def watch_graph(self, before: Graph | None, graph: Graph | None) -> None:
        """Draw another graph. The same time stays chosen if the new graph contains it."""
        if before is not None and graph is not None and self._anchor is not None:
            starts = {window.start: at for at, window in enumerate(graph.windows)}
            moved = [starts.get(before.windows[at].start) for at in (self._anchor, self._end)]
            self._anchor, self._end = (None, 0) if None in moved else (moved[0], moved[1] or 0)
        self.set_class(graph is not None, "-shown")
        self._repaint_changed()

    def show_height(self, window_height: int) -> None:
        """Set the height of the pane. It depends on `window_height`, the height of the terminal window in lines."""
        self.styles.height = next((lines for least, lines in _BY_HEIGHT if window_height >= least), ONE_LINE)

    def on_mount(self) -> None:
        """Set the height of the pane so that it fits the height of the terminal window."""
        self.show_height(self.screen.size.height)

    def on_resize(self) -> None:
        """Draw the graph in the new size."""
        self.show_height(self.screen.size.height)
        self._repaint_changed()

    def notify_style_update(self) -> None:
        """Drop cached styles and repaint, because the theme has changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show the hint about keyboard keys if the pane has the focus. Otherwise hide it."""
        super().watch_has_focus(_has_focus)
        self._repaint_changed()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return one line of the pane."""
        return self._painted.line(y, self._states()[y], self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines that Textual's compositor requests."""
        # Asked at each key press in the grid: lines on the screen already are not drawn again.
        return self._painted.lines(crop, lambda: self._states().__getitem__)

    def _states(self) -> list[LineState]:
        """Return the content and style of each line.

        The result is cached, because the compositor requests it at each key press, but it rarely changes.
        """
        graph, (width, height), chosen, hint = self.graph, self.size, self.chosen, self._hint
        drawn = (graph, width, height, chosen, hint)
        if drawn != self._drawn:
            lines = [] if graph is None else graph_lines(graph, width, height, chosen, hint)
            self._drawn = drawn
            self._drawn_states = [(line, "") for line in (*lines, *([()] * (height - len(lines))))][:height]
        return self._drawn_states

    @property
    def _hint(self) -> str:
        if not self.has_focus:
            return "tab: choose a part"
        return "enter: time range · m: compare · esc: rows" if self.chosen else "arrows: choose · shift: a span"

    def _repaint_changed(self) -> None:
        if self.size.height and (dirty := self._painted.differing(self._states().__getitem__, within_lines=True)):
            self.refresh(*dirty)

    # Choice

    def action_choose(self, parts: int) -> None:
        """Choose the time part of the graph that is `parts` parts to the right of the chosen part.

        A negative number goes to the left. If no part is chosen yet, choose the newest part.
        """
        if self.graph is None:
            return
        last = len(self.graph.points) - 1
        at = self._end + parts if self._anchor is not None or abs(parts) > 1 else last
        self._choose(max(0, min(at, last)))

    def action_extend(self, parts: int) -> None:
        """Extend the chosen span by `parts` time parts to the right, or to the left if the number is negative."""
        if self.graph is None:
            return
        if self._anchor is None:
            self.action_choose(parts)
        else:
            self._end = max(0, min(self._end + parts, len(self.graph.points) - 1))
            self._repaint_changed()

    def _choose(self, part: int) -> None:
        self._anchor = self._end = part
        self._repaint_changed()

    def action_ask(self) -> None:
        """Send a message to make the chosen span the new time range."""
        self._tell(compared=False)

    def action_compare(self) -> None:
        """Send a message to make the chosen span the new time range, and to compare it with the span before it."""
        self._tell(compared=True)

    def _tell(self, *, compared: bool) -> None:
        if self.graph is not None and self.chosen:
            self.post_message(self.Asked(self.graph.span(self.chosen), compared))
            # From now on it is the asked window, which is drawn as such.
            self._anchor = None
            self._repaint_changed()

    def action_leave(self) -> None:
        """Forget the chosen span, and return to the rows."""
        self._anchor = None
        self._repaint_changed()
        self.post_message(self.Left())

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Choose the time part of the graph under the mouse pointer.

        If the user then drags the mouse, the chosen span is extended.
        """
        if self.graph is not None:
            event.stop()
            self._is_dragged = True
            self.capture_mouse()
            self._choose(self._part_at(self.graph, event.x))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Extend the chosen span to the mouse pointer while the user holds the mouse button."""
        if self._is_dragged and self.graph is not None:
            self._end = self._part_at(self.graph, event.x)
            self._repaint_changed()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End the drag that extends the chosen span."""
        if self._is_dragged:
            event.stop()
            self._is_dragged = False
            self.release_mouse()

    def _part_at(self, graph: Graph, x: int) -> int:
        return part_at(graph, self.size.width, self.size.height, x, self.chosen)
