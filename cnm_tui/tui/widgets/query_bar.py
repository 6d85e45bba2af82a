"""What is asked, in words, above the grid or beside it: each part can be clicked, reached with tab and changed."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from cnm_tui.core.group_by import Side, side_of
from cnm_tui.core.query import LONGEST_SEARCH, Query
from cnm_tui.core.text import clean
from cnm_tui.core.units import plural


class SearchBox(Input):
    """The search as it is being typed; its value is the draft."""

    DEFAULT_CSS = """
    SearchBox, SearchBox:focus { height: 1; border: none; padding: 0; background: $surface; }
    SearchBox > .input--placeholder { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave the box", id="search.leave", show=False),
    ]

    @dataclass
    class Left(Message):
        """The user is done here without asking."""

    def action_leave(self) -> None:
        """Back to the rows; what was typed stays."""
        self.post_message(self.Left())


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

    @dataclass
    class Submitted(Message):
        """The user asks for this search."""

        search: str

    def __init__(self, query: Query, *, column: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self.set_reactive(QueryBar.shown, query)
        self.set_reactive(QueryBar.column, column)
        self.set_class(column, "-column")

    def compose(self) -> ComposeResult:
        """Two lines; the style sheet turns them into a column."""
        words = part_words(self.shown, column=self.column)
        with Horizontal(id="first_line"):
            yield Static(_sign(self.column), id="sign", markup=False)
            yield SearchBox(
                self.shown.search,
                id="search",
                max_length=LONGEST_SEARCH,
                select_on_focus=False,
                placeholder=_placeholder(self.shown, column=self.column),
            )
            yield Static("", id="unasked")
            yield Part(words["time_range"], id="time_range", markup=False)
        with Horizontal(id="second_line"):
            yield Part(words["client"], id="client", markup=False)
            yield Part(words["server"], id="server", markup=False)
            yield Part(words["flow"], id="flow", markup=False)
            yield Static("", id="spacer")
            yield Part(words["limit"], id="limit", markup=False)

    def on_mount(self) -> None:
        """A blinking cursor would be sent over the line twice a second."""
        self.query_one(SearchBox).cursor_blink = False

    def watch_shown(self, before: Query, query: Query) -> None:
        """Say what is asked; a draft is only overwritten when another search was asked."""
        box = self.query_one(SearchBox)
        if before.search != query.search:
            box.value = query.search
        box.placeholder = _placeholder(query, column=self.column)
        self._say_whether_unasked()
        self._say_parts(part_words(before, column=self.column))

    def watch_column(self, before: bool) -> None:
        """The same parts, in other words."""
        self.set_class(self.column, "-column")
        self.query_one("#sign", Static).update(_sign(self.column))
        self.query_one(SearchBox).placeholder = _placeholder(self.shown, column=self.column)
        self._say_parts(part_words(self.shown, column=before))

    def _say_parts(self, before: dict[str, Content]) -> None:
        """Update what reads otherwise; each update lays the screen out anew."""
        for part, words in part_words(self.shown, column=self.column).items():
            if words != before[part]:
                self.query_one(f"#{part}", Part).update(words)

    @on(Input.Changed)
    def _on_typed(self, message: Input.Changed) -> None:
        message.stop()
        self._say_whether_unasked()

    def _say_whether_unasked(self) -> None:
        differs = self.query_one(SearchBox).value.strip() != self.shown.search
        if differs != self.has_class("-unasked"):
            self.set_class(differs, "-unasked")
            self.query_one("#unasked", Static).update("enter asks" if differs else "")

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Submitted(message.value))

    def edit(self) -> None:
        """Put the keyboard into the search box, at the end of what stands there."""
        box = self.query_one(SearchBox)
        box.focus()
        box.cursor_position = len(box.value)


def part_words(query: Query, *, column: bool) -> dict[str, Content]:
    """What each part says, by its id; in a column under a title that names the key."""
    sides = {side: [clean(g) for g in query.group_bys if side_of(g) is side] for side in Side}
    if column:
        listed = {side: "\n".join(sides[side]) or "any" for side in Side}
        return {
            "client": Content.assemble(_title("CLIENT", "b"), "\n", listed[Side.CLIENT]),
            "server": Content.assemble(_title("SERVER", "b"), "\n", listed[Side.SERVER]),
            "flow": Content.assemble(_title("WHOLE FLOW", "b"), "\n", listed[Side.FLOW]),
            "time_range": Content.assemble(_title("TIME RANGE", "t"), "\n", str(query.time_range)),
            "limit": Content.assemble(_title("LIMIT", "n"), "\n", plural(query.limit, "row")),
        }
    return {
        "client": Content(", ".join(sides[Side.CLIENT]) or "any client"),
        "server": Content(f"▸ {', '.join(sides[Side.SERVER]) or 'any server'}"),
        "flow": Content(f"· {', '.join(sides[Side.FLOW])}" if sides[Side.FLOW] else ""),
        "time_range": Content(str(query.time_range)),
        "limit": Content(f"limit {query.limit:,}"),
    }


def _title(called: str, key: str) -> Content:
    """What a part in the column is, and the key that changes it."""
    return Content.assemble((called, "$text-muted"), "  ", (key, "bold"))


def _sign(column: bool) -> Content:
    return _title("SEARCH", "e") if column else Content("⌕")


def _placeholder(query: Query, *, column: bool) -> str:
    if query.tags:
        return f"tags {clean(', '.join(query.tags))} (a search replaces them)"
    return "everything" if column else "everything · e.g. server_env:prod NOT server_service:kafka*"
