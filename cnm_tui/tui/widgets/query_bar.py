"""What is asked, in words, above the grid or beside it: each part can be clicked, reached with tab and changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive, var
from textual.widget import Widget
from textual.widgets import Input, Static

from cnm_tui.core.completion import NOTHING_SEEN, Known
from cnm_tui.core.group_by import Side, side_of
from cnm_tui.core.query import Query
from cnm_tui.core.text import cell_width, clean, fitted
from cnm_tui.core.units import plural
from cnm_tui.tui.widgets.search_box import (
    Saying,
    SearchHint,
    offers_in_a_column,
    offers_in_a_line,
    problem_lines,
)
from cnm_tui.tui.widgets.search_box import SearchBox as SearchBox

PADDING: Final = 2
"""Columns of the bar that hold nothing, its left and its right one."""
SIGN_WIDTH: Final = 2
"""Columns before the search box, where the bar stands above the grid."""
SENTENCE_LINES_IN_COLUMN: Final = 4
"""Of what is wrong with a search, at most."""
LIMIT_GAP: Final = 3
"""Columns between the fields and the limit, at least."""


class Part(Static, can_focus=True):
    """One part of the query in words; enter or a click opens the dialog that changes it."""

    DEFAULT_CSS = """
    Part { width: auto; height: 1; padding: 0 1 0 0; }
    Part:hover { text-style: underline; }
    Part:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "change", "Change it", id="part.change", show=False)]

    @dataclass
    class Chosen(Message):
        """The user wants to change this part."""

        part: str

    def action_change(self) -> None:
        """Ask for the dialog."""
        self.post_message(self.Chosen(self.id or ""))

    def on_click(self) -> None:
        """A click is the same as enter."""
        self.action_change()


class QueryBar(Widget):
    """The query builder: two lines on top, or a column on the left where there is room."""

    DEFAULT_CSS = """
    QueryBar {
        height: auto; background: $surface; padding: 0 1;
        & Horizontal { height: 1; width: 1fr; }
        & #sign { width: 2; color: $accent; }
        & SearchBox { width: 1fr; }
        & #unasked { width: auto; color: $warning; padding: 0 1; }
        & #limit, & #time_range { padding: 0 0 0 2; color: $text-muted; }
        & #limit:focus, & #time_range:focus { color: $block-cursor-foreground; }
        & #client { color: $foreground; }
        & #server, & #flow { color: $foreground; }
        & #spacer { width: 1fr; }
    }
    """

    shown: reactive[Query] = reactive(Query, init=False)
    column: reactive[bool] = reactive(False, init=False)
    """Whether it stands beside the grid rather than above it."""
    known: var[Known] = var(NOTHING_SEEN, init=False)
    """What completion knows besides the catalogue."""

    @dataclass
    class Submitted(Message):
        """The user asks for this search."""

        search: str

    def __init__(self, query: Query, *, column: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(QueryBar.shown, query)
        self.set_reactive(QueryBar.column, column)
        self.set_class(column, "-column")
        self._said: dict[str, Content] = {}
        """What each part says on the screen."""

    def compose(self) -> ComposeResult:
        """Two lines; the style sheet turns them into a column."""
        self._said = words = self._words()
        with Horizontal(id="first_line"):
            yield Static(_sign(self.column), id="sign", markup=False)
            yield SearchBox(
                self.shown.search,
                id="search",
                select_on_focus=False,
                placeholder=_placeholder(self.shown, column=self.column),
            )
            yield SearchHint(id="hint_in_column")
            yield Static("", id="unasked")
            yield Part(words["time_range"], id="time_range", markup=False)
        yield SearchHint(id="hint_in_strip")
        with Horizontal(id="second_line"):
            yield Part(words["client"], id="client", markup=False)
            yield Part(words["server"], id="server", markup=False)
            flow = Part(words["flow"], id="flow", markup=False)
            flow.display = bool(words["flow"])
            yield flow
            yield Static("", id="spacer")
            yield Part(words["limit"], id="limit", markup=False)

    def watch_shown(self, before: Query, query: Query) -> None:
        """Say what is asked; a draft is only overwritten when another search was asked."""
        box = self.query_one(SearchBox)
        if before.search != query.search:
            box.value = query.search
        box.placeholder = _placeholder(query, column=self.column)
        self._say_whether_unasked()
        self._say_parts()

    def watch_column(self) -> None:
        """The same parts, in other words."""
        self.set_class(self.column, "-column")
        self.query_one("#sign", Static).update(_sign(self.column))
        self.query_one(SearchBox).placeholder = _placeholder(self.shown, column=self.column)
        self._say_parts()
        self._say_hint()

    def watch_known(self, known: Known) -> None:
        """The box completes with it."""
        self.query_one(SearchBox).known = known

    def on_resize(self) -> None:
        """More room for long lists of fields, or less."""
        self._say_parts()
        self._say_hint()

    def _words(self) -> dict[str, Content]:
        return column_words(self.shown) if self.column else strip_words(self.shown, self.app.size.width - PADDING)

    def _say_parts(self) -> None:
        """Update what reads otherwise; each update lays the screen out anew."""
        before, self._said = self._said, self._words()
        for part, words in self._said.items():
            if words != before[part]:
                self.query_one(f"#{part}", Part).update(words)
                # An empty part would still be a place where tab stops.
                self.query_one(f"#{part}", Part).display = bool(words)

    @on(Input.Changed)
    def _on_typed(self, message: Input.Changed) -> None:
        message.stop()
        self._say_whether_unasked()

    def _say_whether_unasked(self) -> None:
        differs = self.query_one(SearchBox).value.strip() != self.shown.search
        if differs != self.has_class("-unasked"):
            self.set_class(differs, "-unasked")
            self.query_one("#unasked", Static).update("enter asks" if differs else "")

    @on(SearchBox.Considered)
    def _on_considered(self, message: SearchBox.Considered) -> None:
        message.stop()
        self._say_hint()

    def _say_hint(self) -> None:
        """What is wrong and how to go on, both where there is room; above the grid how to go on comes first."""
        box = self.query_one(SearchBox)
        in_strip, in_column = (
            self.query_one("#hint_in_strip", SearchHint),
            self.query_one("#hint_in_column", SearchHint),
        )
        wrong: list[Saying] = []
        offers = box.offers if box.has_focus else ()
        columns = self.content_size.width
        if box.has_focus and box.problems:
            caret = box.region.x - self.content_region.x + box.column_of(box.problems[0].start)
            most_lines = SENTENCE_LINES_IN_COLUMN if self.column else 1
            wrong = problem_lines(box.problems[0].sentence, caret, columns, most_lines)
        if self.column:
            lines = wrong + offers_in_a_column(offers, columns)
            in_column.say(lines, len(lines))
            in_strip.say((), 0)
        else:
            indent = Saying(((" " * SIGN_WIDTH, ""),))
            offered = offers_in_a_line(offers, columns - SIGN_WIDTH)
            lines = [Saying(indent.runs + line.runs) for line in offered] or wrong
            # Once there it stays for as long as somebody types, so that the rows do not move with each key.
            stays = in_strip.height if box.has_focus else 0
            in_strip.say(lines, max(len(lines), stays))
            in_column.say((), 0)

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Submitted(message.value))

    def edit(self) -> None:
        """Put the keyboard into the search box, at the end of what stands there."""
        box = self.query_one(SearchBox)
        # Not `box.focus()`, which waits its turn: the next key may be there already.
        self.screen.set_focus(box)
        box.cursor_position = len(box.value)


