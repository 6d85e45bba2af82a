"""Frames as Textual makes them, mended: nothing is sent that did not change, and nothing that changed is lost."""

from collections.abc import Iterable
from typing import Any, Final

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.messages import Update
from textual.screen import Screen


def _render_spans(update: ChopsUpdate, console: Console) -> str:
    """What of each line is to be sent, and no more: Textual sends all that stands to the left of it, too."""
    sequences: list[str] = []
    for y, start, end in update.spans:
        for chop_end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            left, right = max(x, start), min(chop_end, end)
            if strip is None or left >= right:
                continue
            if (left, right) != (x, chop_end):
                strip = strip.crop(left - x, right - x)
            sequences += Control.move_to(left, y).segment.text, strip.render(console)
    return "".join(sequences)


ChopsUpdate.render_segments = _render_spans  # type: ignore[method-assign,assignment]


_on_update: Final = Screen._on_update


async def _mark_at_once(screen: Screen[Any], message: Update) -> None:
    """Mark what a widget wants painted as soon as it says so.

    Textual remembers the widget until the next frame, and forgets it if the screen paints anything else before: a
    change behind a dialog, or what is left of a frame before. What is marked is forgotten only once it is sent.
    """
    await _on_update(screen, message)
    if message.widget in screen._dirty_widgets and message.widget in screen._compositor.visible_widgets:
        screen._compositor.update_widgets({message.widget})


Screen._on_update = _mark_at_once  # type: ignore[method-assign,assignment]


def painted_by(update: ChopsUpdate | LayoutUpdate) -> Iterable[Region]:
    """Return the regions that an update paints."""
    if isinstance(update, LayoutUpdate):
        return [update.region]
    return [Region(start, y, end - start, 1) for y, start, end in update.spans]
