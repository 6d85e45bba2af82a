"""The colour by which a profile is known on the screen."""

import re
from typing import Final

from cnm_tui.core.errors import InvalidQuery
from cnm_tui.core.text import clean

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_EQUAL_CONTRAST: Final = 0.179
"""The relative luminance on which black and white are read equally well."""


def checked_accent(text: str) -> str:
    """A colour as `#rrggbb`, in small letters; empty for none.

    Raises:
        InvalidQuery: It is no such colour.
    """
    colour = text.strip().lower()
    if colour and not _COLOUR.fullmatch(colour):
        raise InvalidQuery(
            f"{clean(text, 40)!r} is no accent colour.",
            hint="Write #rrggbb, for example #d70000.",
        )
    return colour


def readable_on(colour: str) -> str:
    """Black or white, whichever is read better on this colour."""
    return "#000000" if _luminance(colour) > _EQUAL_CONTRAST else "#ffffff"


def _luminance(colour: str) -> float:
    """Source: WCAG 2.2, "relative luminance"."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
