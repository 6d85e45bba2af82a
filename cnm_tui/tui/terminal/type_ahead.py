"""Process keyboard keys that arrive faster than the screen changes, for example on a slow connection.

Textual passes each key to the widget that has the focus when the key is read. It looks for the key's
binding later. For example, `e` opens the search box. If `e` and `q` arrive together, the user wants to type
`q` into the search box. But without this module, `q` would quit the program.
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
"""Maximum wait for a key without visible effect; later keys are then processed."""
_LOOK_SECONDS: Final = 0.02


class _Press(NamedTuple):
    """A press of a mouse button: the screen, the position on the screen, and the time in seconds."""

    screen: Screen[Any]
    at: Offset
    time: float


class TypeAhead:
    """Makes each keyboard key wait until the effect of the earlier key on the screen and the focus is complete.

    After a key has closed a dialog, other keys act on the screen below the dialog. But the same key again, or
    the second click of a double click, was meant for the dialog. Therefore it is ignored.
    """

    def __init__(self, app: App[None], handle: Callable[[events.Event], Awaitable[None]]) -> None:
        """Create an object that passes events on to the function `handle`, which is Textual's own event handler."""
        self._app = app
        self._handle = handle
        self._typed_ahead: deque[events.Key | events.Paste] = deque()
        self._unsettled: events.Key | None = None
        """The key whose effects are still pending in an input or a dialog."""
        self._taken_by: Widget | None = None
        """The widget that received `_unsettled`."""
        self._in_sight: Screen[Any] | None = None
        """The screen that was painted when the last key was processed."""
        self._last_key: tuple[Screen[Any], str] | None = None
        """The last key, and the screen on which it was pressed."""
        self._last_press: _Press | None = None
        self._patience: Timer | None = None
        """Ends the wait for an effect that may never come."""
        self.is_over = False
        """True once the program exits: a later key would open a dialog on a screen that is being removed."""

    @property
    def waits(self) -> bool:
        """True if keys are waiting to be processed."""
        return bool(self._typed_ahead)

    def begin(self) -> None:
        """Start to let keyboard keys wait whenever a new screen opens, until that screen is painted."""
        self._app.screen_change_signal.subscribe(self._app, self._await, immediate=True)
        self._await(self._app.screen)

    async def on_event(self, event: events.Event) -> None:
        """Process keys and pastes in their order, one after the other, and process all other events at once."""
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
            # An input inserts characters later, and returns any other key.
            if not focused.check_consume_key(event.key, event.character):
                self._unsettled, self._taken_by = event, focused
        elif len(self._app.screen_stack) > 1:
            # A dialog's list tells the dialog what was chosen, which then closes.
            self._unsettled, self._taken_by = event, focused or screen
        if isinstance(focused, Input) or not await self._app._check_bindings(event.key):
            await self._handle(event)
        if event is self._unsettled and not isinstance(focused, Input):
            self._settle(event)

    def _wait(self) -> None:
        """Check later if the waiting keys can be processed. A timeout ends the wait in any case."""
        # Progress comes from an input that returns a key, a dialog that gets a message, or a painted screen: on_key,
        # _settle, _await.
        comes_by_itself = self._is_unsettled() or self._app.screen is not self._in_sight
        if self._patience is not None:
            self._patience.stop()
        then = partial(self._wait_no_longer, self._app.screen, self._unsettled)
        self._patience = self._app.set_timer(_LONGEST_WAIT_SECONDS if comes_by_itself else _LOOK_SECONDS, then)

    def _await(self, screen: Screen[Any]) -> None:
        # Its own queue and ours hold work that was requested when the previous screen closed.
        seen = partial(_follow, [screen, self._app], partial(self._app.call_later, self._see, screen))
        screen.call_after_refresh(seen)

    async def _wait_no_longer(self, screen: Screen[Any], unsettled: events.Key | None) -> None:
        if unsettled is self._unsettled:
            self._unsettled = None
        await self._see(screen)

    async def _see(self, screen: Screen[Any]) -> None:
        """Let the following keys act on this screen, if no other screen is in front of it."""
        if not self._app.screen_stack:
            # The program is ending.
            return
        if screen is self._app.screen and screen is not self._in_sight:
            before, self._in_sight = self._in_sight, screen
            if before is not None and before not in self._app.screen_stack:
                # Imported here: nothing is closed before the first frame.
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
        """True if the effects of all earlier keys are complete, and the screen for the next key is painted."""
        screen = self._app.screen
        stands = screen is self._in_sight or not screen.is_attached
        return stands and not self._is_unsettled() and not getattr(screen, "holds_keys", False)

    def _is_unsettled(self) -> bool:
        """True if the effect of the last key is not complete yet.

        If the widget that received the key was removed with its dialog, no effect is pending.
        """
        if self._unsettled is None or self._taken_by is None:
            return False
        return self._taken_by.is_attached and self._taken_by.screen is self._app.screen

    def on_key(self, event: events.Key) -> None:
        """Record that a text input did not use a key. Textual looks for the key's binding directly after this call."""
        if self._last_key is not None and self._last_key[0] is not self._app.screen:
            # A click may have opened a dialog meanwhile, whose widgets may not exist yet.
            event.prevent_default()
        if event is self._unsettled and isinstance(self._taken_by, Input):
            self._settle(event)

    def _settle(self, event: events.Key) -> None:
        """Wait until the effects of a key are complete.

        The widget that received the key sends messages. This method waits until all ancestors of the widget have
        received these messages.
        """
        if self._taken_by is not None:
            self._app.call_later(when_heard, self._taken_by, partial(self._app.call_later, self._let_go, event))

    async def _let_go(self, event: events.Key) -> None:
        if event is self._unsettled:
            self._unsettled = None
            await self._take_typed_ahead()

    def _is_late(self, event: events.MouseEvent) -> bool:
        """True if this is the second click of a double click, and the first click closed a dialog."""
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
    """Delay painting until the effects of a widget's messages are complete.

    This is the case when all ancestors of the widget have handled the messages, and further messages that
    follow.
    """
    holding, screen = ExitStack(), widget.screen
    # The screen checks for painting when it is idle; that check was held.
    holding.callback(screen.check_idle)
    holding.enter_context(widget.app.batch_update())
    when_heard(widget, holding.close)


def when_heard(widget: Widget, then: Callable[[], object]) -> None:
    """Call the function `then` when the effects of a widget's messages are complete.

    This is the case when all ancestors of the widget have handled the messages, and further messages that
    follow.
    """
    _follow([widget, *widget.ancestors], then)


def _follow(path: Sequence[MessagePump], then: Callable[[], object], hops: int = 0) -> None:
    """Call the function `then` after each object in `path` has processed the messages that it has received so far.

    The path is followed twice, because an object may send further messages during the first time.
    """
    # A removed widget receives no call, and sends no message.
    if hops >= 2 * len(path):
        then()
    elif not path[hops % len(path)].call_later(_follow, path, then, hops + 1):
        _follow(path, then, hops + 1)
