"""Calculate the contrast of two colours by the definition of WCAG 2.2."""

from collections.abc import Sequence

Parts = Sequence[float]
"""Red, green and blue, each from 0 to 1."""


def contrast(one: Parts, other: Parts) -> float:
    """Return the contrast of two colours, from 1 (no difference) to 21 (black on white)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Parts) -> float:
    """Return the relative luminance of a colour, from 0 for black to 1 for white."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
