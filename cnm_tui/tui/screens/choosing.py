"""The part of the screen that changes the question: keys and dialogs, and what the boxes to type into say.

What only one key needs is imported when that key is pressed, in its action: all of it together is a sixth of the time
to the first frame.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.reactive import reactive

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.exploration.remarks import liveness_sentence
from cnm_tui.core.fields.group_by import Side
from cnm_tui.core.time.time_range import TimeRange
from cnm_tui.core.units import plural
from cnm_tui.tui.screens.recalling import RecallingScreen
from cnm_tui.tui.widgets.grid import Grid
from cnm_tui.tui.widgets.query_bar import QueryBar
from cnm_tui.tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from cnm_tui.tui.dialogs.group_by_picker import GroupByPicker
    from cnm_tui.tui.dialogs.limit_picker import LimitChoice
    from cnm_tui.tui.widgets.filter_bar import FilterBar


class ChoosingScreen(RecallingScreen):
    """Turns what the user chooses into the next question."""

    recent_fields: reactive[Sequence[str] | None] = reactive(None, repaint=False, init=False)
    """The fields used last, the latest first; None until somebody has told."""

    class RecentFieldsWanted(Message):
        """They are to be offered, and are not known yet."""

    @dataclass
    class FieldsChosen(Message):
        """These were used now."""

        group_bys: tuple[str, ...]

    @dataclass
    class CopyWanted(Message):
        """These lines are to go to the clipboard."""

        lines: Sequence[str]
        noun: str = "id"
        """What each of them is."""
        page: str = ""
        """An address to open besides, where the user has a browser on this machine."""
        number: int | None = None
        """How many of them there are; None: as many as lines."""
        form: str = ""
        """As what they are copied."""
        remark: str = ""
        """What to know of them besides."""
        for_shell: bool = False
        """Whether each is a command."""

        @property
        def what(self) -> str:
            """`3 rows`."""
            return plural(len(self.lines) if self.number is None else self.number, self.noun)

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self._filter_bar: FilterBar | None = None
        """Made when there is something to filter: the first frame would wait for it."""
        self._filter_refusal = ""
        """The last sentence about a filter that cannot be read."""
        self._picker: GroupByPicker | None = None
        """While it is open."""

    # What the boxes say

    @on(QueryBar.Submitted)
    def _on_search_submitted(self, message: QueryBar.Submitted) -> None:
        from cnm_tui.core.export.question import read_web_link

        search, bar = message.search.strip(), self.query_one(QueryBar)
        try:
            linked = read_web_link(search)
        except InvalidQuery as refusal:
            self.say(refusal.sentence)
            return
        if linked is not None:
            # A link of Datadog's web pages.
            search, time_range = linked
            asked = self.ask_changed(lambda query: replace(query, search=search, tags=(), time_range=time_range))
        else:
            asked = self.ask_changed(lambda query: replace(query, search=search, tags=() if search else query.tags))
        # A search that is refused keeps the keyboard: what is typed next is meant for it.
        if asked:
            self.set_focus(self.query_one(Grid))
            bar.show_asked()

    @on(QueryBar.Left)
    def _on_search_left(self, message: QueryBar.Left) -> None:
        self.set_focus(self.query_one(Grid))
        if message.unasked:
            edits = self.key_for("edit_search", "e")
            self.say(f"Not asked. What you typed comes back with {edits}, then the arrow up.")

    # Messages of the filter's bar are named rather than imported, as it may never be needed.

    def on_filter_bar_changed(self, message: "FilterBar.Changed") -> None:
        """Show only what matches; what was wrong with the filter before is no news of this one."""
        if self._filter_refusal and self.notice == self._filter_refusal:
            self.notice = ""
        self.exploration = self.exploration.filtered(message.row_filter)

    def on_filter_bar_left(self, message: "FilterBar.Left") -> None:
        """Back to the rows; the filter stays."""
        self.set_focus(self.query_one(Grid))

    def on_filter_bar_refused(self, message: "FilterBar.Refused") -> None:
        """Say what is wrong with the filter; the keyboard stays in its box."""
        self._filter_refusal = message.sentence
        self.say(message.sentence)

    @on(QueryBar.PartChosen)
    async def _on_part_chosen(self, message: QueryBar.PartChosen) -> None:
        dialogs = {"time_range": self.action_pick_time_range, "limit": self.action_pick_limit}
        if message.part == "search":
            await self.action_edit_search()
            return
        side = Side.__members__.get(message.part.upper(), Side.CLIENT)
        dialogs.get(message.part, partial(self._pick_group_bys, side))()

    # Actions

    async def action_edit_search(self) -> None:
        """Put the keyboard into the search box."""
        self.remove_class("-alone")
        await self.query_one(QueryBar).edit()
        self.tell_known()

    def action_pick_group_bys(self) -> None:
        """Choose the fields to group by."""
        self._pick_group_bys(Side.CLIENT)

    def _pick_group_bys(self, side: Side) -> None:
        def ask(chosen: tuple[str, ...]) -> None:
            self.ask_changed(lambda query: replace(query, group_bys=chosen))

        self.pick_fields(self.exploration.query.group_bys, side, ask)

    def pick_fields(self, before: tuple[str, ...], side: Side, then: Callable[[tuple[str, ...]], None]) -> None:
        """Choose fields, beginning with those of before, on this side; `then` is told those chosen, if any are."""
        from cnm_tui.tui.dialogs.group_by_picker import GroupByPicker

        self._picker = GroupByPicker(before, self.recent_fields or (), side, self.exploration.query.endpoint)
        self.app.push_screen(self._picker, partial(self._take_fields, then))
        if self.recent_fields is None:
            self.post_message(self.RecentFieldsWanted())

    def watch_recent_fields(self, recent: Sequence[str]) -> None:
        """The dialog may be open already."""
        if self._picker is not None:
            self._picker.recent = recent

    def _take_fields(self, then: Callable[[tuple[str, ...]], None], chosen: tuple[str, ...] | None) -> None:
        self._picker = None
        if chosen is not None:
            self.post_message(self.FieldsChosen(tuple(field for field in chosen if not self.holds_key(field))))
            then(chosen)

    def action_pick_time_range(self) -> None:
        """Choose the time range."""
        from cnm_tui.tui.dialogs.time_range_picker import TimeRangePicker

        self.app.push_screen(TimeRangePicker(self.exploration.query.time_range, self._clock), self._ask_time_range)

    def _ask_time_range(self, chosen: TimeRange | None) -> None:
        if chosen is not None:
            self.ask_changed(lambda query: replace(query, time_range=chosen))

    def action_pick_limit(self) -> None:
        """Choose how many rows to ask for, and how many of them to show."""
        from cnm_tui.tui.dialogs.limit_picker import LimitPicker

        exploration = self.exploration
        self.app.push_screen(LimitPicker(exploration.query.limit, exploration.arrangement.top), self._ask_limit)

    def _ask_limit(self, chosen: "LimitChoice | None") -> None:
        if chosen is None:
            return
        shown_otherwise = chosen.top != self.exploration.arrangement.top
        if shown_otherwise:
            self.exploration = self.exploration.topped(chosen.top)
        # Nothing has to be asked for other rows of the answer at hand; enter on what is in force asks again.
        if chosen.limit != self.exploration.query.limit or not shown_otherwise:
            self.ask_changed(lambda query: replace(query, limit=chosen.limit))

    def action_copy_link(self) -> None:
        """Show, copy and open the address of this question in Datadog's web pages."""
        from cnm_tui.core.export.question import web_link
        from cnm_tui.tui.dialogs.link import LinkScreen

        site = self._source.site if self._source is not None else None
        if site is None:
            self.say(f"{self.label or 'What is asked'} has no web pages; a link needs a Datadog site.")
            return
        query = self.exploration.query
        link = web_link(query, query.time_range.window(self._clock()), site)
        self.app.push_screen(LinkScreen(link))
        self.post_message(self.CopyWanted([link], "link", page=link))

    def action_move_window(self, move: str) -> None:
        """Move the window by its own length, zoom it around its middle, or take it back to now."""
        from cnm_tui.core.time.moves import MOVES, snapped

        now = self._clock()
        moved = MOVES[move]
        self.ask_changed(lambda query: replace(query, time_range=snapped(moved(query.time_range, now), now)))

    async def action_edit_filter(self) -> None:
        """Put the keyboard into the filter."""
        bar = self._filter_bar or self._with_filter_bar()
        # It is there, with its box, before the next key is looked at.
        await bar.edit(compared=self.exploration.baseline is not None)

    def show_filter(self, text: str) -> None:
        """Tell what narrows the rows, without anybody having typed it."""
        if self._filter_bar is not None or text:
            (self._filter_bar or self._with_filter_bar()).show(text)

    def _with_filter_bar(self) -> "FilterBar":
        from cnm_tui.tui.widgets.filter_bar import FilterBar

        self._filter_bar = bar = FilterBar()
        self.mount(bar, before=self.query_one(StatusBar))
        return bar

    def action_ask_now(self) -> None:
        """Ask the same again."""
        self.ask_changed(lambda query: query)

    def action_toggle_live(self) -> None:
        """Stop the refreshes, or let them go on."""
        self.exploration = self.exploration.toggled_live()
        if not self.exploration.fetching:
            self.plan(self.exploration.next_refresh_seconds(self._clock()))
        self.say(liveness_sentence(self.exploration, self.key_for))
