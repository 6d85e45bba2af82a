"""Keys that arrive faster than the screen changes, as on a slow line or by paste, mean what they meant to who typed.

Textual hands each key to the widget that has the focus when the key is read, and looks for its binding when it has
bubbled up: of `e`, `q` in one packet the second would quit the program instead of being searched for.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.widgets import Input

from cnm_tui.tui.toolkit import Layered

_LONGEST_WAIT_SECONDS: Final = 0.5
"""For a key whose effect cannot be seen; later ones are let through then."""


class TypeAheadApp(Layered, App[None], is_layer=True):
    """Handles one key after the other; the next waits for the screen, and the focus, that the last one asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._typed_ahead: deque[events.Key | events.Paste] = deque()
        self._in_a_box: events.Key | None = None
        self._box: Input | None = None
        """The one that took `_in_a_box`."""
        self._leaves = False

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; what was typed after that which leaves would open a dialog on a screen that is being taken down."""
        self._leaves = True
        super().exit(result, return_code, message)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes in their order, everything else as ever."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._leaves:
            event.stop()
        elif self._typed_ahead or not self._can_take_keys():
            self._typed_ahead.append(event)
            if len(self._typed_ahead) == 1:
                self._wait()
        else:
            await self._take(event)

    async def _take(self, event: events.Key | events.Paste) -> None:
        if isinstance(event, events.Paste):
            await super().on_event(event)
            return
        if await self._check_bindings(event.key, priority=True):
            return
        if isinstance(self.focused, Input):
            # A box inserts characters in its own time, and any other key comes back from it.
            self._box = self.focused
            self._in_a_box = None if self.focused.check_consume_key(event.key, event.character) else event
        elif await self._check_bindings(event.key):
            return
        await super().on_event(event)

    def _wait(self) -> None:
        if self._in_a_box is not None:
            self.set_timer(_LONGEST_WAIT_SECONDS, partial(self._let_go, self._in_a_box))
        else:
            self.screen.call_after_refresh(self.call_later, self._take_typed_ahead)

    async def _take_typed_ahead(self) -> None:
        while self._typed_ahead and self._can_take_keys() and not self._leaves:
            await self._take(self._typed_ahead.popleft())
        if self._typed_ahead and not self._leaves:
            self._wait()

    def _can_take_keys(self) -> bool:
        """Whether the screen stands that the keys before asked for."""
        return not self._waits_for_box() and (self.screen.is_mounted or not self.screen.is_attached)

    def _waits_for_box(self) -> bool:
        """Whether a key is still on its way back from a box; none comes from one that went with its dialog."""
        if self._in_a_box is None or self._box is None:
            return False
        return self._box.is_attached and self._box.screen is self.screen

    async def on_key(self, event: events.Key) -> None:
        """A key came back from a box that had no use for it; its binding is looked for right after this."""
        if event is self._in_a_box and self.focused is not None:
            then = partial(self.call_later, self._let_go, event)
            self.call_later(_follow, [self.focused, *self.focused.ancestors], then)

    async def _let_go(self, event: events.Key) -> None:
        if event is self._in_a_box:
            self._in_a_box = None
            await self._take_typed_ahead()


def hold_frame(widget: Widget) -> None:
    """Have nothing painted until what the widget says now was heard by all above it, and what they said about that."""
    holding, screen = ExitStack(), widget.screen
    # The screen looks at what is to be painted when it has nothing to do; it has seen that already, and was held.
    holding.callback(screen.check_idle)
    holding.enter_context(widget.app.batch_update())
    _follow([widget, *widget.ancestors], holding.close)


def _follow(path: Sequence[MessagePump], then: Callable[[], object], hops: int = 0) -> None:
    """Go the way of what the first of the path has just said, up to the last; again for what was said about that."""
    # Who is gone by now takes no call, and says nothing more either.
    if hops >= 2 * len(path):
        then()
    elif not path[hops % len(path)].call_later(_follow, path, then, hops + 1):
        _follow(path, then, hops + 1)
