"""Define the screen that is displayed while the terminal window is too small to read anything."""

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static


class TooSmallScreen(Screen[None]):
    """A screen that covers all other screens while the terminal window is too small.

    So no pressed key has an effect that the user cannot see.
    """

    DEFAULT_CSS = """
    TooSmallScreen { align: center middle; overflow: hidden; }
    TooSmallScreen Static { width: auto; max-width: 100%; height: auto; text-align: center; color: $warning; }
    """

    def __init__(self, smallest: Size) -> None:
        super().__init__()
        self._smallest = smallest

    def compose(self) -> ComposeResult:
        """Yield one sentence about the size of the terminal window."""
        yield Static(self._sentence(self.app.size), markup=False)

    def on_resize(self, event: events.Resize) -> None:
        """Display the new size of the terminal window."""
        # It may be closed before its widgets exist.
        for line in self.query(Static):
            line.update(self._sentence(event.size))

    def _sentence(self, size: Size) -> str:
        needed = f"{self._smallest.width}x{self._smallest.height}"
        return f"! {size.width}x{size.height} is too small: make the window {needed} or more; ctrl+q quits."
