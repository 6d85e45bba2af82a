"""The last filter before the terminal: it stops what anybody forgot to clean, on the screen and past it."""

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
"""What a terminal obeys, hides or takes for wider than it is; `core.text` says of each what it does."""
_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\u3099\u309a\ufe20-\ufe2f"
)
"""Those that are stacked for mischief."""
_SUSPECT: Final = re.compile(f"[{_HIDDEN}{_MARKS}]")


@cache
def _hidden() -> re.Pattern[str]:
    return re.compile(f"[{_HIDDEN}]")


@cache
def _stacked() -> re.Pattern[str]:
    return re.compile(f"([{_MARKS}]{{2}})[{_MARKS}]+")


@cache
def _meant() -> re.Pattern[str]:
    """Modes of the terminal's; or its clipboard, plain, wrapped for tmux, or in pieces for screen."""
    clipboard = r"\x1b\]52;c;[A-Za-z0-9+/=]*\x07"
    return re.compile(
        r"(?:\x1b\[\?[0-9]+[hl])+"
        rf"|{clipboard}(?:\x1bPtmux;\x1b{clipboard}\x1b\\)?"
        r"|\x1bP\x1b\]52;c;[A-Za-z0-9+/=]*\x07?\x1b\\(?:\x1bP[A-Za-z0-9+/=]*\x07?\x1b\\)*"
    )


class ControlFilter(LineFilter):
    """Nothing that is drawn acts on the terminal, or hides there."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without what is hidden in them; those that Textual itself marks as control stay."""
        search = _SUSPECT.search
        return [
            segment
            if segment.control or not search(segment.text)
            else Segment(_without_hidden(segment.text), segment.style)
            for segment in segments
        ]


def _without_hidden(text: str) -> str:
    """Return the text as wide as it was counted, but for what is joined no more.

    Counted by Rich, as Textual did when it placed the text, and as `core.text` does only for clean text.
    """
    seen = _hidden().sub(lambda match: _REPLACEMENT * cell_len(match[0]), text)
    return _stacked().sub(r"\1", seen)


def may_be_sent(sequence: str) -> bool:
    """Whether a sequence that goes past the screen is one that the program has a use for."""
    return _meant().fullmatch(sequence) is not None
