"""Define the command palette, which finds every action that has a keyboard key."""

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.command import CommandInput, CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.worker import Worker

from cnm_tui.tui.commands import SYNONYMS
from cnm_tui.tui.dialogs.dialog import AnswersOnce
from cnm_tui.tui.dialogs.styles import DIALOG_STYLES
from cnm_tui.tui.terminal.type_ahead import when_heard

_LONGEST_SEARCH_SECONDS: Final = 2.0
_TITLE_WIDTH: Final = 34
_KEYS: Final = "type to find an action · enter does it · esc closes"


class Actions(Provider):
    """Finds actions by their titles and by synonyms. Each action is one line with its keyboard key."""

    async def discover(self) -> Hits:
        """Yield all actions, in alphabetical order."""
        for command in sorted(self.app.get_system_commands(self.screen), key=lambda one: one.title):
            yield DiscoveryHit(self._line(command.title, command.help), command.callback, text=command.title)

    async def search(self, query: str) -> Hits:
        """Yield the actions that match the typed text. Matches in titles have a higher score than
        matches in synonyms.
        """
        matcher = self.matcher(query)
        for command in self.app.get_system_commands(self.screen):
            by_title = matcher.match(command.title)
            words = SYNONYMS.get(command.title, "")
            score = by_title or (0.5 * matcher.match(words) if words else 0.0)
            if score:
                title = matcher.highlight(command.title) if by_title else Content(command.title)
                yield Hit(score, self._line(title, command.help), command.callback, text=command.title)

    def _line(self, title: str | Content, keys: str) -> Content:
        gap = " " * max(2, _TITLE_WIDTH - len(str(title)))
        return Content.assemble(title, gap, (keys, "$text-muted"))


class Palette(AnswersOnce, CommandPalette):
    """Textual's command palette in the style of the other dialogs.

    Textual takes about 0.1 seconds to list matches, and ignores keys that are pressed in this time. This class
    keeps such keys until the list is complete.
    """

    CSS_PATH = DIALOG_STYLES

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", "Next command", show=False),
        Binding("up", "move('cursor_up')", "Previous command", show=False),
        Binding("pagedown", "move('page_down')", "Next page", show=False),
        Binding("pageup", "move('page_up')", "Previous page", show=False),
        Binding("ctrl+end,shift+end", "move('last')", "Last command", show=False),
        Binding("ctrl+home,shift+home", "move('first')", "First command", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(providers=[Actions], placeholder=_KEYS)
        self._held: list[Callable[[], Any]] = []
        """Actions of keys that wait for the list."""
        self._held_until = 0.0

    def on_mount(self) -> None:
        """Turn off the blinking cursor, because every blink would send data to the terminal."""
        self.query_one(CommandInput).cursor_blink = False

    @property
    def holds_keys(self) -> bool:
        """True while a pressed keyboard key waits for the list of matches. This lasts at most 2 seconds.

        The limit makes sure that the esc key always closes the palette.
        """
        return bool(self._held) and monotonic() < self._held_until

    @property
    def _searches(self) -> bool:
        # A worker cancelled before it runs never counts as finished.
        mine = (search for search in self.workers if search.node is self)
        return any(not (search.is_finished or search.is_cancelled) for search in mine)

    @on(Worker.StateChanged)
    async def _do_what_was_held(self) -> None:
        if self._held and not self._searches:
            for act in self._held:
                await act()
            box, found = self.query_one(CommandInput), self.query_one(CommandList)
            # Two messages: the input reports enter, then the list reports the choice.
            when_heard(box, partial(when_heard, found, self._held.clear))

    @on(Input.Changed)
    def _search_no_more(self, message: Input.Changed) -> None:
        """Start no search after the palette has closed. The search would end the program, because its list is gone."""
        if self.answered:
            message.stop()
            message.prevent_default()

    def _hold(self, act: Callable[[], Any]) -> None:
        self._held.append(act)
        self._held_until = monotonic() + _LONGEST_SEARCH_SECONDS

    async def action_move(self, where: str) -> None:
        """Move the highlight. If the list of matches is not complete yet, wait until it is."""
        actions = self.query_one(CommandList)
        if self._searches:
            self._hold(partial(self.action_move, where))
        elif actions.size:
            # Textual does not know the lines of a list without any height.
            getattr(actions, f"action_{where}")()

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _choose(self, message: Message) -> None:
        """Run the highlighted action, but only after the list of matches is complete.

        The action runs only once. Textual would run it again for each further press of enter, or for each click.
        """
        if self._searches and isinstance(message, Input.Submitted):
            self._hold(message.input.action_submit)
        elif not self.answered:
            return
        message.stop()
        message.prevent_default()
