"""Keys that arrive faster than the screen changes, as on a slow line or by paste, mean what they meant to who typed.

Textual hands each key to the widget that has the focus when the key is read, and looks for its binding when it has
bubbled up: of `e`, `q` in one packet the second would quit the program instead of being searched for.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final, NamedTuple

from textual import events
from textual.app import App
from textual.geometry import Offset
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from cnm_tui.tui.terminal.memory import collect_now_and_then

_LONGEST_WAIT_SECONDS: Final = 0.5
"""For a key whose effect cannot be seen; later ones are let through then."""
_LOOK_SECONDS: Final = 0.02


class _Press(NamedTuple):
    """A mouse button pressed on a screen."""

    screen: Screen[Any]
    at: Offset
    time: float


class TypeAhead:
    """Let one key after the other act; the next waits for the screen, and the focus, that the last one asked for.

    A key that was typed behind the one that closed a dialog, before anybody could see the screen under it, acts on that
    screen, as the search box has it too. But the same key once more was meant for the dialog, as is the second click of
    a double click: they act on nothing.
    """

    def __init__(self, app: App[None], handle: Callable[[events.Event], Awaitable[None]]) -> None:
        """Pass events on to `handle`, which does with them what Textual does."""
        self._app = app
        self._handle = handle
        self._typed_ahead: deque[events.Key | events.Paste] = deque()
        self._unsettled: events.Key | None = None
        """The key whose effects are still on their way through a box or a dialog."""
        self._taken_by: Widget | None = None
        """The one that took `_unsettled`."""
        self._in_sight: Screen[Any] | None = None
        """The screen that was painted when the last key was taken."""
        self._last_key: tuple[Screen[Any], str] | None = None
        """The last key, and the screen on which it was pressed."""
        self._last_press: _Press | None = None
        self._patience: Timer | None = None
        """Ends the wait for an effect that may never come."""
        self.is_over = False
        """True once the program is left: a key typed later would open a dialog on a screen that is taken down."""

    @property
    def waits(self) -> bool:
        """True if keys wait for their turn."""
        return bool(self._typed_ahead)

    def begin(self) -> None:
        """Have keys wait for each screen that comes to the front, until it is painted."""
        self._app.screen_change_signal.subscribe(self._app, self._await, immediate=True)
        self._await(self._app.screen)

    async def on_event(self, event: events.Event) -> None:
        """Handle keys and pastes in their order, everything else at once."""
        if isinstance(event, events.MouseDown | events.MouseUp) and not event.is_forwarded and self._is_late(event):
            event.stop()
        elif not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await self._handle(event)
        elif self.is_over:
            event.stop()
        elif self._typed_ahead or not self._can_take_keys():
            self._typed_ahead.append(event)
            if len(self._typed_ahead) == 1:
                self._wait()
        else:
            await self._take(event)

    async def _take(self, event: events.Key | events.Paste) -> None:
        if isinstance(event, events.Paste):
            await self._handle(event)
            return
        screen, focused = self._app.screen, self._app.focused
        self._last_key = screen, event.key
        if await self._app._check_bindings(event.key, priority=True):
            return
        if isinstance(focused, Input):
            # A box inserts characters in its own time, and any other key comes back from it.
            if not focused.check_consume_key(event.key, event.character):
                self._unsettled, self._taken_by = event, focused
        elif len(self._app.screen_stack) > 1:
            # A list of a dialog tells the dialog what was chosen, which then closes.
            self._unsettled, self._taken_by = event, focused or screen
        if isinstance(focused, Input) or not await self._app._check_bindings(event.key):
            await self._handle(event)
        if event is self._unsettled and not isinstance(focused, Input):
            self._settle(event)

    def _wait(self) -> None:
        """Look again at what was typed ahead, at the latest in a while."""
        # A box sends an unsettled key back, a dialog hears of it, and a screen is painted: on_key, _settle, _await.
        comes_by_itself = self._is_unsettled() or self._app.screen is not self._in_sight
        if self._patience is not None:
            self._patience.stop()
        then = partial(self._wait_no_longer, self._app.screen, self._unsettled)
        self._patience = self._app.set_timer(_LONGEST_WAIT_SECONDS if comes_by_itself else _LOOK_SECONDS, then)

    def _await(self, screen: Screen[Any]) -> None:
        # Its own queue and ours hold what was asked for when the screen before was closed.
        seen = partial(_follow, [screen, self._app], partial(self._app.call_later, self._see, screen))
        screen.call_after_refresh(seen)

    async def _wait_no_longer(self, screen: Screen[Any], unsettled: events.Key | None) -> None:
        if unsettled is self._unsettled:
            self._unsettled = None
        await self._see(screen)

    async def _see(self, screen: Screen[Any]) -> None:
        """Let keys act on this screen from now on, if it is still in front."""
        if not self._app.screen_stack:
            # The program ends.
            return
        if screen is self._app.screen and screen is not self._in_sight:
            before, self._in_sight = self._in_sight, screen
            if before is not None and before not in self._app.screen_stack:
                # Imported here: before the first frame nothing is closed.
                self._drop_key_that_closed(before)
                collect_now_and_then()
        await self._take_typed_ahead()

    def _drop_key_that_closed(self, closed: Screen[Any]) -> None:
        closed_by = self._last_key[1] if self._last_key is not None and self._last_key[0] is closed else None
        while self._typed_ahead and _key_of(self._typed_ahead[0]) == closed_by:
            self._typed_ahead.popleft().stop()

    async def _take_typed_ahead(self) -> None:
        while self._typed_ahead and not self.is_over and self._can_take_keys():
            await self._take(self._typed_ahead.popleft())
        if self._typed_ahead and not self.is_over:
            self._wait()

    def _can_take_keys(self) -> bool:
        """True if the keys before have had their effect, and the screen that the next one acts on is in sight."""
        screen = self._app.screen
        stands = screen is self._in_sight or not screen.is_attached
        return stands and not self._is_unsettled() and not getattr(screen, "holds_keys", False)

    def _is_unsettled(self) -> bool:
        """True if a key still has an effect to come; none comes from a widget that went with its dialog."""
        if self._unsettled is None or self._taken_by is None:
            return False
        return self._taken_by.is_attached and self._taken_by.screen is self._app.screen

    def on_key(self, event: events.Key) -> None:
        """Settle a key that came back from a box that had no use for it; its binding is looked for right after this."""
        if self._last_key is not None and self._last_key[0] is not self._app.screen:
            # A click has opened a dialog meanwhile, which may not even have its widgets yet.
            event.prevent_default()
        if event is self._unsettled and isinstance(self._taken_by, Input):
            self._settle(event)

    def _settle(self, event: events.Key) -> None:
        """Wait until what was said about a key was heard by all above the widget that took it."""
        if self._taken_by is not None:
            self._app.call_later(when_heard, self._taken_by, partial(self._app.call_later, self._let_go, event))

    async def _let_go(self, event: events.Key) -> None:
        if event is self._unsettled:
            self._unsettled = None
            await self._take_typed_ahead()

    def _is_late(self, event: events.MouseEvent) -> bool:
        """True for the second click of a double click whose first one closed a dialog."""
        last, at = self._last_press, event.screen_offset
        soon = last is not None and event.time - last.time <= self._app.CLICK_CHAIN_TIME_THRESHOLD
        if last is not None and last.screen not in self._app.screen_stack and at == last.at and soon:
            return True
        if isinstance(event, events.MouseDown):
            self._last_press = _Press(self._app.screen, at, event.time)
        return False


def _key_of(event: events.Event) -> str | None:
    return event.key if isinstance(event, events.Key) else None


def hold_frame(widget: Widget) -> None:
    """Have nothing painted until what the widget says now was heard by all above it, and what they said about that."""
    holding, screen = ExitStack(), widget.screen
    # The screen looks at what is to be painted when it has nothing to do; it has seen that already, and was held.
    holding.callback(screen.check_idle)
    holding.enter_context(widget.app.batch_update())
    when_heard(widget, holding.close)


def when_heard(widget: Widget, then: Callable[[], object]) -> None:
    """Do something when what the widget has said was heard by all above it, and what they said about that."""
    _follow([widget, *widget.ancestors], then)


def _follow(path: Sequence[MessagePump], then: Callable[[], object], hops: int = 0) -> None:
    """Go the way of what the first of the path has just said, up to the last; again for what was said about that."""
    # Who is gone by now takes no call, and says nothing more either.
    if hops >= 2 * len(path):
        then()
    elif not path[hops % len(path)].call_later(_follow, path, then, hops + 1):
        _follow(path, then, hops + 1)
