"""Define a text input that does not move other widgets and does not blink."""

from typing import Final

from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.widgets import Input

from cnm_tui.core.text import cell_width, clean, cleaned_one_by_one

_REPLACEMENT: Final = "\ufffd"
_STEP_COLUMNS: Final = 128


class SteadyInput(Input):
    """A text input that avoids two problems of Textual's Input.

    Textual's Input blinks, and it lays out the whole screen again when its text becomes wider. Pasted text
    becomes one clean line. All other text is also displayed as one clean line.
    """

    DEFAULT_CSS = """
    SteadyInput:focus { background-tint: $foreground 0%; }
    SteadyInput > .input--cursor, SteadyInput:ansi > .input--cursor {
        background: $input-cursor-background; color: $input-cursor-foreground; text-style: $input-cursor-text-style;
    }
    SteadyInput > .input--selection {
        background: $input-selection-background; color: $input-selection-foreground;
    }
    SteadyInput:ansi > .input--selection { text-style: underline; }
    """

    def on_mount(self) -> None:
        """Switch off the blinking of the cursor, because each blink would be sent to the terminal."""
        self.cursor_blink = False

    @property
    def content_width(self) -> int:
        """Return the width of the text and the cursor in terminal columns.

        The width is rounded up in steps, so that it rarely changes.
        """
        return stepped(cell_width(self.shown) + 1 if self.value else super().content_width)

    @property
    def shown(self) -> str:
        """Return the typed text in a form that is safe to display.

        It has exactly one character for each character of the typed text.
        """
        return visible(self.value)

    @property
    def drawn_text(self) -> Text:
        """Return the text to draw. Each character of the value has exactly one character in the drawn text."""
        return Text(self.shown, no_wrap=True, overflow="ignore", end="")

    @property
    def suggested(self) -> str:
        """Return the typed text completed by its suggestion. Return an empty text if there is no suggestion."""
        return self._suggestion

    @suggested.setter
    def suggested(self, text: str) -> None:
        self._suggestion = text

    @property
    def is_cursor_drawn(self) -> bool:
        """True if the cursor is visible."""
        return self._cursor_visible

    def index_at(self, column: int) -> int:
        """Return the index of the character at this column of the input."""
        room = column + self.scroll_offset.x
        for index, character in enumerate(self.shown):
            room -= cell_width(character)
            if room < 0:
                return index
        return len(self.value)

    def scroll_to_cursor(self) -> None:
        """Scroll the text so that the cursor is visible."""
        self.scroll_to_region(Region(self._cursor_offset, 0, 1, 1), force=True, animate=False, immediate=True)

    @property
    def _value(self) -> Text:
        return self.drawn_text

    def _position_to_cell(self, position: int) -> int:
        return cell_width(self.shown[:position])

    def _cell_offset_to_index(self, offset: int) -> int:
        return self.index_at(offset)

    def on_paste(self, event: events.Paste) -> None:
        """Paste a text of several lines as one line. Textual would keep only the first line."""
        event.prevent_default()
        event.stop()
        lines = (line.strip() for line in event.text.splitlines())
        self.replace(clean(" ".join(line for line in lines if line)), *sorted(self.selection))

    def watch_selection(self) -> None:
        """When the cursor or the selection has changed, scroll the text so that the cursor stays visible."""
        self._scroll_no_further()

    def on_resize(self) -> None:
        """Scroll the text back into view. Text that was typed before the input had a size was scrolled out of view."""
        self._scroll_no_further()

    def _scroll_no_further(self) -> None:
        """Scroll back if the view is past the end of the text.

        This can happen because the width grows in steps, so there can be empty space after the text.
        """
        furthest = max(0, self._position_to_cell(len(self.value)) + 1 - self.size.width)
        if self.size.width and self.scroll_offset.x > furthest:
            self.scroll_to(x=furthest, animate=False, force=True, immediate=True)


def stepped(columns: int) -> int:
    """Return the number of terminal columns, rounded up to the next step.

    The width of the input changes only in these steps.
    """
    return -(-columns // _STEP_COLUMNS) * _STEP_COLUMNS


def visible(text: str) -> str:
    """Return the text with characters that are safe to display.

    Each character is replaced by exactly one character, so that positions in the text stay valid.
    """
    if clean(text, len(text) + 1) == text:
        return text
    return "".join(shown or _REPLACEMENT for shown in cleaned_one_by_one(text))
