"""The line of a dialog that names its keys."""

from textual.visual import VisualType
from textual.widgets import Static

from cnm_tui.tui.keys import in_force_there


class Hint(Static):
    """Names the keys that are in force; its text is written with the usual ones: `enter asks · esc cancels`."""

    def __init__(self, text: str = "", *, id: str | None = None) -> None:
        super().__init__(text, id=id, classes="hint", markup=False)
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
