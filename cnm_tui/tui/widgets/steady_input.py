"""A box to type into that changes nothing around it and does not blink."""

from typing import Final

from textual.widgets import Input

_STEP_COLUMNS: Final = 128


class SteadyInput(Input):
    """Textual's Input lays the whole screen out anew whenever its text gets wider, and blinks over the line."""

    def on_mount(self) -> None:
        """A blinking cursor would be sent twice a second."""
        self.cursor_blink = False

    @property
    def content_width(self) -> int:
        """In steps, so that it hardly ever changes."""
        return stepped(super().content_width)

    def watch_selection(self) -> None:
        """The cursor moved."""
        self._scroll_no_further()

    def on_resize(self) -> None:
        """What was typed before the box had a size scrolled it out of sight."""
        self._scroll_no_further()

    def _scroll_no_further(self) -> None:
        """Than to where the end can be seen: the steps leave room behind it."""
        furthest = max(0, self._position_to_cell(len(self.value)) + 1 - self.size.width)
        if self.size.width and self.scroll_offset.x > furthest:
            self.scroll_to(x=furthest, animate=False, force=True, immediate=True)


def stepped(columns: int) -> int:
    """The next step that so many columns fit into."""
    return -(-columns // _STEP_COLUMNS) * _STEP_COLUMNS
