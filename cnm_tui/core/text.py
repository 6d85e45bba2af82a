"""Make text from outside safe to display.

The result is one line without control characters. It has no characters that change the writing direction or
that have an unexpected width.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

LONGEST_VALUE: Final = 16_384
"""Maximum characters of one outside value. A tag value has at most 200."""

_ELLIPSIS: Final = "…"
_REPLACEMENT: Final = "\ufffd"
_STACKED_MARKS_KEPT: Final = 2
_BULLET: Final = "· "


@cache
def _suspect() -> re.Pattern[str]:
    """Return a pattern that matches every character that needs a closer check before it is displayed.

    It does not match plain letters and symbols of common scripts, so most texts need no further check. The
    pattern is compiled for the first non-ASCII text, because compiling takes longer than drawing the first
    screen.
    """
    return re.compile(
        r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u0482\u048a-\u052f"
        r"\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff]"
    )


_SHOWN_AS: Final[dict[int, int | str | None]] = {
    # Control characters become their pictures, so that such a value looks odd.
    **{code: 0x2400 + code for code in range(0x20)},
    0x7F: 0x2421,
    0x09: " ",
    0x0A: "⏎",
    # C1 controls: some terminals start a control sequence at U+009B, a command at U+009D.
    **dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT),
    # Direction marks, overrides and isolates make a value read as another one.
    **dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], _REPLACEMENT),
    # Invisible characters, and line separators.
    **dict.fromkeys(
        [0x00AD, 0x034F, 0x115F, 0x1160, 0x180E, 0x200B, 0x2028, 0x2029, 0x2060, 0x3164, 0xFEFF, 0xFFA0], _REPLACEMENT
    ),
    **dict.fromkeys([*range(0x2061, 0x2065), *range(0x206A, 0x2070), *range(0xFFF9, 0xFFFC)], _REPLACEMENT),
    # Joiners and variation selectors: terminals disagree about the width of the joined sign.
    **dict.fromkeys(
        [0x180B, 0x180C, 0x180D, 0x180F, 0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)], None
    ),
}
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_MARKS: Final = frozenset({"Mn", "Me"})
"""Combining marks: they have no column of their own."""


def clean(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return the text as one line that is safe to display, of at most `longest` characters.

    If nothing needs to be changed, the same object is returned.
    """
    if len(text) > longest:
        text = text[: longest - 1] + _ELLIPSIS
    # Our own sentences may end in an ellipsis, as in the empty table's.
    if text.isprintable() and text.replace(_ELLIPSIS, "").isascii():
        return text
    if _suspect().search(text) is None:
        return text
    text = text.translate(_SHOWN_AS)
    return text if text.isascii() else _without_hidden(text)


def _without_hidden(text: str) -> str:
    kept: list[str] = []
    stacked = 0
    for character in text:
        category = unicodedata.category(character)
        stacked = stacked + 1 if category in _MARKS else 0
        if stacked <= _STACKED_MARKS_KEPT:
            kept.append(_REPLACEMENT if category in _HIDDEN_CATEGORIES else character)
    return "".join(kept)


def unseen(text: str) -> str:
    """Return the first character of the text that is invisible or misleading. Return an empty string if there is
    none.
    """
    if is_visible(text):
        return ""
    return next(character for character, is_seen in zip(text, visible_one_by_one(text), strict=True) if not is_seen)


def is_visible(text: str) -> bool:
    """True if the text contains no invisible or misleading character."""
    return text.isprintable() and clean(text, len(text) + 1) == text


def visible_one_by_one(text: str) -> Iterator[bool]:
    """Yield True or False for each character of the text. True means that the character is visible and unambiguous."""
    each = zip(text, cleaned_one_by_one(text), strict=True)
    return (shown == character and character.isprintable() for character, shown in each)


def cleaned_one_by_one(text: str) -> Iterator[str]:
    """Yield for each character of the text its safe form, which is a single character or an empty string."""
    stacked = 0
    for character in text:
        stacked = stacked + 1 if unicodedata.category(character) in _MARKS else 0
        yield clean(character) if stacked <= _STACKED_MARKS_KEPT else ""


_NARROW: Final = frozenset(
    map(
        chr,
        [
            *range(0x20, 0x7F),
            *range(0xA1, 0xAD),
            *range(0xAE, 0x300),  # Latin
            *range(0x384, 0x483),  # Greek, Cyrillic
            *range(0x2010, 0x2028),  # dashes, quotes
            *range(0x2190, 0x2300),  # arrows, mathematics
            *range(0x2500, 0x25FD),  # lines, blocks, shapes
            *map(ord, "\ufffd‹›⌕⏎✓"),
        ],
    )
)
"""Characters of one column for sure; most texts have no others."""
_PARTS_OF_SIGNS: Final = {
    **dict.fromkeys(map(chr, range(0x1F1E6, 0x1F200)), 1),  # Flags are pairs of these letters
    **dict.fromkeys(map(chr, range(0x1F3FB, 0x1F400)), 0),  # skin colours of the sign before
}
"""Widths of parts, so that they add up to wcwidth's width of the whole sign, and equal Rich's for each part."""


