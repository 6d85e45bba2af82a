"""What is on the screen."""

from typing import TypeVar

from textual._context import visible_screen_stack
from textual.app import App
from textual.strip import Strip

Result = TypeVar("Result")


def painted(app: App[Result]) -> list[Strip]:
    """The lines of the screen in front, with the one behind it where a dialog leaves that in sight.

    Which screens are behind is told as the app tells it before it paints: a look in between would otherwise paint the
    dialog over nothing, and what it paints is kept.
    """
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()
