"""Simulate the data that a terminal exchanges with a program besides the screen: modes, queries and keyboard
keys.
"""

import re
from collections.abc import Callable
from typing import Final

CELL_WIDTH: Final = 10
CELL_HEIGHT: Final = 20
"""Pixels, in size reports."""

IN_BAND_RESIZE: Final = 2048
_MODES_AT_START: Final = frozenset({7, 25})
"""Modes that are on at the start: line wrapping, visible cursor."""
_MODE_NAMES: Final = {
    7: "line wrap",
    25: "cursor shown",
    1000: "mouse clicks",
    1002: "mouse drags",
    1003: "mouse moves",
    1004: "focus",
    1006: "mouse as SGR",
    1015: "mouse as urxvt",
    1016: "mouse in pixels",
    1049: "alternate screen",
    2004: "bracketed paste",
    2026: "synchronized update",
    IN_BAND_RESIZE: "in-band resize",
}
_ONLY_MODERN: Final = {2026, IN_BAND_RESIZE}
_APPLICATION_CURSOR_KEYS: Final = 1

_DISAMBIGUATE: Final = 1
_ALL_KEYS: Final = 8
_WITH_TEXT: Final = 16
"""Flag of the kitty keyboard protocol for text."""

_LONGEST_QUESTION: Final = 64
_TOLD: Final = re.compile(
    rb"\x1b\[(?P<prefix>[<-?]*)(?P<numbers>[0-9;]*)(?P<middle>\$?)(?P<final>[cnpuqthl])"
    rb"|\x1b\](?P<colour>4;\d+|1[0-9]);\?(?P<end>\x07|\x1b\\)"
    rb"|\x1bP(?P<request>[$+])q[^\x1b]*\x1b\\"
)

