"""The contrast of two colours, as WCAG 2.2 defines it."""

from collections.abc import Sequence

Parts = Sequence[float]
"""Red, green and blue, each from 0 to 1."""


def contrast(one: Parts, other: Parts) -> float:
    """Return the contrast, from 1 (invisible) to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Parts) -> float:
    """Return the luminance, from 0 for black to 1 for white."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
