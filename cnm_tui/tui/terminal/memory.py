"""Memory given back: an answer of 7,500 rows takes 20 MB for a moment, and a program may look at one each minute."""

import gc
from functools import lru_cache
from itertools import count
from typing import Any, Final

from textual._styles_cache import StylesCache

_COLLECTED_EVERY: Final = 20
"""Answers shown and dialogs closed between two collections, of some 10 ms each."""
_left_behind: Final = count(1)


def collect_now_and_then() -> None:
    """Collect, each 20th time, what answers and dialogs have left behind.

    Each leaves about a thousand objects in circles, as Textual's lines of text remember themselves. Those that were in
    use at one of Python's own collections would stay for an hour: 0.4 MB a minute when every value changes.
    """
    if next(_left_behind) % _COLLECTED_EVERY == 0:
        gc.collect()


def forget_closed_screens() -> None:
    """Have the colours of a widget remembered without the widget.

    Textual remembers them by a cache on a method, for 1,024 widgets: each holds all that a widget of a screen that was
    closed has drawn, 0.6 MB for a page of help.
    """
    colours: Any = StylesCache
    if original := getattr(colours.get_inner_outer, "__wrapped__", None):
        by_colours: Any = lru_cache(1_024)(original)
        colours.get_inner_outer = classmethod(by_colours)
