"""Define malicious texts, and find text in the output of cnm-tui that controls a terminal or is invisible."""

import re
from typing import Final

from cnm_tui.core.text import unseen

ODD: Final = {
    "a link that quits": "[@click=app.quit]x[/]",
    "markup never opened": "A[/nope]B",
    "markup never closed": "[bold red]C",
    "a link to a page": "[link=https://evil.example]D[/link]",
    "sets the clipboard": "\x1b]52;c;RVZJTA==\x07",
    "sets it, ended otherwise": "\x1b]52;c;RVZJTA==\x1b\\",
    "names the window": "\x1b]0;a-new-title\x1b\\",
    "paints": "\x1b[31;45mpainted",
    "clears the screen": "\x1b[2J\x1b[H",
    "leaves the screen": "\x1b[?1049l",
    "asks and is answered": "\x1bP$q\x1b\\\x1b[6n\x05",
    "begins a sequence in one character": "\x9b31m",
    "begins a string in one character": "\x9d52;c;RVZJTA==\x9c",
    "ends and rings": "nul\x00bel\x07bs\x08del\x7f",
    "goes down": "vt\x0bff\x0cnel\x85",
    "breaks the line": "line\r\nbreak\u2028and\u2029again",
    "jumps": "tab\tand\x0eshift\x0f",
    "turns the text around": "abc\u202ecod.exe\u202c",
    "isolates": "\u2066a\u2069\u200f\u061c",
    "joins": "👩\u200d👩\u200d👧❤\ufe0f\U000e0100",
    "hides": "zero\u200bwidth\u2060join\ufeffsoft\u00adfill\u3164",
    "hides whole words": "tag\U000e0041\U000e0042\U000e007f",
    "is half a character": "half\ud800pair\udfff",
    "climbs": "Z" + "\u0301\u0489\u20dd" * 30 + "o",
    "is endless": "東" * 10_000,
}
"""Texts, some of which are shown unchanged; all others are cleaned."""
AS_IT_IS: Final = tuple(list(ODD.values())[:4])

_OF_A_FRAME: Final = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9]+;[0-9]+H|[0-9]+G)|\x1b\]22;[a-z]+\x07|\n")
"""Matches the sequences of a frame: colours, cursor moves, and the mouse pointer's shape."""
_LIKE_OF_A_FRAME: Final = ("\x1b[31;45m", "\x1b]8;")
"""Sequences that no frame has: the odd text's own colours, and a link."""


def acting(written: str) -> str:
    """Return the first part of the output that controls the terminal or is invisible.

    Return an empty text if none does.

    Control sequences that the program itself needs to draw a frame are ignored.
    """
    like = next((sequence for sequence in _LIKE_OF_A_FRAME if sequence in written), "")
    return like or unseen(_OF_A_FRAME.sub("", written))
