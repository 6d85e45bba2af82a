"""Read the painted screen."""

from typing import TypeVar

from textual._context import visible_screen_stack
from textual.app import App
from textual.strip import Strip

Result = TypeVar("Result")


def painted(app: App[Result]) -> list[Strip]:
    """Return the lines of the front screen, with the one behind it as far as a dialog leaves it visible.

    The screens behind are passed as the app passes them before painting: otherwise a look in between would paint the
    dialog over nothing, and the painted parts would count as sent.
    """
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()
