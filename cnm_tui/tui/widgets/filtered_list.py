"""Define the lists that dialogs use. Some have the focus, and others are filtered by a text input above them."""

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
    """The text input that filters a list. Keyboard keys that it does not use are passed on to the dialog.

    The dialog receives such keys only after this input. For example, if `pod` and a space arrive together, the
    space acts on the entry that matches `pod`. Therefore no key binding of the dialog may have priority.
    """

    def __init__(self, placeholder: str, *, free: Collection[str] = ()) -> None:
        """Create the input.

        `free` contains characters that cannot be typed here, because they are keyboard commands of the dialog.
        """
        super().__init__(id="filter", classes="field", placeholder=placeholder)
        self._free = free

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return True if this key types text into the input. Return False for the keys of the dialog."""
        return key not in self._free and super().check_consume_key(key, character)

    def on_key(self, event: events.Key) -> None:
        """Ignore keyboard keys that belong to the dialog, so that the dialog receives them."""
        if event.is_printable and not self.check_consume_key(event.key, event.character):
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the actions of the input whose keys belong to the dialog."""
        return action not in _LEFT_TO_THE_DIALOG and super().check_action(action, parameters)


class FilteredList(OptionList, can_focus=False):
    """The list of a dialog. The text typed in the input above the list filters its lines."""

    def step(self, lines: int) -> None:
        """Move the highlight down by this number of lines. A negative number moves it up.

        If no line is highlighted, start before the first line.
        """
        if self.option_count:
            at = -1 if self.highlighted is None else self.highlighted
            self.highlighted = max(0, min(at + lines, self.option_count - 1))


class ChoiceList(OptionList):
    """A list that has the focus. The vim keys j, k, g and G move its highlight, in the same way as in the grid."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Next line", show=False),
        Binding("k", "cursor_up", "Line before", show=False),
        Binding("g", "first", "First line", show=False),
        Binding("G", "last", "Last line", show=False),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the page keys while the list has no height yet. Textual would fail, because it has no lines yet."""
        return (bool(self.size) or not action.startswith("page_")) and super().check_action(action, parameters)


class ScrolledText(VerticalScroll):
    """A text that has the focus. The vim keys j, k, g and G scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("g", "scroll_home", "To the top", show=False),
        Binding("G", "scroll_end", "To the end", show=False),
    ]
