"""Show one connection in the detail pane.

The pane contains all group values, all metrics with their meaning, and the original JSON of the row.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from cnm_tui.core.connections import Connection
from cnm_tui.core.query import same_groups
from cnm_tui.core.snapshot import Snapshot
from cnm_tui.tui import widgets
from cnm_tui.tui.terminal.keys import key_of
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import LineState, Painted, Run
from cnm_tui.tui.view import Section, Trend
from cnm_tui.tui.widgets.grid_line import message_lines

if TYPE_CHECKING:
    from cnm_tui.core.navigation.reverse import ReverseRow
    from cnm_tui.tui.widgets.detail_lines import Heights

_PAINTS: Final = {
    "title": Paint("accent", bold=True),
    "label": Paint("foreground", bold=True),
    "quiet": Paint("text-muted"),
    "trend": Paint("accent"),
    "odd": Paint("warning"),
    "bad": Paint("error"),
    "thin": Paint("text-muted", text_style="unjudged-text-style"),
    "edge": Paint("panel-lighten-2"),
}

Edge = Literal["", "left", "top"]
_BORDER: Final = ("│", "edge")

_TITLE: Final = " Connection"
WHEEL_LINES: Final = 3
_TALL: Final = 40
"""Lines of a pane that can show most findings and all figures at once."""


class Detail(Widget, can_focus=True):
    """The pane with details of one connection.

    It draws its own lines like the grid, and sends only changed lines to the terminal. It has no scroll bar,
    because a scroll bar would be laid out and sent again for each connection. If there is more text, a symbol
    in the last line shows it.
    """

    DEFAULT_CSS = "Detail { background: $background; color: $foreground; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "scroll_by(1)", "Scroll down", id="detail.down", show=False),
        Binding("up,k", "scroll_by(-1)", "Scroll up", id="detail.up", show=False),
        Binding("pagedown", "scroll_page(1)", "Next page", id="detail.page_down", show=False),
        Binding("pageup", "scroll_page(-1)", "Previous page", id="detail.page_up", show=False),
        Binding("home,g", "scroll_by(-100_000)", "To the top", id="detail.top", show=False),
        Binding("end,G", "scroll_by(100_000)", "To the end", id="detail.end", show=False),
        Binding("right,l", "figure(1)", "Next figure's meaning", id="detail.next_figure", show=False),
        Binding("left,h", "figure(-1)", "Previous figure's meaning", id="detail.previous_figure", show=False),
        Binding("asterisk", "meanings", "All meanings", id="detail.meanings", show=False),
    ]

    connection: reactive[Connection | None] = reactive(None, repaint=False)
    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    reverse_row: "reactive[ReverseRow | None]" = reactive(None, repaint=False, init=False)
    """The reverse row, as far as known; None if rows like this have none."""
    message: reactive[str] = reactive("", repaint=False, init=False)
    """Text in place of rows; shown here if the pane covers it, while there is no connection."""
    keys: reactive[Mapping[str, str]] = reactive({}, repaint=False, init=False)
    """The first key of commands of the screen, by id; usual ones are missing."""
    figure: reactive[str] = reactive("", repaint=False, init=False)
    """Key of the column at the cursor, whose meaning is shown."""
    trend: "reactive[Trend | None]" = reactive(None, repaint=False, init=False)
    """Returns the trend of a figure; None without a timeline."""
    edge: reactive[Edge] = reactive("", repaint=False, init=False)
    """The pane's border with the rows. Drawn here: a border of the style sheet would draw each line twice."""

    def __init__(self, edge: Edge = "") -> None:
        super().__init__()
        self.set_reactive(Detail.edge, edge)
        self._lines: list[tuple[Run, ...]] = []
        self._top = 0
        self._heights: Heights | None = None
        """Heights of the blocks shown before; None to forget them."""
        self._sections: dict[str, Section] = {}
        self._first_sections: dict[str, Section] = {}
        self._all_meanings = False
        self._whole_finding_of = ""
        """Id of the connection whose finding is shown with all evidence."""
        self._wants_figures = False
        """True if the figures are to be shown at the top as soon as there is a connection."""
        self._painted = Painted(self, _PAINTS, filtered=True)

    def watch_connection(self, before: Connection | None, connection: Connection | None) -> None:
        """Show another connection, beginning with its first line.

        If it is the same connection after a refresh, keep the scroll position.
        """
        if before is None or connection is None or before.id != connection.id:
            self._top = 0
        self._rebuild()

    def watch_snapshot(self, before: Snapshot | None, snapshot: Snapshot | None) -> None:
        """If the baseline has changed, update the displayed changes of the connection.

        After a refresh, do nothing, because the new connection is set in a separate step.
        """
        if before is None or snapshot is None or not same_groups(before.query, snapshot.query):
            self._heights = None
        if (before and before.baseline) is not (snapshot and snapshot.baseline):
            self._rebuild()

    def watch_reverse_row(self) -> None:
        """Add or remove the column with the values of the reverse direction."""
        self._rebuild()

    def watch_message(self) -> None:
        """Rebuild the pane to show the new message instead of a connection."""
        self._rebuild()

    def watch_keys(self) -> None:
        """Update the names of keyboard keys, because the key bindings have changed."""
        self._rebuild()

    def watch_figure(self) -> None:
        """Show the meaning of the metric that is chosen now."""
        self._rebuild()

    def action_meanings(self) -> None:
        """Switch between the meanings of all metrics and the meaning of one metric."""
        self._all_meanings = not self._all_meanings
        self._heights = None
        self._rebuild()

    def action_figure(self, step: int) -> None:
        """Show the meaning of the next metric, or of the previous metric if `step` is negative."""
        if self.snapshot is None:
            return
        keys = widgets.figures_in_order(self.snapshot.endpoint)
        at = keys.index(self.figure) + step if self.figure in keys else max(step, 0)
        self.figure = keys[max(0, min(at, len(keys) - 1))]

    def show_figures(self) -> None:
        """Scroll to the metric values as soon as the connection at the cursor is displayed."""
        self._wants_figures = True
        self._rebuild()

    def show_finding(self, connection_id: str) -> None:
        """Scroll to the top, and show everything about the problem of this connection."""
        self._whole_finding_of = connection_id
        self._top = 0
        self._rebuild()

    def watch_trend(self) -> None:
        """Show or hide how the metrics changed over time, depending on the new value of `trend`."""
        self._rebuild()

    def shows_finding_of(self, connection_id: str) -> bool:
        """Return True if everything about the problem of this connection is displayed."""
        return bool(connection_id) and self._whole_finding_of == connection_id

    def watch_edge(self) -> None:
        """Rebuild the lines, because the border of the pane was added, moved or removed."""
        self._rebuild()

    def on_resize(self) -> None:
        """Wrap the text again for the new width."""
        self._heights = None
        self._rebuild()

    def notify_style_update(self) -> None:
        """Drop cached styles and repaint, because the theme has changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    def _rebuild(self) -> None:
        if self.size.width > 0 and not self._outlived:
            width = self.size.width - (self.edge == "left")
            if self.connection is not None and self.snapshot is not None:
                self._lines = self._lines_of(self.connection, self.snapshot, width)
            elif self.message and not self.edge:
                self._lines = [((line, "quiet"),) for line in message_lines(self.message, width, self._height)]
            else:
                self._lines = [((" No row chosen.", "quiet"),)]
            self.action_scroll_by(0)

    def _lines_of(self, connection: Connection, snapshot: Snapshot, width: int) -> list[tuple[Run, ...]]:
        shown = widgets.Shown(
            self.reverse_row,
            self.keys.get("close", "esc"),
            self.keys,
            key_of(self, "detail.meanings"),
            self.figure,
            self._all_meanings,
            connection.id == self._whole_finding_of,
            self._sections,
            self._first_sections,
            self.trend,
        )
        self._heights = self._heights or widgets.Heights(tall=self._height >= _TALL)
        lines = widgets.lines_of(connection, snapshot, width, shown, self._heights)
        if self._wants_figures:
            self._wants_figures = False
            self._top = widgets.figures_at(lines)
        return lines

    def show_section(self, name: str, section: Section | None, *, first: bool = False) -> None:
        """Add a section of text with the heading `name` to the pane, or replace the section with this heading.

        If `section` is None, remove it. The section is displayed below the text that explains what is wrong with
        the row. If `first` is True, it is displayed above this text.
        """
        sections = self._first_sections if first else self._sections
        sections.pop(name, None)
        if section is not None:
            sections[name] = section
        self._rebuild()

    @property
    def _outlived(self) -> bool:
        """True if the pane still shows a connection of an old response that the new response does not contain."""
        if self.connection is None or self.snapshot is None:
            return False
        at = self.snapshot.position_of.get(self.connection.id)
        return at is None or self.snapshot.connections[at].groups != self.connection.groups

    def action_scroll_by(self, lines: int) -> None:
        """Scroll down by this number of lines. A negative number scrolls up."""
        self._top = max(0, min(self._top + lines, len(self._lines) - self._height))
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll by `pages` pages. One page is the height of the pane minus one line."""
        self.action_scroll_by(pages * max(1, self._height - 1))

    class CloseChosen(Message):
        """A message that the user clicked the hint that closes the pane."""

    def on_click(self, event: events.Click) -> None:
        """Send a message to close the pane if the user clicked the hint for closing."""
        row = self._top + event.y - (self.edge == "top")
        if row == 0 and self.connection is not None and event.x > len(_TITLE) + (self.edge == "left"):
            event.stop()
            self.post_message(self.CloseChosen())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down by some lines when the mouse wheel is turned down."""
        event.stop()
        self.action_scroll_by(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up by some lines when the mouse wheel is turned up."""
        event.stop()
        self.action_scroll_by(-WHEEL_LINES)

    @property
    def _height(self) -> int:
        """Return the number of lines for the content, without the border at the top."""
        return self.size.height - (self.edge == "top")

    def _state(self, y: int) -> LineState:
        if self.edge == "top":
            return ((("─" * self.size.width, "edge"),), "") if y == 0 else (self._line(y - 1), "")
        return (((_BORDER, *self._line(y)) if self.edge else self._line(y)), "")

    def _line(self, y: int) -> tuple[Run, ...]:
        row = self._top + y
        if y == self._height - 1 and row < len(self._lines) - 1:
            return ((" ↓ more", "title"),)
        return self._lines[row] if row < len(self._lines) else ()

    def render_line(self, y: int) -> Strip:
        """Return one visible line of the pane."""
        return self._painted.line(y, self._state(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines that Textual's compositor requests."""
        return self._painted.lines(crop, lambda: self._state)
