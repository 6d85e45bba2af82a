"""Read the text and styles of the screen as the app draws them."""

from typing import TypeVar

from textual._context import visible_screen_stack
from textual.app import App
from textual.strip import Strip

Result = TypeVar("Result")


def painted(app: App[Result]) -> list[Strip]:
    """Return the lines that the app draws for the screen in front. If it is a dialog, the visible lines behind it
    too.

    Before drawing, the app tells Textual which screens are behind. This function must do the same. Otherwise the
    dialog would be drawn over an empty screen, and these lines would then count as sent to the terminal.
    """
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()
