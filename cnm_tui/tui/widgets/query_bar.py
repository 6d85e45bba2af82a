"""Show the query in words, above the grid or beside it. The user can choose a part of the query to change it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from cnm_tui.core import suggestions
from cnm_tui.core.query import Query
from cnm_tui.core.text import fitted
from cnm_tui.tui import widgets
from cnm_tui.tui.terminal.keys import key_of
from cnm_tui.tui.terminal.paint import Paint
from cnm_tui.tui.terminal.painted import LineState, Painted
from cnm_tui.tui.widgets.query_lines import (
    ENTER_ASKS,
    MARGIN,
    NOT_ASKED,
    SIGN,
    Box,
    Line,
    Runs,
    column_box,
    column_lines,
    placeholder,
    strip_box,
    strip_lines,
)

if TYPE_CHECKING:
    from cnm_tui.core.suggestions.completion import Known
    from cnm_tui.tui.widgets.search_box import SearchBox

BOX_LINES_IN_COLUMN: Final = 8
"""Maximum lines of a long search; fewer if the column is low, so that other parts stay visible."""
_FEWEST_BOX_LINES: Final = 3
"""Minimum of that maximum."""
SENTENCE_LINES_IN_COLUMN: Final = 4
"""Maximum lines of an error in a search."""
STRIP_LINES: Final = 2
"""Lines above the grid while there is no message about a search."""

_PAINTS: Final = {
    "sign": Paint("accent"),
    "title": Paint("text-muted"),
    "key": Paint(bold=True),
    "quiet": Paint("text-muted"),
    "box": Paint("text-muted", "panel"),
    "unasked": Paint("warning"),
    "cursor": Paint("block-cursor-foreground", "block-cursor-background"),
    "chosen": Paint("accent", bold=True),
    "remark": Paint("text-muted"),
    "problem": Paint("warning"),
}


class QueryBar(Widget, can_focus=True):
    """Shows the query in two lines above the grid, or in a column to the left of the grid if there is room. The bar
    draws its own lines in the same way as the grid. A search box covers one of the lines when there is a search to
    display or to type. The search box is imported only then, because importing it would delay the first frame."""

    DEFAULT_CSS = """
    QueryBar { height: 2; background: $surface; color: $foreground; }
    QueryBar SearchBox { position: absolute; }
    QueryBar.-column SearchBox { background: $panel; }
    QueryBar.-column SearchBox > .input--suggestion { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down,l,j", "choose_part(1)", "Next part of the query", id="query.next", show=False),
        Binding("left,up,h,k", "choose_part(-1)", "Part before", id="query.before", show=False),
        Binding("enter", "change_part", "Change it", id="query.change", show=False),
    ]

    shown: reactive[Query] = reactive(Query, init=False, repaint=False)
    column: reactive[bool] = reactive(False, init=False, repaint=False)
    """True if it is beside the grid rather than above."""
    known: "reactive[Known | None]" = reactive(None, init=False, repaint=False)
    """Known values for completion."""
    earlier: reactive[Sequence[str]] = reactive((), init=False, repaint=False)
    """Past searches for the search box, latest first."""
    trend: reactive[str] = reactive("", init=False, repaint=False)
    """The trend of all rows, with its metric; empty without a timeline."""
    keys: reactive[Mapping[str, str]] = reactive({}, init=False, repaint=False)
    """Keyboard keys that the user chose, by command id."""

    @dataclass(eq=False, repr=False)
    class Submitted(Message):
        """A message that the user submitted this search."""

        search: str

    @dataclass(eq=False, repr=False)
    class Left(Message):
        """A message that the user left the search box without submitting."""

        unasked: bool
        """True if the text differs from the current search."""

    @dataclass(eq=False, repr=False)
    class PartChosen(Message):
        """A message that the user wants to change this part of the query: `search`, `time_range`, `limit`, `group_bys`,
        or the name of a side of the connection, for the group-by fields of this side."""

        part: str

    def __init__(self, query: Query, *, column: bool) -> None:
        super().__init__(classes="-column" if column else None)
        self.set_reactive(QueryBar.shown, query)
        self.set_reactive(QueryBar.column, column)
        self._all_rows = False
        self._part = "search"
        """The part that enter changes."""
        self._lines: list[Line] = []
        self._box_lines = 1
        """Number of lines of the search box."""
        self._said_lines = 0
        """Number of lines of the search box and its message."""
        self._own_height: int | None = None
        """Number of lines, if more than in the style sheet; None otherwise."""
        self._search_box: SearchBox | None = None
        self._below: Widget | None = None
        """The pane that covers the fields beside the grid."""
        self._painted = Painted(self, _PAINTS, filtered=True)

    def compose(self) -> ComposeResult:
        """Yield the search box if the query contains a search."""
        if self.shown.search:
            yield self._new_box()

    # Data

    def show(self, query: Query, *, all_rows: bool) -> None:
        """Show the query. If `all_rows` is True, no limit is displayed, because all rows were requested in parts."""
        is_other, self._all_rows = self._all_rows is not all_rows, all_rows
        self.shown = query
        if is_other:
            self._rebuild()

    def watch_shown(self, before: Query, query: Query) -> None:
        """Show the changed query. Text in the search box is replaced only if the search of the query has changed."""
        if before.search != query.search:
            if self._search_box is not None:
                self._search_box.show_asked(query.search)
            else:
                self.mount(self._new_box())
        self._rebuild()

    def watch_trend(self) -> None:
        """Show the new trend of all rows over time. If the trend was removed, show the query without it."""
        self._rebuild()

    def watch_keys(self) -> None:
        """Show the changed keyboard keys."""
        self._rebuild()

    def watch_column(self) -> None:
        """Show the query as a column beside the grid, or as two lines above the grid."""
        self.set_class(self.column, "-column")
        self._rebuild()

    def watch_known(self, known: "Known") -> None:
        """Pass the known field values to the search box, which suggests them as completions."""
        if self._search_box is not None:
            self._search_box.known = known

    def watch_earlier(self, earlier: Sequence[str]) -> None:
        """Pass the past searches to the search box."""
        if self._search_box is not None:
            self._search_box.earlier = earlier

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Mark the part of the query that the enter key would change, if the bar has the focus."""
        super().watch_has_focus(_has_focus)
        self._rebuild()

    def on_resize(self) -> None:
        """Adapt the displayed lists of group-by fields to the new width."""
        self._rebuild()

    def notify_style_update(self) -> None:
        """Drop cached styles and repaint, because the theme has changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    # Search box

    @property
    def editing(self) -> bool:
        """True if the search box has the focus."""
        return self._search_box is not None and self._search_box.has_focus

    @property
    def shows_another_search(self) -> bool:
        """True if the search box has no focus, but contains a search that differs from the current query."""
        return bool(self._unasked) and not self.editing

    def _new_box(self) -> "SearchBox":
        self._search_box = box = widgets.SearchBox(self.shown.search, id="search", select_on_focus=False)
        box.set_reactive(widgets.SearchBox.known, self.known or suggestions.nothing_seen(self.shown.endpoint))
        box.set_reactive(widgets.SearchBox.earlier, self.earlier)
        self._put(box)
        return box

    def _put(self, box: "SearchBox") -> None:
        """Place the search box over the line of the bar that displays the search."""
        place = self._box_place()
        box.placeholder = fitted(placeholder(self.shown, example=box.has_focus and not self.column), place.width)
        box.styles.width = place.width
        box.styles.height = self._box_lines
        box.styles.offset = (place.left, place.top)

    def put_below(self, pane: Widget) -> None:
        """Add a pane that covers the group-by fields and all lines below them, if the bar is beside the grid."""
        self._below = pane
        self._place_below()
        self.mount(pane)

    def _place_below(self) -> None:
        if self._below is None:
            return
        # The title and the lines of the search are above it, as many as the search needs.
        top = next((y for y, line in enumerate(self._lines) if line.parts and line.parts[0].name == "group_bys"), 0)
        self._below.display = self.column
        self._below.styles.width = self.size.width
        self._below.styles.height = max(0, self.size.height - top)
        self._below.styles.offset = (0, top)

    def show_asked(self) -> None:
        """Show the search of the current query in the search box again."""
        if self._search_box is not None:
            self._search_box.show_asked(self.shown.search)

    async def edit(self, draft: str | None = None) -> None:
        """Focus the search box. If `draft` is given, it becomes the text. The cursor is after the last character."""
        box = self._search_box
        if box is None:
            box = self._new_box()
            await self.mount(box)
        if draft is not None:
            box.value = draft
        # Not `box.focus()`, which is delayed: the next key may be there already.
        self.screen.set_focus(box)
        box.cursor_position = len(box.value)

    # Handlers by name: the box's messages need no import, as it may never be needed.

    def on_search_box_considered(self, message: Message) -> None:
        """Update the lines below the search box, which show errors and suggestions for the typed text."""
        message.stop()
        self._rebuild()

    def on_search_box_left(self, message: Message) -> None:
        """Show the search of the current query again, and send a message that the user left the search box."""
        message.stop()
        unasked = bool(self._unasked)
        self.show_asked()
        self.post_message(self.Left(unasked))

    @on(Input.Changed)
    def _on_typed(self, message: Input.Changed) -> None:
        message.stop()
        self._rebuild()

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Submitted(message.value))

    # Parts

    def action_choose_part(self, step: int) -> None:
        """Move the selection by `step` parts of the query. The selected part is the one that the enter key changes."""
        covered = ("group_bys",) if self._below is not None and self._below.visible else ()
        parts = (part.name for line in self._lines for part in line.parts)
        names = list(dict.fromkeys(name for name in parts if name not in covered))
        now = names.index(self._part) if self._part in names else 0
        self._part = names[max(0, min(now + step, len(names) - 1))]
        self._rebuild()

    def action_change_part(self) -> None:
        """Send a message that the user wants to change the selected part of the query."""
        self.post_message(self.PartChosen(self._part))

    def on_click(self, event: events.Click) -> None:
        """Send a message that the user wants to change the clicked part of the query."""
        for part in self._lines[event.y].parts if event.y < len(self._lines) else ():
            if part.left <= event.x < part.right:
                self._part = part.name
                self.action_change_part()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Return line `y` of the query bar, counted from 0 at the top."""
        return self._painted.line(y, self._state_of()(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of the query bar that Textual's compositor requests, because it must draw them."""
        return self._painted.lines(crop, self._state_of)

    def _state_of(self) -> Callable[[int], LineState]:
        if not self._lines:
            # The screen is painted before any pane gets its resize event.
            self._lines = self._built()
        return self._state

    def _state(self, y: int) -> LineState:
        return (self._lines[y].runs if y < len(self._lines) else ()), ""

    def _rebuild(self) -> None:
        if not self.size.width:
            return
        self._lines = self._built()
        self._set_height(None if self.column else len(self._lines))
        if self._search_box is not None:
            self._put(self._search_box)
        self._place_below()
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def _set_height(self, lines: int | None) -> None:
        """Set the height of the bar in lines. If `lines` is None, use the height in the style sheet. An unchanged
        height is not set again, because each change lays out the whole screen again."""
        if lines == STRIP_LINES:
            lines = None
        if lines != self._own_height:
            self._own_height = lines
            if lines is None:
                self.styles.clear_rule("height")
                self.refresh(layout=True)
            else:
                self.styles.height = lines

    def _built(self) -> list[Line]:
        self._box_lines = self._fold_box()
        hint, width = self._hint(), self.size.width
        chosen = self._part if self.has_focus else ""
        # It stays while the user types, so that nothing below moves at each key.
        self._said_lines = max(self._box_lines + len(hint), self._said_lines) if self.editing else 0
        hint += [()] * (self._said_lines - self._box_lines - len(hint))
        shown, box, asked, keys, all_rows = self.shown, self._box_lines, self._unasked, self.keys, self._all_rows
        if self.column:
            return column_lines(
                shown, width, box, hint, unasked=asked, chosen=chosen, keys=keys, all_rows=all_rows, trend=self.trend
            )
        return strip_lines(shown, width, hint, unasked=asked, chosen=chosen, all_rows=all_rows)

    def _fold_box(self) -> int:
        """Wrap a long search into several lines if the bar is beside the grid. Return the number of lines."""
        if self._search_box is None:
            return 1
        lines = self._search_box.fold(self._box_place().width if self.column else 0)
        if lines <= _FEWEST_BOX_LINES:
            return lines
        # All but the line for the search.
        others = (
            len(column_lines(self.shown, self.size.width, 1, (), unasked="", chosen="", keys={}, trend=self.trend)) - 1
        )
        return min(lines, BOX_LINES_IN_COLUMN, max(_FEWEST_BOX_LINES, self.size.height - others))

    def _box_place(self) -> Box:
        width = self.size.width or self.app.size.width
        return column_box(width) if self.column else strip_box(self.shown, width, unasked=self._unasked)

    @property
    def _unasked(self) -> str:
        """Return a message if the text in the search box differs from the current search, or an empty text."""
        if self._search_box is None or self._search_box.value.strip() == self.shown.search:
            return ""
        # While the rows have the focus, enter does something else.
        return ENTER_ASKS if self.editing else NOT_ASKED

    def _hint(self) -> list[Runs]:
        """Return the lines below the search box, with the error in the typed search and with suggestions. Beside the
        grid, both are included. Above the grid, the error is included only if there are no suggestions."""
        box = self._search_box
        if box is None or not box.has_focus:
            return []
        keys = key_of(box, "search.complete"), key_of(box, "search.next_completion")
        place = self._box_place()
        columns = self.size.width - 2 * MARGIN
        wrong: list[Runs] = []
        if box.problems:
            start, sentence = box.problems[0].start, box.problems[0].sentence
            caret = place.left - MARGIN + min(box.column_of(start), place.width - 1)
            most = SENTENCE_LINES_IN_COLUMN if self.column else 1
            wrong = [line.runs for line in widgets.problem_lines(sentence, caret, columns, most, box.pointer_to(start))]
        if self.column:
            return wrong + [line.runs for line in widgets.offers_in_a_column(box.offers, columns, *keys)]
        offered = widgets.offers_in_a_line(box.offers, columns - len(SIGN), *keys)
        return [((" " * len(SIGN), ""), *line.runs) for line in offered] or wrong
