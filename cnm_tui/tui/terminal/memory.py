"""Memory given back: an answer of 7,500 rows takes 20 MB for a moment, and a program may look at one each minute."""

import gc
import sys
from functools import lru_cache
from itertools import count
from typing import Any, Final

from textual._styles_cache import StylesCache

# From malloc.h of the GNU C library.
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE_BYTES: Final = 256 * 1024
"""Less than a slice of a reply: among smaller pieces those would leave holes, which grow by 2 % in 200 answers."""

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


def keep_flat() -> None:
    """Have the C library keep one pool for all threads, and give large pieces back when they are done with.

    By itself it makes a pool for each thread that decodes, and takes ever larger pieces for worth keeping. To be
    called before there are threads; elsewhere than on Linux it does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    # Imported here: the first frame is painted by the time this is called.
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
