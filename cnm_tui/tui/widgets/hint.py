"""The line of a dialog that names its keys; a click on a key presses it."""

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
    """A text in which a click on a key presses it."""

    def on_click(self, event: events.Click) -> None:
        """Press the clicked key."""
        if (key := pressed_by(event)) is not None:
            event.stop()
            press(self.app, key)


def pressing(key: str) -> Style:
    """Return the style that makes a text press this key when clicked."""
    return Style.from_meta({_PRESSES: key})


def pressed_by(event: events.Click) -> str | None:
    """Return the key of the clicked text; empty if none."""
    key = event.style.meta.get(_PRESSES)
    return key if isinstance(key, str) else None


class Hint(Pressable):
    """Names the keys in force; its text is written with default keys: `enter asks · esc cancels`.

    If one line is too short, each key stays together with its action.
    """

    DEFAULT_CSS = "Hint { width: 1fr; }"

    def __init__(self, text: str = "") -> None:
        super().__init__(text, classes="hint", markup=False)
        self._usual: VisualType = text

    def on_mount(self) -> None:
        """Show the keys in force, which are known now."""
        self.update(self._usual)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Show another text, written with default keys."""
        self._usual = content
        if isinstance(content, str) and self.is_attached:
            content = in_force_there(self.screen, content)
        super().update(content, layout=layout)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines needed."""
        return len(_folded(str(self.content), width))

    def render(self) -> Content:
        """Return the lines."""
        lines = _folded(str(self.content), self.size.width)
        return Content("\n").join(Content.assemble(*_clickable(line)) for line in lines)


def _clickable(line: str) -> Iterator[tuple[str, Style] | str]:
    """Yield the parts of a line; a part that begins with a key presses it."""
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
    """Return the text in lines, broken between keys, and within an action only if it exceeds a line."""
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
