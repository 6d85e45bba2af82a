"""Send the same screen to the terminal in fewer bytes: only differences of styles, and short cursor moves.

Rich ends each text with a reset, and begins the next text with all attributes and both colours. That takes
37 bytes in true colour. Usually only one colour differs, or nothing. This saves a third of all bytes, which
matters on a slow connection. A colour of the 256-colour palette is sent by its number. That takes half the
bytes of its red, green and blue values.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_STYLE: Final = re.compile(
    r"(?:\x1b\[0m(?:\n?((?:\x1b\[(?:\d+;\d+H|\d+G|\d*[BCD])|\x1bD)+))?)?\x1b\[([0-9;]*)m(?=( +\x1b\[0m)?)"
)
"""Matches a style, after a reset if only cursor moves are between them; and whether only blanks follow."""

_RENDITION: Final = re.compile(r"\x1b\[[0-9;]*m")
_MOVE: Final = re.compile(r"\x1b\[([0-9]+);([0-9]+)H")
_MOST_LINE_FEEDS: Final = 2
"""For more lines, a sequence with their number is not longer."""
_END: Final = "\x1b[0m\x1b[1;1H"
_SHORT_END: Final = "\x1b[m\x1b[H"
"""The same reset, and the same move to the first column of the first line, in fewer bytes."""
_RESET: Final = ("", "0")
_UNKNOWN: Final = "?"
_FOREGROUNDS: Final = frozenset(map(str, (*range(30, 38), 39, *range(90, 98))))
_BACKGROUNDS: Final = frozenset(map(str, (*range(40, 48), 49, *range(100, 108))))
_OTHERS: Final = frozenset(map(str, range(1, 10)))
_OFF: Final = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29"}
"""Codes that end an attribute; bold and dim have one code for both."""
_TOGETHER: Final = frozenset({"1", "2"}), frozenset({"5", "6"})
"""Attributes that end together."""
_STEPS: Final = (0, 95, 135, 175, 215, 255)
_BY_NUMBER: Final = {
    # Not 16 to 21: some users set these to other colours, as base16-shell does.
    **{
        f"2;{red};{green};{blue}": f"5;{16 + 36 * r + 6 * g + b}"
        for r, red in enumerate(_STEPS)
        for g, green in enumerate(_STEPS)
        for b, blue in enumerate(_STEPS)
        if r or g
    },
    **{f"2;{grey};{grey};{grey}": f"5;{232 + step}" for step, grey in enumerate(range(8, 248, 10))},
}
"""Numbers of the palette, by the codes of red, green and blue."""
_SEEN_ON_BLANKS: Final = frozenset({"4", "7", "9"})
"""Attributes visible on blanks: underlined, reversed, struck through."""


def with_shorter_moves(frame: str, width: int) -> str:
    """Return a frame of Textual with shorter cursor moves. `width` is the width of the screen in terminal columns.

    A frame is the text that draws the screen. A move relative to the current position replaces an absolute move
    if it is shorter. The cursor's column is known only after ASCII text, and not at the right edge. The
    cursor's line is known if no text can have been wrapped.
    """
    start, *pieces = _MOVE.split(frame)
    sent = [start]
    line = column = 0
    for row, place, styled in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        y, x = int(row), int(place)
        sent += _move(line, column, y, x), styled
        text = _RENDITION.sub("", styled)
        line = y if text.isprintable() and x + 2 * len(text) <= width else 0
        column = x + len(text) if text.isascii() else 0
        if text.isascii() and text.isprintable() and column <= width:
            line = y
    return "".join(sent)


def _move(line: int, column: int, y: int, x: int) -> str:
    """Return the shortest control sequence that moves the cursor from `line` and `column` to `y` and `x`.

    All positions are counted from 1. A line or column of 0 means that the position is unknown.
    """
    there = f"\x1b[{y};{x}H"
    if not 0 < line <= y:
        return there
    steps, lines = x - column, y - line
    across = f"\x1b[{x}G"
    if column:
        # No backspace: one in the output would look as if it came from a tag value.
        count = "" if abs(steps) == 1 else str(abs(steps))
        across = f"\x1b[{count}{'C' if steps > 0 else 'D'}" if steps else ""
    down = "\x1bD" * lines if lines <= _MOST_LINE_FEEDS else f"\x1b[{lines}B"
    return min(down + across, there, key=len)


class _Attributes(NamedTuple):
    """The colours and other attributes of a style, as the codes that set them in a control sequence."""

    foreground: str
    background: str
    others: frozenset[str]


_NONE: Final = _Attributes("", "", frozenset())


def without_repeated_styles(frame: str) -> str:
    """Return a frame of Rich in fewer bytes, without repeated style codes.

    A frame is the text that draws the screen. No style is active before and after the frame.
    """
    before = ""

    def styled(match: "re.Match[str]") -> str:
        nonlocal before
        move, style, blanks = match.groups()
        joined = match[0].startswith("\x1b[0m\x1b") or move is not None
        if style in _RESET:
            before = ""
            return match[0]
        if before and not joined:
            # Without a reset, a style adds to the previous one.
            before = _UNKNOWN
            return match[0]
        if blanks and _alike_on_blanks(before, style):
            return move or ""
        codes = _change(before, style)
        before = style
        return f"{move or ''}\x1b[{codes}m" if codes else move or ""

    sent = _STYLE.sub(styled, frame)
    return f"{sent.removesuffix(_END)}{_SHORT_END}" if sent.endswith(_END) else sent


@lru_cache(maxsize=4_096)
def _change(before: str, after: str) -> str:
    """Return the codes that change the style `before` into the style `after`.

    Return an empty text if they are equal.
    """
    if before == after:
        return ""
    old, new = (None if style == _UNKNOWN else _attributes(style) for style in (before, after))
    if new is None:
        return f"0;{after}" if before else after
    afresh = ";".join(["0", *_codes(_NONE, new)])
    if old is None:
        return afresh
    changed = ";".join(_codes(old, new))
    return changed if len(changed) <= len(afresh) else afresh


def _codes(old: _Attributes, new: _Attributes) -> list[str]:
    """Return the codes that change the terminal from the old attributes to the new attributes."""
    ended = old.others - new.others
    # What ends together begins again.
    kept = new.others - frozenset().union(*(both for both in _TOGETHER if both & ended))
    codes = [*sorted({_OFF[code] for code in ended}), *sorted(new.others - (old.others & kept))]
    if new.foreground != old.foreground:
        codes.append(new.foreground or "39")
    if new.background != old.background:
        codes.append(new.background or "49")
    return codes


@lru_cache(maxsize=4_096)
def _alike_on_blanks(before: str, after: str) -> bool:
    """True if blank characters look the same in both styles."""
    old, new = (None if style == _UNKNOWN else _attributes(style) for style in (before, after))
    if old is None or new is None or old.background != new.background:
        return False
    return not _SEEN_ON_BLANKS & (old.others | new.others)


def _attributes(style: str) -> _Attributes | None:
    """Return the attributes of a style. Return None if the style contains unknown codes."""
    foreground = background = ""
    others: set[str] = set()
    codes = style.split(";") if style else []
    while codes:
        code = codes.pop(0)
        if code in ("38", "48"):
            length = {"5": 2, "2": 4}.get(codes[0] if codes else "")
            if length is None or len(codes) < length:
                return None
            colour, codes = ";".join(codes[:length]), codes[length:]
            code = f"{code};{_BY_NUMBER.get(colour, colour)}"
        if code.startswith("38;") or code in _FOREGROUNDS:
            foreground = code
        elif code.startswith("48;") or code in _BACKGROUNDS:
            background = code
        elif code in _OTHERS:
            others.add(code)
        else:
            return None
    return _Attributes(foreground, background, frozenset(others))
