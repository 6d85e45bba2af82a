"""The line of a dialog that names its keys."""

from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.visual import VisualType
from textual.widgets import Static

from cnm_tui.core.text import cell_width, wrapped
from cnm_tui.tui.keys import in_force_there

_SEPARATOR: Final = " · "


class Hint(Static):
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
        return Content("\n".join(_folded(str(self.content), self.size.width)))


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
