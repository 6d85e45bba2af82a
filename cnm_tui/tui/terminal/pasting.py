"""Parse the terminal's input, so that only real keys become key presses, and a paste becomes one text.

Textual reads unknown control sequences as keys that nobody pressed. Therefore its parser receives only
complete sequences that are known, and no pasted text. This depends on private parts of Textual's parser,
which tests check.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import (
    BRACKETED_PASTE_END,
    BRACKETED_PASTE_START,
    SPECIAL_SEQUENCES,
    XTermParser,
    _re_cursor_position,
    _re_extended_key,
    _re_in_band_window_resize,
    _re_mouse_event,
    _re_terminal_mode_response,
)
from textual.keys import Keys, _character_to_key
from textual.message import Message

from cnm_tui.tui.terminal.sequences import ESCAPE, Alt, Escape, Sequences, Text, Token

MOST_PASTED: Final = 10_000
"""Maximum characters of a paste; the longest search has 8,000."""
REST_SECONDS: Final = 1.0
"""Time to wait for the rest of a paste or sequence."""
_ESCAPE_SHOWN: Final = "␛"
_LARGEST_WINDOW: Final = 5_000
"""Maximum columns or lines; a larger report is wrong, and such a screen would take gigabytes."""
_KNOWN: Final = (_re_cursor_position, _re_mouse_event, _re_terminal_mode_response)


@dataclass(eq=False, repr=False)
class PasteCut(Message):
    """A message that a pasted text was too long and was cut.

    A Paste event with the beginning of the text was sent before.
    """

    characters: int
    """Length of the whole paste."""


class PastingParser(XTermParser):
    """Extends Textual's input parser. It passes on only complete control sequences that are known.

    A pasted text is kept until it is complete. If its end marker is missing, the paste ends after a pause, so
    that keys typed later are not part of the pasted text.
    """

    def __init__(self, debug: bool = False) -> None:
        # With `debug`, Textual's parser would write all input to a file.
        super().__init__(debug=False)
        self._sequences = Sequences()
        self._deadline: float | None = None
        """Time at which an incomplete paste or sequence is given up."""
        self._is_pasting = False
        self._pasted = ""
        self._characters = 0
        """Number of characters pasted so far, kept or not."""
        self._last = ""
        """The last characters of a paste, which may begin the end marker."""

    def feed(self, data: str) -> Iterable[Message]:
        """Return the Textual messages for some input. An empty input means the end of the input."""
        if not data:
            yield from super().feed(data)
        while data:
            if self._is_pasting:
                messages, data = self._of_a_paste(data)
            else:
                token, data = self._sequences.next(data)
                messages = self._told_by(token)
            yield from messages
        self._deadline = self._next_deadline()

    def tick(self) -> Iterable[Message]:
        """Return the Textual messages for an incomplete paste or control sequence that has timed out."""
        if self._deadline is None or monotonic() < self._deadline:
            return
        if self._is_pasting:
            yield from self._lost_end()
        else:
            yield from self._told_by(self._sequences.give_up())
        self._deadline = self._next_deadline()

    def _next_deadline(self) -> float | None:
        if not (self._is_pasting or self._sequences.has_begun):
            return None
        is_key = self._sequences.may_be_key and not self._is_pasting
        return monotonic() + (min(constants.ESCAPE_DELAY, REST_SECONDS) if is_key else REST_SECONDS)

    def _told_by(self, token: Token | None) -> Iterable[Message]:
        if isinstance(token, Text):
            return super().feed(token.characters)
        if isinstance(token, Escape):
            return (events.Key("escape", ESCAPE),)
        if isinstance(token, Alt):
            known = ESCAPE + token.character in ANSI_SEQUENCES_KEYS
            return super().feed(ESCAPE + token.character) if known else (_with_alt(token.character),)
        if token is None or not _is_known(token.written):
            return ()
        self._is_pasting = token.written == BRACKETED_PASTE_START
        # An end marker without a beginning is the late end of a paste that timed out.
        return () if token.written in (BRACKETED_PASTE_START, BRACKETED_PASTE_END) else super().feed(token.written)

    def _of_a_paste(self, data: str) -> tuple[Iterable[Message], str]:
        """Return the Textual messages of a completed paste, and the input that follows the paste.

        If the paste is still incomplete, return no messages and an empty text.
        """
        data = self._last + data
        text, end, behind = data.partition(BRACKETED_PASTE_END)
        if not end:
            whole = max(0, len(data) - len(BRACKETED_PASTE_END) + 1)
            text, self._last = data[:whole], data[whole:]
        self._take(text)
        return (self._ended(), behind) if end else ((), "")

    def _take(self, text: str) -> None:
        self._characters += len(text)
        self._pasted += text[: MOST_PASTED - len(self._pasted)]

    def _lost_end(self) -> Iterable[Message]:
        """End the paste now, because its end marker did not arrive in time. The rest of the end marker may arrive
        later.
        """
        begins = next(
            (at for at in range(len(self._last)) if BRACKETED_PASTE_END.startswith(self._last[at:])), len(self._last)
        )
        begun = self._last[begins:]
        self._take(self._last[:begins])
        yield from self._ended()
        while begun:
            _, begun = self._sequences.next(begun)

    def _ended(self) -> Iterable[Message]:
        pasted, characters = self._pasted.replace(ESCAPE, _ESCAPE_SHOWN), self._characters
        self._is_pasting, self._pasted, self._characters, self._last = False, "", 0, ""
        yield events.Paste(pasted.replace("\x00", ""))
        if characters > len(pasted):
            yield PasteCut(characters)

    def parse_mouse_code(self, code: str) -> Message | None:
        """Return the mouse event that a control sequence reports.

        Return None if the sequence reports the position in pixels, or if it contains no position.
        """
        try:
            return super().parse_mouse_code(code)
        except ArithmeticError:
            return None

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        """Return the key events for a control sequence.

        If the sequence contains an invalid character code, return the event of a key that is ignored.
        """
        try:
            return list(super()._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):
            return [events.Key(Keys.Ignore, sequence)]


def _with_alt(character: str) -> events.Key:
    """Return the key event for the alt key pressed together with this character.

    The event never contains the plain character, because the character would be typed or would run a command.
    """
    known = ANSI_SEQUENCES_KEYS.get(character)
    name = known[0].value if isinstance(known, tuple) else _character_to_key(character)
    if len(name) == 1 and name.isupper():
        name = f"shift+{name.lower()}"
    return events.Key(f"alt+{name}", None)


def _is_known(sequence: str) -> bool:
    """True if Textual can read this control sequence, and reads it correctly."""
    if sequence in SPECIAL_SEQUENCES or sequence in ANSI_SEQUENCES_KEYS:
        return True
    if window := _re_in_band_window_resize.fullmatch(sequence):
        return all(int(part.partition(":")[0]) <= _LARGEST_WINDOW for part in window.groups()[:2])
    return any(known.fullmatch(sequence) for known in _KNOWN) or _is_coded_key(sequence)


def _is_coded_key(sequence: str) -> bool:
    """True if the sequence belongs to the kitty keyboard protocol, and contains a valid key code or text."""
    if (told := _re_extended_key.fullmatch(sequence)) is None:
        return False
    parts: list[str] = told[1].split(";")
    number, text, last = int(parts[0].partition(":")[0] or 1), "".join(parts[2:3]), told[2]
    if last != "u":
        return f"{number}{last}" in FUNCTIONAL_KEYS
    if text:
        return all(_is_typed(int(part)) for part in text.split(":") if part)
    return f"{number}u" in FUNCTIONAL_KEYS or _is_typed(number)


def _is_typed(code_point: int) -> bool:
    return code_point < 0x110000 and chr(code_point).isprintable()
