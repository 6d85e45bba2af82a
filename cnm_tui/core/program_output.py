"""Make the output of another program safe to display. The output is converted line by line while it arrives."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from cnm_tui.core.text import clean

LONGEST_LINE: Final = 2_000
_TAB_COLUMNS: Final = 8
_SEQUENCE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]|.\x08"
)
"""Terminal control sequences, and overstruck characters, as manual pages have them."""


class ProgramOutput:
    """A converter from the output bytes of a program to lines of text without control characters.

    If a program overwrites a line repeatedly, for example a progress bar, only the last text of the line is kept.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unended = ""

    def lines(self, piece: bytes) -> Iterator[str]:
        """Yield the lines that are complete after this new piece of output. An incomplete line is kept for later."""
        *ended, self._unended = (self._unended + self._decoder.decode(piece)).split("\n")
        # A program that never ends its line is not kept whole.
        self._unended = self._unended[-8 * LONGEST_LINE :]
        yield from map(_line, ended)

    def rest(self) -> Iterator[str]:
        """Yield the last line if the output ended without a line break."""
        rest, self._unended = self._unended + self._decoder.decode(b"", final=True), ""
        if rest:
            yield _line(rest)


def _line(text: str) -> str:
    # What follows a carriage return is written over what was there.
    text = text.rstrip("\r").rpartition("\r")[2]
    return clean(_SEQUENCE.sub("", text).expandtabs(_TAB_COLUMNS), LONGEST_LINE).rstrip()
