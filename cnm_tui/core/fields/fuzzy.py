"""How well a few typed letters fit a name, and which of its letters they are."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

_FEWEST_FOR_PART: Final = 2
"""Letters typed before they may stand in the middle of a word."""
_FEWEST_FOR_LETTERS: Final = 3
"""Letters typed before they may be scattered."""


class Fit(IntEnum):
    """How the typed letters stand in a text, the best first."""

    WHOLE = 0
    """They are all of it."""
    BEGINNING = 1
    WORD = 2
    """At the beginning of one of its words."""
    PART = 3
    """Together, within a word."""
    LETTERS = 4
    """One after the other with others in between, the first at the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where the typed letters stand."""

    fit: Fit
    positions: tuple[int, ...]
    """Of each typed letter in the text, ascending."""


def match(text: str, typed: str) -> Match | None:
    """The best way in which the typed letters stand in the text, large or small; None where they do not."""
    text, typed = _folded(text), _folded(typed)
    starts = [at for at in range(len(text) + 1) if text.startswith(typed, at)] if typed in text else []
    if starts:
        at = min(starts, key=lambda at: not _begins_word(text, at))
        fit = _fit_at(text, typed, at)
        if fit is not Fit.PART or len(typed) >= _FEWEST_FOR_PART:
            return Match(fit, tuple(range(at, at + len(typed))))
    if len(typed) < _FEWEST_FOR_LETTERS:
        return None
    return _scattered(text, typed)


def _fit_at(text: str, typed: str, at: int) -> Fit:
    if text == typed:
        return Fit.WHOLE
    if at == 0:
        return Fit.BEGINNING
    return Fit.WORD if _begins_word(text, at) else Fit.PART


def _begins_word(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()


def _scattered(text: str, typed: str) -> Match | None:
    """From the first word on that begins with the first letter: elsewhere, a few letters are in nearly every name."""
    starts = (at for at in range(len(text)) if text[at] == typed[0] and _begins_word(text, at))
    positions = [next(starts, -1)]
    while positions[-1] >= 0 and len(positions) < len(typed):
        positions.append(text.find(typed[len(positions)], positions[-1] + 1))
    return None if positions[-1] < 0 else Match(Fit.LETTERS, tuple(positions))


def _folded(text: str) -> str:
    """In small letters, as long as before: the few letters that would become two stay as they are."""
    small = text.lower()
    return small if len(small) == len(text) else text
