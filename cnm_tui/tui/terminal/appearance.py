"""The appearance of the app on its terminal: a theme, or no colours, or nothing but ASCII."""

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from textual.app import App, SystemCommand
from textual.filter import Monochrome, NoColor

from cnm_tui.core.settings import ANSI, DARK, LIGHT, Look, theme_for, wants_no_colour
from cnm_tui.tui.terminal.control_filter import ControlFilter
from cnm_tui.tui.terminal.plain_terminals import AsciiOnly, NoColour, Reversing
from cnm_tui.tui.terminal.themes import THEMES

KEYS_IN_WORDS: Final[Mapping[str, str]] = {"↑": "up", "↓": "down", "←": "left", "→": "right", "⌫": "backspace"}
"""In ASCII an arrow is a letter, which is a key itself."""
_MEANINGS: Final[Mapping[str, str]] = {
    DARK: "for a dark background",
    LIGHT: "for a light background",
    ANSI: "the terminal's own colours",
}


class Appearance:
    """Filters and themes with which an app can be read on its terminal."""

    def __init__(self, app: App[None], look: Look) -> None:
        self._app = app
        self._look = look
        # Textual takes an empty NO_COLOR for one, which it is not, and sends greys for it.
        app.no_color = wants_no_colour(os.environ)
        self._reversing = Reversing()
        app._filters = [
            *(one for one in app._filters if not isinstance(one, Monochrome | NoColor)),
            ControlFilter(),
            self._reversing,
            *([NoColour()] if app.no_color else []),
            *([AsciiOnly()] if look.ascii else []),
        ]
        for theme in THEMES.values():
            app.register_theme(theme)

    def begin(self) -> None:
        """Choose the theme for the first frame."""
        app = self._app
        # Not by assignment, which has the whole style sheet read a second time before the first frame.
        app.set_reactive(App.theme, theme_for(self._look.theme, app.console.color_system, no_colour=app.no_color))
        app._refresh_truecolor_filter(app.ansi_theme)
        app.stylesheet.set_variables(app.get_css_variables())
        self.on_theme()

    def on_theme(self) -> None:
        """Mark the cursor by reversing it, in a theme that has no background for it."""
        self._reversing.enabled = self._app.native_ansi_color

    def key(self, shown: str) -> str:
        """Return a key as Textual shows it, as the texts here call it; in words where there are no arrows."""
        shown = shown.replace("^", "ctrl+").replace("⏎", "enter")
        for sign, word in KEYS_IN_WORDS.items() if self._look.ascii else ():
            shown = shown.replace(sign, word)
        return shown

    def commands(self) -> Iterable[SystemCommand]:
        """Yield the commands that change the theme, where the terminal lets us choose."""
        if not (self._app.no_color or self._app.console.color_system == "standard"):
            for name, meaning in _MEANINGS.items():
                yield SystemCommand(f"Theme: {name}", meaning, partial(setattr, self._app, "theme", name))
