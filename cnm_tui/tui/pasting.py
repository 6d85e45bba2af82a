"""What is pasted is text, whatever is in it, and no more of it than anybody would paste on purpose."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.keys import Keys
from textual.message import Message

MOST_PASTED: Final = 10_000
"""Characters; the longest search has 8,000."""
_ESCAPE: Final = "\x1b"
_ESCAPE_SHOWN: Final = "␛"


@dataclass
class PasteCut(Message):
    """More was pasted than is taken; what is taken was told before."""

    characters: int
    """Of all that was pasted."""


class PastingParser(XTermParser):
    """Textual's parser of what the terminal sends, with pastes held back until they are whole.

    It takes each ESC for the beginning of a sequence, within a paste as well: what follows becomes keys that nobody
    pressed, or is lost. So what it is given of a paste has none; and it is given the beginning only.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._is_pasting = False
        self._pasted = ""
        self._characters = 0
        """How many were pasted so far, taken or not."""
        self._last = ""
        """The last few that came, of which what comes next may make the mark of a beginning or an end."""

    def feed(self, data: str) -> Iterable[Message]:
        """The messages that the data make; none ends all."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._is_pasting:
                messages, data = self._of_a_paste(data)
            else:
                messages, data = self._up_to_a_paste(data)
            yield from messages

    def tick(self) -> Iterable[Message]:
        """The keys that an unfinished sequence is, once nothing has come for a while."""
        waits_until = self._timeout_time
        yield from super().tick()
        if not self._is_pasting and self._timeout_time != waits_until:
            self._last = ""

    def _up_to_a_paste(self, data: str) -> tuple[Iterable[Message], str]:
        """The messages of what stands before the text of a paste, and that text with all behind it."""
        known = len(self._last)
        self._last += data
        begins = self._last.find(BRACKETED_PASTE_START)
        if begins < 0:
            self._last = self._last[1 - len(BRACKETED_PASTE_START) :]
            return super().feed(data), ""
        self._is_pasting, self._last = True, ""
        text = begins + len(BRACKETED_PASTE_START) - known
        return super().feed(data[:text]), data[text:]

    def _of_a_paste(self, data: str) -> tuple[Iterable[Message], str]:
        """The messages of a paste that has come to its end, and what stands behind it."""
        data = self._last + data
        text, end, behind = data.partition(BRACKETED_PASTE_END)
        if not end:
            whole = max(0, len(data) - len(BRACKETED_PASTE_END) + 1)
            text, self._last = data[:whole], data[whole:]
        self._characters += len(text)
        self._pasted += text[: MOST_PASTED - len(self._pasted)]
        return (self._ended(), behind) if end else ((), "")

    def _ended(self) -> Iterable[Message]:
        pasted, characters = self._pasted.replace(_ESCAPE, _ESCAPE_SHOWN), self._characters
        self._is_pasting, self._pasted, self._characters, self._last = False, "", 0, ""
        yield from super().feed(pasted + BRACKETED_PASTE_END)
        if characters > len(pasted):
            yield PasteCut(characters)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        """The keys of a sequence; one that is ignored where it names a character that there is none of."""
        try:
            return list(super()._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):
            return [events.Key(Keys.Ignore, sequence)]
