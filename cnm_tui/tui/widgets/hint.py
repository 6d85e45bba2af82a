"""Show the hint line of a dialog, which names the keyboard keys and their effects.

A click on the name of a key has the same effect as pressing the key.
"""

from collections.abc import Iterator
from typing import Final

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.visual import VisualType
from textual.widgets import Static

from cnm_tui.core.text import cell_width, wrapped
from cnm_tui.tui.terminal.keys import in_force_there, press, pressable

_SEPARATOR: Final = " · "
_PRESSES: Final = "presses"
"""Style meta name for the key that a click presses; it is not sent to the terminal."""


class Pressable(Static):
    """A text with names of keyboard keys. A click on a name has the same effect as pressing the key."""

    def on_click(self, event: events.Click) -> None:
        """Simulate a press of the keyboard key whose name was clicked."""
        if (key := pressed_by(event)) is not None:
            event.stop()
            press(self.app, key)


def pressing(key: str) -> Style:
    """Return a style for text that simulates a press of this keyboard key when the text is clicked."""
    return Style.from_meta({_PRESSES: key})


def pressed_by(event: events.Click) -> str | None:
    """Return the keyboard key of the clicked text, or None if the text belongs to no key."""
    key = event.style.meta.get(_PRESSES)
    return key if isinstance(key, str) else None


class Hint(Pressable):
    """The line of a dialog that names its keyboard keys, for example `enter asks · esc cancels`.

    The text is written with the default keys, and the keys that the user has set are displayed. If one line is
    too short, the text is wrapped. A key and its action stay in one line.
    """

    DEFAULT_CSS = "Hint { width: 1fr; }"

    def __init__(self, text: str = "") -> None:
        super().__init__(text, classes="hint", markup=False)
        self._usual: VisualType = text

    def on_mount(self) -> None:
        """Show the keyboard keys that the user has set, because they are now known."""
        self.update(self._usual)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show another text. The text must name the default keyboard keys. The keys that the user has set replace
        them.
        """
        self._usual = content
        if isinstance(content, str) and self.is_attached:
            content = in_force_there(self.screen, content)
        super().update(content, layout=layout)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines that the text needs if the widget has this width."""
        return len(_folded(str(self.content), width))

    def render(self) -> Content:
        """Return the text wrapped into lines, with names of keyboard keys that can be clicked."""
        lines = _folded(str(self.content), self.size.width)
        return Content("\n").join(Content.assemble(*_clickable(line)) for line in lines)


def _clickable(line: str) -> Iterator[tuple[str, Style] | str]:
    """Yield the pieces of a line of text. A piece that begins with a keyboard key can be clicked to press the key."""
    for position, piece in enumerate(line.split(_SEPARATOR)):
        if position:
            yield _SEPARATOR
        word, blank, does = piece.partition(" ")
        keys = pressable(word)
        if len(keys) == 1:
            yield piece, pressing(word)
            continue
        between = "/" if "/".join(keys) == word else ""
        for number, key in enumerate(keys):
            yield between if number else ""
            yield key, pressing(key)
        yield f"{blank}{does}" if keys else piece


def _folded(text: str, columns: int) -> list[str]:
    """Return the text in lines of at most this number of terminal columns.

    Lines are broken between a key with its action and the next key. An action is broken only if it is longer than
    one line.
    """
    lines: list[str] = []
    for written in text.split("\n"):
        line = ""
        for key in written.split(_SEPARATOR):
            longer = f"{line}{_SEPARATOR}{key}" if line else key
            if line and cell_width(longer) > columns:
                lines.append(line)
                longer = key
            line = longer
        lines.append(line)
    return [piece for line in lines for piece in wrapped(line, max(columns, 1))]
