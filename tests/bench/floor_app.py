"""Run a minimal Textual app that repaints one label at each key press.

The app shows the fastest possible reaction of a Textual app to a key press.
"""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label


class FloorApp(App[None]):
    """A minimal Textual app. Its only label displays `hello` first, and then the number of times x was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "count", "Count")]

    def __init__(self) -> None:
        super().__init__()
        self._presses = 0

    def compose(self) -> ComposeResult:
        """Yield one label."""
        yield Label("hello")

    def action_count(self) -> None:
        """Count the key press and display the new number in the label."""
        self._presses += 1
        self.query_one(Label).update(f"pressed {self._presses}")


if __name__ == "__main__":
    FloorApp().run()
