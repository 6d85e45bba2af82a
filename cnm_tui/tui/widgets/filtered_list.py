"""Lists of dialogs, with the focus in them or in an input above that filters them."""

from collections.abc import Collection
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList

from cnm_tui.tui.terminal.steady_input import SteadyInput

_LEFT_TO_THE_DIALOG: Final = ("cut", "cursor_left_word", "cursor_right_word")
"""Actions of ctrl+x and arrows in an input, which are more useful in the list."""


class ListFilter(SteadyInput):
    """The filter input; keys that it does not use reach the dialog.

    They bubble up like all keys, and not earlier: in `pod` and space in one packet, the space acts on the match of
    `pod`. So no binding of the dialog may have priority.
    """

    def __init__(self, placeholder: str, *, free: Collection[str] = ()) -> None:
        """Make the input; `free` are characters that are keys of the dialog."""
        super().__init__(id="filter", classes="field", placeholder=placeholder)
        self._free = free

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return True if a key types text here; the dialog's keys do not."""
        return key not in self._free and super().check_consume_key(key, character)

    def on_key(self, event: events.Key) -> None:
        """Leave the dialog's keys to the dialog."""
        if event.is_printable and not self.check_consume_key(event.key, event.character):
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable actions whose keys belong to the dialog."""
        return action not in _LEFT_TO_THE_DIALOG and super().check_action(action, parameters)


class FilteredList(OptionList, can_focus=False):
    """The list of a dialog, filtered by the input above it."""

    def step(self, lines: int) -> None:
        """Highlight another line; the first step highlights the first line."""
        if self.option_count:
            at = -1 if self.highlighted is None else self.highlighted
            self.highlighted = max(0, min(at + lines, self.option_count - 1))


class ChoiceList(OptionList):
    """A list with the focus, with vim keys as in the grid."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Next line", show=False),
        Binding("k", "cursor_up", "Line before", show=False),
        Binding("g", "first", "First line", show=False),
        Binding("G", "last", "Last line", show=False),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable paging in a list without height: Textual fails, as it does not know the lines."""
        return (bool(self.size) or not action.startswith("page_")) and super().check_action(action, parameters)


class ScrolledText(VerticalScroll):
    """A text with the focus, with vim keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("g", "scroll_home", "To the top", show=False),
        Binding("G", "scroll_end", "To the end", show=False),
    ]
