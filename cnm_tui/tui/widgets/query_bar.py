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
    Part { width: auto; height: 1; padding: 0 2 0 0; }
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
        height: auto; background: $surface;
        & Horizontal { height: 1; width: 1fr; }
        & #sign { width: 2; color: $accent; }
        & SearchBox { width: 1fr; }
        & #unasked { width: auto; color: $warning; padding: 0 1; }
        & #limit, & #time_range { padding: 0 0 0 2; color: $text-muted; }
        & #client { color: $foreground; }
        & #server, & #flow { color: $foreground; }
        & #spacer { width: 1fr; }
    }
    """

    shown: reactive[Query | None] = reactive(None)
    column: reactive[bool] = reactive(False)
    """Whether it stands beside the grid rather than above it."""

    @dataclass
    class Submitted(Message):
        """The user asks for this search."""

        search: str

    def compose(self) -> ComposeResult:
        """Two lines; the style sheet turns them into a column."""
        with Horizontal(id="first_line"):
            yield Static("⌕", id="sign", markup=False)
            yield SearchBox(id="search", max_length=LONGEST_SEARCH, select_on_focus=False)
            yield Static(" ", id="unasked")
            yield Part(id="time_range", markup=False)
        with Horizontal(id="second_line"):
            yield Part(id="client", markup=False)
            yield Part(id="server", markup=False)
            yield Part(id="flow", markup=False)
            yield Static(" ", id="spacer")
            yield Part(id="limit", markup=False)

    def on_mount(self) -> None:
        """A blinking cursor would be sent over the line twice a second."""
        box = self.query_one(SearchBox)
        box.cursor_blink = False
        box.placeholder = "search: server_env:prod NOT server_service:kafka*"

    def watch_shown(self, before: Query | None, query: Query | None) -> None:
        """Say what is asked; a draft is only overwritten when another search was asked."""
        if query is None:
            return
        box = self.query_one(SearchBox)
        if before is None or before.search != query.search:
            box.value = query.search
        if query.tags:
            box.placeholder = f"tags {clean(', '.join(query.tags))} (a search replaces them)"
        self._say_whether_unasked()
        self._say_parts(query)

    def watch_column(self) -> None:
        """The same parts, in other words."""
        self.set_class(self.column, "-column")
        self.query_one("#sign", Static).update("SEARCH  e" if self.column else "⌕")
        if self.shown is not None:
            self._say_parts(self.shown)

    def _say_parts(self, query: Query) -> None:
        sides = {side: [g for g in query.group_bys if side_of(g) is side] for side in Side}
        if self.column:
            for part, side in (("client", Side.CLIENT), ("server", Side.SERVER), ("flow", Side.FLOW)):
                self._say(part, _listed(side, sides[side]))
            self._say("time_range", _titled("TIME RANGE  t", str(query.time_range)))
            self._say("limit", _titled("LIMIT  n", plural(query.limit, "row")))
            return
        client, server = ", ".join(sides[Side.CLIENT]), ", ".join(sides[Side.SERVER])
        self._say("client", Content(clean(client or "any client")))
        self._say("server", Content(clean(f"▸ {server or 'any server'}")))
        self._say("flow", Content(clean(", ".join(sides[Side.FLOW]))))
        self.query_one("#flow").display = bool(sides[Side.FLOW])
        self._say("time_range", Content(str(query.time_range)))
        self._say("limit", Content(f"limit {query.limit:,}"))

    def _say(self, part: str, content: Content) -> None:
        self.query_one(f"#{part}", Part).update(content)
        if self.column:
            self.query_one(f"#{part}").display = True

    @on(Input.Changed)
    def _on_typed(self, message: Input.Changed) -> None:
        message.stop()
        self._say_whether_unasked()

    def _say_whether_unasked(self) -> None:
        asked = self.shown.search if self.shown is not None else ""
        differs = self.query_one(SearchBox).value.strip() != asked
        self.query_one("#unasked", Static).update("enter asks" if differs else " ")

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Submitted(message.value))

    def edit(self) -> None:
        """Put the keyboard into the search box, at the end of what stands there."""
        box = self.query_one(SearchBox)
        box.focus()
        box.cursor_position = len(box.value)


def _titled(title: str, text: str) -> Content:
    return Content.assemble((title, "$text-muted"), "\n", text)


def _listed(side: Side, group_bys: list[str]) -> Content:
    title = f"{side.value.upper()}  b"
    return _titled(title, "\n".join(clean(group_by) for group_by in group_bys) or "any")
