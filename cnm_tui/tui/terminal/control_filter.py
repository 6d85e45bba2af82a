"""Remove control characters from text directly before the text is sent to the terminal.

This is a last protection in case a text was not cleaned earlier.
"""

import re
from functools import cache
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_REPLACEMENT: Final = "\ufffd"
_HIDDEN: Final = (
    "\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
"""Characters that terminals obey, hide or draw wider; `core.text` explains each."""
_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u3099\u309a\ufe20-\ufe2f"
)
"""Combining marks that can be stacked to disturb the screen."""
NOTIFIED: Final = "cnm-tui: "
"""Begins every notification: some terminals read a number there as another command."""
_SUSPECT: Final = re.compile(f"[{_HIDDEN}{_MARKS}]")


@cache
def _hidden() -> re.Pattern[str]:
    return re.compile(f"[{_HIDDEN}]")


@cache
def _stacked() -> re.Pattern[str]:
    return re.compile(f"([{_MARKS}]{{2}})[{_MARKS}]+")


@cache
def _meant() -> re.Pattern[str]:
    """Return a regular expression that matches the control sequences that the program itself sends.

    They are terminal modes, the bell, clipboard sequences and notifications, either plain or wrapped for tmux
    and screen.
    """
    clipboard = r"\x1b\]52;c;[A-Za-z0-9+/=]*\x07"
    notification = rf"\x1b\]9;{NOTIFIED}[^{_HIDDEN}]{{0,200}}\x07"
    return re.compile(
        r"(?:\x1b\[\?[0-9]+[hl])+"
        rf"|{clipboard}(?:\x1bPtmux;\x1b{clipboard}\x1b\\)?"
        r"|\x1bP\x1b\]52;c;[A-Za-z0-9+/=]*\x07?\x1b\\(?:\x1bP[A-Za-z0-9+/=]*\x07?\x1b\\)*"
        rf"|\x07|{notification}|\x1bPtmux;\x1b{notification}\x1b\\|\x1bP{notification}\x1b\\"
    )


class ControlFilter(LineFilter):
    """Removes all characters from drawn text that are invisible or that would control the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments (pieces of text in one style) without hidden characters.

        Textual's own control segments are not changed.
        """
        search = _SUSPECT.search
        return [
            segment
            if segment.control or not search(segment.text)
            else Segment(_without_hidden(segment.text), segment.style)
            for segment in segments
        ]


def _without_hidden(text: str) -> str:
    """Return the text with replacement characters in place of hidden characters.

    The result is as wide as Rich counted the original text, because Textual placed the text by that width.
    `core.text` counts the same width only for text without hidden characters.
    """
    seen = _hidden().sub(lambda match: _REPLACEMENT * cell_len(match[0]), text)
    return _stacked().sub(r"\1", seen)


def may_be_sent(sequence: str) -> bool:
    """True if the control sequence is one that the program uses. Only such sequences may bypass the screen."""
    return _meant().fullmatch(sequence) is not None
