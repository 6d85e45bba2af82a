"""How the app is dressed for its terminal: a theme, or no colours, or nothing but ASCII.

It leans on private parts of Textual; each such place has a test that fails when Textual changes it.
"""

import os
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.filter import Monochrome, NoColor

from cnm_tui.core.settings import ANSI, DARK, LIGHT, Look, theme_for, wants_no_colour
from cnm_tui.tui.terminal.plain_terminals import AsciiOnly, NoColour, Reversing
from cnm_tui.tui.terminal.terminal_app import TerminalApp
from cnm_tui.tui.terminal.themes import THEMES

KEYS_IN_WORDS: Final[Mapping[str, str]] = {"↑": "up", "↓": "down", "←": "left", "→": "right", "⌫": "backspace"}
"""In ASCII an arrow is a letter, which is a key itself."""
_MEANINGS: Final[Mapping[str, str]] = {
    DARK: "for a dark background",
    LIGHT: "for a light background",
    ANSI: "the terminal's own colours",
}


class DressedApp(TerminalApp):
    """An app that can be read on every terminal."""

    _themed = False

    def __init__(self, look: Look) -> None:
        super().__init__()
        # Textual takes an empty NO_COLOR for one, which it is not, and sends greys for it.
        self.no_color = wants_no_colour(os.environ)
        self._filters = [one for one in self._filters if not isinstance(one, Monochrome | NoColor)]
        self._reversing = Reversing()
        self._filters.append(self._reversing)
        if self.no_color:
            self._filters.append(NoColour())
        self._is_ascii = look.ascii
        if look.ascii:
            self._filters.append(AsciiOnly())
        self._has_own_colours_only = self.no_color or self.console.color_system == "standard"
        for theme in THEMES.values():
            self.register_theme(theme)
        # Not by assignment, which has the whole style sheet read a second time before the first frame.
        self.set_reactive(App.theme, theme_for(look.theme, self.console.color_system, no_colour=self.no_color))
        self._refresh_truecolor_filter(self.ansi_theme)
        self._reversing.enabled = self.native_ansi_color
        self._themed = True
        self.stylesheet.set_variables(self.get_css_variables())

    def watch_theme(self) -> None:
        """What says by a background where the cursor is says it otherwise in other themes."""
        self._reversing.enabled = self.native_ansi_color

    def get_css_variables(self) -> dict[str, str]:
        """Those of our theme; Textual asks for its own theme's first, and takes a millisecond for them."""
        return super().get_css_variables() if self._themed else {}

    def get_key_display(self, binding: Binding) -> str:
        """The key, in words where there are no arrows."""
        shown = super().get_key_display(binding)
        if self._is_ascii:
            for sign, word in KEYS_IN_WORDS.items():
                shown = shown.replace(sign, word)
        return shown

    def theme_commands(self) -> Iterable[SystemCommand]:
        """To change the theme, where the terminal lets us choose."""
        if not self._has_own_colours_only:
            for name, meaning in _MEANINGS.items():
                yield SystemCommand(f"Theme: {name}", meaning, partial(setattr, self, "theme", name))
