"""What is asked, in words, above the grid or beside it: each part can be clicked, reached by keys and changed."""

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

from cnm_tui.core.query import Query
from cnm_tui.core.text import fitted
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
"""Of a long search, at most; fewer where the column is low, so that the other parts stay in sight."""
_FEWEST_BOX_LINES: Final = 3
"""That it may take even so."""
SENTENCE_LINES_IN_COLUMN: Final = 4
"""Of what is wrong with a search, at most."""
STRIP_LINES: Final = 2
"""Above the grid, while nothing is to be said of a search."""

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
    """The query builder: two lines on top, or a column on the left where there is room.

    It draws lines, as the grid does. The search box stands over one of them once there is a search to show or to type;
    until then nothing of it is made or even imported, as the first frame would wait for that.
    """

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
    """Whether it stands beside the grid rather than above it."""
    known: "reactive[Known | None]" = reactive(None, init=False, repaint=False)
    """What completion knows besides the catalogue."""
    earlier: reactive[Sequence[str]] = reactive((), init=False, repaint=False)
    """Searches to walk through in the box, the latest first."""
    keys: reactive[Mapping[str, str]] = reactive({}, init=False, repaint=False)
    """By the id of an action of the screen the key that people chose for it."""

    @dataclass
    class Submitted(Message):
        """The user asks for this search."""

        search: str

    @dataclass
    class Left(Message):
        """The user is done with the search box without asking."""

        unasked: bool
        """True if another search was typed than the one that is asked."""

    @dataclass
    class PartChosen(Message):
        """The user wants to change this part: `search`, `time_range`, `client`, `server`, `flow` or `limit`."""

        part: str

    def __init__(self, query: Query, *, column: bool) -> None:
        super().__init__(classes="-column" if column else None)
        self.set_reactive(QueryBar.shown, query)
        self.set_reactive(QueryBar.column, column)
        self._part = "search"
        """The one that enter changes."""
        self._lines: list[Line] = []
        self._box_lines = 1
        """Lines of the search box."""
        self._said_lines = 0
        """Lines of the box, and of what is said under it."""
        self._own_height: int | None = None
        """Lines, where they are more than what the style sheet says."""
        self._search_box: SearchBox | None = None
        self._painted = Painted(self, _PAINTS, filtered=True)

    def compose(self) -> ComposeResult:
        """The search box, where there is a search."""
        if self.shown.search:
            yield self._new_box()

    # What it is told

    def watch_shown(self, before: Query, query: Query) -> None:
        """Say what is asked; a draft only gives way when another search was asked."""
        if before.search != query.search:
            if self._search_box is not None:
                self._search_box.show_asked(query.search)
            else:
                self.mount(self._new_box())
        self._rebuild()

    def watch_keys(self) -> None:
        """Name other ones."""
        self._rebuild()

    def watch_column(self) -> None:
        """The same parts, in other words."""
        self.set_class(self.column, "-column")
        self._rebuild()

    def watch_known(self, known: "Known") -> None:
        """The box completes with it."""
        if self._search_box is not None:
            self._search_box.known = known

    def watch_earlier(self, earlier: Sequence[str]) -> None:
        """The box walks through them."""
        if self._search_box is not None:
            self._search_box.earlier = earlier

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show which part enter would change, or no longer."""
        super().watch_has_focus(_has_focus)
        self._rebuild()

    def on_resize(self) -> None:
        """More room for long lists of fields, or less."""
        self._rebuild()

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._painted.forget_styles()

    # The search box

    @property
    def editing(self) -> bool:
        """Whether the keyboard is in the search box."""
        return self._search_box is not None and self._search_box.has_focus

    @property
    def shows_another_search(self) -> bool:
        """True if a draft was left in the box, in the place of what is asked."""
        return bool(self._unasked) and not self.editing

    def _new_box(self) -> "SearchBox":
        # Imported here: it brings the reader of the search language along, which an empty search has no use for.
        from cnm_tui.tui.widgets.search_box import SearchBox

        self._search_box = box = SearchBox(self.shown.search, id="search", select_on_focus=False)
        if self.known is not None:
            box.set_reactive(SearchBox.known, self.known)
        box.set_reactive(SearchBox.earlier, self.earlier)
        self._put(box)
        return box

    def _put(self, box: "SearchBox") -> None:
        """Over the place that the bar leaves free for it."""
        place = self._box_place()
        box.placeholder = fitted(placeholder(self.shown, short=self.column), place.width)
        box.styles.width = place.width
        box.styles.height = self._box_lines
        box.styles.offset = (place.left, place.top)

    def show_asked(self) -> None:
        """What is asked stands in the box again."""
        if self._search_box is not None:
            self._search_box.show_asked(self.shown.search)

    async def edit(self, draft: str | None = None) -> None:
        """Put the keyboard into the search box, at the end of what stands there, or of this."""
        box = self._search_box
        if box is None:
            box = self._new_box()
            await self.mount(box)
        if draft is not None:
            box.value = draft
        # Not `box.focus()`, which waits its turn: the next key may be there already.
        self.screen.set_focus(box)
        box.cursor_position = len(box.value)

    # Messages of the box are named rather than imported, as it may never be needed.

    def on_search_box_considered(self, message: Message) -> None:
        """There may be something else to say about the draft."""
        message.stop()
        self._rebuild()

    def on_search_box_left(self, message: Message) -> None:
        """Back to the rows, over which the question in force stands."""
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

    # Its parts

    def action_choose_part(self, step: int) -> None:
        """Another part."""
        names = list(dict.fromkeys(part.name for line in self._lines for part in line.parts))
        now = names.index(self._part) if self._part in names else 0
        self._part = names[max(0, min(now + step, len(names) - 1))]
        self._rebuild()

    def action_change_part(self) -> None:
        """Ask for what changes it."""
        self.post_message(self.PartChosen(self._part))

    def on_click(self, event: events.Click) -> None:
        """A click on a part is the same as choosing it and enter."""
        for part in self._lines[event.y].parts if event.y < len(self._lines) else ():
            if part.left <= event.x < part.right:
                self._part = part.name
                self.action_change_part()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self._painted.line(y, self._state_of()(y), self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines that the compositor wants."""
        return self._painted.lines(crop, self._state_of)

    def _state_of(self) -> Callable[[int], LineState]:
        if not self._lines:
            # The screen is painted before any pane is told that it has a size.
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
        if dirty := self._painted.differing(self._state, within_lines=True):
            self.refresh(*dirty)

    def _set_height(self, lines: int | None) -> None:
        """As many lines, or as the style sheet says; each change lays the screen out anew."""
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
        # Once there it stays for as long as somebody types, so that what stands under it does not move with each key.
        self._said_lines = max(self._box_lines + len(hint), self._said_lines) if self.editing else 0
        hint += [()] * (self._said_lines - self._box_lines - len(hint))
        if self.column:
            return column_lines(
                self.shown, width, self._box_lines, hint, unasked=self._unasked, chosen=chosen, keys=self.keys
            )
        return strip_lines(self.shown, width, hint, unasked=self._unasked, chosen=chosen)

    def _fold_box(self) -> int:
        """Beside the grid there is room for a long search; gives how many lines it takes."""
        if self._search_box is None:
            return 1
        lines = self._search_box.fold(self._box_place().width if self.column else 0)
        if lines <= _FEWEST_BOX_LINES:
            return lines
        # All but the one line for it, and the blank one at the end.
        others = len(column_lines(self.shown, self.size.width, 1, (), unasked="", chosen="", keys={})) - 2
        return min(lines, BOX_LINES_IN_COLUMN, max(_FEWEST_BOX_LINES, self.size.height - others))

    def _box_place(self) -> Box:
        width = self.size.width or self.app.size.width
        return column_box(width) if self.column else strip_box(self.shown, width, unasked=self._unasked)

    @property
    def _unasked(self) -> str:
        """What is to be said where the draft is another search than the one asked."""
        if self._search_box is None or self._search_box.value.strip() == self.shown.search:
            return ""
        # On the rows, enter does something else.
        return ENTER_ASKS if self.editing else NOT_ASKED

    def _hint(self) -> list[Runs]:
        """What is wrong and how to go on, both where there is room; above the grid how to go on comes first."""
        box = self._search_box
        if box is None or not box.has_focus:
            return []
        from cnm_tui.tui.widgets.search_box import offers_in_a_column, offers_in_a_line, problem_lines

        keys = key_of(box, "search.complete"), key_of(box, "search.next_completion")
        place = self._box_place()
        columns = self.size.width - 2 * MARGIN
        wrong: list[Runs] = []
        if box.problems:
            start, sentence = box.problems[0].start, box.problems[0].sentence
            caret = place.left - MARGIN + min(box.column_of(start), place.width - 1)
            most = SENTENCE_LINES_IN_COLUMN if self.column else 1
            wrong = [line.runs for line in problem_lines(sentence, caret, columns, most, box.pointer_to(start))]
        if self.column:
            return wrong + [line.runs for line in offers_in_a_column(box.offers, columns, *keys)]
        offered = offers_in_a_line(box.offers, columns - len(SIGN), *keys)
        return [((" " * len(SIGN), ""), *line.runs) for line in offered] or wrong