def cell_width(text: str) -> int:
    """Return the width of a text in terminal columns. The text must already be cleaned by the function `clean`.

    The whole layout of cnm-tui uses this function. Textual measures text with Rich's `cell_len`, which gives the
    same width for every cleaned text. Most terminals use the tables of wcwidth, which give the same width too.
    """
    if text.isascii() or _NARROW.issuperset(text):
        return len(text)
    return sum(map(_character_width, text))


@lru_cache(maxsize=4_096)
def _character_width(character: str) -> int:
    if character in _NARROW:
        return 1
    # Imported here: its tables take 30 ms, and most texts need none.
    from wcwidth import wcwidth

    return _PARTS_OF_SIGNS.get(character, max(0, wcwidth(character)))


def fitted(text: str, columns: int) -> str:
    """Return the text cut to at most this many terminal columns. A text that was cut ends with an ellipsis."""
    if cell_width(text) <= columns:
        return text
    if columns <= 0:
        return ""
    room = columns - 1
    kept: list[str] = []
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS


def padded(text: str, columns: int) -> str:
    """Return the text in exactly this many terminal columns.

    A longer text is cut, and a shorter text is filled with blanks.
    """
    shown = fitted(text, columns)
    return shown + " " * (columns - cell_width(shown))


def wrapped(text: str, columns: int, most_lines: int = 1_000) -> list[str]:
    """Return a cleaned text as a list of lines, each at most `columns` terminal columns wide.

    Lines are broken at spaces, and within words that are too long. If there are more than `most_lines` lines, the
    rest of the text is cut off and replaced by an ellipsis.
    """
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and cell_width(line) + 1 + cell_width(word) <= columns:
            line = f"{line} {word}"
            continue
        if line:
            lines.append(line)
        *full, line = chopped(word, columns)
        lines += full
    lines.append(line)
    if len(lines) > most_lines:
        lines = [*lines[: most_lines - 1], fitted(" ".join(lines[most_lines - 1 :]), columns)]
    return lines


def folds(text: str, columns: int) -> list[int]:
    """Return for each line of a cleaned text, when it is wrapped to `columns` terminal columns, its start in the
    text.

    Lines are broken after blanks, or within words that are too long. No blank is removed.
    """
    return _folds_of_ascii(text, max(columns, 1)) if text.isascii() else _folds_of_any(text, columns)


def _folds_of_ascii(text: str, columns: int) -> list[int]:
    """Return the same positions as `folds`, for a text that contains only ASCII characters.

    The function is fast enough for long texts, because each ASCII character needs exactly one terminal column.
    """
    starts = [0]
    while len(text) - (start := starts[-1]) > columns:
        blank = text.rfind(" ", start, start + columns)
        starts.append(start + columns if blank < 0 else blank + 1)
    return starts


def _folds_of_any(text: str, columns: int) -> list[int]:
    starts, behind_blank, used = [0], 0, 0
    for position, character in enumerate(text):
        width = _character_width(character)
        while used + width > columns and position > starts[-1]:
            starts.append(behind_blank if behind_blank > starts[-1] else position)
            used = cell_width(text[starts[-1] : position])
        used += width
        if character == " ":
            behind_blank = position + 1
    return starts


def folded(text: str, columns: int) -> list[str]:
    """Return a cleaned text as a list of lines, each at most `columns` terminal columns wide. No character is
    lost: joining the lines gives the text again.
    """
    return [text[start:end] for start, end in pairwise([*folds(text, columns), len(text)])]


def hanging(text: str, columns: int) -> list[str]:
    """Return the text as a list of lines, each at most `columns` terminal columns wide.

    If the text begins with a bullet, all lines after the first line are indented.
    """
    if not text.startswith(_BULLET):
        return wrapped(text, columns)
    first, *others = wrapped(text.removeprefix(_BULLET), columns - len(_BULLET))
    return [_BULLET + first, *(" " * len(_BULLET) + line for line in others)]


def chopped(text: str, columns: int) -> list[str]:
    """Return a cleaned text cut into pieces that are at most `columns` terminal columns wide. There is at least
    one piece.
    """
    if text.isascii() and columns > 0:
        return [text[start : start + columns] for start in range(0, len(text), columns)] or [""]
    pieces = [""]
    room = columns
    for character in text:
        width = _character_width(character)
        if width > room and pieces[-1]:
            pieces.append("")
            room = columns
        pieces[-1] += character
        room -= width
    return pieces