def column_words(query: Query) -> dict[str, Content]:
    """What each part says in the column, by its id, under a title that names the key."""
    listed = {side: "\n".join(chosen) or "any" for side, chosen in _by_side(query).items()}
    return {
        "client": Content.assemble(_title("CLIENT", "b"), "\n", listed[Side.CLIENT]),
        "server": Content.assemble(_title("SERVER", "b"), "\n", listed[Side.SERVER]),
        "flow": Content.assemble(_title("WHOLE FLOW", "b"), "\n", listed[Side.FLOW]),
        "time_range": Content.assemble(_title("TIME RANGE", "t"), "\n", str(query.time_range)),
        "limit": Content.assemble(_title("LIMIT", "n"), "\n", plural(query.limit, "row")),
    }


def strip_words(query: Query, columns: int) -> dict[str, Content]:
    """What each part says above the grid, by its id; the lists of fields are cut where the line is too short."""
    listed = {side: ", ".join(chosen) for side, chosen in _by_side(query).items()}
    sides = (
        listed[Side.CLIENT] or "any client",
        f"▸ {listed[Side.SERVER] or 'any server'}",
        f"· {listed[Side.FLOW]}" if listed[Side.FLOW] else "",
    )
    limit = f"limit {query.limit:,}"
    gaps = sum(1 for words in sides if words)
    client, server, flow = shrunk(sides, columns - gaps - LIMIT_GAP - cell_width(limit))
    return {
        "client": Content(client),
        "server": Content(server),
        "flow": Content(flow),
        "time_range": Content(str(query.time_range)),
        "limit": Content(limit),
    }


def shrunk(texts: Sequence[str], columns: int) -> list[str]:
    """The texts cut so that all of them together fit: a short one stays whole, the long ones share what is left."""
    share = room = max(columns, 0)
    for others, width in zip(range(len(texts), 0, -1), sorted(map(cell_width, texts)), strict=True):
        share = room // others
        if width > share:
            break
        room -= width
    return [fitted(text, share) for text in texts]


def _by_side(query: Query) -> dict[Side, list[str]]:
    return {side: [clean(g) for g in query.group_bys if side_of(g) is side] for side in Side}


def _title(called: str, key: str) -> Content:
    """What a part in the column is, and the key that changes it."""
    return Content.assemble((called, "$text-muted"), "  ", (key, "bold"))


def _sign(column: bool) -> Content:
    return _title("SEARCH", "e") if column else Content("⌕")


def _placeholder(query: Query, *, column: bool) -> str:
    if query.tags:
        return f"tags {clean(', '.join(query.tags))} (a search replaces them)"
    return "everything" if column else "everything · e.g. server_env:prod NOT server_service:kafka*"
