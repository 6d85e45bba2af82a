"""Free memory while the program runs.

A response of 7,500 rows needs 20 MB for a moment, and there may be one such response each minute.
"""

import gc
from functools import lru_cache
from itertools import count
from typing import Any, Final

from textual._styles_cache import StylesCache

_COLLECTED_EVERY: Final = 20
"""Number of answers and closed dialogs between two collections of about 10 ms each."""
_left_behind: Final = count(1)


def collect_now_and_then() -> None:
    """Run the garbage collector at every 20th call, to free the memory of old responses and closed dialogs.

    Because of Textual's caches, each response or dialog leaves about a thousand objects in reference cycles.
    Python itself may free such objects only after an hour. Until then, up to 0.4 MB per minute would be added,
    if every displayed value changes.
    """
    if next(_left_behind) % _COLLECTED_EVERY == 0:
        gc.collect()


def forget_closed_screens() -> None:
    """Make Textual cache the colours of a widget without a reference to the widget.

    Textual caches the colours in a cache on a method, for 1,024 widgets. Each cached widget of a closed
    screen would keep everything that it has drawn, for example 0.6 MB for a page of help.
    """
    colours: Any = StylesCache
    if original := getattr(colours.get_inner_outer, "__wrapped__", None):
        by_colours: Any = lru_cache(1_024)(original)
        colours.get_inner_outer = classmethod(by_colours)
