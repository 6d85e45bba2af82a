"""Let the user choose a colour theme."""

from cnm_tui.tui.dialogs.theme_picker import ThemePicker
from cnm_tui.tui.session import Session
from cnm_tui.tui.view import View


class ThemesFeature:
    """Changes the colour theme. The list of themes shows each theme while the user moves through the list."""

    def __init__(self, session: Session, view: View) -> None:
        self._session = session
        self._view = view

    def pick(self) -> None:
        """Open a list in which the user chooses a theme. If the user cancels, show the earlier theme again."""
        terminal = self._view.terminal
        before = terminal.theme
        if not terminal.show_theme(before):
            self._view.say("This terminal has 16 colours or none, so the screen takes the terminal's own.")
            return
        self._view.ask(ThemePicker(before, terminal.show_theme), lambda chosen: self._show(chosen, before))

    def _show(self, chosen: str | None, before: str) -> None:
        self._view.terminal.show_theme(chosen or before)
        if chosen is not None:
            self._view.say(f'Theme {chosen}. In settings.toml, theme = "{chosen}" keeps it.')