_NAMED_KEYS: Final = {
    **{"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F"},
    **{"pgup": "\x1b[5~", "pgdn": "\x1b[6~", "insert": "\x1b[2~", "delete": "\x1b[3~"},
    **{"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~"},
    **{"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "backspace": "\x7f", "esc": "\x1b", "space": " "},
    **{
        f"ctrl+{name}": f"\x1b[1;5{letter}"
        for name, letter in zip(("up", "down", "right", "left"), "ABCD", strict=True)
    },
    **{f"ctrl+{chr(code)}": chr(code & 31) for code in range(ord("a"), ord("z") + 1)},
}
_CURSOR_KEY: Final = re.compile(r"\x1b\[([A-H])")
_CODED_KEYS: Final = {"esc": 27, "enter": 13, "tab": 9, "backspace": 127}


class Conversation:
    """Simulates a terminal: it answers the queries of a program, records terminal modes, and encodes keyboard keys.

    A modern terminal behaves like kitty. Any other terminal behaves like xterm, without the kitty keyboard
    protocol, synchronized updates, and resize reports on the input stream.
    """

    def __init__(self, columns: int, rows: int, cursor: Callable[[], tuple[int, int]], *, modern: bool) -> None:
        self.columns, self.rows = columns, rows
        self.modes = set(_MODES_AT_START)
        self._cursor = cursor
        self._modern = modern
        self._keyboards: dict[bool, list[int]] = {False: [], True: []}
        self._unread = b""

    def answers(self, written: bytes) -> bytes:
        """Return the terminal's replies to the queries in this output of the program."""
        text = self._unread + written
        answers, end = b"", 0
        for told in _TOLD.finditer(text):
            answers += self._answer(told)
            end = told.end()
        # A question may be cut in two.
        self._unread = text[end:][-_LONGEST_QUESTION:]
        return answers

    def left_behind(self) -> list[str]:
        """Return the names of all terminal modes that the program has changed and not restored."""
        changed = sorted(self.modes ^ _MODES_AT_START)
        left = [f"{_MODE_NAMES.get(mode, f'mode {mode}')} {'on' if mode in self.modes else 'off'}" for mode in changed]
        return left + [f"kitty keyboard {flags}" for pushed in self._keyboards.values() for flags in pushed]

    def size_report(self) -> bytes:
        """Return the bytes that report the new size to the program on its input, in place of the signal SIGWINCH."""
        return b"\x1b[48;%d;%d;%d;%dt" % (self.rows, self.columns, self.rows * CELL_HEIGHT, self.columns * CELL_WIDTH)

    def key(self, name: str) -> bytes:
        """Return the bytes that the terminal sends for a keyboard key. The key is a name such as `down`, or a
        character.

        Raises:
            ValueError: There is no key with this name.
        """
        flags = self._keyboard[-1] if self._modern and self._keyboard else 0
        if flags & _DISAMBIGUATE and (code := _kitty_code(name, flags)):
            return code.encode()
        if name not in _NAMED_KEYS and len(name) != 1:
            raise ValueError(f"No key is called {name!r}.")
        sent = _NAMED_KEYS.get(name, name)
        if _APPLICATION_CURSOR_KEYS in self.modes:
            sent = _CURSOR_KEY.sub("\x1bO\\1", sent)
        return sent.encode()

    @property
    def _keyboard(self) -> list[int]:
        """Return the flags of the kitty keyboard protocol for the current screen.

        The main screen and the alternate screen have separate flags.
        """
        return self._keyboards[1049 in self.modes]

    def _answer(self, told: re.Match[bytes]) -> bytes:
        if told["colour"]:
            level = {b"10": b"e0e0", b"11": b"1212"}.get(told["colour"], b"8080")
            return b"\x1b]%s;rgb:%s/%s/%s%s" % (told["colour"], level, level, level, told["end"])
        if told["request"]:
            return b"\x1bP0%sr\x1b\\" % told["request"]
        prefix, final = told["prefix"], told["final"]
        numbers = [int(number or 0) for number in told["numbers"].split(b";")]
        if final in b"hl":
            return self._set_modes(numbers, on=final == b"h") if prefix == b"?" else b""
        if final == b"p":
            return self._mode_report(numbers[0]) if told["middle"] and prefix == b"?" else b""
        if final == b"u":
            return self._keyboard_told(prefix, numbers)
        if final == b"q":
            return b"\x1bP>|a-test(1)\x1b\\" if prefix == b">" else b""
        if final == b"c":
            return {b"": b"\x1b[?62;22c", b">": b"\x1b[>41;388;0c", b"=": b"\x1bP!|00000000\x1b\\"}.get(prefix, b"")
        return self._status(prefix, numbers[0]) if final == b"n" else self._size(prefix, numbers[0])

    def _set_modes(self, modes: list[int], *, on: bool) -> bytes:
        self.modes = self.modes | set(modes) if on else self.modes - set(modes)
        return self.size_report() if on and self._modern and IN_BAND_RESIZE in modes else b""

    def _mode_report(self, mode: int) -> bytes:
        known = mode in _MODE_NAMES and (self._modern or mode not in _ONLY_MODERN)
        return b"\x1b[?%d;%d$y" % (mode, (1 if mode in self.modes else 2) if known else 0)

    def _keyboard_told(self, prefix: bytes, numbers: list[int]) -> bytes:
        pushed = self._keyboard
        if prefix == b"?":
            return b"\x1b[?%du" % (pushed[-1] if pushed else 0) if self._modern else b""
        if prefix == b">":
            pushed.append(numbers[0])
        elif prefix == b"<":
            del pushed[-max(1, numbers[0]) :]
        elif prefix == b"=":
            pushed[-1:] = numbers[:1]
        return b""

    def _status(self, prefix: bytes, asked: int) -> bytes:
        if asked == 6:
            column, row = self._cursor()
            return b"\x1b[%s%d;%dR" % (prefix, row + 1, column + 1)
        return {5: b"\x1b[0n", 996: b"\x1b[?997;1n"}.get(asked, b"")

    def _size(self, prefix: bytes, asked: int) -> bytes:
        height, width = self.rows * CELL_HEIGHT, self.columns * CELL_WIDTH
        sizes = {
            14: b"\x1b[4;%d;%dt" % (height, width),
            16: b"\x1b[6;%d;%dt" % (CELL_HEIGHT, CELL_WIDTH),
            18: b"\x1b[8;%d;%dt" % (self.rows, self.columns),
        }
        return sizes.get(asked, b"") if not prefix else b""


def _kitty_code(name: str, flags: int) -> str:
    """Return the bytes for a key in the kitty keyboard protocol, as text.

    Return an empty text if the protocol sends the key in the same way as older terminals.
    """
    if name.startswith("ctrl+") and len(name) == len("ctrl+x"):
        return f"\x1b[{ord(name[-1])};5u"
    if name == "shift+tab":
        return "\x1b[9;2u"
    if name in _CODED_KEYS and (name == "esc" or flags & _ALL_KEYS):
        return f"\x1b[{_CODED_KEYS[name]}u"
    character = " " if name == "space" else name
    if len(character) == 1 and flags & _ALL_KEYS:
        shift = "2" if character.isupper() else ""
        text = f";{ord(character)}" if flags & _WITH_TEXT else ""
        return f"\x1b[{ord(character.lower())};{shift}{text}u"
    return ""
