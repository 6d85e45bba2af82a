"""Show the line of a dialog that names its keyboard keys.

A click on a key has the same effect as pressing it.
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
    """Names the current keyboard keys of a dialog. Its text is written with the default keys.

    An example is `enter asks · esc cancels`. If one line is too short, each key stays in one line with its
    action.
    """

    DEFAULT_CSS = "Hint { width: 1fr; }"

    def __init__(self, text: str = "") -> None:
        super().__init__(text, classes="hint", markup=False)
        self._usual: VisualType = text

    def on_mount(self) -> None:
        """Show the current keyboard keys, because they are known now."""
        self.update(self._usual)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show another text. It is written with the default keyboard keys, which are replaced by the current keys."""
        self._usual = content
        if isinstance(content, str) and self.is_attached:
            content = in_force_there(self.screen, content)
        super().update(content, layout=layout)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines that the text needs at this width."""
        return len(_folded(str(self.content), width))

    def render(self) -> Content:
        """Return the text in lines, with clickable keys."""
        lines = _folded(str(self.content), self.size.width)
        return Content("\n").join(Content.assemble(*_clickable(line)) for line in lines)


def _clickable(line: str) -> Iterator[tuple[str, Style] | str]:
    """Yield the parts of a line. A part that begins with a keyboard key can be clicked to press the key."""
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
    """Return the text in lines of at most this number of columns.

    Lines are broken between keys. An action is broken only if it is longer than one line.
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
