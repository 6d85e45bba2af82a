"""Adapt the appearance of the app to the terminal, by a theme, without colours, or in ASCII only."""

import os
from collections.abc import Mapping
from typing import Final

from textual.app import App
from textual.filter import Monochrome, NoColor

from cnm_tui.core.settings import TEXTUAL_THEMES, Look, theme_for, wants_no_colour
from cnm_tui.tui.terminal.control_filter import ControlFilter
from cnm_tui.tui.terminal.plain_terminals import AsciiOnly, NoColour, Reversing
from cnm_tui.tui.terminal.themes import OURS, theme_called

KEYS_IN_WORDS: Final[Mapping[str, str]] = {"↑": "up", "↓": "down", "←": "left", "→": "right", "⌫": "backspace"}
"""Names of arrow keys in ASCII, where an arrow would be a letter, which is a key itself."""


class Appearance:
    """Sets the theme and the line filters that make the app readable on its terminal."""

    def __init__(self, app: App[None], look: Look) -> None:
        self._app = app
        self._look = look
        self._known: set[str] = set()
        """Themes of Textual that the app knows by now."""
        # Textual treats an empty NO_COLOR as set, and then still sends greys.
        app.no_color = wants_no_colour(os.environ)
        self._reversing = Reversing()
        app._filters = [
            *(one for one in app._filters if not isinstance(one, Monochrome | NoColor)),
            ControlFilter(),
            self._reversing,
            *([NoColour()] if app.no_color else []),
            *([AsciiOnly()] if look.ascii else []),
        ]
        for theme in OURS.values():
            app.register_theme(theme)

    def begin(self) -> None:
        """Set the theme before the first frame is drawn."""
        app = self._app
        self._know(self._look.theme)
        # Not by assignment, which would parse the whole style sheet twice before the first frame.
        app.set_reactive(App.theme, theme_for(self._look.theme, app.console.color_system, no_colour=app.no_color))
        app._refresh_truecolor_filter(app.ansi_theme)
        app.stylesheet.set_variables(app.get_css_variables())
        self.on_theme()

    def _know(self, name: str) -> None:
        """If one of Textual's own themes has this name, register the theme.

        This is done only on demand, because most runs of the program use none of these themes.
        """
        if name in TEXTUAL_THEMES and name not in self._known:
            self._known.add(name)
            self._app.register_theme(theme_called(name))

    @property
    def can_choose(self) -> bool:
        """True if the user can choose a theme. False if the terminal has too few colours, or if colours are off."""
        return not (self._app.no_color or self._app.console.color_system == "standard")

    def show(self, name: str) -> None:
        """Change the theme to the theme with this name."""
        self._know(name)
        self._app.theme = name

    def on_theme(self) -> None:
        """Show the cursor in reverse video if the current theme has no background colour for the cursor."""
        self._reversing.enabled = self._app.native_ansi_color

    def key(self, shown: str) -> str:
        """Return the name of a keyboard key as it is written in the program's texts.

        In ASCII mode, return words instead of special characters.
        """
        shown = shown.replace("^", "ctrl+").replace("⏎", "enter")
        for sign, word in KEYS_IN_WORDS.items() if self._look.ascii else ():
            shown = shown.replace(sign, word)
        return shown
