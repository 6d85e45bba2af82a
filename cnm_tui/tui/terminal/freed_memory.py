"""Give freed memory back to the system; imported on use, as `ctypes` takes 2 ms and the first rows free nothing."""

import ctypes
from collections.abc import Callable
from typing import Any, Final

_library: Final[Any] = ctypes.CDLL(None)
_trim: Final[Callable[[int], int] | None] = getattr(_library, "malloc_trim", None)
"""The function of the GNU C library; None elsewhere, as on macOS."""


def give_back_freed() -> None:
    """Give freed memory back to the system; takes 1 to 2 ms.

    Python's allocator does so itself, for small objects. For large ones, such as the JSON of replies, the C library
    keeps everything but the end of its memory: up to 20 MB after some answers of 7,500 rows.
    """
    if _trim is not None:
        _trim(0)
