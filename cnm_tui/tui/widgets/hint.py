"""The line of a dialog that names its keys; a click on one is the same as pressing it."""

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
"""In the style of a text the key that a click on it presses; a terminal is not told of it."""


class Pressable(Static):
    """A text in which a click presses the key that stands there."""

    def on_click(self, event: events.Click) -> None:
        """Press it."""
        if (key := pressed_by(event)) is not None:
            event.stop()
            press(self.app, key)


def pressing(key: str) -> Style:
    """Return what makes a text press this key where it is clicked."""
    return Style.from_meta({_PRESSES: key})


def pressed_by(event: events.Click) -> str | None:
    """Return the key that stands where it was clicked."""
    key = event.style.meta.get(_PRESSES)
    return key if isinstance(key, str) else None


class Hint(Pressable):
    """Names the keys that are in force; its text is written with the usual ones: `enter asks · esc cancels`.

    Where it has no room in one line, each key stays beside what it does.
    """

    DEFAULT_CSS = "Hint { width: 1fr; }"

    def __init__(self, text: str = "") -> None:
        super().__init__(text, classes="hint", markup=False)
        self._usual: VisualType = text

    def on_mount(self) -> None:
        """By now it is known whose keys it names."""
        self.update(self._usual)

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        """Say something else, written with the usual keys."""
        self._usual = content
        if isinstance(content, str) and self.is_attached:
            content = in_force_there(self.screen, content)
        super().update(content, layout=layout)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it takes."""
        return len(_folded(str(self.content), width))

    def render(self) -> Content:
        """Its lines."""
        lines = _folded(str(self.content), self.size.width)
        return Content("\n").join(Content.assemble(*_clickable(line)) for line in lines)


def _clickable(line: str) -> Iterator[tuple[str, Style] | str]:
    """Yield the pieces of a line; each that begins with a key presses that one."""
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
    """The lines of the text, broken between two keys, and within what one does only where it is longer than a line."""
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
