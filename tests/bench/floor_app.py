"""The floor for key presses: one label on the screen, rewritten at each key."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label


class FloorApp(App[None]):
    """Says hello, then counts presses of x."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "count", "Count")]

    def __init__(self) -> None:
        super().__init__()
        self._presses = 0

    def compose(self) -> ComposeResult:
        """Yield one label."""
        yield Label("hello")

    def action_count(self) -> None:
        """Repaint the label."""
        self._presses += 1
        self.query_one(Label).update(f"pressed {self._presses}")


if __name__ == "__main__":
    FloorApp().run()
