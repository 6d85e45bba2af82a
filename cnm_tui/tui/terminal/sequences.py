"""Split the input of a terminal into text and complete control sequences.

The input may arrive in pieces of any length.
"""

import re
from typing import Final, NamedTuple

ESCAPE: Final = "\x1b"
_INTRODUCERS: Final = "[O]P_^X"
"""The character after ESC at the beginning of CSI, SS3, OSC, DCS, APC, PM and SOS."""
_ONE_CHARACTER: Final = dict(zip("\x9b\x8f\x9d\x90\x9f\x9e\x98", _INTRODUCERS, strict=True))
"""Single C1 characters that begin a control sequence, each with the character that follows ESC in the other form."""
_SPECIAL: Final = re.compile("[" + ESCAPE + "".join(_ONE_CHARACTER) + "]")
_INSIDE: Final = re.compile("[ -?]*")
"""Matches everything between CSI and the last character."""
_CANCELS: Final = "\x18\x1a"
_END_OF_STRING: Final = re.compile("[\x1b\x9c\x18\x1a]")
_END_OF_COMMAND: Final = re.compile("[\x07\x1b\x9c\x18\x1a]")
"""End of an OSC string; a bell may end it as well."""
_BEFORE_ONE_MORE: Final = ("\x1b[M", "\x1b[[")
"""Sequences with a longer form: the oldest mouse protocol, and function keys of the Linux console."""
_MOUSE_LENGTH: Final = 6
_LINUX_KEY_LENGTH: Final = 4
_RXVT_FUNCTION_KEY: Final = re.compile(r"\x1b\[\d+\$")
"""A function key of rxvt: it ends in `$`, which is an intermediate character elsewhere."""
_MOST_KEPT: Final = 256
"""Maximum characters of a sequence; no key is longer."""


class Text(NamedTuple):
    """A token of terminal input with characters that the user typed."""

    characters: str


class Sequence(NamedTuple):
    """A complete control sequence. Sequences that contain a string, such as the reply to a query, are ignored."""

    written: str


class Alt(NamedTuple):
    """A token of terminal input for a key that was pressed together with alt.

    The terminal sends it as ESC followed by the key.
    """

    character: str


class Escape(NamedTuple):
    """A token of terminal input for the key esc, pressed alone.

    An ESC character means the key esc if no other character follows it within a short time.
    """


Token = Text | Sequence | Alt | Escape


class Sequences:
    """Splits terminal input into tokens: text, control sequences and special keys.

    An incomplete token is kept until the rest of it arrives.
    """

    def __init__(self) -> None:
        self._begun = ""
        """The incomplete sequence, from its ESC on."""
        self._may_be_key = False
        """True while it may be the key esc or a key with alt, so that nothing more may come."""
        self._may_end = False
        """True after an ESC within a string."""

    @property
    def has_begun(self) -> bool:
        """True if the beginning of a control sequence has arrived, but not its end."""
        return bool(self._begun)

    @property
    def may_be_key(self) -> bool:
        """True if the incomplete control sequence would also be a valid key, in case no more input arrives."""
        return self._may_be_key

    def next(self, sent: str) -> tuple[Token | None, str]:
        """Return the first token of the input, and the input after it. The token is None if it is incomplete."""
        if not self._begun:
            return self._text(sent)
        if self._begun == ESCAPE:
            return self._behind_escape(sent)
        if self._begun[1] == "[":
            return self._control_sequence(sent)
        return self._single_shift(sent) if self._begun[1] == "O" else self._string(sent)

    def give_up(self) -> Token | None:
        """Forget the incomplete control sequence after a timeout.

        If the input so far is a valid key, such as the key esc, return this key. Otherwise return None.
        """
        key = None
        if self._may_be_key:
            key = Escape() if self._begun == ESCAPE else Alt(self._begun[1])
        self._begun, self._may_be_key, self._may_end = "", False, False
        return key

    def _text(self, sent: str) -> tuple[Token | None, str]:
        special = _SPECIAL.search(sent)
        if special is None:
            return Text(sent), ""
        if special.start():
            return Text(sent[: special.start()]), sent[special.start() :]
        self._may_be_key = sent[0] == ESCAPE
        self._begun = ESCAPE + _ONE_CHARACTER.get(sent[0], "")
        return None, sent[1:]

    def _behind_escape(self, sent: str) -> tuple[Token | None, str]:
        first = sent[0]
        if first == ESCAPE:
            return Escape(), sent[1:]
        if first in _INTRODUCERS:
            self._begun += first
            return None, sent[1:]
        self.give_up()
        # The end of a string without a beginning is no key.
        return (None if first == "\\" else Alt(first)), sent[1:]

    def _control_sequence(self, sent: str) -> tuple[Token | None, str]:
        if self._begun.startswith(_BEFORE_ONE_MORE):
            return self._counted(sent)
        inside = _INSIDE.match(sent)
        length = inside.end() if inside is not None else 0
        written = self._begun + sent[:length]
        if key := _RXVT_FUNCTION_KEY.match(written):
            self.give_up()
            return Sequence(key[0]), written[key.end() :] + sent[length:]
        if length == len(sent):
            self._begun, self._may_be_key = written[:_MOST_KEPT], False
            return None, ""
        last = sent[length]
        if not "@" <= last <= "~":
            # Another sequence begins, or this was none.
            self._may_be_key = self._may_be_key and not length
            return self.give_up(), sent[length + (last in _CANCELS) :]
        written = (written + last)[: _MOST_KEPT + 1]
        if written in _BEFORE_ONE_MORE:
            self._begun, self._may_be_key = written, False
            return None, sent[length + 1 :]
        self.give_up()
        return Sequence(written), sent[length + 1 :]

    def _counted(self, sent: str) -> tuple[Token | None, str]:
        """Read one more character of a control sequence that has a fixed length.

        Such sequences are mouse reports, which begin with CSI M, and keys of the Linux console, which begin with
        CSI [.
        """
        if sent[0] < " ":
            return self.give_up(), sent
        self._begun += sent[0]
        if len(self._begun) < (_MOUSE_LENGTH if self._begun[2] == "M" else _LINUX_KEY_LENGTH):
            return None, sent[1:]
        written = self._begun
        self.give_up()
        return Sequence(written), sent[1:]

    def _single_shift(self, sent: str) -> tuple[Token | None, str]:
        if sent[0].isdecimal() or sent[0] == ";":
            self._begun, self._may_be_key = (self._begun + sent[0])[:_MOST_KEPT], False
            return None, sent[1:]
        if not "@" <= sent[0] <= "~":
            return self.give_up(), sent
        written = self._begun + sent[0]
        self.give_up()
        return Sequence(written), sent[1:]

    def _string(self, sent: str) -> tuple[Token | None, str]:
        self._may_be_key = False
        if self._may_end:
            self.give_up()
            if sent[0] == "\\":
                return None, sent[1:]
            # The end of this string was lost, and another begins.
            self._begun = ESCAPE
            return None, sent
        ends = (_END_OF_COMMAND if self._begun[1] == "]" else _END_OF_STRING).search(sent)
        if ends is None:
            return None, ""
        if ends[0] == ESCAPE:
            self._may_end = True
        else:
            self.give_up()
        return None, sent[ends.end() :]
