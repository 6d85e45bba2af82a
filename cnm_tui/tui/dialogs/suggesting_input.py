"""Define a text input that offers suggestions in a list below it."""

from textual.message import Message

from cnm_tui.tui.terminal.steady_input import SteadyInput


class TextBox(SteadyInput):
    """An input in which the user types a value or a name."""

    class Completed(Message):
        """A message that is sent when the user accepts the suggestion in the list."""

    def action_cursor_right(self, select: bool = False) -> None:
        """Move the cursor to the right. If the cursor is at the end of the text, accept the suggestion instead."""
        if not select and self.cursor_at_end:
            self.post_message(self.Completed())
        else:
            super().action_cursor_right(select)
