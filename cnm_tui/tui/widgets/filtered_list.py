"""Lists of dialogs: with the keyboard in them, or in a box over them that narrows them and moves them."""

from collections.abc import Collection
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList

from cnm_tui.tui.terminal.steady_input import SteadyInput

_LEFT_TO_THE_DIALOG: Final = ("cut", "cursor_left_word", "cursor_right_word")
"""What a box does with ctrl+x and the arrows: of less use in a few letters than in the list under them."""


class ListFilter(SteadyInput):
    """The box. Keys that it has no use for are left to the dialog.

    They go the way of all keys from here, and not before the others: in `pod` and space in one packet, the space is
    about what was found for `pod`. So none of the dialog's bindings may have priority.
    """

    def __init__(self, placeholder: str, *, free: Collection[str] = ()) -> None:
        """`free` are keys that could be typed, but mean something to the dialog."""
        super().__init__(id="filter", classes="field", placeholder=placeholder)
        self._free = free

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Leave out what is the dialog's."""
        return key not in self._free and super().check_consume_key(key, character)

    def on_key(self, event: events.Key) -> None:
        """Leave what is the dialog's to the dialog."""
        if event.is_printable and not self.check_consume_key(event.key, event.character):
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what is the dialog's."""
        return action not in _LEFT_TO_THE_DIALOG and super().check_action(action, parameters)


class FilteredList(OptionList, can_focus=False):
    """The list."""

    def step(self, lines: int) -> None:
        """Highlight another line; the first step into a list without one takes its first."""
        if self.option_count:
            at = -1 if self.highlighted is None else self.highlighted
            self.highlighted = max(0, min(at + lines, self.option_count - 1))


class ChoiceList(OptionList):
    """A list that has the keyboard, with the keys of vim as in the rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Next line", show=False),
        Binding("k", "cursor_up", "Line before", show=False),
        Binding("g", "first", "First line", show=False),
        Binding("G", "last", "Last line", show=False),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Turn no page without room for one: Textual does not know the lines then, and fails."""
        return (bool(self.size) or not action.startswith("page_")) and super().check_action(action, parameters)


class ScrolledText(VerticalScroll):
    """A text that has the keyboard, with the keys of vim."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("g", "scroll_home", "To the top", show=False),
        Binding("G", "scroll_end", "To the end", show=False),
    ]
