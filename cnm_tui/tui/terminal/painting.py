"""Fix how Textual sends frames, so that nothing unchanged is sent and no change is lost."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Region
from textual.messages import Update
from textual.screen import Screen

from cnm_tui.tui.terminal import terminal_line


def _render_spans(update: ChopsUpdate, console: Console) -> str:
    """Return the text that is sent to the terminal for an update. It contains only the changed columns of each line.

    Textual would also send everything to the left of these columns.
    """
    sequences: list[str] = []
    for y, start, end in update.spans:
        for chop_end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            left, right = max(x, start), min(chop_end, end)
            if strip is None or left >= right:
                continue
            if (left, right) != (x, chop_end):
                from_left, to_right = _of_whole_characters(strip.text, left - x, right - x)
                left, strip = x + from_left, strip.crop(from_left, to_right)
            sequences += Control.move_to(left, y).segment.text, strip.render(console)
    return "".join(sequences)


def _of_whole_characters(text: str, left: int, right: int) -> tuple[int, int]:
    """Widen a range of columns, so that it does not split a character of two columns.

    A blank that is written to one half of such a character would erase both halves.
    """
    column = 0
    for character in text if not text.isascii() else "":
        end = column + get_character_cell_size(character)
        if column < left < end:
            left = column
        if column < right < end:
            right = end
        column = end
    return left, right


ChopsUpdate.render_segments = _render_spans  # type: ignore[method-assign,assignment]


_on_update: Final = Screen._on_update


async def _mark_at_once(screen: Screen[Any], message: Update) -> None:
    """Mark the changes of a widget as dirty as soon as the widget reports them.

    Textual waits until the next frame. It loses the changes if the screen paints something else before, for
    example if a dialog covers the widget. Here a mark is removed only after the change is sent.
    """
    await _on_update(screen, message)
    if message.widget in screen._dirty_widgets and message.widget in screen._compositor.visible_widgets:
        screen._compositor.update_widgets({message.widget})


Screen._on_update = _mark_at_once  # type: ignore[method-assign,assignment]


class Frames:
    """Delays the sending of frames when the app requests it, or when the terminal accepts no output."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._is_one_left = False
        """True if something must be sent once frames are not held any more."""

    def holds(self, screen: Screen[Any], frame: object) -> bool:
        """Return True if this frame must not be sent now.

        A later frame is then sent in its place, with the content of the screen at that time.
        """
        if not isinstance(frame, ChopsUpdate | LayoutUpdate):
            return False
        if self._app._batch_count:
            self._is_one_left = True
        elif terminal_line.is_full():
            asyncio.get_running_loop().add_writer(terminal_line.DRAWN_ON, self._go_on)
        else:
            return False
        screen._compositor._dirty_regions.update(_painted_by(frame))
        return True

    def let_go(self) -> None:
        """Send a frame with all delayed changes, if the app no longer delays frames."""
        if self._is_one_left and not self._app._batch_count:
            self._is_one_left = False
            self._app.call_later(self._send)

    def _go_on(self) -> None:
        asyncio.get_running_loop().remove_writer(terminal_line.DRAWN_ON)
        self._app.call_later(self._send)

    def _send(self) -> None:
        if self._app.screen_stack:
            self._app.screen._compositor_refresh()


def _painted_by(update: ChopsUpdate | LayoutUpdate) -> Iterable[Region]:
    """Return the regions of the screen that an update paints."""
    if isinstance(update, LayoutUpdate):
        return [update.region]
    return [Region(start, y, end - start, 1) for y, start, end in update.spans]
