"""Show a line below the grid in which the user types a filter. The rows are filtered after each pressed key."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from cnm_tui.core.endpoint import Endpoint
from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.filter.row_filter import RowFilter, parsed_filter
from cnm_tui.core.text import cell_width, clean, fitted
from cnm_tui.tui.terminal.steady_input import SteadyInput
from cnm_tui.tui.terminal.type_ahead import hold_frame

_MOST_FOR_WRONG: Final = 0.7
"""Maximum share of the line for an error; the style sheet has the same number."""
_LONGEST_IN_FORCE: Final = 20
"""Maximum width of the filter in force, beside an invalid one."""


class FilterBox(SteadyInput):
    """The text input for the filter."""

    DEFAULT_CSS = """
    FilterBox, FilterBox:focus { height: 1; width: 1fr; border: none; padding: 0; background: $surface; }
    FilterBox > .input--placeholder { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear the filter", id="filter.clear", show=False),
    ]

    class Cleared(Message):
        """A message that the user removed the filter."""

    def watch_value(self) -> None:
        """Filter the rows as soon as the typed text changes.

        This happens in the same frame as the typed key, because a second frame would take twice as long.
        """
        if self.is_mounted:
            hold_frame(self)

    def action_clear(self) -> None:
        """Send a message to remove the filter."""
        self.post_message(self.Cleared())


class FilterBar(Widget):
    """The line with the filter input.

    It is visible while the user types a filter, or while the rows are filtered.
    """

    DEFAULT_CSS = """
    FilterBar {
        height: 1; layout: horizontal; display: none; background: $surface;
        & #slash { width: 3; color: $accent; padding: 0 1; }
        & #wrong {
            width: auto; max-width: 70%; color: $warning; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis;
        }
    }
    FilterBar.-open { display: block; }
    """

    @dataclass(eq=False, repr=False)
    class Changed(Message):
        """A message that the user typed a valid filter."""

        row_filter: RowFilter

    class Left(Message):
        """A message that the focus returns to the rows. The filter stays active."""

    @dataclass(eq=False, repr=False)
    class Refused(Message):
        """A message that the user pressed enter, although the filter is invalid."""

        sentence: str
        """The error, what to do, and the filter in force."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self.endpoint = endpoint
        """The endpoint of the rows, whose metrics and fields a filter may name."""
        self._refusal: InvalidQuery | None = None
        self._wrong = ""
        self._in_force = ""
        """The filter in force; the input may hold an invalid one."""
        self._box: FilterBox | None = None
        """Made on first use: the first frame need not wait for it."""

    @property
    def _examples(self) -> str:
        return f"words · !word · /regex/ · client_service=web · {self.endpoint.examples.conditions}"

    def _panes(self, text: str) -> Iterable[Widget]:
        """Create and return the widgets of the bar: a slash, the text input and the label for errors."""
        self._box = FilterBox(text, placeholder=self._examples, select_on_focus=False)
        return Static("/", id="slash", markup=False), self._box, Static("", id="wrong", markup=False)

    async def edit(self, *, compared: bool = False) -> None:
        """Open the bar and focus its text input.

        If the rows are compared with a baseline, the placeholder explains how to filter by changes.
        """
        self.add_class("-open")
        if self._box is None:
            await self.mount(*self._panes(""))
        box = self.query_one(FilterBox)
        examples = self.endpoint.examples
        changes = f"worse · new · gone · {examples.change} · words · !word · /regex/ · {examples.conditions}"
        box.placeholder = changes if compared else self._examples
        self.screen.set_focus(box)
        box.cursor_position = len(box.value)

    def show(self, text: str) -> None:
        """Show the current filter in the bar, after another part of the program has changed the filter."""
        self._in_force = text
        if self._box is not None:
            with self.prevent(Input.Changed):
                self._box.value = text
            self._tell(None)
        elif text:
            self.mount(*self._panes(text))
        self.set_class(bool(text), "-open")

    @property
    def open(self) -> bool:
        """True if the bar is visible, because it contains a filter or an invalid text."""
        return self.has_class("-open")

    def clear(self) -> None:
        """Remove the filter, and close the bar."""
        if self._box is not None:
            self._box.value = ""
        self.remove_class("-open")

    @on(Input.Changed)
    def _on_typed(self, message: Input.Changed) -> None:
        message.stop()
        try:
            row_filter = parsed_filter(message.value, self.endpoint)
        except InvalidQuery as refusal:
            # The text is probably half-typed: the earlier filter stays in force.
            self._tell(refusal)
        else:
            self._in_force = row_filter.text
            self.post_message(self.Changed(row_filter))
            self._tell(None)

    def on_descendant_focus(self) -> None:
        """Show the error of an invalid filter when the input gets the focus."""
        self._tell(self._refusal)

    def on_descendant_blur(self) -> None:
        """Show that an invalid filter is not active when the input loses the focus."""
        self._tell(self._refusal)

    def on_resize(self) -> None:
        """Show or hide the advice about an error, depending on the new width."""
        if self._box is not None:
            self._tell(self._refusal)

    def _tell(self, refusal: InvalidQuery | None) -> None:
        self._refusal = refusal
        wrong = "" if refusal is None else self._wrong_in_words(refusal)
        if wrong != self._wrong:
            # Each update lays out the whole screen.
            self._wrong = wrong
            self.query_one("#wrong", Static).update(wrong)

    def _wrong_in_words(self, refusal: InvalidQuery) -> str:
        """Return a text that says what is wrong with the typed filter, and which filter is active in its place.

        If there is room, the text also contains advice.
        """
        in_force = fitted(clean(self._in_force), _LONGEST_IN_FORCE)
        whole, what = clean(refusal.sentence), clean(str(refusal))
        if self._edited:
            ways = [f"{whole} Still {in_force}.", whole, f"{what} Still {in_force}."]
            return next(filter(self._has_room_for, ways if in_force else [whole]), what)
        return f"not in force{f'; {in_force} is' if in_force else ''}: {what}"

    @property
    def _edited(self) -> bool:
        return self._box is not None and self._box.has_focus

    def _has_room_for(self, sentence: str) -> bool:
        """True if the whole sentence fits beside the typed text."""
        return cell_width(sentence) + 2 <= self.size.width * _MOST_FOR_WRONG

    @on(Input.Submitted)
    def _on_submitted(self, message: Input.Submitted) -> None:
        message.stop()
        refusal = self._refusal
        if refusal is not None:
            # The next keys are for the filter, not for the rows.
            in_force = fitted(clean(self._in_force), _LONGEST_IN_FORCE)
            still = f"Still filtered by {in_force}." if in_force else "Nothing is filtered."
            self.post_message(self.Refused(f"{refusal.sentence} {still}"))
            return
        if not message.value.strip():
            self.remove_class("-open")
        self.post_message(self.Left())

    @on(FilterBox.Cleared)
    def _on_cleared(self, message: FilterBox.Cleared) -> None:
        message.stop()
        self.clear()
        self.post_message(self.Left())
